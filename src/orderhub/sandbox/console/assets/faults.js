// Faults: arm one by name, see what is armed, disarm.

import { attempt } from "./app.js";
import { call, query } from "./api.js";
import { badge, field, fill, h, select } from "./dom.js";
import { named, t } from "./words.js";

export async function drawFaults(main, state) {
  const armed = h("div", { id: "armed" });
  const refresh = () => attempt(async () => fill(armed, table(await call("GET", "/faults"), refresh)));
  fill(main, h("h1", {}, t("tab.faults")), h("p", { cls: "lead" }, t("faults.about")),
    form(state, refresh), h("h2", {}, t("faults.armed")), armed);
  await refresh();
  return { heard: (fresh) => { if (fresh.some((entry) => entry.fault)) refresh(); } };
}

function form(state, refresh) {
  const { platforms, carriers, faults } = state.catalogue;
  const about = h("p", { cls: "hint", id: "fault-about" });
  const operations = h("datalist", { id: "operations" });
  const shop = select({ id: "fault-shop" }, [["", t("every")]], "");
  const fault = h("select", { id: "fault" });
  const operation = h("input", { id: "fault-operation", list: "operations", spellcheck: "false" });
  const times = h("input", { type: "number", min: "1", id: "fault-times" });
  const delay = h("input", { type: "number", step: "any", id: "fault-delay" });
  const platform = select({ id: "fault-platform" },
    [["", t("every")], ...platforms.map((one) => [one.name, named("platform", one.name)]), ...carriers.map((name) => [name, name])], "");
  const choose = () => {
    const kind = faults[fault.value];
    about.textContent = named("fault", fault.value, kind.about);
    times.value = kind.times ?? "";
    delay.value = kind.delay_s;
  };
  const narrow = () => {
    const offer = platforms.find((one) => one.name === platform.value);
    const able = Object.keys(faults).filter((name) => faults[name].where === "world" || !offer || offer.faults.includes(name));
    const before = able.includes(fault.value) ? fault.value : able[0];
    fill(fault, able.map((name) => h("option", { value: name, selected: name === before }, name)));
    fill(shop, [["", t("every")], ...(offer?.shops ?? []).map((one) => [one, one])].map(([value, label]) => h("option", { value }, label)));
    fill(operations, [...(state.operations.get(platform.value) ?? [])].sort().map((name) => h("option", { value: name })));
    choose();
  };
  platform.addEventListener("change", narrow);
  fault.addEventListener("change", choose);
  narrow();
  return h("form", { cls: "panel", onsubmit: (event) => {
    event.preventDefault();
    const told = { fault: fault.value, platform: platform.value, shop_id: shop.value, operation: operation.value.trim() };
    const body = Object.fromEntries(Object.entries(told).filter(([, value]) => value));
    body.times = times.value === "" ? null : Number(times.value);
    if (delay.value !== "") body.delay_s = Number(delay.value);
    attempt(async () => { await call("POST", "/faults", body); await refresh(); }, t("faults.done"));
  } },
    h("div", { cls: "bar" }, field(t("platform"), platform), field(t("shop"), shop), field(t("faults.fault"), fault),
      field(t("faults.operation"), operation, t("faults.operation.about")),
      field(t("faults.times"), times, t("faults.times.about")), field(t("faults.delay"), delay)),
    about, operations, h("button", { cls: "main", id: "arm" }, t("faults.arm")));
}

function table(rules, refresh) {
  if (!rules.length) return h("p", { cls: "empty" }, t("faults.none"));
  const drop = (rule) => attempt(async () => {
    const { fault, platform, shop_id, operation } = rule;
    await call("DELETE", `/faults${query({ fault, platform, shop_id, operation })}`);
    await refresh();
  }, t("done"));
  return [h("div", { cls: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, [t("faults.fault"), t("platform"), t("shop"), t("faults.operation"), t("faults.times"), t("faults.delay"), ""].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rules.map((rule) => h("tr", { "data-fault": rule.fault },
      h("td", {}, badge(rule.fault, "hold")), h("td", {}, rule.platform ?? t("every")), h("td", {}, rule.shop_id ?? t("every")),
      h("td", {}, rule.operation ?? t("every")), h("td", { cls: "n" }, rule.times ?? "∞"), h("td", { cls: "n" }, rule.delay_s),
      h("td", {}, h("button", { cls: "disarm", onclick: () => drop(rule) }, t("faults.disarm")))))))),
    h("button", { id: "disarm-all", onclick: () => drop({}) }, t("faults.clear"))];
}
