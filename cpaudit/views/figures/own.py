"""One's own numbers in the figures that the house draws: a tile per unit, bars of parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, SupportsFloat

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import frame_of, unfit
from cpaudit.programme import find_unit, units
from cpaudit.views import theme
from cpaudit.views.figures.maps import tiles
from cpaudit.views.figures.stacked import Kind, nothing, stacked
from cpaudit.views.parts import decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        UsageError: ``values`` is no series of numbers, an entry of its index is no unit (the sentence lists them), stands twice,
            or has a number below 0 or without end.
    """
    import pandas as pd

    if not isinstance(values, pd.Series):
        raise unfit("方格图的数", values, '请给一列以单位为索引的数，如 pd.Series({"石家庄市": 12})')
    named = [find_unit(str(name)).id for name in values.index]
    numbers = dict(zip(named, _numbers(values, [units()[name].name for name in named]), strict=True))
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise UsageError(f"{units()[twice].name}有不止一个数，请先按单位合计。")
    given = {name: value for name, value in numbers.items() if value is not None}
    found: dict[str, float | None] = {name: given.get(name) for name in units()}
    places = 1 if unit == "%" else decimals(given.values())
    texts = {name: "无数据" if value is None else _text(value, unit, places) for name, value in found.items()}
    share = unit == "%"
    largest = 100.0 if share else max(given.values(), default=0.0) or 1.0
    bar = theme.SHARE_BAR if share else {"thickness": 10, "len": 0.7, "outlinewidth": 0}
    return tiles(found, texts, texts, largest, {**bar, "title": {"text": unit or str(values.name or ""), "side": "top"}})


def bars(frame: pd.DataFrame | pd.Series, *, what: str = "", unit: str = "家") -> go.Figure:
    """画横条图：每行一条，各列叠成一条，数字写在条内；只有一列的写在条边。

    ``frame``: numbers, a bar per row (the index names it), a part per column, both as they are to be read; a series gives bars
    of one part. All numbers are written with as many decimals as one of them needs, at most two; what is missing has no part.
    Columns called as the house calls them (已验收, 达标 …) have its colours. ``what`` is counted: it stands at the axis (企业
    where ``unit`` is 家), with its unit. Returns a plotly figure.

    >>> import pandas as pd
    >>> drawn = bars(pd.DataFrame({"达标": [3, 1], "未达标": [0, 2]}, index=["水泥", "钢铁"]))
    >>> [(bar.name, list(bar.x)) for bar in drawn.data]
    [('达标', [3, 1]), ('未达标', [0, 2])]

    Raises:
        UsageError: ``frame`` is no table or series of numbers, or one is below 0 or without end.
    """
    import pandas as pd

    frame_of(frame, '请给一张表或一列数，索引是各条的名称，如 pd.Series({"水泥": 3})')
    what = what or ("企业" if unit == "家" else "")
    whole = frame.to_frame(str(frame.name or what or unit)) if isinstance(frame, pd.Series) else frame
    groups = [str(name) for name in whole.index]
    known, ways = theme.named(), theme.template()["layout"]["colorway"]
    kinds = [
        Kind(
            theme.safe(str(name)),
            known.get(str(name).partition("（")[0], ways[at % len(ways)]),
            _numbers(whole.iloc[:, at], groups),
        )
        for at, name in enumerate(whole.columns)
    ]
    if not any(value is not None for kind in kinds for value in kind.counts):
        return nothing()
    tip = f"，占 {{n}} {unit}的 {{share}}"
    places = decimals(value for kind in kinds for value in kind.counts if value is not None)
    return stacked([theme.safe(name) for name in groups], kinds, f"{what}（{unit}）" if what else unit, unit, tip, places)


def _numbers(values: pd.Series, called: Sequence[str]) -> list[float | None]:
    """Return a column's numbers (whole ones as such), None where it has none.

    Raises:
        UsageError: one is no number, below 0, or without end.
    """
    import pandas as pd

    found: list[float | None] = []
    for name, value in zip(called, values.tolist(), strict=True):
        if pd.api.types.is_scalar(value) and pd.isna(value):
            found.append(None)
            continue
        if isinstance(value, str | bool) or not isinstance(value, SupportsFloat):
            raise unfit(f"“{name}”的数", value, "请先换成数，如 pd.to_numeric(…)")
        number = float(value)
        if number < 0 or math.isinf(number):
            raise UsageError(f"“{name}”的数{'小于 0' if number < 0 else '没有上限'}，图上画不出来，请改正或去掉。")
        found.append(int(number) if number.is_integer() else number)
    return found


def _text(value: float, unit: str, places: int) -> str:
    return f"{value:.{places}f}%" if unit == "%" else f"{value:,.{places}f} {unit}".strip()
