// The live run: numbers, charts over time, what failed and where; pause, go on, retry.

import * as api from "../api.js";
import { axis, fromZero, makeChart, sideAxis } from "../charts.js";
import { announce, bar, card, commandLine, emptyState, errorBox, h } from "../dom.js";
import { bytes, count, counted, duration, measured, percent, spoken } from "../format.js";
import { color } from "../theme.js";
import { runWords } from "./overview.js";

const EVERY_MS = 1000;
const HISTORY_EVERY_MS = 10_000;
/** A run looks for commands once a second; after this long none is listening. */
const NO_ANSWER_MS = 12_000;

export const KEYS = [["p", "Pause or go on"]];

export async function show(root, { signal }) {
  const parts = { head: h("div"), controls: h("div", { class: "run-controls" }), charts: h("div", { class: "small-charts" }), failures: h("div"), quarters: h("div") };
  const state = { run: await api.run(signal), waiting: null };
  const controls = makeControls(state, () => update(false));
  parts.controls.append(controls.element);
  root.replaceChildren(h("h1", {}, "Run"), parts.head, parts.controls, h("div", { class: "columns wide-left" }, parts.quarters, parts.failures), parts.charts);
  const charts = new HistoryCharts(parts.charts, signal);
  let shownTroubles = "";

  function draw() {
    parts.head.replaceChildren(numbers(state.run));
    controls.draw();
    const troubles = JSON.stringify([state.run.quarters, state.run.failures, state.run.retry_command]);
    if (troubles === shownTroubles) return;
    shownTroubles = troubles;
    parts.quarters.replaceChildren(quarters(state.run));
    parts.failures.replaceChildren(failures(state.run));
  }
  async function update(isTimed = true) {
    try {
      state.run = await api.run(signal);
      draw();
    } catch (error) {
      if (signal.aborted) return;
      parts.head.replaceChildren(errorBox(error, () => update(false)));
    }
    if (isTimed && !signal.aborted) setTimeout(update, state.run.alive ? EVERY_MS : 3 * EVERY_MS);
  }
  async function updateCharts() {
    await charts.update(signal).catch((error) => signal.aborted || parts.charts.replaceChildren(errorBox(error)));
    if (!signal.aborted) setTimeout(updateCharts, HISTORY_EVERY_MS);
  }
  draw();
  setTimeout(update, EVERY_MS);
  updateCharts();
  return { keys: KEYS, onKey: (event) => event.key === "p" && controls.toggle() };
}

function numbers(run) {
  const { status } = run;
  if (!status) return emptyState("No run has left a record in this data set. A download writes one, and this page follows it:", "xenoscan download --dataset DIR --resume");
  const all = status.total || 1;
  const earlier = Math.max(0, status.before);
  const shares = [["complete", status.complete], ["partial", status.partial], ["failed", status.failed]];
  const figures = [
    [count(earlier + status.done), `of ${counted(status.total, "star")}`],
    [percent((earlier + status.done) / all), "done"],
    [measured(status.stars_per_s, 3), "stars/s"],
    [bytes(status.bytes_per_s), "a second"],
    [run.alive ? duration(status.seconds_left) : duration(status.seconds), run.alive ? "left" : "took"],
    [bytes(status.rss_bytes), `memory, peak ${bytes(status.peak_rss_bytes)}`],
    [count(status.requests_in_flight), "requests in flight"],
    [count(status.retries), "retries"],
  ];
  return h("section", { class: "summary", "aria-label": "Numbers of the run" },
    h("p", { class: "run-line" }, h("span", { class: `dot ${run.alive ? status.state : "ended"}`, "aria-hidden": "true" }), runWords(run),
      run.alive && status.waiting_for ? h("span", { class: "hint" }, ` Waits for ${status.waiting_for}.`) : null),
    h("div", { class: "outcome-bar", role: "img", "aria-label": shares.map(([name, n]) => `${count(n)} ${name}`).join(", ") },
      earlier ? part("before", earlier / all) : null, shares.map(([name, n]) => part(name, n / all))),
    h("p", { class: "outcome-legend" }, earlier ? legend("before", earlier, "from earlier runs") : null, shares.map(([name, n]) => legend(name, n, name))),
    h("div", { class: "figures" }, figures.map(([number, words]) => h("p", { class: "figure" }, h("b", {}, number), h("span", {}, words)))));
}

