// Brings a page to life. Offers globalThis.cpaudit.draw(root): call it after putting new blocks into the document.
(function () {
  "use strict";
  var cp = globalThis.cpaudit;

  cp.draw = function (root) {
    cp.each(root, ".cp-directory", function (source) { cp.loadDirectory(source.textContent); });
    cp.linkPlants(root || document);
    cp.readyTables(root);
    cp.readyFigures(root);
    return cp.drawFigures(root);
  };
  // A dashboard fetches the drawing library itself and draws when it is there.
  if (globalThis.cpauditDashboard) { return; }
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { cp.draw(document); });
  } else {
    cp.draw(document);
  }
})();
