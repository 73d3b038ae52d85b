// The first page: what is there, how the run stands, and the stars that nothing explains.

import * as api from "../api.js";
import { card, commandLine, emptyState, errorBox, fill, h } from "../dom.js";
import { count, counted, duration, measured, moment, spoken } from "../format.js";
import { shownName, thumbnail } from "../star/panels.js";

const SHOWN = 12;
const COLUMNS = "name,rank_unexplained,score_unexplained,class,why_unexplained,labels";
const TABLES = {
  outcomes: "Outcomes of the download", features: "Features", candidates: "Candidates", vetting: "Vetting", events: "Events",
  dispositions: "Dispositions", ranking: "Ranking", known_objects: "Known objects", population: "Events of all stars", baseline: "Baseline",
};

export async function show(root, { signal }) {
  const dataset = await api.dataset(true);
  const [running, top] = await Promise.all([
    api.run(signal).catch((error) => ({ error })),
    mostAnomalous(dataset, signal),
  ]);
  fill(
    root,
    h("h1", { class: "visually-hidden" }, `Overview of ${dataset.name}`),
    (dataset.problems ?? []).map((problem) => h("p", { class: "notice alarm" }, problem)),
    summary(dataset, running),
    top,
    h("div", { class: "columns" }, tables(dataset), missing(dataset)),
  );
}

function summary(dataset, running) {
  const figures = [
    [count(dataset.n_stars), "stars"],
    [count(dataset.tables.ranking), "ranked"],
    [count(dataset.tables.candidates), "candidates"],
    [count(dataset.tables.events), "events"],
  ].filter(([number]) => number !== "–");
  return h(
    "section",
    { class: "summary", "aria-label": "Summary" },
    h("div", { class: "figures" }, figures.map(([number, words]) => h("p", { class: "figure" }, h("b", {}, number), h("span", {}, words)))),
    runLine(running),
  );
}

/** The state of the run in a sentence, and the way to its page. */
export function runWords({ status, alive }) {
  if (!status) return "No run has left a record here.";
  const done = `${count(status.before + status.done)} of ${counted(status.total, "star")}`;
  if (!alive && status.state !== "ended") return `The run of ${moment(status.run)} broke off at ${done}.`;
  if (status.state === "ended") return `The run of ${moment(status.run)} ended: ${done} in ${duration(status.seconds)}.`;
  const left = Number.isFinite(status.seconds_left) ? `, ${duration(status.seconds_left)} left` : "";
  const words = { running: "A run is on its way", paused: "The run is paused", outage: "The archive is down, the run waits", stopping: "The run is stopping" };
  return `${words[status.state] ?? status.state}: ${done}${left}.`;
}

function runLine(running) {
  if (running.error) return errorBox(running.error);
  const { status, alive } = running;
  const failed = status?.failed ? h("a", { href: "#/run", class: "alarm-text" }, ` ${counted(status.failed, "star")} failed.`) : null;
  return h("p", { class: "run-line" },
    h("span", { class: `dot ${alive ? status.state : "ended"}`, "aria-hidden": "true" }),
    runWords(running), failed, " ", h("a", { href: "#/run" }, "The run"));
}

async function mostAnomalous(dataset, signal) {
  if (!dataset.tables.ranking) {
    return card("The strangest stars", emptyState("The stars are not ranked yet. These commands, in this order, make a ranking:", ranking(dataset.missing).map(wholeCommand).join(" && ")));
  }
  let rows;
  try {
    rows = (await api.stars({ page: 1, size: SHOWN, sort: "rank_unexplained", dir: "asc", columns: COLUMNS }, signal)).rows;
  } catch (error) {
    if (signal.aborted) throw error;
    return card("The strangest stars", errorBox(error));
  }
  return h(
    "section",
    { class: "gallery-section" },
    h("div", { class: "section-head" }, h("h2", {}, "Most anomalous, and not explained"),
      h("p", { class: "hint" }, h("a", { href: "#/triage" }, "Triage them with keys"), " · ", h("a", { href: "#/stars" }, "All stars"))),
    h("ol", { class: "gallery" }, rows.map((row, index) => strange(row, index))),
  );
}

function strange(row, index) {
  const name = row.name ?? shownName(row.star);
  return h("li", { class: index === 0 ? "first" : "" },
    h("a", { href: `#/star/${encodeURIComponent(row.star)}` },
      thumbnail(row.star, name),
      h("span", { class: "gallery-name" }, h("b", {}, `${index + 1}`), ` ${name}`, h("em", {}, measured(row.score_unexplained, 3))),
      h("span", { class: "gallery-why" }, row.class ? h("b", {}, spoken(row.class)) : null, row.why_unexplained ? `${row.class ? ": " : ""}${row.why_unexplained}` : "")));
}

function tables(dataset) {
  const rows = Object.entries(dataset.tables);
  return card("Tables of this data set",
    rows.length ? h("table", { class: "small" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Table"), h("th", { scope: "col", class: "number" }, "Rows"))),
      h("tbody", {}, rows.map(([name, n]) => h("tr", {}, h("th", { scope: "row" }, TABLES[name] ?? spoken(name)), h("td", { class: "number" }, count(n)))))) : emptyState("There are no tables yet."),
    h("p", { class: "hint" }, `XENOSCAN ${dataset.version}. `, h("a", { href: "/report.html", target: "_blank", rel: "noopener" }, "The newest report")));
}

/** The missing commands up to the one that ranks: it is given again if its table is of another version. */
const ranking = (missing) => (missing.includes("rank") ? missing.slice(0, missing.indexOf("rank") + 1) : ["rank"]);

/** A command that the server names, as one types it. */
const wholeCommand = (name) => (name.startsWith("xenoscan") ? name : `xenoscan ${name} DATASET`);

function missing(dataset) {
  if (dataset.missing.length === 0) return card("What is left to do", h("p", {}, "Every stage has run. ", h("a", { href: "#/triage" }, "Look at the strangest stars"), " and label them: the ranking learns from labels."));
  return card("What is left to do", h("p", {}, "These commands have not run yet. DATASET is the folder of this data set."), dataset.missing.map((command) => commandLine(wholeCommand(command))));
}
