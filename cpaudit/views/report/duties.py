"""The sections 存在问题与逾期清单 and 下一步工作: who is late, failed or goes to the next batch; what is due when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import carry_over, progress
from cpaudit.labels import reasons_of, usual, worded
from cpaudit.programme.document import by_clauses
from cpaudit.views import parts, readings, unheard
from cpaudit.views.columns import columns
from cpaudit.views.measured import label, told
from cpaudit.views.page import Block, Column, Heading, Table, Text
from cpaudit.views.pages.progress import overdue, overdue_sentence, to_do, unfinished
from cpaudit.views.report.advance import left
from cpaudit.views.report.scope import Scope, each, said
from cpaudit.views.tables import annexes
from cpaudit.views.tables.base import table, working_days_note

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


#: So many units are named; of more, the number.
_FEW = 5
#: What has to be seen to at once.
_LATE = ("overdue", "failed", "unclear", "late_unknown")


def troubles(scope: Scope) -> list[Block]:
    """Write the section 存在问题与逾期清单."""
    mine = scope.mine
    if mine.plants.empty:
        return [*said(scope.nobody)]
    blocks: list[Block] = [*said(overdue_sentence(mine) + own_overdue(mine, scope.unit), not_passed(mine) + carried(mine))]
    return [*blocks, overdue(mine), annexes.not_passed(mine), annexes.departed(mine), carried_table(mine)]


def own_overdue(ds: Dataset, unit: str) -> str:
    """Say which of the unit's own duties are overdue; '' without a unit."""
    frame = progress.unit_states(ds)
    late = parts.records(frame[(frame["unit"] == unit) & (frame["state"] == "overdue")])
    words = "、".join(f"{row['label']}逾期 {row['days']} 天" for row in late)
    return f"本单位自身的上报事项中，{words}。" if words else ""


def not_passed(ds: Dataset) -> str:
    """Say how many plants didn't pass what."""
    states = progress.milestone_states(ds)
    failed = states[states["state"] == "failed"]
    steps = [(m.label.removeprefix("完成"), int((failed["milestone"] == m.id).sum())) for m in ds.programme.milestones]
    words = each([(f"{label}节点未通过的企业", n) for label, n in steps if n], between="，")
    return f"{words}，须整改后重新申请。" if words else ""


def carried(ds: Dataset) -> str:
    """Say how many plants go onto the next batch's list, and why."""
    frame = carry_over.carry_over(ds)
    if frame.empty:
        return ""
    counts = frame["reason"].value_counts()
    why = each([(label, int(counts[r])) for r, label in reasons_of(ds.programme).items() if r in counts])
    return f"按现有数据，{told('carried', len(frame), '的企业', ds)}（{why}）；{readings.rolls_over(ds)}"


def carried_table(ds: Dataset) -> Table:
    """Return the plants that go onto the next batch's list, with reason and last milestone."""
    steps = {"listed": label("listed"), **{m.id: m.label for m in ds.programme.milestones}}
    frame = worded(carry_over.carry_over(ds), ds, reason=reasons_of(ds.programme), last_milestone=steps)
    cols = {
        **columns("name", "unit", "county", "industry"),
        **columns(reason=usual("reason", code="rolled_over")),
        "since": Column("原因发生日期", "date"),
    }
    cols |= columns("last_milestone", "last_date")
    if ds.plants["unit"].nunique() <= 1:
        del cols["unit"]
    title = f"须转入下一批的企业（{len(frame)} 家）" if len(frame) else "须转入下一批的企业"
    return table("carried", title, frame, cols, empty=_none_carried(ds))


def _none_carried(ds: Dataset) -> str:
    n = int(carry_over.undecided(ds).sum())
    if unheard.all_silent(ds):
        return unheard.silence(ds)
    return f"没有可以判定须转入下一批的企业；另有 {n} 家未报送或结果不明，不能判定。" if n else "没有须转入下一批的企业。"


