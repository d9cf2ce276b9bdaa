"use strict";
(function () {
  function sortBy(button) {
    const header = button.closest("th");
    const table = header.closest("table");
    const body = table.tBodies[0];
    const column = header.cellIndex;
    const first = button.dataset.better === "up" ? "descending" : "ascending";
    const other = first === "descending" ? "ascending" : "descending";
    const order = header.getAttribute("aria-sort") === first ? other : first;
    const sign = order === "ascending" ? 1 : -1;
    const isText = "text" in button.dataset;
    const key = (row) => row.cells[column].dataset.value;
    const compare = (a, b) => {
      const left = key(a), right = key(b);
      if (left === "" || right === "") return (left === "") - (right === "");
      return sign * (isText ? left.localeCompare(right) : Number(left) - Number(right));
    };
    body.append(...Array.from(body.rows).sort(compare));
    for (const cell of table.tHead.rows[0].cells) {
      if (cell.hasAttribute("aria-sort")) cell.setAttribute("aria-sort", cell === header ? order : "none");
    }
  }

  function filterBy(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of document.querySelectorAll("tr[data-search]")) {
      row.hidden = !words.every((word) => row.dataset.search.includes(word));
      if (!row.hidden) shown += 1;
    }
    for (const board of document.querySelectorAll(".board")) {
      board.hidden = !board.querySelector("tr[data-search]:not([hidden])");
    }
    document.getElementById("matches").textContent = words.length ? shown + (shown === 1 ? " row" : " rows") : "";
  }

  for (const button of document.querySelectorAll("thead button")) {
    button.addEventListener("click", () => sortBy(button));
  }
  document.getElementById("filter").addEventListener("input", (event) => filterBy(event.target.value));
  document.getElementById("toolbar").hidden = false;
})();
