// One star after the other, judged by keys; each label is saved at once.

import * as api from "../api.js";
import { drawCurves } from "../star/curves.js";
import { drawFold, knownPeriods } from "../star/folding.js";
import { Labeling, LABELS, LABEL_KEYS } from "../star/labeling.js";
import { readLight } from "../star/light.js";
import * as panels from "../star/panels.js";
import { announce, bar, emptyState, errorBox, h } from "../dom.js";
import { count, counted } from "../format.js";

const PAGE = 100;
const KEYS = [...LABEL_KEYS, ["→ or Space", "Next star"], ["←", "Previous star"], ["z", "Undo the last label"], ["o", "Open the star's page"]];

export async function show(root, { query, signal }) {
  const { columns, tables, synthetic } = await api.dataset();
  const where = query.get("where") ?? "";
  if (!tables.ranking && !where) {
    root.replaceChildren(h("h1", {}, "Triage"), emptyState("Triage goes through the ranking, and the stars are not ranked yet. This command ranks them:", "xenoscan rank"));
    return {};
  }
  const queue = new Queue(where, tables.ranking ? "rank_unexplained" : "star", signal);
  await queue.load();
  if (queue.total === 0) {
    root.replaceChildren(h("h1", {}, "Triage"), emptyState("No star meets the condition."), h("p", {}, h("a", { href: "#/triage" }, "Triage the whole ranking")));
    return {};
  }
  const triage = new Triage(root, queue, { columns, synthetic, where, signal });
  await triage.start();
  return { keys: KEYS, onKey: (event) => triage.takeKey(event.key) };
}

/** The stars to judge, in their order, asked for a page at a time, with the labels they have. */
class Queue {
  constructor(where, sort, signal) {
    Object.assign(this, { where, sort, signal, stars: [], total: 0, labels: new Map() });
  }

  async load() {
    const [{ total, rows }, labels] = await Promise.all([this.page(1), api.labels(this.signal)]);
    this.total = total;
    this.stars = rows.map(({ star }) => star);
    this.labels = new Map(labels.labels.map((each) => [each.star, each]));
    this.command = labels.command;
  }

  page(number) {
    return api.stars({ page: number, size: PAGE, sort: this.sort, dir: "asc", where: this.where, columns: "name" }, this.signal);
  }

  /** The star at a place of the queue, or undefined after its end. */
  async at(place) {
    while (place >= this.stars.length && this.stars.length < this.total) {
      const { rows } = await this.page(Math.floor(this.stars.length / PAGE) + 1);
      if (rows.length === 0) break;
      this.stars.push(...rows.map(({ star }) => star));
    }
    return this.stars[place];
  }

  /** The first place without a label, among those that are known. */
  firstOpen() {
    const place = this.stars.findIndex((star) => !this.labels.get(star)?.label);
    return place < 0 ? 0 : place;
  }
}

class Triage {
  constructor(root, queue, given) {
    Object.assign(this, { root, queue, ...given, place: 0, done: [], ahead: new Map(), shown: new AbortController() });
    this.parts = { progress: h("div", { class: "triage-progress" }), star: h("div", { class: "triage-star" }), labeling: h("div"), problem: h("div") };
  }

  async start() {
    this.signal.addEventListener("abort", () => this.shown.abort());
    this.root.replaceChildren(
      h("div", { class: "section-head" }, h("h1", {}, "Triage"), this.parts.progress),
      this.where ? h("p", { class: "hint" }, "Stars that meet ", h("code", {}, this.where)) : "",
      this.parts.problem,
      this.parts.star,
      this.keyBar(),
    );
    await this.go(this.queue.firstOpen());
  }

  /** What a star's page needs, asked for ahead of time. */
  fetch(star) {
    if (!this.ahead.has(star)) {
      const later = Promise.all([api.star(star, this.signal), api.lightBytes(star, this.signal).then(readLight).catch((error) => error)]);
      later.catch(() => this.ahead.delete(star));
      this.ahead.set(star, later);
      if (this.ahead.size > 4) this.ahead.delete(this.ahead.keys().next().value);
    }
    return this.ahead.get(star);
  }

