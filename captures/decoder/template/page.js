"use strict";
(() => {
  const value = (cell) => {
    const text = cell.dataset.v ?? cell.textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text.toLowerCase();
  };
  const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);

  const sort = (header) => {
    const table = header.closest("table");
    const column = [...header.parentNode.children].indexOf(header);
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => [value(row.cells[column]), place, row]);
    rows.sort((a, b) => (down ? -1 : 1) * compare(a[0], b[0]) || a[1] - b[1]);
    body.append(...rows.map((row) => row[2]));
  };

  const prepare = (root) => {
    for (const header of root.querySelectorAll("table.sortable th")) {
      if (!header.textContent || header.firstElementChild) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      header.replaceChildren(button);
    }
  };

  const unpack = (details) => {
    const template = details.querySelector(":scope > template");
    if (!template) return;
    template.replaceWith(template.content);
    prepare(details);
  };

  const narrow = (input) => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = document.getElementById(input.dataset.table).tBodies[0].rows;
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    document.querySelector(`.shown[data-of="${input.dataset.table}"]`).textContent = words.length ? `${shown} of ${rows.length}` : "";
  };

  const say = (text) => {
    const place = document.querySelector(".copied");
    place.textContent = text;
    setTimeout(() => { if (place.textContent === text) place.textContent = ""; }, 2500);
  };

  const copyOldWay = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      say(`Copied: ${text}`);
    } catch {
      say(copyOldWay(text) ? `Copied: ${text}` : text);
    }
  };

  const go = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const details = document.getElementById(id.split("-")[0]);
    if (!details || details.tagName !== "DETAILS") return;
    unpack(details);
    details.open = true;
    document.getElementById(id)?.scrollIntoView();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.filter) copy(button.dataset.filter);
    else if (button?.parentNode.tagName === "TH") sort(button.parentNode);
  });
  document.addEventListener("input", (event) => { if (event.target.dataset.table) narrow(event.target); });
  document.addEventListener("toggle", (event) => { if (event.target.open) unpack(event.target); }, true);
  addEventListener("hashchange", go);
  prepare(document);
  go();
})();
