// Brings a page to life. Offers globalThis.cpaudit.draw(root): call it after putting new blocks into the document.
(() => {
  "use strict";
  const cp = globalThis.cpaudit;
  let waiting = false;

  cp.draw = (root) => {
    cp.each(root, ".cp-directory", (source) => { cp.loadDirectory(source.textContent); });
    cp.linkPlants(root || document);
    linkUnits(root || document);
    cp.readyTables(root);
    cp.readyFigures(root);
    return cp.drawFigures(root);
  };
  // Names of units lead to their part of the page where it can be chosen by its address: in a dashboard, live or exported.
  function linkUnits(root) {
    if (!globalThis.cpauditDashboard && !globalThis.cpauditStatic) { return; }
    cp.each(root, ".cp-unit-name:not(:has(a))", (name) => {
      const a = document.createElement("a"), given = new URLSearchParams(location.search);
      given.set("unit", name.dataset.unit);
      a.href = `?${given}`;
      a.title = "只看这个单位";
      a.append(...name.childNodes);
      a.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) { return; }
        try { history.pushState(null, "", a.href); } catch { return; } // a file's address can't be changed: it is opened
        event.preventDefault();
        dispatchEvent(new PopStateEvent("popstate"));
        scrollTo(0, 0);
      });
      name.append(a);
    });
  }
  // A dashboard fetches the drawing library itself and draws when it is there.
  if (globalThis.cpauditDashboard) { return; }
  // JupyterLab draws figures itself, or a widget asks for it; the tables among a notebook's outputs come and go.
  if (document.body?.hasAttribute("data-jp-theme-light")) {
    new MutationObserver(() => {
      if (!waiting) { waiting = true; requestAnimationFrame(enliven); }
    }).observe(document.body, { childList: true, subtree: true });
    enliven();
    return;
  }
  function enliven() {
    waiting = false;
    cp.each(document, ".cp-directory:not([data-ready])", (source) => {
      source.setAttribute("data-ready", "");
      cp.loadDirectory(source.textContent);
    });
    cp.linkPlants(document);
    cp.readyTables(document);
    cp.tint(document);
  }
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => { cp.draw(document); });
  } else {
    cp.draw(document);
  }
})();
