// The desk's own part of JupyterLab: a list of the questions at the left, and “new question from a template”.
// Written as the container that JupyterLab's loader expects, so that nothing needs to be built.
(() => {
  "use strict";
  const TEMPLATES = "templates";
  const NEW = "cpaudit-lab:new";
  const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161"
    d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 17h-2v-2h2zm2-7.7-.9 1c-.8.7-1.1 1.3-1.1 2.7h-2v-.5c0-1.1.4-2.1 1.2-2.8l1.2-1.3A2 2 0
    1 0 10 9H8a4 4 0 1 1 7 2.3z"/></svg>`;
  let shared;

  // A module of JupyterLab's own, in the version that it runs.
  async function lab(name) {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  }

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
      const [questions, reports] = await Promise.all(["", "reports"].map((folder) => notebooks(contents, folder)));
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
    const path = `${name}.ipynb`;
    const listed = await contents.get("", { content: true });
    if (listed.content.some((f) => f.name === path)) throw new Error(`已有名为“${name}”的笔记本，请换一个名称。`);
    const { content } = await contents.get(template, { type: "notebook", content: true });
    delete content.metadata.title;
    const first = content.cells.find((c) => c.cell_type === "markdown");
    first.source = [first.source].flat().join("").replace(/^# .*/, () => `# ${name}`);
    await contents.save(path, { type: "notebook", format: "json", content });
    return path;
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
          const templates = await notebooks(contents, TEMPLATES);
          const sorry = (message) => showErrorMessage("没有新建", message, [Dialog.okButton({ label: "知道了" })]);
          if (!templates.length) return sorry(`${TEMPLATES} 目录里没有模板，请放入作模板的笔记本。`);
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
