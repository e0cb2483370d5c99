"""A page as a widget: a selection bar above one view, for JupyterLab and for Voila."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import anywidget
import ipywidgets
import traitlets

from cpaudit.dataset import remembered
from cpaudit.errors import CpauditError, UsageError
from cpaudit.errors.arguments import dataset_of
from cpaudit.render.web import html
from cpaudit.render.widgets.filters import Filters
from cpaudit.selection import Selection, selection_of

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Page

_ASSETS = Path(__file__).parents[1] / "assets"
#: Pages kept ready, so that going back to a selection costs nothing.
_KEPT = 32
_FAILED = "这一页未能生成，请换一个筛选条件；若仍不行，请把日期和筛选条件告诉维护人员。"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


class PageView(anywidget.AnyWidget):
    """Shows ``html`` (blocks as render.html makes them) and draws its figures; ``busy`` and ``message`` are sentences.

    ``directory`` is what :func:`cpaudit.render.web.html.directory_json` makes; ``back`` names the page that the button
    “返回” leads to, '' for none. The view sends {"kind": "plant", "id"}, {"kind": "back"} and {"kind": "query", "query"}.
    """

    #: Whether plotly is sent to a view that asks; a page that loads it as a file never asks.
    sends_plotly = True

    _esm = f"function cpauditPage() {{\n{html.script()}\n}}\n{_asset('page_view.js')}"
    _css = _asset("page.css") + _asset("page_view.css")

    html = traitlets.Unicode().tag(sync=True)
    directory = traitlets.Unicode().tag(sync=True)
    back = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._answer)

    def _answer(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        if self.sends_plotly and content.get("kind") == "plotly":
            self.send({"kind": "plotly"}, buffers=[html.plotly_bundle().read_bytes()])


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """The selection bar and the view under it; :func:`explore` makes one.

    ``state`` is all that is shown: the selection, the values of the page's extras, and the plant whose file is open ('').
    """

    def __init__(self, page_id: str, ds: Dataset, query: str = "", message: str = "") -> None:
        self._ds, self._page_id, self._open = ds, page_id, ""
        self.filters = Filters(page_id, ds)
        self.view = PageView(message=message)
        self._read(query)
        super().__init__([self.filters, self.view])
        self._show()
        self.filters.on_change(self._show)
        self.view.on_msg(self._answer)

    @property
    def selection(self) -> Selection:
        """What is selected now."""
        return self.filters.selection

    def select(self, selection: Selection) -> None:
        """Show another selection, computing the page once."""
        self.filters.put(selection)
        self._show()

    def open_plant(self, plant_id: str) -> None:
        """Show a plant's file in place of the page; its own page goes to that plant."""
        if self._page_id == "plant":
            self.filters.put(self.selection, {"plant": plant_id})
        else:
            self._open = plant_id
        self._show()

    def close_plant(self) -> None:
        """Show the page again."""
        self._open = ""
        self._show()

    def _answer(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        match content.get("kind"):
            case "plant":
                self.open_plant(str(content.get("id", "")))
            case "back":
                self.close_plant()
            case "query":
                self._read(str(content.get("query", "")))
                self._show()

    def _read(self, query: str) -> None:
        """Take the state from a link; what cannot be understood says why, above the whole programme."""
        given = {k: v[0] for k, v in parse_qs(query.lstrip("?")).items()}
        try:
            selection = Selection.from_query(query)
        except CpauditError as error:
            selection, self.view.message = Selection(), f"链接中的筛选条件无效，已显示全部。{error.sentence}"
        if selection.as_of and selection.as_of > self._ds.as_of:
            late = f"数据截至 {self._ds.as_of}，没有链接中 {selection.as_of} 的数据，已按最新日期显示。"
            selection, self.view.message = Filters.latest(selection), late
        self.filters.put(selection, given)
        self._open = given.get("plant", "") if self._page_id != "plant" else ""

    def _show(self) -> None:
        """Compute the page; the old one stays where that fails, with the reason above it."""
        selection, extras = self.selection, self.filters.extras
        first = not self.view.html
        self.view.busy = "正在计算……"
        try:
            page, directory = self._rendered(selection, tuple(extras.items()), self._open)
        except CpauditError as error:
            self.view.message = str(error)
            if self._open:  # a plant that isn't there: its page is
                self.close_plant()
                self.view.message = str(error)
        except Exception:
            logging.getLogger(__name__).exception("page %s", self._page_id)  # what is searched for may be a name
            self.view.message = _FAILED
        else:
            with self.view.hold_sync():
                self.view.directory = directory
                self.view.back = self._title() if self._open else ""
                self.view.html = page
                self.view.query = selection.to_query(extras | ({"plant": self._open} if self._open else {}))
                if not first:
                    self.view.message = ""
        finally:
            self.view.busy = ""

    def _title(self) -> str:
        from cpaudit import views

        return views.PAGES[self._page_id].title

    def _rendered(self, selection: Selection, extras: tuple[tuple[str, str], ...], opened: str) -> tuple[str, str]:
        kept, key = pages_of(self._ds), (self._page_id, selection, extras, opened)
        if key in kept.given:
            return kept.given[key]
        if key not in kept.made:
            while len(kept.made) >= _KEPT:
                kept.made.pop(next(iter(kept.made)))
            kept.made[key] = self._render_page(selection, extras, opened)
        return kept.made[key]

    def _render_page(self, selection: Selection, extras: tuple[tuple[str, str], ...], opened: str) -> tuple[str, str]:
        """Return the page's HTML and the directory of all plants of the day, which changes only with the day."""
        from cpaudit import views

        if selection.as_of and selection.as_of > self._ds.as_of:
            raise UsageError(f"数据截至 {self._ds.as_of}，没有更晚的；请选择这一天或更早的日期。")
        page: Page
        if opened:
            page = views.PAGES["plant"].build(self._ds, Selection(as_of=selection.as_of), plant=opened)
        else:
            page = views.PAGES[self._page_id].build(self._ds, selection, **{k: v for k, v in extras if v})
        whole = self._ds.select(as_of=selection.as_of)
        return html.header_html(page, directory=False) + html.blocks_html(page), _directory(whole)


@remembered
def _directory(ds: Dataset) -> str:
    from cpaudit.views.directory import directory

    return html.directory_json(directory(ds, ds.plants["plant_id"]))


@dataclass(frozen=True)
class Rendered:
    """Pages of one data set that need no computing: page, selection, values of its controls, open plant → HTML, directory.

    ``made`` by this process, the latest few; ``given`` to it by the process that it was forked from.
    """

    made: dict[tuple[Any, ...], tuple[str, str]] = field(default_factory=dict)
    given: dict[tuple[Any, ...], tuple[str, str]] = field(default_factory=dict)


@remembered
def pages_of(ds: Dataset) -> Rendered:
    """Return the pages of this very data set object that are rendered already; shared, to be added to."""
    return Rendered()


def explore(page_id: str = "progress", ds: Dataset | None = None, selection: Selection | None = None, **extras: str) -> Explorer:
    """显示一页，上方带筛选条，每次选择都重新计算。

    Every choice computes the page anew in the kernel.

    ``ds`` None opens the newest snapshot. ``selection`` None takes the one of the page's link (Voila's QUERY_STRING);
    a link that cannot be understood shows why, above the whole programme. ``extras``: values of the page's own controls
    to begin with: ``plant`` (a name, a part of it, or a code) of “plant”, ``benefit`` of “benefits”.

    >>> import cpaudit as cp
    >>> type(cp.explore("returns", cp.example())).__name__
    'Explorer'

    Raises:
        UsageError: there is no page ``page_id``, it has no such control, ``ds`` is no data set, or ``selection`` none.
        SnapshotError: ``ds`` is None and there is no snapshot.
    """
    from cpaudit import views
    from cpaudit.dataset import Dataset

    if page_id not in views.PAGES:
        raise UsageError(f"没有名为“{page_id}”的页面，可选：{'、'.join(views.PAGES)}。")
    unknown = [key for key in extras if key not in views.PAGES[page_id].extras]
    if unknown:
        raise UsageError(f"“{views.PAGES[page_id].title}”页没有参数 {'、'.join(unknown)}，请去掉。")
    whole = ds if ds is not None else Dataset.open()
    dataset_of(whole, "第二个参数 ds ")
    chosen = selection_of(selection)
    if page_id == "plant" and extras.get("plant", "").strip():
        extras["plant"] = views.parts.find_plant(whole, extras["plant"])
    linked = os.environ.get("QUERY_STRING", "")
    return Explorer(page_id, whole, linked or chosen.to_query(extras))
