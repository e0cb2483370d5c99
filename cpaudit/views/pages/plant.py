"""One plant, one file (一企一档): head data, way through the audit, indicators, what stops it, options, problems, sources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit import indicators
from cpaudit.analysis import attainment, benefits, progress, provenance
from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.standing import scorer
from cpaudit.dataset import dated
from cpaudit.errors.arguments import dataset_of, text_of
from cpaudit.fields import codes
from cpaudit.fields import tables as dictionary
from cpaudit.labels import worded
from cpaudit.views import key_figures, parts, readings, unheard
from cpaudit.views.columns import column, columns
from cpaudit.views.directory import directory
from cpaudit.views.figures.bullets import bullets
from cpaudit.views.figures.timeline import timeline
from cpaudit.views.measured import in_own_words, key_figure
from cpaudit.views.page import Block, Caveat, Column, Heading, KeyFigures, Origin, Page, Table, Text, Tone
from cpaudit.views.tables import base as tables
from cpaudit.views.tables import explanations
from cpaudit.views.tables.base import table
from cpaudit.vocabulary import LEVELS, UNJUDGED

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

#: What the head of the file says, in this order.
_HEAD = (
    "name", "former_names", "uscc", "unit", "county", "industry", "roster", "reasons", "permit_class", "permit_no", "assessor",
    "authority", "consultant", "cohort", "listed_on", "own_deadline", "stricter_level", "hazardous_waste_t", "status",
    "status_since",
)  # fmt: skip


def plant_page(ds: Dataset, plant: str = "") -> Page:
    """返回一家企业的一企一档。

    Return the file 一企一档 of the plant that ``plant`` names: its id, social credit code, name or a part of the name.

    '' takes the first on the list.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.plant_page(ds, "霁丑特种水泥").id
    'plant'

    Raises:
        UsageError: none or several are meant.
    """
    dataset_of(ds)
    text_of(plant, "企业")
    if ds.plants.empty:
        note = Caveat(parts.nobody(ds) or "没有列入名单的企业，请先读取名单。", "plain")
        return Page("plant", "一企一档", ds.programme.title, parts.stamp(ds), (*parts.opening(ds), note))
    plant_id = parts.find_plant(ds, plant) if plant.strip() else str(ds.plants["plant_id"].iloc[0])
    mine = only_plant(ds, plant_id)
    name = str(mine.plants["name"].iloc[0])
    blocks: list[Block] = [*parts.opening(mine), _key_figures(mine), head(mine)]
    blocks += [Heading("审核进程"), timeline(mine, event_places(mine)), *readings.of_deadlines(mine), milestones(mine)]
    blocks += [Heading("达标判定"), *(parts.left_out(mine) or _judged(mine))]
    blocks += [Heading("指标对照"), *(parts.left_out(mine) or _indicators(mine))]
    blocks += [Heading("怎样再上一级"), *(parts.left_out(mine) or _next_level(mine, plant_id))]
    blocks += [Heading("方案与效益"), *(parts.left_out(mine) or _options(mine))]
    blocks += [Heading("问题与来源"), *(parts.left_out(mine) or [_problems(mine)]), sources(mine)]
    title, listed = f"一企一档：{name}", directory(mine, [plant_id])
    return Page("plant", title, ds.programme.title, parts.stamp(mine, complete=True), in_own_words(blocks, mine), listed)


def _judged(ds: Dataset) -> list[Block]:
    if not ds.programme.targets:
        return [Caveat(readings.UNASKED, "plain")]
    return [*parts.interpretations(ds), _own(tables.attainment(ds, "target"))]


def _problems(ds: Dataset) -> Table:
    return replace(tables.problems(ds), empty="没有发现数据问题。")


def only_plant(ds: Dataset, plant_id: str) -> Dataset:
    """Return the data set reduced to one plant; sources stay whole."""
    return ds.reduced([plant_id])


def head(ds: Dataset) -> Table:
    """Return the head data as item and content; what is not stated has no row."""
    import pandas as pd

    known = dictionary()["plants"].columns
    row = worded(ds.plants, ds).iloc[0]
    rows, read = [], []
    own, returned = _place(ds.plants.iloc[0]), provenance.returned(ds)
    sent = _place(returned.iloc[0]) if len(returned) else None
    for name in _HEAD:
        unsaid = name == "status" and statuses.untold(ds)[0]
        if pd.isna(row[name]) or row[name] == "" or unsaid:
            continue
        text = row[name]
        if known[name].type == "codes":
            labels = codes("plants", name)
            text = "、".join(labels.get(c, c) for c in str(text).split(";"))
        elif known[name].type == "date":
            text = f"{text:%Y-%m-%d}"
        elif name == "stricter_level":
            text = LEVELS[int(text)]
        elif name == "cohort":
            text = ds.programme.title if text == ds.programme.id else text
        elif isinstance(known[name].codes, dict):
            text = codes("plants", name).get(text, text)
        rows.append((known[name].heading, parts.digits(text) if isinstance(text, float) else str(text)))
        read.append(sent if name in provenance.RETURNED else own)
    frame = pd.DataFrame(rows, columns=["item", "content"])
    made = table("head", "基本情况", frame, columns(item="amount", content="what"), "未填写的项目不列。")
    return replace(made, places=tuple(read))


def _place(row: Any) -> Origin | None:
    """Return where a record was read, None where nothing tells."""
    import pandas as pd

    place = tuple("" if pd.isna(row[c]) else str(row[c]) for c in provenance.PLACE)
    return (place[0], place[1], place[2]) if place[0] else None


def event_places(ds: Dataset) -> dict[str, Origin]:
    """Return, per milestone of the data set's one plant, where its event was read: the offline one, where there is one."""
    events = ds.events[ds.events["date"].notna()].sort_values(["channel", "date"], ascending=[False, True], kind="stable")
    return {m: p for m, row in zip(events["milestone"], parts.records(events), strict=True) if (p := _place(row))}


