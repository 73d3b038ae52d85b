// The dialog in which columns are chosen.

import { h } from "../dom.js";

/** Let someone choose among columns; `use` gets the chosen names, in the order of the table. */
export function chooseColumns(columns, shown, use) {
  const boxes = columns.map((column) => {
    const box = h("input", { type: "checkbox", value: column.name });
    box.checked = shown.includes(column.name);
    return { column, box, element: h("label", { class: "column-choice" }, box, h("span", {}, h("b", {}, column.name), column.unit ? h("small", {}, ` ${column.unit}`) : null, h("small", {}, ` ${column.description ?? ""}`))) };
  });
  const find = h("input", { type: "search", placeholder: "Find a column", "aria-label": "Find a column" });
  find.addEventListener("input", () => {
    const text = find.value.trim().toLowerCase();
    for (const { column, element } of boxes) {
      element.hidden = !`${column.name} ${column.description ?? ""}`.toLowerCase().includes(text);
    }
  });
  const dialog = h("dialog", { class: "columns-dialog", "aria-labelledby": "columns-title" });
  const done = () => {
    const chosen = boxes.filter(({ box }) => box.checked).map(({ column }) => column.name);
    const kept = shown.filter((name) => chosen.includes(name));
    dialog.close();
    use([...kept, ...chosen.filter((name) => !kept.includes(name))]);
  };
  dialog.append(
    h("h2", { id: "columns-title" }, "Columns"), find,
    h("div", { class: "column-choices", tabindex: "0", role: "region", "aria-label": "All columns" }, boxes.map(({ element }) => element)),
    h("div", { class: "tools" }, h("button", { type: "button", class: "primary", onclick: done }, "Show these"), h("button", { type: "button", onclick: () => dialog.close() }, "Cancel")),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
