// uPlot as this dashboard uses it: square points of our own, bands, zoom by mouse and by keys.

import { color } from "./theme.js";

/** uPlot is a plain script that becomes `window.uPlot`; pages without charts do without it. */
await new Promise((done, fail) => {
  const script = Object.assign(document.createElement("script"), { src: "/static/vendor/uPlot.iife.min.js", onload: done });
  script.onerror = () => fail(new Error("The charts cannot be loaded from the dashboard."));
  document.head.append(script);
});

const FONT = "12px system-ui, sans-serif";
/** Room for numbers beside a chart; the same for all, so that charts above each other line up. */
const AXIS_WIDTH = 68;
const ZOOM_STEP = 1.5;
const PAN_STEP = 0.2;

/** An axis in the colors of the theme. */
export function axis(label, more = {}) {
  return {
    label,
    labelSize: 18,
    labelGap: 0,
    labelFont: FONT,
    font: FONT,
    gap: 4,
    stroke: () => color("ink-2"),
    grid: { stroke: () => color("grid"), width: 1 },
    ticks: { stroke: () => color("grid"), width: 1, size: 4 },
    ...more,
  };
}

/** The axis at the left, of a width that all charts share. */
export const sideAxis = (label, more = {}) => axis(label, { size: AXIS_WIDTH - 18, ...more });

/** A canvas beside the page, in which points become pixels. */
const scratch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const inks = new Map();

/** A color as the number that a pixel of this color has in memory. */
function ink(name) {
  if (!inks.has(name)) {
    scratch.fillStyle = name;
    scratch.fillRect(0, 0, 1, 1);
    inks.set(name, new Uint32Array(scratch.getImageData(0, 0, 1, 1).data.buffer)[0]);
  }
  return inks.get(name);
}

/**
 * Paint one square a point: each pixel is written by hand, several times faster than by the canvas.
 *
 * @param {uPlot} u
 * @param {ArrayLike<number>} x, y in units of the scales "x" and "y"
 * @param {number} from, to first and last row
 * @param {string} fill a color without transparency
 */
export function paintSquares(u, x, y, from, to, fill, size) {
  const { ctx, bbox } = u;
  const edge = Math.max(1, Math.round(size * devicePixelRatio));
  const [width, height] = [Math.round(bbox.width), Math.round(bbox.height)];
  if (width < 1 || height < 1) return;
  const { min: xMin, max: xMax } = u.scales.x;
  const { min: yMin, max: yMax } = u.scales.y;
  const perX = width / (xMax - xMin);
  const perY = height / (yMax - yMin);
  const left = -xMin * perX - edge / 2;
  const bottom = height + yMin * perY - edge / 2;
  const color = ink(fill);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = from; i <= to; i += 1) {
    const value = y[i];
    if (!(value >= yMin && value <= yMax)) continue;
    const column = Math.floor(left + x[i] * perX);
    const row = Math.floor(bottom - value * perY);
    const lastColumn = Math.min(width, column + edge);
    const lastRow = Math.min(height, row + edge);
    for (let down = Math.max(0, row); down < lastRow; down += 1) {
      for (let right = Math.max(0, column); right < lastColumn; right += 1) pixels[down * width + right] = color;
    }
  }
  const { canvas } = scratch;
  if (canvas.width < width) canvas.width = width;
  if (canvas.height < height) canvas.height = height;
  scratch.putImageData(image, 0, 0);
  ctx.drawImage(canvas, 0, 0, width, height, Math.round(bbox.left), Math.round(bbox.top), width, height);
}

/** A range with some air above and below, also where there is one value or none. */
export function airy(_u, min, max) {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [-1, 1];
  const air = (max - min) * 0.06 || Math.abs(max) * 0.05 || 1;
  return [min - air, max + air];
}

/** Label and numbers of an axis of relative flux: in percent where it varies by much, else in ppm. */
export function fluxAxis(flux) {
  const [unit, factor] = flux.some((value) => Math.abs(value) > 0.02) ? ["%", 100] : ["ppm", 1e6];
  return [`Detrended, ${unit}`, { values: (_plot, splits) => splits.map((value) => String(Number((factor * value).toPrecision(6)))) }];
}

/** A range of things that cannot be negative. */
export const fromZero = (_u, _min, max) => [0, max > 0 ? max * 1.08 : 1];

/**
 * Make a chart that fills its place, and follows its width and the theme.
 *
 * @returns {uPlot}
 */
export function makeChart(place, options, data, signal) {
  const width = () => Math.max(200, place.clientWidth);
  const plot = new uPlot({ width: width(), legend: { show: false }, ...options }, data, place);
  const resized = new ResizeObserver(() => {
    if (place.clientWidth > 0 && place.clientWidth !== plot.width) {
      plot.setSize({ width: width(), height: options.height });
    }
  });
  resized.observe(place);
  addEventListener("themechange", () => plot.redraw(false, true), { signal });
  signal.addEventListener("abort", () => {
    resized.disconnect();
    plot.destroy();
  });
  return plot;
}

/** The part of an axis that several charts show, with those who follow it. */
export class SharedView {
  constructor(first, last) {
    const air = (last - first) * 0.005 || 1;
    this.whole = [first - air, last + air];
    this.range = this.whole;
    this.followers = [];
  }

  follow(callback) {
    this.followers.push(callback);
  }

  set(min, max) {
    const [first, last] = this.whole;
    const length = Math.min(last - first, Math.max(max - min, (last - first) * 1e-5));
    const from = Math.min(Math.max(min, first), last - length);
    this.range = length < last - first ? [from, from + length] : this.whole;
    for (const callback of this.followers) callback(this.range);
  }

  reset() {
    this.set(...this.whole);
  }

  zoom(factor, around = null) {
    const [min, max] = this.range;
    const middle = around ?? (min + max) / 2;
    this.set(middle - (middle - min) / factor, middle + (max - middle) / factor);
  }

  pan(share) {
    const [min, max] = this.range;
    this.set(min + share * (max - min), max + share * (max - min));
  }

  /** Do what a key means for a chart; false for other keys. */
  takeKey(key) {
    const actions = {
      "+": () => this.zoom(ZOOM_STEP),
      "=": () => this.zoom(ZOOM_STEP),
      "-": () => this.zoom(1 / ZOOM_STEP),
      0: () => this.reset(),
      ArrowLeft: () => this.pan(-PAN_STEP),
      ArrowRight: () => this.pan(PAN_STEP),
    };
    actions[key]?.();
    return key in actions;
  }
}

/** Let wheel, drag, double click and keys change what a chart shows. */
export function letZoom(plot, view, place, signal) {
  const over = plot.over;
  over.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.shiftKey && document.activeElement !== place) return;
      event.preventDefault();
      const at = plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
      view.zoom(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, at);
    },
    { signal, passive: false },
  );
  over.addEventListener("dblclick", () => view.reset(), { signal });
  place.tabIndex = 0;
  place.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !view.takeKey(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
}

/** What uPlot calls when someone has drawn a frame: the view takes its width. */
export function takeFrame(view) {
  return (plot) => {
    const { left, width } = plot.select;
    if (width < 4) return;
    view.set(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  };
}
