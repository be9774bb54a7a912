// What no document settles: each emulator's switches, with what they decide.

import { attempt } from "./app.js";
import { call } from "./api.js";
import { field, fill, h, select } from "./dom.js";
import { named, t } from "./words.js";

export async function drawSwitches(main, state, [wanted]) {
  const all = await call("GET", "/switches");
  const names = Object.keys(all).filter((name) => Object.keys(all[name]).length);
  const chosen = names.includes(wanted) ? wanted : names[0];
  const set = (key, value) => attempt(async () => {
    await call("PUT", "/switches", { [chosen]: { [key]: value } });
    await drawSwitches(main, state, [chosen]);
  }, t("done"));
  fill(main, h("h1", {}, t("tab.switches")), h("p", { cls: "lead" }, t("switches.about")),
    h("div", { cls: "bar" }, field(t("platform"), select({ id: "switch-platform", onchange: (event) => {
      location.hash = `#/switches/${event.target.value}`;
    } }, names.map((name) => [name, named("platform", name)]), chosen))),
    h("dl", { cls: "switches" }, Object.entries(all[chosen] ?? {}).map(([key, how]) => [
      h("dt", {}, h("code", {}, key)),
      h("dd", {}, control(key, how, set), h("p", {}, how.about), how.value !== how.default && h("small", {}, `${t("switches.default")} ${how.default}`)),
    ])));
}

function control(key, how, set) {
  const props = { "aria-label": key, "data-switch": key };
  if (how.choices.length) {
    return select({ ...props, onchange: (event) => set(key, how.choices[event.target.selectedIndex]) },
      how.choices.map((one) => [String(one), String(one)]), String(how.value));
  }
  if (typeof how.default === "boolean") {
    return h("input", { ...props, type: "checkbox", checked: how.value, onchange: (event) => set(key, event.target.checked) });
  }
  const number = typeof how.default === "number";
  return h("input", { ...props, type: number ? "number" : "text", step: "any", value: String(how.value),
    onchange: (event) => set(key, number ? Number(event.target.value) : event.target.value) });
}
