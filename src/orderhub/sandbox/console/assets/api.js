// The control API; a refusal is an error that says what to do instead.

export class Refused extends Error {
  constructor(status, told) {
    super(told.error ?? `status ${status}`);
    this.todo = told.do ?? "";
    this.status = status;
  }
}

export async function call(method, path, body = undefined) {
  const asked = { method, headers: {} };
  if (body !== undefined) {
    asked.body = JSON.stringify(body);
    asked.headers["content-type"] = "application/json";
  }
  const reply = await fetch(`/_sandbox${path}`, asked);
  const told = precise(await reply.text());
  if (!reply.ok) throw new Refused(reply.status, told);
  return told;
}

// Whole numbers beyond 2^53 would be rounded by JSON.parse: they are kept as texts, digit for digit.
function precise(text) {
  return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|-?\d{16,}(?![\d.eE])/g, (found, quoted) => quoted ?? `"${found}"`));
}

export const seg = encodeURIComponent;

export function query(values) {
  const kept = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return kept.length ? `?${new URLSearchParams(kept)}` : "";
}
