"""The section 进度: against each deadline, against the province, in the bulletin, against the snapshot before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit.analysis import bulletin, progress
from cpaudit.analysis.across import compared
from cpaudit.labels import measure_of
from cpaudit.views import measured, parts, readings, unheard
from cpaudit.views.columns import columns
from cpaudit.views.figures import overview as figures
from cpaudit.views.page import ROW, Block, Column, Table
from cpaudit.views.report.scope import Scope, change, each, said
from cpaudit.views.tables import annexes
from cpaudit.views.tables.base import table

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def _told(ds: Dataset) -> list[str]:
    """Return the changes worth a sentence: steps with a result, what is late, attained, carried out."""
    steps = [stage for stage, m in ds.programme.stages.items() if m.has_result or m.final]
    return [*steps, "overdue", *(["attained"] if ds.programme.targets else []), "options_implemented"]


def advance(scope: Scope) -> list[Block]:
    """Write the section of a city or trade."""
    mine = scope.mine
    own = [annexes.own_milestones(mine, scope.unit)] if scope.unit else []
    if mine.plants.empty:
        return [*said(scope.nobody), *own]
    beside = compared.with_whole(mine, scope.whole)
    blocks: list[Block] = [*said(against_deadlines(mine, beside), against_whole(scope, beside), position(scope), since(scope))]
    blocks += [
        *readings.of_deadlines(mine),
        annexes.milestones(mine),
        *([against_whole_table(scope, beside)] if scope.part else []),
    ]
    blocks += [*changes(scope), *own, figures.curve(mine)]
    if mine.plants["county"].nunique() > 1 and scope.unit:
        blocks.append(figures.advance_bars(mine, "county"))
    if scope.trade:
        return [*blocks, figures.advance_bars(mine, "unit")] if mine.plants["unit"].nunique() > 1 else blocks
    return [*blocks, figures.advance_bars(mine, "industry")] if mine.plants["industry"].nunique() > 1 else blocks


def against_deadlines(ds: Dataset, beside: pd.DataFrame) -> str:
    """Say which milestones have plants overdue, and what falls due soon, with the working days left."""
    states = progress.milestone_states(ds)
    late = states.loc[states["overdue"], "milestone"].value_counts()
    due = int(beside["due"].sum())
    if unheard.all_silent(ds):
        return unheard.silence(ds)
    if not due:
        text = f"截至{parts.day_text(ds.as_of)}，各节点期限均未到。"
    elif late.empty:
        text = f"期限已过的节点 {due} 个，{'可以判断的企业中' if unheard.aside(ds) else ''}没有企业逾期未完成。"
    else:
        behind = [(r["label"], int(late[r["milestone"]])) for r in parts.records(beside) if r["milestone"] in late]
        text = f"期限已过的节点 {due} 个，有企业逾期未完成的 {len(behind)} 个：{each(behind)}。"
    done_late = int((states["state"] == "done_late").sum())
    text += f"已完成的节点中，晚于期限的 {done_late} 家次。" if done_late else ""
    return text + unheard.aside(ds) + soon(ds)


def soon(ds: Dataset) -> str:
    """Say which of the plants' milestones fall due soon, and how many working days are left."""
    frame = progress.to_do(ds)
    frame = frame[(frame["state"] == "due_soon") & (frame["n_plants"] > 0)]
    if frame.empty:
        return ""
    keys = ["deadline", "milestone", "label", "days", "working_days"]
    counts = frame.groupby(keys, sort=False)["n_plants"].sum().reset_index()
    told = [f"{r['label']}（{parts.day_text(r['deadline'])}，{left(r)}）尚有 {r['n_plants']} 家" for r in parts.records(counts)]
    return f"{ds.programme.due_soon_days} 天内到期的：{'；'.join(told)}。"


def left(row: dict[str, Any]) -> str:
    """Say how much time is left, in natural and working days.

    >>> left({"days": 15, "working_days": 11}), left({"days": 0, "working_days": 0})
    ('还有 15 天、11 个工作日', '当日到期')
    """
    return f"还有 {row['days']} 天、{row['working_days']} 个工作日" if row["days"] else "当日到期"


