"""Which notebooks are dashboards, and where they lie: in a checkout, in the wheel, or in a workspace."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from cpaudit import workspace
from cpaudit.errors import DefinitionError
from cpaudit.reference import Definition, read_definition, shipped, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The tag of the cells that only analysts need: they run and show in JupyterLab, not in a dashboard.
ANALYST = "analyst"


class Dashboard(Definition):
    """One dashboard; ``id`` is its address, ``notebook`` a path inside the notebooks' folder, ``readers`` for whom it is."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    notebook: str
    order: int
    readers: str = ""

    @property
    def own(self) -> bool:
        """Whether it is a workspace's: then its notebook is named by its whole path."""
        return Path(self.notebook).is_absolute()


class _Dashboards(Definition):
    dashboards: tuple[Dashboard, ...] = Field(min_length=1)


class _Own(Definition):
    dashboards: tuple[Dashboard, ...] = ()


#: What the file of the first one is called in an export.
START = "index"
#: In a workspace's folder of dashboards, what lists them.
LIST = "dashboards.yaml"


def home() -> Path:
    """Return the folder of dashboards.yaml, the Voila configuration and its template."""
    return shipped("dashboards")


def notebooks() -> Path:
    """Return the folder of the notebooks."""
    return shipped("notebooks")


def dashboards(path: Path | None = None) -> tuple[Dashboard, ...]:
    """Return the dashboards in their order, the start page first; ``path`` None reads the shipped dashboards.yaml.

    Those of the workspace are among them; one of the same id stands for the shipped one.

    Raises:
        DefinitionError: the file is wrong, names one id twice, or a notebook that doesn't exist.
    """
    if path is None:
        every = {d.id: d for d in (*dashboards(home() / LIST), *own())}
        return tuple(sorted(every.values(), key=lambda d: d.order))
    found = sorted(read_definition(path, _Dashboards).dashboards, key=lambda d: d.order)
    return _sound(path, found, notebooks())


def own() -> tuple[Dashboard, ...]:
    """Return the workspace's dashboards.

    Raises:
        DefinitionError: the list is wrong, names one id twice, or a notebook that isn't in its folder.
    """
    folder = workspace.place("dashboards")
    if folder is None or not os.path.lexists(folder):
        return ()
    if not (folder / LIST).is_file():
        if folder.is_dir() and not os.path.lexists(folder / LIST):
            return ()
        raise DefinitionError(f"看板清单 {shown(folder / LIST)} 不是可以读取的文件（是链接的，所指的可能不在）；请恢复或移走。")
    listed = _sound(folder / LIST, read_definition(folder / LIST, _Own).dashboards, folder)
    return tuple(d.model_copy(update={"notebook": str((folder / d.notebook).resolve())}) for d in listed)


def office() -> str:
    """Return what the workspace calls itself on its pages, '' where it says nothing."""
    home = workspace.current()
    return home.settings.title.strip() if home else ""


def _sound(path: Path, found: Sequence[Dashboard], folder: Path) -> tuple[Dashboard, ...]:
    ids = [d.id for d in found]
    for dashboard in found:
        if dashboard.id == START:
            raise DefinitionError(f"{shown(path)}：看板编号不能是 {START}，首页的文件叫这个名称，请改名。")
        if ids.count(dashboard.id) > 1:
            raise DefinitionError(f"{shown(path)}：看板编号 {dashboard.id} 出现了两次，请改名。")
        if not (folder / dashboard.notebook).resolve().is_relative_to(folder.resolve()):
            raise DefinitionError(f"{shown(path)}：看板 {dashboard.id} 的笔记本应放在 {folder.name} 目录中，请移入后再写。")
        if not (folder / dashboard.notebook).is_file():
            raise DefinitionError(f"{shown(path)}：看板 {dashboard.id} 的笔记本 {dashboard.notebook} 不存在，请检查文件名。")
    return tuple(found)


def explored(book: Any) -> str:
    """Return the page that a notebook (nbformat's) explores, '' where it explores none, or can't be understood.

    Such a page has filters, and a header of its own.
    """
    for cell in book.cells:
        try:
            tree = ast.parse(cell.source) if cell.cell_type == "code" else ast.Module([], [])
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # told where it is run
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "explore" and node.args:
                first = node.args[0]
                return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return ""


def heading(title: str) -> str:
    """Return the line that a page of one's own begins with: the house's header, with what the numbers come from."""
    return f"import cpaudit; cpaudit.show(cpaudit.page({title!r}, cpaudit.open())); del cpaudit"


def shown_part(notebook: Path) -> Any:
    """Return the notebook (nbformat's) without the cells that are tagged for analysts."""
    import nbformat

    book = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    for cell in book.cells:
        if not isinstance(cell.metadata.get("tags", []), list):  # by hand: nbformat lets it pass, what runs cells doesn't
            del cell.metadata["tags"]
    book.cells = [cell for cell in book.cells if ANALYST not in cell.metadata.get("tags", ())]
    return book
