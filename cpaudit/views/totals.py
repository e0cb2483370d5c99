"""The line that ends a table of groups: all of them together, as the analysis itself says it, never a sum of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.dataset.cuts import picked
from cpaudit.labels import worded

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from cpaudit.dataset import Dataset


def all_together(ds: Dataset, by: str, row: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame | None:
    """Return what an analysis says of all (``row``), called so in the column ``by``; None where there is one group only."""
    if len(groups) < 2:
        return None
    return worded(row, ds).assign(**{by: "合计" if picked(ds) else "全省"})


def last_line(row: pd.DataFrame | None, columns: Iterable[str]) -> dict[str, Any]:
    """Return a row's values by column, as a page holds them; nothing of no row."""
    return {} if row is None else {name: _plain(row[name].iloc[0]) for name in columns if name in row}


def _plain(value: Any) -> Any:
    import pandas as pd

    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value
