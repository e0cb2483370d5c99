// Brings a page to life. Offers globalThis.cpaudit.draw(root): call it after putting new blocks into the document.
(() => {
  "use strict";
  const cp = globalThis.cpaudit;
  let waiting = false;

  cp.draw = (root) => {
    cp.each(root, ".cp-directory", (source) => { cp.loadDirectory(source.textContent); });
    cp.linkPlants(root || document);
    cp.readyTables(root);
    cp.readyFigures(root);
    return cp.drawFigures(root);
  };
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
