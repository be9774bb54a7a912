// What every shop offers: a row for each of the merchant's codes, a column for each shop; a figure is changed in place.

import { attempt } from "./app.js";
import { call, seg } from "./api.js";
import { field, fill, h, select } from "./dom.js";
import { named, t } from "./words.js";

export async function drawStock(main, state) {
  const offers = state.catalogue.platforms.filter((offer) => offer.stock_keys.length > 1);
  const asked = { platform: "", find: "" };
  const table = h("div", { cls: "scroll grid", id: "stock", tabindex: "0" });
  let channels = [];
  const read = () => attempt(async () => {
    const chosen = offers.filter((offer) => !asked.platform || offer.name === asked.platform);
    channels = (await Promise.all(chosen.map(async (offer) => pivot(offer, await call("GET", `/${seg(offer.name)}/stock`))))).flat();
    show();
  });
  const show = () => fill(table, grid(channels, asked.find.trim().toLowerCase(), read));
  fill(main, h("h1", {}, t("tab.stock")), h("p", { cls: "lead" }, t("stock.about")),
    h("div", { cls: "bar" },
      field(t("platform"), select({ id: "stock-platform", onchange: (event) => { asked.platform = event.target.value; read(); } },
        [["", t("every")], ...offers.map((offer) => [offer.name, named("platform", offer.name)])], asked.platform)),
      field("SKU", h("input", { type: "search", id: "stock-find", oninput: (event) => { asked.find = event.target.value; show(); } })),
      h("button", { onclick: read }, t("refresh"))), table);
  await read();
  return { heard: (fresh) => {
    const busy = table.contains(document.activeElement) && document.activeElement.tagName === "INPUT";
    if (!busy && fresh.some((entry) => !asked.platform || entry.platform === asked.platform)) read();
  } };
}

// One channel a shop: code -> its rows (several where a shop has several places).
function pivot(offer, rows) {
  const code = offer.stock_keys[1];
  return offer.shops.map((shop) => {
    const mine = rows.filter((row) => String(row.shop_id) === shop);
    const found = new Map();
    for (const row of mine) {
      const sku = String(row[code] ?? "");
      found.set(sku, [...(found.get(sku) ?? []), row]);
    }
    return { offer, shop, found, titles: new Map(mine.map((row) => [String(row[code] ?? ""), row.title ?? row.goods_name ?? ""])) };
  });
}

function grid(channels, wanted, read) {
  const titles = new Map(channels.flatMap((channel) => [...channel.titles]));
  const skus = [...titles.keys()].filter((sku) => `${sku} ${titles.get(sku)}`.toLowerCase().includes(wanted)).sort();
  return h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "SKU"), channels.map((channel) =>
      h("th", { scope: "col" }, named("platform", channel.offer.name), h("small", {}, channel.shop))))),
    h("tbody", {}, skus.map((sku) => h("tr", {},
      h("th", { scope: "row" }, sku || t("stock.nosku"), h("small", {}, titles.get(sku))),
      channels.map((channel) => h("td", { cls: "n" }, (channel.found.get(sku) ?? []).map((row, at, all) => cell(channel, row, all.length > 1, read))))))));
}

function cell(channel, row, several, read) {
  const last = channel.offer.stock_keys.filter((key) => row[key] !== null && row[key] !== undefined).at(-1);
  const place = several ? String(row[last]) : "";
  const button = h("button", {
    cls: row.quantity === 0 ? "figure none" : "figure", title: place || null,
    "aria-label": `${channel.shop} ${row[channel.offer.stock_keys[1]]} ${place} ${row.quantity}`,
    "data-stock": `${channel.shop}:${row[channel.offer.stock_keys[1]]}`, onclick: () => edit(button, channel, row, read),
  }, row.quantity);
  return h("div", {}, button);
}

function edit(button, channel, row, read) {
  const input = h("input", { type: "number", min: "0", cls: "figure", value: String(row.quantity), "aria-label": t("stock.quantity") });
  let over = false;
  const leave = async (save) => {
    if (over) return;
    over = true;
    const keys = channel.offer.stock_keys.filter((key) => row[key] !== null && row[key] !== undefined);
    const body = Object.fromEntries(keys.map((key) => [key, row[key]]));
    if (save && input.value !== String(row.quantity)) {
      await attempt(() => call("PUT", `/${seg(channel.offer.name)}/stock`, { ...body, quantity: Number(input.value) }), t("done"));
      await read();
    } else input.replaceWith(button);
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") leave(true);
    if (event.key === "Escape") leave(false);
  });
  input.addEventListener("blur", () => leave(true));
  button.replaceWith(input);
  input.focus();
  input.select();
}
