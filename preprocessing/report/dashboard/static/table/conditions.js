// What someone types above a column, as a condition of the expression language.

const COMPARED = /^(<=|>=|<|>|=|!=)\s*(.+)$/;
const BETWEEN = /^(-?[\d.eE+-]+)\s*\.\.\s*(-?[\d.eE+-]+)$/;
/** 12,345.6 is a number; 1,5 could be meant as another than it is taken for. */
const GROUPED = /^-?\d{1,3}(,\d{3})+(\.\d*)?$/;
const TRUE = new Set(["yes", "true", "1"]);
const FALSE = new Set(["no", "false", "0"]);

const quotedText = (text) => `'${text.replaceAll("'", "''")}'`;

/** What to show in an empty filter. */
export const HINTS = { number: ">5, 2..9", text: "contains", bool: "yes, no", list: "holds" };

function numbers(name, text) {
  const range = BETWEEN.exec(text);
  if (range && Number.isFinite(Number(range[1])) && Number.isFinite(Number(range[2]))) {
    return `${name} between ${Number(range[1])} and ${Number(range[2])}`;
  }
  const [, sign = "=", value = text] = COMPARED.exec(text) ?? [];
  const number = Number(GROUPED.test(value.trim()) ? value.replaceAll(",", "") : value);
  return value.trim() && Number.isFinite(number) ? `${name} ${sign} ${number}` : null;
}

function words(name, text) {
  const [, sign, value] = COMPARED.exec(text) ?? [];
  if (sign) return `${name} ${sign} ${quotedText(value)}`;
  return `contains(lower(${name}), ${quotedText(text.toLowerCase())})`;
}

function truths(name, text) {
  if (TRUE.has(text.toLowerCase())) return `${name} = true`;
  return FALSE.has(text.toLowerCase()) ? `${name} = false` : null;
}

const holds = (name, text) => `list_contains(${name}, ${quotedText(text)})`;

/**
 * Translate what stands in a column's filter.
 *
 * `empty` and `not empty` work for all; numbers take `5`, `>5`, `2..9`; text is contained, or equal
 * after `=`; yes and no are `yes` and `no`; of a list, one member is named as it is written.
 *
 * @returns {string|null} the condition, or null if the text is none for such a column
 */
export function condition(column, typed) {
  const name = column.sql;
  const text = typed.trim();
  if (text === "empty") return `${name} is null`;
  if (text === "not empty") return `${name} is not null`;
  return { number: numbers, text: words, bool: truths, list: holds }[column.type](name, text);
}

/** All conditions at once; an expression of the user's own stands in brackets. */
export function allConditions(expression, conditions) {
  const own = expression.trim();
  if (conditions.length === 0) return own;
  return [...(own ? [`(${own})`] : []), ...conditions].join(" and ");
}
