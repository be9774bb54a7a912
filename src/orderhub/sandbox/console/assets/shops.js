// Shops, carriers and their sandbox credentials, each value to be copied.

import { call } from "./api.js";
import { copier, copy, fill, h } from "./dom.js";
import { t } from "./words.js";

const OURS = { partner_id: "app_key", checkword: "app_secret" }; // a carrier's own words for what connect takes
const FIRST = ["platform", "carrier", "shop_id", "base_url"];

export async function drawShops(main) {
  const [shops, carriers] = await Promise.all([call("GET", "/shops"), call("GET", "/carriers")]);
  const wanted = h("input", { type: "search", id: "find-shop", placeholder: t("shops.find"), "aria-label": t("shops.find"),
    oninput: () => show() });
  const lists = h("div", {});
  const show = () => {
    const word = wanted.value.trim().toLowerCase();
    const kept = (rows) => rows.filter((row) => JSON.stringify(row).toLowerCase().includes(word));
    fill(lists,
      section(t("shops"), kept(shops), (row) => `${row.platform} · ${row.shop_id}`, shopSnippet),
      section(t("carriers"), kept(carriers), (row) => row.carrier, carrierSnippet));
  };
  fill(main, h("h1", {}, t("tab.shops")), h("p", { cls: "lead" }, t("shops.about")), wanted, lists);
  show();
}

function section(title, rows, name, snippet) {
  return rows.length ? h("section", {}, h("h2", {}, title, h("small", {}, ` ${rows.length}`)),
    h("div", { cls: "cards" }, rows.map((row) => card(row, name(row), snippet(row))))) : null;
}

function card(row, title, snippet) {
  const names = [...FIRST.filter((name) => name in row), ...Object.keys(row).filter((name) => !FIRST.includes(name))];
  return h("article", { cls: "card", "data-shop": title.replace(" · ", ":") },
    h("h3", {}, title),
    h("dl", {}, names.filter((name) => name !== "platform" && name !== "carrier").map((name) => [
      h("dt", {}, name), h("dd", {}, value(name, row[name])),
    ])),
    h("div", { cls: "row" },
      row.platform && h("a", { cls: "button", href: `#/orders/${encodeURIComponent(row.platform)}` }, t("shops.orders")),
      h("button", { onclick: () => copy(JSON.stringify(row, null, 2), t("copied")) }, t("shops.json")),
      h("button", { onclick: () => copy(snippet, t("copied")) }, t("shops.python"))));
}

function value(name, told) {
  const text = typeof told === "string" ? told : JSON.stringify(told);
  return [h("code", {}, text),
    copier(name, text)];
}

const python = (told) => told === null ? "None" : Array.isArray(told) ? `[${told.map(python).join(", ")}]`
  : typeof told === "boolean" ? (told ? "True" : "False") : JSON.stringify(told);

function written(first, row, skipped) {
  const given = Object.entries(row).filter(([name]) => name !== skipped).map(([name, told]) => `    ${OURS[name] ?? name}=${python(told)},`);
  return `${first}\n${given.join("\n")}\n)\n`;
}

const shopSnippet = (row) => written(`shop = orderhub.connect(\n    ${python(row.platform)},`, row, "platform");
const carrierSnippet = (row) => written(`carrier = orderhub.carrier(\n    ${python(row.carrier)},`, row, "carrier");
