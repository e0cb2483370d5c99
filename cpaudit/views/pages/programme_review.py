"""The page 新的批次: a programme's file checked, its calendar, and what differs from the present programme, clause by clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cpaudit.fields import codes
from cpaudit.findings import SEVERITIES
from cpaudit.labels import usual
from cpaudit.labels.targets import target_said
from cpaudit.programme import industries, units
from cpaudit.views import theme
from cpaudit.views.columns import columns
from cpaudit.views.page import Block, Caveat, Column, Figure, Heading, KeyFigure, KeyFigures, Page, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cpaudit.findings import Finding
    from cpaudit.programme import Programme

_SAME, _NEW, _GONE, _OTHER = "不变", "新增", "取消", "改动"
_SCOPES = {"plant": "企业", "unit": "上报单位"}


class _Item(NamedTuple):
    """One thing that a programme says: what it is called, what it says, and where."""

    id: str
    label: str
    said: str
    clause: str = ""


def programme_review(file: str, findings: list[Finding], new: Programme | None, present: Programme) -> Page:
    """Return the page; ``new`` is None where the file is faulty, then only the faults are shown."""
    blocks: list[Block] = []
    if new is None:
        blocks.append(Caveat(f"{file} 有错误，改正下列各处后再全部运行一次。", "bad"))
        return Page("new_programme", "新的批次", f"来源 {file}", None, (*blocks, _findings(findings)))
    sections = {
        "通知": (_document(new), _document(present)),
        "名单": (_rosters(new), _rosters(present)),
        "节点和期限": (_milestones(new), _milestones(present)),
        "目标": (_targets(new), _targets(present)),
        "通知没有界定的词语": (_terms(new), _terms(present)),
        "上报单位": (_units(new), _units(present)),
        "移交和其他职责": (_handovers(new), _handovers(present)),
        "工作总结": (_summary(new), _summary(present)),
    }
    tables = {name: _compared(name, *both) for name, both in sections.items()}
    changed = {name: int((t.frame["change"] != _SAME).sum()) for name, t in tables.items()}
    blocks += [_figures(new, findings, changed), _findings(findings)]
    for name, each in tables.items():
        blocks.append(Heading(name))
        if name == "节点和期限":
            blocks.append(_calendar(new))
        blocks.append(each)
    return Page("new_programme", f"新的批次：{new.title}", f"对照现行批次：{present.title}", None, tuple(blocks))


def no_programme(sentence: str) -> Page:
    """Return the page that says in one sentence why there is nothing to review."""
    return Page("new_programme", "新的批次", "", None, (Caveat(sentence, "bad"),))


def _figures(new: Programme, findings: list[Finding], changed: dict[str, int]) -> KeyFigures:
    errors = sum(f.severity == "error" for f in findings)
    return KeyFigures(
        (
            KeyFigure("errors", SEVERITIES["error"], errors, "处", of=len(findings), tone="bad" if errors else "good"),
            KeyFigure("plants_announced", "名单家数", new.plants_announced, note="" if new.plants_announced else "通知未写明"),
            KeyFigure(
                "milestones",
                usual("milestone").label,
                len(new.milestones),
                "个",
                note=f"改动、新增、取消 {changed['节点和期限']} 个",
            ),
            KeyFigure("targets", "目标", len(new.targets), "项", note=f"改动、新增、取消 {changed['目标']} 项"),
            KeyFigure("changes", "与现行批次不同", sum(changed.values()), "处"),
        )
    )


def _findings(findings: list[Finding]) -> Table:
    import pandas as pd

    rows = [(SEVERITIES[f.severity], f.file, f.line, f.field, f.message) for f in findings]
    names = ["severity", "file", "line", "field", "message"]
    frame = pd.DataFrame(rows, columns=names).astype({"line": "Int64"})
    cols = {**columns("severity", "file"), "line": Column("行", "integer"), **columns("field", "message")}
    return Table("findings", "检查结果", frame, cols, "错误须改正；疑问和提示请核对。", "检查通过，没有错误、疑问和提示。")


def _compared(name: str, new: Iterable[_Item], present: Iterable[_Item]) -> Table:
    import pandas as pd

    first, second = {i.id: i for i in present}, {i.id: i for i in new}
    rows = []
    for key in [*second, *(k for k in first if k not in second)]:
        old, now = first.get(key), second.get(key)
        one = now or old
        assert one
        change = _NEW if not old else _GONE if not now else _SAME if (old.label, old.said) == (now.label, now.said) else _OTHER
        rows.append((one.label, old.said if old else "", now.said if now else "", change, one.clause))
    cols = {**columns("label"), "present": Column("现行批次"), "new": Column("新批次")}
    cols |= columns(change=usual("kind", code="added"), clause="clause")
    frame = pd.DataFrame(rows, columns=list(cols))
    if not frame["clause"].any():
        frame, cols = frame.drop(columns="clause"), {n: c for n, c in cols.items() if n != "clause"}
    differ = int((frame["change"] != _SAME).sum())
    title = f"{name}：{len(frame)} 项中 {differ} 项与现行批次不同" if differ else f"{name}：与现行批次相同"
    return Table(f"compared_{name}", title, frame, cols)


def _document(p: Programme) -> list[_Item]:
    d = p.document
    return [
        _Item("number", "文号", d.number),
        _Item("title", "名称", d.title),
        _Item("issuers", "印发单位", "、".join(d.issuers)),
        _Item("published", "印发日期", d.published.isoformat() if d.published else "未注明"),
        _Item("basis", "依据", "、".join((*d.legal_basis, *d.technical_basis))),
        _Item("inclusive", "期限当日", "含当日" if p.deadline_inclusive else "不含当日"),
        _Item("soon", "即将到期", f"距期限 {p.due_soon_days} 日以内（约定）"),
    ]


def _rosters(p: Programme) -> list[_Item]:
    found = [_Item(r.id, r.label, f"{r.size} 家" if r.size else "家数未写明", r.clause) for r in p.rosters]
    return [*found, *(_Item(f"column {a.id}", f"名单的列：{a.label}", "", a.clause) for a in p.attributes)]


def _milestones(p: Programme) -> list[_Item]:
    classes = codes("plants", "permit_class")
    found = []
    for m in p.milestones:
        only = f"，只适用于{'、'.join(classes.get(c, c) for c in m.permit_classes)}" if m.permit_classes else ""
        result = "，分通过、未通过" if m.has_result else ""
        found.append(_Item(m.id, m.label, f"{m.deadline.said(_called(p))}，{m.actor}{only}{result}", m.clause))
    return found


def _called(p: Programme) -> dict[str, str]:
    """Return what deadlines and conditions of a programme name → what that is called."""
    trades = {key: i.label for key, i in industries().items()}
    own = {u: units()[u].name for u in p.units if u in units()} | {r.id: r.label for r in p.rosters}
    return trades | own | {m.id: m.label for m in p.milestones} | {a.id: a.label for a in p.columns}


def _targets(p: Programme) -> list[_Item]:
    return [_Item(t.id, t.label, target_said(t, _called(p)), t.clause) for t in p.targets]


def _terms(p: Programme) -> list[_Item]:
    rule = p.interpretations.clear_improvement
    status = "（示范参数）" if rule.status == "demonstration" else ""
    marks = {"clear_improvement": status}
    found = [
        _Item(name, term, f"{meaning}{marks.get(name, '')}")
        for name, term, meaning in p.interpretations.said()
        if p.improves or name not in ("clear_improvement", "stricter_level")
    ]
    if not p.improves:
        return found
    numbers = f"改善 {rule.min_change_pct:g}% 及以上的不少于 {rule.min_share:.0%}，变差不超过 {rule.tolerance_pct:g}%"
    return [*found, _Item("numbers", f"{rule.term}的参数", numbers)]


def _units(p: Programme) -> list[_Item]:
    return [_Item("all", "上报单位", "、".join(units()[u].name if u in units() else u for u in p.units))]


def _handovers(p: Programme) -> list[_Item]:
    found = [_Item(h.id, h.receiver, f"移交{h.content}", h.clause) for h in p.handovers]
    return [
        *found,
        *(_Item(d.id, "其他职责", d.label + (f"（{d.deadline.said()}）" if d.deadline else ""), d.clause) for d in p.duties),
    ]


def _summary(p: Programme) -> list[_Item]:
    return [_Item("contents", "须含内容", "、".join(p.summary.contents), p.summary.clause)]


def _calendar(p: Programme) -> Figure:
    import plotly.graph_objects as go

    dated = [(m, day) for m in p.milestones if (day := m.deadline.fixed())]
    names = [theme.safe(m.label) for m, _ in dated]
    traces = []
    for scope, colour in (("plant", theme.ACCENT), ("unit", theme.LEVEL_COLOURS[3])):
        mine = [(m, day) for m, day in dated if m.scope == scope]
        traces.append(
            go.Scatter(
                x=[day.isoformat() for _, day in mine],
                y=[theme.safe(m.label) for m, _ in mine],
                text=[f"{day.month}月{day.day}日" for _, day in mine],
                mode="markers+text",
                textposition="middle right",
                name=f"{_SCOPES[scope]}的节点",
                marker={"size": 12, "color": colour, "line": {"width": 1, "color": theme.INK}},
                hovertemplate="<b>%{y}</b><br>%{x|%Y-%m-%d}<extra></extra>",
                cliponaxis=False,
            )
        )
    drawn = theme.figure(
        *traces,
        xaxis={"type": "date", "tickformat": "%Y-%m", "nticks": 8},
        yaxis={"type": "category", "categoryorder": "array", "categoryarray": names, "autorange": "reversed"},
        margin={"r": 70},
    )
    days = [day for _, day in dated]
    relative = [m for m in p.milestones if not m.deadline.fixed()]
    title = f"{len(dated)} 个节点，{min(days)} 至 {max(days)}" if days else "没有固定日期的节点"
    alt = "；".join(f"{m.label} {day.isoformat()}" for m, day in dated)
    note = "".join(f"“{m.label}”为{m.deadline.said(_called(p))}，不在图上。" for m in relative)
    note += f"来源：{p.document.reference}。"
    return Figure("calendar", title, drawn, f"{alt}。", len(dated), note, 90 + 30 * max(len(names), 2), 620)
