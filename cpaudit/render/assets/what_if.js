// Sliders of one plant. Values go to the kernel, one message at a time; what they come to is painted when it arrives.

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function shown(control, value) {
  if (value === null) return "未填报";
  if (control.labels.length) return control.labels[place(control, value)];
  return `${Number(value.toFixed(6))} ${control.unit}`.trim();
}

function place(control, value) {
  const at = Math.round((value - control.start) / control.step);
  return Math.min(Math.max(at, 0), control.count);
}

function badge(node, level, label, colours) {
  node.textContent = label;
  node.className = "cp-wi-badge";
  node.style.background = colours.of[level] || "";
  node.style.color = colours.on[level] || "";
}

// The bands of the levels, from the worst on the left to level I on the right.
function bands(control, colours) {
  if (control.labels.length === 2) return `linear-gradient(to right, ${colours.of[4]} 0 50%, ${colours.of[1]} 50%)`;
  if (control.labels.length > 2) control = { ...control, marks: [[3, 1 / 6], [2, 3 / 6], [1, 5 / 6]] };
  const marks = [...control.marks].sort((a, b) => a[1] - b[1]);
  if (!marks.length) return "";
  const stops = [`${colours.of[4]} 0 ${marks[0][1] * 100}%`];
  marks.forEach(([level, at], n) => {
    const end = n + 1 < marks.length ? marks[n + 1][1] : 1;
    stops.push(`${colours.of[level]} ${at * 100}% ${end * 100}%`);
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

function slider(control, id, colours, moved) {
  const row = make("div", "cp-wi-row");
  const name = make("label", "cp-wi-name", control.name);
  name.htmlFor = id;
  if (control.limiting) name.append(make("span", "cp-wi-limiting", "限定性"));
  const track = make("div", "cp-wi-track");
  const band = make("div", "cp-wi-band");
  band.style.background = bands(control, colours);
  if (control.value !== null) {
    const mark = make("span", "cp-wi-mark");
    mark.style.left = `${(place(control, control.value) / control.count) * 100}%`;
    mark.title = `实测值 ${shown(control, control.value)}`;
    band.append(mark);
  }
  const input = make("input");
  Object.assign(input, { type: "range", id, min: 0, max: control.count, step: 1 });
  input.addEventListener("input", () => moved(Number((control.start + input.valueAsNumber * control.step).toFixed(control.digits))));
  track.append(band, input);
  if (control.asked) track.append(make("span", "cp-wi-asked", control.asked));
  const value = make("output", "cp-wi-value");
  value.htmlFor = id;
  const met = make("span");
  row.append(name, track, value, met);
  return {
    row,
    paint(now, level) {
      const text = shown(control, now);
      const at = now === null ? 0 : place(control, now);
      if (input.valueAsNumber !== at) input.value = at;
      value.textContent = text;
      value.classList.toggle("cp-wi-moved", now !== control.value);
      if (level === undefined) return;
      const label = level ? LEVELS[level] : "";
      badge(met, level, label, colours);
      const was = now === control.value ? "" : `，实测值 ${shown(control, control.value)}`;
      input.setAttribute("aria-valuetext", `${text}${label ? `，达到${label}` : ""}${was}`.replace("达到未达", "未达"));
    },
  };
}

const LEVELS = { 1: "Ⅰ级", 2: "Ⅱ级", 3: "Ⅲ级", 4: "未达Ⅲ级" };
const TARGETS = { attained: "good", not_attained: "bad", cannot_judge: "warn" };

function processPanel(process, several, colours) {
  const part = make("section", "cp-wi-process");
  const head = make("h4", "", several ? `${process.name}　` : "");
  const level = make("span");
  badge(level, process.level.level, process.level.label, colours);
  if (several) { part.append(head); head.append(level); }
  if (process.index) {
    const list = make("dl", "cp-wi-index");
    ["YⅠ", "YⅡ", "YⅢ"].forEach((label, n) => {
      const line = make("div");
      const bar = make("span", "cp-wi-bar");
      const fill = make("i");
      fill.style.width = `${process.index[n]}%`;
      fill.style.background = colours.of[n + 1];
      const need = make("b");
      need.style.left = `${process.needed[n]}%`;
      bar.append(fill, need);
      const told = make("dd", "", process.index[n]);
      told.append(make("small", "", `／须 ${process.needed[n]}`));
      line.append(make("dt", "", label), bar, told);
      list.append(line);
    });
    part.append(list);
  }
  for (const missing of [false, true]) {
    const mine = process.obstacles.filter((o) => o.missing === missing);
    if (!mine.length) continue;
    const above = process.above.label;
    const said = missing ? `下列指标没有实测值，不能判断是否满足${above}：` : `下列指标不满足${above}：`;
    part.append(make("p", "cp-wi-why", said));
    const list = make("ul");
    for (const o of mine) {
      const item = make("li", "", o.name);
      if (o.limiting) item.append(make("span", "cp-wi-limiting", "限定性，须满足"));
      item.append(make("small", "", `可得 ${o.points} 分`));
      list.append(item);
    }
    part.append(list);
  }
  return part;
}

function render({ model, el }) {
  const own = Math.random().toString(36).slice(2);
  const wait = 15000;
  el.classList.add("cp", "cp-wi");
  const given = model.get("case");
  const message = make("p", "cp-caveat cp-plain");
  message.setAttribute("role", "status");
  const told = () => {
    message.textContent = model.get("state").message || "";
    message.hidden = !message.textContent;
  };
  if (!given.controls) {
    el.append(message);
    told();
    return;
  }
  const colours = { of: given.colours, on: given.on };
  let values = [...model.get("state").values];
  let sent = 0;
  let answered = 0;
  let refused = model.get("state").refused;
  let waiting;
  let timer;

  function ask(kind) {
    if (sent > answered) { waiting = kind; return; }
    waiting = undefined;
    sent += 1;
    el.setAttribute("aria-busy", "true");
    model.send({ kind, seq: sent, by: own, values });
    timer = setTimeout(() => {
      answered = sent;
      message.textContent = "内核没有应答，请重新运行这一格。";
      message.hidden = false;
    }, wait);
  }

  const head = make("header", "cp-wi-head");
  const title = make("h3", "", `试算：${given.plant}（${given.period}）`);
  const reset = make("button", "", "恢复实测值");
  const way = make("button", "", "达到下一级的最省路");
  reset.type = way.type = "button";
  reset.addEventListener("click", () => ask("reset"));
  way.addEventListener("click", () => ask("way"));
  head.append(title, way, reset);

  const result = make("section", "cp-wi-result");
  result.setAttribute("aria-label", "试算结果");
  const level = make("span");
  const was = make("span", "cp-wi-was");
  const overall = make("p", "cp-wi-level", "企业整体　");
  overall.setAttribute("role", "status");
  overall.append(level, was);
  const detail = make("div");
  result.append(overall, detail);

  const groups = make("div", "cp-wi-sliders");
  const processes = [...new Set(given.controls.map((c) => c.process))];
  const sliders = given.controls.map((control, n) => slider(control, `${own}-${n}`, colours, (value) => {
    values[n] = value;
    sliders[n].paint(value);
    ask("values");
  }));
  for (const process of processes) {
    const group = make("fieldset");
    group.append(make("legend", "", process));
    given.controls.forEach((control, n) => { if (control.process === process) group.append(sliders[n].row); });
    groups.append(group);
  }
  groups.append(make("p", "cp-note", given.note));
  const body = make("div", "cp-wi-body");
  body.append(result, groups);
  el.append(head, message, body);

  function paint() {
    const { outcome, values: settled } = model.get("state");
    sliders.forEach((s, n) => s.paint(values[n], values[n] === settled[n] ? outcome.met[n] : undefined));
    badge(level, outcome.level.level, outcome.level.label, colours);
    was.textContent = outcome.level.level === given.level.level ? "" : `实测值为${given.level.label}`;
    detail.replaceChildren(...outcome.processes.map((p) => processPanel(p, processes.length > 1, colours)));
    const targets = make("ul", "cp-wi-targets");
    for (const t of outcome.targets) {
      const item = make("li");
      item.append(make("strong", `cp-${TARGETS[t.verdict]}`, t.said), make("span", "", `${t.label}（${t.clause}）`), make("small", "", t.reason));
      targets.append(item);
    }
    detail.append(targets);
    reset.disabled = given.controls.every((c, n) => c.value === values[n]);
  }

  function settle() {
    const state = model.get("state");
    told();
    const turnedDown = state.refused !== refused;
    refused = state.refused;
    if (turnedDown) answered = sent;
    else if (state.by === own) answered = Math.max(answered, state.seq);
    if (sent === answered) clearTimeout(timer);
    // A later move of this slider is on its way: what it was before is not put back.
    if (waiting !== "values") values = [...state.values];
    paint();
    if (sent === answered) el.removeAttribute("aria-busy");
    el.dataset.seq = String(state.seq);
    if (waiting) ask(waiting);
  }

  model.on("change:state", settle);
  told();
  paint();
  el.dataset.seq = "0";
  return () => { clearTimeout(timer); model.off("change:state", settle); };
}

export default { render };
