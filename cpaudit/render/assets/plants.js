// From a mark to the plants behind it, from a plant to its file, from a value to the cell it was read from.
// Choosing a plant fires the event cpaudit:plant (detail: id, name), which bubbles; a host that opens the file itself
// prevents its default. Else data-plant-link of an element around ("plants/{id}.html") is followed; else facts are shown.
(() => {
  "use strict";
  const cp = globalThis.cpaudit = globalThis.cpaudit || {};
  const FACTS = { name: "企业名称", uscc: "统一社会信用代码", unit: "上报单位", county: "区县", industry: "行业",
    level: "审核后级别", verdict: "达标结论", advance: "进展" };
  const COLUMNS = ["name", "unit", "industry", "level", "verdict", "advance"];
  const plants = {};
  let dialog = null;
  let origin = null; // where the reader came from: the event starts there

  // -- the directory

  // text: {"columns": […], "rows": [[…], …]}; entries are added to those known
  cp.loadDirectory = (text) => {
    if (!text) { return; }
    const content = JSON.parse(text);
    content.rows.forEach((row) => {
      const entry = {};
      content.columns.forEach((name, at) => { entry[name] = row[at]; });
      plants[entry.id] = entry;
    });
  };
  cp.plantWords = (id) => plants[id] ? plants[id].uscc : "";
  function nameOf(id) { return plants[id] ? plants[id].name : id; }

  // -- opening a plant

  function link(element, id) {
    const around = element.closest("[data-plant-link]") || document.querySelector("[data-plant-link]");
    return around ? around.dataset.plantLink.replace("{id}", encodeURIComponent(id)) : "";
  }
  cp.openPlant = (id, from) => {
    const event = new CustomEvent("cpaudit:plant", { bubbles: true, cancelable: true, detail: { id, name: nameOf(id) } });
    const taken = !(from?.isConnected ? from : document).dispatchEvent(event);
    if (taken) { close(); return; }
    const href = link(from || document.body, id);
    if (href) { location.href = href; } else { showFacts(id); }
  };
  // Names in tables become links that a keyboard reaches; where pages have addresses, real ones.
  cp.linkPlants = (root) => {
    cp.each(root, ".cp-plant:not([tabindex])", (a) => {
      a.tabIndex = 0;
      const href = link(a, a.dataset.plant);
      if (href) { a.href = href; } else { a.setAttribute("role", "button"); }
      a.title = "打开一企一档";
    });
    cp.each(root, "tr[data-place]:not([data-sourced])", (tr) => {
      tr.setAttribute("data-sourced", "");
      tr.cells[0].append(sourceButton(tr));
    });
    if (root.matches?.("tr[data-place]:not([data-sourced])")) {
      root.setAttribute("data-sourced", "");
      root.cells[0].append(sourceButton(root));
    }
  };
  function sourceButton(tr) {
    const button = cp.button("源", "这一行出自哪个文件、哪个单元格", () => { showPlace(JSON.parse(tr.dataset.place), tr); });
    button.className = "cp-source";
    return button;
  }

  document.addEventListener("click", (event) => {
    const on = event.target.closest?.(".cp-plant, .cp tr[data-place] > *");
    if (!on || event.target.closest("button") || event.defaultPrevented) { return; }
    if (on.matches(".cp-plant")) {
      if (on.href && (event.ctrlKey || event.metaKey || event.shiftKey)) { return; }
      event.preventDefault();
      cp.openPlant(on.dataset.plant, from(on));
    } else if (!String(getSelection())) {
      showPlace(JSON.parse(on.parentNode.dataset.place), on.parentNode);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches && event.target.matches(".cp-plant:not([href])")) { event.target.click(); }
  });
  function from(element) { return element.closest(".cp-dialog") ? origin : element; }

  // -- the dialog

  function open(title, start) {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "cp cp-dialog";
      dialog.setAttribute("aria-labelledby", "cp-dialog-title");
      dialog.addEventListener("click", (event) => { if (event.target === dialog) { close(); } });
    }
    document.body.append(dialog); // last, so above all
    dialog.classList.toggle("cp-dark", cp.isDark());
    if (start) { origin = start; }
    const head = document.createElement("h2"), body = document.createElement("div"), shut = cp.button("关闭", "关闭", close);
    head.id = "cp-dialog-title";
    head.textContent = title;
    shut.classList.add("cp-close");
    dialog.replaceChildren(shut, head, body);
    if (!dialog.open) { dialog.showModal(); }
    shut.focus();
    return body;
  }
  function close() { if (dialog?.open) { dialog.close(); } }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) { made.className = className; }
    if (text !== undefined) { made.textContent = text; }
    return made;
  }

  function listTable(title, ids) {
    const box = element("div", "cp-table"), scroll = element("div", "cp-scroll"), table = document.createElement("table");
    const head = table.createTHead().insertRow(), body = table.createTBody(), heads = COLUMNS.map((name) => {
      const th = element("th", "cp-words", FACTS[name]);
      th.scope = "col";
      th.dataset.kind = name === "level" ? "level" : "text";
      if (name === "name") { th.dataset.plants = ""; }
      return th;
    });
    head.append(...heads);
    table.createCaption().textContent = title;
    ids.forEach((id) => {
      const tr = body.insertRow(), entry = plants[id] || { name: id };
      COLUMNS.forEach((name, at) => {
        const cell = element(at ? "td" : "th", "cp-words"), text = entry[name] || "";
        let inside = cell;
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
  cp.listPlants = (key, groups, start) => {
    const figure = start.closest(".cp-figure"), caption = figure ? figure.querySelector("figcaption").textContent : "";
    const body = open("", start), choice = document.createElement("select"), place = document.createElement("div");
    const all = Array.from(new Set(Object.values(groups).flat()));
    choice.setAttribute("aria-label", "图中的哪一部分");
    [""].concat(Object.keys(groups)).forEach((name) => {
      const option = element("option", "", name ? `${name}（${groups[name].length} 家）` : `图中全部（${all.length} 家）`);
      option.value = name;
      choice.append(option);
    });
    choice.value = key in groups ? key : "";
    function fill() {
      const ids = choice.value ? groups[choice.value] : all, title = choice.value || "图中全部企业";
      dialog.querySelector("h2").textContent = `${title}：${ids.length} 家企业`;
      place.replaceChildren(listTable(title + (caption ? `（${caption}）` : ""), ids));
      cp.linkPlants(place);
      cp.readyTables(place);
    }
    choice.addEventListener("change", fill);
    body.append(choice, place);
    fill();
  };

  function showFacts(id) {
    const entry = plants[id], body = open(nameOf(id));
    if (!entry) { body.append(element("p", "cp-text", "本页没有这家企业的更多信息。")); return; }
    body.append(facts(Object.keys(FACTS).map((key) => [FACTS[key], entry[key] || "—"])));
  }
  function showPlace(place, start) {
    const body = open("数据出处", start);
    body.append(facts([["文件", place[0]], ["工作表", place[1] || "—"], ["单元格", place[2] || "—"]]));
  }
  function facts(pairs) {
    const list = element("dl", "cp-facts");
    pairs.forEach((pair) => { list.append(element("dt", "", pair[0]), element("dd", "", pair[1])); });
    return list;
  }

  // -- the marks of a figure

  function behind(figure) {
    if (!figure.cpBehind) {
      const source = figure.querySelector(".cp-behind");
      figure.cpBehind = source ? JSON.parse(source.textContent) : { plants: {}, places: {} };
    }
    return figure.cpBehind;
  }
  function keyOf(point) {
    let data = point.customdata;
    while (Array.isArray(data)) { data = data[0]; }
    return data === undefined || data === null ? "" : String(data);
  }
  cp.watchMarks = (plot) => {
    plot.on("plotly_click", (event) => {
      const figure = plot.closest(".cp-figure"), known = behind(figure);
      const key = (event.points || []).map(keyOf).find((k) => k in known.plants || k in known.places);
      if (key === undefined) { return; }
      if (key in known.plants && known.plants[key].length === 1) { cp.openPlant(known.plants[key][0], figure); return; }
      if (key in known.plants) { cp.listPlants(key, known.plants, figure); } else { showPlace(known.places[key], figure); }
    });
  };

  cp.readyFigures = (root) => {
    cp.each(root, ".cp-figure:not([data-ready])", (figure) => {
      figure.setAttribute("data-ready", "");
      const tools = element("div", "cp-tools"), title = figure.querySelector("figcaption").textContent;
      function plot() { return figure.querySelector(".cp-plot"); }
      if (figure.querySelector(".cp-behind")) {
        figure.classList.add("cp-live");
        if (Object.keys(behind(figure).plants).length) {
          tools.append(cp.button("企业名单", "图中各部分是哪些企业", () => { cp.listPlants("", behind(figure).plants, figure); }));
        }
      }
      ["png", "svg"].forEach((format) => {
        tools.append(cp.button(format, `把图保存为 ${format}`, () => {
          cp.picture(plot(), format).then((url) => { cp.save(title, url, format); });
        }));
      });
      tools.append(cp.button("xlsx", "把图中的数据保存为 Excel 工作簿", () => { saveData(figure, plot().cpContent, title); }));
      figure.querySelector(".cp-canvas").after(tools);
    });
  };

  // -- the data of a figure

  function heading(axis, fallback) { return axis?.title?.text || fallback; }
  function plain(value) { // plotly reads a few tags and entities in texts
    if (typeof value !== "string") { return value === undefined ? null : value; }
    return value.replace(/<br>/g, " ").replace(/<\/?b>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
  }
  function tick(axis, value) { // places that stand for names go by these
    const at = axis?.tickvals && axis.ticktext ? axis.tickvals.indexOf(Math.round(value)) : -1;
    return plain(at >= 0 ? axis.ticktext[at] : value);
  }
  function saveData(figure, content, title) {
    const layout = content.layout, rows = [], head = ["系列", heading(layout.xaxis, "横轴"), heading(layout.yaxis, "纵轴"), "值", "标注"];
    content.data.forEach((trace) => {
      const name = plain(trace.name || "");
      if (trace.type === "heatmap") {
        trace.z.forEach((line, r) => {
          line.forEach((z, c) => {
            if (z === null || trace.showscale === false) { return; }
            const text = trace.text || trace.hovertext;
            rows.push([name, plain(trace.x ? trace.x[c] : c), plain(trace.y ? trace.y[r] : r), z, text ? plain(text[r][c]) : null]);
          });
        });
      } else if (trace.type === "sankey") {
        trace.link.value.forEach((n, i) => {
          rows.push([name, plain(trace.node.label[trace.link.source[i]]), plain(trace.node.label[trace.link.target[i]]), n, null]);
        });
      } else {
        (trace.x || []).forEach((x, i) => {
          const y = trace.y[i], text = Array.isArray(trace.text) ? plain(trace.text[i]) : null;
          if (x !== null && y !== null) { rows.push([name, tick(layout.xaxis, x), tick(layout.yaxis, y), null, text]); }
        });
      }
    });
    const note = figure.querySelector(".cp-note");
    const used = head.map((_, c) => rows.some((row) => row[c] !== null && row[c] !== ""));
    function keep(row) { return row.filter((_, c) => used[c]); }
    cp.saveWorkbook(figure, title, keep(head), rows.map(keep), note ? note.textContent : "");
  }
})();
