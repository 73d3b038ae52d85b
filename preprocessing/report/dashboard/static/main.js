// The shell around the pages: which one is shown, and what keys do everywhere.

import { dataset } from "./api.js";
import { errorBox, h, isTyping } from "./dom.js";
import { startTheme } from "./theme.js";

const PAGES = {
  "": { title: "Overview", load: () => import("./pages/overview.js") },
  run: { title: "Run", load: () => import("./pages/run.js") },
  stars: { title: "Stars", load: () => import("./pages/stars.js") },
  sky: { title: "Sky", load: () => import("./pages/sky.js") },
  star: { title: "Star", load: () => import("./pages/star.js") },
  triage: { title: "Triage", load: () => import("./pages/triage.js") },
};
const EVERYWHERE = [
  ["?", "Show the keys"],
  ["g then o, r, s, m, t", "Go to Overview, Run, Stars, Sky map, Triage"],
];
const GO_TO = { o: "#/", r: "#/run", s: "#/stars", m: "#/sky", t: "#/triage" };

const content = document.getElementById("content");
const dialog = document.getElementById("keys-dialog");
let shown = { abort: new AbortController(), keys: [] };
let lastPath = null;

/** Split `#/star/kic_1?x=1` into the page's name, what follows, and its parameters. */
function whereTo() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [name, ...rest] = path.split("/");
  return { path, name, argument: decoded(rest.join("/")), query: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    // Someone typed the address: there is no such star, and the page says so.
    return text;
  }
}

async function show() {
  const { path, name, argument, query } = whereTo();
  if (path === lastPath && shown.follow?.(query)) return;
  shown.abort.abort();
  const abort = new AbortController();
  const page = PAGES[name] ?? PAGES[""];
  const before = lastPath;
  shown = { abort, keys: [] };
  lastPath = path;
  markPage(name);
  document.title = `${argument || page.title} · XENOSCAN`;
  const root = h("div", { class: `page page-${name || "overview"}`, "aria-busy": "true" });
  content.replaceChildren(root);
  try {
    const given = await (await page.load()).show(root, { argument, query, signal: abort.signal });
    if (!abort.signal.aborted) shown = { abort, keys: [], ...given };
  } catch (error) {
    if (abort.signal.aborted) return;
    if (!error.remedy && !error.status) console.error(error);
    root.replaceChildren(h("h1", {}, page.title), errorBox(error, () => { lastPath = null; show(); }));
  }
  root.removeAttribute("aria-busy");
  if (before !== null && !abort.signal.aborted) {
    content.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function markPage(name) {
  for (const link of document.querySelectorAll("nav.pages a")) {
    const isThis = link.hash.replace(/^#\/?/, "") === (name === "star" ? "stars" : name);
    if (isThis) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function keyTable(title, keys) {
  return [
    h("h3", {}, title),
    h("dl", { class: "key-list" }, keys.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
  ];
}

function showKeys() {
  const close = h("button", { type: "button", onclick: () => dialog.close() }, "Close");
  dialog.replaceChildren(
    h("h2", { id: "keys-title" }, "Keys"),
    ...(shown.keys.length ? keyTable("On this page", shown.keys) : []),
    ...keyTable("Everywhere", EVERYWHERE),
    close,
  );
  dialog.showModal();
}

let isGoing = false;

function takeKey(event) {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isGoing && GO_TO[event.key]) location.hash = GO_TO[event.key];
  else if (event.key === "?") showKeys();
  else if (!isGoing && shown.onKey?.(event)) event.preventDefault();
  isGoing = event.key === "g" && !isGoing;
}

async function nameDataSet() {
  try {
    const { name, synthetic } = await dataset();
    const place = document.getElementById("data-set-name");
    place.replaceChildren(name, ...(synthetic ? [h("span", { class: "badge synthetic" }, "SYNTHETIC")] : []));
    place.title = name;
  } catch {
    // The page itself says what is wrong.
  }
}

startTheme(document.getElementById("theme-button"));
document.getElementById("keys-button").addEventListener("click", showKeys);
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  content.focus();
});
addEventListener("hashchange", show);
addEventListener("keydown", takeKey);
nameDataSet();
show();
