// The table of all stars: pages from the server, sorted and filtered there, its state in the address.

import * as api from "../api.js";
import { announce, errorBox, h } from "../dom.js";
import { count, counted, plain } from "../format.js";
import { shownName } from "../star/panels.js";
import { readAddress, SIZES, writeAddress } from "../table/address.js";
import { chooseColumns } from "../table/chooser.js";
import { allConditions, condition, HINTS } from "../table/conditions.js";
import { columnWidth, rowHeight } from "../table/widths.js";

/** Columns that are shown at first, those of them that the data set has. */
const FIRST_COLUMNS = ["name", "rank_unexplained", "score_unexplained", "class", "labels", "magnitude", "teff", "radius", "reason", "quarters_used", "why_unexplained"];
const SORTS = ["rank_unexplained", "rank", "name", "star"];
const TYPING_MS = 300;
/** How far above and below the rows that are seen others are made. */
const BEYOND_PX = 200;
const KEYS = [["/", "Write a condition"], ["Enter", "In a condition: use it"]];

export async function show(root, { query, signal }) {
  const libraryLater = import("/static/vendor/tabulator_esm.min.js");
  const { columns } = await api.dataset();
  const byName = new Map(columns.map((column) => [column.name, column]));
  const byDefault = {
    size: 50,
    sort: SORTS.find((name) => byName.has(name)) ?? columns[0]?.name ?? "star",
    columns: FIRST_COLUMNS.filter((name) => byName.has(name)),
  };
  const state = readAddress(query, byDefault);
  const known = state.columns.filter((name) => byName.has(name));
  state.columns = known.length ? known : byDefault.columns;
  const parts = { total: h("p", { class: "hint", role: "status" }, "Reading …"), problem: h("div"), table: h("div", { class: "star-table" }) };
  const table = new StarTable(parts, { state, byName, byDefault, signal });
  const where = expressionBox(state, columns, () => table.reload());
  root.replaceChildren(
    h("div", { class: "section-head" }, h("h1", {}, "Stars"), parts.total),
    h("div", { class: "table-tools" }, where.form,
      h("button", { type: "button", onclick: () => chooseColumns(columns, state.columns, (chosen) => table.setColumns(chosen)) }, "Columns"),
      h("button", { type: "button", onclick: () => { where.input.value = ""; table.clear(); } }, "Clear filters"),
      table.triageLink),
    parts.problem,
    parts.table,
    table.pager,
  );
  await table.start(libraryLater);
  return { keys: KEYS, onKey: (event) => event.key === "/" && (where.input.focus(), true) };
}

function expressionBox(state, columns, use) {
  const input = h("input", { type: "text", id: "where", spellcheck: "false", autocomplete: "off", autocapitalize: "off", placeholder: "magnitude < 14 and contains(labels, 'eclipses')", "aria-describedby": "where-help" });
  input.value = state.where;
  const form = h("form", { class: "where", role: "search", onsubmit: (event) => {
    event.preventDefault();
    state.where = input.value.trim();
    state.page = 1;
    use();
  } },
  h("label", { for: "where" }, "Condition"), input, h("button", { type: "submit" }, "Filter"),
  h("span", { id: "where-help", class: "visually-hidden" }, `A condition on any of ${columns.length} columns, as --where takes it`));
  return { form, input };
}

class StarTable {
  constructor(parts, given) {
    Object.assign(this, { parts, ...given });
    this.triageLink = h("a", { href: "#/triage" }, "Triage these");
    this.pager = h("nav", { class: "pager", "aria-label": "Pages of the table" });
    this.asked = 0;
    this.rows = [];
    this.widths = new Map();
  }