def milestones(ds: Dataset) -> Table:
    """Return every milestone: deadline, when done, state, days."""
    labels = {m.id: m for m in ds.programme.milestones}
    frame = progress.milestone_states(ds)
    frame["label"] = [labels[m].label for m in frame["milestone"]]
    frame["clause"] = [labels[m].clause for m in frame["milestone"]]
    frame["channel"] = frame["channel"].map(codes("events", "channel"))
    frame = worded(frame, ds, state=progress.STATES)
    cols = columns(label="milestone") | columns("deadline", "done_on", "state", "days", channel="basis")
    note = "天数：逾期的为逾期天数，未到期的为剩余天数。依据为完成日期取自线上（系统导出）还是线下（上报表）。"
    read = event_places(ds)
    return replace(
        table("milestones", "各节点", frame, {**cols, **columns("clause")}, note),
        places=tuple(read.get(m) for m in frame["milestone"]),
    )


def sources(ds: Dataset) -> Table:
    """Return the sheets that the plant's data come from, with how many records each gave."""
    import pandas as pd

    found = []
    for name, t in dictionary().items():
        if name in provenance.TRACED and t.provenance and (frame := getattr(ds, name)) is not None and len(frame):
            found.append(frame[provenance.PLACE].assign(table=t.label))
    cols = {**columns("file", "sheet"), "table": Column("数据"), "n": column("key", kind="integer", unit="条")}
    cols["cell"] = Column("首处")
    frame = pd.concat(found) if found else pd.DataFrame(columns=[*provenance.PLACE, "table"])
    grouped = frame.groupby(["file", "sheet", "table"], sort=False, dropna=False)["cell"].agg(["size", "first"]).reset_index()
    grouped = grouped.rename(columns={"size": "n", "first": "cell"})
    note = "点上面各表中的一行或图中的一点，可看该数值出自哪个单元格；cpaudit trace 逐项列出。"
    return table("sources", "数据来源", grouped, cols, note, "没有来源记录。")


