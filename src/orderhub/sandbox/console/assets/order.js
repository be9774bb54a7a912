// One order: what may be done with it, its canonical view and its native document side by side.

import { attempt } from "./app.js";
import { call, seg } from "./api.js";
import { badge, copier, field, fill, h, json, toast } from "./dom.js";
import { named, t } from "./words.js";

export async function detail(side, offer, orderId, changed) {
  const path = `/${seg(offer.name)}/orders/${seg(orderId)}`;
  const canonical = h("div", { cls: "view", id: "canonical" });
  const native = h("div", { cls: "view", id: "native" });
  let shown = "";
  const show = async () => {
    const document = await call("GET", path);
    const told = JSON.stringify(document);
    if (told === shown) return;
    shown = told;
    fill(native, title(t("native"), document), json(document));
    fill(canonical, ...await seen(path));
  };
  const act = (body, done) => attempt(async () => {
    await call("PATCH", path, body);
    await show();
    await changed();
  }, done);
  fill(side,
    h("div", { cls: "row head" },
      h("a", { cls: "button back", href: `#/orders/${seg(offer.name)}` }, `‹ ${t("back")}`),
      h("h2", { id: "order-id" }, orderId),
      copier(orderId, orderId)),
    doing(offer, act),
    h("div", { cls: "pair" }, canonical, native));
  await attempt(show);
  return () => attempt(show);
}

function title(text, value) {
  return h("div", { cls: "row head" }, h("h3", {}, text),
    copier(text, JSON.stringify(value, null, 2)));
}

function doing(offer, act) {
  const more = h("textarea", { rows: "3", spellcheck: "false", id: "action-more", placeholder: '{"…": …}' });
  const given = () => {
    if (!more.value.trim()) return {};
    try { return JSON.parse(more.value); } catch { toast(t("orders.badjson"), true); return null; }
  };
  const run = (make, done) => () => {
    const told = given();
    if (told !== null) act(make(told), done);
  };
  return h("div", { cls: "doing" },
    h("div", { cls: "row", role: "group", "aria-label": t("actions") }, offer.actions.map((action) => h("button", {
      "data-action": action, title: action, onclick: run((told) => ({ ...told, action }), t("done")),
    }, named("action", action, action.replaceAll("_", " "))))),
    h("details", {}, h("summary", {}, t("orders.more")),
      field(t("orders.more.about"), more),
      h("button", { "data-action": "fields", onclick: run((told) => ({ fields: told }), t("done")) }, t("orders.fields"))));
}

async function seen(path) {
  try {
    const view = await call("GET", `${path}/canonical`);
    const order = view.orders[0];
    return [title(t("canonical"), order ?? view.findings), findings(view.findings), order && summary(order), order && json(order)];
  } catch (error) {
    return [h("h3", {}, t("canonical")), h("p", { cls: "empty" }, error.message), error.todo && h("p", {}, h("small", {}, error.todo))];
  }
}

function findings(rows) {
  return rows.length ? h("ul", { cls: "findings" }, rows.map((row) =>
    h("li", { cls: row.severity }, h("strong", {}, row.code), ` ${row.message}`, row.path && h("code", {}, row.path)))) : null;
}

function summary(order) {
  const money = (value) => value === null || value === undefined ? "–" : `${value} ${order.currency ?? ""}`;
  const told = [["status", order.status], ["payment", order.payment_status], ["fulfilment", order.fulfilment_status],
    ["aftersale", order.aftersale_status]].filter(([, word]) => word && word !== "none");
  const badges = new Map(told.map(([group, word]) => [named(group, word), group === "status" ? word : "soft"]).reverse());
  const facts = [
    [t("fact.total"), money(order.total)], [t("fact.paid"), money(order.paid)], [t("fact.refunded"), money(order.refunded)],
    [t("fact.raw"), order.raw_status], [t("fact.created"), order.created_at], [t("fact.shipby"), order.ship_by],
    [t("fact.recipient"), person(order.recipient)], [t("fact.note"), order.buyer_note], [t("fact.seller"), order.seller_note],
    [t("fact.parcels"), (order.shipments ?? []).map((one) => `${one.carrier ?? one.carrier_name ?? "?"} ${one.waybill_no ?? ""}`).join(", ")],
  ];
  return h("div", { cls: "summary" },
    h("div", { cls: "row" },
      [...badges].reverse().map(([text, kind]) => badge(text, kind)),
      order.is_shippable && badge(t("shippable"), "ok"),
      (order.holds ?? []).map((hold) => badge(named("hold", hold), "hold"))),
    h("dl", {}, facts.filter(([, told]) => told).map(([name, told]) => [h("dt", {}, name), h("dd", {}, told)])),
    lines(order.lines ?? []));
}

function person(recipient) {
  if (!recipient) return "";
  const where = recipient.address ?? {};
  const place = ["province", "city", "district", "town", "street"].map((part) => where[part]).filter(Boolean).join(" ");
  return [recipient.name, recipient.phone, place, recipient.privacy?.kind && recipient.privacy.kind !== "clear"
    ? `(${named("privacy", recipient.privacy.kind)})` : ""].filter(Boolean).join(" · ");
}

function lines(rows) {
  return h("div", { cls: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, [t("line.title"), t("line.quantity"), t("line.price"), t("line.total"), t("line.status")].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rows.map((row) => h("tr", {},
      h("td", {}, row.sku ?? "–", h("small", {}, [row.title, row.variant].filter(Boolean).join(" / "))), h("td", { cls: "n" }, row.quantity),
      h("td", { cls: "n" }, row.unit_price ?? "–"), h("td", { cls: "n" }, row.total ?? "–"), h("td", {}, named("status", row.status)))))));
}
