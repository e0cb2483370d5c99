// What a dashboard says while the kernel works, and when it is gone. The page calls voila_process for each cell,
// voila_heartbeat while one takes long, and voila_finish when all have run.
(() => {
  "use strict";
  const PATIENCE = 36; // heartbeats (5 s each) without progress
  const ASK_MS = 10000;
  const page = globalThis.cpauditDashboard;
  const prefix = document.currentScript.src.replace(/[^/]*$/, "");
  let beats = 0;
  let failures = 0;
  let closing = false;

  function find(id) { return document.getElementById(id); }
  function say(text) {
    const line = find("cp-progress");
    if (line) { line.textContent = text; }
  }
  function uncover() {
    const cover = find("cp-loading");
    if (cover) { cover.remove(); }
  }
  function giveUp() {
    const cover = find("cp-loading");
    if (cover) {
      cover.innerHTML = '<p class="cp-caveat cp-bad" role="alert">等了很久页面仍未显示，服务可能正忙。请<a href="">刷新页面</a>；若仍不行，请联系维护人员。</p>';
    }
  }
  function load(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = prefix + name;
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }

  window.voila_process = (cell, count) => {
    beats = 0;
    say(`正在读取数据和计算（第 ${cell} 步，共 ${count} 步）……`);
  };
  window.voila_heartbeat = () => {
    beats += 1;
    if (beats >= PATIENCE) { giveUp(); } else { say(`仍在计算，请稍候（已 ${beats * 5} 秒）……`); }
  };
  window.display_cells = () => {};
  window.voila_finish = () => {
    const drawn = page.drawn || Promise.resolve();
    if (document.querySelector(".cp-failed")) { uncover(); return; }
    say("正在绘制页面……");
    setTimeout(giveUp, 60000);
    // The widgets' software is large: it comes when the page can be read already.
    drawn.then(() => load("static/voila-style.js")).then(() => load("static/voila.js"));
  };

  // The page is there before the widgets that will change it: it is drawn at once, and taken over by its widget later.
  page.early = () => {
    const early = document.querySelector(".cp-early");
    uncover();
    page.drawn = Promise.all([globalThis.cpauditPlotly, globalThis.cpaudit?.draw || load("page.js")])
      .then(() => globalThis.cpaudit.draw(early)).catch(() => {});
  };
  // What an own notebook shows without a widget: it is there for good.
  page.shown = () => {
    const places = document.querySelectorAll(".cp-drawn");
    const last = places[places.length - 1];
    uncover();
    page.drawn = Promise.all([globalThis.cpauditPlotly, globalThis.cpaudit?.draw || load("page.js")])
      .then(() => globalThis.cpaudit.draw(last)).catch(() => {});
  };
  document.addEventListener("cpaudit:shown", () => {
    const early = document.querySelector(".cp-early");
    uncover();
    if (!early) { return; }
    const target = Array.prototype.find.call(document.querySelectorAll(".cp-view:not(.cp-early) .cp-page"), (place) => place.childElementCount);
    if (target) { target.replaceChildren(...early.querySelector(".cp-page").childNodes); }
    early.remove();
  });

  function kernel() {
    const config = find("jupyter-config-data");
    return config ? JSON.parse(config.textContent).kernelId : "";
  }
  // A kernel that was ended (service restarted, page left alone for long) no longer answers: say so.
  function check() {
    if (!kernel() || closing) { return; }
    fetch(`${page.baseUrl}state/${kernel()}`).then((answer) => {
      if (!answer.ok) { return { alive: false }; }
      return answer.json();
    }).then(
      (state) => {
        failures = state.alive ? 0 : 2;
        if (state.newer) { find("cp-newer").hidden = false; }
        if (state.why) { failures = 2; find("cp-why").textContent = state.why; }
      },
      () => { failures += 1; }
    ).then(() => { find("cp-lost").hidden = failures < 2; });
  }
  setInterval(check, ASK_MS);

  // Dark from the first moment; page.js, which comes later, knows the rest.
  page.tint = () => {
    let chosen = "";
    try { chosen = localStorage.getItem("cpaudit-theme"); } catch { /* private mode */ }
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.body.classList.toggle("cp-dark", dark);
  };

  // -- the menu: other dashboards show the same selection; the link and the paper say what is shown

  function keepSelection() {
    const query = new URLSearchParams(location.search);
    query.delete("plant"); // a plant's file and a benefit belong to their page
    query.delete("benefit");
    document.querySelectorAll(".cp-menu a").forEach((link) => { link.search = query.toString().replace(/%2C/g, ","); });
  }
  function copyLink() {
    function said(text) { find("cp-copied").textContent = text; }
    function byHand() {
      const field = document.createElement("textarea");
      field.value = location.href;
      document.body.append(field);
      field.select();
      said(document.execCommand("copy") ? "已复制" : "请从地址栏复制");
      field.remove();
    }
    // Browsers offer the clipboard to https only; an intranet's address is often http.
    if (navigator.clipboard) { navigator.clipboard.writeText(location.href).then(() => { said("已复制"); }, byHand); } else { byHand(); }
    setTimeout(() => { said(""); }, 4000);
  }
  function sayWhatIsPrinted() {
    const chosen = [];
    document.querySelectorAll(".cp-filters .widget-inline-hbox").forEach((control) => {
      const label = control.querySelector("label"), field = control.querySelector("select, input");
      const value = field && (field.selectedOptions ? field.selectedOptions[0]?.textContent : field.value);
      if (label && value) { chosen.push(`${label.textContent.trim()} ${value.trim()}`); }
    });
    find("cp-printed").textContent = `打印条件：${chosen.join("；")}。打印时间：${new Date().toLocaleString("zh-CN", { hour12: false })}。`;
  }
  document.addEventListener("DOMContentLoaded", () => {
    keepSelection();
    find("cp-copy").addEventListener("click", copyLink);
    find("cp-print").addEventListener("click", () => { window.print(); });
    find("cp-more").addEventListener("click", () => {
      const open = document.body.classList.toggle("cp-all-filters");
      find("cp-more").setAttribute("aria-expanded", open);
    });
  });
  document.addEventListener("cpaudit:drawn", keepSelection);
  window.addEventListener("beforeprint", sayWhatIsPrinted);

  // Leaving the page frees its kernel at once; one that the browser keeps for “back” is fetched anew.
  window.addEventListener("pagehide", () => {
    closing = true;
    if (kernel()) { navigator.sendBeacon(`${page.baseUrl}voila/api/shutdown/${kernel()}`); }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) { location.reload(); }
  });
})();
