"""What a viewer's kernel is given: a snapshot, cut down to what the viewer may see, and the link that was opened."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cpaudit.dataset import Dataset

    Ready = dict[tuple[Any, ...], tuple[str, str]]

#: The whole snapshot, where the parent of the process has read it already.
_held: list[Dataset] = []


def hold(ds: Dataset) -> None:
    """Keep a snapshot for the processes to be forked."""
    _held[:] = [ds]


def hold_rehearsed(found: tuple[Dataset, Ready]) -> list[str]:
    """Keep what :func:`rehearse` gave for the processes to be forked; return which pages the notebooks show."""
    ds, ready = found
    hold(ds)
    hold_pages(ready)
    return list(dict.fromkeys(page for page, *_ in ready))


def hold_pages(ready: Ready) -> int:
    """Keep pages of the snapshot that are rendered already; return how many."""
    from cpaudit.render.widgets import page as widgets

    widgets.pages_of(_held[-1]).given.update(ready)
    return len(ready)


def rehearse(notebooks: Iterable[Path]) -> tuple[Dataset, Ready]:
    """Open the newest snapshot and run the notebooks once as whoever may see all; return what is worth keeping of that.

    Raises:
        SnapshotError: there is no snapshot, or it is damaged.
    """
    from cpaudit.dataset import Dataset, offer_only
    from cpaudit.render.widgets import page as widgets
    from cpaudit.serving.definitions import shown_part

    ds = Dataset.open()
    offer_only(ds)
    for path in notebooks:
        names: dict[str, Any] = {"__name__": "__main__"}
        # A notebook that fails here fails before its reader too, who is told then.
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            for cell in shown_part(path).cells:
                if cell.cell_type == "code":
                    exec(cell.source, names)  # noqa: S102 - our own notebooks, as a kernel would run them
    return ds, widgets.pages_of(ds).made


def foresee(shown: Iterable[str]) -> Ready:
    """Render what readers of the pages ``shown`` choose most: each unit and each trade that has plants."""
    from cpaudit.render.widgets import page as widgets
    from cpaudit.selection import Selection

    ds = _held[-1]
    chosen = [Selection(units=(unit,)) for unit in ds.plants["unit"].unique()]
    chosen += [Selection(industries=(trade,)) for trade in ds.plants["industry"].unique()]
    found: Ready = {}
    for page in shown:
        explorer = widgets.explore(page, ds)
        for selection in chosen:
            explorer.select(selection)
            found |= widgets.pages_of(ds).made
    return found


def begin(query: str, units: list[str] | None) -> str:
    """Start the session of one viewer: ``query`` is the link's, ``units`` what may be seen (None: all).

    Return the version of the snapshot.

    From here on the process opens this one data set only, whatever a notebook, a link or a message asks for.

    Raises:
        SnapshotError: there is no snapshot, or it is damaged.
    """
    from cpaudit.dataset import Dataset, offer_only
    from cpaudit.render.widgets.page import PageView

    PageView.sends_plotly = False  # the page has it as a file: megabytes for each message that asks would be a flood
    whole = _held[-1] if _held else Dataset.open()
    offer_only(whole if units is None else whole.only(units))
    if units is not None:
        _held.clear()
    os.environ["QUERY_STRING"] = query
    return whole.version