def _key_figures(ds: Dataset) -> KeyFigures:
    row = parts.only(progress.plants(ds))
    states = progress.milestone_states(ds)
    bound = states[~states["state"].isin(["not_applicable", "applies_unknown"])]
    done = int(bound["state"].isin(progress.DONE).sum())
    late = None if row["not_reported"] else int(row["n_overdue"])
    way = (
        key_figure("milestones_done", None if row["not_reported"] else done, len(bound)),
        key_figure("n_overdue", late, tone="bad"),
    )
    if dated.undated(ds):
        return KeyFigures(way)
    verdict = parts.only(attainment.plants(ds))
    tones: dict[str, Tone] = {"attained": "good", "not_attained": "bad", "cannot_judge": "warn"}
    levels = {p: verdict[f"level_{p}"] for p in ("before", "after")}
    said = "、".join(f"{label} {_level(levels[p])}" for p, label in codes("measurements", "period").items())
    targets = attainment.targets(ds)
    attained = int((targets["verdict"] == "attained").sum())
    implemented = None if unheard.unsent(ds, "options") else int(benefits.totals(ds)["options"].iloc[0])
    attained_ = None if verdict["left"] or unheard.unsent(ds, "measurements") else attained
    judged = replace(
        key_figure("targets_attained", attained_, len(targets)),
        note=f"{'已退出' if verdict['left'] else attainment.VERDICTS[verdict['verdict']]}；{said}",
        tone="plain" if verdict["left"] else tones[verdict["verdict"]],
    )
    return KeyFigures(
        (
            *way,
            *([judged] if ds.programme.targets else []),
            key_figure("options_implemented", implemented, len(benefits.options(ds))),
            key_figure("problems", len(ds.problems)),
        )
    )


def _level(level: Any) -> str:
    import pandas as pd

    return UNJUDGED if pd.isna(level) else LEVELS[int(level)]


def _indicators(ds: Dataset) -> list[Block]:
    if ds.measurements.empty:
        return [Caveat("没有填报指标实测值，无法对照基准值、计算级别。", "plain")]
    detail = indicators.explanations(scorer(ds))
    keys = ["system", "process", "indicator", "period"]
    read = {tuple(row[k] for k in keys): p for row in parts.records(ds.measurements) if (p := _place(row))}
    each = [bullets(ds, rows, read) for _, rows in detail.groupby(["system", "process"], sort=False)]
    return [*each, _own(explanations.scores(ds), "system", "process", "period")]


def _own(made: Table, *by: str) -> Table:
    """Return a table without the columns that say whose it is, as the page does, sorted by ``by`` (before comes before after)."""
    shown = {name: column for name, column in made.columns.items() if name not in ("name", "unit")}
    frame = made.frame[list(shown)]
    frame = frame.sort_values(list(by), kind="stable", ignore_index=True) if by else frame
    return replace(made, frame=frame, columns=shown, plants=())


def _next_level(ds: Dataset, plant_id: str) -> list[Block]:
    import pandas as pd

    if ds.measurements.empty:
        return [Caveat(unheard.unsent(ds, "measurements") or "没有填报指标实测值，无从推算。", "plain")]
    period = "after" if (ds.measurements["period"] == "after").any() else "before"
    level = parts.only(attainment.plants(ds))[f"level_{period}"]
    asked = attainment.targets(ds)["required_level"].min()
    when = codes("measurements", "period")[period]
    if pd.isna(level):
        goal = 2 if pd.isna(asked) else int(asked)
        said = f"{when}的级别无法判定，以下按目标要求的{LEVELS[goal]}说明。"
    elif level == 1:
        return [Text(f"{when}各工序均已达到Ⅰ级，没有更高的级别。"), explanations.open_levels(ds, plant_id, period)]
    else:
        goal = int(level) - 1
        said = f"{when}企业整体为{LEVELS[int(level)]}，上一级为{LEVELS[goal]}；企业整体的级别为各工序中最低的。"
    blocks: list[Block] = [Text(said), explanations.obstacles(ds, plant_id, period, goal)]
    return [*blocks, explanations.way_up(ds, plant_id, period, goal), explanations.open_levels(ds, plant_id, period)]


def _options(ds: Dataset) -> list[Block]:
    if ds.options.empty:
        return [Caveat(unheard.unsent(ds, "options") or "没有填报清洁生产方案。", "plain")]
    whole = tables.benefits(ds, "option")
    given = {n: c for n, c in whole.columns.items() if n not in ("name", "unit") and whole.frame[n].notna().any()}
    note = "没有填报的效益不列；各项效益各按本身单位，不相互折算。"
    made = table("options", "清洁生产方案", whole.frame, given, note)
    return [key_figures.of_benefits(ds), replace(made, places=tuple(map(_place, parts.records(ds.options))))]
