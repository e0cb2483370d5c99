"""The checker of programme files: what the model refuses, names that nothing knows, and what a person should look at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cpaudit.errors import DefinitionError
from cpaudit.fields import benefits as benefit_fields
from cpaudit.fields import choices, codes
from cpaudit.findings import Finding, Severity, dotted, faults_of, line_of, repeated_keys
from cpaudit.programme.calendar import holiday_years
from cpaudit.programme.document import UNFILLED
from cpaudit.programme.industries import industries
from cpaudit.programme.model import Programme
from cpaudit.programme.units import county_codes, units
from cpaudit.reference import compose, read_yaml, shown
from cpaudit.reference import file as file_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from cpaudit.programme.milestones import Milestone
    from cpaudit.programme.targets import AppliesTo, Target

#: What says by which clause it stands.
_CITING = ("rosters", "milestones", "targets", "handovers", "duties")
_Place = tuple[int | str, ...]
_Remark = tuple[Severity, _Place, str]


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
    remarks = [*_remarks(programme), *_clauses(programme, content)]
    if programme.id != path.stem:
        remarks.insert(0, ("warning", ("id",), f"与文件名不一致，放进批次目录前文件须改名为 {programme.id}.yaml"))
    found += [Finding(severity, file, line_of(tree, loc), dotted(loc), said) for severity, loc, said in remarks]
    return sorted(found, key=lambda f: f.line or 0)


def require_sound(programme: str) -> None:
    """Refuse a programme that the checker finds errors in: what is loaded under it could be read wrongly.

    Raises:
        DefinitionError: with every error, one per line.
    """
    path = file_of("programmes", programme)
    if wrong := [str(f) for f in check(path) if f.severity == "error"] if path.exists() else []:
        raise DefinitionError("\n".join(wrong))


def _remarks(p: Programme) -> Iterator[_Remark]:
    yield from _names(p)
    yield from _follows(p)
    yield from _milestones(p)
    for at, target in enumerate(p.targets):
        yield from _target(p, target, ("targets", at))
    yield from _untargeted(p)
    for what in _CITING:
        items: Any = getattr(p, what)
        for item_id in _twice([item.id for item in items]):
            yield "error", (what,), f"编号 {item_id} 重复"
    if p.status == "secondary" and not p.sources:
        yield "note", ("status",), "据公开转载写成的（secondary）请在 sources 里写明转载的网址"
    if p.improves and p.interpretations.clear_improvement.status == "demonstration":
        yield "note", ("interpretations", "clear_improvement", "status"), "“明显提升”为示范参数，须由主管部门确认"


def _clauses(p: Programme, content: Any) -> Iterator[_Remark]:
    """What cites no clause, and what a draft leaves to be filled in."""
    for what in _CITING:
        unfilled = []
        for at, item in enumerate(getattr(p, what)):
            if str(content[what][at].get("clause", "")).strip() == UNFILLED:
                unfilled.append(at)
            elif not item.clause:
                yield "warning", (what, at, "clause"), f"“{item.id}”没有写出处（条款）"
        if unfilled:
            yield "note", (what, unfilled[0], "clause"), f"{len(unfilled)} 条的出处（条款）还是“{UNFILLED}”，请对照通知原文填写"


def _names(p: Programme) -> Iterator[_Remark]:
    """Names that nothing knows, or that two things have."""
    for at, unit in enumerate(p.units):
        if unit not in units():
            yield "error", ("units", at), f"没有编号为“{unit}”的上报单位；各省市的编号见 places.csv，自定的请先写入 units.csv"
    for unit in _twice(list(p.units)):
        yield "error", ("units",), f"上报单位 {unit} 重复"
    for at, attribute in enumerate(p.attributes):
        if not attribute.declared:
            where = next(n for n, t in enumerate(p.targets) if any(attribute.id in a.attributes for a in t.applies_to.parts()))
            said = f"“{attribute.id}”没有在 attributes 中声明，按表头就是这个词、填是或否的一列读取；请声明它的表头（label）"
            yield "warning", ("targets", where, "applies_to", "list"), said
        elif not attribute.label.strip():
            yield "error", ("attributes", at, "label"), "须写明表头"
    for name in _twice([a.id for a in p.attributes]):
        yield "error", ("attributes",), f"编号 {name} 重复"
    for what in ("rosters", "milestones"):
        for label in _twice([item.label for item in getattr(p, what)]):
            yield "error", (what,), f"名称“{label}”写了两次，报表里无从区分"
    for role in _twice([m.role for m in p.milestones if m.role]):
        yield "error", ("milestones",), f"有几个节点的 role 都是 {role}，只能有一个"


def _follows(p: Programme) -> Iterator[_Remark]:
    """Consequences that name nothing known, or that no data tell."""
    for reason in p.consequences.repeat_years or {}:
        yield from _unknown(reason, codes("plants", "reasons"), ("consequences", "repeat_years", reason), "列入原因")
    for at, audited in enumerate(p.consequences.counts_as_audited):
        place = ("consequences", "counts_as_audited", at)
        if audited.applies_to:
            yield from _conditions(p, audited.applies_to, place)
        else:
            yield "note", place, f"“{audited.label}”没有写 applies_to，不能由数据判断，须由人核对"


def _milestones(p: Programme) -> Iterator[_Remark]:
    ids = {m.id: m for m in p.milestones}
    for at, m in enumerate(p.milestones):
        for name in m.permit_classes:
            yield from _unknown(name, choices("plants", "permit_class"), ("milestones", at, "permit_classes"), "许可管理类别")
        for before in m.after:
            first, last = ids[before].deadline.fixed(), m.deadline.fixed()
            if first and last and last < first:
                yield "warning", ("milestones", at, "deadline"), f"“{m.label}”的期限早于其前置节点“{ids[before].label}”"
        yield from _deadline(p, m, ("milestones", at, "deadline"))
    days = [day for m in p.milestones for day in m.deadline.dates()]
    open_years = sorted({day.year for day in days} - holiday_years().keys())
    if open_years:
        said = "、".join(map(str, open_years))
        yield "note", ("milestones",), f"{said} 年的放假安排没有收录，工作日按周一至周五计，公布后请补入 holidays"
    if p.document.published and days and min(days) < p.document.published:
        yield "warning", ("document", "published"), f"有节点的期限早于印发日期 {p.document.published}"


def _deadline(p: Programme, m: Milestone, place: _Place) -> Iterator[_Remark]:
    known: dict[str, Collection[str]] = {"roster": [r.id for r in p.rosters], "unit": p.units, "industry": industries()}
    for part in m.deadline.parts():
        for case in part.cases:
            yield from _unknown(
                case, known[str(part.by)], place, {"roster": "名单", "unit": "上报单位"}.get(str(part.by), "行业")
            )
        missing = [key for key in known[str(part.by)] if key not in part.cases] if part.by in ("roster", "unit") else []
        if missing and not part.else_:
            yield "warning", place, f"没有写 {'、'.join(missing)} 的期限，也没有 else：其企业期限不明"
        if part.none == "":
            yield (
                "warning",
                place,
                f"没有写“{m.label}”的期限，按不限期（永不逾期）理解；通知确无期限的，请写 none 和原话，如 {{none: 及时}}",
            )


def _conditions(p: Programme, rule: AppliesTo, place: _Place) -> Iterator[_Remark]:
    known: dict[str, tuple[str, Collection[str]]] = {
        "industries": ("行业", industries()),
        "rosters": ("名单", [r.id for r in p.rosters]),
        "units": ("上报单位", p.units),
        "counties": ("区县", county_codes(p.units)),
        "reasons": ("列入原因", codes("plants", "reasons")),
        "attributes": ("名单自有的列（attributes）", [a.id for a in p.columns]),
    }
    for loc, part in _inside(rule, (*place, "applies_to")):
        for name, (what, every) in known.items():
            for each in getattr(part, name):
                hint = "；新的行业请先写入 industries.yaml" if name == "industries" else ""
                yield from _unknown(each, every, (*loc, name), what, hint)


def _target(p: Programme, target: Target, place: _Place) -> Iterator[_Remark]:
    yield from _conditions(p, target.applies_to, place)
    need = target.requires
    if need.kind == "change" and need.of:
        if need.of.benefit:
            yield from _unknown(need.of.benefit, benefit_fields(), (*place, "requires", "of", "benefit"), "效益")
            if not need.of.base:
                yield "warning", (*place, "requires", "of"), "没有写 base（审核前年总量所在的列），各企业将一律无法判定"
        if need.of.base:
            yield from _unknown(
                need.of.base, [a.id for a in p.columns], (*place, "requires", "of", "base"), "名单自有的列（attributes）"
            )
    if need.evidence == "column":
        name = need.column or next((a.id for a in p.columns if a.label == need.name), need.name or "")
        yield from _unknown(name, [a.id for a in p.columns], (*place, "requires", "column"), "名单自有的列（attributes）")
    if need.kind == "text" or need.evidence == "file":
        yield "note", (*place, "requires"), f"“{target.label}”不能由数据计算，判定为“无法判定”，由人判定"


def _inside(rule: AppliesTo, place: _Place) -> Iterator[tuple[_Place, AppliesTo]]:
    yield place, rule
    for name in ("all", "any"):
        for at, part in enumerate(getattr(rule, name)):
            yield from _inside(part, (*place, name, at))
    if rule.not_:
        yield from _inside(rule.not_, (*place, "not"))


def _untargeted(p: Programme) -> Iterator[_Remark]:
    """Trades that no target reaches: only where a notice sorts its targets by trade at all."""
    rules = [part for t in p.targets for part in t.applies_to.parts()]
    named = frozenset[str]().union(*(t.applies_to.named() for t in p.targets))
    if not named or any(r.other_industries or r.all_plants for r in rules) or any(not t.applies_to.named() for t in p.targets):
        return
    labels = "、".join(i.label for k, i in industries().items() if k not in named)
    if labels:
        yield "note", ("targets",), f"没有规定目标的行业：{labels}；其企业没有须达到的目标"


def _unknown(name: str, known: Collection[str], place: _Place, what: str, hint: str = "") -> Iterator[_Remark]:
    if name not in known:
        some = f"，可用：{'、'.join(known)}" if known and len(known) <= 60 else ""
        yield "error", place, f"没有编号为“{name}”的{what}{some}{hint}"


def _twice(names: list[str]) -> list[str]:
    return [name for name, n in Counter(names).items() if n > 1]
