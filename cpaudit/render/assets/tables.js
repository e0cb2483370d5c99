// Tables under the reader's hand: sort, search, show all rows, save as a workbook. Rows that the HTML doesn't list lie in
// the script .cp-rest as [[cells], plant, place], a cell being its text or [text, number].
(function () {
  "use strict";
  var cp = globalThis.cpaudit = globalThis.cpaudit || {};
  var LEVELS = ["Ⅰ级", "Ⅱ级", "Ⅲ级", "未达Ⅲ级"];
  var SEARCHED = 15; // tables of more rows have a search box
  var NONE = "—";
  var compare = new Intl.Collator("zh-CN", { numeric: true }).compare;

  cp.button = function (text, title, act) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "cp-button";
    button.textContent = text;
    button.title = title;
    button.addEventListener("click", act);
    return button;
  };

  function number(text) {
    var n = parseFloat(text.replace(/,/g, ""));
    return isNaN(n) ? null : n;
  }

  function Model(box) {
    var self = this;
    this.box = box;
    this.table = box.querySelector("table");
    this.body = this.table.tBodies[0];
    this.heads = Array.prototype.slice.call(this.table.tHead.rows[0].cells);
    this.kinds = this.heads.map(function (th) { return th.dataset.kind; });
    this.rows = Array.prototype.map.call(this.body.rows, function (tr, at) { return self.listed(tr, at); });
    this.first = this.rows.length;
    var rest = box.querySelector(".cp-rest");
    if (rest) {
      JSON.parse(rest.textContent).forEach(function (row) { self.rows.push(self.unlisted(row, self.rows.length)); });
    }
    this.words = "";
    this.by = -1;
    this.down = false;
    this.all = !rest;
  }
  Model.prototype.listed = function (tr, at) {
    var kinds = this.kinds, values = [], texts = [];
    Array.prototype.forEach.call(tr.cells, function (cell, c) {
      var text = cell.querySelector(".cp-none") ? "" : (cell.querySelector(".cp-plant, .cp-level") || cell).textContent;
      texts.push(text);
      values.push(cell.dataset.v !== undefined ? +cell.dataset.v : value(text, kinds[c]));
    });
    return { at: at, texts: texts, values: values, node: tr };
  };
  Model.prototype.unlisted = function (row, at) {
    var kinds = this.kinds;
    return {
      at: at, plant: row[1], place: row[2], node: null,
      texts: row[0].map(function (c) { return Array.isArray(c) ? c[0] : c; }),
      values: row[0].map(function (c, i) { return Array.isArray(c) ? c[1] : value(c, kinds[i]); })
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
    var tr = document.createElement("tr"), heads = this.heads;
    row.texts.forEach(function (text, c) {
      var cell = document.createElement(c === 0 ? "th" : "td"), inside = cell;
      cell.className = heads[c].className;
      if (c === 0) { cell.scope = "row"; }
      if (heads[c].dataset.plants !== undefined && row.plant && text) {
        inside = document.createElement("a");
        inside.className = "cp-plant";
        inside.dataset.plant = row.plant;
        cell.append(inside);
      } else if (LEVELS.indexOf(text) >= 0 && heads[c].dataset.kind === "level") {
        inside = document.createElement("span");
        inside.className = "cp-level cp-level-" + (LEVELS.indexOf(text) + 1);
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
    var words = this.words.toLowerCase().split(/\s+/).filter(Boolean), by = this.by, kind = this.kinds[by], down = this.down;
    var found = this.rows.filter(function (row) {
      if (!words.length) { return true; }
      if (!row.hay) { row.hay = (row.texts.join("\n") + "\n" + cp.plantWords(row.plant || plantOf(row))).toLowerCase(); }
      return words.every(function (w) { return row.hay.indexOf(w) >= 0; });
    });
    if (by < 0) { return found; }
    return found.sort(function (a, b) {
      var x = a.values[by], y = b.values[by];
      if (x === null || y === null) { return x === y ? a.at - b.at : x === null ? 1 : -1; } // empty cells stay last
      var order = kind === "text" ? compare(x, y) : x < y ? -1 : x > y ? 1 : 0;
      return (down ? -order : order) || a.at - b.at;
    });
  };
  function plantOf(row) {
    var link = row.node && row.node.querySelector("[data-plant]");
    return link ? link.dataset.plant : "";
  }
  Model.prototype.show = function () {
    var self = this, found = this.chosen(), shown = this.all || this.words ? found : found.slice(0, this.first);
    this.body.replaceChildren.apply(this.body, shown.map(function (row) { return self.node(row); }));
    if (!found.length) {
      var cell = this.body.insertRow().insertCell();
      cell.colSpan = this.heads.length;
      cell.textContent = "没有符合搜索的行。";
    }
    this.heads.forEach(function (th, c) {
      if (c === self.by) { th.setAttribute("aria-sort", self.down ? "descending" : "ascending"); } else { th.removeAttribute("aria-sort"); }
    });
    if (this.status) {
      this.status.textContent = this.words ? "符合 " + found.length + " 行，共 " + this.rows.length + " 行"
        : this.all ? "" : "列出 " + shown.length + " 行，共 " + this.rows.length + " 行";
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
    var kinds = this.kinds, title = this.table.caption.textContent, note = this.box.querySelector(".cp-note");
    var rows = this.chosen().map(function (row) {
      return row.texts.map(function (text, c) {
        if (text === "") { return null; }
        if (kinds[c] === "date" && /^\d{4}-\d\d-\d\d$/.test(text)) { return { date: text }; }
        return typeof row.values[c] === "number" && kinds[c] !== "level" ? row.values[c] : text;
      });
    });
    var said = (this.words ? "只含符合搜索“" + this.words + "”的行。" : "") + (note ? note.dataset.all || note.textContent : "");
    cp.saveWorkbook(this.box, title, this.heads.map(function (th) { return th.textContent; }), rows, said);
  };

  function ready(box) {
    box.setAttribute("data-ready", "");
    if (!box.querySelector("table")) { return; }
    var model = null, n = +box.dataset.rows, rest = box.querySelector(".cp-rest"), note = box.querySelector(".cp-note");
    function it() { // the rows are read at the first use only: a page may have many tables
      if (!model) { model = new Model(box); model.status = status; }
      return model;
    }
    var tools = document.createElement("div"), status = document.createElement("span");
    tools.className = "cp-tools";
    status.className = "cp-status";
    status.setAttribute("role", "status");
    if (n > SEARCHED) {
      var search = document.createElement("input");
      search.type = "search";
      search.placeholder = "在表中搜索";
      search.setAttribute("aria-label", "在表中搜索：" + box.querySelector("caption").textContent);
      search.addEventListener("input", function () { it().words = search.value.trim(); it().show(); });
      tools.append(search);
    }
    tools.append(status);
    if (rest) {
      // The note's first sentence says how many rows are not listed: a button and the line above take its place on a screen.
      if (note) { note.dataset.all = note.textContent.replace(/^列出前.*?未列出。/, ""); }
      var more = cp.button("显示全部 " + n.toLocaleString("zh-CN") + " 行", "把没有列出的行也列出来", function () {
        it().all = true;
        it().show();
        more.remove();
        if (note) { note.textContent = note.dataset.all; }
      });
      tools.append(more);
    }
    tools.append(cp.button("保存为 xlsx", "把表中全部行保存为 Excel 工作簿", function () { it().save(); }));
    box.prepend(tools);
    cp.each(box, "thead th", function (th, c) {
      th.tabIndex = 0;
      th.title = "点击排序";
      th.addEventListener("click", function () { it().sort(c); });
      th.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); it().sort(c); }
      });
    });
  }

  cp.readyTables = function (root) { cp.each(root, ".cp-table:not([data-ready])", ready); };
})();
