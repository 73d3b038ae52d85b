// Elements of the page. Text from tables, names and notes only ever becomes a text node here.

/**
 * Make an element: attributes by name, listeners as `onclick`, children as nodes or text.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replace what an element holds; what is null or false is left out. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Show a share of a bar: its length is a property that the style sheet reads. */
export function bar(share, kind = "") {
  const filled = h("span", { class: `bar-filled ${kind}` });
  filled.style.setProperty("--share", String(Math.max(0, Math.min(1, share || 0))));
  return h("span", { class: "bar", "aria-hidden": "true" }, filled);
}

/** A command to type, with a button that copies it. */
export function commandLine(text, what = "command") {
  const button = h("button", { type: "button", class: "quiet copy", "aria-label": `Copy the ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce(`The ${what} is copied.`);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      announce("The browser does not let pages copy. The text is selected: press Ctrl+C.");
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  const code = h("code", { tabindex: "0" }, text);
  return h("div", { class: "command-line" }, code, button);
}

/** Say something to those who listen to the page, and show it for a while. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = text;
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => (announcer.textContent = ""), 6000);
}

/** Say what went wrong and what to do about it. */
export function errorBox(error, again = null) {
  return h(
    "div",
    { class: "notice alarm", role: "alert" },
    h("p", {}, h("strong", {}, error.message)),
    error.remedy && h("p", {}, error.remedy),
    again && h("button", { type: "button", onclick: again }, "Try again"),
  );
}

/** Say that there is nothing yet, and which command would make it. */
export function emptyState(words, command = null) {
  return h("div", { class: "notice" }, h("p", {}, words), command && commandLine(command));
}

/** A titled part of a page. */
export function card(title, ...children) {
  return h("section", { class: "card" }, h("h2", {}, title), ...children);
}

/** Whether keys that someone presses are meant for a field, not for the page. */
export function isTyping(event) {
  return event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, select, dialog[open]") !== null;
}

/** The moment after the browser has painted what is there already. */
export const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
