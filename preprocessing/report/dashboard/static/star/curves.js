// The whole light of a star: raw above detrended, with quarters and flags, zoomed together.

import { SharedView, airy, axis, fluxAxis, letZoom, makeChart, paintSquares, sideAxis, takeFrame } from "../charts.js";
import { h } from "../dom.js";
import { count, counted } from "../format.js";
import { color } from "../theme.js";
import { flaggedCauses, span } from "./light.js";

const POINT = 1.6;
/** Causes that have a row of their own in the strip of flags; the rest share the last one. */
const MOST_CAUSES = 6;
const FLAG_ROW = 9;

/** Paint inside a chart's frame only. */
function clipped({ ctx, bbox }, paint) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  paint(ctx, bbox);
  ctx.restore();
}

/** Shade every other quarter. */
function paintQuarters(plot, quarters) {
  clipped(plot, (ctx, bbox) => {
    ctx.fillStyle = color("band");
    quarters.forEach(({ start, end }, index) => {
      const left = plot.valToPos(start, "x", true);
      if (index % 2 === 0) ctx.fillRect(left, bbox.top, plot.valToPos(end, "x", true) - left, bbox.height);
    });
  });
}

/** Number the quarters that are wide enough, over the grid. */
function numberQuarters(plot, quarters) {
  clipped(plot, (ctx, bbox) => {
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.strokeStyle = color("surface");
    ctx.fillStyle = color("ink-2");
    for (const { number, label, start, end } of quarters) {
      const left = Math.max(plot.valToPos(start, "x", true), bbox.left);
      const right = Math.min(plot.valToPos(end, "x", true), bbox.left + bbox.width);
      if (right - left < 22 * devicePixelRatio) continue;
      const place = [label ?? String(number), (left + right) / 2, bbox.top + 13 * devicePixelRatio];
      ctx.strokeText(...place);
      ctx.fillText(...place);
    }
  });
}

/** The finite rows of a span of rows, least and greatest. */
function extremes(values, from, to) {
  let min = Infinity;
  let max = -Infinity;
  for (let i = from; i <= to; i += 1) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}

/** The rows of a sorted array that lie between two values. */
function rowsBetween(sorted, min, max) {
  const first = (bound) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [first(min), Math.min(sorted.length, first(max) + 1) - 1];
}