  /** Make the table with its first rows in it, which are on their way while the library is. */
  async start(libraryLater) {
    const { state } = this;
    const [{ TabulatorFull: Tabulator }] = await Promise.all([libraryLater, this.reload()]);
    if (this.signal.aborted) return;
    this.table = new Tabulator(this.parts.table, {
      data: this.rows,
      columns: this.definitions(),
      layout: "fitDataFill",
      height: "calc(100dvh - 15.5rem)",
      index: "star",
      headerSortClickElement: "header",
      sortMode: "remote",
      filterMode: "remote",
      headerFilterLiveFilterDelay: TYPING_MS,
      initialSort: this.state.columns.includes(state.sort) ? [{ column: state.sort, dir: state.dir }] : [],
      initialHeaderFilter: Object.entries(state.filters).map(([field, value]) => ({ field, value })),
      placeholder: h("p", { class: "hint" }, "No star meets the conditions."),
      columnDefaults: { headerSort: true, minWidth: 40, resizable: "header" },
      // Tabulator would lay out the page again and again to measure them.
      rowHeight: rowHeight(),
      renderVerticalBuffer: BEYOND_PX,
    });
    this.table.on("tableBuilt", () => {
      this.nameRoles();
      this.isBuilt = true;
    });
    this.table.on("dataSorting", (sorters) => this.sorted(sorters));
    this.table.on("dataFiltering", () => this.filtered());
    this.table.on("columnResized", (column) => this.widths.set(column.getField(), Infinity));
    this.table.on("rowClick", (event, row) => {
      if (!event.target.closest("a") && !getSelection().toString()) location.hash = `#/star/${encodeURIComponent(row.getData().star)}`;
    });
    this.signal.addEventListener("abort", () => this.table.destroy());
  }

  /** Tabulator's scrolled part can be focused, and stands between the grid and its rows. */
  nameRoles() {
    const holder = this.parts.table.querySelector(".tabulator-tableholder");
    holder.setAttribute("role", "rowgroup");
    holder.querySelector(".tabulator-table").setAttribute("role", "presentation");
    this.parts.table.setAttribute("aria-label", "Stars");
  }

  /** Let columns be wide enough for what is shown; none becomes narrower, or other than someone made it. */
  widen() {
    for (const name of this.state.columns) {
      const width = columnWidth(this.byName.get(name), this.rows);
      const before = this.widths.get(name) ?? 0;
      if (width <= before) continue;
      this.widths.set(name, width);
      if (this.isBuilt && before) this.table.getColumn(name).setWidth(width);
    }
  }

  definitions() {
    this.widen();
    return this.state.columns.map((name) => {
      const { type, unit, description } = this.byName.get(name);
      return {
        field: name,
        title: name,
        titleFormatter: () => h("span", { title: description || null }, name, unit ? h("small", {}, ` ${unit}`) : null),
        hozAlign: type === "number" ? "right" : "left",
        headerHozAlign: type === "number" ? "right" : "left",
        width: this.widths.get(name),
        formatter: (cell) => this.cell(cell, name),
        frozen: name === "name" && innerWidth > 600,
        headerFilter: "input",
        headerFilterPlaceholder: HINTS[type],
        headerFilterParams: { elementAttributes: { "aria-label": `Filter by ${name}`, title: "empty and not empty work too" } },
        headerFilterFunc: () => true,
        headerSortStartingDir: "asc",
      };
    });
  }

  cell(cell, name) {
    const value = cell.getValue();
    if (name === "name" || name === "star") {
      return h("a", { href: `#/star/${encodeURIComponent(cell.getData().star)}` }, plain(value));
    }
    const text = h("span", {}, plain(value));
    if (typeof value === "string" && value.length > 40) text.title = value;
    return text;
  }

  sorted(sorters) {
    const [first] = sorters;
    if (!this.isBuilt || !first) return;
    if (first.field === this.state.sort && first.dir === this.state.dir) return;
    Object.assign(this.state, { sort: first.field, dir: first.dir, page: 1 });
    this.reload();
  }

  filtered() {
    if (!this.isBuilt) return;
    const filters = Object.fromEntries(this.table.getHeaderFilters().filter(({ value }) => String(value).trim()).map(({ field, value }) => [field, String(value)]));
    if (JSON.stringify(filters) === JSON.stringify(this.state.filters)) return;
    Object.assign(this.state, { filters, page: 1 });
    this.reload();
  }

