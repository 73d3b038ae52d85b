// The state of the table in the page's address, so that a link shows the same stars.

const FILTER = "f.";
export const SIZES = [25, 50, 100, 200];

/** Read what the table shows from the address's parameters. */
export function readAddress(query, byDefault) {
  const filters = {};
  for (const [name, value] of query) if (name.startsWith(FILTER)) filters[name.slice(FILTER.length)] = value;
  const size = Number(query.get("size"));
  return {
    page: Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1),
    size: SIZES.includes(size) ? size : byDefault.size,
    sort: query.get("sort") ?? byDefault.sort,
    dir: query.get("dir") === "desc" ? "desc" : "asc",
    columns: query.get("columns")?.split(",").filter(Boolean) ?? byDefault.columns,
    where: query.get("where") ?? "",
    filters,
  };
}

/** Write it back; what is as by default is left out. */
export function writeAddress(state, byDefault) {
  const query = new URLSearchParams();
  if (state.where) query.set("where", state.where);
  for (const [name, value] of Object.entries(state.filters)) query.set(FILTER + name, value);
  if (state.sort !== byDefault.sort || state.dir !== "asc") {
    query.set("sort", state.sort);
    query.set("dir", state.dir);
  }
  if (state.columns.join() !== byDefault.columns.join()) query.set("columns", state.columns.join());
  if (state.size !== byDefault.size) query.set("size", state.size);
  if (state.page > 1) query.set("page", state.page);
  const text = query.toString();
  history.replaceState(null, "", text ? `#/stars?${text}` : "#/stars");
}