function curveChart(place, light, view, chart, signal) {
  const { values, label, height, isNumbered, xLabel, line } = chart;
  const options = {
    height,
    padding: [4, 10, xLabel ? 0 : 4, 0],
    scales: {
      x: { time: false, range: () => view.range },
      y: {
        auto: true,
        range: (plot) => withRoom(airy(plot, ...extremes(values, ...rowsBetween(light.time, ...view.range))), isNumbered),
      },
    },
    axes: [
      xLabel ? axis(xLabel, { size: 26 }) : axis("", { size: 0, show: true, values: () => [], labelSize: 0, ticks: { show: false } }),
      sideAxis(label, { values: chart.ticks }),
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    cursor: { sync: { key: "light" }, y: false, points: { show: false }, drag: { setScale: false, x: true, y: false } },
    hooks: {
      drawClear: [(plot) => paintQuarters(plot, light.quarters)],
      draw: [
        (plot) => {
          const [from, to] = rowsBetween(light.time, ...view.range);
          const size = Math.min(4, POINT + 1200 / Math.max(300, to - from));
          paintSquares(plot, light.time, values, from, to, color("points"), size);
          if (line) paintLine(plot, light, line, from, to);
          if (isNumbered) numberQuarters(plot, light.quarters);
        },
      ],
      setSelect: [takeFrame(view)],
    },
  };
  const plot = makeChart(place, options, [light.time, values], signal);
  view.follow(([min, max]) => plot.setScale("x", { min, max }));
  letZoom(plot, view, place, signal);
  return plot;
}

/** Room above the points for the numbers of quarters. */
const withRoom = ([min, max], isNumbered) => [min, isNumbered ? max + 0.1 * (max - min) : max];

/** A line over the points that breaks where the light does. */
function paintLine(plot, light, values, from, to) {
  clipped(plot, (ctx, bbox) => {
    const step = Math.max(1, Math.floor((to - from) / (bbox.width * 2)));
    const gap = Math.max(0.5, step * 0.1);
    ctx.beginPath();
    let last = NaN;
    for (let i = from; i <= to; i += step) {
      const y = plot.valToPos(values[i], "y", true);
      const x = plot.valToPos(light.time[i], "x", true);
      if (light.time[i] - last <= gap) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
      last = Number.isNaN(y) ? NaN : light.time[i];
    }
    ctx.strokeStyle = color("trend");
    ctx.lineWidth = 1.8 * devicePixelRatio;
    ctx.stroke();
  });
}

/** Ticks of flagged rows, one line a cause, above the same time axis. */
function flagStrip(place, light, causes, view, signal) {
  const height = causes.length * FLAG_ROW + 12;
  const options = {
    height,
    padding: [4, 10, 4, 0],
    scales: { x: { time: false, range: () => view.range }, y: { range: [0, 1] } },
    axes: [
      axis("", { size: 0, values: () => [], labelSize: 0, ticks: { show: false } }),
      sideAxis("Flags", { values: () => [], grid: { show: false }, ticks: { show: false } }),
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    cursor: { sync: { key: "light" }, y: false, points: { show: false }, drag: { setScale: false, x: true, y: false } },
    hooks: {
      draw: [(plot) => paintFlags(plot, light, causes)],
      setSelect: [takeFrame(view)],
    },
  };
  const plot = makeChart(place, options, [[...view.whole], [0, 1]], signal);
  view.follow(([min, max]) => plot.setScale("x", { min, max }));
  letZoom(plot, view, place, signal);
}

function paintFlags(plot, light, causes) {
  const { ctx, bbox } = plot;
  const row = FLAG_ROW * devicePixelRatio;
  causes.forEach(({ rows }, index) => {
    ctx.fillStyle = color(`cause-${index}`);
    for (const at of rows) {
      const x = plot.valToPos(light.time[at], "x", true);
      if (x >= bbox.left && x <= bbox.left + bbox.width) {
        ctx.fillRect(Math.round(x), bbox.top + index * row + 1, Math.max(1, devicePixelRatio), row - 3);
      }
    }
  });
}

function merged(causes) {
  if (causes.length <= MOST_CAUSES) return causes;
  const rest = causes.slice(MOST_CAUSES - 1);
  const rows = new Set(rest.flatMap((each) => each.rows));
  return [...causes.slice(0, MOST_CAUSES - 1), { cause: `others (${rest.map(({ cause }) => cause).join(", ")})`, rows: [...rows] }];
}

function flagLegend(causes, n) {
  if (causes.length === 0) return h("p", { class: "hint" }, `No row of the ${count(n)} is flagged.`);
  return h(
    "ul",
    { class: "flag-legend", "aria-label": "Flagged rows by cause, as in the strip from top to bottom" },
    causes.map(({ cause, rows }, index) => h("li", {}, h("span", { class: `swatch cause-${index}` }), `${cause} `, h("b", {}, count(rows.length)))),
  );
}

function zoomTools(light, view) {
  const quarters = h(
    "select",
    {
      "aria-label": `Show one ${light.sequence}`,
      onchange: (event) => {
        const quarter = light.quarters[Number(event.target.value)];
        if (quarter) view.set(quarter.start, quarter.end);
        else view.reset();
      },
    },
    h("option", { value: "" }, "All"),
    light.quarters.map(({ number, label }, index) => h("option", { value: index }, label ?? `${light.sequence} ${number}`)),
  );
  return h(
    "div",
    { class: "tools" },
    quarters,
    h("button", { type: "button", onclick: () => view.zoom(2), "aria-label": "Zoom in" }, "+"),
    h("button", { type: "button", onclick: () => view.zoom(0.5), "aria-label": "Zoom out" }, "−"),
    h("button", { type: "button", onclick: () => view.pan(-0.5), "aria-label": "Earlier" }, "←"),
    h("button", { type: "button", onclick: () => view.pan(0.5), "aria-label": "Later" }, "→"),
    h("button", { type: "button", onclick: () => view.reset() }, "Whole"),
  );
}

/**
 * Draw raw and detrended light, one above the other.
 *
 * @returns {SharedView} what both show, for others to change
 */
export function drawCurves(root, light, { name, heights = [190, 210], signal }) {
  const view = new SharedView(...span(light));
  const places = ["raw", "detrended"].map((kind) =>
    h("div", {
      class: `chart chart-${kind}`,
      role: "group",
      "aria-label": `${kind} light of ${name}, ${count(light.n)} points. Plus and minus zoom, arrows move, 0 shows all.`,
    }),
  );
  const causes = merged(flaggedCauses(light));
  const strip = h("div", { class: "chart", role: "group", "aria-label": "Flagged rows over time" });
  root.append(
    h("div", { class: "chart-head" }, h("p", { class: "hint" }, `${counted(light.n, "point")} in ${counted(light.quarters.length, light.sequence)}. Drag to zoom, double-click for all.`), zoomTools(light, view)),
    ...places,
    causes.length ? strip : "",
    flagLegend(causes, light.n),
  );
  const [label, { values: ticks }] = fluxAxis(light.flat);
  curveChart(places[0], light, view, {
    values: light.flux, line: light.trend, label: "Flux", height: heights[0], isNumbered: true, xLabel: null,
  }, signal);
  if (causes.length) flagStrip(strip, light, causes, view, signal);
  curveChart(places[1], light, view, {
    values: light.flat, label, ticks, height: heights[1], isNumbered: false, xLabel: `Time, ${light.time_system ?? "days"}`,
  }, signal);
  return view;
}
