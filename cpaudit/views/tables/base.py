"""The analyses as tables ready to show: Chinese headings, codes turned into labels. Commands and annexes share them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.analysis.basis import unsaid
from cpaudit.analysis.basis.codes import crossed
from cpaudit.dataset import dated
from cpaudit.fields import UNREAD, codes, field, labels
from cpaudit.fields import benefits as benefit_fields
from cpaudit.labels import worded
from cpaudit.labels.lists import named
from cpaudit.measures import measures
from cpaudit.programme.conventions import conventions
from cpaudit.programme.document import by_clauses
from cpaudit.programme.model import titles
from cpaudit.views import measured, readings
from cpaudit.views.columns import columns
from cpaudit.views.page import Column, Table
from cpaudit.views.totals import all_together, last_line
from cpaudit.views.unheard import none, silence
from cpaudit.vocabulary import VERIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: How complete the answers are, as every table that shows it says.
GIVEN = "指标填报率＝已填指标÷应填指标（应报数据的企业×适用的指标×到期的时期）；有审核后数据的企业占应报数据的企业。"
_OPTIONS = {
    "plants": "implementing_plants",
    "options": "options_implemented",
    "no_low_cost": "no_low_cost",
    "medium_high_cost": "medium_high_cost",
    "unread": "class_unread",
}
_VERDICTS = ("left", "judged", "attained", "not_attained", "cannot_judge", "attained_pct")


def named_groups(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return groups of which the one that nothing is filled in for says so: a blank name would be read as none of theirs."""
    if by == "cohort":
        return batch_names(frame, by)
    return frame.assign(**{by: frame[by].fillna("（未填）")}) if frame[by].isna().any() else frame


