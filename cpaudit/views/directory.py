"""The directory of a page: the plants that its figures and tables lead to, each in one line of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment, progress
from cpaudit.analysis.across.levels import levels
from cpaudit.analysis.basis import unsaid
from cpaudit.analysis.basis.statuses import unread, untold
from cpaudit.dataset import remembered
from cpaudit.dataset.dated import undated
from cpaudit.labels import measure_of
from cpaudit.programme import industries, units
from cpaudit.programme.units import county_names
from cpaudit.views import theme
from cpaudit.views.page import Entry
from cpaudit.vocabulary import LEVEL_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from cpaudit.dataset import Dataset


#: Where the snapshot says nothing of the day.
_UNDATED = "无从说明"


def directory(ds: Dataset, plant_ids: Iterable[str]) -> tuple[Entry, ...]:
    """Return the entries of some plants of ``ds``, which is whole: what is said of a plant depends on no other."""
    known = _entries(ds)
    return tuple(known[p] for p in plant_ids)


@remembered
def _entries(ds: Dataset) -> dict[str, Entry]:
    counties, called = county_names(), advances_called(ds)
    frame = advances(ds)
    level, verdicts = dict.fromkeys(frame["plant_id"], _UNDATED), [_UNDATED] * len(frame)
    if not undated(ds):
        asked = bool(ds.programme.targets)
        verdicts = attainment.plants(ds)["verdict"].map(attainment.VERDICTS if asked else lambda _: "不作判定").tolist()
        level = levels(ds).map(LEVEL_CHOICES).to_dict()
    columns = (frame[c] for c in ("plant_id", "name", "uscc", "unit", "county", "industry", "advance"))
    return {
        plant_id: Entry(
            plant_id,
            name,
            str(uscc or ""),
            units()[unit].name,
            counties.get(county, ""),
            industries()[industry].label,
            level[plant_id],
            verdict,
            called[advance],
        )
        for (plant_id, name, uscc, unit, county, industry, advance), verdict in zip(
            zip(*columns, strict=True), verdicts, strict=True
        )
    }


def advances_called(ds: Dataset) -> dict[str, str]:
    """Return what each way of getting on is called, in the words of the programme."""
    return {key: measure_of(ds.programme, id).label for key, id in theme.ADVANCE_MEASURES.items()}


def advances(ds: Dataset) -> pd.DataFrame:
    """Return how each plant is getting on: the columns of progress.plants and ``advance`` (a key of theme.ADVANCES)."""
    import numpy as np
    import pandas as pd

    frame = progress.plants(ds)
    conditions = {
        "accepted": frame["accepted_on"].notna(),
        "left": pd.Series(unsaid.gone(ds)),
        "not_reported": pd.Series(untold(ds)),
        "end_unknown": pd.Series(unsaid.end(ds)),
        "failed": frame["failed"],
        "overdue": frame["n_overdue"].fillna(0) > 0,
        "unclear": frame["unclear"] | pd.Series(unread(ds)),
    }
    return frame.assign(advance=np.select([c.to_numpy(bool) for c in conditions.values()], list(conditions), "in_progress"))
