"""Fills the tables of the documentation from the definitions themselves, so that both always agree.

A page says where: ``<!-- table: milestones -->``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cpaudit.fields import tables
from cpaudit.indicators import IndicatorSystem, systems
from cpaudit.programme import Programme, industries, load_programme
from cpaudit.programme.calendar import HolidayYear
from cpaudit.programme.conventions import Conventions
from cpaudit.vocabulary import CATEGORIES, LEVELS, VERIFICATIONS

PROGRAMME = "hebei-2021-2"
TYPES = {"text": "文本", "code": "代码", "codes": "代码（可多个）", "date": "日期", "number": "数值", "integer": "整数"}
LISTS = {"units": "上报单位", "counties": "区县", "industries": "行业", "milestones": "节点", "systems": "评价指标体系"}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each marker with its table; a marker without a maker fails the build."""
    return re.sub(r"<!-- table: (\w+) -->", lambda found: MAKERS[found[1]](), markdown)


def on_post_build(config: Any, **_: Any) -> None:
    """Write the JSON Schema of each kind of definition, for editors that check while one types."""
    folder = Path(config["site_dir"]) / "schema"
    folder.mkdir(exist_ok=True)
    models = {"indicator_system": IndicatorSystem, "programme": Programme, "holidays": HolidayYear, "conventions": Conventions}
    for name, model in models.items():
        schema = json.dumps(model.model_json_schema(), ensure_ascii=False, indent=1)
        (folder / f"{name}.schema.json").write_text(schema + "\n", encoding="utf-8")


def _grid(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [list(headings), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fields() -> str:
    parts = []
    for name, table in tables().items():
        key = f"，主键 {'、'.join(f'`{k}`' for k in table.key)}" if table.key else ""
        rows = (
            (f"`{column}`", f.heading, TYPES[f.type] + ("，必填" if f.required else ""), _allowed(f.codes), f.note)
            for column, f in table.columns.items()
        )
        grid = _grid(["列", "含义", "类型", "取值", "说明"], rows)
        parts.append(f"## {table.label} `{name}`\n\n共 {len(table.columns)} 列{key}。\n\n{grid}")
    return "\n\n".join(parts)


def _allowed(codes: dict[str, str] | str | None) -> str:
    if isinstance(codes, str):
        return LISTS[codes]
    return "；".join(f"{label} `{code}`" for code, label in (codes or {}).items())


def _milestones() -> str:
    permits = {"key": "重点管理", "simplified": "简化管理", "registered": "登记管理"}
    rows = (
        (
            m.label,
            f"`{m.id}`",
            m.deadline.date or f"名单公布后 {m.deadline.days_after_listing} 日内",
            m.actor,
            "上报单位" if m.scope == "unit" else "、".join(permits[p] for p in m.permit_classes) or "全部企业",
            m.clause + (f"。{m.note}" if m.note else ""),
        )
        for m in load_programme(PROGRAMME).milestones
    )
    return _grid(["节点", "代码", "期限", "由谁办理", "适用", "出处"], rows)


def _targets() -> str:
    def applies(rule: Any) -> str:
        if rule.hazardous_waste_t_min is not None:
            return f"年产危废能力 {rule.hazardous_waste_t_min:g} 吨及以上"
        return "、".join(industries()[i].label for i in rule.industries) or "其他行业"

    def asks(rule: Any) -> str:
        what = {"overall": "企业整体", "hazardous_waste": "涉及危废的指标"}.get(rule.kind)
        return f"{what or '、'.join(CATEGORIES[c] for c in rule.categories)}达到{LEVELS[rule.level]}及以上"

    def improves(target: Any) -> str:
        rule = target.if_met_before
        return "、".join({**CATEGORIES, "hazardous_waste": "涉及危废的指标"}[c] for c in rule.improve) if rule else "—"

    found = load_programme(PROGRAMME).targets
    rows = ((t.label, applies(t.applies_to), asks(t.requires), improves(t), t.clause) for t in found)
    return _grid(["目标", "适用", "要求", "审核前已达到的，须明显提升", "出处"], rows)


def _interpretations() -> str:
    terms = load_programme(PROGRAMME).interpretations
    return _grid(["词语", "工作台的取法"], ((t.term, t.meaning) for t in (getattr(terms, n) for n in type(terms).model_fields)))


def _systems() -> str:
    rows = ((f"`{s.id}`", s.title, s.process, f"{len(s.indicators())} 项", VERIFICATIONS[s.status]) for s in systems().values())
    return _grid(["编号", "名称", "工序", "指标", "核对状态"], rows)


def _verifications() -> str:
    return _grid(["代码", "含义"], ((f"`{code}`", label) for code, label in VERIFICATIONS.items()))


MAKERS = {
    "fields": _fields,
    "milestones": _milestones,
    "targets": _targets,
    "interpretations": _interpretations,
    "systems": _systems,
    "verifications": _verifications,
}
