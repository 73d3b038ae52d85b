// How wide columns must be for what they hold, without laying out the table to find out.

import { plain } from "../format.js";

const NARROWEST = 70;
const WIDEST = 420;
/** Room beside the text of a cell, and beside that of a header with its arrow. */
const CELL_ROOM = 22;
const HEADER_ROOM = 48;
/** What numbers may become on other pages. */
const LONG_NUMBER = "-1.2346e-10";

const pen = document.createElement("canvas").getContext("2d");

const longest = (texts) => texts.reduce((one, other) => (other.length > one.length ? other : one), "");

function textWidth(text, weight, rem = 0.9) {
  const style = getComputedStyle(document.documentElement);
  pen.font = `${weight} ${rem * parseFloat(style.fontSize)}px ${style.getPropertyValue("--sans")}`;
  return pen.measureText(text).width;
}

/** The width of a column with its header, unit, and the values of some rows, in pixels. */
export function columnWidth({ name, unit, type }, rows) {
  const values = rows.map((row) => plain(row[name]));
  if (type === "number") values.push(LONG_NUMBER);
  const header = textWidth(name, 700) + (unit ? textWidth(` ${unit}`, 700, 0.75) : 0) + HEADER_ROOM;
  const cells = textWidth(longest(values), 400) + CELL_ROOM;
  return Math.ceil(Math.min(WIDEST, Math.max(NARROWEST, header, cells)));
}

/** The height of a row: one line with its padding. */
export const rowHeight = () => Math.round(2.1 * parseFloat(getComputedStyle(document.documentElement).fontSize));