def next_steps(scope: Scope) -> list[Block]:
    """Write the section 下一步工作: duties by date, what is late first, with the working days left."""
    mine = scope.mine
    frame = _of(scope)
    late, ahead = duties(scope)
    days = mine.programme.due_soon_days
    if not late and not ahead:
        if unheard.all_silent(mine):
            return [*said(unheard.silence(mine))]
        return [*said(f"没有逾期、未通过、结果不明或 {days} 天内到期的事项。{unheard.aside(mine)}{_later(mine)}")]
    blocks: list[Block] = [Heading("立即办理", 3), *_numbered(late)] if late else []
    if ahead:
        blocks += [Heading(f"{days} 天内办理", 3), *_numbered(ahead), *said(working_days_note(frame))]
    else:
        blocks += said(f"{days} 天内没有其他到期的事项。{_later(mine)}")
    return [*blocks, to_do(mine), unfinished(mine)] if scope.unit else blocks


def duties(scope: Scope) -> tuple[list[str], list[str]]:
    """Return the sentences about what has to be seen to at once, and about what falls due soon."""
    rows = _gathered(_of(scope))
    late = [_duty(r, scope) for r in rows if r["state"] in _LATE]
    return late, [_duty(r, scope) for r in rows if r["state"] not in _LATE]


def _of(scope: Scope) -> pd.DataFrame:
    frame = progress.to_do(scope.mine)
    if scope.unit:
        return frame[frame["unit"] == scope.unit]
    return frame[frame["n_plants"] > 0] if scope.trade else frame


def _numbered(lines: list[str]) -> list[Text]:
    return [Text("\n".join(f"{n}．{line}" for n, line in enumerate(lines, 1)))]


def _gathered(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row per milestone, state and deadline, all units together, by date."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in parts.records(frame):
        key = (row["milestone"], row["state"], row["deadline"], bool(row["n_plants"]))
        one = found.setdefault(key, row | {"n_plants": 0, "units": []})
        one["n_plants"] += row["n_plants"]
        one["units"].append(parts.unit_name(row["unit"]))
    return list(found.values())


def _duty(row: dict[str, Any], scope: Scope) -> str:
    """Say one duty: what, for how many plants or which units, by when, by whom, by which clause."""
    who, n = "", len(row["units"])
    if row["n_plants"]:
        who = f"（{row['n_plants']} 家企业）" if scope.listed > 1 else ""
    elif not scope.unit:
        who = f"（{'、'.join(row['units'])}）" if n <= _FEW else f"（{n} 个单位）"
    day = parts.day_text(row["deadline"]) if row["deadline"] == row["deadline"] else ""
    if row["state"] == "overdue":
        when = f"期限为{day}，已逾期 {row['days']} 天"
    elif row["state"] == "failed":
        when = "未通过，须整改后重新申请" + (f"，期限为{day}" if day else "")
    elif row["state"] == "unclear":
        when = "结果不明，须核实后补报日期和结果" + (f"，期限为{day}" if day else "")
    elif row["state"] == "late_unknown":
        when = "是否逾期不明，须核实企业状态或单独确定的期限" + (f"，期限为{day}" if day else "")
    else:
        when = f"{day}前完成，{left(row)}"
    return f"{row['label']}{who}：{when}；责任方：{row['actor']}；依据：{basis(row['clause'])}。"


def basis(clause: str) -> str:
    """Return a clause as a sentence names what it rests on."""
    return clause if clause.startswith("附件") else by_clauses(clause)


def _later(ds: Dataset) -> str:
    """Say the nearest deadline after those that fall due soon; '' where none lies ahead."""
    states = progress.milestone_states(ds)
    own = progress.unit_states(ds).assign(plant_id="")
    labels = {m.id: m.label for m in ds.programme.milestones}
    ahead = [f[f["state"] == "not_due"][["milestone", "deadline", "days"]] for f in (states, own)]
    days = min((f["deadline"].min() for f in ahead if len(f)), default=None)
    if days is None:
        return ""
    names = [labels[m] for m in labels if any(((f["deadline"] == days) & (f["milestone"] == m)).any() for f in ahead)]
    return f"此后最近的期限是{parts.day_text(days)}（{'、'.join(names)}）。"
