// The widget that shows a rendered page. cpauditPage, put before this text, holds page.js.
// plotly.js comes once per browser page: a host that loads it itself leaves a promise in globalThis.cpauditPlotly,
// otherwise (JupyterLab) the kernel is asked for the bundle.

function askKernel(model) {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => reject(new Error("no answer")), 60000);
    model.on("msg:custom", function receive(content, buffers) {
      if (content.kind !== "plotly") return;
      model.off("msg:custom", receive);
      clearTimeout(giveUp);
      // Neither a module loader of the host nor "module" may catch what the bundle exports.
      const parts = ["(function (module, exports, define) {", buffers[0], "\n}).call(globalThis);"];
      const script = document.createElement("script");
      script.src = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
      script.onload = () => { URL.revokeObjectURL(script.src); resolve(); };
      script.onerror = reject;
      document.head.append(script);
    });
    model.send({ kind: "plotly" });
  });
}

function plotly(model) {
  if (globalThis.Plotly) return Promise.resolve();
  globalThis.cpauditPlotly ||= askKernel(model);
  return globalThis.cpauditPlotly.catch(() => { globalThis.cpauditPlotly = undefined; });
}

// A figure drawn while its place has no width yet would get the wrong one.
function placed(node) {
  return new Promise((resolve) => {
    const watch = new ResizeObserver(() => {
      if (node.offsetWidth > 0) { watch.disconnect(); resolve(); }
    });
    watch.observe(node);
  });
}

function purge(root) {
  for (const plot of root.querySelectorAll(".cp-plot[data-drawn]")) globalThis.Plotly?.purge(plot);
}

function render({ model, el }) {
  const message = document.createElement("p");
  const status = document.createElement("p");
  const page = document.createElement("div");
  el.classList.add("cp", "cp-view");
  message.className = "cp-caveat cp-bad";
  message.setAttribute("role", "alert");
  status.className = "cp-busy";
  status.setAttribute("role", "status");
  page.className = "cp-page";
  el.append(message, status, page);

  async function show() {
    purge(page);
    page.innerHTML = model.get("html");
    document.dispatchEvent(new Event("cpaudit:shown"));
    await Promise.all([plotly(model), placed(page)]);
    if (!globalThis.cpaudit) cpauditPage();
    await globalThis.cpaudit.draw(page);
  }
  function say() {
    message.textContent = model.get("message");
    message.hidden = !message.textContent;
    status.textContent = model.get("busy");
    el.setAttribute("aria-busy", String(Boolean(status.textContent)));
  }
  function address() {
    if (!globalThis.cpauditDashboard) return; // a notebook's address is not ours
    const query = model.get("query");
    history.replaceState(null, "", location.pathname + (query ? "?" + query : "") + location.hash);
  }

  model.on("change:html", show);
  model.on("change:busy change:message", say);
  model.on("change:query", address);
  say();
  show();
  return () => {
    model.off("change:html", show);
    model.off("change:busy change:message", say);
    model.off("change:query", address);
    purge(page);
  };
}

export default { render };
