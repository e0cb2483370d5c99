"""The file of one plant (一企一档) as a report: what the page of the plant shows, opened by sentences and closed by duties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.analysis import attainment, progress
from cpaudit.dataset import dated
from cpaudit.fields import codes
from cpaudit.views import parts, readings, unheard
from cpaudit.views.page import Block, Heading, KeyFigures, Page, Table
from cpaudit.views.pages import plant
from cpaudit.views.report import duties, results
from cpaudit.views.report.scope import Scope, said

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_FIRST, _NEXT = "基本情况", "下一步工作"
_TRACED = "每个数值的单元格可用 cpaudit trace 逐项列出。"
SECTIONS = (_FIRST, "审核进程", "达标判定", "指标对照", "怎样再上一级", "方案与效益", _NEXT, "问题与来源")


def plant_file(ds: Dataset, plant_name: str = "") -> Page:
    """Return the file of the plant that ``plant_name`` means: id, social credit code, name or a part of the name.

    '' takes the first on the list.

    Raises:
        UsageError: none or several are meant.
    """
    page = plant.plant_page(ds, plant_name)
    if ds.plants.empty:
        return page
    plant_id = parts.find_plant(ds, plant_name) if plant_name.strip() else str(ds.plants["plant_id"].iloc[0])
    mine = plant.only_plant(ds, plant_id)
    before, after = _halves(page.blocks)
    opening = [b for b in before if not isinstance(b, KeyFigures | Table)]
    numbers = [b for b in before if isinstance(b, KeyFigures | Table)]
    gains = "" if dated.undated(mine) else results.gains(mine)
    blocks: list[Block] = [Heading(_FIRST), *opening, *said(where(mine), gains), *numbers]
    for block in after:
        if block == Heading(SECTIONS[-1]):
            blocks += [Heading(_NEXT), *duties.next_steps(Scope("该企业", mine, ds, trade=str(mine.plants["industry"].iloc[0])))]
        # On paper nothing can be clicked.
        blocks.append(replace(block, note=_TRACED) if isinstance(block, Table) and block.id == "sources" else block)
    subtitle = f"{ds.programme.title}　截至{parts.day_text(ds.as_of)}"
    return replace(page, subtitle=subtitle, blocks=tuple(blocks))


def _halves(blocks: tuple[Block, ...]) -> tuple[list[Block], list[Block]]:
    first = next(at for at, block in enumerate(blocks) if isinstance(block, Heading))
    return list(blocks[:first]), list(blocks[first:])


def where(ds: Dataset) -> str:
    """Say how far the plant is, and whether it attains its targets."""
    row = parts.only(progress.plants(ds))
    states = progress.milestone_states(ds)
    verdict = dated.left_out(ds, "级别和达标情况") or _verdict(ds)
    if unheard.all_silent(ds):
        return f"截至{parts.day_text(ds.as_of)}，{row['name']}未报送进度，无法判断。\n\n{verdict}"
    bound = states[~states["state"].isin(["not_applicable", "applies_unknown"])]
    done = int(bound["state"].isin(progress.DONE).sum())
    day = parts.day_text(ds.as_of)
    text = f"截至{day}，{row['name']}适用的 {len(bound)} 个节点中已完成 {done} 个"
    text = text.replace(f"中已完成 {done} 个", "已全部完成") if done == len(bound) else text
    labels = {m.id: m.label for m in ds.programme.milestones}
    unsettled = [labels[m] for m in bound.loc[bound["state"] == "done_unknown", "milestone"]]
    text += f"（{'、'.join(unsettled)}的期限未读懂，是否按期不明）" if unsettled else ""
    late = bound[bound["overdue"]]
    if len(late):
        each = "、".join(f"{labels[r['milestone']]}（逾期 {r['days']} 天）" for r in parts.records(late))
        text += f"，逾期未完成 {len(late)} 个：{each}"
    failed = [labels[m] for m in bound.loc[bound["state"] == "failed", "milestone"]]
    text += f"；{'、'.join(failed)}未通过，须整改后重新申请" if failed else ""
    unclear = [labels[m] for m in bound.loc[bound["state"] == "unclear", "milestone"]]
    text += f"；{'、'.join(unclear)}结果不明，须核实补正" if unclear else ""
    adrift = [labels[m] for m in bound.loc[bound["state"] == "late_unknown", "milestone"]]
    text += f"；{'、'.join(adrift)}未完成，企业状态或单独确定的期限未读懂，是否逾期不明" if adrift else ""
    unsaid = [labels[m] for m in bound.loc[bound["state"] == "not_reported", "milestone"]]
    text += f"；{'、'.join(unsaid)}未报送，无法判断" if unsaid else ""
    unsure = [labels[m] for m in states.loc[states["state"] == "applies_unknown", "milestone"]]
    text += f"；排污许可管理类别未填，{'、'.join(unsure)}是否适用不明" if unsure else ""
    status = ds.plants["status"].iloc[0]
    text += f"。目前状态：{codes('plants', 'status')[status]}" if status != "active" else ""
    return f"{text}。\n\n{verdict}"


def _verdict(ds: Dataset) -> str:
    if not ds.programme.targets:
        return readings.UNASKED
    verdict = parts.only(attainment.plants(ds))
    said_ = {"attained": "达到适用的全部目标", "not_attained": "未达到适用的目标", "cannot_judge": "尚不能判定是否达标"}
    if verdict["left"]:
        return "该企业已退出，不作达标判定。"
    reason = str(verdict["reason"] or "").rstrip("。")
    return f"按审核后实测数据，{said_[verdict['verdict']]}" + (f"：{reason}。" if reason else "。")