def against_whole(scope: Scope, beside: pd.DataFrame) -> str:
    """Say at which due milestones the part is behind the province, and where most."""
    if not scope.part:
        return ""
    if not scope.compared:
        return f"列入名单的企业不超过 {parts.small_unit()} 家，多一家少一家比率变化就很大，不与全省比较比率。"
    if unheard.some(scope.mine):  # who hands in the good ones only would stand well
        return "有企业或节点未报送，不与全省比较比率。"
    rows = [r for r in parts.records(beside) if r["due"] and r["n"] > parts.small_unit() and r["whole_n"]]
    blind = [r for r in rows if parts.hangs(r["whole_n"], r["whole_unknown"])]
    rows = [r for r in rows if not parts.hangs(r["whole_n"], r["whole_unknown"])]
    if not rows:
        return f"全省未报送或结果不明的超过 {parts.most():g}%，不与全省比较比率。" if blind else ""
    open_ = [r for r in rows if _hangs(r)]
    gaps = [(round(round(r["done_pct"], 1) - round(r["whole_pct"], 1), 1), r) for r in rows if not _hangs(r)]
    behind = [pair for pair in gaps if pair[0] < 0]
    apart = f"“{'”“'.join(r['label'] for r in open_)}”高于还是低于全省取决于结果不明的企业，不作比较。" if open_ else ""
    labels = "”“".join(r["label"] for r in blind)
    apart += f"“{labels}”全省未报送或结果不明的超过 {parts.most():g}%，不作比较。" if blind else ""
    if not behind:
        return (f"与全省相比，{'其余' if open_ or blind else '各'}到期节点的完成率均不低于全省。" if gaps else "") + apart
    gap, worst = min(behind, key=lambda pair: pair[0])
    most = "差距最大的是" if len(behind) > 1 else "为"
    return (
        f"与全省相比，到期节点中完成率低于全省的 {len(behind)} 个，{most}“{worst['label']}”，"
        f"{measured.told('done_pct', worst['done_pct'])}（{_of(worst)}），比全省（{worst['whole_pct']:.1f}%，"
        f"{_of(worst, 'whole_')}）低 {-gap:.1f} 个百分点。{apart}"
    )


def _of(row: dict[str, Any], head: str = "") -> str:
    """Say what a share is of: those of whom it is known, on both sides of a comparison."""
    return f"{row[f'{head}n']} 家中 {row[f'{head}done']} 家"


def _hangs(row: dict[str, Any]) -> bool:
    """Whether a part is above or below the whole only as those turn out of whom nobody knows."""
    n, done = row["n"] + row["unknown"], row["done"]
    return bool(done / n * 100 < row["whole_pct"] <= (done + row["unknown"]) / n * 100) and bool(row["unknown"])


def position(scope: Scope) -> str:
    """Say where the unit stands in the bulletin; small units are told apart, without rank or percentage."""
    if not scope.unit:
        return ""
    frame = bulletin.bulletin(scope.whole, scope.whole_before)
    row = next((r for r in parts.records(frame) if r["unit"] == scope.unit), None)
    if row is None or row["group"] == "none":
        return ""
    if row["group"] == "silent":
        return "该单位未报送进度，通报中不排名，无法判断。"
    counted = f"通报口径下，{measured.told('nodes_due', row['due'])}，{measured.told('nodes_done', row['done'])}"
    if row["group"] == "small":
        return f"{counted}；计入的企业不超过 {parts.small_unit()} 家，单列，不排名。"
    if row["group"] == "partly":
        return f"{counted}；{unheard.silence(scope.mine).removesuffix('。')}，报送不全，单列，不排名。"
    if row["group"] == "unsettled":
        return f"{counted}；名次和档次取决于结果不明的节点，核实前单列，不排名。"
    if not row["due"]:
        return ""
    ranked = int((frame["group"] == "ranked").sum())
    tied = int((frame["rank"] == row["rank"]).sum()) > 1
    if ranked == 1:
        text = f"{counted}，{measured.told('nodes_done_pct', row['pct'])}，属{row['band']}；没有其他参加排名的单位，不说名次"
        return f"{text}。分档为工作台约定，不是正式标准。"
    place = f"在参加排名的 {ranked} 个单位中{'并列' if tied else '列'}第 {row['rank']} 位，属{row['band']}"
    text = f"{counted}，{measured.told('nodes_done_pct', row['pct'])}，{place}"
    before = parts.number(row["rank_before"])
    if before is not None and scope.whole_before is not None:
        moved = int(before) - int(row["rank"])
        step = f"上升 {moved} 位" if moved > 0 else f"下降 {-moved} 位" if moved else "名次未变"
        text += f"，比上期（{parts.day_text(scope.whole_before.as_of)}）{step}"
    return f"{text}。分档为工作台约定，不是正式标准。"


