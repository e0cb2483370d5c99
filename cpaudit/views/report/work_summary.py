"""A unit's yearly work summary (工作总结), drafted from the data in the notice's order; what the data don't hold is left open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.across import work_summary
from cpaudit.fields import UNREAD, codes, labels
from cpaudit.fields import benefits as benefit_fields
from cpaudit.programme import find_unit
from cpaudit.selection import Selection
from cpaudit.views import parts, readings, unheard
from cpaudit.views.measured import in_own_words, told
from cpaudit.views.page import Block, Heading, Page, Text
from cpaudit.views.tables import annexes
from cpaudit.views.tables.handover import EMPTY, clause_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset

Facts = dict[str, Any]
_NUMERALS = "一二三四五六七八九十"
#: Units as prose has them.
_SPOKEN = {"t": "吨", "kg": "千克", "tce": "吨标准煤", "万kWh": "万千瓦时"}
_KINDS = labels("class", "no_low_cost")


def work_summary_page(ds: Dataset, unit: str) -> Page:
    """Return the draft of the summary of a unit (its id or any of its names).

    Raises:
        UsageError: there is no such unit.
    """
    where = find_unit(unit, ds.programme.units)
    mine = ds.select(Selection(units=(where.id,)))
    facts = work_summary.facts(mine)
    sections: list[tuple[str, Callable[[Dataset, Facts], list[Block]]]] = [("基本情况", _overview)]
    sections += [(title, _writer(title, mine)) for title in mine.programme.summary.contents]
    sections += [("存在问题和下一步打算", _next)]
    blocks: list[Block] = [*parts.demonstration(mine), *_opening(mine, where.name)]
    for numeral, (title, write) in zip(_NUMERALS, sections, strict=False):
        blocks += [Heading(f"{numeral}、{title}"), *write(mine, facts)]
    blocks.append(Text(f"{EMPTY.format('报送单位（盖章）')}\n\n{EMPTY.format('报送日期')}", "signed"))
    title = f"{where.name}{mine.programme.title}工作总结"
    said = f"（初稿，数据截至{parts.day_text(ds.as_of)}）"
    return Page("work_summary", title, said, parts.stamp(mine), in_own_words(blocks, mine), formal=True)


def _opening(ds: Dataset, name: str) -> list[Block]:
    document = ds.programme.document
    to = "、".join(document.issuers)
    clause = clause_text(ds.programme.summary.clause) if ds.programme.summary.contents else ""
    basis = f"按照{document.cited}{clause}要求"
    return [Text(f"{to}：", "to"), Text(f"{basis}，现将{name}清洁生产审核工作开展情况总结如下。")]


def _overview(ds: Dataset, facts: Facts) -> list[Block]:
    row = facts["progress"]
    if not row["listed"]:
        return [Text("本辖区没有企业列入本批次名单。")]
    rosters = "、".join(f"{r.label} {n} 家" for r in ds.programme.rosters if (n := facts["rosters"].get(r.id)))
    trades = "、".join(f"{parts.industry_name(i)} {n} 家" for i, n in facts["industries"].items())
    said = f"列入名单的企业共 {row['listed']} 家，其中{rosters}；按行业，{trades}。"
    if unheard.all_silent(ds):
        said += f"截至{parts.day_text(ds.as_of)}，{unheard.silence(ds)}"
        return [Text(f"{said}\n\n{EMPTY.format('工作部署、组织领导、宣传培训等情况')}")]
    stages = "，".join(told(id, row[id], ds=ds) for id in ds.programme.stages)
    said += f"截至{parts.day_text(ds.as_of)}，{stages}。{unheard.silence(ds)}"
    if facts["left"]:
        labels = codes("plants", "status")
        each = "、".join(f"{labels[s]} {n} 家" for s, n in facts["left"].items())
        said += f"{told('left', row['left'], '的企业')}（{each}）。"
    return [Text(f"{said}\n\n{EMPTY.format('工作部署、组织领导、宣传培训等情况')}")]


def _class(kind: str) -> Callable[[Dataset, Facts], list[Block]]:
    label = _KINDS[kind]

    def write(ds: Dataset, facts: Facts) -> list[Block]:
        counts, amounts = facts["options"][kind], facts["amounts"][kind]
        total, unread = sum(counts.values()), sum(facts["options"][UNREAD].values())
        apart = f"另有类型未读懂的方案 {unread:,} 项，未计入。" if unread else ""
        apart += unheard.without(ds, "options")
        if not total:
            return [Text(f"{unheard.unsent(ds, 'options') or f'企业没有填报{label}方案。'}{apart}")]
        done = counts["implemented"]
        labels = codes("options", "status")
        rest = "、".join(f"{labels[s]} {n} 项" for s, n in counts.items() if s != "implemented" and n)
        said = f"企业共提出{label}方案 {total:,} 项，其中已实施的 {done:,} 项"
        said += f"，占 {parts.share(done, total)}" if total > parts.small_unit() and not counts[UNREAD] else ""
        said += f"；其余为{rest}。" if rest else "。"
        if done:
            said += f"已实施的{label}方案涉及企业 {amounts['plants']} 家{_money(amounts, '该类方案')}。"
        return [Text(f"{said}{apart}\n\n{EMPTY.format(f'有代表性的{label}方案及做法')}")]

    return write


def _money(amounts: dict[str, Any], of: str = "") -> str:
    said = ""
    if amounts["investment_wan_yuan"] is not None:
        said += f"，{of}投资 {figure(amounts['investment_wan_yuan'])} 万元"
    if amounts["economic_benefit_wan_yuan"] is not None:
        said += f"，每年产生经济效益 {figure(amounts['economic_benefit_wan_yuan'])} 万元"
    return said


def _economic(ds: Dataset, facts: Facts) -> list[Block]:
    whole = facts["amounts"]["all"]
    if not whole["options"]:
        return [Text(unheard.unsent(ds, "options") or "没有已实施的方案，尚未产生经济效益。")]
    if whole["economic_benefit_wan_yuan"] is None:
        return [Text(f"{told('options_implemented', whole['options'])}，没有填报经济效益。{EMPTY.format('经济效益')}")]
    said = f"{whole['plants']} 家企业{told('options_implemented', whole['options'])}{_money(whole)}"
    if whole["payback_years"] is not None:
        said += f"，{told('payback_years', whole['payback_years'])}"
    spread = facts["concentration"]
    if spread and spread["plants_for_80"] and spread["plants"] > spread["plants_for_80"]:
        said += f"。经济效益大于零的企业 {spread['plants']} 家，其中 {spread['plants_for_80']} 家的经济效益合计达到全部的八成以上"
    return [Text(f"{said}。{unheard.unstated(whole)}")]


def _environment(ds: Dataset, facts: Facts) -> list[Block]:
    fields = benefit_fields()
    stated = [(fields[b], v) for b, v in facts["environment"].items() if v]
    if not stated:
        return [
            Text(
                "已实施的方案没有填报环境效益。"
                if facts["amounts"]["all"]["options"]
                else unheard.unsent(ds, "options") or "没有已实施的方案，尚未产生环境效益。"
            )
        ]
    each = "、".join(f"{f.label} {figure(v)} {spoken(f.unit or '')}" for f, v in stated)
    note = "各项效益由企业填报，分别合计，不相互折算。"
    return [Text(f"已实施的方案每年可实现：{each}。{note}"), annexes.benefits_by_class(ds)]


def _step(stage: str, word: str, open_: str) -> Callable[[Dataset, Facts], list[Block]]:
    def write(ds: Dataset, facts: Facts) -> list[Block]:
        row, listed = facts[stage], facts["progress"]["listed"]
        if not listed:
            return [Text("本辖区没有列入名单的企业。")]
        if row["not_reported"] == listed:
            return [Text(f"{unheard.silence(ds)}\n\n{EMPTY.format(open_)}")]
        said = f"列入名单的 {listed} 家企业中，{told(stage, row['passed'], ds=ds)}"
        if row["passed"]:
            kinds = {"按期": row["on_time"], "逾期": row["late"], "是否按期不明": row["undated"]}
            each = "、".join(f"{word} {n} 家" for word, n in kinds.items() if n)
            said += "（均在期限之内）" if row["on_time"] == row["passed"] else f"（{each}）"
        said += f"，{word}节点未通过 {row['failed']} 家" if row["failed"] else ""
        said += f"，{word}结果不明 {row['unclear']} 家" if row["unclear"] else ""
        said += f"，没有报送{word}节点的 {row['not_reported']} 家" if row["not_reported"] else ""
        said += "。"
        if row["passed"]:
            said += f"最早一家于{parts.day_text(row['first'])}通过，最近一家于{parts.day_text(row['last'])}通过。"
        if row["by_assessor"]:
            labels = {**codes("plants", "assessor"), "": "评估层级未填"}
            said += (
                "按评估层级，"
                + "、".join(f"{labels[a]} {row['by_assessor'][a]} 家" for a in labels if a in row["by_assessor"])
                + "。"
            )
        if row["score"] is not None:
            said += f"通过{word}且填报得分的企业平均得分 {row['score']:.1f} 分。"
        blocks: list[Block] = [Text(f"{said}\n\n{EMPTY.format(open_)}")]
        return [*blocks, *(_verdicts(ds, facts) if stage == "accepted" and ds.programme.targets else [])]

    return write


def _verdicts(ds: Dataset, facts: Facts) -> list[Block]:
    row = facts["attainment"]
    said = ""
    if row["judged"]:
        said = (
            f"按审核后实测数据对标，未退出的企业中{told('judged', row['judged'], '的')}，{told('attained', row['attained'])}、"
            f"{told('not_attained', row['not_attained'])}"
            + (f"，{told('attained_pct', row['attained_pct'])}。" if row["judged"] > parts.small_unit() else "。")
        )
    elif row["cannot_judge"]:
        said = f"尚无企业可以判定是否达标，因数据不足等{told('cannot_judge', row['cannot_judge'], '的')}。"
    said += f"因数据不足等{told('cannot_judge', row['cannot_judge'], '的')}。" if row["judged"] and row["cannot_judge"] else ""
    if said and (unchecked := readings.unchecked(facts["unofficial"], "评价指标体系或参数")):
        said += f"对标{unchecked}，正式上报前须重新判定。"
    return [Text(said), *readings.of_verdicts(ds)] if said else []


def _next(ds: Dataset, facts: Facts) -> list[Block]:
    row = facts["progress"]
    said = []
    if row["not_reported"]:
        said.append(f"进度{told('not_reported', row['not_reported'], '的企业')}")
    said += [told(id, row[id], "的企业", ds) for id in ("overdue", "failed", "unclear") if row.get(id)]
    if facts["carry_over"]:
        said.append(told("carried", facts["carry_over"], "的企业", ds))
    if facts["undecided"]:
        said.append(
            f"状态未读懂、{ds.programme.final.noun}结果不明或未报送、尚不能判定是否转入下一批的企业 {facts['undecided']} 家"
        )
    text = f"截至{parts.day_text(ds.as_of)}，{'，'.join(said)}。\n\n" if said else ""
    left = Text(f"{text}{EMPTY.format('存在的主要问题及原因')}\n\n{EMPTY.format('下一步工作打算和建议')}")
    return [left, *(readings.of_deadlines(ds) if row["overdue"] else ())]


def _unknown(title: str) -> Callable[[Dataset, Facts], list[Block]]:
    return lambda ds, facts: [Text(EMPTY.format(title))]


#: What a heading of the notice's list speaks of → what is written there.
_WRITERS: dict[str, Callable[[Dataset, Facts], list[Block]]] = {
    "低费": _class("no_low_cost"),
    "高费": _class("medium_high_cost"),
    "经济效益": _economic,
    "环境效益": _environment,
}
#: The same for steps with a result, by role.
_STEPS = {"评估": ("assessment", "{}的组织方式、专家和现场核查情况"), "验收": ("acceptance", "{}的组织方式和主要意见")}


def _writer(title: str, ds: Dataset) -> Callable[[Dataset, Facts], list[Block]]:
    """Return what is written under a heading of the summary: of what the programme has, else a place to fill in."""
    for word, write in _WRITERS.items():
        if word in title and not all(other in title for other in ("低费", "高费")):
            return write
    for word, (role, open_) in _STEPS.items():
        found = [stage for stage, m in ds.programme.stages.items() if m.role == role and m.has_result]
        if word in title and found and not any(other in title for other in _STEPS if other != word):
            noun = ds.programme.stages[found[0]].noun
            return _step(found[0], noun, open_.format(noun))
    return _unknown(title)


def figure(value: float) -> str:
    """Return an amount with at most two decimals.

    >>> figure(1234.5), figure(3.0), figure(0.004)
    ('1,234.5', '3', '0.004')
    """
    if value and abs(value) < 0.01:
        return f"{value:.2g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def spoken(unit: str) -> str:
    """Return a benefit's unit as prose has it, where “a year” is said already.

    >>> spoken("万kWh/a"), spoken("tce/a")
    ('万千瓦时', '吨标准煤')
    """
    plain = unit.removesuffix("/a")
    return _SPOKEN.get(plain, plain)
