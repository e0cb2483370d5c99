"""How the workbench reads what the notice leaves open, in sentences that stand wherever a conclusion rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import progress
from cpaudit.analysis.basis.codes import cohorts
from cpaudit.analysis.carry_over import audited
from cpaudit.fields import UNREAD
from cpaudit.programme.calendar import is_day_off
from cpaudit.programme.document import by_clauses
from cpaudit.views.page import Caveat
from cpaudit.vocabulary import VERIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cpaudit.dataset import Dataset


#: What stands in the place of verdicts where the notice asks for none.
UNASKED = "本批次的通知没有规定须达到的清洁生产水平等要求，不作达标判定。"


def unchecked(used: Iterable[str], what: str = "评价指标体系") -> str:
    """Say what that isn't checked against a published text levels rest on, exactly that; '' where all is.

    >>> unchecked(["draft", "official"])
    '所用的评价指标体系有未核对正式文本的（征求意见稿或草案）'
    """
    found = set(used)
    said = "；".join(label for status, label in VERIFICATIONS.items() if status in found and status != "official")
    return f"所用的{what}有未核对正式文本的（{said}）" if said else ""


def of_verdicts(ds: Dataset) -> tuple[Caveat, ...]:
    """Return how verdicts read what the notice leaves open."""
    if not ds.programme.targets:
        return ()
    found, terms, improves = [], ds.programme.interpretations, ds.programme.improves
    rule = terms.clear_improvement
    if improves:
        unsure = rule.status == "demonstration"
        said = f"通知没有界定“{rule.term}”，工作台取为：{rule.meaning}。"
        found.append(Caveat(said + ("此为示范参数，须由主管部门确认。" if unsure else ""), "warn" if unsure else "plain"))
    kinds = {t.requires.kind for t in ds.programme.targets}
    waste = any(a.hazardous_waste_t_min is not None for t in ds.programme.targets for a in t.applies_to.parts())
    silent = {
        "clear_improvement": True,
        "stricter_level": not improves,
        "several_targets": not waste,
        "main_indicators": "categories" not in kinds,
    }
    rest = "；".join(f"{term}：{meaning}" for name, term, meaning in terms.said("verdicts") if not silent.get(name))
    found.append(Caveat(f"通知未作说明的其他取法——{rest}。", "plain"))
    return tuple(found)


def unimproved(ds: Dataset) -> str:
    """Return what is said of plants that were at their target before the audit and didn't do what is asked of those."""
    keeps = ds.programme.interpretations.clear_improvement.at_level_1 == "keep"
    return "没有明显提升（或已达Ⅰ级而有指标变差）" if keeps else "没有明显提升"


def note(of: tuple[Caveat, ...]) -> str:
    """Return readings as the note of a table or a letter has them."""
    return "".join(each.text for each in of)


def of_deadlines(ds: Dataset) -> tuple[Caveat, ...]:
    """Return how deadlines are read here where the notice is silent and it matters for these plants; nothing else."""
    terms, found = ds.programme.interpretations, []
    off = sorted({day for m in ds.programme.milestones for day in m.deadline.dates() if is_day_off(day)})
    if off:
        days = "、".join(day.isoformat() for day in off)
        found.append(f"{terms.holidays.term}（{days}）的，{terms.holidays.meaning}")
    if late := progress.late_when_left(ds):
        found.append(f"{terms.suspension.term}（{late} 个）{terms.suspension.meaning}")
    return (Caveat(f"通知未作说明，工作台取为：{'；'.join(found)}。", "plain"),) if found else ()


def of_groups(ds: Dataset, by: str | None) -> str:
    """Return how plants whose list doesn't say which batch listed them first are grouped; nothing where all say it."""
    blank, rule = ds.plants["cohort"].isna() & cohorts(ds).ne(UNREAD).fillna(True), ds.programme.interpretations.first_listed
    n = int(blank.sum())
    return f"{rule.term} {n} 家，工作台取为{rule.meaning}。" if by == "cohort" and n else ""


def rolls_over(ds: Dataset) -> str:
    """Say what the range of plants that go onto the next list rests on."""
    ruled = ds.programme.consequences
    silent = "定义文件没有写通知的规定" if ds.programme.status == "draft" else "通知未作规定"
    convention = f"转入范围是工作台的约定，{silent}。"
    said = convention if ruled.rolls_over is None else f"转入范围据{by_clauses(ruled.clause)}。"
    counted, unsure = (int(flags.sum()) for flags in audited(ds))
    if counted or unsure:
        what = "、".join(each.label for each in ruled.counts_as_audited if each.applies_to)
        said += f"算作已完成一轮审核的（{what}）{counted} 家不转入" + (f"，另有 {unsure} 家是否算作不明" if unsure else "") + "。"
    people = "、".join(each.label for each in ruled.counts_as_audited if not each.applies_to)
    return said + (f"“{people}”算作已完成一轮审核，数据不能判断，须由人核对。" if people else "")
