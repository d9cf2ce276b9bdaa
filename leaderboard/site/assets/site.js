"use strict";
// What the pages can do: sort, filter, choose columns, remember that in the address, explain, switch colours, draw figures.
// No number is computed here; without this file every table is still there, in its first order.

const byId = (id) => document.getElementById(id);
const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

// ---- Sorting -------------------------------------------------------------------------------------------------------------

for (const table of all("table.sortable")) {
  table.firstOrder = Array.from(table.tBodies[0].rows);
  table.firstSort = all("th[aria-sort]", table).map((header) => header.getAttribute("aria-sort"));
}

function firstDirection(button) {
  return button.dataset.better === "up" ? "descending" : "ascending";
}

// A cell sorts by its data-value where its text has another unit than its neighbours', else by its text; null is unknown.
function sortValue(cell, isText) {
  const text = cell.dataset.value ?? cell.textContent.trim();
  if (isText) return text;
  const number = parseFloat(text.replaceAll(",", ""));
  return Number.isNaN(number) ? null : number;
}

function sortBy(header, direction) {
  const table = header.closest("table");
  const column = header.cellIndex;
  const sign = direction === "ascending" ? 1 : -1;
  const isText = "text" in header.querySelector("button").dataset;
  const values = new Map(table.firstOrder.map((row) => [row, sortValue(row.cells[column], isText)]));
  const compare = (a, b) => {
    const left = values.get(a), right = values.get(b);
    if (left === null || right === null) return (left === null) - (right === null);
    return sign * (isText ? left.localeCompare(right, "en", { numeric: true }) : left - right);
  };
  table.tBodies[0].append(...table.firstOrder.toSorted(compare));
  for (const other of all("th[aria-sort]", table)) other.setAttribute("aria-sort", other === header ? direction : "none");
  table.classList.remove("tiers");
  table.sorted = { column: header.dataset.column, direction };
}

function restoreOrder(table) {
  table.tBodies[0].append(...table.firstOrder);
  all("th[aria-sort]", table).forEach((header, n) => header.setAttribute("aria-sort", table.firstSort[n]));
  if (table.closest(".board")) table.classList.add("tiers");
  table.sorted = null;
}

for (const button of all("table.sortable thead button")) {
  button.addEventListener("click", () => {
    const header = button.closest("th");
    const first = firstDirection(button);
    const other = first === "ascending" ? "descending" : "ascending";
    sortBy(header, header.getAttribute("aria-sort") === first ? other : first);
    remember();
  });
}

// ---- Filters and columns ---------------------------------------------------------------------------------------------------

const filter = byId("filter"), family = byId("family"), toolbar = byId("toolbar");
const choices = all("input[name=column]");

function searchText(row) {
  row.searched ??= all("th, .text", row).map((cell) => cell.textContent).join(" ").toLowerCase();
  return row.searched;
}

function applyFilter() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = family ? family.value : "";
  const rows = all(".filterable tbody tr");
  for (const row of rows) {
    row.hidden = !words.every((word) => searchText(row).includes(word)) || (wanted !== "" && row.dataset.family !== wanted);
  }
  for (const board of all(".board")) board.hidden = !board.querySelector("tbody tr:not([hidden])");
  const left = rows.filter((row) => !row.hidden).length;
  byId("row-count").textContent = words.length || wanted ? `${left} of ${rows.length} rows` : "";
}

function applyColumns() {
  for (const table of all(".board table")) {
    for (const choice of choices) {
      const header = all("th[data-column]", table).find((each) => each.dataset.column === choice.value);
      if (header) for (const row of table.rows) row.cells[header.cellIndex].hidden = !choice.checked;
    }
  }
}

// On a narrow screen a row of a board becomes a card: its cells are named, and still cells to a screen reader.
for (const table of all(".board table")) {
  const titles = Array.from(table.tHead.rows[0].cells, (header) => header.querySelector("button")?.firstChild.textContent ?? "");
  for (const row of table.tBodies[0].rows) {
    row.setAttribute("role", "row");
    for (const cell of row.cells) {
      cell.setAttribute("role", cell.matches("th") ? "rowheader" : "cell");
      cell.dataset.title = titles[cell.cellIndex];
    }
  }
}

if (toolbar) {
  toolbar.hidden = false;
  toolbar.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", () => { applyFilter(); remember(); });
  if (family) family.addEventListener("change", () => { applyFilter(); remember(); });
  for (const choice of choices) choice.addEventListener("change", () => { applyColumns(); remember(); });
  byId("show-all").addEventListener("click", () => { show(new URLSearchParams()); remember(); });
}

// ---- The address holds what a reader has chosen, so that it can be passed on -------------------------------------------------

