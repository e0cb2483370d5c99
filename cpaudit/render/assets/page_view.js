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
  globalThis.cpauditPlotly = globalThis.cpauditPlotly || askKernel(model);
  return globalThis.cpauditPlotly.catch(() => { globalThis.cpauditPlotly = undefined; });
}

// A figure drawn while its place has no width yet would get the wrong one.
function placed(node) {
  if (node.offsetWidth > 0) return undefined;
  return new Promise((resolve) => {
    const watch = new ResizeObserver(() => {
      if (node.offsetWidth > 0) { watch.disconnect(); resolve(); }
    });
    watch.observe(node);
  });
}

// Puts the page in. A figure that stays by its id is never taken out of the document: its drawing, which then only
// changes, would be laid out anew, and that takes as long as drawing.
function put(page, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  settle(page, fresh.content);
}

const stays = (node) => node.dataset.figure || node.getAttribute("aria-labelledby"); // figures, and the sections around them

function settle(place, fresh) {
  const known = new Map([...place.children].filter(stays).map((node) => [stays(node), node]));
  const nodes = [...fresh.children].map((node) => {
    const old = stays(node) && known.get(stays(node));
    if (!old) return node;
    if (node.localName === "section") settle(old, node);
    else if (old.querySelector(".cp-plot").dataset.drawn === "true") refresh(old, node);
    else return node;
    return old;
  });
  const kept = new Set(nodes);
  for (const node of [...place.childNodes]) {
    if (!kept.has(node)) { if (node.localName) purge(node); node.remove(); }
  }
  let at = place.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else place.insertBefore(node, at);
  }
}

// Everything of a figure is new but its plot, which is drawn again where its data have changed.
function refresh(figure, fresh) {
  const canvas = figure.querySelector(".cp-canvas"), plot = canvas.firstElementChild, to = fresh.querySelector(".cp-plot");
  const data = (node) => node.querySelector("script").textContent;
  if (data(figure) !== data(fresh)) {
    plot.style.cssText = to.style.cssText;
    plot.dataset.drawn = "stale";
  }
  plot.setAttribute("aria-label", to.getAttribute("aria-label"));
  for (const node of [...figure.children]) if (node !== canvas) node.remove();
  const nodes = [...fresh.children], at = nodes.indexOf(to.parentElement);
  canvas.before(...nodes.slice(0, at));
  canvas.after(...nodes.slice(at + 1));
  figure.className = fresh.className;
  figure.dataset.n = fresh.dataset.n;
  delete figure.dataset.ready;
  delete figure.cpBehind;
}

function purge(root) {
  for (const plot of root.querySelectorAll(".cp-plot[data-drawn]")) globalThis.Plotly?.purge(plot);
}

function render({ model, el }) {
  const message = document.createElement("p");
  const status = document.createElement("p");
  const page = document.createElement("div");
  const back = document.createElement("button");
  el.classList.add("cp", "cp-view");
  message.className = "cp-caveat cp-bad";
  message.setAttribute("role", "alert");
  status.className = "cp-busy";
  status.setAttribute("role", "status");
  page.className = "cp-page";
  back.type = "button";
  back.className = "cp-button cp-back";
  back.addEventListener("click", goBack);
  el.addEventListener("cpaudit:plant", open);
  el.append(back, message, status, page);

  async function show() {
    put(page, model.get("html"));
    back.hidden = !model.get("back");
    back.textContent = `← 返回${model.get("back")}`;
    document.dispatchEvent(new Event("cpaudit:shown"));
    await Promise.all([plotly(model), placed(page)]);
    if (!globalThis.cpaudit?.draw) cpauditPage();
    globalThis.cpaudit.loadDirectory(model.get("directory"));
    await globalThis.cpaudit.draw(page);
    document.dispatchEvent(new CustomEvent("cpaudit:drawn", { detail: { page: el } }));
  }
  function open(event) {
    event.preventDefault();
    model.send({ kind: "plant", id: event.detail.id });
    el.scrollIntoView({ block: "start" });
  }
  function goBack() {
    model.send({ kind: "back" });
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
    if (query === location.search.slice(1)) return;
    const opened = new URLSearchParams(query).get("plant") !== new URLSearchParams(location.search).get("plant");
    const next = location.pathname + (query ? `?${query}` : "") + location.hash;
    history[opened ? "pushState" : "replaceState"](null, "", next); // the browser's way back leads out of a plant's file
  }
  function returned() {
    if (globalThis.cpauditDashboard) model.send({ kind: "query", query: location.search });
  }

  model.on("change:html", show);
  model.on("change:busy change:message", say);
  model.on("change:query", address);
  addEventListener("popstate", returned);
  say();
  show();
  return () => {
    model.off("change:html", show);
    model.off("change:busy change:message", say);
    model.off("change:query", address);
    el.removeEventListener("cpaudit:plant", open);
    removeEventListener("popstate", returned);
    purge(page);
  };
}

export default { render };
