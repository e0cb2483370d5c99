"""达标：每家企业对应通知的哪些目标，达到了没有，能不能判定。

Attainment: which of the notice's targets (part 一) each plant reaches, and the sentence that says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import deciding, unsaid
from cpaudit.analysis.basis.attributes import facts
from cpaudit.analysis.basis.codes import grouping, groups, percent, sums
from cpaudit.analysis.judging.verdicts import Judge
from cpaudit.dataset import remembered
from cpaudit.errors.arguments import one_of
from cpaudit.fields import labels
from cpaudit.labels import usual
from cpaudit.programme import industries
from cpaudit.programme.targets import BY_SYSTEM
from cpaudit.vocabulary import CATEGORIES, VERIFICATIONS, weakest

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.analysis.judging.verdicts import Judged
    from cpaudit.dataset import Dataset

#: The verdicts, from good to bad; “cannot be judged” is an answer of its own.
VERDICTS = labels("verdict", "attained")
_RANK = {verdict: rank for rank, verdict in enumerate(VERDICTS)}
_PLANT = ("plant_id", "name", "unit", "industry", "roster")
_LEVELS = ("required_level", "level_before", "level_after")
_PERIODS = ("before", "after")


@remembered
def targets(ds: Dataset) -> pd.DataFrame:
    """返回每家企业须达到的每项目标及判定结果，每项一行。

    Return every target that binds a plant, with its verdict.

    Columns: plant_id, name, unit, industry, roster, target, label, clause, required_level, level_before, level_after (of what
    the target asks for: the worst of its categories and processes; null unknown), verdict (a key of ``VERDICTS``), reason (one
    Chinese sentence), verification (of the least verified system or parameter that decided it, a key of ``VERIFICATIONS``;
    null: none did), doubt (open errors and questions at the values it rests on, with their cells; null: none).

    Several targets may bind one plant (一、1 to 4); a stricter level that another rule asks of it replaces the target's.
    A level counts as missed only if it would be missed whatever the missing answers are; else the plant cannot be judged. So
    do indicators marked 不适用 that are to be confirmed (``interpretations.not_applicable``) and processes with values before
    the audit and none after. Where the hazardous waste isn't known, that target has its row too: nobody knows if it binds.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.attainment.targets(ds)["verdict"].nunique()
    3

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import numpy as np
    import pandas as pd

    each = _verdicts(ds)
    whose = np.repeat(np.arange(len(each)), [len(mine) for mine in each])
    told = [one for mine in each for one in mine]
    return pd.DataFrame(
        {
            **{column: ds.plants[column].array.take(whose) for column in _PLANT},
            "target": pd.array([one.target.id for one in told], dtype="str"),
            **{column: pd.array([getattr(one.target, column) for one in told], dtype="str") for column in ("label", "clause")},
            **{column: pd.array([getattr(one, column) for one in told], dtype="Int64") for column in _LEVELS},
            **{column: pd.array([getattr(one, column) for one in told], dtype="str") for column in ("verdict", "reason")},
            "verification": pd.array([one.verification for one in told], dtype="str"),
            "doubt": deciding.said(ds, deciding.at_values(ds)).array.take(whose),
        }
    )


