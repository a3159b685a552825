// Draws the rows that the kernel sends, and tells it what to sort by and to look for.
const WAIT = 250; // ms after the last key before the kernel is asked

function render({ model, el }) {
  const parts = skeleton(model);
  el.classList.add("ak-table");
  el.append(parts.bar, parts.scroller);
  const drawHead = () => head(parts, model);
  const drawBody = () => body(parts, model);
  const drawCaption = () => {
    parts.caption.textContent = model.get("caption");
    parts.scroller.setAttribute("aria-label", model.get("label"));
  };
  const drawSearch = () => {
    if (document.activeElement !== parts.search) parts.search.value = model.get("search");
  };
  let timer;
  parts.search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(model, { search: parts.search.value }), WAIT);
  });
  const watched = {
    "change:columns": drawHead,
    "change:sort": drawHead,
    "change:rows": drawBody,
    "change:caption": drawCaption,
    "change:label": drawCaption,
    "change:search": drawSearch,
  };
  for (const [event, draw] of Object.entries(watched)) model.on(event, draw);
  for (const draw of [drawHead, drawBody, drawCaption, drawSearch]) draw();
  return () => {
    clearTimeout(timer);
    for (const [event, draw] of Object.entries(watched)) model.off(event, draw);
  };
}

function skeleton() {
  const search = make("input", { type: "search", placeholder: "Text in any column shown", className: "ak-table-search" });
  const label = make("label", { className: "ak-table-label" });
  label.append(make("span", { textContent: "Find in rows" }), search);
  const caption = make("div", { className: "ak-table-caption" });
  caption.setAttribute("role", "status");
  const bar = make("div", { className: "ak-table-bar" });
  bar.append(label, caption);
  const scroller = make("div", { className: "ak-table-scroller", tabIndex: 0 });
  scroller.setAttribute("role", "region");
  const table = make("table", {});
  const thead = make("thead", {});
  const tbody = make("tbody", {});
  table.append(thead, tbody);
  scroller.append(table);
  return { bar, caption, search, scroller, thead, tbody };
}

function head({ thead }, model) {
  const columns = model.get("columns");
  const sort = model.get("sort");
  const names = columns.map((column) => column.name).join("\n");
  if (thead.dataset.names !== names) {
    const row = make("tr", {});
    for (const column of columns) row.append(header(column, model));
    thead.replaceChildren(row);
    thead.dataset.names = names;
  }
  for (const cell of thead.querySelectorAll("th")) mark(cell, sort);
}

function header(column, model) {
  const cell = make("th", { scope: "col", title: column.title });
  const button = make("button", { type: "button" });
  button.append(make("span", { textContent: column.name }), make("span", { className: "ak-table-arrow" }));
  button.addEventListener("click", () => tell(model, { sort: next(model.get("sort"), column.name) }));
  cell.dataset.name = column.name;
  cell.append(button);
  return cell;
}

// First click: ascending, second: descending, third: the order in which the kit gives the rows.
function next(sort, name) {
  if (sort.column !== name) return { column: name, descending: false };
  return sort.descending ? { column: "", descending: false } : { column: name, descending: true };
}

function mark(cell, sort) {
  const sorted = cell.dataset.name === sort.column;
  cell.setAttribute("aria-sort", sorted ? (sort.descending ? "descending" : "ascending") : "none");
  cell.querySelector(".ak-table-arrow").textContent = sorted ? (sort.descending ? " ▼" : " ▲") : "";
}

function body({ tbody, scroller }, model) {
  const numbers = model.get("columns").map((column) => ["Int64", "float64"].includes(column.dtype));
  const fragment = document.createDocumentFragment();
  for (const texts of model.get("rows")) {
    const row = make("tr", {});
    texts.forEach((text, place) => {
      const cell = make("td", { textContent: text ?? "" });
      if (numbers[place]) cell.className = "ak-table-number";
      if (text !== null && text.length > 40) cell.title = text;
      row.append(cell);
    });
    fragment.append(row);
  }
  tbody.replaceChildren(fragment);
  scroller.scrollTop = 0;
}

function tell(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

export default { render };