def batch_names(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return a frame whose batches are called by their titles; of what no programme file tells, as the list does."""
    known = {**titles(), UNREAD: codes("plants", "status")[UNREAD], "": "（未填）"}
    return frame.assign(**{name: [known.get(id, id) for id in frame[name].astype(object).fillna("")] for name in names})


def table(
    id: str,
    title: str,
    frame: pd.DataFrame,
    cols: dict[str, Column],
    note: str = "",
    empty: str = "没有符合条件的记录。",
    limit: int | None = None,
    whole: pd.DataFrame | None = None,
) -> Table:
    """Return a table of the columns ``cols``; its rows lead to plants where ``frame`` has their plant_id.

    What decided a row's level or verdict stands in it, where ``frame`` says that: 核对状态 is the last column. ``whole`` is the
    line of all together (see :mod:`cpaudit.views.totals`).
    """
    if "verification" in frame and "verification" not in cols:
        cols = {**cols, **columns("verification")}
    note += few(frame, cols)
    linked = "plant_id" in frame and any(c.plant for c in cols.values())
    plants = tuple(frame["plant_id"].astype(object).where(frame["plant_id"].notna(), None)) if linked else ()
    total = last_line(whole, cols)
    return Table(id, title, frame[list(cols)].reset_index(drop=True), cols, note, empty, limit, plants, total=total)


def few(frame: pd.DataFrame, cols: dict[str, Column]) -> str:
    """Return what a table says of its rates where some row's is one of few: one more or less would turn it."""
    shares = [known.out_of for name in cols if cols[name].kind == "percent" and (known := measures().get(name))]
    small = conventions().bulletin.small_unit
    if any(of in frame and frame[of].between(1, small).any() for of in shares):
        return f"总数不超过 {small} 的行，比率仅供参考。"
    return ""


def demonstration_note(ds: Dataset) -> str:
    """Return what a table of invented data says of itself; nothing for real data."""
    return "示范数据，企业均为虚构。" if ds.demonstration else ""


def marked(table: Table, ds: Dataset, *, rows: bool) -> Table:
    """Return a table in the words of its programme that says that its data are invented, if they are: in every row (数据性质),
    else in its note.
    """
    table = measured.table_in_own_words(table, ds)
    if not ds.demonstration:
        return table
    if rows:
        said = table.frame.assign(data_kind=VERIFICATIONS["demonstration"])
        return replace(table, frame=said, columns={**table.columns, **columns("data_kind")})
    note, empty = (said if "示范数据" in said else said + demonstration_note(ds) for said in (table.note, table.empty))
    return replace(table, note=note, empty=empty)


def basis(*clauses: str) -> str:
    """Return the line that names the notice's clauses a table rests on.

    >>> basis("二（二）3", "二（二）4", "二（二）3")
    '依据：通知二（二）3、二（二）4。'
    """
    return f"依据：{by_clauses(*clauses)}。" if any(clauses) else ""


def progress_basis(ds: Dataset) -> str:
    """Return the line that names the clauses of the plants' milestones, and how their deadlines are read."""
    return basis(*(m.clause for m in ds.programme.plant_milestones())) + readings.note(readings.of_deadlines(ds))


def working_days_note(frame: pd.DataFrame) -> str:
    """Return where the working days of ``frame``, labelled or not, had to be guessed; nothing where none were."""
    assumed = frame.loc[
        frame["working_days_basis"].isin(("assumed", labels("working_days_basis", "assumed")["assumed"])), "deadline"
    ]
    years = "、".join(str(y) for y in sorted(assumed.dt.year.unique()))
    return f"剩余工作日：期限在 {years} 年的，该年放假安排未公布，按周一至周五计。" if years else ""


# -- progress


def progress(ds: Dataset, by: str) -> Table:
    """Return the progress by unit, industry or roster, of each plant (``plant``), or what must be done (``to-do``)."""
    from cpaudit.analysis import progress as analysis

    title, note = f"审核进度（{dated.day(ds)}）", progress_basis(ds) + demonstration_note(ds)
    milestones = {m.id: m.label for m in ds.programme.milestones}
    if by == "plant":
        frame = worded(analysis.plants(ds), ds, next_milestone=milestones)
        frame["stage"] = staged(frame)
        cols = columns(
            "name", "unit", "county", "industry", "status", "stage", "n_overdue", "worst_overdue_days", "next_milestone"
        )
        return table("plants", title, frame, {**cols, **columns("next_deadline", "accepted_on", "doubt")}, note)
    if by == "to-do":
        frame = worded(analysis.to_do(ds), ds, state=analysis.STATES).rename(columns={"plants": "plants_list"})
        cols = columns("unit", "label", "actor", "deadline", "state", "days", "working_days", "n_plants", "plants_list", "clause")
        note, empty = demonstration_note(ds) + working_days_note(frame), none(ds, "没有符合条件的待办事项。")
        return table("to_do", f"待办事项（{dated.day(ds)}）", frame, cols, note, empty=empty)
    frame, note = named_groups(worded(analysis.summary(ds, by), ds), by), note + silence(ds) + readings.of_groups(ds, by)
    counts = counted(ds, "failed", "unclear", "overdue", "not_reported", "part_unreported", "due_soon", "left", "status_unread")
    return table("progress", title, frame, columns(by) | counts, note, whole=all_together(ds, by, analysis.summary(ds), frame))


def staged(plants: pd.DataFrame) -> pd.Series:
    """Return how far each plant is in words (``plants``: :func:`progress.plants` in words), and whether it may be further."""
    from cpaudit.analysis.progress import STATES

    known = plants["stage"].where(plants["stage_sure"], plants["stage"] + "，其后不明")
    return known.mask(plants["not_reported"], STATES["not_reported"])


def counted(ds: Dataset, *names: str) -> dict[str, Column]:
    """Return the columns of :func:`progress.summary`: the list, the programme's stages, then ``names`` and the rates."""
    from cpaudit.analysis.progress import judges

    every = ("listed", *ds.programme.stages, *names, "accepted_pct", "accepted_active_pct")
    return {name: measured.column(name, ds) for name in every if name != "failed" or judges(ds)}


def judged(ds: Dataset, frame: pd.DataFrame) -> pd.Series:
    """Return the verdicts of plants in words as ``frame`` has them: of those that left without acceptance, that they left."""
    gone = set(ds.plants["plant_id"][unsaid.gone(ds)])
    return frame["verdict"].mask(frame["plant_id"].isin(gone), measures()["left"].label)


def attainment(ds: Dataset, by: str) -> Table:
    """Return the attainment by unit, industry or roster, of each plant, or of each plant and target."""
    from cpaudit.analysis import attainment as analysis

    note = basis(*(t.clause for t in ds.programme.targets)) + ("" if ds.programme.targets else readings.UNASKED)
    note += demonstration_note(ds) + readings.note(readings.of_verdicts(ds))
    title = f"达标情况（{dated.day(ds)}）"
    if by == "plant":
        frame = worded(analysis.plants(ds), ds, verdict=analysis.VERDICTS)
        frame["verdict"] = judged(ds, frame)
        return table(
            "attainment",
            title,
            frame,
            columns("name", "unit", "industry", "level_before", "level_after", "verdict", "reason", "doubt"),
            note,
        )
    if by == "target":
        frame = worded(analysis.targets(ds), ds, verdict=analysis.VERDICTS)
        frame["verdict"] = judged(ds, frame)
        cols = columns(
            "name", "unit", "label", "clause", "required_level", "level_before", "level_after", "verdict", "reason", "doubt"
        )
        return table("targets", title, frame, cols, note)
    frame = named_groups(worded(analysis.summary(ds, by), ds), by)
    return table(
        "attainment",
        title,
        frame,
        {**columns(by), "plants": measured.column("listed"), **columns(*_VERDICTS)},
        note + readings.of_groups(ds, by),
        whole=all_together(ds, by, analysis.summary(ds), frame),
    )


def benefits(ds: Dataset, by: str) -> Table:
    """Return investment and benefits of implemented options by unit, industry or class, or every option."""
    from cpaudit.analysis import benefits as analysis

    note = basis(ds.programme.summary.clause) + demonstration_note(ds)
    names = ("investment_wan_yuan", *benefit_fields())
    amounts = {name: replace(measured.column(name), decimals=2) for name in names}
    if by == "option":
        amounts = {name: replace(column, measure="") for name, column in amounts.items()}  # of one option
        frame = worded(analysis.options(ds).rename(columns={"name": "title"}), ds, status=codes("options", "status"))
        frame = frame.rename(columns={"plant_name": "name"})
        cols = columns("name", "unit", "number", title=field("options", "name")) | columns("class", "status") | amounts
        return table("options", f"清洁生产方案（{dated.day(ds)}）", frame, cols, note)
    frame = named_groups(worded(analysis.totals(ds, by), ds), by)
    cols = columns(by) | {column: measured.column(id) for column, id in _OPTIONS.items()} | amounts
    cols |= columns("no_investment", "no_economic_benefit")
    note += readings.of_groups(ds, by)
    title = f"已实施方案的投资与效益（{dated.day(ds)}）"
    return table("benefits", title, frame, cols, note, whole=all_together(ds, by, analysis.totals(ds), frame))


# -- data quality


def problems(ds: Dataset, severity: str | None = None) -> Table:
    """Return the problems of the files: where, what, what to do."""
    frame = ds.problems if severity is None else ds.problems[ds.problems["severity"] == severity]
    cols = columns("severity", "unit", "file", "sheet", "cell", "message", "hint")
    return table("problems", f"数据问题（{ds.snapshot_day or ds.as_of}）", worded(frame, ds), cols)


def problems_by_unit(problems: pd.DataFrame) -> Table:
    """Return how many problems of each severity every unit's files have; files of no unit stand last."""
    counts = crossed(problems["unit"].fillna(""), problems["severity"]).reindex(
        columns=["error", "warning", "note"], fill_value=0
    )
    order = [u for u in (*named("units"), "") if u in counts.index]
    frame = counts.loc[order].reset_index()
    frame["unit"] = frame["unit"].map({**named("units"), "": "名单与系统导出"})
    return Table("problems", "数据问题", frame, columns("unit", "error", "warning", "note"), empty="没有发现问题。")


def problems_by_kind(problems: pd.DataFrame) -> Table:
    """Return how often each kind of problem occurs, the worst first, with its first place as an example."""
    frame = (
        worded(problems)
        .groupby("code", sort=False)
        .agg(
            severity=("severity", "first"),
            count=("code", "size"),
            sheet=("sheet", "first"),
            cell=("cell", "first"),
            message=("message", "first"),
        )
    )
    order = {label: at for at, label in enumerate(codes("problems", "severity").values())}
    frame = frame.sort_values("severity", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)
    cols = {**columns("severity"), "count": Column("处数", "integer"), **columns("sheet")}
    cols |= {"cell": Column("首处"), "message": Column("首处的问题")}
    return Table("problems", "数据问题", frame, cols, empty="没有发现问题。")
