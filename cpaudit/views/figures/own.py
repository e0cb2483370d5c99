"""One's own numbers in the figures that the house draws: a tile per unit, bars of parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cpaudit.programme import find_unit, units
from cpaudit.views import theme
from cpaudit.views.figures.maps import tiles
from cpaudit.views.figures.stacked import Kind, stacked

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


def tile_map(values: pd.Series, *, unit: str = "") -> go.Figure:
    """把各上报单位的一个数画成方格示意图：每格一个单位，颜色深浅表示大小。

    ``values``: numbers by unit (id, name or short name in the index), not below 0; units that it lacks, or has no number
    for, are grey. ``unit`` is what the numbers are counted in; ``"%"`` fixes the scale to 0 … 100. Returns a plotly figure.

    >>> import pandas as pd
    >>> drawn = tile_map(pd.Series({"石家庄市": 12, "辛集": 3}), unit="家")
    >>> sorted(note.text for note in drawn.layout.annotations if note.text.endswith("家"))
    ['<b>石家庄</b><br>12 家', '<b>辛集</b><br>3 家']

    Raises:
        UsageError: an entry of the index is no unit (the sentence lists them), stands twice, or has a number below 0.
    """
    from cpaudit.errors import UsageError

    named = [find_unit(str(name)).id for name in values.index]
    for name, value in zip(named, values, strict=True):
        if named.count(name) > 1:
            raise UsageError(f"{units()[name].name}有不止一个数，请先按单位合计。")
        if value < 0:
            raise UsageError(f"{units()[name].name}的数小于 0，方格图不能表示。")
    given = dict(zip(named, values.to_numpy(dtype=float, na_value=float("nan")).tolist(), strict=True))
    given = {name: value for name, value in given.items() if not math.isnan(value)}
    found: dict[str, float | None] = {name: given.get(name) for name in units()}
    texts = {name: "无数据" if value is None else _text(value, unit) for name, value in found.items()}
    share = unit == "%"
    largest = 100.0 if share else max(given.values(), default=0.0) or 1.0
    bar = theme.SHARE_BAR if share else {"thickness": 10, "len": 0.7, "outlinewidth": 0}
    return tiles(found, texts, texts, largest, {**bar, "title": {"text": unit or str(values.name or ""), "side": "top"}})


def bars(frame: pd.DataFrame | pd.Series, *, what: str = "企业", unit: str = "家") -> go.Figure:
    """画横条图：每行一条，各列叠成一条，数字写在条内。

    ``frame``: whole numbers, a bar per row (the index names it), a part per column, both as they are to be read; a series
    gives bars of one part. Columns called as the house calls them (已验收, 达标 …) have its colours. Returns a plotly figure.

    >>> import pandas as pd
    >>> drawn = bars(pd.DataFrame({"达标": [3, 1], "未达标": [0, 2]}, index=["水泥", "钢铁"]))
    >>> [(bar.name, list(bar.x)) for bar in drawn.data]
    [('达标', [3, 1]), ('未达标', [0, 2])]
    """
    import pandas as pd

    whole = frame.to_frame(str(frame.name or what)) if isinstance(frame, pd.Series) else frame
    known, ways = theme.named(), theme.template()["layout"]["colorway"]
    kinds = [
        Kind(theme.safe(str(c)), known.get(str(c).partition("（")[0], ways[at % len(ways)]), whole[c].tolist())
        for at, c in enumerate(whole.columns)
    ]
    tip = f"，占 {{n}} {unit}的 {{share}}"
    return stacked([theme.safe(str(name)) for name in whole.index], kinds, f"{what}（{unit}）", unit, tip)


def _text(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value:.1f}%"
    return f"{f'{value:,.2f}'.rstrip('0').rstrip('.')} {unit}".strip()