  async go(place) {
    if (place < 0) return announce("This is the first star.");
    try {
      const star = await this.queue.at(place);
      if (star === undefined) return this.end();
      this.place = place;
      this.drawProgress();
      const [about, light] = await this.fetch(star);
      if (this.place !== place || this.signal.aborted) return undefined;
      this.parts.problem.replaceChildren();
      this.show(about, light);
      const next = await this.queue.at(place + 1);
      if (next !== undefined) this.fetch(next).catch(() => {});
    } catch (error) {
      if (!this.signal.aborted) this.parts.problem.replaceChildren(errorBox(error, () => this.go(place)));
    }
    return undefined;
  }

  show(about, light) {
    this.shown.abort();
    this.shown = new AbortController();
    const { star } = about;
    const name = about.names?.[0] ?? panels.shownName(star);
    about.synthetic = this.synthetic;
    about.label = this.queue.labels.get(star) ?? null;
    this.labeling = new Labeling(star, about.label, (label, note, before) => this.labeled(star, label, note, before));
    this.parts.labeling.replaceChildren(this.labeling.element);
    const curves = h("section", { class: "card curves", "aria-label": "Light" });
    const folded = h("section", { class: "card", "aria-label": "Folded light" });
    this.parts.star.replaceChildren(
      h("div", { class: "star-head" }, h("h2", {}, h("a", { href: `#/star/${encodeURIComponent(star)}` }, name)), panels.badges(about), panels.facts(about, this.columns)),
      h("div", { class: "star-body" }, h("div", { class: "star-main" }, curves, folded), h("div", { class: "star-side" }, panels.explanation(about), panels.neighbors(about))));
    if (light instanceof Error) {
      curves.append(errorBox(light));
      folded.remove();
      return;
    }
    drawCurves(curves, light, { name, heights: [130, 150], signal: this.shown.signal });
    drawFold(folded, light, knownPeriods(about), this.shown.signal);
    this.parts.star.dataset.star = star;
  }

  labeled(star, label, note, before) {
    if (label || note) this.queue.labels.set(star, { star, label, note });
    else this.queue.labels.delete(star);
    if (!this.isUndoing) {
      this.done.push({ place: this.queue.stars.indexOf(star), star, before });
      const isShown = this.labeling.star === star;
      if (label && label !== before.label && isShown) this.go(this.place + 1);
    }
    this.drawProgress();
  }

  async undo() {
    const last = this.done.pop();
    if (!last) return announce("There is nothing to undo.");
    await this.go(last.place);
    if (this.labeling?.star !== last.star) return undefined;
    this.isUndoing = true;
    await this.labeling.give(last.before.label, last.before.note);
    this.isUndoing = false;
    return undefined;
  }

  drawProgress() {
    const { labels, total } = this.queue;
    const n = new Map(LABELS.map(([, label]) => [label, 0]));
    for (const { label } of labels.values()) if (n.has(label)) n.set(label, n.get(label) + 1);
    const all = [...n.values()].reduce((sum, each) => sum + each, 0);
    this.parts.progress.replaceChildren(
      h("b", {}, `Star ${count(this.place + 1)} of ${count(total)}`), bar((this.place + 1) / total),
      h("span", { class: "hint" }, `${counted(all, "label")}: ${[...n].map(([label, number]) => `${count(number)} ${label}`).join(", ")}`));
  }

  end() {
    this.parts.star.replaceChildren(emptyState("That was the last star. The ranking learns from the labels with this command:", this.queue.command));
  }

  keyBar() {
    const act = (key, words, todo) => h("button", { type: "button", class: "quiet", onclick: todo }, h("kbd", {}, key), ` ${words}`);
    return h("div", { class: "key-bar", role: "group", "aria-label": "Keys of triage" },
      this.parts.labeling,
      act("←", "previous", () => this.go(this.place - 1)), act("→", "next", () => this.go(this.place + 1)), act("z", "undo", () => this.undo()));
  }

  takeKey(key) {
    const actions = {
      ArrowRight: () => this.go(this.place + 1), " ": () => this.go(this.place + 1), ArrowLeft: () => this.go(this.place - 1),
      z: () => this.undo(), o: () => { location.hash = `#/star/${encodeURIComponent(this.queue.stars[this.place])}`; },
    };
    if (key === " " && document.activeElement?.closest("button, a, summary")) return false;
    if (actions[key]) actions[key]();
    else return this.labeling?.takeKey(key) ?? false;
    return true;
  }
}
