"""The part of a data set that a selection shows, levels included: the one way from a selection to its plants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment
from cpaudit.dataset import remembered
from cpaudit.vocabulary import LEVEL_CHOICES

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection


@remembered
def selected(ds: Dataset, selection: Selection) -> Dataset:
    """Return what the selection shows: :meth:`Dataset.select`, and of that the plants of its levels."""
    whole = day(ds, selection)
    shown = whole.select(selection)
    if not selection.levels or shown.plants.empty:
        return shown
    known = levels(whole)
    return shown.reduced(p for p in shown.plants["plant_id"] if known[p] in selection.levels)


@remembered
def _at(ds: Dataset, as_of: object) -> Dataset:
    return ds.at(as_of)  # type: ignore[arg-type]


def day(ds: Dataset, selection: Selection) -> Dataset:
    """Return the whole data set as of the selection's day, the same object for the same day."""
    return _at(ds, selection.as_of) if selection.as_of and selection.as_of != ds.as_of else ds


def levels(ds: Dataset) -> pd.Series:
    """Return each plant's level after the audit (its worst process), a key of ``LEVEL_CHOICES``, by plant_id.

    Levels don't depend on other plants, so they are those of any selection.
    """
    each = attainment.plants(ds).set_index("plant_id")["level_after"]
    names = dict(enumerate(LEVEL_CHOICES, start=1))
    return each.map(lambda level: names[int(level)], na_action="ignore").astype(object).where(each.notna(), "unknown")
