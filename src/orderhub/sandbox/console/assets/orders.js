// Orders of one platform: the list, and the chosen one as the platform tells it beside what orderhub makes of it.

import { attempt } from "./app.js";
import { call, query, seg } from "./api.js";
import { badge, field, fill, h, select } from "./dom.js";
import { detail } from "./order.js";
import { named, t } from "./words.js";

const PAGE = 25;
const PATIENCE_MS = 400;
const remembered = new Map(); // platform -> what its list was asked for

export async function drawOrders(main, state, [platform, orderId]) {
  const offers = state.catalogue.platforms;
  const offer = offers.find((one) => one.name === platform) ?? offers[0];
  if (!offer) return void fill(main, h("p", {}, t("orders.none")));
  const asked = remembered.get(offer.name) ?? { shop_id: "", find: "", skip: 0 };
  remembered.set(offer.name, asked);
  const list = h("div", { cls: "list", id: "order-list" });
  const side = h("div", { cls: "detail" });
  let waiting = 0;
  const refresh = () => attempt(async () => fillList(list, offer, asked, orderId, await call(
    "GET", `/${seg(offer.name)}/recent${query({ ...asked, limit: PAGE })}`), refresh));
  const later = () => { clearTimeout(waiting); waiting = setTimeout(refresh, PATIENCE_MS); };
  fill(main,
    h("h1", {}, t("tab.orders")),
    h("div", { cls: orderId ? "split chosen" : "split" },
      h("section", { cls: "left" }, tools(offers, offer, asked, refresh, later), making(offer, refresh), list), side));
  await refresh();
  const open = orderId ? await detail(side, offer, orderId, refresh) : fill(side, h("p", { cls: "empty" }, t("orders.choose")));
  return { heard: (fresh) => {
    if (!fresh.some((entry) => entry.platform === offer.name)) return;
    later();
    open?.();
  } };
}

function tools(offers, offer, asked, refresh, later) {
  const again = (change) => (event) => { Object.assign(asked, change(event.target.value), { skip: 0 }); later(); };
  return h("div", { cls: "bar" },
    field(t("platform"), select({ id: "platform", onchange: (event) => {
      location.hash = `#/orders/${seg(event.target.value)}`;
    } }, offers.map((one) => [one.name, named("platform", one.name)]), offer.name)),
    field(t("shop"), select({ id: "shop", onchange: again((value) => ({ shop_id: value })) },
      [["", t("every")], ...offer.shops.map((shop) => [shop, shop])], asked.shop_id)),
    field(t("orders.find"), h("input", { type: "search", id: "find", value: asked.find, oninput: again((value) => ({ find: value })) })),
    h("button", { id: "refresh", onclick: refresh }, t("refresh")));
}

function making(offer, refresh) {
  const count = h("input", { type: "number", id: "make-count", min: "1", max: "1000", value: "1" });
  const shop = select({ id: "make-shop" }, [["", t("every.each")], ...offer.shops.map((one) => [one, one])], "");
  const unpaid = h("input", { type: "checkbox", id: "make-unpaid" });
  const native = h("textarea", { rows: "6", spellcheck: "false", id: "make-native", placeholder: "{ … }" });
  const make = (body) => attempt(async () => {
    const made = await call("POST", `/${seg(offer.name)}/orders`, body);
    await refresh();
    if (made.length) location.hash = `#/orders/${seg(offer.name)}/${seg(made[0].order_id)}`;
  }, t("orders.made"));
  const where = () => (shop.value ? { shop_id: shop.value } : {});
  return h("details", { cls: "panel", id: "make" }, h("summary", {}, t("orders.make")),
    h("form", { cls: "bar", onsubmit: (event) => {
      event.preventDefault();
      make({ count: Number(count.value), ...where(), ...(unpaid.checked ? { unpaid: true } : {}) });
    } },
      field(t("orders.count"), count), field(t("shop"), shop),
      h("label", { cls: "tick" }, unpaid, t("orders.unpaid")), h("button", { cls: "main", id: "make-now" }, t("orders.create"))),
    h("details", {}, h("summary", {}, t("orders.native")),
      h("form", { onsubmit: (event) => {
        event.preventDefault();
        attempt(() => make({ shop_id: shop.value || offer.shops[0], documents: [JSON.parse(native.value)] }));
      } }, field(t("orders.native.about"), native), h("button", {}, t("orders.create")))));
}

function fillList(list, offer, asked, orderId, found, refresh) {
  const end = Math.min(asked.skip + found.rows.length, found.total);
  const turn = (by) => () => { asked.skip = Math.max(0, asked.skip + by); refresh(); };
  fill(list,
    h("ul", {}, found.rows.map((row) => line(offer, row, String(row.order_id) === orderId))),
    found.total === 0 && h("p", { cls: "empty" }, t("orders.empty")),
    h("div", { cls: "row pages" },
      h("button", { disabled: asked.skip === 0, onclick: turn(-PAGE), "aria-label": t("newer") }, "‹"),
      h("span", {}, found.total ? `${asked.skip + 1}–${end} / ${found.total}` : "0"),
      h("button", { disabled: end >= found.total, onclick: turn(PAGE), "aria-label": t("older") }, "›")));
}

function line(offer, row, current) {
  return h("li", {}, h("a", {
    href: `#/orders/${seg(offer.name)}/${seg(row.order_id)}`, "data-order": row.order_id, "aria-current": current ? "true" : null,
  },
    h("span", { cls: "number" }, row.order_id),
    row.status && badge(named("status", row.status), row.status),
    row.holds?.length ? badge(t("held"), "hold") : null,
    row.aftersale_status && row.aftersale_status !== "none" ? badge(named("aftersale", row.aftersale_status), "refund") : null,
    h("small", { cls: "meta" }, h("span", {}, `${row.shop_id} · ${when(row.modified)}`),
      row.total !== undefined && h("span", { cls: "n" }, `${row.total} ${row.currency ?? ""}`))));
}

// Platforms tell time as seconds, milliseconds or text; a number is shown as the instant it is.
export function when(told) {
  const number = typeof told === "number" ? told : NaN;
  if (Number.isNaN(number)) return String(told);
  return new Date(number > 1e11 ? number : number * 1000).toISOString().slice(0, 19).replace("T", " ");
}
