"""Fills the tables of the documentation from the definitions themselves, so that both always agree.

A page says where: ``<!-- table: milestones -->``, or ``<!-- form: energy -->`` for a piece of the file that shows all forms.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cpaudit.fields import tables
from cpaudit.indicators import IndicatorSystem, explain, score, systems
from cpaudit.loaders.problems import catalogue
from cpaudit.measures import THINGS, Measure, measures
from cpaudit.programme import Programme, find_unit, industries, load_programme
from cpaudit.programme.calendar import HolidayYear
from cpaudit.programme.conventions import Conventions
from cpaudit.programme.milestones import ROLES
from cpaudit.reference import read_definition, root
from cpaudit.vocabulary import CATEGORIES, LEVELS, VERIFICATIONS

PROGRAMME = "hebei-2021-2"
ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "scoring"
STATES = {"not_applicable": "不适用", "missing": "缺失"}
TYPES = {
    "text": "文本",
    "code": "代码",
    "codes": "代码（可多个）",
    "date": "日期",
    "number": "数值",
    "integer": "整数",
}
SEVERITIES = {"error": "错误", "warning": "疑问", "note": "提示"}
#: The groups of problems.yaml, as the page for cities heads them.
GROUPS = {
    "files": "文件、工作表、行",
    "values": "数值和日期",
    "identity": "企业、代码、名单、区县",
    "one record, one truth": "两处不一致",
    "across cells and tables": "几格、几张表之间",
}
#: The parts of a programme's file that are described, with what they are called.
PARTS = {
    "Document": "通知（document）", "Roster": "名单（rosters）", "Attribute": "名单自有的列（attributes）",
    "Milestone": "节点（milestones）", "Deadline": "期限（deadline）", "Target": "目标（targets）",
    "AppliesTo": "约束哪些企业（applies_to）", "Requirement": "须达到什么（requires）", "Change": "改变的对象（of）",
    "Duty": "其他职责（duties）", "Handover": "移交（handovers）", "Summary": "工作总结（summary）",
    "Consequences": "后果（consequences）", "Audited": "算作已审核的（counts_as_audited）",
    "IfMetBefore": "审核前已达到的（if_met_before）", "Bounds": "上下限（min、max）", "Owed": "应报的表（returns）",
    "Interpretations": "没有说清的（interpretations）", "ClearImprovement": "明显提升（clear_improvement）",
}  # fmt: skip
LISTS = {"units": "上报单位", "counties": "区县", "industries": "行业", "milestones": "节点", "systems": "评价指标体系"}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each marker with its table or piece; a marker without a maker fails the build."""
    markdown = re.sub(r"<!-- table: (\w+) -->", lambda found: MAKERS[found[1]](), markdown)
    return re.sub(r"<!-- form: ([\w ]+) -->", lambda found: _piece(*found[1].split()), markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Leave out the roles that docstrings give their references; the name alone stands in the text."""
    return re.sub(r":(?:func|meth|mod|data|class):<code>[~.]?", "<code>", html)


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
            m.deadline.date or m.deadline.said(),
            m.actor,
            "上报单位" if m.scope == "unit" else "、".join(permits[p] for p in m.permit_classes) or "全部企业",
            m.clause + (f"。{m.note}" if m.note else ""),
        )
        for m in load_programme(PROGRAMME).milestones
    )
    return _grid(["节点", "代码", "期限", "由谁办理", "适用", "出处"], rows)


def _roles() -> str:
    rows = ((f"`{role}`", words.label, f"`{words.usual}`", "是" if words.stage else "") for role, words in ROLES.items())
    return _grid(["`role`", "是哪一类节点", "常用编号", "列入阶段漏斗"], rows)


def _programme_fields() -> str:
    """Return every field of a programme's file as the model describes it, part by part."""
    schema = Programme.model_json_schema()
    parts = [("批次", schema), *((name, schema["$defs"][name]) for name in PARTS)]
    return "\n\n".join(f"**{PARTS.get(name, name)}**\n\n{_described(part)}" for name, part in parts)


def _described(part: dict[str, Any]) -> str:
    needed = set(part.get("required", ()))
    rows = (
        (f"`{name}`", "是" if name in needed else "", about.get("description", "")) for name, about in part["properties"].items()
    )
    return _grid(["字段", "必填", "含义"], rows)


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
    return _grid(["词语", "工作台的取法"], ((term, meaning) for _, term, meaning in terms.said()))


def _clauses(measure: Measure, programme: Programme) -> list[str]:
    """The clauses of a programme's notice that a measure rests on; none where the programme has no such milestone."""
    known = {m.id: (m.clause,) for m in programme.milestones} | {stage: (m.clause,) for stage, m in programme.stages.items()}
    known |= {
        "rosters": tuple(r.clause for r in programme.rosters),
        "targets": tuple(t.clause for t in programme.targets),
        "summary": (programme.summary.clause,),
    }
    return list(dict.fromkeys(c for name in measure.clause_of for c in known.get(name, ()) if c))


def _measures() -> str:
    """The measures: each with its sentence, what is counted out of what, and the clauses that it rests on."""
    known, programme = measures(), load_programme(PROGRAMME)

    def of(m: Measure) -> str:
        if m.share_of:
            return f"{known[m.share_of].label}÷{known[m.out_of].label}"
        return known[m.out_of].label if m.out_of else "—"

    rows = (
        (m.label, f"`{id}`", m.sentence, m.wins or "—", THINGS[m.counts], of(m), m.unit, "、".join(_clauses(m, programme)) or "—")
        for id, m in known.items()
    )
    return _grid(["名称", "编号", "说的是什么", "谁优先于谁", "数的是", "占什么", "单位", "条款"], rows)


def _systems() -> str:
    rows = (
        (f"`{s.id}`", s.title, s.process, f"{len(s.indicators())} 项", "存目，不能评分" if s.stub else VERIFICATIONS[s.status])
        for s in systems().values()
    )
    return _grid(["编号", "名称", "工序", "指标", "核对状态"], rows)


def _verifications() -> str:
    return _grid(["代码", "含义"], ((f"`{code}`", label) for code, label in VERIFICATIONS.items()))


def _piece(*names: str) -> str:
    """Quote the parts of ``demo_forms.yaml`` that say these keys or ids, each with the comment above it."""
    lines = (root() / "indicator_systems" / "demo_forms.yaml").read_text(encoding="utf-8").splitlines()
    parts = []
    for name in names:
        first = next(n for n, line in enumerate(lines) if re.match(rf"\s*(?:- \{{?id: )?{name}\b", line))
        indent = len(lines[first]) - len(lines[first].lstrip())
        last = first + 1
        while last < len(lines) and len(lines[last]) - len(lines[last].lstrip()) > indent:
            last += 1
        while indent and lines[first - 1].startswith(" " * indent + "#"):
            first -= 1
        parts += [line[indent:] for line in lines[first:last]]
    return "\n".join(["```yaml", *parts, "```"])


def _example() -> tuple[Any, Any, Any]:
    """Return the worked example: its system, every indicator explained, and the score."""
    import pandas as pd

    system = read_definition(EXAMPLE.with_suffix(".yaml"), IndicatorSystem)
    measured = pd.read_csv(EXAMPLE.with_suffix(".csv")).assign(plant_id="1", system=system.id, process="", period="after")
    return system, explain(measured, [system]), score(measured, [system]).iloc[0]


def _example_system() -> str:
    system, told, _ = _example()
    asked = {i.id: i for i in system.indicators()}
    rows = []
    for row in told.to_dict("records"):
        i = asked[row["indicator"]]
        sign = {"<=": "≤", ">=": "≥"}.get(i.comparator, i.comparator)
        texts = i.texts.model_dump().values() if i.answer == "level" else [f"{sign} {b}" for b in i.baselines.all]
        value = f"{row['value']:g}" if row["state"] == "reported" else STATES[row["state"]]
        value = LEVELS[int(row["value"])] if i.answer == "level" else value
        group = next(g for g in system.groups if i in g.indicators)
        name = f"{i.name}{'*' if i.limiting else ''}"
        rows.append((f"{group.name} {group.weight}", name, i.unit, i.weight, *texts, f"**{value}**"))
    return _grid(["一级指标及权重", "二级指标", "单位", "权重", "Ⅰ级", "Ⅱ级", "Ⅲ级", "企业填报"], rows)


def _example_points() -> str:
    rows = []
    for row in _example()[1].to_dict("records"):
        applies = row["state"] != "not_applicable"
        met = STATES[row["state"]] if row["state"] != "reported" else LEVELS[int(row["level_met"])]
        points = [f"{row[f'contribution_{k}']:.2f}" if applies else "—" for k in (1, 2, 3)]
        weight = f"{row['weight']:.4f}" if applies else "—"
        rows.append((row["name"], met, weight, *points))
    return _grid(["二级指标", "达到", "折算后的权重", "Ⅰ级得分", "Ⅱ级得分", "Ⅲ级得分"], rows)


def _example_result() -> str:
    _, told, found = _example()
    lines = []
    for k, numeral in ((1, "Ⅰ"), (2, "Ⅱ"), (3, "Ⅲ")):
        terms = " + ".join(f"{p:.2f}" for p in told[f"contribution_{k}"] if p)
        limiting = "全部" if found[f"limiting_{k}"] else "没有全部"
        lines.append(f"- *Y*<sub>{numeral}</sub> = {terms} = **{found[f'index_{k}']:.2f}**；限定性指标{limiting}达到{numeral}级")
    return "\n".join([*lines, "", f"结论：**{LEVELS[int(found['level'])]}**。"])


def _gallery() -> str:
    """Each notebook: its title, the question that it answers, and its picture where docs/pictures.py has drawn it."""
    parts = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        book = json.loads(path.read_text(encoding="utf-8"))
        texts = ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown"]
        heading = re.match(r"# (.+)\n*", texts[0])
        title = book["metadata"].get("title") or (heading[1] if heading else path.stem)
        about = texts[0][heading.end() :] if heading else texts[0]
        picture = f"images/gallery/{path.stem}.jpg"
        shown = f"![{title}]({picture})\n\n" if (ROOT / "docs" / picture).exists() else ""
        first = about.partition("\n\n")[0]
        parts.append(f"## {title}\n\n{first}\n\n{shown}笔记本：`notebooks/{path.name}`")
    return "\n\n".join(parts)


def _dashboards() -> str:
    """The dashboards in the menu's order, each with its readers."""
    from cpaudit.serving import dashboards

    return _grid(["看板", "给谁看"], ((d.title, d.readers) for d in dashboards()))


def _screens() -> str:
    """Each dashboard on each screen, where docs/pictures.py has drawn it."""
    from cpaudit.serving import dashboards
    from docs.screens import SCREENS, picture

    parts = []
    for board in dashboards():
        parts.append(f"## {board.title}\n\n{board.readers}")
        for name, screen in SCREENS.items():
            path = f"images/gallery/{picture(board.id, name)}"
            if (ROOT / "docs" / path).exists():
                parts.append(f"**{screen.label}**\n\n![{board.title}，{screen.label}]({path}){{ .cp-screen-{name} }}")
    return "\n\n".join(parts)


def _units() -> str:
    from cpaudit.quantities.spellings import measure_units

    rows = (("、".join(r.words), r.of, "、".join(r.kinds)) for r in measure_units().names if r.kinds)
    return _grid(["名称中的词", "应为", "例如"], ((words.replace("$", "（结尾）"), of, kinds) for words, of, kinds in rows))


def _problems() -> str:
    """Every sentence that a load can say of a file, in the groups of ``problems.yaml``; what differs from case to case is ……"""
    groups: dict[str, list[str]] = {}
    for line in (root() / "problems.yaml").read_text(encoding="utf-8").splitlines():
        if begins := re.match(r"  # -- (.+)", line):
            groups[begins[1]] = []
        elif code := re.match(r"  (\w+):$", line):
            groups[list(groups)[-1]].append(code[1])
    parts, shown = [], re.compile(r"\{\w+\}")
    for group, codes in groups.items():
        kinds = [catalogue()[code] for code in codes]
        rows = ((SEVERITIES[k.severity], shown.sub("……", k.message), shown.sub("……", k.hint)) for k in kinds)
        parts.append(f"### {GROUPS[group]}\n\n{_grid(['程度', '您会看到', '怎么办'], rows)}")
    return "\n\n".join(parts)


def _sample() -> list[Any]:
    from cpaudit.sample.world import plants_of

    return plants_of(1080, 446)


def _sample_results() -> str:
    plants, end = _sample(), dt.date(2023, 12, 31)
    paths = [p.by(end) for p in plants]

    def count(step: str, passed: bool) -> int:
        return sum(step in path and path[step].passed is passed for path in paths)

    accepted, assessed = count("accepted", True), count("assessed", True)
    rows = [
        ("通过评估和验收", accepted, 509),
        ("只通过评估", assessed - accepted - count("accepted", False), 84),
        ("评估未通过", count("assessed", False), 26),
        ("验收未通过", count("accepted", False), None),
        ("停产、搬迁、关闭、暂缓等", sum(bool(p.left.since) for p in plants), 169),
    ]
    shown = [(what, f"{n} 家（{n / len(plants):.0%}）", f"{m} 家（{m / 788:.0%}）" if m else "没有公布") for what, n, m in rows]
    return _grid(("", "示范数据（全部办完时）", "河北 2017 年（公开报道，788 家）"), shown)


def _sample_units() -> str:
    listed = {"shijiazhuang": 110, "tangshan": 99, "baoding": 87}
    units = Counter(p.unit for p in _sample())
    rows = [(find_unit(u).name, f"{units[u]} 家（{units[u] / 446:.1%}）", f"{n} 家（{n / 615:.1%}）") for u, n in listed.items()]
    return _grid(("", "示范数据", "河北 2018 年名单（615 家）"), rows)


_LIMITS = {
    ("demo_coal_power", "coal_supply"): "309 / 285 / 321（GB 21258-2024，亚临界 300 MW；原文即不单调）",
    ("demo_cement", "clinker_energy"): "100 / 107 / 117（GB 16780-2021）",
    ("demo_cement", "clinker_power"): "48 / 57 / 61（GB 16780-2021）",
    ("demo_steel_sintering", "energy"): "43 / 46 / 52（GB 21256-2025）",
    ("demo_steel_ironmaking", "energy"): "361 / 370 / 415（GB 21256-2025）",
    ("demo_steel_steelmaking", "energy"): "-30 / -28 / -12（GB 21256-2025）",
    ("demo_coking", "energy"): "110 / 110 / 135（顶装），115 / 115 / 140（捣固）（GB 21342-2025）",
    ("demo_flat_glass", "energy"): "9.5 / 11.5 / 13.5（500～800 t/d）（GB 21340-2019）",
}


def _sample_energy() -> str:
    from cpaudit.sample.world.measured import measured_of

    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {key: [] for key in _LIMITS}
    names = {}
    for plant in _sample():
        for m in measured_of(plant, dt.date(2023, 12, 31)):
            key = (m.system.id, m.indicator.id)
            if key in pairs and isinstance(m.before, int | float) and isinstance(m.after, int | float):
                pairs[key].append((m.before, m.after))
                names[key] = f"{m.indicator.name}（{m.indicator.unit}）"
    rows = []
    for key, limits in _LIMITS.items():
        before = sorted(first for first, _ in pairs[key])
        at = [f"{before[int(share * (len(before) - 1))]:g}" for share in (0.1, 0.5, 0.9)]
        change = statistics.median((last - first) / abs(first) for first, last in pairs[key])
        rows.append((names[key], f"{' / '.join(at)}（{len(before)} 条线）", f"{change:+.1%}", limits))
    return _grid(("指标", "第 10、50、90 百分位（审核前）", "变化的中位数", "限额（1 / 2 / 3 级）"), rows)


def _sample_changes() -> str:
    from cpaudit.sample.world.measured import measured_of

    plants, end = _sample(), dt.date(2023, 12, 31)
    kinds = Counter[str]()
    for plant in plants:
        for m in measured_of(plant, end):
            if isinstance(m.before, int | float) and isinstance(m.after, int | float):
                better = (m.after < m.before) == m.indicator.lower_is_better
                kinds["same" if m.before == m.after else "better" if better else "worse"] += 1

    def accepted(attained: bool) -> str:
        mine = [p.by(end).get("accepted") for p in plants if p.attained is attained]
        return f"{sum(bool(r and r.passed) for r in mine) / len(mine):.0%}（{len(mine)} 家）"

    options = [o for p in plants for o in p.options]
    high = [o.investment for o in options if o.kind == "medium_high_cost"]
    whole = kinds.total()
    rows = [
        ("定量指标改善、不变、变差", " / ".join(f"{kinds[k] / whole:.0%}" for k in ("better", "same", "worse"))),
        ("达标企业通过验收", accepted(True)),
        ("未达标企业通过验收", accepted(False)),
        ("每家企业的方案数", f"{len(options) / len(plants):.1f}"),
        ("中/高费方案投资的中位数", f"{statistics.median(high):.0f} 万元"),
    ]
    return _grid(("", "示范数据"), rows)


MAKERS = {
    "problems": _problems,
    "example_points": _example_points,
    "example_result": _example_result,
    "example_system": _example_system,
    "unit_words": _units,
    "dashboards": _dashboards,
    "fields": _fields,
    "gallery": _gallery,
    "measures": _measures,
    "milestones": _milestones,
    "programme_fields": _programme_fields,
    "roles": _roles,
    "sample_changes": _sample_changes,
    "sample_energy": _sample_energy,
    "sample_results": _sample_results,
    "sample_units": _sample_units,
    "screens": _screens,
    "targets": _targets,
    "interpretations": _interpretations,
    "systems": _systems,
    "verifications": _verifications,
}
