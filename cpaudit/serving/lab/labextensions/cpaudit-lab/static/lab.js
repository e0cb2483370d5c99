// The desk's own part of JupyterLab: a list of the questions at the left, and “new question from a template”.
// Written as the container that JupyterLab's loader expects, so that nothing needs to be built.
(() => {
  "use strict";
  const NEW = "cpaudit-lab:new";
  const PUBLISH = "cpaudit-lab:publish";
  const REPORT = "cpaudit-lab:report";
  // Where things lie below the folder that is open; in a workspace its own places, dashboards among them.
  const OUTSIDE = { questions: "", reports: "reports", templates: "templates" };
  const LIST = "dashboards.yaml";
  const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161"
    d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 17h-2v-2h2zm2-7.7-.9 1c-.8.7-1.1 1.3-1.1 2.7h-2v-.5c0-1.1.4-2.1 1.2-2.8l1.2-1.3A2 2 0
    1 0 10 9H8a4 4 0 1 1 7 2.3z"/></svg>`;
  let shared;

  // A module of JupyterLab's own, in the version that it runs.
  async function lab(name) {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  }

  function told() {
    const config = document.getElementById("jupyter-config-data");
    return (config ? JSON.parse(config.textContent).cpauditPlaces : undefined) ?? OUTSIDE;
  }
  const within = (folder, name) => (folder ? `${folder}/${name}` : name);

  const make = (tag, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  // What a notebook calls itself: the title among its metadata or its first heading, and the paragraph below.
  function described(path, content) {
    const texts = content.cells.filter((c) => c.cell_type === "markdown").map((c) => [c.source].flat().join(""));
    const [, heading, rest] = (texts[0] ?? "").match(/^# (.+)\n*([^]*)/) ?? [];
    const name = path.split("/").pop().replace(/\.ipynb$/, "");
    return {
      path,
      title: content.metadata.title ?? heading ?? name,
      about: (heading ? rest : texts[0] ?? "").split("\n\n")[0].replace(/\*\*|`/g, ""),
    };
  }

  async function notebooks(contents, folder) {
    const listed = await contents.get(folder, { content: true }).catch(() => ({ content: [] }));
    const paths = listed.content.filter((f) => f.type === "notebook").map((f) => f.path);
    const read = async (path) => described(path, (await contents.get(path, { type: "notebook", content: true })).content);
    const found = await Promise.allSettled(paths.sort().map(read));
    return found.filter((f) => f.status === "fulfilled").map((f) => f.value);
  }

  function list(open, items) {
    const entry = (item) => {
      const button = make("button", { type: "button", title: item.path }, make("strong", {}, item.title));
      if (item.about) button.append(make("span", {}, item.about));
      button.dataset.path = item.path;
      button.addEventListener("click", () => open(item.path));
      return make("li", {}, button);
    };
    return make("ul", {}, ...items.map(entry));
  }

  function panel(app, { Widget }, icon) {
    const widget = new Widget();
    widget.id = "cpaudit-questions";
    widget.addClass("cpaudit-questions");
    Object.assign(widget.title, { icon, caption: "问题：一个笔记本回答一个问题" });
    const contents = app.serviceManager.contents;
    const open = (path) => app.commands.execute("docmanager:open", { path });
    const renew = async () => {
      const [questions, reports] = await Promise.all([told().questions, told().reports].map((folder) => notebooks(contents, folder)));
      const create = make("button", { type: "button", className: "cpaudit-new" }, "从模板新建问题…");
      create.addEventListener("click", () => app.commands.execute(NEW));
      widget.node.replaceChildren(make("h2", {}, "问题"), list(open, questions), create);
      if (reports.length) widget.node.append(make("h2", {}, "报告"), list(open, reports));
    };
    let waiting;
    contents.fileChanged.connect(() => {
      clearTimeout(waiting);
      waiting = setTimeout(renew, 500);
    });
    void renew();
    return widget;
  }

  // Asks which template and what the question is called; resolves to null when cancelled.
  async function ask(templates, { Dialog, showDialog }, { Widget }) {
    const about = make("p", {}, templates[0].about);
    const choice = make("select", { className: "jp-mod-styled" }, ...templates.map((t) => make("option", { value: t.path }, t.title)));
    const name = make("input", { className: "jp-mod-styled", placeholder: "如：唐山市钢铁企业为什么逾期", maxLength: 60 });
    choice.addEventListener("change", () => about.replaceChildren(templates[choice.selectedIndex].about));
    const body = new Widget({
      node: make("div", { className: "cpaudit-ask" }, make("label", {}, "模板", choice), about, make("label", {}, "问题", name)),
    });
    body.getValue = () => ({ template: choice.value, name: name.value.trim() });
    const answer = await showDialog({
      title: "从模板新建问题",
      body,
      focusNodeSelector: "input",
      buttons: [Dialog.cancelButton({ label: "取消" }), Dialog.okButton({ label: "新建" })],
    });
    return answer.button.accept ? answer.value : null;
  }

  async function create(contents, { template, name }) {
    if (!name) throw new Error("请写明问题，它同时是笔记本的文件名。");
    if (/[\\/:*?"<>|]|^\./.test(name)) throw new Error(`“${name}”不能作文件名，请不要用 \\ / : * ? " < > | 和开头的句点。`);
    const path = within(told().questions, `${name}.ipynb`);
    const listed = await contents.get(told().questions, { content: true });
    if (listed.content.some((f) => f.path === path)) throw new Error(`已有名为“${name}”的笔记本，请换一个名称。`);
    const { content } = await contents.get(template, { type: "notebook", content: true });
    delete content.metadata.title;
    const first = content.cells.find((c) => c.cell_type === "markdown");
    first.source = [first.source].flat().join("").replace(/^# .*/, () => `# ${name}`);
    await contents.save(path, { type: "notebook", format: "json", content });
    return path;
  }

  // The notebook at hand, saved and without results, as a file of another folder; what stands there stays.
  async function copied(app, contents, folder) {
    const { context } = app.shell.currentWidget;
    await context.save();
    const name = context.path.split("/").pop();
    const path = within(folder, name);
    if (path === context.path) throw new Error(`“${name}”已经在 ${folder} 目录中。`);
    const listed = await contents.get(folder, { content: true });
    if (listed.content.some((f) => f.name === name)) throw new Error(`${folder} 目录中已有“${name}”，没有覆盖；请先改名。`);
    const { content } = await contents.get(context.path, { type: "notebook", content: true });
    content.cells.filter((c) => c.cell_type === "code").forEach((c) => Object.assign(c, { outputs: [], execution_count: null }));
    return { path, name, content, save: () => contents.save(path, { type: "notebook", format: "json", content }) };
  }

  async function publish(app, contents, { title, readers }) {
    if (!title) throw new Error("请写明看板的名称，它显示在看板的菜单里。");
    const folder = told().dashboards;
    const made = await copied(app, contents, folder);
    const list = within(folder, LIST);
    const { content: text } = await contents.get(list, { type: "file", format: "text", content: true });
    const lines = text.replace(/^dashboards:[ \t]*\[[ \t]*\][ \t]*$/m, "dashboards:").trimEnd();
    if (!/^dashboards:[ \t]*$/m.test(lines)) throw new Error(`${list} 不是一行一项的写法，请手工添加这个看板。`);
    const taken = [...lines.matchAll(/\bid:\s*([a-z][a-z0-9-]*)/g)].map((found) => found[1]);
    let number = 1;
    while (taken.includes(`own-${number}`)) number += 1;
    const orders = [...lines.matchAll(/\border:\s*(\d+)/g)].map((found) => Number(found[1]));
    const entry = [
      `  - id: own-${number}`, `    title: ${JSON.stringify(title)}`, `    notebook: ${JSON.stringify(made.name)}`,
      `    order: ${Math.max(9, ...orders) + 1}`, `    readers: ${JSON.stringify(readers)}`,
    ];
    await made.save();
    await contents.save(list, { type: "file", format: "text", content: `${lines}\n${entry.join("\n")}\n` });
    return `已复制到 ${made.path}，并写入 ${list}。重新启动看板后，菜单里就有“${title}”。`;
  }

  async function makeReport(app, contents) {
    const made = await copied(app, contents, told().reports);
    const tagged = (cell) => (cell.metadata.tags ?? []).includes("parameters");
    if (!made.content.cells.some(tagged)) {
      const source = 'as_of = ""\nprogramme = ""\nwarehouse = ""';
      const cell = { cell_type: "code", metadata: { tags: ["parameters"] }, source, outputs: [], execution_count: null };
      made.content.cells.unshift(made.content.nbformat_minor >= 5 ? { ...cell, id: "parameters" } : cell);
    }
    await made.save();
    const kind = made.name.replace(/\.ipynb$/, "");
    return `已复制到 ${made.path}。请把打开数据的一行改为 cp.open(as_of, warehouse=warehouse, programme=programme)，`
      + `再用 cpaudit report --kind ${kind} 生成。`;
  }

  async function askForBoard(path, { Dialog, showDialog }, { Widget }) {
    const title = make("input", { className: "jp-mod-styled", value: path.split("/").pop().replace(/\.ipynb$/, ""), maxLength: 30 });
    const readers = make("input", { className: "jp-mod-styled", placeholder: "如：水生态环境处", maxLength: 60 });
    const body = new Widget({
      node: make("div", { className: "cpaudit-ask" }, make("label", {}, "名称", title), make("label", {}, "给谁看", readers)),
    });
    body.getValue = () => ({ title: title.value.trim(), readers: readers.value.trim() });
    const buttons = [Dialog.cancelButton({ label: "取消" }), Dialog.okButton({ label: "发布" })];
    const answer = await showDialog({ title: "发布为看板", body, focusNodeSelector: "input", buttons });
    return answer.button.accept ? answer.value : null;
  }

  // In a workspace: the notebook at hand becomes a dashboard, or a kind of report.
  function addOwn(app, { apputils, widgets }, palette, menu) {
    const contents = app.serviceManager.contents;
    const path = () => app.shell.currentWidget?.context?.path ?? "";
    const act = (label, work) => async () => {
      const { Dialog, showDialog, showErrorMessage } = apputils;
      try {
        const said = await work();
        if (said) await showDialog({ title: label, body: said, buttons: [Dialog.okButton({ label: "知道了" })] });
      } catch (error) {
        await showErrorMessage(`没有${label}`, error.message, [Dialog.okButton({ label: "知道了" })]);
      }
    };
    const add = (command, label, work) => {
      app.commands.addCommand(command, { label, isEnabled: () => path().endsWith(".ipynb"), execute: act(label, work) });
      palette?.addItem({ command, category: "清洁生产审核" });
    };
    add(PUBLISH, "发布为看板", async () => {
      const wanted = await askForBoard(path(), apputils, widgets);
      return wanted ? publish(app, contents, wanted) : "";
    });
    add(REPORT, "做成报告", () => makeReport(app, contents));
    menu?.fileMenu.addGroup([{ command: PUBLISH }, { command: REPORT }], 1);
  }

  const plugin = (modules, tokens) => ({
    id: "cpaudit-lab:plugin",
    autoStart: true,
    optional: tokens,
    activate: (app, launcher, palette, menu) => {
      const contents = app.serviceManager.contents;
      const icon = new modules.components.LabIcon({ name: "cpaudit-lab:question", svgstr: ICON });
      app.commands.addCommand(NEW, {
        icon: ({ isLauncher }) => (isLauncher ? icon : undefined),
        label: ({ isLauncher }) => (isLauncher ? "新问题" : "从模板新建问题…"),
        caption: "从模板新建一个笔记本，回答一个新问题",
        execute: async () => {
          const { showErrorMessage, Dialog } = modules.apputils;
          const templates = await notebooks(contents, told().templates);
          const sorry = (message) => showErrorMessage("没有新建", message, [Dialog.okButton({ label: "知道了" })]);
          if (!templates.length) return sorry(`${told().templates} 目录里没有模板，请放入作模板的笔记本。`);
          try {
            const wanted = await ask(templates, modules.apputils, modules.widgets);
            if (wanted) await app.commands.execute("docmanager:open", { path: await create(contents, wanted) });
          } catch (error) {
            await sorry(error.message);
          }
        },
      });
      launcher?.add({ command: NEW, args: { isLauncher: true }, category: "笔记本", rank: -1 });
      palette?.addItem({ command: NEW, category: "清洁生产审核" });
      menu?.fileMenu.addGroup([{ command: NEW }], 0);
      if (told().dashboards !== undefined) addOwn(app, modules, palette, menu);
      const questions = panel(app, modules.widgets, icon);
      app.shell.add(questions, "left", { rank: 1 });
      void app.restored.then(() => app.shell.activateById(questions.id));
    },
  });

  const STYLE = `
    .cpaudit-questions { overflow: auto; padding: 8px 10px; color: var(--jp-ui-font-color1); background: var(--jp-layout-color1); }
    .cpaudit-questions h2 { margin: 8px 0 4px; font-size: var(--jp-ui-font-size2); }
    .cpaudit-questions ul { list-style: none; margin: 0; padding: 0; }
    .cpaudit-questions button { display: block; width: 100%; margin: 0; padding: 6px 8px; border: 0; border-radius: 4px; background: none;
      color: inherit; font: inherit; font-size: var(--jp-ui-font-size1); line-height: 1.5; text-align: left; cursor: pointer; }
    .cpaudit-questions button:hover, .cpaudit-questions button:focus-visible { background: var(--jp-layout-color2); }
    .cpaudit-questions li span { display: -webkit-box; overflow: hidden; color: var(--jp-ui-font-color2);
      -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
    .cpaudit-questions li strong { display: block; font-weight: 600; }
    .cpaudit-questions .cpaudit-new { margin: 8px 0 12px; border: 1px solid var(--jp-border-color1); text-align: center; }
    .cpaudit-ask { display: grid; gap: 10px; width: 380px; max-width: 80vw; }
    .cpaudit-ask label { display: grid; gap: 4px; }
    .cpaudit-ask p { margin: 0; color: var(--jp-ui-font-color2); }`;

  const container = {
    init(scope) {
      shared = scope;
    },
    async get() {
      document.head.append(make("style", {}, STYLE));
      const [widgets, components, apputils, { ILauncher }, { IMainMenu }] = await Promise.all(
        ["@lumino/widgets", ...["ui-components", "apputils", "launcher", "mainmenu"].map((name) => `@jupyterlab/${name}`)].map(lab),
      );
      const { ICommandPalette } = apputils;
      const found = plugin({ widgets, components, apputils }, [ILauncher, ICommandPalette, IMainMenu]);
      return () => ({ __esModule: true, default: found });
    },
  };
  (globalThis._JUPYTERLAB = globalThis._JUPYTERLAB || {})["cpaudit-lab"] = container;
})();
