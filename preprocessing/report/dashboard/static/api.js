// What the server is asked for, and how its refusals are put into words.

/** A refusal: what happened, and what to do about it. */
export class ApiError extends Error {
  constructor(message, remedy = "", status = 0) {
    super(message);
    this.remedy = remedy;
    this.status = status;
  }
}

const REMEDIES = {
  401: "Open the address that `xenoscan dashboard` printed: it holds the token.",
  403: "Reload the page: the dashboard was started anew and has another token.",
  404: "It may have been moved or made anew. Reload the page.",
  500: "The terminal of `xenoscan dashboard` says more.",
};

/** What `start.js` asked for already; each answer can be read once. */
function takeEarly(path) {
  const answer = window.early.get(path);
  window.early.delete(path);
  return answer;
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await (takeEarly(path) ?? fetch(path, { cache: "no-store", ...options }));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(
      "The dashboard does not answer.",
      "Is `xenoscan dashboard` still running? Start it again, then try again here.",
    );
  }
  if (answer.ok) return answer;
  const text = (await answer.text()).trim();
  let words = text;
  try {
    words = JSON.parse(text).error;
  } catch {
    // Refusals by the server's guard are plain text.
  }
  words ||= `The dashboard refused (status ${answer.status}).`;
  throw new ApiError(words, REMEDIES[answer.status] ?? "", answer.status);
}

async function json(path, signal) {
  return (await ask(path, { signal })).json();
}

async function post(path, body) {
  const send = async () =>
    ask(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Xenoscan-Token": (await dataset()).token },
      body: JSON.stringify(body),
    });
  try {
    return (await send()).json();
  } catch (error) {
    if (error.status !== 403) throw error;
    // The server may have been started anew since: its token is another one.
    known = null;
    return (await send()).json();
  }
}

let known = null;

/** The data set's name, counts and columns; asked for once, or again if `anew`. */
export function dataset(anew = false) {
  if (anew) known = null;
  known ??= json("/api/dataset").catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

const starPath = (star) => `/api/stars/${encodeURIComponent(star)}`;

export const thumbnailPath = (star) => `${starPath(star)}/thumbnail.png`;
export const sheetPath = (star, kind) => `${starPath(star)}/sheet.${kind}`;

/** Rows of the table of stars; `query` holds page, size, sort, dir, where and columns. */
export function stars(query, signal) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return json(`/api/stars?${new URLSearchParams(given)}`, signal);
}

export const star = (key, signal) => json(starPath(key), signal);
export const sky = (signal) => json("/api/sky", signal);
export const run = (signal) => json("/api/run", signal);
export const runHistory = (since, signal) =>
  json(`/api/run/history${since ? `?since=${encodeURIComponent(since)}` : ""}`, signal);
export const labels = (signal) => json("/api/labels", signal);
export const saveLabel = (key, label, note) => post("/api/labels", { star: key, label, note });
export const control = (command) => post("/api/control", { command });

/** A star's light as bytes: see `star/light.js`. */
export async function lightBytes(key, signal) {
  return (await ask(`${starPath(key)}/light`, { signal })).arrayBuffer();
}
