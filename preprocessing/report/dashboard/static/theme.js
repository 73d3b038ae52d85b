// Light and dark: what the system prefers, until someone switches.

const KEY = "xenoscan-theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

const chosen = () => localStorage.getItem(KEY);
const isDark = () => (chosen() ? chosen() === "dark" : prefersDark.matches);

function apply(button) {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", isDark() ? "Switch to light colors" : "Switch to dark colors");
  dispatchEvent(new Event("themechange"));
}

/** Follow the system's theme, and let a button switch it. */
export function startTheme(button) {
  apply(button);
  prefersDark.addEventListener("change", () => apply(button));
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, isDark() ? "light" : "dark");
    apply(button);
  });
}

/** A color of the style sheet, for a canvas. */
export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
