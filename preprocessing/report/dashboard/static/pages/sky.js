// Where the stars are: a map on a canvas, colored by rank; a click opens a star.

import * as api from "../api.js";
import { emptyState, h } from "../dom.js";
import { count, counted } from "../format.js";
import { projection } from "../sky/projection.js";
import { shownName } from "../star/panels.js";
import { color } from "../theme.js";

const NEAR_PX = 12;
/** Shares of the ranking with a color of their own, the strangest last and on top. */
const SHARES = [[1, "sky-0"], [0.3, "sky-1"], [0.1, "sky-2"], [0.01, "sky-3"]];
const KEYS = [["+ −", "Zoom"], ["← ↑ → ↓", "Move"], ["0", "Show all"], ["Enter", "Open the star at the cross"]];

export async function show(root, { signal }) {
  const [sky, { tables }] = await Promise.all([api.sky(signal), api.dataset()]);
  if (sky.star.length === 0) {
    root.replaceChildren(h("h1", {}, "Sky"), emptyState("The tables name no positions of stars yet. The catalog has them:", "xenoscan catalog"));
    return {};
  }
  const map = new SkyMap(sky, signal);
  root.replaceChildren(
    h("div", { class: "section-head" }, h("h1", {}, "Sky"), h("p", { class: "hint" }, counted(sky.star.length, "star"))),
    h("div", { class: "sky-tools" }, map.legend(Boolean(tables.ranking)), map.tools()),
    map.element,
    map.table,
  );
  map.start();
  return { keys: KEYS, onKey: (event) => map.takeKey(event.key) };
}

class SkyMap {
  constructor(sky, signal) {
    Object.assign(this, { sky, signal });
    this.projection = projection(sky.ra, sky.dec);
    this.canvas = h("canvas", { tabindex: "0", role: "application", "aria-label": `Map of ${counted(sky.star.length, "star")}. Arrows move, plus and minus zoom, Enter opens the star at the cross.` });
    this.note = h("p", { class: "sky-note", role: "status" });
    this.table = h("p", { class: "hint" });
    this.element = h("div", { class: "sky" }, this.canvas, this.note);
    this.order = this.byRank();
  }

  /** Rows from the least to the most anomalous, so that the latter are on top. */
  byRank() {
    const rank = this.sky.rank.map((value) => value ?? Infinity);
    const ranked = rank.filter(Number.isFinite).length || 1;
    this.shade = rank.map((value) => {
      let found = 0;
      SHARES.forEach(([share], at) => { if (value <= Math.max(1, share * ranked)) found = at; });
      return found;
    });
    return Uint32Array.from(rank.keys()).sort((one, other) => rank[other] - rank[one]);
  }

  legend(isRanked) {
    if (!isRanked) return h("p", { class: "hint" }, "The stars are not ranked yet.");
    const words = ["the others", "upper 30 %", "upper 10 %", "strangest 1 %"];
    return h("ul", { class: "flag-legend", "aria-label": "Colors by rank" }, SHARES.map(([, name], at) => h("li", {}, h("span", { class: `swatch ${name}` }), words[at])).reverse());
  }

  tools() {
    const button = (text, label, act) => h("button", { type: "button", "aria-label": label, onclick: act }, text);
    return h("div", { class: "tools" }, button("+", "Zoom in", () => this.zoom(1.6)), button("−", "Zoom out", () => this.zoom(1 / 1.6)), button("Whole", "Show all stars", () => this.reset()));
  }

