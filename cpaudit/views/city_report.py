"""The work report of one unit, in the order of official reports; every sentence is written from the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment, benefits, progress
from cpaudit.programme import find_unit
from cpaudit.selection import Selection
from cpaudit.views import annexes, figures, parts
from cpaudit.views.directory import directory
from cpaudit.views.page import Block, Heading, Page, Text
from cpaudit.views.progress import overdue, overdue_sentence, to_do, unfinished

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

SECTIONS = (
    "总体情况",
    "进度",
    "达标情况",
    "方案与效益",
    "数据质量与线上线下一致性",
    "存在问题与逾期清单",
    "下一步工作",
    "附表",
)
_NOBODY = "本辖区没有列入名单的企业，本节无内容。"


def city_report(ds: Dataset, unit: str) -> Page:
    """Return the work report of a unit (its id or any of its names); ``ds`` is the whole province, for comparison.

    Raises:
        UsageError: there is no such unit.
    """
    where = find_unit(unit)
    mine = ds.select(Selection(units=(where.id,)))
    writers = (_overview, _progress, _attainment, _benefits, _quality, _problems, _next, _annexes)
    blocks: list[Block] = []
    for title, write in zip(SECTIONS, writers, strict=True):
        blocks.append(Heading(title))
        blocks += write(mine, ds, where.name)
    title = f"{where.name}清洁生产审核工作报告"
    listed = directory(ds, mine.plants["plant_id"])
    return Page("city", title, f"{ds.programme.title}，截至{parts.day_text(ds.as_of)}", parts.stamp(mine), tuple(blocks), listed)


def _overview(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    caveats = parts.demonstration(mine)
    if mine.plants.empty:
        said = f"{name}没有企业列入{mine.programme.title}名单（{mine.programme.document.number}）。"
        return [*caveats, Text(said)]
    row, whole = parts.only(progress.summary(mine)), parts.only(progress.summary(province))
    rosters = "、".join(f"{r.label} {n} 家" for r in mine.programme.rosters if (n := int((mine.plants["roster"] == r.id).sum())))
    trades = mine.plants["industry"].value_counts()
    few = len(trades) <= 5
    largest = "、".join(f"{parts.industry_name(str(i))} {n} 家" for i, n in trades.head(5 if few else 3).items())
    first = (
        f"{name}列入{mine.programme.title}名单的企业共 {row['listed']} 家（{rosters}），分属 {len(trades)} 个行业，"
        f"{'' if few else '其中'}{largest}。"
        f"截至{parts.day_text(mine.as_of)}，已告知 {row['notified']} 家，登录填报 {row['registered']} 家，"
        f"通过评估 {row['assessed']} 家，方案实施完成 {row['implemented']} 家，通过验收 {row['accepted']} 家。"
        f"验收率 {parts.percent(row['accepted_pct'])}，全省为 {parts.percent(whole['accepted_pct'])}。"
    )
    rest = [f"有逾期未完成节点的企业 {row['overdue']} 家"] if row["overdue"] else ["没有企业逾期"]
    rest += [f"评估或验收未通过的 {row['failed']} 家"] if row["failed"] else []
    rest += [f"因停产、搬迁等退出的 {row['left']} 家"] if row["left"] else []
    mark = parts.only(attainment.summary(mine))
    rest_sentence = f"{'，'.join(rest)}。{_verdict_sentence(mark, parts.only(attainment.summary(province)))}"
    return [*caveats, Text(f"{first}\n\n{rest_sentence}{_benefit_sentence(mine)}"), parts.progress_figures(mine)]


def _progress(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    if mine.plants.empty:
        return [Text(_NOBODY), annexes.own_milestones(mine, find_unit(name).id)]
    table = annexes.milestones(mine)
    done = table.frame
    behind = done[done["overdue"] > 0]
    if behind.empty:
        said = "各节点均没有逾期未完成的企业。"
    else:
        worst = max(parts.records(behind), key=lambda row: row["overdue"])
        said = f"{len(behind)} 个节点有企业逾期未完成，最多的是“{worst['label']}”，{worst['overdue']} 家。"
    late = int(done["done_late"].sum())
    said += f"已完成的节点中，{late} 家次晚于期限。" if late else ""
    blocks: list[Block] = [Text(said), table, annexes.own_milestones(mine, find_unit(name).id), figures.curve(mine)]
    if mine.plants["county"].nunique() > 1:
        blocks.append(figures.standing_bars(mine, "county"))
    return [*blocks, figures.standing_bars(mine, "industry")]


def _attainment(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    if mine.plants.empty:
        return [Text(_NOBODY)]
    row = parts.only(attainment.summary(mine))
    said = _verdict_sentence(row, parts.only(attainment.summary(province)))
    blocks: list[Block] = [Text(said), *parts.interpretations(mine), parts.attainment_figures(mine)]
    if row["judged"] + row["cannot_judge"]:
        blocks.append(figures.attainment_bars(mine))
    return [*blocks, annexes.targets_missed(mine), annexes.targets_open(mine)]


def _benefits(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    if mine.options.empty:
        return [Text("没有填报清洁生产方案。")]
    blocks: list[Block] = [Text(_benefit_sentence(mine) or "没有已实施的方案。"), parts.benefit_figures(mine)]
    if (mine.options["status"] == "implemented").any():
        blocks += [figures.benefit_bars(mine), annexes.benefits_by_class(mine)]
    return [*blocks, annexes.options_by_status(mine)]


def _quality(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    row = annexes.completeness_row(mine, find_unit(name).id)
    said = []
    if row["plants"]:
        said.append(
            f"{row['plants']} 家企业中，有审核前实测数据的 {row['with_before']} 家，有审核后实测数据的 {row['with_after']} 家，"
            f"有清洁生产方案的 {row['with_options']} 家。"
        )
    if row["answers_required"]:
        said.append(
            f"应填报的适用指标 {row['answers_required']:,} 项次，已填报 {row['answers_given']:,} 项次，"
            f"填报率 {parts.percent(row['given_pct'])}。"
        )
    found = mine.problems["severity"].value_counts()
    counts = "、".join(f"{label} {found[key]} 处" for key, label in parts.codes("problems", "severity").items() if key in found)
    said.append(f"名单、系统导出和上报文件中涉及本辖区的问题有{counts}。" if counts else "没有发现数据问题。")
    differ = annexes.online_offline(mine)
    said.append(
        f"线上与线下不一致的有 {len(differ.frame)} 处，须核对后统一（通知四（二））。"
        if len(differ.frame)
        else "没有发现线上与线下不一致。"
    )
    blocks: list[Block] = [Text("".join(said))]
    if len(mine.problems):
        blocks += [annexes.problem_kinds(mine), annexes.problem_list(mine, 20)]
    return [*blocks, differ]


def _problems(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    if mine.plants.empty:
        return [Text(_NOBODY)]
    return [
        Text(overdue_sentence(mine) + _own_overdue(mine, find_unit(name).id)),
        overdue(mine, 40),
        annexes.not_passed(mine),
        annexes.departed(mine),
    ]


def _next(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    frame = progress.to_do(mine, horizon_days=60)
    unit = find_unit(name).id
    frame = frame[frame["unit"] == unit]
    if frame.empty:
        return [Text("没有逾期、未通过或 60 天内到期的事项。")]
    lines = [_duty(row) for row in parts.records(frame)]
    late = [line for line, state in zip(lines, frame["state"], strict=True) if state in ("overdue", "failed")]
    ahead = [line for line, state in zip(lines, frame["state"], strict=True) if state not in ("overdue", "failed")]
    said = []
    if late:
        said.append("立即办理：\n" + "\n".join(f"{n}．{line}" for n, line in enumerate(late, 1)))
    if ahead:
        said.append("按期办理：\n" + "\n".join(f"{n}．{line}" for n, line in enumerate(ahead, 1)))
    return [Text("\n\n".join(said)), to_do(mine), unfinished(mine)]


def _annexes(mine: Dataset, province: Dataset, name: str) -> list[Block]:
    return [annexes.all_plants(mine)]


def _own_overdue(mine: Dataset, unit: str) -> str:
    frame = progress.unit_states(mine)
    late = parts.records(frame[(frame["unit"] == unit) & (frame["state"] == "overdue")])
    said = "、".join(f"{row['label']}逾期 {row['days']} 天" for row in late)
    return f"本单位自身的上报事项中，{said}。" if said else ""


def _duty(row: dict[str, Any]) -> str:
    """Say one duty: what, for how many plants, by when, by whom, by which clause."""
    who = f"{row['n_plants']} 家企业" if row["n_plants"] else ""
    day = parts.day_text(row["deadline"]) if row["deadline"] == row["deadline"] else ""
    when = {
        "overdue": f"期限为{day}，已逾期 {row['days']} 天",
        "failed": "未通过，须整改后重新申请",
        "due_soon": f"{day}前完成，还有 {row['days']} 天",
        "not_due": f"{day}前完成，还有 {row['days']} 天",
    }[row["state"]]
    basis = row["clause"] if str(row["clause"]).startswith("附件") else f"通知{row['clause']}"
    label = f"{row['label']}（{who}）" if who else str(row["label"])
    return f"{label}：{when}；责任方：{row['actor']}；依据：{basis}。"


def _verdict_sentence(row: dict[str, Any], province: dict[str, Any]) -> str:
    if not row["judged"]:
        return "尚无企业可以判定是否达标。" if row["plants"] else ""
    said = (
        f"按审核后实测数据，可判定的 {row['judged']} 家中达标 {row['attained']} 家、未达标 {row['not_attained']} 家，"
        f"达标率 {parts.percent(row['attained_pct'])}（全省 {parts.percent(province['attained_pct'])}）"
    )
    return said + (f"；另有 {row['cannot_judge']} 家无法判定。" if row["cannot_judge"] else "。")


def _benefit_sentence(mine: Dataset) -> str:
    row = parts.only(benefits.totals(mine))
    if not row["options"]:
        return ""
    kinds = f"无/低费 {row['no_low_cost']} 项、中/高费 {row['medium_high_cost']} 项"
    said = f"{row['plants']} 家企业已实施方案 {row['options']} 项（{kinds}）"
    for column, text in (
        ("investment_wan_yuan", "投资 {:,.1f} 万元"),
        ("economic_benefit_wan_yuan", "每年产生经济效益 {:,.1f} 万元"),
    ):
        value = parts.number(row[column])
        said += "" if value is None else "，" + text.format(value)
    return said + "。"
