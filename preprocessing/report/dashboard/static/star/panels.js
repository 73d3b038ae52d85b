// What is known of a star in words and numbers: one function a panel.

import { sheetPath, thumbnailPath } from "../api.js";
import { bar, card, commandLine, emptyState, h } from "../dom.js";
import { count, measured, spoken, withUnit } from "../format.js";

/** Columns for the line of facts under a star's name, with what to call them. */
const FACTS = [
  ["magnitude", "Magnitude"],
  ["teff", "Teff"],
  ["logg", "log g"],
  ["radius", "Radius"],
];

/** A small picture of a star's light. */
export function thumbnail(star, name) {
  const image = h("img", { src: thumbnailPath(star), alt: `Light of ${name}`, loading: "lazy", decoding: "async", width: 240, height: 90 });
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "no-picture" }, "no picture")));
  return h("span", { class: "thumbnail" }, image);
}

/** The colored words that stand beside a star's name. */
export function badges(about) {
  const { ranking, labels, label, row } = about;
  return h(
    "p",
    { class: "badges" },
    row.synthetic === true || about.synthetic ? h("span", { class: "badge synthetic" }, "SYNTHETIC") : null,
    Number.isFinite(ranking?.rank_unexplained) ? h("span", { class: "badge strong" }, `unexplained no. ${count(ranking.rank_unexplained)}`) : null,
    Number.isFinite(ranking?.rank) ? h("span", { class: "badge" }, `rank ${count(ranking.rank)}`) : null,
    ranking?.class ? h("span", { class: "badge" }, spoken(ranking.class)) : null,
    labels.map(({ name, evidence }) => h("span", { class: "badge soft", title: evidence || null }, spoken(name))),
    label?.label ? h("span", { class: `badge mine ${label.label}` }, `you: ${label.label}`) : null,
  );
}

/** Magnitude, temperature and the like, in a line. */
export function facts(about, columns) {
  const units = new Map(columns.map(({ name, unit }) => [name, unit]));
  const known = FACTS.filter(([column]) => Number.isFinite(about.row[column]));
  const quarters = [about.row.quarters_used, about.row.quarters_expected ?? about.row.quarters_found];
  return h(
    "dl",
    { class: "facts" },
    known.map(([column, words]) => h("div", {}, h("dt", {}, words), h("dd", {}, withUnit(about.row[column], units.get(column))))),
    Number.isFinite(quarters[0]) ? h("div", {}, h("dt", {}, "Files"), h("dd", {}, Number.isFinite(quarters[1]) ? `${count(quarters[0])} of ${count(quarters[1])}` : count(quarters[0]))) : null,
  );
}

/** Why some tables say nothing of the star, and what to run; undefined if they do, or could. */
function lacking(about, ...tables) {
  const why = tables.map((table) => about.missing?.[table]).find(Boolean);
  return why && why[0].toUpperCase() + why.slice(1);
}

/** Why the ranking puts the star where it is. */
export function explanation(about) {
  const { ranking } = about;
  if (!ranking) return card("Why it stands out", emptyState(lacking(about, "ranking") ?? "The star is not ranked."));
  const reasons = ranking.reasons_unexplained?.length ? ranking.reasons_unexplained : ranking.reasons;
  const most = Math.max(...reasons.map(({ share }) => share), 0);
  const highest = Math.max(...ranking.parts.map(({ value }) => value), 0);
  return card(
    "Why it stands out",
    h("p", { class: "big-number" }, measured(ranking.score_unexplained ?? ranking.score, 3), h("span", {}, ` score of what no label explains; ${measured(ranking.score, 3)} with all`)),
    reasons.length
      ? h("ul", { class: "reasons" }, reasons.map(({ feature, words, share }) =>
          h("li", {}, h("span", {}, words || spoken(feature)), bar(share / most), h("code", {}, feature))))
      : h("p", {}, ranking.evidence || "No single feature explains the score."),
    h("h3", {}, "Parts of the score with all"),
    h("ul", { class: "parts" }, ranking.parts.map(({ name, value }) =>
      h("li", {}, h("span", {}, spoken(name)), bar(value / highest, "muted"), h("b", {}, measured(value, 3))))),
  );
}

export function neighbors(about) {
  return card(
    "Most alike",
    about.neighbors.length
      ? h("ul", { class: "neighbor-list" }, about.neighbors.map((star) =>
          h("li", {}, h("a", { href: `#/star/${encodeURIComponent(star)}` }, thumbnail(star, shownName(star)), h("span", {}, shownName(star))))))
      : emptyState(lacking(about, "ranking") ?? "The ranking names no star that is like it."),
  );
}

/** `kic_757076` as people write it. */
export const shownName = (star) => star.replace(/^([a-z]+)_/, (_all, letters) => `${letters.toUpperCase()} `);

/** A star as commands take it in one word, also where a star has several light curves. */
const commandName = ({ row, star }) => (row.fits_file ?? star).replace(/\.fits$/, "");

