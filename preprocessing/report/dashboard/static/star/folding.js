// The light of a star folded at any period: slider, number boxes, and periods that are known.

import { SharedView, airy, axis, fluxAxis, letZoom, makeChart, paintSquares, sideAxis, takeFrame } from "../charts.js";
import { h } from "../dom.js";
import { measured } from "../format.js";
import { color } from "../theme.js";
import { foldedMedians, phases, span } from "./light.js";

const SHORTEST_D = 0.1;
const SLIDER_STEPS = 4000;
/** How far the fine slider goes to each side, as a share of the period. */
const FINE_SHARE = 0.01;
const BINS = 120;
const HEIGHT = 260;
/** Half the width of a close-up, in durations of the event. */
const CLOSE_UP = 2.5;

/**
 * Draw the fold with its controls.
 *
 * @param {object} light from `readLight`
 * @param {{name: string, period: number, epoch?: number, duration?: number}[]} known periods to offer
 */
export function drawFold(root, light, known, signal) {
  const [first, last] = span(light);
  const longest = Math.max(SHORTEST_D * 2, last - first);
  const start = known[0] ?? { period: Math.min(10, longest / 3), epoch: first };
  const state = { period: start.period, epoch: start.epoch ?? first, duration: start.duration, phase: null };
  const view = new SharedView(-0.5, 0.5);
  const place = h("div", { class: "chart chart-folded", role: "group", "aria-label": "Folded light. Plus and minus zoom, arrows move, 0 shows all." });
  const plot = () => state.plot;
  const controls = makeControls(state, { longest, known, first }, () => {
    state.phase = phases(light.time, state.period, state.epoch);
    plot()?.redraw(true, false);
  }, view);
  root.append(controls.known, place, controls.element);
  controls.set(start);
  state.plot = foldChart(place, light, state, view, signal);
  return { setPeriod: (period, epoch) => controls.set({ period, epoch }) };
}

function foldChart(place, light, state, view, signal) {
  const options = {
    height: HEIGHT,
    padding: [8, 10, 0, 0],
    scales: {
      x: { time: false, range: () => view.range },
      y: { auto: true, range: (plot) => airy(plot, ...shownExtremes(state.phase, light.flat, view.range)) },
    },
    axes: [
      axis("Phase", { size: 26 }),
      sideAxis(...fluxAxis(light.flat)),
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    cursor: { y: false, points: { show: false }, drag: { setScale: false, x: true, y: false } },
    hooks: { draw: [(plot) => paintFold(plot, light, state, view)], setSelect: [takeFrame(view)] },
  };
  const plot = makeChart(place, options, [[-0.5, 0.5], [0, 0]], signal);
  view.follow(([min, max]) => plot.setScale("x", { min, max }));
  letZoom(plot, view, place, signal);
  return plot;
}

function shownExtremes(phase, flux, [from, to]) {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < phase.length; i += 1) {
    if (phase[i] < from || phase[i] > to) continue;
    if (flux[i] < min) min = flux[i];
    if (flux[i] > max) max = flux[i];
  }
  return [min, max];
}

function paintFold(plot, light, state, view) {
  paintSquares(plot, state.phase, light.flat, 0, light.n - 1, color("points-soft"), 1.6);
  const { ctx, bbox } = plot;
  const medians = foldedMedians(state.phase, light.flat, ...view.range, BINS);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = color("trend");
  const size = 4 * devicePixelRatio;
  for (const { phase, flux } of medians) {
    ctx.fillRect(plot.valToPos(phase, "x", true) - size / 2, plot.valToPos(flux, "y", true) - size / 2, size, size);
  }
  ctx.restore();
}