function part(kind, share) {
  const element = h("span", { class: kind });
  element.style.setProperty("--share", String(share));
  return element;
}

const legend = (kind, n, words) => h("span", {}, h("span", { class: `swatch ${kind}` }), h("b", {}, count(n)), ` ${words}`);

/** Buttons for what a run can be told; each says what the run answered. */
function makeControls(state, update) {
  const said = h("p", { class: "control-answer", role: "status" });
  const problem = h("div");
  const button = (command, words) => h("button", { type: "button", onclick: () => send(command, words) }, words);
  const buttons = { pause: button("pause", "Pause"), "go-on": button("go-on", "Go on"), "retry-failed": button("retry-failed", "Retry failed stars") };

  async function send(command, words) {
    problem.replaceChildren();
    said.textContent = `${words}: asked. The run looks for commands once a second.`;
    let sent;
    try {
      sent = await api.control(command);
    } catch (error) {
      said.textContent = "";
      problem.replaceChildren(errorBox(error, () => send(command, words)));
      return;
    }
    state.waiting = { id: sent.id, words, until: Date.now() + NO_ANSWER_MS };
    await update();
  }
  function draw() {
    const { status, alive } = state.run;
    const isPaused = status?.state === "paused";
    buttons.pause.disabled = !alive || isPaused;
    buttons["go-on"].disabled = !alive || !isPaused;
    buttons["retry-failed"].disabled = !alive || !(status?.failed || status?.partial);
    if (!state.waiting) return;
    const { id, words, until } = state.waiting;
    const taken = status?.answers?.find((one) => one.id === id);
    if (taken) {
      said.textContent = `${words}: the run answers: ${taken.answer}.`;
      announce(said.textContent);
      state.waiting = null;
    } else if (Date.now() > until) {
      said.textContent = `${words}: the run has not answered in ${NO_ANSWER_MS / 1000} s. It may have ended; the log says more.`;
      state.waiting = null;
    }
  }
  function toggle() {
    const wanted = buttons.pause.disabled ? buttons["go-on"] : buttons.pause;
    if (!wanted.disabled) wanted.click();
    return true;
  }
  return { element: h("div", {}, h("div", { class: "tools" }, Object.values(buttons)), said, problem), draw, toggle };
}

function failures({ failures: byReason, retry_command: command, alive, quarters: byQuarter }) {
  const rows = Object.entries(byReason ?? {}).sort((one, other) => other[1] - one[1]);
  const missing = (byQuarter ?? []).reduce((sum, { failed }) => sum + failed, 0);
  const retry = command && (rows.length || missing)
    ? [h("p", { class: "hint" }, alive ? "Once the run has ended, this fetches what is missing:" : "This fetches what is missing:"), commandLine(command)]
    : null;
  if (rows.length === 0) return card("What failed", h("p", {}, missing ? `Each star has a light curve, but ${counted(missing, "file")} of them are missing: the quarters say which.` : "Nothing failed."), retry);
  const most = rows[0][1];
  return card("What failed",
    h("ul", { class: "reasons" }, rows.map(([reason, n]) =>
      h("li", {}, h("a", { href: starsWhere(`reason = '${reason.replaceAll("'", "''")}'`, "name,reason,error") }, spoken(reason)), bar(n / most, "failed"), h("b", {}, count(n))))),
    retry);
}

/** The table of stars with a condition. */
export function starsWhere(where, columns = "") {
  const query = new URLSearchParams({ where });
  if (columns) query.set("columns", columns);
  return `#/stars?${query}`;
}

function quarters({ quarters: rows }) {
  if (!rows?.length) return card("Quarters", emptyState("The records name no quarters yet."));
  const trouble = (row) => Math.max(row.failed, row.expected - row.complete);
  const sorted = [...rows].sort((one, other) => trouble(other) - trouble(one) || other.failed - one.failed || one.quarter - other.quarter);
  const worst = trouble(sorted[0]) > 0;
  const mostFailed = Math.max(...rows.map(({ failed }) => failed), 1);
  return card("Quarters, the worst first",
    worst ? null : h("p", {}, "No quarter is in trouble."),
    h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": "Quarters by trouble" },
      h("table", { class: "small quarter-table" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Quarter"), ["Failed", "Complete", "Expected"].map((title) => h("th", { scope: "col", class: "number" }, title)), h("th", { scope: "col" }, "Mostly"))),
        h("tbody", {}, sorted.map((row) => quarterRow(row, mostFailed))))));
}

