"use strict";
/* Tables that are sorted, searched and filtered: see corr/show/pages/whole/finder.py. */
for (const box of document.querySelectorAll(".finder")) {
  const data = JSON.parse(box.querySelector(".data").textContent);
  const lines = (text) => text.split("\n");
  const collator = new Intl.Collator("en", { numeric: true });
  for (const column of data.columns) {
    for (const name of ["levels", "links", "pictures"])
      if (name in column) column[name] = lines(column[name]);
    if (column.kind === "text") column.values = lines(column.values);
    column.said = (k) => column.kind === "words"
      ? column.values[k].map((at) => column.levels[at]).join(", ")
      : column.values[k] === null ? ""
      : !column.p ? String(column.values[k])
      : column.values[k] <= 0 ? "< 0.01" : column.values[k] >= 1 ? "> 0.99"
      : column.values[k].toFixed(2);
  }
  const all = Array.from({ length: data.rows }, (_, k) => k);
  const state = { shown: all, sorted: all, by: -1, down: false, first: 0, search: "", only: {} };
  const body = box.querySelector("tbody"), status = box.querySelector(".shown");
  const heads = [...box.querySelectorAll("thead th")];
  const made = (tag, said, parent) => {
    const element = Object.assign(document.createElement(tag), said);
    if (parent) parent.append(element);
    return element;
  };

  const ranks = (column) => {  // equal values have equal ranks; what is not there comes last
    if (column.ranks) return column.ranks;
    const key = column.kind === "number" ? column.values : all.map(column.said);
    const different = [...new Set(key)].sort(column.kind === "number"
      ? (a, b) => a - b : collator.compare);
    const at = new Map(different.map((value, k) => [value, k]));
    column.ranks = key.map((value) => value === null || value === "" ? Infinity : at.get(value));
    return column.ranks;
  };
  const words = (k) => {
    data.texts ??= [];
    data.texts[k] ??= data.columns.map((c) => c.said(k)).join(" ").toLowerCase();
    return data.texts[k];
  };

  const sort = () => {
    if (state.by < 0) { state.sorted = all; return; }
    const rank = ranks(data.columns[state.by]), way = state.down ? -1 : 1;
    state.sorted = [...all].sort((a, b) =>
      rank[a] === rank[b] ? a - b
        : rank[a] === Infinity ? 1 : rank[b] === Infinity ? -1 : way * (rank[a] - rank[b]));
  };
  const choose = () => {
    const asked = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const only = Object.entries(state.only).filter(([, level]) => level >= 0);
    state.shown = state.sorted.filter((k) =>
      only.every(([c, level]) => data.columns[c].values[k].includes(level)) &&
      asked.every((word) => words(k).includes(word)));
  };
  const draw = () => {
    const some = state.shown.slice(state.first, state.first + data.most);
    body.replaceChildren(...some.map((k) => {
      const row = made("tr");
      for (const column of data.columns) {
        const kind = column.kind === "number" ? "number" : column.short ? "short" : "";
        const cell = made("td", { className: kind }, row);
        if (column.pictures?.[k])
          made("img", { loading: "lazy", alt: "", src: column.pictures[k] }, cell);
        if (column.links?.[k])
          made("a", { href: column.links[k], textContent: column.said(k) }, cell);
        else cell.append(column.said(k));
      }
      return row;
    }));
    const found = state.shown.length, last = state.first + some.length;
    const of = found === data.rows ? `${found}` : `${found} found, ${data.rows} in all`;
    status.textContent = found ? `Rows ${state.first + 1}-${last} of ${of}` : "No row is like that";
    before.disabled = state.first === 0;
    after.disabled = last >= found;
    turn.hidden = found <= data.most;
  };
  const again = () => { state.first = 0; choose(); draw(); };

  const asked = box.querySelector(".asked");
  const label = (text) => made("label", { textContent: `${text} ` }, asked);
  const search = made("input", { type: "search" }, label("Search"));
  search.addEventListener("input", () => { state.search = search.value; again(); });
  data.columns.forEach((column, c) => {
    if (column.kind !== "words") return;
    const select = made("select", {}, label(column.name));
    made("option", { value: "-1", textContent: "any" }, select);
    const counts = column.levels.map(() => 0);
    for (const some of column.values) for (const level of some) counts[level] += 1;
    [...column.levels.keys()].sort((a, b) => collator.compare(column.levels[a], column.levels[b]))
      .forEach((level) => made("option",
        { value: level, textContent: `${column.levels[level]} (${counts[level]})` }, select));
    select.addEventListener("change", () => { state.only[c] = Number(select.value); again(); });
  });
  heads.forEach((head, c) => {
    const button = made("button", { type: "button", textContent: head.textContent });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      state.down = state.by === c ? !state.down : data.columns[c].kind === "number";
      state.by = c;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      sort(); again();
    });
  });
  const turn = made("p", { className: "turn" });
  status.after(turn);
  const before = made("button", { type: "button", textContent: "Earlier rows" }, turn);
  const after = made("button", { type: "button", textContent: "More rows" }, turn);
  before.addEventListener("click", () => { state.first -= data.most; draw(); });
  after.addEventListener("click", () => { state.first += data.most; draw(); });
  choose();
  draw();
  box.dataset.ready = "yes";
}
