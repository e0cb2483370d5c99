// From a mark to the plants behind it, from a plant to its file, from a value to the cell it was read from.
// Choosing a plant fires the event cpaudit:plant (detail: id, name), which bubbles; a host that opens the file itself
// prevents its default. Else data-plant-link of an element around ("plants/{id}.html") is followed; else facts are shown.
(function () {
  "use strict";
  var cp = globalThis.cpaudit = globalThis.cpaudit || {};
  var FACTS = { name: "企业名称", uscc: "统一社会信用代码", unit: "上报单位", county: "区县", industry: "行业",
    level: "审核后级别", verdict: "达标结论", advance: "进展" };
  var COLUMNS = ["name", "unit", "industry", "level", "verdict", "advance"];
  var plants = {};
  var dialog = null;
  var origin = null; // where the reader came from: the event starts there

  // -- the directory

  // text: {"columns": […], "rows": [[…], …]}; entries are added to those known
  cp.loadDirectory = function (text) {
    if (!text) { return; }
    var content = JSON.parse(text);
    content.rows.forEach(function (row) {
      var entry = {};
      content.columns.forEach(function (name, at) { entry[name] = row[at]; });
      plants[entry.id] = entry;
    });
  };
  cp.plantWords = function (id) { return plants[id] ? plants[id].uscc : ""; };
  function nameOf(id) { return plants[id] ? plants[id].name : id; }

  // -- opening a plant

  function link(element, id) {
    var around = element.closest("[data-plant-link]") || document.querySelector("[data-plant-link]");
    return around ? around.dataset.plantLink.replace("{id}", encodeURIComponent(id)) : "";
  }
  cp.openPlant = function (id, from) {
    var event = new CustomEvent("cpaudit:plant", { bubbles: true, cancelable: true, detail: { id: id, name: nameOf(id) } });
    var taken = !(from && from.isConnected ? from : document).dispatchEvent(event);
    if (taken) { close(); return; }
    var href = link(from || document.body, id);
    if (href) { location.href = href; } else { showFacts(id); }
  };
  // Names in tables become links that a keyboard reaches; where pages have addresses, real ones.
  cp.linkPlants = function (root) {
    cp.each(root, ".cp-plant:not([tabindex])", function (a) {
      a.tabIndex = 0;
      var href = link(a, a.dataset.plant);
      if (href) { a.href = href; } else { a.setAttribute("role", "button"); }
      a.title = "打开一企一档";
    });
    cp.each(root, "tr[data-place]:not([data-sourced])", function (tr) {
      tr.setAttribute("data-sourced", "");
      tr.cells[0].append(sourceButton(tr));
    });
    if (root.matches && root.matches("tr[data-place]:not([data-sourced])")) {
      root.setAttribute("data-sourced", "");
      root.cells[0].append(sourceButton(root));
    }
  };
  function sourceButton(tr) {
    var button = cp.button("源", "这一行出自哪个文件、哪个单元格", function () { showPlace(JSON.parse(tr.dataset.place), tr); });
    button.className = "cp-source";
    return button;
  }

  document.addEventListener("click", function (event) {
    var on = event.target.closest && event.target.closest(".cp-plant, .cp tr[data-place] > *");
    if (!on || event.target.closest("button") || event.defaultPrevented) { return; }
    if (on.matches(".cp-plant")) {
      if (on.href && (event.ctrlKey || event.metaKey || event.shiftKey)) { return; }
      event.preventDefault();
      cp.openPlant(on.dataset.plant, from(on));
    } else if (!String(getSelection())) {
      showPlace(JSON.parse(on.parentNode.dataset.place), on.parentNode);
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.matches && event.target.matches(".cp-plant:not([href])")) { event.target.click(); }
  });
  function from(element) { return element.closest(".cp-dialog") ? origin : element; }

  // -- the dialog

  function open(title, start) {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "cp cp-dialog";
      dialog.setAttribute("aria-labelledby", "cp-dialog-title");
      dialog.addEventListener("click", function (event) { if (event.target === dialog) { close(); } });
    }
    document.body.append(dialog); // last, so above all
    dialog.classList.toggle("cp-dark", cp.isDark());
    if (start) { origin = start; }
    var head = document.createElement("h2"), body = document.createElement("div"), shut = cp.button("关闭", "关闭", close);
    head.id = "cp-dialog-title";
    head.textContent = title;
    shut.classList.add("cp-close");
    dialog.replaceChildren(shut, head, body);
    if (!dialog.open) { dialog.showModal(); }
    shut.focus();
    return body;
  }
  function close() { if (dialog && dialog.open) { dialog.close(); } }

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) { made.className = className; }
    if (text !== undefined) { made.textContent = text; }
    return made;
  }

  function listTable(title, ids) {
    var box = element("div", "cp-table"), scroll = element("div", "cp-scroll"), table = document.createElement("table");
    var head = table.createTHead().insertRow(), body = table.createTBody(), heads = COLUMNS.map(function (name) {
      var th = element("th", "cp-words", FACTS[name]);
      th.scope = "col";
      th.dataset.kind = name === "level" ? "level" : "text";
      if (name === "name") { th.dataset.plants = ""; }
      return th;
    });
    head.append.apply(head, heads);
    table.createCaption().textContent = title;
    ids.forEach(function (id) {
      var tr = body.insertRow(), entry = plants[id] || { name: id };
      COLUMNS.forEach(function (name, at) {
        var cell = element(at ? "td" : "th", "cp-words"), text = entry[name] || "", inside = cell;
        if (!at) {
          inside = element("a", "cp-plant");
          inside.dataset.plant = id;
          cell.scope = "row";
          cell.append(inside);
        } else if (!text) { cell.append(element("span", "cp-none", "—")); }
        if (text) { inside.textContent = text; }
        tr.append(cell);
      });
    });
    box.dataset.rows = String(ids.length);
    scroll.append(table);
    box.append(scroll);
    return box;
  }

  // Lists the plants behind a mark; groups ({key: [id, …]}) offers the other marks of the figure too.
  cp.listPlants = function (key, groups, start) {
    var figure = start.closest(".cp-figure"), caption = figure ? figure.querySelector("figcaption").textContent : "";
    var body = open("", start), choice = document.createElement("select"), place = document.createElement("div");
    var all = Array.from(new Set(Array.prototype.concat.apply([], Object.values(groups))));
    choice.setAttribute("aria-label", "图中的哪一部分");
    [""].concat(Object.keys(groups)).forEach(function (name) {
      var option = element("option", "", name ? name + "（" + groups[name].length + " 家）" : "图中全部（" + all.length + " 家）");
      option.value = name;
      choice.append(option);
    });
    choice.value = key in groups ? key : "";
    function fill() {
      var ids = choice.value ? groups[choice.value] : all, title = choice.value || "图中全部企业";
      dialog.querySelector("h2").textContent = title + "：" + ids.length + " 家企业";
      place.replaceChildren(listTable(title + (caption ? "（" + caption + "）" : ""), ids));
      cp.linkPlants(place);
      cp.readyTables(place);
    }
    choice.addEventListener("change", fill);
    body.append(choice, place);
    fill();
  };

  function showFacts(id) {
    var entry = plants[id], body = open(nameOf(id));
    if (!entry) { body.append(element("p", "cp-text", "本页没有这家企业的更多信息。")); return; }
    body.append(facts(Object.keys(FACTS).map(function (key) { return [FACTS[key], entry[key] || "—"]; })));
  }
  function showPlace(place, start) {
    var body = open("数据出处", start);
    body.append(facts([["文件", place[0]], ["工作表", place[1] || "—"], ["单元格", place[2] || "—"]]));
  }
  function facts(pairs) {
    var list = element("dl", "cp-facts");
    pairs.forEach(function (pair) { list.append(element("dt", "", pair[0]), element("dd", "", pair[1])); });
    return list;
  }

  // -- the marks of a figure

  function behind(figure) {
    if (!figure.cpBehind) {
      var source = figure.querySelector(".cp-behind");
      figure.cpBehind = source ? JSON.parse(source.textContent) : { plants: {}, places: {} };
    }
    return figure.cpBehind;
  }
  function keyOf(point) {
    var data = point.customdata;
    while (Array.isArray(data)) { data = data[0]; }
    return data === undefined || data === null ? "" : String(data);
  }
  cp.watchMarks = function (plot) {
    plot.on("plotly_click", function (event) {
      var figure = plot.closest(".cp-figure"), known = behind(figure);
      var key = (event.points || []).map(keyOf).find(function (k) { return k in known.plants || k in known.places; });
      if (key === undefined) { return; }
      if (key in known.plants && known.plants[key].length === 1) { cp.openPlant(known.plants[key][0], figure); return; }
      if (key in known.plants) { cp.listPlants(key, known.plants, figure); } else { showPlace(known.places[key], figure); }
    });
  };

  cp.readyFigures = function (root) {
    cp.each(root, ".cp-figure:not([data-ready])", function (figure) {
      figure.setAttribute("data-ready", "");
      var tools = element("div", "cp-tools"), title = figure.querySelector("figcaption").textContent;
      function plot() { return figure.querySelector(".cp-plot"); }
      if (figure.querySelector(".cp-behind")) {
        figure.classList.add("cp-live");
        if (Object.keys(behind(figure).plants).length) {
          tools.append(cp.button("企业名单", "图中各部分是哪些企业", function () { cp.listPlants("", behind(figure).plants, figure); }));
        }
      }
      ["png", "svg"].forEach(function (format) {
        tools.append(cp.button(format, "把图保存为 " + format, function () {
          cp.picture(plot(), format).then(function (url) { cp.save(title, url, format); });
        }));
      });
      tools.append(cp.button("xlsx", "把图中的数据保存为 Excel 工作簿", function () { saveData(figure, plot().cpContent, title); }));
      figure.querySelector(".cp-canvas").after(tools);
    });
  };

  // -- the data of a figure

  function heading(axis, fallback) { return axis && axis.title && axis.title.text || fallback; }
  function plain(value) { // plotly reads a few tags and entities in texts
    if (typeof value !== "string") { return value === undefined ? null : value; }
    return value.replace(/<br>/g, " ").replace(/<\/?b>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
  }
  function tick(axis, value) { // places that stand for names go by these
    var at = axis && axis.tickvals && axis.ticktext ? axis.tickvals.indexOf(Math.round(value)) : -1;
    return plain(at >= 0 ? axis.ticktext[at] : value);
  }
  function saveData(figure, content, title) {
    var layout = content.layout, rows = [], head = ["系列", heading(layout.xaxis, "横轴"), heading(layout.yaxis, "纵轴"), "值", "标注"];
    content.data.forEach(function (trace) {
      var name = plain(trace.name || "");
      if (trace.type === "heatmap") {
        trace.z.forEach(function (line, r) {
          line.forEach(function (z, c) {
            if (z === null || trace.showscale === false) { return; }
            var text = trace.text || trace.hovertext;
            rows.push([name, plain(trace.x ? trace.x[c] : c), plain(trace.y ? trace.y[r] : r), z, text ? plain(text[r][c]) : null]);
          });
        });
      } else if (trace.type === "sankey") {
        trace.link.value.forEach(function (n, i) {
          rows.push([name, plain(trace.node.label[trace.link.source[i]]), plain(trace.node.label[trace.link.target[i]]), n, null]);
        });
      } else {
        (trace.x || []).forEach(function (x, i) {
          var y = trace.y[i], text = Array.isArray(trace.text) ? plain(trace.text[i]) : null;
          if (x !== null && y !== null) { rows.push([name, tick(layout.xaxis, x), tick(layout.yaxis, y), null, text]); }
        });
      }
    });
    var note = figure.querySelector(".cp-note");
    var used = head.map(function (_, c) { return rows.some(function (row) { return row[c] !== null && row[c] !== ""; }); });
    function keep(row) { return row.filter(function (_, c) { return used[c]; }); }
    cp.saveWorkbook(figure, title, keep(head), rows.map(keep), note ? note.textContent : "");
  }
})();
