// The sandbox clock in the head of the page: what time it is there, and the hand on it.

import { attempt } from "./app.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

const STEPS = [[60, "clock.minute"], [3600, "clock.hour"], [86400, "clock.day"]];

export function now(state) {
  const then = Date.parse(state.clock.now);
  return new Date(state.clock.frozen ? then : then + performance.now() - state.clock.at);
}

export function clockBar(state, change) {
  const face = h("time", { id: "now" });
  const tick = () => {
    const at = now(state);
    face.dateTime = at.toISOString();
    face.title = at.toLocaleString();
    fill(face, at.toISOString().slice(0, 19).replace("T", " "), h("small", {}, " UTC"));
  };
  const move = (body) => attempt(() => change(body));
  const when = h("input", { type: "datetime-local", step: "1", "aria-label": t("clock.set") });
  when.value = now(state).toISOString().slice(0, 19);
  const node = h("div", { cls: "clock", role: "group", "aria-label": t("clock") },
    face,
    h("button", {
      id: "freeze", "aria-pressed": String(state.clock.frozen), onclick: () => move({ freeze: !state.clock.frozen }),
    }, state.clock.frozen ? t("clock.run") : t("clock.freeze")),
    STEPS.map(([seconds, word]) => h("button", {
      "data-advance": seconds, onclick: () => move({ advance_s: seconds }),
    }, t(word))),
    h("details", { cls: "menu" }, h("summary", {}, t("clock.set")),
      h("form", { onsubmit: (event) => {
        event.preventDefault();
        if (when.value) move({ set: `${when.value}${when.value.length === 16 ? ":00" : ""}+00:00` });
      } }, when, h("small", {}, "UTC"), h("button", {}, t("do")))));
  tick();
  return { node, tick };
}
