// Words in two languages, from words.json.

let words = {};
let language = "en";

export async function load() {
  words = await (await fetch("/_sandbox/console/words.json")).json();
  const kept = read("orderhub.language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
  choose(kept);
}

export function choose(wanted) {
  language = wanted === "zh" ? "zh" : "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  keep("orderhub.language", language);
}

export const chosen = () => language;

export function t(key, values = {}) {
  const text = words[key]?.[language] ?? words[key]?.en ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// The word for a name that comes from the sandbox, or the name itself.
export function named(group, name, otherwise = name) {
  return words[`${group}.${name}`]?.[language] ?? otherwise;
}

export function read(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

export function keep(key, value) {
  try { localStorage.setItem(key, value); } catch { /* a private window keeps nothing */ }
}