/** Period, epoch and what moves them; `changed` is called after each change. */
function makeControls(state, { longest, known, first }, changed, view) {
  const toSlider = (period) => Math.round((SLIDER_STEPS * Math.log(period / SHORTEST_D)) / Math.log(longest / SHORTEST_D));
  const fromSlider = (step) => SHORTEST_D * (longest / SHORTEST_D) ** (step / SLIDER_STEPS);
  const number = h("input", { type: "number", id: "fold-period", min: "0.01", step: "any" });
  const epoch = h("input", { type: "number", id: "fold-epoch", step: "any" });
  const coarse = h("input", { type: "range", id: "fold-coarse", min: 0, max: SLIDER_STEPS, step: 1 });
  const fine = h("input", { type: "range", id: "fold-fine", min: -1000, max: 1000, step: 1, value: 0 });
  let middle = state.period;
  const buttons = known.map((each) =>
    h("button", { type: "button", class: "chip", onclick: () => set(each) }, `${each.name} · ${measured(each.period, 6)} d`),
  );

  function show(period, keepsFine = false) {
    if (!(period > 0) || !Number.isFinite(period)) return;
    state.period = period;
    if (!keepsFine) {
      middle = period;
      fine.value = 0;
    }
    if (document.activeElement !== number) number.value = Number(period.toPrecision(8));
    coarse.value = toSlider(period);
    coarse.setAttribute("aria-valuetext", `${measured(period, 6)} days`);
    fine.setAttribute("aria-valuetext", `${measured(period, 8)} days`);
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(Math.abs(known[at].period / period - 1) < 1e-7)));
    changed();
  }
  function set(given) {
    state.epoch = given.epoch ?? state.epoch ?? first;
    state.duration = given.duration ?? state.duration;
    epoch.value = Number(state.epoch.toPrecision(10));
    show(given.period);
  }
  number.addEventListener("input", () => show(Number(number.value)));
  epoch.addEventListener("input", () => {
    if (epoch.value === "" || !Number.isFinite(Number(epoch.value))) return;
    state.epoch = Number(epoch.value);
    changed();
  });
  coarse.addEventListener("input", () => show(fromSlider(Number(coarse.value))));
  fine.addEventListener("input", () => show(middle * (1 + (FINE_SHARE * Number(fine.value)) / 1000), true));
  const closeUp = () => {
    const half = Math.min(0.5, (CLOSE_UP * (state.duration || state.period * 0.04)) / state.period);
    view.set(-half, half);
  };
  const element = h(
    "div",
    { class: "fold-controls" },
    h("div", { class: "fold-fields" },
      h("label", { for: "fold-period" }, "Period, d", number),
      h("label", { for: "fold-epoch" }, "Epoch, d", epoch),
      h("label", { for: "fold-coarse", class: "wide" }, "Any period", coarse),
      h("label", { for: "fold-fine", class: "wide" }, "Fine, ±1 %", fine)),
    h("div", { class: "tools" },
      h("button", { type: "button", onclick: () => show(state.period / 2) }, "½ period"),
      h("button", { type: "button", onclick: () => show(state.period * 2) }, "2 periods"),
      h("button", { type: "button", onclick: closeUp }, "Close-up"),
      h("button", { type: "button", onclick: () => view.reset() }, "Full phase")),
  );
  const names = h("div", { class: "chips", role: "group", "aria-label": "Known periods" }, buttons);
  return { element, known: names, set };
}

/** The periods that a star's rows name: candidates, eclipses, rotation, strongest frequency. */
export function knownPeriods(about) {
  const found = about.candidates.map(({ period, epoch, duration }, index) => ({
    name: `Candidate ${index + 1}`, period, epoch, duration,
  }));
  const { eclipse_period: eclipse, eclipse_epoch: epoch, rotation_period: rotation } = about.row;
  if (eclipse > 0) found.push({ name: "Eclipse", period: eclipse, epoch: epoch ?? undefined });
  if (rotation > 0) found.push({ name: "Rotation", period: rotation });
  const frequency = about.features.find(({ name }) => name === "freq_main")?.value;
  if (frequency > 0) found.push({ name: "Strongest frequency", period: 1 / frequency });
  const isNew = ({ period }, at) => !found.slice(0, at).some((before) => Math.abs(before.period / period - 1) < 1e-4);
  return found.filter((each, at) => each.period > 0 && isNew(each, at));
}