  /** The conditions of all filters; says which of them cannot be read. */
  where() {
    const conditions = [];
    for (const [name, text] of Object.entries(this.state.filters)) {
      const column = this.byName.get(name);
      const found = column && condition(column, text);
      if (!found) return { problem: `“${text}” is no condition for ${name}: write ${HINTS[column?.type] ?? "something else"}, empty or not empty.` };
      conditions.push(found);
    }
    return { where: allConditions(this.state.where, conditions) };
  }

  async reload() {
    const { state } = this;
    const asked = (this.asked += 1);
    writeAddress(state, this.byDefault);
    const { where, problem } = this.where();
    if (problem) {
      this.parts.problem.replaceChildren(h("p", { class: "notice alarm", role: "alert" }, problem));
      return;
    }
    this.triageLink.href = where ? `#/triage?${new URLSearchParams({ where })}` : "#/triage";
    try {
      const answer = await api.stars({ page: state.page, size: state.size, sort: state.sort, dir: state.dir, where, columns: state.columns.join() }, this.signal);
      if (asked !== this.asked) return;
      if (state.page > answer.last_page) {
        // The address is of a time when more stars met the conditions.
        state.page = answer.last_page;
        await this.reload();
        return;
      }
      this.parts.problem.replaceChildren();
      this.show(answer, Boolean(where));
    } catch (error) {
      if (this.signal.aborted || asked !== this.asked) return;
      if (error.status === 400) error.remedy ||= "The table stays as it was. Columns are listed under Columns.";
      this.parts.problem.replaceChildren(errorBox(error, error.status === 400 ? null : () => this.reload()));
    }
  }

  show({ total, last_page: lastPage, rows }, isFiltered) {
    this.rows = rows;
    if (this.isBuilt) this.widen();
    this.table?.replaceData(rows);
    this.parts.total.textContent = isFiltered ? `${counted(total, "star")} meet the conditions` : counted(total, "star");
    const { page, size } = this.state;
    const to = (number) => () => {
      this.state.page = number;
      this.reload();
    };
    const first = total === 0 ? 0 : (page - 1) * size + 1;
    this.pager.replaceChildren(
      h("button", { type: "button", disabled: page <= 1, onclick: to(1), "aria-label": "First page" }, "«"),
      h("button", { type: "button", disabled: page <= 1, onclick: to(page - 1), "aria-label": "Previous page" }, "‹"),
      h("span", {}, `${count(first)}–${count(Math.min(total, page * size))} of ${count(total)}`),
      h("button", { type: "button", disabled: page >= lastPage, onclick: to(page + 1), "aria-label": "Next page" }, "›"),
      h("button", { type: "button", disabled: page >= lastPage, onclick: to(lastPage), "aria-label": "Last page" }, "»"),
      h("label", {}, "Rows ", h("select", { onchange: (event) => { this.state.size = Number(event.target.value); to(1)(); } },
        SIZES.map((each) => h("option", { value: each, selected: each === size }, String(each))))),
    );
  }

  setColumns(chosen) {
    this.state.columns = chosen.length ? chosen : this.byDefault.columns;
    for (const name of Object.keys(this.state.filters)) if (!this.state.columns.includes(name)) delete this.state.filters[name];
    this.isBuilt = false;
    this.table.setColumns(this.definitions());
    for (const [name, value] of Object.entries(this.state.filters)) this.table.setHeaderFilterValue(name, value);
    this.isBuilt = true;
    announce(`${counted(this.state.columns.length, "column")} shown.`);
    this.reload();
  }

  clear() {
    Object.assign(this.state, { where: "", filters: {}, page: 1 });
    this.isBuilt = false;
    this.table.clearHeaderFilter();
    this.isBuilt = true;
    this.reload();
  }
}
