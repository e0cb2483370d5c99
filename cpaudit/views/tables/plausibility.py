"""Plausibility leads as a table ready to show, with the words that keep a lead from being read as a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import plausibility as analysis
from cpaudit.analysis.doubts import leads as definitions
from cpaudit.dataset import dated
from cpaudit.labels import usual, worded
from cpaudit.labels.lists import named
from cpaudit.programme import industries
from cpaudit.views import readings
from cpaudit.views.columns import columns
from cpaudit.views.page import Table
from cpaudit.views.tables.base import demonstration_note, named_groups, table

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


def plausibility(ds: Dataset, kind: str = "", unit: str = "", by: str = "lead") -> Table:
    """Return the leads, all or of one kind or unit; how many there are of each kind stands in the note.

    ``by`` a grouping of plants (consultant, unit …): how many plants of each some lead is about.

    ``ds`` is the whole programme: what is unusual shows against all plants of a trade, not against a unit's few.
    """
    rules = definitions.rules()
    if by != "lead":
        return _grouped(ds, by, rules.note.format(rate=f"{rules.rate:.0%}"))
    frame = analysis.leads(ds)
    if unit:
        frame = frame[frame["unit"].str.split(";").map(lambda named: unit in named).astype(bool)]
    counts = frame["kind"].value_counts()
    said = "、".join(f"{k.label} {counts[key]} 条" for key, k in rules.kinds.items() if key in counts)
    if kind:
        frame = frame[frame["kind"] == kind]
    frame = frame.copy()
    labels = {
        "unit": named("units"),
        "industry": {k: i.label for k, i in industries().items()},
        "plant_ids": dict(zip(ds.plants["plant_id"], ds.plants["name"], strict=True)),
    }
    for column, known in labels.items():
        frame[column] = ["、".join(known.get(c, c) for c in codes.split(";") if c) for codes in frame[column]]
    frame["kind"] = [rules.kinds[k].label for k in frame["kind"]]
    frame["strength"] = [rules.strengths[s].label for s in frame["strength"]]
    cols = columns(kind=usual("kind", code="leads"), strength="strength", plant_ids="plants_list")
    cols |= columns("unit", "industry", "what", "evidence", "q")
    note = rules.note.format(rate=f"{rules.rate:.0%}") + (f"共 {counts.sum()} 条：{said}。" if said else "")
    note += demonstration_note(ds)
    return table(
        "plausibility",
        f"数据合理性线索（{dated.day(ds)}）",
        frame,
        {**cols, **columns("file", "sheet", "cell")},
        note,
        f"没有达到控制标准的线索。{note}",
    )


def _grouped(ds: Dataset, by: str, note: str) -> Table:
    frame = named_groups(worded(analysis.summary(ds, by)), by)
    few = "占比说明先核实哪里，不说明谁有过错；企业少的组偶然性大。"
    titled = f"数据合理性线索的分布（{dated.day(ds)}）"
    return table(
        "plausibility", titled, frame, columns(*frame.columns), f"{few}{note}{readings.of_groups(ds, by)}{demonstration_note(ds)}"
    )
