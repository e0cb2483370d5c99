"""The checker of programme files: what the model refuses, names that nothing knows, and what a person should look at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cpaudit.errors import DefinitionError
from cpaudit.fields import field
from cpaudit.findings import Finding, Severity, dotted, faults_of, line_of, repeated_keys
from cpaudit.programme.calendar import holiday_years
from cpaudit.programme.industries import industries
from cpaudit.programme.model import Programme
from cpaudit.programme.units import units
from cpaudit.reference import compose, read_yaml, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Milestones that pages, funnel and hand-overs speak of by name.
NEEDED = ("notified", "registered", "permit_written", "assessed", "implemented", "accepted")

_Remark = tuple[Severity, tuple[int | str, ...], str]


def check(path: Path) -> list[Finding]:
    """Return what is wrong (error), doubtful (warning) or worth knowing (note) about a programme's file, in the file's order.

    Every finding names the file, its line and the field.
    """
    file = shown(path)
    try:
        content = read_yaml(path)
        tree = compose(path)
    except DefinitionError as error:
        return [Finding("error", file, None, "", str(error))]
    found = [Finding("error", file, line, key, "写了两次，后一次会取代前一次") for line, key in repeated_keys(tree)]
    try:
        programme = Programme.model_validate(content)
    except ValidationError as error:
        return found + [Finding("error", file, f.line, f.field, f.reason) for f in faults_of(error, tree)]
    remarks = list(_remarks(programme))
    if programme.id != path.stem:
        remarks.insert(0, ("warning", ("id",), f"与文件名不一致，放进批次目录前文件须改名为 {programme.id}.yaml"))
    found += [Finding(severity, file, line_of(tree, loc), dotted(loc), said) for severity, loc, said in remarks]
    return sorted(found, key=lambda f: f.line or 0)


def _remarks(p: Programme) -> Iterator[_Remark]:
    yield from _names(p)
    yield from _milestones(p)
    yield from _targets(p)
    for what in ("rosters", "milestones", "targets", "handovers", "duties"):
        items: Any = getattr(p, what)
        for at, item in enumerate(items):
            if not item.clause.strip():
                yield "warning", (what, at, "clause"), f"“{item.id}”没有写出处（条款）"
        for item_id in _twice([item.id for item in items]):
            yield "error", (what,), f"编号 {item_id} 重复"
    if p.interpretations.clear_improvement.status == "demonstration":
        yield "note", ("interpretations", "clear_improvement", "status"), "“明显提升”为示范参数，须由主管部门确认"


def _names(p: Programme) -> Iterator[_Remark]:
    """Names that returns, rosters and pages don't know."""
    for at, unit in enumerate(p.units):
        if unit not in units():
            yield "error", ("units", at), f"没有编号为“{unit}”的上报单位，请先写入 units.csv"
    for unit in _twice(list(p.units)):
        yield "error", ("units",), f"上报单位 {unit} 重复"
    known = field("plants", "roster").codes
    for at, roster in enumerate(p.rosters):
        if isinstance(known, dict) and roster.id not in known:
            yield "error", ("rosters", at, "id"), f"报表不认识名单“{roster.id}”，可用：{'、'.join(known)}"
        if roster.size < 1:
            yield "error", ("rosters", at, "size"), "家数应为正整数"


def _milestones(p: Programme) -> Iterator[_Remark]:
    ids = {m.id: m for m in p.milestones}
    for name in NEEDED:
        if name not in ids:
            yield "error", ("milestones",), f"缺少节点 {name}：各页、漏斗和移交清单要用到它"
    classes = field("plants", "permit_class").codes
    for at, m in enumerate(p.milestones):
        for name in m.permit_classes:
            if isinstance(classes, dict) and name not in classes:
                yield "error", ("milestones", at, "permit_classes"), f"没有“{name}”这一许可管理类别，可用：{'、'.join(classes)}"
        for before in m.after:
            first, last = ids[before].deadline.date, m.deadline.date
            if first and last and last < first:
                yield "warning", ("milestones", at, "deadline"), f"“{m.label}”的期限早于其前置节点“{ids[before].label}”"
    days = [m.deadline.date for m in p.milestones if m.deadline.date]
    open_years = sorted({day.year for day in days} - holiday_years().keys())
    if open_years:
        said = "、".join(map(str, open_years))
        yield "note", ("milestones",), f"{said} 年的放假安排没有收录，工作日按周一至周五计，公布后请补入 holidays"
    if p.document.published and days and min(days) < p.document.published:
        yield "warning", ("document", "published"), f"有节点的期限早于印发日期 {p.document.published}"


def _targets(p: Programme) -> Iterator[_Remark]:
    for at, target in enumerate(p.targets):
        rule = target.applies_to
        given = [bool(rule.industries), rule.hazardous_waste_t_min is not None, rule.other_industries]
        if sum(given) != 1:
            yield (
                "error",
                ("targets", at, "applies_to"),
                "须且只须写一个条件：industries、hazardous_waste_t_min 或 other_industries",
            )
        for name in rule.industries:
            if name not in industries():
                yield "error", ("targets", at, "applies_to", "industries"), f"没有编号为“{name}”的行业，请先写入 industries.yaml"
        if target.requires.kind == "categories" and not target.requires.categories:
            yield "error", ("targets", at, "requires"), "kind: categories 须写明 categories"
        if target.requires.kind != "categories" and target.requires.categories:
            yield "error", ("targets", at, "requires"), f"kind: {target.requires.kind} 不能写 categories"
    named = {i for t in p.targets for i in t.applies_to.industries}
    bare = [] if any(t.applies_to.other_industries for t in p.targets) else [k for k in industries() if k not in named]
    if bare:
        labels = "、".join(industries()[k].label for k in bare)
        yield "warning", ("targets",), f"没有规定目标的行业：{labels}；其企业将一律无法判定"


def _twice(names: list[str]) -> list[str]:
    return [name for name, n in Counter(names).items() if n > 1]
