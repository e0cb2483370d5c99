"""The figures that show every unit at a glance: the tile map, and units by trades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import progress
from cpaudit.analysis.basis import unsaid
from cpaudit.analysis.basis.codes import crossed
from cpaudit.programme import industries, units
from cpaudit.views import measured, theme
from cpaudit.views.directory import advances
from cpaudit.views.figures import marks
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import industry_name, number, only, rate, records, share, small_unit, source_note, unit_name
from cpaudit.views.unheard import all_silent, silence

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from cpaudit.dataset import Dataset


def tile_map(ds: Dataset) -> Figure | Caveat:
    """Draw a tile per unit at its place in the grid, coloured by the share of accepted plants."""
    each = records(progress.summary(ds, "unit"))
    texts, hovers = {}, {}

    def silent(row: dict[str, Any]) -> bool:
        return row["accepted"] is None

    def said(row: dict[str, Any]) -> str:
        return (
            ("未报送" if row["not_reported"] == row["listed"] else "不明")
            if silent(row)
            else f"{row['accepted']}/{row['listed']}"
        )

    for row in each:
        unit, n = units()[row["unit"]], said(row)
        texts[unit.id] = n if row["listed"] else "无企业"
        said_ = "" if silent(row) else share(row["accepted"], row["listed"])
        lines: tuple[str, ...] = (
            measured.told("listed", row["listed"]),
            f"{measured.told('accepted', row['accepted'], ds=ds)}（{said_}）" if not silent(row) else "",
            measured.told("overdue", row["overdue"]) if not silent(row) else "",
        )
        if silent(row):
            lines = (
                lines[0],
                "未报送，无法判断" if row["not_reported"] == row["listed"] else f"{ds.programme.final.noun}情况无法判断",
            )
        hovers[unit.id] = "<br>".join(lines)
    bar = theme.SHARE_BAR | {"title": {"text": f"{ds.programme.final.noun}率", "side": "top"}}
    drawn = tiles({row["unit"]: number(row["accepted_pct"]) for row in each}, texts, hovers, bar=bar)
    total = only(progress.summary(ds))
    if all_silent(ds):
        return Caveat(silence(ds))
    part = "—" if total["accepted"] is None else rate(total["accepted"], total["listed"])
    title = f"{measured.told('accepted', total['accepted'], ds=ds)}，占{measured.told('listed', total['listed'])}的 {part}"
    alt = "、".join(f"{units()[r['unit']].short_name} {said(r)}" for r in each)
    note = f"方格示意，不代表实际位置和面积；每格为 {measured.label('accepted', ds)}/列入名单（家）。" + source_note(
        ds, total["listed"]
    )
    behind = marks.behind(ds.plants["plant_id"], ds.plants["unit"].map(unit_name))
    told = f"各单位{ds.programme.final.noun}率：{alt}。"
    title += "".join(f"；{measured.told(id, total[id])}" for id in ("not_reported", "part_unreported") if total[id])
    return Figure("tile_map", title + _slowest(ds, each), drawn, told, total["listed"], note, height=400, behind=behind)


def tiles(
    values: Mapping[str, float | None],
    texts: Mapping[str, str],
    hovers: Mapping[str, str],
    largest: float = 100,
    bar: Mapping[str, Any] = theme.SHARE_BAR,
) -> go.Figure:
    """Return a tile per unit of ``values`` (unit id → 0 … ``largest``; None is grey) at its place, with a text on it."""
    import plotly.graph_objects as go

    places = _places(list(values))
    rows, columns = (max(at[side] for at in places.values()) + 1 for side in (0, 1))
    z, ground, shown, tips, names = (_grid(rows, columns) for _ in range(5))
    for id, value in values.items():
        unit = units()[id]
        at = places[id]
        _put(z, at, value)
        _put(ground, at, 0)
        _put(names, at, unit.name)
        _put(shown, at, f"<b>{unit.short_name}</b><br>{texts[id]}")
        _put(tips, at, f"<b>{unit.name}</b><br>{hovers[id]}")
    common: dict[str, Any] = {"xgap": 4, "ygap": 4, "customdata": names}
    common |= {"hovertext": tips, "hovertemplate": "%{hovertext}<extra></extra>"}
    grey = go.Heatmap(z=ground, colorscale=[[0, theme.TILE], [1, theme.TILE]], showscale=False, **common)
    coloured = go.Heatmap(z=z, zmin=0, zmax=largest, colorscale=theme.SHARE_SCALE, colorbar=dict(bar), **common)
    # The text lies over both layers, dark on light tiles and light on dark ones.
    notes = [
        {
            "x": c,
            "y": r,
            "text": shown[r][c],
            "showarrow": False,
            "font": {"color": theme.INK if z[r][c] is None else theme.on(theme.shade(z[r][c] / largest * 100))},
        }
        for r in range(rows)
        for c in range(columns)
        if shown[r][c]
    ]
    hidden = {"visible": False, "showgrid": False}
    return theme.figure(
        grey,
        coloured,
        annotations=notes,
        xaxis=hidden,
        yaxis={**hidden, "autorange": "reversed"},
        margin={"l": 0, "r": 0, "t": 8, "b": 8},
    )


#: So many tiles stand in a row where the units have no places of their own.
_A_ROW = 5


def _places(ids: list[str]) -> dict[str, tuple[int, int]]:
    """Return row and column of each unit's tile: those of units.csv, else one after the other."""
    own = {id: (units()[id].grid_row, units()[id].grid_column) for id in ids}
    known = {id: (row, column) for id, (row, column) in own.items() if row is not None and column is not None}
    if len(known) == len(ids) and ids:
        # the whole grid, also where a part of it is drawn
        placed = ((u.id, u.grid_row, u.grid_column) for u in units().values())
        return {id: (row, column) for id, row, column in placed if row is not None and column is not None} | known
    return {id: divmod(at, _A_ROW) for at, id in enumerate(ids)} or {"": (0, 0)}


