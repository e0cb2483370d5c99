"""A page as a widget: a selection bar above one view, for JupyterLab and for Voila."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import anywidget
import ipywidgets
import traitlets

from cpaudit.errors import CpauditError
from cpaudit.selection import Selection

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_ASSETS = Path(__file__).parent / "assets"
_LABELS = {"unit": "辖区", "industry": "行业", "roster": "名单"}
_FIELDS = {"unit": "units", "industry": "industries", "roster": "rosters"}
_NARROW = {"description_width": "auto"}
#: Pages kept ready, so that going back to a selection costs nothing.
_KEPT = 32


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


class PageView(anywidget.AnyWidget):
    """Shows ``html`` (blocks as render.html makes them) and draws its figures; ``busy`` and ``message`` are sentences."""

    _esm = f"function cpauditPage() {{\n{_asset('page.js')}\n}}\n{_asset('page_view.js')}"
    _css = _asset("page.css") + _asset("page_view.css")

    html = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._answer)

    def _answer(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        from cpaudit.render import html

        if content.get("kind") == "plotly":
            self.send({"kind": "plotly"}, buffers=[html.plotly_bundle().read_bytes()])


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """The selection bar and the view under it; :func:`explore` makes one."""

    def __init__(self, page_id: str, ds: Dataset, selection: Selection, message: str = "") -> None:
        from cpaudit import views

        self._ds, self._page_id = ds, page_id
        choices = views.selection_choices(ds)
        self.date = ipywidgets.DatePicker(description="截至日期", tooltip="看这一天的情况", max=ds.as_of, style=_NARROW)
        self.selects = {
            key: ipywidgets.Dropdown(options=choices[key], description=label, tooltip=f"选择{label}", style=_NARROW)
            for key, label in _LABELS.items()
        }
        self.reset = ipywidgets.Button(description="恢复全部", tooltip="看全部企业、最新日期")
        self.view = PageView(message=message)
        self._put(selection)
        bar = ipywidgets.HBox([self.date, *self.selects.values(), self.reset])
        bar.add_class("cp-filters")
        super().__init__([bar, self.view])
        self._show()
        for control in (self.date, *self.selects.values()):
            control.observe(self._on_change, "value")
        self.reset.on_click(self._on_reset)

    @property
    def selection(self) -> Selection:
        """What is selected now."""
        day = self.date.value
        chosen = {_FIELDS[key]: (s.value,) if s.value else () for key, s in self.selects.items()}
        return Selection(as_of=day if day and day != self._ds.as_of else None, **chosen)

    def select(self, selection: Selection) -> None:
        """Show another selection, computing the page once."""
        self._put(selection)
        self._show()

    def _put(self, selection: Selection) -> None:
        self._silent = True
        try:
            self.date.value = selection.as_of or self._ds.as_of
            for key, select in self.selects.items():
                select.value = "".join(getattr(selection, _FIELDS[key])[:1])
        finally:
            self._silent = False

    def _on_change(self, _change: Any) -> None:
        if not self._silent:
            self._show()

    def _on_reset(self, _button: Any) -> None:
        self.view.message = ""
        self.select(Selection())

    def _show(self) -> None:
        """Compute the page; the old one stays where that fails, with the reason above it."""
        selection = self.selection
        first = not self.view.html
        self.reset.layout.display = "none" if selection == Selection() else ""
        self.view.busy = "正在计算……"
        try:
            page = self._rendered(selection)
        except CpauditError as error:
            self.view.message = str(error)
        except Exception:
            logging.getLogger(__name__).exception("page %s, selection %s", self._page_id, selection)
            self.view.message = "这一页未能生成，请换一个筛选条件；若仍不行，请把日期和筛选条件告诉维护人员。"
        else:
            with self.view.hold_sync():
                self.view.html = page
                self.view.query = selection.to_query()
                if not first:
                    self.view.message = ""
        finally:
            self.view.busy = ""

    def _rendered(self, selection: Selection) -> str:
        kept, key = pages_of(self._ds), (self._page_id, selection)
        if key not in kept:
            while len(kept) >= _KEPT:
                kept.pop(next(iter(kept)))
            kept[key] = self._render_page(selection)
        return kept[key]

    def _render_page(self, selection: Selection) -> str:
        from cpaudit import views
        from cpaudit.errors import UsageError
        from cpaudit.render import html

        if selection.as_of and selection.as_of > self._ds.as_of:
            raise UsageError(f"数据截至 {self._ds.as_of}，没有更晚的；请选择这一天或更早的日期。")
        page = views.PAGES[self._page_id].build(self._ds, selection)
        return html.header_html(page) + html.blocks_html(page)


_pages: WeakKeyDictionary[Dataset, dict[tuple[str, Selection], str]] = WeakKeyDictionary()


def pages_of(ds: Dataset) -> dict[tuple[str, Selection], str]:
    """Return the pages of this very data set that are rendered already; whoever renders more, or has some, adds them."""
    return _pages.setdefault(ds, {})


def explore(page_id: str = "progress", ds: Dataset | None = None, selection: Selection | None = None) -> Explorer:
    """Show a page with a selection bar above it; every choice computes the page anew in the kernel.

    ``ds`` None opens the newest snapshot. ``selection`` None takes the one of the page's link (Voila's QUERY_STRING);
    a link that cannot be understood shows why, above the whole programme.

    Raises:
        UsageError: there is no page ``page_id``.
        SnapshotError: ``ds`` is None and there is no snapshot.
    """
    from cpaudit import views
    from cpaudit.dataset import Dataset
    from cpaudit.errors import UsageError

    if page_id not in views.PAGES:
        raise UsageError(f"没有名为“{page_id}”的页面，可选：{'、'.join(views.PAGES)}。")
    whole = ds if ds is not None else Dataset.open()
    message = ""
    if selection is None:
        selection, message = _linked_selection(os.environ.get("QUERY_STRING", ""), whole)
    return Explorer(page_id, whole, selection, message)


def _linked_selection(query: str, ds: Dataset) -> tuple[Selection, str]:
    """Return the selection of a link and what is wrong with it; a wrong link means “all”."""
    try:
        selection = Selection.from_query(query)
    except CpauditError as error:
        return Selection(), f"链接中的筛选条件无效，已显示全部。{error}"
    if selection.as_of and selection.as_of > ds.as_of:
        return replace(selection, as_of=None), f"数据截至 {ds.as_of}，没有链接中 {selection.as_of} 的数据，已按最新日期显示。"
    return selection, ""
