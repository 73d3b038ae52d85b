// Runs before all else, and asks at once for what the page in the address will ask for: modules
// that find it out by themselves would do so one after the other. `api.js` takes the answers.

window.early = new Map();

{
  const CHARTS = ["charts.js", "star/curves.js", "star/folding.js", "star/labeling.js", "star/light.js", "star/panels.js"];
  /** The modules of each page, besides those that all pages have: `index.html` names these. */
  const PAGES = {
    "": ["pages/overview.js", "star/panels.js"],
    run: ["pages/run.js", "pages/overview.js", "star/panels.js", "charts.js"],
    stars: ["vendor/tabulator_esm.min.js", "pages/stars.js", "star/panels.js", "table/address.js", "table/chooser.js", "table/conditions.js", "table/widths.js"],
    sky: ["pages/sky.js", "sky/projection.js", "star/panels.js"],
    star: ["pages/star.js", ...CHARTS],
    triage: ["pages/triage.js", ...CHARTS],
  };

  const ask = (path) => {
    const answer = fetch(path, { cache: "no-store" });
    // Whoever takes it is told what went wrong.
    answer.catch(() => {});
    window.early.set(path, answer);
  };
  const loadAhead = (file, attributes) => {
    const link = document.createElement("link");
    document.head.append(Object.assign(link, attributes, { href: `/static/${file}` }));
  };

  const [name, star] = location.hash.replace(/^#\/?/, "").split("?")[0].split("/");
  const modules = PAGES[name] ?? PAGES[""];
  ask("/api/dataset");
  if (name === "star" && star) for (const what of ["/light", ""]) ask(`/api/stars/${star}${what}`);
  for (const module of modules) loadAhead(module, { rel: "modulepreload" });
  if (modules.includes("charts.js")) loadAhead("vendor/uPlot.iife.min.js", { rel: "preload", as: "script" });
}