function quarterRow(row, mostFailed) {
  const [mostly] = Object.entries(row.reasons ?? {}).sort((one, other) => other[1] - one[1]);
  const label = row.label ?? `Quarter ${row.quarter}`;
  return h("tr", { class: row.failed > 0 ? "in-trouble" : "" },
    h("th", { scope: "row" }, h("a", { href: starsWhere(row.where), "aria-label": `${label}: list its stars` }, label)),
    h("td", { class: "number" }, row.failed ? h("b", { class: "alarm-text" }, count(row.failed)) : "0", bar(row.failed / mostFailed, "failed")),
    h("td", { class: "number" }, count(row.complete)), h("td", { class: "number" }, count(row.expected)),
    h("td", {}, mostly ? `${spoken(mostly[0])} (${count(mostly[1])})` : ""));
}

/** The history of the run as small charts above each other, with one time axis. */
class HistoryCharts {
  constructor(root, signal) {
    this.root = root;
    this.signal = signal;
    this.rows = [];
    this.plots = null;
  }

  async update(signal) {
    const since = this.rows.length ? this.rows[this.rows.length - 1].time : null;
    const news = await api.runHistory(since, signal);
    const last = since ?? "";
    for (const row of news.filter(({ time }) => time > last)) {
      // Lines do not go on from one run to the next.
      if (this.rows.length && this.rows[this.rows.length - 1].run !== row.run) this.rows.push({ run: row.run, time: row.time });
      this.rows.push(row);
    }
    if (this.rows.length < 2) {
      this.root.replaceChildren(emptyState("Charts appear when a run has gone on for some 20 seconds."));
      return;
    }
    this.draw();
  }

  draw() {
    const time = this.rows.map((row) => Date.parse(row.time) / 1000);
    const charts = CHARTS.map(([title, of, side]) => ({ title, side, data: [time, this.rows.map((row, at) => of(row, this.rows[at - 1]) ?? null)] }));
    if (this.plots) {
      charts.forEach(({ data }, at) => this.plots[at].setData(data));
      return;
    }
    const figures = charts.map(({ title }) => h("figure", { class: "card" }, h("figcaption", {}, title), h("div", { class: "chart" })));
    this.root.replaceChildren(...figures);
    this.plots = charts.map(({ side, data }, at) =>
      makeChart(figures[at].lastChild, {
        height: 130,
        padding: [8, 10, 0, 0],
        scales: { y: { range: fromZero } },
        axes: [axis("", { labelSize: 0, size: 24, space: 70, values: clock }), sideAxis("", { labelSize: 0, size: 58, values: side })],
        series: [{}, { stroke: () => color("accent"), fill: () => color("accent-soft"), width: 1.5, points: { show: false } }],
        cursor: { sync: { key: "history" }, y: false, drag: { x: false, y: false } },
      }, data, this.signal));
  }
}

/** Hours and minutes in UTC, and the day where it changes. */
const clock = (_plot, splits) =>
  splits.map((seconds, at) => {
    const text = new Date(seconds * 1000).toISOString();
    const isNewDay = at > 0 && Math.floor(splits[at - 1] / 86400) !== Math.floor(seconds / 86400);
    return isNewDay ? text.slice(5, 10) : text.slice(11, 16);
  });
const each = (words) => (_plot, splits) => splits.map(words);
const failedNow = (row, before) => (before && before.run === row.run ? Math.max(0, row.failed - (before.failed ?? 0)) : row.failed);
/** Title, value of a row (and the one before), and words of the axis. */
const CHARTS = [
  ["Stars a second", (row) => row.stars_per_s, each((value) => measured(value, 3))],
  ["Received a second", (row) => row.bytes_per_s, each(bytes)],
  ["Requests in flight", (row) => row.requests_in_flight, each((value) => (Number.isInteger(value) ? count(value) : ""))],
  ["Memory", (row) => row.rss_bytes, each(bytes)],
  ["Newly failed", failedNow, each((value) => (Number.isInteger(value) ? count(value) : ""))],
  ["Retries so far", (row) => row.retries, each((value) => (Number.isInteger(value) ? count(value) : ""))],
];