export function candidates(about, fold) {
  if (about.candidates.length === 0) return card("Candidates of transits", emptyState(lacking(about, "candidates", "features") ?? "No repeated dip was found."));
  return card(
    "Candidates of transits",
    about.candidates.map((each, index) => {
      const failed = each.tests.filter(({ passed }) => passed === false);
      return h(
        "details",
        { class: "candidate", open: index === 0 },
        h("summary", {}, h("b", {}, `${index + 1} · ${measured(each.period, 6)} d`), ` depth ${measured(1e6 * each.depth)} ppm, ${spoken(each.disposition)}`,
          failed.length ? h("span", { class: "hint" }, ` fails ${failed.map(({ name }) => spoken(name)).join(", ")}`) : null),
        h("button", { type: "button", class: "quiet", onclick: () => fold(each) }, "Fold at this period"),
        testTable(each.tests),
      );
    }),
  );
}

const failedFirst = (tests) => [...tests].sort((one, other) => (one.passed === false ? 0 : 1) - (other.passed === false ? 0 : 1));

function testTable(tests) {
  return h("div", { class: "scroll short", tabindex: "0", role: "region", "aria-label": "Tests of the candidate" },
    h("table", { class: "small" },
      h("thead", {}, h("tr", {}, ["Test", "Value", "Threshold", "Result"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, failedFirst(tests).map(({ name, value, unit, words, threshold, passed, outcome }) =>
        h("tr", { title: words || null }, h("th", { scope: "row" }, spoken(name)), h("td", {}, withUnit(value, unit)), h("td", {}, measured(threshold)),
          h("td", { class: passed === false ? "fails" : passed ? "passes" : "" },
            passed === false ? "✕ fails" : passed ? "✓ passes" : spoken(outcome) || "not judged"))))));
}

export function events(about, show) {
  if (about.events.length === 0) return card("Single events", emptyState(lacking(about, "events", "vetting") ?? "No single event stands out."));
  const strongest = [...about.events].sort((one, other) => (other.significance ?? 0) - (one.significance ?? 0)).slice(0, 12);
  return card(
    "Single events",
    h("p", { class: "hint" }, `The ${strongest.length} strongest of ${count(about.events.length)}. Press one to see it above.`),
    h("ul", { class: "event-list" }, strongest.map((event) =>
      h("li", {}, h("button", { type: "button", class: "chip", onclick: () => show(event) },
        `${spoken(event.kind)} at ${measured(event.peak_d ?? event.start_d, 6)} d · ${measured(event.significance, 3)} σ`)))),
  );
}

export function features(about) {
  if (about.features.length === 0) return card("Features", emptyState(lacking(about, "features") ?? "The star has no features."));
  const rows = about.features.map(({ name, value, unit, words, reason }) =>
    h("tr", { "data-find": `${name} ${words ?? ""}`.toLowerCase() },
      h("th", { scope: "row" }, h("code", {}, name)), h("td", { class: "number" }, withUnit(value, unit)), h("td", {}, words || "", reason ? h("span", { class: "hint" }, ` ${spoken(reason)}`) : null)));
  const find = h("input", { type: "search", placeholder: "Find a feature", "aria-label": "Find a feature" });
  find.addEventListener("input", () => {
    for (const row of rows) row.hidden = !row.dataset.find.includes(find.value.trim().toLowerCase());
  });
  return card("Features", find,
    h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": "Table of features" },
      h("table", { class: "small" },
        h("thead", {}, h("tr", {}, ["Feature", "Value", "What it is"].map((title) => h("th", { scope: "col" }, title)))),
        h("tbody", {}, rows))));
}

/** The vetting sheet, made when someone opens it: a page takes the server a second. */
export function sheet(about) {
  const place = h("div", { class: "sheet" });
  const details = h("details", { class: "sheet-details" }, h("summary", {}, "Show the one-page sheet"), place);
  details.addEventListener("toggle", () => {
    if (!details.open || place.childElementCount > 0) return;
    const image = h("img", { alt: `Vetting sheet of ${about.names?.[0] ?? about.star}`, src: sheetPath(about.star, "png") });
    image.addEventListener("error", () => place.replaceChildren(emptyState("The sheet could not be made. This command says why:", `xenoscan sheet DATASET ${commandName(about)}`)));
    place.append(image);
  });
  return card("Vetting sheet", h("p", {}, h("a", { href: sheetPath(about.star, "pdf"), target: "_blank", rel: "noopener" }, "Open the sheet as PDF")), details);
}

export const lightkurveLine = (about) => card("Open it in Python", commandLine(about.lightkurve, "line of Python"));

export function labelEvidence(about) {
  if (about.labels.length === 0) return null;
  return card("Labels and their evidence", h("dl", { class: "evidence" }, about.labels.map(({ name, evidence }) => [h("dt", {}, spoken(name)), h("dd", {}, evidence || "–")])));
}

