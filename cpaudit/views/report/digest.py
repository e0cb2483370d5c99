"""A unit's digest: what it has to do, who is late, what it owes and what changed, in a few lines; and its deadlines ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit.analysis import bulletin, progress, returns
from cpaudit.dataset import dated
from cpaudit.fields import codes
from cpaudit.programme import find_unit
from cpaudit.selection import Selection
from cpaudit.views import parts, readings, unheard
from cpaudit.views.measured import in_own_words
from cpaudit.views.page import Block, Heading, Page, Text
from cpaudit.views.report import advance, duties, overview
from cpaudit.views.report.scope import Scope, said
from cpaudit.views.tables.returns import owing

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: So many late plants are named, the latest first.
_NAMED = 5
#: Further ahead than any notice's last deadline.
_EVER = 36_500


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something is to be done; ``id`` tells it from the unit's others, ``told`` says for whom and why."""

    id: str
    day: dt.date
    label: str
    told: str


def digest_page(ds: Dataset, unit: str, before: Dataset | None = None) -> Page:
    """Return the digest of a unit (its id or any of its names); ``ds`` is the whole, ``before`` at the snapshot before.

    Raises:
        UsageError: there is no such unit.
    """
    scope = _scope(ds, unit, before)
    mine = scope.mine
    blocks: list[Block] = list(parts.opening(mine))
    if mine.plants.empty:
        blocks += said(f"没有企业列入{mine.programme.title}名单，没有待办事项。")
    else:
        row = parts.only(progress.summary(mine))
        blocks += said(overview.stages(scope, row) + overview.troubles(mine, row) + _names(mine))
        blocks += _due(scope)
        blocks += [Heading("比上期", 3), *said(advance.since(scope)), *readings.of_deadlines(mine)]
    title = f"{scope.name}清洁生产审核工作提示"
    subtitle = f"{mine.programme.title}，截至{parts.day_text(mine.as_of)}"
    return Page("digest", title, subtitle, parts.stamp(mine), in_own_words(blocks, mine))


def _scope(ds: Dataset, unit: str, before: Dataset | None = None) -> Scope:
    where = find_unit(unit, ds.programme.units)
    only = Selection(units=(where.id,))
    return Scope(where.name, ds.select(only), ds, before.select(only) if before else None, before, unit=where.id)


def _names(ds: Dataset) -> str:
    """Name the plants that are late, the latest first; of many the first ones."""
    rows = sorted(parts.records(bulletin.laggards(ds)), key=lambda row: (-row["days"], row["name"]))
    told = [f"{row['name']}（{row['n_overdue']} 个节点，最长 {row['days']} 天）" for row in rows[:_NAMED]]
    more = f"等 {len(rows)} 家" if len(rows) > _NAMED else ""
    return f"逾期企业：{'、'.join(told)}{more}。" if told else ""


def _due(scope: Scope) -> list[Block]:
    mine, days = scope.mine, scope.mine.programme.due_soon_days
    late, ahead = duties.duties(scope)
    told = "" if dated.undated(mine) else owing(mine, scope.unit)[0]
    lack = [f"应报而未报来：{told}。"] if told else []
    soon = [one for one in _unheard(scope) if (one.day - mine.as_of).days <= days]
    ahead += [f"{one.label}：{parts.day_text(one.day)}前完成；{one.told}" for one in soon]
    blocks: list[Block] = []
    for heading, lines in (("立即办理", [*late, *lack]), (f"{days} 天内办理", ahead)):
        if lines:
            numbered = "\n".join(f"{n}．{line}" for n, line in enumerate(lines, 1))
            blocks += [Heading(heading, 3), Text(numbered)]
    if blocks or unheard.all_silent(mine):
        return blocks
    return [*said(f"没有逾期、未通过、结果不明或 {days} 天内到期的事项。{unheard.aside(mine)}")]


def deadlines(ds: Dataset, unit: str) -> tuple[Deadline, ...]:
    """Return the deadlines that a unit has ahead, by day: for its plants, for itself, for its returns.

    Of plants of which nothing came nobody knows what is done: theirs are told as such.

    Raises:
        UsageError: there is no such unit.
    """
    scope = _scope(ds, unit)
    if scope.mine.plants.empty:
        return ()
    found = [*_steps(scope), *_unheard(scope), *_returns(scope)]
    return tuple(sorted(found, key=lambda one: (one.day, one.id)))


def _steps(scope: Scope) -> list[Deadline]:
    frame = progress.to_do(scope.mine, _EVER)
    ahead = frame[frame["state"].isin(["not_due", "due_soon"]) & (frame["unit"] == scope.unit)]
    found = []
    for row in parts.records(ahead):
        who = f"尚有 {row['n_plants']} 家企业未完成" if row["n_plants"] else "本单位事项"
        kind = "plants" if row["n_plants"] else "unit"
        found.append(_one(row, row["milestone"], row["deadline"], kind, row["label"], who))
    return found


def _unheard(scope: Scope) -> list[Deadline]:
    states = progress.milestone_states(scope.mine)
    open_ = states[(states["state"] == "not_reported") & (states["deadline"].dt.date >= scope.mine.as_of)]
    counts = open_.groupby(["milestone", "deadline"], sort=False).size().reset_index(name="n")
    steps = {m.id: m for m in scope.mine.programme.milestones}
    found = []
    for row in parts.records(counts):
        step, who = steps[row["milestone"]], f"{row['n']} 家企业未报送这一节点，是否完成无法判断，请报送"
        found.append(_one({"clause": step.clause}, step.id, row["deadline"], "unheard", step.label, who))
    return found


def _returns(scope: Scope) -> list[Deadline]:
    if dated.undated(scope.mine):
        return []
    import pandas as pd

    kinds, periods = codes("returns", "kind"), codes("returns", "period")
    found = []
    for row in parts.records(returns.ledger(scope.mine)):
        due, period = row["due"], row["period"] if isinstance(row["period"], str) else ""
        if row["unit"] != scope.unit or row["state"] == "received" or pd.isna(due) or due.date() < scope.mine.as_of:
            continue
        label, who = f"报送{periods.get(period, '')}{kinds[row['kind']]}", f"应报 {row['owed']} 家，已报 {row['received']} 家"
        found.append(_one(row, f"{row['kind']}-{period}", due, "return", label, who))
    return found


def _one(row: dict[str, Any], id: str, day: pd.Timestamp, kind: str, label: str, who: str) -> Deadline:
    clause = row["clause"] if isinstance(row["clause"], str) else ""
    told = f"{who}；依据：{duties.basis(clause)}。" if clause else f"{who}。"
    return Deadline(f"{id}-{day:%Y%m%d}-{kind}", day.date(), label, told)
