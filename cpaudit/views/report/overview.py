"""The section 总体情况: who is on the list, how far they are, what they attain and gain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment, progress
from cpaudit.analysis.basis import unsaid
from cpaudit.dataset import dated
from cpaudit.views import key_figures, parts, unheard
from cpaudit.views.measured import label, told
from cpaudit.views.report import results
from cpaudit.views.report.scope import Scope, beside, each, said

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.programme import Programme
    from cpaudit.views.page import Block

#: What sentences call the stages of a role; the others are called by their own noun.
_NOUNS = {"notification": "告知", "registration": "登录填报", "implementation": "方案实施"}


def steps_said(programme: Programme) -> dict[str, str]:
    """Return what sentences call the stages: column → noun."""
    return {stage: _NOUNS.get(str(m.role), m.noun) for stage, m in programme.stages.items()}


#: So many trades or units are all named; of more, the largest three are.
_FEW = 5


def overview(scope: Scope) -> list[Block]:
    """Write the section."""
    mine = scope.mine
    caveats = parts.opening(mine)
    if mine.plants.empty:
        nobody = f"{scope.name}没有企业列入{mine.programme.title}名单（{mine.programme.document.reference}）。"
        return [*caveats, *said(nobody)]
    row = parts.only(progress.summary(mine))
    last = ""  # an earlier day than the snapshot's has no verdicts and no benefits; the caveat says so
    if not dated.undated(mine):
        verdicts = results.verdicts(scope, parts.only(attainment.summary(mine))) if mine.programme.targets else ""
        last = verdicts + results.gains(mine)
    return [*caveats, *said(listed(scope), stages(scope, row), troubles(mine, row) + last), key_figures.of_progress(mine)]


def listed(scope: Scope) -> str:
    """Say how many plants are listed, on which rosters, in which trades (or units)."""
    mine, n = scope.mine, scope.listed
    rosters = [(r.label, int((mine.plants["roster"] == r.id).sum())) for r in mine.programme.rosters]
    rosters = [pair for pair in rosters if pair[1]]
    both = "均" if n > 1 else ""
    kinds = (
        f"（{each(rosters)}）" if len(rosters) > 1 else f"，{both}为{rosters[0][0].removesuffix('企业')}企业" if rosters else ""
    )
    by, names = ("unit", parts.unit_name) if scope.trade else ("industry", parts.industry_name)
    groups = [(names(str(i)), int(k)) for i, k in mine.plants[by].value_counts().items()]
    if len(groups) == 1:
        where = f"，{both}在{groups[0][0]}" if scope.trade else f"，行业{both}为{groups[0][0]}"
    else:
        few = len(groups) <= _FEW
        spread = f"分布在 {len(groups)} 个单位" if scope.trade else f"分属 {len(groups)} 个行业"
        where = f"，{spread}" + (f"：{each(groups)}" if few else f"，其中{each(groups[:3])}")
    return f"{scope.name}列入{mine.programme.title}名单的企业{'共 ' if n > 1 else ' '}{n} 家{kinds}{where}。"


def stages(scope: Scope, row: dict[str, Any]) -> str:
    """Say how many plants got how far, and the share accepted beside the province's."""
    n, day, steps = scope.listed, parts.day_text(scope.mine.as_of), steps_said(scope.mine.programme)
    if unheard.all_silent(scope.mine):
        return f"截至{day}，{unheard.silence(scope.mine)}"
    doubt, quiet_at = (unsaid.at_stages(scope.mine, state) for state in ("unclear", "not_reported"))
    if n == 1:
        done = [steps[s] for s in steps if row[s]]
        still = [steps[s] for s in steps if not row[s] and not doubt[s] and not quiet_at[s]]
        first = f"已完成{'、'.join(done)}" if done else ""
        rest = f"{'、'.join(still)}尚未完成" if still else ""
        open_ = [steps[s] for s in steps if doubt[s]]
        last = f"{'、'.join(open_)}结果不明" if open_ else ""
        silent = [steps[s] for s in steps if quiet_at[s]]
        quiet = f"{'、'.join(silent)}未报送，无法判断" if silent else ""
        return f"截至{day}，该企业{'；'.join(filter(None, (first, rest, last, quiet)))}。"
    every = [s for s in steps if row[s] == n]
    some = [(label(s, scope.mine), int(row[s])) for s in steps if 0 < (row[s] or 0) < n]
    nobody = [steps[s] for s in steps if not row[s] and not doubt[s] and not quiet_at[s]]
    words = [f"{n} 家企业全部完成{'、'.join(steps[s] for s in every)}"] if every else []
    words += [each(some, between="，")] if some else []
    words += [f"尚无企业完成{'、'.join(nobody)}"] if nobody else []
    words += [each([(f"{steps[s]}结果不明", doubt[s]) for s in steps if doubt[s]], between="，")] if any(doubt.values()) else []
    text = f"截至{day}，{'；'.join(words)}。"
    if quiet := unheard.silence(scope.mine):  # a rate would count those against the unit of whom nobody knows
        return text + quiet
    if not 0 < (row["accepted"] or 0) < n or n <= parts.small_unit():
        return text
    if scope.compared and unheard.some(scope.whole):  # of the whole's plants some may be accepted, and nobody knows
        return f"{text.removesuffix('。')}，{told('accepted_pct', row['accepted_pct'])}；全省有企业未报送，不与全省比较。"
    if scope.compared:
        whole = parts.only(progress.summary(scope.whole))
        most = (row["accepted"] + int(unsaid.end(scope.mine).sum())) / n * 100
        if row["accepted_pct"] < whole["accepted_pct"] <= most:
            own = told("accepted_pct", row["accepted_pct"])
            return f"{text.removesuffix('。')}，{own}；高于还是低于全省取决于结果不明的企业，不与全省比较。"
        return text + f"{label('accepted_pct', scope.mine)}为 {beside(row['accepted_pct'], whole['accepted_pct'])}。"
    return text if scope.part else text + f"{told('accepted_pct', row['accepted_pct'], ds=scope.mine)}。"


def troubles(ds: Dataset, row: dict[str, Any]) -> str:
    """Say how many plants are late, failed or left."""
    if row["not_reported"] == row["listed"]:
        return ""
    nobody = "可以判断的企业没有逾期" if unheard.aside(ds) else "没有企业逾期"
    words = [nobody if row["overdue"] == 0 else told("overdue", row["overdue"], "的企业")]
    words += [told(id, row[id], "的", ds) for id in ("failed", "unclear", "left") if row.get(id)]
    return f"{'，'.join(words)}。"