  start() {
    new ResizeObserver(() => this.resize()).observe(this.element);
    addEventListener("themechange", () => this.draw(), { signal: this.signal });
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX, event.offsetY);
    }, { passive: false });
    let held = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.offsetX, y: event.offsetY, moved: 0 };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!held) return this.point(event.offsetX, event.offsetY);
      held.moved += Math.abs(event.offsetX - held.x) + Math.abs(event.offsetY - held.y);
      this.move(event.offsetX - held.x, event.offsetY - held.y);
      return Object.assign(held, { x: event.offsetX, y: event.offsetY });
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (held && held.moved < 4) this.open(this.nearest(event.offsetX, event.offsetY));
      held = null;
    });
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || (width === this.width && height === this.height)) return;
    Object.assign(this, { width, height });
    this.canvas.width = width * devicePixelRatio;
    this.canvas.height = height * devicePixelRatio;
    this.reset();
  }

  reset() {
    const { left, right, bottom, top } = this.projection.bounds;
    this.scale = 0.92 * Math.min(this.width / (right - left || 1), this.height / (top - bottom || 1));
    this.x0 = this.width / 2 - (this.scale * (left + right)) / 2;
    this.y0 = this.height / 2 + (this.scale * (bottom + top)) / 2;
    this.draw();
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    this.x0 = x - factor * (x - this.x0);
    this.y0 = y - factor * (y - this.y0);
    this.scale *= factor;
    this.draw();
  }

  move(x, y) {
    this.x0 += x;
    this.y0 += y;
    this.draw();
  }

  draw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.paint();
    });
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const { x, y } = this.projection;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.paintGrid(context);
    const colors = SHARES.map(([, name]) => color(name));
    const base = this.order.length > 20_000 ? 1.2 : 2.4;
    let last = -1;
    for (const row of this.order) {
      const shade = this.shade[row];
      if (shade !== last) context.fillStyle = colors[(last = shade)];
      const size = base + 1.2 * shade;
      context.fillRect(this.x0 + this.scale * x[row] - size / 2, this.y0 - this.scale * y[row] - size / 2, size, size);
    }
    if (document.activeElement === this.canvas) this.paintCross(context);
  }

  paintGrid(context) {
    context.strokeStyle = color("grid");
    context.fillStyle = color("ink-2");
    context.lineWidth = 1;
    context.font = "12px system-ui, sans-serif";
    const perPx = 1 / this.scale;
    const labeled = [];
    const isFree = ([x, y]) => labeled.every(([left, top]) => Math.abs(left - x) > 44 || Math.abs(top - y) > 18);
    for (const { points, label } of this.projection.grid(perPx * Math.min(this.width, this.height))) {
      context.beginPath();
      points.forEach(([x, y], at) => context[at ? "lineTo" : "moveTo"](this.x0 + this.scale * x, this.y0 - this.scale * y));
      context.stroke();
      const place = points.map(([x, y]) => [this.x0 + this.scale * x, this.y0 - this.scale * y]).find(([px, py]) => px > 6 && py > 16 && px < this.width - 60 && py < this.height - 8);
      if (!place || !isFree(place)) continue;
      labeled.push(place);
      context.fillText(label, place[0] + 3, place[1] - 4);
    }
  }

  paintCross(context) {
    const [x, y] = [this.width / 2, this.height / 2];
    context.strokeStyle = color("accent");
    context.beginPath();
    context.moveTo(x - 10, y);
    context.lineTo(x + 10, y);
    context.moveTo(x, y - 10);
    context.lineTo(x, y + 10);
    context.stroke();
  }

  /** The star near a place of the canvas, the most anomalous if there are several; or null. */
  nearest(px, py, within = NEAR_PX) {
    const { x, y } = this.projection;
    let found = null;
    let least = within * within;
    for (let at = this.order.length - 1; at >= 0; at -= 1) {
      const row = this.order[at];
      const away = (this.x0 + this.scale * x[row] - px) ** 2 + (this.y0 - this.scale * y[row] - py) ** 2;
      if (away < least) [found, least] = [row, away];
    }
    return found;
  }

  point(px, py) {
    this.tell(this.nearest(px, py));
  }

  tell(row) {
    this.canvas.classList.toggle("over-star", row !== null);
    const rank = row === null ? null : this.sky.rank[row];
    this.note.textContent = row === null ? "" : `${shownName(this.sky.star[row])}${rank ? `, rank ${count(rank)}` : ""} at ${this.sky.ra[row].toFixed(3)}°, ${this.sky.dec[row].toFixed(3)}°`;
  }

  open(row) {
    if (row !== null) location.hash = `#/star/${encodeURIComponent(this.sky.star[row])}`;
  }

  takeKey(key) {
    const step = Math.min(this.width, this.height) / 8;
    const act = {
      "+": () => this.zoom(1.6), "=": () => this.zoom(1.6), "-": () => this.zoom(1 / 1.6), 0: () => this.reset(),
      ArrowLeft: () => this.move(step, 0), ArrowRight: () => this.move(-step, 0), ArrowUp: () => this.move(0, step), ArrowDown: () => this.move(0, -step),
      Enter: () => document.activeElement === this.canvas && this.open(this.nearest(this.width / 2, this.height / 2, Infinity)),
    }[key];
    act?.();
    if (act && document.activeElement === this.canvas) this.tell(this.nearest(this.width / 2, this.height / 2, Infinity));
    return Boolean(act) && key !== "Enter";
  }
}
