// An exported dashboard under the reader's hand: the filters, the link and the browser's way back choose among pages that
// were computed beforehand. They lie in scripts under data/ (from a folder a page may load scripts, nothing else), which
// call cpauditStatic.receive with deflated HTML.
(() => {
  "use strict";
  const ALL = "all";
  const OLD = "浏览器版本较旧，不能切换范围，只能看打开时的这一页；请换用新版的 Edge、Chrome 或 Firefox。";
  const NEWER = "看板文件已经更新，请刷新本页后再选。";
  const MISSING = "这一部分的文件没有找到，请检查 data 文件夹是否与网页放在一起、是否完整。";
  const DAMAGED = "这一部分的文件已损坏，请重新导出看板。";
  const FIXED = "静态看板只能按辖区和行业选，日期固定；链接中的其他条件没有生效。";
  const about = JSON.parse(find("cp-static").textContent);
  const view = document.querySelector(".cp-view"), page = view.querySelector(".cp-page"), busy = view.querySelector(".cp-busy");
  const selects = { plant: find("cp-plant"), unit: find("cp-unit"), industry: find("cp-industry") };
  const back = find("cp-back"), reset = find("cp-reset");
  const waiting = new Map(), kept = new Map([[about.opening, Promise.resolve(page.innerHTML)]]);
  let rows = []; // of the directory: plant, name, unit, trade
  let state = null, turn = 0, left = 0;

  function find(id) { return document.getElementById(id); }
  function say(text) {
    find("cp-said").textContent = text;
    find("cp-said").hidden = !text;
  }

  // -- pages from files

  globalThis.cpauditStatic = {
    receive(name, edition, text) {
      const asked = waiting.get(name);
      if (!asked) { return; }
      if (edition !== about.edition) { asked.refuse(new Error(NEWER)); return; }
      inflated(text).then(asked.take, () => { asked.refuse(new Error(DAMAGED)); });
    }
  };
  function inflated(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
  }
  function load(name) {
    if (kept.has(name)) { return kept.get(name); }
    const script = document.createElement("script");
    const coming = new Promise((take, refuse) => {
      if (!globalThis.DecompressionStream) { refuse(new Error(OLD)); return; }
      waiting.set(name, { take, refuse });
      script.onload = () => { script.remove(); };
      script.onerror = () => { script.remove(); refuse(new Error(MISSING)); };
      script.src = `data/${name}.js?${about.edition}`;
      document.head.append(script);
    });
    kept.set(name, coming);
    coming.catch(() => { kept.delete(name); }).then(() => { waiting.delete(name); });
    return coming;
  }

  // -- what is chosen

  function fits(row, chosen) {
    return (!chosen.unit || row.unit === chosen.unit) && (!chosen.industry || row.industry === chosen.industry);
  }
  // Returns the name of the file that shows what is chosen; '' where nothing is there.
  function nameOf(chosen) {
    if (chosen.plant) {
      const at = rows.findIndex((row) => row.id === chosen.plant);
      return at < 0 || !about.plants ? "" : `plants/${String(at + 1).padStart(4, "0")}`;
    }
    if (about.onePlant || !rows.some((row) => fits(row, chosen))) { return ""; }
    return `${about.board}/${chosen.unit || ALL}/${chosen.industry || ALL}`;
  }
  // Completes what is chosen: a page that needs one trade has one, the page of a plant shows one that the filters leave.
  function complete(chosen) {
    const whole = Object.assign({ unit: "", industry: "", plant: "" }, chosen);
    if (about.one && !whole[about.one]) { whole[about.one] = about.opening.split("/")[about.one === "unit" ? 1 : 2]; }
    if (about.onePlant) {
      const there = rows.filter((row) => fits(row, whole));
      if (!there.some((row) => row.id === whole.plant)) { whole.plant = there.length ? there[0].id : ""; }
    }
    return whole;
  }
  // Reads a link, ?unit=…&industry=… or the same after #, by code or by name.
  function read() {
    const hash = location.hash.slice(1);
    const given = new URLSearchParams(location.search || (hash.includes("=") ? hash : ""));
    const chosen = {};
    let strange = false;
    given.forEach((text, key) => {
      if (key === "plant") { chosen.plant = text; return; }
      const known = (key === "unit" || key === "industry") && selects[key]; // not what every object has, toString and such
      const options = known ? Array.from(known.options) : [];
      const option = options.find((o) => text && (o.value === text || o.text === text));
      if (option) { chosen[key] = option.value; } else if (text) { strange = true; }
    });
    say(strange ? FIXED : "");
    return complete(chosen);
  }
  function query(chosen) {
    const given = new URLSearchParams();
    ["unit", "industry", "plant"].forEach((key) => { if (chosen[key]) { given.set(key, chosen[key]); } });
    return String(given);
  }
  function address(chosen) {
    const text = query(chosen);
    try {
      history.pushState(null, "", location.pathname + (text ? `?${text}` : ""));
    } catch { location.hash = text; } // browsers that allow no other address for a file
  }

  // -- showing it

  function controls(chosen) {
    if (about.onePlant) {
      const options = rows.filter((row) => fits(row, chosen)).map((row) => {
        const option = document.createElement("option");
        option.value = row.id;
        option.textContent = row.name;
        return option;
      });
      selects.plant.replaceChildren(...options);
    }
    Object.keys(selects).forEach((key) => { if (selects[key]) { selects[key].value = chosen[key]; } });
    reset.disabled = !chosen.unit && !chosen.industry;
    back.hidden = about.onePlant || !chosen.plant;
    // The other dashboards open with the same unit and trade.
    document.querySelectorAll(".cp-menu a").forEach((a) => {
      const same = query({ unit: chosen.unit, industry: chosen.industry });
      a.href = a.getAttribute("href").split("?")[0] + (same ? `?${same}` : "");
    });
  }
  function nothing(chosen) {
    const header = document.createElement("header"), title = document.createElement("h1"), words = document.createElement("p");
    const names = ["unit", "industry"].filter((key) => chosen[key])
      .map((key) => selects[key].selectedOptions[0].text);
    header.className = "cp-header";
    title.textContent = about.title;
    header.append(title);
    words.className = "cp-caveat cp-plain";
    words.setAttribute("role", "note");
    words.textContent = chosen.plant ? "名单中没有链接所指的企业，请从上方重新选择。"
      : `${names.join("、")}没有企业列入名单，请换一个辖区或行业，或点“恢复全部”。`;
    put("");
    page.append(header, words);
  }
  function put(html) {
    page.querySelectorAll(".cp-plot[data-drawn]").forEach((plot) => { globalThis.Plotly?.purge(plot); });
    page.innerHTML = html;
  }
  function show(chosen, linked) {
    const mine = turn += 1, name = nameOf(chosen), opens = chosen.plant && !state?.plant && !about.onePlant;
    const closes = state?.plant && !chosen.plant;
    if (opens) { left = scrollY; }
    const before = state;
    state = chosen;
    controls(chosen);
    if (!linked) { say(""); }
    view.setAttribute("aria-busy", "true");
    busy.textContent = "正在读取……";
    return (name ? load(name) : Promise.resolve("")).then((html) => {
      if (mine !== turn) { return; }
      if (name) { put(html); } else { nothing(chosen); }
      if (!linked) { address(chosen); }
      document.title = page.querySelector("h1").textContent;
      if (opens) { view.scrollIntoView({ block: "start" }); back.focus({ preventScroll: true }); }
      const drawn = globalThis.cpaudit.draw(page);
      if (closes) { scrollTo(0, left); }
      return drawn;
    }).catch((error) => {
      if (mine !== turn) { return; }
      say(error.message);
      if (before) { state = before; controls(before); }
    }).then(() => {
      if (mine !== turn) { return; }
      busy.textContent = "";
      view.setAttribute("aria-busy", "false");
    });
  }

  ["unit", "industry"].forEach((key) => {
    selects[key].addEventListener("change", () => {
      show(complete({ unit: selects.unit.value, industry: selects.industry.value, plant: about.onePlant ? state.plant : "" }));
    });
  });
  if (selects.plant) {
    selects.plant.addEventListener("change", () => { show(Object.assign({}, state, { plant: selects.plant.value })); });
  }
  reset.addEventListener("click", () => { show(complete({})); });
  back.addEventListener("click", () => { show(Object.assign({}, state, { plant: "" })); });
  document.addEventListener("cpaudit:plant", (event) => {
    const next = Object.assign({}, state, { plant: event.detail.id });
    if (about.onePlant && !rows.some((row) => row.id === next.plant && fits(row, next))) {
      next.unit = next.industry = "";
    }
    if (!nameOf(next)) { return; }
    event.preventDefault();
    show(next);
  });
  addEventListener("popstate", () => {
    const next = read();
    if (query(next) !== query(state)) { show(next, true); }
  });

  // What a link asks for takes the place of the page before that is drawn.
  const asked = Boolean(location.search || location.hash.includes("="));
  if (asked) { page.replaceChildren(); }
  document.addEventListener("DOMContentLoaded", () => {
    const known = globalThis.cpauditDirectory;
    if (known && known.edition === about.edition) {
      const names = known.plants.columns;
      rows = known.plants.rows.map((row, at) => {
        const place = known.plants.places[at];
        return { id: row[names.indexOf("id")], name: row[names.indexOf("name")], unit: place[0], industry: place[1] };
      });
      globalThis.cpaudit.loadDirectory(JSON.stringify(known.plants));
    } else { say(known ? NEWER : MISSING); }
    const first = read();
    if (asked) { show(first, true); } else { state = first; controls(first); }
  });
})();
