// The frame: tabs, clock, languages, and one poll a second for what happened meanwhile.

import { call } from "./api.js";
import { fill, h, toast } from "./dom.js";
import { clockBar } from "./clock.js";
import { drawFaults } from "./faults.js";
import { drawLog } from "./log.js";
import { drawOrders } from "./orders.js";
import { drawShops } from "./shops.js";
import { drawStock } from "./stock.js";
import { drawSwitches } from "./switches.js";
import { choose, chosen, load, t } from "./words.js";

const VIEWS = {
  shops: drawShops, orders: drawOrders, stock: drawStock, faults: drawFaults, switches: drawSwitches, log: drawLog,
};
const EVERY_MS = 1000;
const KEPT = 500;

export const state = { catalogue: null, clock: null, log: [], last: 0, operations: new Map(), gone: false };
let live = {};
let bar = null;

export function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return [name in VIEWS ? name : "shops", rest];
}

// Run something that changes the sandbox; its refusal is told in words, with what to do.
export async function attempt(work, done = null) {
  try {
    const value = await work();
    if (done) toast(done);
    return value;
  } catch (error) {
    toast(error.todo ? `${error.message} — ${error.todo}` : error.message, true);
    return undefined;
  }
}

export async function draw() {
  const [name, rest] = route();
  document.title = `${t(`tab.${name}`)} · ${t("title")}`;
  document.getElementById("skip").textContent = t("skip");
  drawTop();
  drawTabs(name);
  const main = document.getElementById("main");
  live = {};
  await attempt(async () => { live = (await VIEWS[name](main, state, rest)) ?? {}; });
}

// Changes of the clock wait for each other: an answer that overtook a later one would be shown in its place.
let changing = Promise.resolve();

function changeClock(body) {
  const change = changing.then(() => call("POST", "/clock", body));
  changing = change.catch(() => {});
  return change.then((clock) => show(clock));
}

function show(clock) {
  const turned = clock.frozen !== state.clock.frozen;
  state.clock = mark(clock);
  if (turned) drawTop();
  else bar?.tick();
}

function drawTop() {
  bar = clockBar(state, changeClock);
  fill(document.getElementById("top"),
    h("a", { cls: "brand", href: "#/shops" }, h("img", { src: "/_sandbox/console/icon.svg", alt: "" }), t("title")),
    bar.node,
    h("div", { cls: "tools" },
      h("button", { id: "language", lang: chosen() === "zh" ? "en" : "zh-CN", onclick: () => {
        choose(chosen() === "zh" ? "en" : "zh");
        draw();
      } }, chosen() === "zh" ? "English" : "中文"),
      h("button", { id: "reset", onclick: askReset }, t("reset"))));
}

function drawTabs(name) {
  const tabs = document.getElementById("tabs");
  tabs.setAttribute("aria-label", t("tabs"));
  fill(tabs, Object.keys(VIEWS).map((view) => h("a", {
    href: `#/${view}`, "aria-current": view === name ? "page" : null,
  }, t(`tab.${view}`))));
  const [row, now] = [tabs, tabs.querySelector("[aria-current]")].map((node) => node.getBoundingClientRect());
  tabs.scrollLeft += now.left - row.left - (row.width - now.width) / 2; // on a phone they do not all fit
}

function askReset() {
  const dialog = h("dialog", { "aria-labelledby": "reset-title" },
    h("h2", { id: "reset-title" }, t("reset")),
    h("p", {}, t("reset.about")),
    h("div", { cls: "row" },
      h("button", { cls: "danger", id: "reset-now", onclick: async () => {
        dialog.close();
        await attempt(() => call("POST", "/reset", {}), t("reset.done"));
        state.log = [];
        await draw();
      } }, t("reset.now")),
      h("button", { onclick: () => dialog.close() }, t("cancel"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function mark(clock) {
  return { ...clock, at: performance.now() };
}

async function poll() {
  if (!document.hidden) {
    try {
      const fresh = await call("GET", `/log?limit=200&after=${state.last}`);
      show(await changing.then(() => call("GET", "/clock")));
      if (state.gone) return location.reload();
      if (fresh.length) hear(fresh);
      live.tick?.();
    } catch {
      if (!state.gone) toast(t("gone"), true);
      state.gone = true;
    }
  }
  setTimeout(poll, EVERY_MS);
}

function hear(fresh) {
  state.last = fresh[0].n;
  state.log = [...fresh, ...state.log].slice(0, KEPT);
  for (const entry of fresh) {
    if (!entry.platform || !entry.operation) continue;
    const known = state.operations.get(entry.platform) ?? new Set();
    state.operations.set(entry.platform, known.add(entry.operation));
  }
  live.heard?.(fresh);
}

async function start() {
  await load();
  state.catalogue = await call("GET", "/catalogue");
  state.clock = mark(await call("GET", "/clock"));
  addEventListener("hashchange", async () => {
    await draw();
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  });
  await draw();
  document.body.dataset.ready = "yes";
  await poll();
}

start();
