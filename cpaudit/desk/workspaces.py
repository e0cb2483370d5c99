"""A new workspace, and the templates of its papers, written whole or not at all."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from cpaudit import durable, workspace
from cpaudit.errors import CpauditError, UsageError
from cpaudit.reference import root, shipped
from cpaudit.workspace import FILE
from cpaudit.workspace.overlay import WHOLE

#: Of the tables that a workspace most often adds to, the first line, which they have to keep.
_TABLES = ("units.csv", "divisions.csv")
#: What most workspaces lay over by key; each begins with how that is done.
_DICTIONARIES = {
    "industries.yaml": ("行业", 'industries:\n#   river_ceramics: {label: 沿河陶瓷, codes: ["3079"], systems: [demo_ceramics]}'),
    "fields.yaml": (
        "字段：列名、别名、单位",
        "tables:\n#   plants:\n#     columns:\n#       county: {aliases: [县, 区县, 镇街]}",
    ),
    "headings.yaml": ("表头里的词", "totals: [合计, 总计, 共计, 全市合计]"),
}
_FOLDERS = ("incoming", "warehouse", "output", "notebooks", "reports", "templates")


def tree() -> dict[str, bytes]:
    """Return the files of a new workspace: path in it → content; ``cpaudit.toml`` last, which makes a folder a workspace."""
    source = shipped("data/workspace")
    found = {"README.md": (source / "README.md").read_bytes(), ".gitignore": (source / "gitignore").read_bytes()}
    found |= {f"definitions/{folder}/.gitkeep": b"" for folder in WHOLE}
    for name in _TABLES:
        with (root() / name).open(encoding="utf-8") as file:
            found[f"definitions/{name}"] = file.readline().encode()
    for name, (what, example) in _DICTIONARIES.items():
        told = f"# {what}：写在这里的键取代程序自带的同名键，新的键添加；列表整个取代。没有写的照旧。例：\n# {example}\n"
        found[f"definitions/{name}"] = told.encode()
    found["dashboards/dashboards.yaml"] = (source / "dashboards.yaml").read_bytes()
    found |= {f"{folder}/.gitkeep": b"" for folder in _FOLDERS}
    return {**found, FILE: (source / FILE).read_bytes()}


def init(folder: Path) -> list[str]:
    """Write a new workspace; return its files.

    Raises:
        UsageError: something of that name is there already; nothing is written then.
        CpauditError: the folder can't be written.
    """
    files = tree()
    try:
        if there := [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]:
            raise UsageError(f"{folder} 中已有 {there[0]}，没有写入任何内容；请换一个目录，或把它移走。")
        for name, content in files.items():
            folder.mkdir(parents=True, exist_ok=True)
            durable.folder_inside(folder, str(PurePosixPath(name).parent))
            durable.write(folder / name, content)
    except OSError as error:
        raise CpauditError(f"工作区无法写入 {folder}（{durable.reason(error)}），请检查路径和写入权限。") from error
    return list(files)


def letterhead(folder: Path | None) -> tuple[Path, list[str]]:
    """Write the templates of papers that ship into a folder, the workspace's where none is named; return it and their names.

    Raises:
        UsageError: there is neither a folder nor a workspace, or one of them is there already; nothing is written then.
        CpauditError: the folder can't be written.
    """
    from cpaudit.render.stationery.chosen import shipped as templates

    home = folder or workspace.place("templates")
    if home is None:
        raise UsageError("请写明目录，如 cpaudit letterhead 用纸；在工作区中运行时写到 templates/。")
    files = templates()
    try:
        if there := [name for name in files if (home / name).exists() or (home / name).is_symlink()]:
            raise UsageError(f"{home} 中已有 {there[0]}，没有写入任何内容；请换一个目录，或把它移走。")
        home.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            durable.write(home / name, content)
    except OSError as error:
        raise CpauditError(f"用纸模板无法写入 {home}（{durable.reason(error)}），请检查路径和写入权限。") from error
    return home, list(files)
