"""The selection bar: the same controls above every page, and those that a page has of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets

from cpaudit.fields import tables
from cpaudit.labels import usual
from cpaudit.selection import Selection

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.fields import Field

_FIELDS = {"unit": "units", "industry": "industries", "roster": "rosters", "level": "levels", "status": "statuses"}
_STYLE = {"description_width": "auto"}


def _known(key: str) -> Field:
    """Return what is chosen by: a column of the plants, or their level."""
    return tables()["plants"].columns.get(key) or usual(key)


class Filters(ipywidgets.HBox):  # type: ignore[misc]
    """Controls of a selection; what can't be chosen by hand (several units of a link) stays until it is changed."""

    def __init__(self, page_id: str, ds: Dataset) -> None:
        from cpaudit import views

        self._ds, self._spec = ds, views.PAGES[page_id]
        self._choices, self._tell, self._silent = views.selection_choices(ds), _nothing, False
        if self._spec.one:
            self._choices[self._spec.one] = self._choices[self._spec.one][1:]
        self.date = ipywidgets.DatePicker(description="截至日期", tooltip="看这一天的情况", max=ds.as_of, style=_STYLE)
        self.selects = {
            key: ipywidgets.Dropdown(options=self._choices[key], description=label, tooltip=f"选择{label}", style=_STYLE)
            for key in _FIELDS
            if (label := _known(key).label)
        }
        self.search = ipywidgets.Text(
            description="搜索",
            placeholder="名称、代码或拼音",
            tooltip="企业名称、统一社会信用代码或拼音（全拼、首字母），回车生效",
            continuous_update=False,
            style=_STYLE,
        )
        self.more = {
            key: ipywidgets.Dropdown(description=label, tooltip=f"选择{label}", style=_STYLE)
            for key, label in self._spec.extras.items()
        }
        for key, control in (self.selects | self.more).items():
            control.add_class(f"cp-filter-{key}")
        self.reset = ipywidgets.Button(description="恢复全部", tooltip="看全部企业、最新日期")
        self._selection = Selection()
        super().__init__([*self._main(), self.reset])
        self.add_class("cp-filters")
        for control in self._main():
            control.observe(self._on_change, "value")
        self.reset.on_click(self._on_reset)

    def _main(self) -> list[Any]:
        return [*self.more.values(), self.date, *self.selects.values(), self.search]

    def on_change(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` whenever the reader has chosen something else."""
        self._tell = tell

    @property
    def selection(self) -> Selection:
        """What is selected now."""
        return self._selection

    @property
    def extras(self) -> dict[str, str]:
        """The values of the page's own controls, '' where nothing can be chosen."""
        return {key: control.value or "" for key, control in self.more.items()}

    @staticmethod
    def latest(selection: Selection) -> Selection:
        """Return the selection as of the newest day."""
        return replace(selection, as_of=None)

    def put(self, selection: Selection, extras: dict[str, str] | None = None) -> None:
        """Set all controls, telling nobody; of ``extras`` what the page knows."""
        if (one := self._spec.one) and len(getattr(selection, _FIELDS[one])) != 1 and self._choices[one]:
            first: Any = {_FIELDS[one]: (self._choices[one][0][1],)}
            selection = replace(selection, **first)
        self._selection = selection
        self._silent = True
        try:
            self.date.value = selection.as_of or self._ds.as_of
            self.search.value = selection.search
            for key, select in self.selects.items():
                self._put_select(key, select, getattr(selection, _FIELDS[key]))
            self._refill(extras or self.extras)
        finally:
            self._silent = False
        self.reset.disabled = selection == Selection() and not self._spec.one

    def _put_select(self, key: str, select: Any, wanted: tuple[str, ...]) -> None:
        options = list(self._choices[key])
        joined = ",".join(wanted)
        if joined not in [value for _, value in options]:  # several, or one that the data don't hold
            labels = {v: label for label, v in options}
            options.append(("、".join(labels.get(w, w) for w in wanted), joined))
        if list(select.options) != options:
            select.options = options
        select.value = joined

    def _refill(self, wanted: dict[str, str]) -> None:
        """Offer what the page's own controls can take now; a value that is gone gives way to the first."""
        from cpaudit import views

        if not self.more:
            return
        for key, options in views.page_choices(self._spec.id, self._ds, self._selection).items():
            control = self.more[key]
            control.options = options
            values = [value for _, value in options]
            control.value = wanted.get(key) if wanted.get(key) in values else values[0] if values else None

    def _on_change(self, change: Any) -> None:
        if self._silent:
            return
        if change["owner"] not in self.more.values():
            day = self.date.value
            chosen = {_FIELDS[k]: tuple(s.value.split(",")) if s.value else () for k, s in self.selects.items()}
            search = " ".join(self.search.value.split())[:60]
            self.put(Selection(as_of=day if day and day != self._ds.as_of else None, search=search, **chosen))
        self._tell()

    def _on_reset(self, _button: Any) -> None:
        self.put(Selection())
        self._tell()


def _nothing() -> None:
    return None
