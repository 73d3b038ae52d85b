// What a person says of a star: five keys, saved at once.

import * as api from "../api.js";
import { announce, errorBox, h } from "../dom.js";

/** Key, label as the file has it, and what it means. */
export const LABELS = [
  ["i", "interesting", "Worth a look, and others like it"],
  ["k", "known", "Understood"],
  ["a", "artifact", "Telescope, neighbor or processing"],
  ["u", "unsure", "Cannot tell"],
];

/** The save that is on its way; the next one waits for it. */
let saving = Promise.resolve();

/** A field for a note and a button for each label; `given` is the present label or null. */
export class Labeling {
  constructor(star, given, changed = () => {}) {
    this.star = star;
    this.label = given?.label || null;
    this.changed = changed;
    this.note = h("input", { type: "text", id: "note", maxlength: 500, autocomplete: "off", placeholder: "Note" });
    this.note.value = given?.note ?? "";
    this.savedNote = this.note.value;
    this.note.addEventListener("change", () => this.saveNote());
    this.note.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") this.note.blur();
    });
    this.buttons = LABELS.map(([key, label, words]) =>
      h("button", { type: "button", class: `label-button ${label}`, title: words, onclick: () => this.give(label === this.label ? null : label) },
        h("kbd", {}, key), ` ${label}`));
    this.problem = h("div", {});
    this.element = h("div", { class: "labeling", role: "group", "aria-label": "Your label" },
      h("div", { class: "label-buttons" }, this.buttons),
      h("label", { for: "note", class: "note-label" }, h("span", {}, h("kbd", {}, "n"), " note"), this.note),
      this.problem);
    this.mark();
  }

  mark() {
    this.buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(LABELS[at][1] === this.label)));
  }

  /** Save a label after those given before it, so that the last one stands. */
  give(label, note = this.note.value) {
    const save = () => this.save(label, note);
    saving = saving.then(save, save);
    return saving;
  }

  async save(label, note) {
    const before = { label: this.label, note: this.savedNote };
    try {
      await api.saveLabel(this.star, label, note);
    } catch (error) {
      this.problem.replaceChildren(errorBox(error, () => this.give(label, note)));
      return;
    }
    this.problem.replaceChildren();
    this.label = label;
    this.savedNote = note;
    this.note.value = note;
    this.mark();
    announce(label ? `Saved: ${label}.` : note ? "The note is saved." : "The label is taken back.");
    this.changed(label, note, before);
  }

  /** Save what was typed, with the label that stands or alone. */
  async saveNote() {
    if (this.note.value !== this.savedNote) await this.give(this.label);
  }

  /** Do what a key means; false for other keys. */
  takeKey(key) {
    const found = LABELS.find(([letter]) => letter === key);
    if (found) this.give(found[1]);
    else if (key === "n") this.note.focus();
    return found !== undefined || key === "n";
  }
}

export const LABEL_KEYS = [...LABELS.map(([key, label, words]) => [key, `${label}: ${words.toLowerCase()}`]), ["n", "Write a note; Enter ends it"]];
