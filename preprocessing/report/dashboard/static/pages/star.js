// A star's page: its light, folded at will, and everything that the tables say of it.

import * as api from "../api.js";
import { drawCurves } from "../star/curves.js";
import { drawFold, knownPeriods } from "../star/folding.js";
import { Labeling, LABEL_KEYS } from "../star/labeling.js";
import { readLight } from "../star/light.js";
import * as panels from "../star/panels.js";
import { errorBox, fill, h, painted } from "../dom.js";

const KEYS = [
  ...LABEL_KEYS,
  ["+ − ← → 0", "In a chart: zoom, move, show all"],
  ["Ctrl or Shift with the wheel", "Zoom a chart where the pointer is"],
];

export async function show(root, { argument: star, signal }) {
  const aboutLater = Promise.all([api.star(star, signal), api.dataset()]);
  const name = panels.shownName(star);
  document.title = `${name} · XENOSCAN`;
  const head = h("div", { class: "star-head" }, h("div", {}, h("h1", {}, name)));
  const curves = h("section", { class: "card curves", "aria-label": "Light" }, h("h2", {}, "Light"), h("p", { class: "hint loading" }, "Reading the light …"));
  const folded = h("section", { class: "card", "aria-label": "Folded light" }, h("h2", {}, "Folded"));
  const main = h("div", { class: "star-main" }, curves, folded);
  const body = h("div", { class: "star-body" }, main, h("div", { class: "star-side" }));
  fill(root, head, body);
  // The light does not wait for the tables: it is what one looks at first.
  const link = {};
  const lightLater = api.lightBytes(star, signal).then(readLight).catch((error) => error).then((light) => {
    if (!signal.aborted) link.view = drawLight(light, { curves, folded, name, signal });
    return light;
  });
  const [about, { columns, synthetic }] = await aboutLater;
  await painted();
  about.synthetic = synthetic;
  const labeling = new Labeling(star, about.label);
  head.firstChild.append(otherNames(about, name) ?? "", panels.badges(about), panels.facts(about, columns));
  head.append(labeling.element);
  body.before(outcome(about) ?? "");
  main.append(
    panels.candidates(about, (each) => { link.fold?.setPeriod(each.period, each.epoch); folded.scrollIntoView(); }),
    panels.events(about, (event) => { showEvent(link.view, event); curves.scrollIntoView(); }),
    panels.features(about), panels.sheet(about));
  fill(body.lastChild, panels.explanation(about), panels.neighbors(about), panels.labelEvidence(about), panels.lightkurveLine(about));
  lightLater.then(async (light) => {
    await painted();
    if (link.view && !signal.aborted) link.fold = drawFold(folded, light, knownPeriods(about), signal);
  });
  return { keys: KEYS, onKey: (event) => labeling.takeKey(event.key) };
}

/** Draw both curves; the fold follows, since it needs periods from the tables. */
function drawLight(light, { curves, folded, name, signal }) {
  curves.querySelector(".loading").remove();
  if (light instanceof Error) {
    curves.append(errorBox(light));
    folded.remove();
    return null;
  }
  const view = drawCurves(curves, light, { name, signal });
  curves.dataset.drawn = "yes";
  return view;
}

function showEvent(view, { start_d: start, peak_d: peak, end_d: end }) {
  const middle = peak ?? start;
  const half = Math.max(1.5, 3 * ((end ?? middle) - (start ?? middle)));
  view?.set(middle - half, middle + half);
}

function otherNames(about, name) {
  const others = (about.names ?? []).filter((each) => each !== name);
  return others.length ? h("p", { class: "hint" }, `Also ${others.join(", ")}`) : null;
}

/** What the download did not get of the star, if anything. */
function outcome(about) {
  const { reason, error } = about.outcome ?? {};
  if (!reason || reason === "complete") return null;
  return h("p", { class: "notice" }, `Downloaded: ${String(reason).replaceAll("_", " ")}. ${error ?? ""}`);
}
