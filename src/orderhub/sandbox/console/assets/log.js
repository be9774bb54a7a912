// Requests as they come, newest first; each tells why it was taken or refused, a signature down to the text that was signed.

import { badge, copier, field, fill, h, select } from "./dom.js";
import { named, t } from "./words.js";

const SHOWN = 300;

export async function drawLog(main, state) {
  const asked = { platform: "", refused: false, find: "" };
  const list = h("div", { cls: "log", id: "log" });
  const fits = (entry) => (!asked.platform || entry.platform === asked.platform) && (!asked.refused || bad(entry))
    && JSON.stringify(entry).toLowerCase().includes(asked.find);
  const show = () => fill(list, state.log.filter(fits).map(line), !state.log.length && h("p", { cls: "empty" }, t("log.none")));
  const names = [...state.catalogue.platforms.map((one) => one.name), ...state.catalogue.carriers];
  fill(main, h("h1", {}, t("tab.log")), h("p", { cls: "lead" }, t("log.about")),
    h("div", { cls: "bar" },
      field(t("platform"), select({ id: "log-platform", onchange: (event) => { asked.platform = event.target.value; show(); } },
        [["", t("every")], ...names.map((name) => [name, named("platform", name)])], "")),
      field(t("log.find"), h("input", { type: "search", id: "log-find", oninput: (event) => { asked.find = event.target.value.trim().toLowerCase(); show(); } })),
      h("label", { cls: "tick" }, h("input", { type: "checkbox", id: "log-refused", onchange: (event) => { asked.refused = event.target.checked; show(); } }), t("log.refused"))),
    list);
  show();
  return { heard: (fresh) => {
    list.querySelector(".empty")?.remove();
    list.prepend(...fresh.filter(fits).map(line));
    while (list.childElementCount > SHOWN) list.lastElementChild.remove();
  } };
}

const bad = (entry) => entry.verdict !== "ok" || entry.fault !== null || entry.status === null || entry.status >= 400;

function line(entry) {
  const body = h("div", { cls: "told" });
  return h("details", {
    cls: bad(entry) ? "entry bad" : "entry", "data-n": entry.n,
    ontoggle: (event) => { if (event.target.open && !body.childElementCount) fill(body, told(entry)); },
  },
    h("summary", {},
      h("time", {}, String(entry.at).slice(11, 19)),
      h("strong", {}, entry.platform ? named("platform", entry.platform) : "?"),
      h("span", { cls: "what" }, entry.operation ?? `${entry.method} ${entry.path}`),
      h("span", { cls: "marks" },
        entry.fault && badge(entry.fault, "hold"),
        entry.signature && badge(right(entry.signature) ? t("log.signed") : t("log.unsigned"), right(entry.signature) ? "ok" : "cancelled"),
        badge(entry.status ?? "—", bad(entry) ? "cancelled" : "ok"),
        entry.verdict !== "ok" && h("code", {}, entry.verdict))),
    body);
}

const right = (signature) => signature.expected !== null && signature.expected === signature.given;

function told(entry) {
  const facts = [[t("log.request"), `${entry.method} ${entry.path}`], [t("shop"), entry.shop_id ?? "–"],
    [t("log.operation"), entry.operation ?? "–"], [t("log.verdict"), entry.verdict], [t("faults.fault"), entry.fault],
    [t("log.at"), entry.at]];
  return [
    h("dl", {}, facts.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    entry.signature ? signed(entry.signature) : h("p", { cls: "hint" }, t("log.nosignature")),
    entry.hint && !entry.signature && h("p", { cls: "hint" }, entry.hint),
  ];
}

function signed(signature) {
  const part = (name, value, cls = "") => [h("dt", {}, name), h("dd", {}, h("pre", { cls: `signed ${cls}`, tabindex: "0" }, value || t("log.nothing")),
    value && copier(name, value))];
  const fine = right(signature);
  return h("section", { cls: "signature" },
    h("h3", {}, t("log.signature")),
    h("p", { cls: fine ? "verdict fine" : "verdict wrong" }, why(signature)),
    h("dl", {}, part(t("log.rule"), signature.rule), part(t("log.text"), signature.text),
      part(t("log.expected"), signature.expected ?? ""), part(t("log.given"), signature.given, fine ? "fine" : "wrong")));
}

function why({ expected, given }) {
  if (expected === null) return t("why.method");
  if (expected === given) return t("why.right");
  if (!given) return t("why.missing");
  if (expected.toLowerCase() === given.toLowerCase()) return t("why.case");
  if (expected.length !== given.length) return t("why.length", { given: given.length, expected: expected.length });
  return t("why.text");
}
