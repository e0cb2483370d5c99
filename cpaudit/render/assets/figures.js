// Draws the figures of a page: each .cp-plot gets the plotly figure that lies in the JSON script beside it.
// Light or dark follows the reader's choice, JupyterLab's theme, or the system's; paper is always light.
(() => {
  "use strict";
  const cp = globalThis.cpaudit = globalThis.cpaudit || {};

  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: false, // page.js has its own buttons; plotly's include one that uploads the figure to its maker
    locale: "zh-CN",
    doubleClick: "reset",
    plotlyServerURL: ""
  };
  const PAPER_WIDTH = 680; // A4 between the margins of page.css, in CSS pixels
  // The colours of theme.py that are ink, line or ground, by the variable of page.css that takes their place in the dark.
  const NEUTRAL = {
    "#1c2733": "--cp-ink", "#5a6775": "--cp-quiet", "#e3e8ee": "--cp-line", "#b9c2cc": "--cp-axis",
    "#1a4b8c": "--cp-accent", "#ffffff": "--cp-ground", "#eceff3": "--cp-tile"
  };
  const KEPT = "cpaudit-theme";
  let registered = false;

  cp.each = (root, selector, act) => {
    Array.prototype.forEach.call((root || document).querySelectorAll(selector), act);
  };

  // -- light and dark

  function chosen() {
    try { return localStorage.getItem(KEPT) || ""; } catch { return ""; }
  }
  function inLab() {
    return document.body.hasAttribute("data-jp-theme-light") && !globalThis.cpauditDashboard;
  }
  cp.isDark = () => {
    if (inLab()) { return document.body.getAttribute("data-jp-theme-light") === "false"; }
    if (chosen()) { return chosen() === "dark"; }
    return Boolean(globalThis.matchMedia && matchMedia("(prefers-color-scheme: dark)").matches);
  };
  cp.tint = (root) => {
    const dark = cp.isDark();
    for (let around = root.closest?.(".cp"); around; around = around.parentElement?.closest(".cp")) {
      around.classList.toggle("cp-dark", dark);
    }
    cp.each(root, ".cp", (part) => { part.classList.toggle("cp-dark", dark); });
  };
  cp.retint = () => {
    cp.tint(document);
    paintAll(plots(document, ".cp-plot[data-drawn]"));
    cp.each(document, ".cp-theme", (button) => { button.textContent = cp.isDark() ? "浅色" : "深色"; });
  };
  cp.setTheme = (name) => {
    try { if (name) { localStorage.setItem(KEPT, name); } else { localStorage.removeItem(KEPT); } } catch { /* private mode */ }
    cp.retint();
  };
  function addSwitch(root) {
    if (inLab()) { return; }
    cp.each(root, ".cp-header", (header) => {
      if (header.querySelector(".cp-theme")) { return; }
      const button = cp.button(cp.isDark() ? "浅色" : "深色", "切换浅色、深色显示", () => {
        cp.setTheme(cp.isDark() ? "light" : "dark");
      });
      button.classList.add("cp-theme");
      header.append(button);
    });
  }

  // Returns a copy of a figure's JSON with its neutral colours replaced by those of the page.
  function tinted(node, colours) {
    if (Array.isArray(node)) { return node.length > 400 ? node : node.map((x) => tinted(x, colours)); }
    if (node && typeof node === "object") {
      const copy = {};
      Object.keys(node).forEach((key) => { copy[key] = key === "customdata" ? node[key] : tinted(node[key], colours); });
      return copy;
    }
    return typeof node === "string" && colours[node.toLowerCase()] || node;
  }
  // Returns how figures look now, read from one of them: all stand on the same ground, and reading is slow between drawings.
  function look(plot) {
    const style = getComputedStyle(plot), colours = cp.isDark() && !cp.printing ? {} : null;
    if (colours) { Object.keys(NEUTRAL).forEach((c) => { colours[c] = style.getPropertyValue(NEUTRAL[c]).trim(); }); }
    return { colours, times: cp.printing ? 1 : parseFloat(style.getPropertyValue("--cp-scale")) || 1 };
  }

  // Returns a copy with type, margins and distances ``times`` as large, for a screen that is read from afar (--cp-scale).
  const LENGTHS = ["size", "l", "r", "t", "b", "thickness", "xshift", "yshift", "standoff", "pad", "itemwidth"];
  function enlarged(node, times) {
    if (Array.isArray(node)) { return node.length > 400 ? node : node.map((x) => enlarged(x, times)); }
    if (!node || typeof node !== "object") { return node; }
    const copy = {};
    Object.keys(node).forEach((key) => {
      const value = node[key];
      copy[key] = key === "customdata" ? value
        : typeof value === "number" && LENGTHS.indexOf(key) >= 0 ? value * times : enlarged(value, times);
    });
    return copy;
  }
  function inLarge(layout, times) {
    const copy = enlarged(layout, times);
    copy.legend = Object.assign({ itemwidth: 30 * times }, copy.legend);
    return copy;
  }

  // -- drawing

  function say(plot, sentence) {
    plot.textContent = sentence;
    plot.classList.add("cp-plot-failed");
  }

  function plots(root, selector) { return Array.from(root.querySelectorAll(selector)); }
  function paintAll(drawn, size) {
    const now = drawn.length && look(drawn[0]);
    drawn.forEach((plot) => { paint(plot, now, size); });
  }
  function paint(plot, now, size) {
    const times = now.times;
    let shown = now.colours ? tinted(plot.cpContent, now.colours) : plot.cpContent;
    plot.style.height = `${plot.cpHeight * times}px`;
    if (times !== 1) { shown = { data: enlarged(shown.data, times), layout: inLarge(shown.layout, times) }; }
    const layout = Object.assign({}, shown.layout, { height: plot.cpHeight * times }, size || {});
    const act = plot.cpDrawn ? "react" : "newPlot";
    return globalThis.Plotly[act](plot, shown.data, layout, config).then(() => {
      if (!plot.cpDrawn) { plot.cpDrawn = true; cp.watchMarks(plot); }
    });
  }

  function drawOne(plot, now) {
    const figure = plot.closest(".cp-figure");
    const source = figure?.querySelector('script[type="application/json"]');
    if (!source) { return null; }
    if (!globalThis.Plotly) {
      say(plot, "绘图组件没有加载，图形无法显示；请检查 assets 目录中的 plotly.min.js 是否与网页放在一起。");
      return null;
    }
    if (!registered) {
      globalThis.Plotly.register(cp.locale);
      registered = true;
    }
    plot.setAttribute("data-drawn", "pending");
    plot.classList.remove("cp-plot-failed");
    plot.cpHeight = parseInt(plot.style.height, 10) || 360;
    plot.cpContent = JSON.parse(source.textContent);
    plot.cpContent.layout.template = plot.cpContent.layout.template || cp.template;
    if (!plot.cpDrawn) { plot.textContent = ""; }
    return paint(plot, now).then(
      () => { plot.setAttribute("data-drawn", "true"); },
      () => {
        plot.setAttribute("data-drawn", "failed");
        say(plot, "图形绘制失败，请刷新页面重试。");
      }
    );
  }

  cp.drawFigures = (root) => {
    root = root || document;
    cp.tint(root);
    addSwitch(root);
    const fresh = plots(root, '.cp-figure .cp-plot:not([data-drawn]), .cp-figure .cp-plot[data-drawn="stale"]');
    const now = fresh.length && look(fresh[0]);
    return Promise.all(fresh.map((plot) => drawOne(plot, now)));
  };

  // Returns a picture of a figure as it is shared: light, with its title above and its note below.
  cp.picture = (plot, format) => {
    const figure = plot.closest(".cp-figure"), content = plot.cpContent, width = Math.max(plot.clientWidth, 720);
    const title = lines(figure.querySelector("figcaption").textContent, Math.floor(width / 17));
    const note = figure.querySelector(".cp-note"), below = note ? lines(note.textContent, Math.floor(width / 12)) : [];
    const margin = Object.assign({ l: 8, r: 16, t: 36, b: 36 }, content.layout.margin);
    const top = 14 + 22 * title.length, bottom = 12 + 16 * below.length;
    const height = plot.cpHeight + top + bottom;
    const texts = (content.layout.annotations || []).concat(
      words(title, 16, { y: 1, yanchor: "top", yshift: 0 }), words(below, 11, { y: 0, yanchor: "bottom" }));
    const layout = Object.assign({}, content.layout, {
      width, height, annotations: texts,
      margin: Object.assign({}, margin, { t: margin.t + top, b: margin.b + bottom })
    });
    return globalThis.Plotly.toImage({ data: content.data, layout, config },
      { format, width, height, scale: format === "png" ? 2 : 1 });
  };
  function words(text, size, place) {
    if (!text.length) { return []; }
    const safe = text.map((x) => x.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"));
    return [Object.assign({ x: 0, xref: "container", xanchor: "left", yref: "container", align: "left", showarrow: false,
      text: safe.join("<br>"), font: { size, color: size > 12 ? "#1c2733" : "#5a6775" } }, place)];
  }
  function lines(text, most) {
    const found = [];
    for (let at = 0; at < text.length; at += most) { found.push(text.slice(at, at + most)); }
    return found;
  }

  // -- paper

  function onPaper(printing) {
    cp.printing = printing;
    const size = printing ? { width: PAPER_WIDTH, autosize: false } : { width: undefined, autosize: true };
    paintAll(plots(document, '.cp-plot[data-drawn="true"]'), size);
  }
  globalThis.addEventListener("beforeprint", () => { onPaper(true); });
  globalThis.addEventListener("afterprint", () => { onPaper(false); });
  if (globalThis.matchMedia) { matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { cp.retint(); }); }
  new MutationObserver(() => { if (inLab()) { cp.retint(); } })
    .observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-jp-theme-light"] });
})();