def since(scope: Scope) -> str:
    """Say what changed since the snapshot before."""
    if scope.before is None:
        return "没有更早的数据快照，不作与上期的比较。"
    if unheard.all_silent(scope.mine):
        return "本期未报送，不作与上期的比较。"
    frame = compared.with_before(scope.mine, scope.before)
    rows = {r["measure"]: r for r in parts.records(frame)}
    wanted = _told(scope.mine)
    changed = {m: parts.number(rows[m]["change"]) for m in wanted}
    known = [(measure_of(scope.mine.programme, m), int(n)) for m in wanted if (n := changed[m])]
    told = [f"{x.label}{'的企业' if x.counts == 'plants' else ''}{change(n, x.unit)}" for x, n in known]
    day, n = parts.day_text(scope.before.as_of), int(rows["listed"]["now"])
    day += f"；只比较两期都有报送的 {n} 家" if n < len(scope.mine.plants) else ""
    day += "；有一期未报送或结果不明的节点不比较" if not frame["whole"].all() else ""
    return f"与上期（{day}）相比，{'，'.join(told)}。" if told else f"与上期（{day}）相比，{_unchanged(scope.mine)}均无变化。"


def _unchanged(ds: Dataset) -> str:
    words = [m.noun for m in ds.programme.stages.values() if m.has_result or m.final] + ["逾期"]
    return f"{'、'.join([*words, *(['达标'] if ds.programme.targets else [])])}和方案实施"


def changes(scope: Scope) -> list[Table]:
    """Return the table of changes since the snapshot before; nothing without one."""
    if scope.before is None or unheard.all_silent(scope.mine):
        return []
    frame = compared.with_before(scope.mine, scope.before)
    counted = tuple(frame["measure"])
    known = [measure_of(scope.mine.programme, m) for m in counted]
    each = zip(known, frame["whole"], strict=True)
    frame["label"] = [f"{m.label}{'' if sure else '，两期都明确的'}（{m.unit}）" for m, sure in each]
    n = int(frame["now"].iloc[counted.index("listed")])
    whole = n == len(scope.mine.plants)
    cols = {
        **columns(label="amount"),
        "before": Column(f"上期（{scope.before.as_of}）", "integer"),
        "now": Column(f"本期（{scope.mine.as_of}）", "integer", measure=ROW if whole else ""),
        "change": Column("增减", "integer"),
    }
    note = f"上期为快照 {scope.before.version}；增减为负即减少；只比较两期都有报送的企业，有一期未报送或结果不明的节点不计入。"
    told = tuple(m if sure else "" for m, sure in zip(counted, frame["whole"], strict=True))
    made = table("changes", "与上期比较" if whole else f"两期都有报送的 {n} 家与上期比较", frame, cols, note)
    return [replace(made, measures=told if whole else ())]


def against_whole_table(scope: Scope, beside: pd.DataFrame) -> Table:
    """Return the part beside the province, milestone by milestone; a small part without percentages."""
    cols = columns(label="milestone", deadline="deadline")
    cols |= {"n": measured.column("step_counted"), "done": measured.column("step_done")}
    held = scope.compared and not unheard.some(scope.mine)  # as the sentence above it says
    if held:
        cols |= {
            **columns("done_pct"),
            "whole_n": Column("全省企业", "integer", "家"),
            "whole_done": Column("全省已完成", "integer", "家"),
        }
        cols["whole_pct"] = Column("全省完成率", "percent", "%")
        cols |= columns("distance_pct")
    note = "相差为负即低于全省；两边的分母都是该节点适用、没有退出而结果已知的企业，结果不明和未报送的不计入。" if held else ""
    return table("against_whole", "各节点完成率与全省比较" if held else "各节点完成企业数", beside, cols, note)