@remembered
def plants(ds: Dataset) -> pd.DataFrame:
    """返回每家企业的达标判定，每家一行：须达到的目标全部达到才算达标。

    Return each plant's verdict: all targets that bind it must be attained.

    Columns: plant_id, name, unit, industry, roster, level_before, level_after (of the plant as a whole: its worst process;
    null unknown), verdict, reason, n_targets (known to bind), verification and doubt (as of :func:`targets`), left (whether it
    left the programme without acceptance).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.attainment.plants(ds))
    446

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import numpy as np
    import pandas as pd

    each, judge = _verdicts(ds), _judge(ds)
    told, ids = [_together(mine) for mine in each], ds.plants["plant_id"].tolist()
    return pd.DataFrame(
        {
            **{column: ds.plants[column].array for column in _PLANT},
            **{f"level_{period}": pd.array([judge.whole(p, period) for p in ids], dtype="Int64") for period in _PERIODS},
            "verdict": pd.array([verdict for verdict, _ in told], dtype="str"),
            "reason": pd.array([reason for _, reason in told], dtype="str"),
            "n_targets": np.array([sum(one.certain for one in mine) for mine in each], int),
            "verification": pd.array([weakest(one.verification for one in mine) for mine in each], dtype="str"),
            "doubt": deciding.said(ds, deciding.at_values(ds)).array,
            "left": unsaid.gone(ds),
        }
    )


@remembered
def summary(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """返回达标、未达标、无法判定的企业数，可按单位、行业、名单、区县或咨询机构分组。

    Return how many plants attain, in all or by unit, industry, roster, county or consultant.

    Columns: the grouping (none: one row), plants, left (left without acceptance: not counted further), judged, attained,
    not_attained, cannot_judge, attained_pct (of those judged; null over nothing), verification (the weakest of those counted).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.attainment.summary(ds, by="roster")["plants"].tolist()
    [403, 43]

    Raises:
        UsageError: no such grouping; its last line lists them; or the day is earlier than the snapshot's, whose values say
            nothing of it.
    """
    import numpy as np
    import pandas as pd

    by = grouping(by)
    each = plants(ds)
    left = each["left"].to_numpy()
    flags = {"plants": np.ones(len(each), bool), "left": left}
    flags |= {v: each["verdict"].eq(v).to_numpy(bool) & ~left for v in VERDICTS}
    marks = {status: each["verification"].eq(status).to_numpy(bool) & ~left for status in VERIFICATIONS}
    frame = sums(flags | {"judged": flags["attained"] | flags["not_attained"]} | marks, groups(ds, by) if by else None)
    if by:
        order = {"unit": list(ds.programme.units), "industry": list(industries())}.get(by)
        if order:
            frame = frame.reindex([k for k in order if k in frame.index])
        frame = frame.reset_index(names=by)
    frame["attained_pct"] = percent(frame["attained"], frame["judged"])
    weak = list(reversed(VERIFICATIONS))
    frame["verification"] = pd.array(np.select([frame[s] > 0 for s in weak], weak, default=""), dtype="str")
    frame["verification"] = frame["verification"].replace("", None)
    first = [] if by is None else [by]
    return frame[[*first, "plants", "left", "judged", "attained", "not_attained", "cannot_judge", "attained_pct", "verification"]]


def unofficial(ds: Dataset) -> tuple[str, ...]:
    """返回级别和结论所用的体系、参数中没有核对正式文本的，核对状态各是什么；都核对过的为空。

    >>> import cpaudit as cp
    >>> "demonstration" in unofficial(cp.example())
    True
    """
    found = set(plants(ds)["verification"].dropna())
    return tuple(status for status in VERIFICATIONS if status in found and status != "official")


def category(ds: Dataset, name: str) -> pd.DataFrame:
    """返回每家企业在某一类指标上的级别（取最差的工序）。

    Return each plant's level in one category of indicators: its worst process.

    Columns: plant_id, before, after (Int64, 1 … 4; null where no indicator applies, or a missing answer could change it).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.attainment.category(ds, "resource_energy").columns.tolist()
    ['plant_id', 'before', 'after']

    Raises:
        UsageError: no such category; its last line lists them; or the day is earlier than the snapshot's, whose values say
            nothing of it.
    """
    import pandas as pd

    name = one_of("没有名为“{}”的指标类别", name, CATEGORIES | {"hazardous_waste": usual("hazardous_waste").label})
    found, ids = _judge(ds).category(name), ds.plants["plant_id"].tolist()
    levels = {period: pd.array([found.get((p, period)) for p in ids], dtype="Int64") for period in _PERIODS}
    return pd.DataFrame({"plant_id": ds.plants["plant_id"], **levels})


def energy_limits(ds: Dataset, period: str = "after") -> pd.DataFrame:
    """返回各企业单位产品能耗（审核后，或 ``period="before"`` 审核前）在现行能耗限额标准中的级别，每项一行。

    Return where the energy of plants' products stands against the limits that are in force on the day, in a period.

    Columns: plant_id, name, unit, industry, system, indicator_name, value, measure (its unit), level (1 … 3; 4: over the limit;
    null where a correction that the limit depends on isn't given), verification. A row per product that is reported: what is
    over the limit is 综合能耗高 by the standard.

    >>> import cpaudit as cp
    >>> cp.analysis.attainment.energy_limits(cp.example()).columns.tolist()[4:7]
    ['system', 'indicator_name', 'value']

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import pandas as pd

    rows = []
    for (plant, when), several in _judge(ds).limits.items():
        for s in several if when == period else ():
            for at, row in enumerate(s.block.form.rows):
                if (value := s.block.answers[s.row][at]) is not None:
                    level = int(s.block.level_met[s.row, at]) if row["known"] else None
                    rows.append((plant, s.system, row["name"], value, row["unit"], level, s.status))
    names = ["plant_id", "system", "indicator_name", "value", "measure", "level", "verification"]
    frame = pd.DataFrame(rows, columns=names).astype({"level": "Int64", "value": "float64"})
    about = ds.plants[["plant_id", "name", "unit", "industry"]]
    return about.merge(frame, on="plant_id")[["plant_id", "name", "unit", "industry", *names[1:]]]


def stopped(ds: Dataset) -> pd.DataFrame:
    """返回使企业未达到目标的各项指标。

    Columns: plant_id, industry, name (of the indicator), limiting (whether it is a limiting one).

    A row per indicator reported after the audit that a missed target looks at and that doesn't meet the level it asks for.
    Plants that only fail to improve clearly (明显提升) have none, nor have those that left without acceptance.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.attainment.stopped(ds).columns.tolist()
    ['plant_id', 'industry', 'name', 'limiting']

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import numpy as np
    import pandas as pd

    whole, judge = plants(ds), _judge(ds)
    who = zip(whole["plant_id"].tolist(), whole["industry"].tolist(), whole["left"].tolist(), _verdicts(ds), strict=True)
    missed = [(one, p, trade) for p, trade, left, mine in who if not left for one in mine if one.verdict == "not_attained"]
    rows = []
    for target in ds.programme.targets:
        for one, plant, trade in sorted((m for m in missed if m[0].target.id == target.id), key=lambda m: m[1]):
            if not one.required_level or target.requires.kind not in BY_SYSTEM:
                continue
            if one.level_after is None or one.level_after > one.required_level:  # else it failed to improve
                rows += [(plant, trade, a.indicator) for a in judge.stopping(plant, target, one.required_level)]
    return pd.DataFrame(
        {
            "plant_id": pd.array([plant for plant, _, _ in rows], dtype="str"),
            "industry": pd.array([trade for _, trade, _ in rows], dtype="str"),
            "name": pd.array([indicator["name"] for _, _, indicator in rows], dtype="str"),
            "limiting": np.array([indicator["limiting"] for _, _, indicator in rows], bool),
        }
    )


#: The reason of whatever is said of a plant that left.
_LEFT = "已退出，不作判定。"


def _together(mine: list[Judged]) -> tuple[str, str]:
    """Return the worst verdict of a plant's targets and its reason; all reasons where the targets agree."""
    if not mine:
        return "cannot_judge", "通知没有为这家企业规定目标，无法判定。"
    worst = max(mine, key=lambda one: _RANK[one.verdict])
    if len({one.verdict for one in mine}) > 1:
        return worst.verdict, worst.reason
    return worst.verdict, "".join(dict.fromkeys(one.reason for one in mine))


@remembered
def _verdicts(ds: Dataset) -> list[list[Judged]]:
    """Return what becomes of the targets that bind each plant, in the order of ``ds.plants``."""
    judge, gone = _judge(ds), unsaid.gone(ds)
    found = [judge.plant(each) for each in facts(ds, "stricter_level")]
    # What a plant that left without acceptance would have attained is nobody's question any more: it isn't counted.
    return [[one._replace(reason=_LEFT) for one in mine] if left else mine for mine, left in zip(found, gone, strict=True)]


@remembered
def _judge(ds: Dataset) -> Judge:
    return Judge(ds)
