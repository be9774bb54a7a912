// Elements out of values. Text is always text: nothing here, or anywhere in this page, reads a string as HTML.

import { t } from "./words.js";

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name === "cls" ? "class" : name, value === true ? "" : String(value));
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => child instanceof Node ? child : String(child)));
  return node;
}

const NAMES = ["id", "data-order", "data-advance", "data-stock", "data-action", "aria-label", "href"];

// New content for a node. Who stood on an element of it stands on its successor: the keyboard loses no place.
export function fill(node, ...children) {
  const held = node.contains(document.activeElement) ? document.activeElement : null;
  node.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  const name = held && NAMES.find((one) => held.hasAttribute(one));
  if (name && !held.isConnected) node.querySelector(`[${name}="${CSS.escape(held.getAttribute(name))}"]`)?.focus({ preventScroll: true });
}

export function toast(text, bad = false) {
  const note = h("div", { cls: bad ? "toast bad" : "toast", role: bad ? "alert" : null }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), bad ? 9000 : 2500);
}

export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = h("textarea", { cls: "away", value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  toast(done);
}

// A small button that copies `text`; `name` says what it is.
export function copier(name, text) {
  const label = `${t("copy")} ${name}`;
  return h("button", { cls: "copy", type: "button", "aria-label": label, title: label, onclick: () => copy(text, t("copied")) });
}

const PIECE = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

// JSON with colours, as text.
export function json(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const pieces = [];
  let from = 0;
  for (const found of text.matchAll(PIECE)) {
    pieces.push(text.slice(from, found.index));
    const kind = found[2] ? "k" : found[1] ? "s" : found[3] ? "w" : "n";
    pieces.push(h("span", { cls: kind }, found[1] ?? found[0]), found[2] ?? "");
    from = found.index + found[0].length;
  }
  return h("pre", { cls: "json", tabindex: "0" }, pieces, text.slice(from));
}

export function badge(text, kind = "") {
  return h("span", { cls: `badge ${kind}` }, text);
}

export function field(label, control, hint = null) {
  return h("label", { cls: "field" }, h("span", {}, label), control, hint && h("small", {}, hint));
}

export function select(props, options, chosen) {
  return h("select", props, options.map(([value, label]) =>
    h("option", { value, selected: value === chosen }, label)));
}