function remember() {
  const state = new URLSearchParams();
  const sorts = all("table.sortable").filter((table) => table.sorted);
  if (sorts.length) state.set("sort", sorts.map((t) => `${t.dataset.name}:${t.sorted.column}:${t.sorted.direction}`).join(","));
  if (filter && filter.value) state.set("filter", filter.value);
  if (family && family.value) state.set("family", family.value);
  const changed = choices.some((choice) => choice.checked !== (choice.dataset.default === "true"));
  if (changed) state.set("columns", choices.filter((choice) => choice.checked).map((choice) => choice.value).join(","));
  const text = state.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

function show(state) {
  for (const table of all("table.sortable")) if (table.sorted) restoreOrder(table);
  for (const sort of (state.get("sort") || "").split(",").filter(Boolean)) {
    const [name, column, direction] = sort.split(":");
    const table = all("table.sortable").find((each) => each.dataset.name === name);
    const header = table && all("th[aria-sort]", table).find((each) => each.dataset.column === column);
    if (header && ["ascending", "descending"].includes(direction)) sortBy(header, direction);
  }
  if (!toolbar) return;
  const columns = state.has("columns") ? state.get("columns").split(",") : null;
  for (const choice of choices) choice.checked = columns ? columns.includes(choice.value) : choice.dataset.default === "true";
  filter.value = state.get("filter") || "";
  if (family) {
    family.value = state.get("family") || "";
    if (family.selectedIndex < 0) family.value = "";
  }
  applyColumns();
  applyFilter();
}

function showAddress() {
  const text = location.hash.slice(1);
  if (text.includes("=")) show(new URLSearchParams(text));
}
addEventListener("hashchange", showAddress);
showAddress();

// ---- Explanations on hover and focus ---------------------------------------------------------------------------------------

const tip = byId("tip");
for (const mark of all(".verified")) mark.dataset.tip = "Verified: every score was computed anew from the decisions";

function explain(element) {
  tip.textContent = element.dataset.tip;
  tip.hidden = false;
  const at = element.getBoundingClientRect(), own = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - own.width - 8))}px`;
  tip.style.top = `${at.top > own.height + 16 ? at.top - own.height - 8 : at.bottom + 8}px`;
  element.setAttribute("aria-describedby", "tip");
}

function explainNoMore(element) {
  tip.hidden = true;
  element.removeAttribute("aria-describedby");
}

for (const element of all("[data-tip]")) {
  for (const event of ["pointerenter", "focus"]) element.addEventListener(event, () => explain(element));
  for (const event of ["pointerleave", "blur"]) element.addEventListener(event, () => explainNoMore(element));
}
addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

// ---- Light and dark ----------------------------------------------------------------------------------------------------------

const themeButton = byId("theme");
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : systemIsDark.matches;
}

function themeChanged() {
  themeButton.querySelector(".label").textContent = isDark() ? "Light" : "Dark";
  themeButton.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  drawn.forEach(draw);
}

themeButton.hidden = false;
themeButton.addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem("theme", theme); } catch { /* a browser that keeps nothing still switches */ }
  themeChanged();
});
systemIsDark.addEventListener("change", themeChanged);

// ---- Figures: the library is loaded when the first of them comes near ----------------------------------------------------------

const drawn = new Set();
let library = null;

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.body.dataset.charts;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${script.src} is missing`));
    document.head.append(script);
  });
  return library;
}

async function embed(place, specification, theme, extra) {
  await loadLibrary();
  const config = { ...window.chartThemes[theme], ...extra };
  return window.vegaEmbed(place, specification, { config, actions: false, renderer: "svg", mode: "vega-lite", tooltip: { theme } });
}

// A figure's specification lies in the page as compressed JSON.
async function specificationOf(chart) {
  const bytes = Uint8Array.from(atob(chart.querySelector("script").textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(unpacked).json();
}

// On the page the caption says what the title says, and a chart is as wide as its place; where that is narrow, legends go below.
async function onPage(chart, place) {
  const specification = { ...await specificationOf(chart), title: null };
  const narrow = place.clientWidth < 560;
  if (narrow) specification.config = { legend: { orient: "bottom", columns: 2 } };
  if (specification.vconcat) {
    const width = Math.max(200, place.clientWidth - (narrow ? 90 : 240));
    specification.vconcat = specification.vconcat.map((panel) => ({ ...panel, width }));
  } else if (specification.mark || specification.layer) {
    Object.assign(specification, { width: "container", autosize: { type: "fit", contains: "padding" } });
  }
  return specification;
}

async function draw(chart) {
  drawn.add(chart);
  const place = chart.querySelector(".canvas");
  const result = await embed(place, await onPage(chart, place), isDark() ? "dark" : "light", {});
  if (chart.finalize) chart.finalize();
  chart.finalize = () => result.finalize();
  if (!chart.dataset.drawn) offerPictures(chart);
  chart.dataset.drawn = isDark() ? "dark" : "light";
}

function offerPictures(chart) {
  for (const kind of ["svg", "png"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.save = kind;
    button.textContent = kind.toUpperCase();
    button.addEventListener("click", () => saveFigure(chart, kind));
    chart.querySelector(".saves").append(" ", button);
  }
}

async function saveFigure(chart, kind) {
  const place = document.createElement("div");
  const result = await embed(place, await specificationOf(chart), "light", { background: "white" });
  const link = document.createElement("a");
  link.href = await result.view.toImageURL(kind, kind === "png" ? 3 : 1);
  link.download = `${chart.querySelector(".saves").dataset.name}.${kind}`;
  link.click();
  result.finalize();
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "600px" });
for (const chart of all(".chart")) watcher.observe(chart);
themeChanged();
