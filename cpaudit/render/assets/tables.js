// Tables under the reader's hand: sort, search, show all rows, save as a workbook. Rows that the HTML doesn't list lie in
// the script .cp-rest as [[cells], plant, place], a cell being its text or [text, number].
(() => {
  "use strict";
  const cp = globalThis.cpaudit = globalThis.cpaudit || {};
  const LEVELS = ["Ⅰ级", "Ⅱ级", "Ⅲ级", "未达Ⅲ级"];
  const SEARCHED = 15; // tables of more rows have a search box
  const NONE = "—";
  const compare = new Intl.Collator("zh-CN", { numeric: true }).compare;

  cp.button = (text, title, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cp-button";
    button.textContent = text;
    button.title = title;
    button.addEventListener("click", act);
    return button;
  };

  function number(text) {
    const n = parseFloat(text.replace(/,/g, ""));
    return isNaN(n) ? null : n;
  }

  function Model(box) {
    const self = this;
    this.box = box;
    this.table = box.querySelector("table");
    this.body = this.table.tBodies[0];
    this.heads = Array.prototype.slice.call(this.table.tHead.rows[0].cells);
    this.kinds = this.heads.map((th) => th.dataset.kind);
    this.rows = Array.prototype.map.call(this.body.rows, (tr, at) => self.listed(tr, at));
    this.first = this.rows.length;
    const rest = box.querySelector(".cp-rest");
    if (rest) {
      JSON.parse(rest.textContent).forEach((row) => { self.rows.push(self.unlisted(row, self.rows.length)); });
    }
    this.words = "";
    this.by = -1;
    this.down = false;
    this.all = !rest;
  }
  Model.prototype.listed = function (tr, at) {
    const kinds = this.kinds, values = [], texts = [];
    Array.prototype.forEach.call(tr.cells, (cell, c) => {
      const text = cell.querySelector(".cp-none") ? "" : (cell.querySelector(".cp-plant, .cp-level") || cell).textContent;
      texts.push(text);
      values.push(cell.dataset.v !== undefined ? +cell.dataset.v : value(text, kinds[c]));
    });
    return { at, texts, values, node: tr };
  };
  Model.prototype.unlisted = function (row, at) {
    const kinds = this.kinds;
    return {
      at, plant: row[1], place: row[2], node: null,
      texts: row[0].map((c) => Array.isArray(c) ? c[0] : c),
      values: row[0].map((c, i) => Array.isArray(c) ? c[1] : value(c, kinds[i]))
    };
  };
  function value(text, kind) {
    if (text === "") { return null; }
    if (kind === "integer" || kind === "number" || kind === "percent") { return number(text); }
    if (kind === "level") { return LEVELS.indexOf(text) < 0 ? null : LEVELS.indexOf(text); }
    return text;
  }
  Model.prototype.node = function (row) {
    if (row.node) { return row.node; }
    const tr = document.createElement("tr"), heads = this.heads;
    row.texts.forEach((text, c) => {
      const cell = document.createElement(c === 0 ? "th" : "td");
      let inside = cell;
      cell.className = heads[c].className;
      if (c === 0) { cell.scope = "row"; }
      if (heads[c].dataset.plants !== undefined && row.plant && text) {
        inside = document.createElement("a");
        inside.className = "cp-plant";
        inside.dataset.plant = row.plant;
        cell.append(inside);
      } else if (LEVELS.indexOf(text) >= 0 && heads[c].dataset.kind === "level") {
        inside = document.createElement("span");
        inside.className = `cp-level cp-level-${LEVELS.indexOf(text) + 1}`;
        cell.append(inside);
      } else if (!text) {
        inside = document.createElement("span");
        inside.className = "cp-none";
        cell.append(inside);
      }
      inside.textContent = text || NONE;
      tr.append(cell);
    });
    if (row.place) { tr.dataset.place = JSON.stringify(row.place); }
    row.node = tr;
    cp.linkPlants(tr);
    return tr;
  };
  // Rows as sorted and searched.
  Model.prototype.chosen = function () {
    const words = this.words.toLowerCase().split(/\s+/).filter(Boolean), by = this.by, kind = this.kinds[by], down = this.down;
    const found = this.rows.filter((row) => {
      if (!words.length) { return true; }
      if (!row.hay) { row.hay = (`${row.texts.join("\n")}\n${cp.plantWords(row.plant || plantOf(row))}`).toLowerCase(); }
      return words.every((w) => row.hay.indexOf(w) >= 0);
    });
    if (by < 0) { return found; }
    return found.sort((a, b) => {
      const x = a.values[by], y = b.values[by];
      if (x === null || y === null) { return x === y ? a.at - b.at : x === null ? 1 : -1; } // empty cells stay last
      const order = kind === "text" ? compare(x, y) : x < y ? -1 : x > y ? 1 : 0;
      return (down ? -order : order) || a.at - b.at;
    });
  };
  function plantOf(row) {
    const link = row.node?.querySelector("[data-plant]");
    return link ? link.dataset.plant : "";
  }
  Model.prototype.show = function () {
    const self = this, found = this.chosen(), shown = this.all || this.words ? found : found.slice(0, this.first);
    this.body.replaceChildren(...shown.map((row) => self.node(row)));
    if (!found.length) {
      const cell = this.body.insertRow().insertCell();
      cell.colSpan = this.heads.length;
      cell.textContent = "没有符合搜索的行。";
    }
    this.heads.forEach((th, c) => {
      if (c === self.by) { th.setAttribute("aria-sort", self.down ? "descending" : "ascending"); } else { th.removeAttribute("aria-sort"); }
    });
    if (this.status) {
      this.status.textContent = this.words ? `符合 ${found.length} 行，共 ${this.rows.length} 行`
        : this.all ? "" : `列出 ${shown.length} 行，共 ${this.rows.length} 行`;
    }
  };
  Model.prototype.sort = function (c) {
    if (this.by === c && this.down) { this.by = -1; this.down = false; } else if (this.by === c) { this.down = true; } else {
      this.by = c;
      this.down = false;
    }
    this.show();
  };
  Model.prototype.save = function () {
    const kinds = this.kinds, title = this.table.caption.textContent, note = this.box.querySelector(".cp-note");
    const rows = this.chosen().map((row) => row.texts.map((text, c) => {
        if (text === "") { return null; }
        if (kinds[c] === "date" && /^\d{4}-\d\d-\d\d$/.test(text)) { return { date: text }; }
        return typeof row.values[c] === "number" && kinds[c] !== "level" ? row.values[c] : text;
      }));
    const said = (this.words ? `只含符合搜索“${this.words}”的行。` : "") + (note ? note.dataset.all || note.textContent : "");
    cp.saveWorkbook(this.box, title, this.heads.map((th) => th.textContent), rows, said);
  };

  function ready(box) {
    box.setAttribute("data-ready", "");
    if (!box.querySelector("table")) { return; }
    const n = +box.dataset.rows, rest = box.querySelector(".cp-rest"), note = box.querySelector(".cp-note");
    let model = null;
    function it() { // the rows are read at the first use only: a page may have many tables
      if (!model) { model = new Model(box); model.status = status; }
      return model;
    }
    const tools = document.createElement("div"), status = document.createElement("span");
    tools.className = "cp-tools";
    status.className = "cp-status";
    status.setAttribute("role", "status");
    if (n > SEARCHED) {
      const search = document.createElement("input");
      search.type = "search";
      search.placeholder = "在表中搜索";
      search.setAttribute("aria-label", `在表中搜索：${box.querySelector("caption").textContent}`);
      search.addEventListener("input", () => { it().words = search.value.trim(); it().show(); });
      tools.append(search);
    }
    tools.append(status);
    if (rest) {
      // The note's first sentence says how many rows are not listed: a button and the line above take its place on a screen.
      if (note) { note.dataset.all = note.textContent.replace(/^列出前.*?未列出。/, ""); }
      const more = cp.button(`显示全部 ${n.toLocaleString("zh-CN")} 行`, "把没有列出的行也列出来", () => {
        it().all = true;
        it().show();
        more.remove();
        if (note) { note.textContent = note.dataset.all; }
      });
      tools.append(more);
    }
    tools.append(cp.button("保存为 xlsx", "把表中全部行保存为 Excel 工作簿", () => { it().save(); }));
    box.prepend(tools);
    cp.each(box, "thead th", (th, c) => {
      th.tabIndex = 0;
      th.title = "点击排序";
      th.addEventListener("click", () => { it().sort(c); });
      th.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); it().sort(c); }
      });
    });
  }

  cp.readyTables = (root) => { cp.each(root, ".cp-table:not([data-ready])", ready); };
})();
