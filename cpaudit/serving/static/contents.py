"""What an export consists of: the dashboards with their pages and words, the selections that hold plants, the plants."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.errors import DefinitionError

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.serving.definitions import Dashboard

#: Files of so many plants are made in one go.
_PLANTS = 6
#: What stands for “all” in the names of files.
ALL = "all"
PLANT = "plant"


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard as it is exported: ``page`` is a key of views.PAGES, ``prose`` the notebook's Markdown below it.

    ``one``: the part of the selection that can't be “all” (see ``PageSpec.one``). ``body``: what one's own notebook shows
    besides, as HTML; where ``page`` is '' that is all, and nothing can be chosen. ``fault``: why it couldn't be made.
    """

    id: str
    title: str
    file: str
    page: str
    prose: str
    one: str
    body: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What one process makes at a time: all dashboards of a selection (codes, '' for all), or some plants' files.

    ``plants``: plant_id → the name of its file under ``data/``.
    """

    unit: str = ""
    trade: str = ""
    plants: tuple[tuple[str, str], ...] = ()


def boards(plants: bool, ds: Dataset | None = None) -> tuple[Board, ...]:
    """Return the dashboards in their order; the one of a plant only where plants' files are exported.

    One's own notebooks are run with ``ds`` for what they show besides a page.

    Raises:
        DefinitionError: the notebook of a dashboard shows no page.
    """
    from cpaudit.serving.definitions import START, dashboards

    found: list[Board] = []
    for dashboard in dashboards():
        file = f"{START}.html" if not found else f"{dashboard.id}.html"
        board = _own(dashboard, file, ds) if dashboard.own and ds is not None else _board(dashboard, file)
        if plants or board.page != PLANT:
            found.append(board)
    return tuple(found)


def _board(dashboard: Dashboard, file: str) -> Board:
    from cpaudit import views
    from cpaudit.serving.definitions import notebooks

    page, prose = _shown(notebooks() / dashboard.notebook)
    if page not in views.PAGES:
        raise DefinitionError(f'看板 {dashboard.id} 的笔记本 {dashboard.notebook} 没有用 explore("页面") 显示页面，不能导出。')
    return Board(dashboard.id, dashboard.title, file, page, prose, views.PAGES[page].one)


def _own(dashboard: Dashboard, file: str, ds: Dataset) -> Board:
    """Return one's own dashboard: a page that can be chosen from where the notebook explores one, and whatever else it shows."""
    from cpaudit import views
    from cpaudit.serving.static import own

    try:
        page, prose = _shown(Path(dashboard.notebook))
    except Exception as error:  # whatever is no notebook: the other pages go on
        why = f"笔记本 {Path(dashboard.notebook).name} 无法读取（{type(error).__name__}）。请用 JupyterLab 打开检查。"
        return Board(dashboard.id, dashboard.title, file, "", "", "", fault=why)
    page = page if page in views.PAGES else ""
    body, fault = own.run(ds, Path(dashboard.notebook), "" if page else dashboard.title)
    one = views.PAGES[page].one if page else ""
    page, prose = ("", "") if fault else (page, prose)
    return Board(dashboard.id, dashboard.title, file, page, prose, one, body, fault)


def _shown(notebook: Path) -> tuple[str, str]:
    """Return the page that a notebook explores and the words below it, up to a heading: that belongs to the next cell."""
    import nbformat

    from cpaudit.serving.definitions import explored

    page, words = "", []
    book = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    for cell in book.cells:
        if cell.cell_type == "code":
            if page:
                break
            page = explored(nbformat.v4.new_notebook(cells=[cell]))  # type: ignore[no-untyped-call]
        elif page and cell.cell_type == "markdown" and not cell.metadata.get("tags"):
            words.append(cell.source.split("\n#")[0].strip())
    return page, "\n\n".join(words)


def pairs(ds: Dataset) -> list[tuple[str, str]]:
    """Return unit and trade of every plant, in the order of the list."""
    return list(zip(ds.plants["unit"], ds.plants["industry"], strict=True))


def tasks(ds: Dataset, boards: tuple[Board, ...], plants: bool) -> list[Task]:
    """Return everything that must be computed, the longest first: selections that hold plants, then the plants' files."""
    there = pairs(ds)
    units, trades = (list(dict.fromkeys(p[at] for p in there)) for at in (0, 1))
    chosen = [("", ""), *((u, "") for u in units), *(("", t) for t in trades), *sorted(set(there))]
    if all(board.page in (PLANT, "") for board in boards):
        chosen = []
    ids = [(plant, plant_name(at)) for at, plant in enumerate(ds.plants["plant_id"])] if plants else []
    files = [Task(plants=tuple(ids[at : at + _PLANTS])) for at in range(0, len(ids), _PLANTS)]
    return [*(Task(u, t) for u, t in chosen), *files]


def plant_name(at: int) -> str:
    """Return the name of the file of the plant in a place of the list: what plants are called is no name for a file."""
    return f"plants/{at + 1:04}"


def selection_name(board: Board, unit: str, trade: str) -> str:
    """Return the name of the file of a selection."""
    return f"{board.id}/{unit or ALL}/{trade or ALL}"