def _grid(rows: int, columns: int) -> list[list[Any]]:
    return [[None] * columns for _ in range(rows)]


def _put(grid: list[list[Any]], at: tuple[int, int], value: Any) -> None:
    grid[at[0]][at[1]] = value


def _slowest(ds: Dataset, each: list[dict[str, Any]]) -> str:
    """Name the unit with the lowest share, if there is one such: small units and ties don't count."""
    # whoever hasn't reported all of its plants is neither the lowest nor leaves that to others
    if any(row["not_reported"] or row["accepted"] is None for row in each):
        return ""
    open_ = ds.plants["unit"][unsaid.end(ds)].value_counts()
    large = [row for row in each if row["listed"] > small_unit()]
    least = min((row["accepted_pct"] for row in large), default=None)
    lowest = [row for row in large if row["accepted_pct"] == least]
    if len(large) < 2 or len(lowest) != 1:
        return ""
    row = lowest[0]
    most = (row["accepted"] + open_.get(row["unit"], 0)) / row["listed"] * 100
    if any(most >= other["accepted_pct"] for other in large if other is not row):
        return ""  # whether it is the lowest only those tell of whom nobody knows
    part = share(row["accepted"], row["listed"])
    return f"；{unit_name(row['unit'])}最低，为 {part}（{row['accepted']}/{row['listed']}）"


def shares(
    rows: list[str], columns: list[str], counts: list[list[tuple[int, int]]], text: list[list[str]], name: str, said: str
) -> go.Figure:
    """Return a grid of units by trades coloured by a share (part, whole); ``said`` is the hover text below the cell's name."""
    import plotly.graph_objects as go

    return theme.figure(
        go.Heatmap(
            z=[[(a / b * 100 if b else None) for a, b in row] for row in counts],
            x=[industry_name(i) for i in columns],
            y=[unit_name(u) for u in rows],
            text=text,
            customdata=[[marks.key(unit_name(u), industry_name(i)) for i in columns] for u in rows],
            texttemplate="%{text}",
            textfont={"size": 11},
            zmin=0,
            zmax=100,
            xgap=2,
            ygap=2,
            colorscale=theme.SHARE_SCALE,
            colorbar=theme.SHARE_BAR | {"title": {"text": name, "side": "top"}},
            hovertemplate=f"<b>%{{y}}　%{{x}}</b><br>{said}<extra></extra>",
            hoverongaps=False,
        ),
        xaxis={"side": "top", "showgrid": False, "tickangle": -30},
        yaxis={"autorange": "reversed", "showgrid": False},
        margin={"t": 70, "b": 8},
    )


def heat_map(ds: Dataset) -> Figure:
    """Draw the share of accepted plants by unit and trade, with the numbers."""
    noun, done = ds.programme.final.noun, measured.label("accepted", ds)
    frame = advances(ds)
    accepted, quiet = frame["advance"] == "accepted", frame["advance"].isin(["not_reported", "end_unknown"])
    n = crossed(frame["unit"], frame["industry"])
    n = n.reindex(index=[u for u in ds.programme.units if u in n.index], columns=[i for i in industries() if i in n.columns])
    k = crossed(frame.loc[accepted, "unit"], frame.loc[accepted, "industry"]).reindex(
        index=n.index, columns=n.columns, fill_value=0
    )
    quiet_n = crossed(frame.loc[quiet, "unit"], frame.loc[quiet, "industry"]).reindex(
        index=n.index, columns=n.columns, fill_value=0
    )
    told, silent = n - quiet_n, frame[frame["advance"] == "not_reported"]
    mute = crossed(silent["unit"], silent["industry"]).reindex(index=n.index, columns=n.columns, fill_value=0)
    # who reported in part has no rate: those of whom nobody knows would count against it, or not at all
    of = n.where(quiet_n == 0, 0)
    counts = [list(zip(*row, strict=True)) for row in zip(k.to_numpy(int).tolist(), of.to_numpy(int).tolist(), strict=True)]
    each = zip(*(f.to_numpy(int).tolist() for f in (k, n, told, mute)), strict=True)
    text = [
        [f"{a}/{m}" if b else "" if not m else "未报送" if m == c else "不明" for a, m, b, c in zip(*row, strict=True)]
        for row in each
    ]
    drawn = shares(list(n.index), list(n.columns), counts, text, f"{noun}率", f"{done}/列入名单 %{{text}} 家（%{{z:.1f}}%）")
    none = int(((told >= small_unit() + 1) & (k == 0) & (quiet_n == 0)).to_numpy().sum())
    title = f"各单位、各行业的{noun}率"
    title += (
        f"：企业超过 {small_unit()} 家而尚无一家{noun}的有 {none} 格"
        if none
        else f"；有企业未报送或结果不明的不计{noun}率"
        if quiet.any()
        else f"：企业超过 {small_unit()} 家的各格均已有企业{noun}"
    )
    note = f"每格为 {done}/列入名单（家），颜色为{noun}率，有企业未报送或结果不明的不着色，空白为没有企业。" + source_note(
        ds, len(frame)
    )
    cells = [marks.key(unit_name(u), industry_name(i)) for u, i in zip(frame["unit"], frame["industry"], strict=True)]
    return Figure(
        "heat_map",
        title,
        drawn,
        f"{title}。",
        len(frame),
        note,
        height=130 + 28 * max(len(n), 2),
        min_width=620,
        behind=marks.behind(frame["plant_id"], cells),
    )
