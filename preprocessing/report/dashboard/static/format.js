// Numbers, times and sizes in words.

const NONE = "–";

/** A number without decimals, in groups of three digits. Intl does so too, but takes 20 ms to begin. */
function whole(number) {
  const digits = String(Math.round(Math.abs(number))).replace(/\B(?=(\d{3})+$)/g, ",");
  return number < 0 && digits !== "0" ? `-${digits}` : digits;
}

export const count = (number) => (Number.isFinite(number) ? whole(number) : NONE);

/** `1 star`, `2 stars`. */
export const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** A measured number with as many digits as say something. */
export function measured(value, digits = 4) {
  if (value === null || value === undefined || value === "") return NONE;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return whole(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(Math.max(0, digits - 2)).replace("e+", "e");
  return size >= 1000 ? whole(value) : String(Number(value.toPrecision(digits)));
}

/** A number of an identifier or of a column that names things: without separators. */
export function plain(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number" && !Number.isInteger(value)) return measured(value, 5);
  return String(value);
}

export const withUnit = (value, unit) => (unit && measured(value) !== NONE ? `${measured(value)} ${unit}` : measured(value));

export const percent = (share) => (Number.isFinite(share) ? `${Number((100 * share).toPrecision(3))} %` : NONE);

/** Bytes with a decimal unit, as networks and disks are sold. */
export function bytes(number) {
  if (!Number.isFinite(number)) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = number;
  for (; size >= 999.5 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${unit === 0 ? whole(size) : Number(size.toPrecision(3))} ${units[unit]}`;
}

/** Seconds as people say them: `2 d 4 h`, `3 h 20 min`, `45 s`. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return NONE;
  const left = Math.round(seconds);
  if (left < 60) return `${left} s`;
  const parts = [
    [Math.floor(left / 86400), "d"],
    [Math.floor((left % 86400) / 3600), "h"],
    [Math.floor((left % 3600) / 60), "min"],
  ].filter(([number]) => number > 0);
  return parts.slice(0, 2).map(([number, unit]) => `${number} ${unit}`).join(" ");
}

/** A moment in UTC, as the records have it. */
export function moment(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text || NONE;
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `not_transit_like` as words. */
export const spoken = (name) => String(name ?? "").replaceAll("_", " ").replaceAll("+", ", ");
