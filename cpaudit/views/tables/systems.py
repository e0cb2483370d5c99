"""Indicator systems as tables ready to show: the catalogue, and one system as it is printed, formulas and conditions in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.views.columns import column, columns
from cpaudit.views.page import Column, Table
from cpaudit.views.tables.base import table
from cpaudit.vocabulary import VERIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.indicators import Indicator, IndicatorSystem
    from cpaudit.indicators.definition.benchmarks import Amount, Baselines, Benchmark, Fit, Texts
    from cpaudit.indicators.definition.conditions import Condition

_SIGNS = {"<=": "≤", ">=": "≥", "<": "＜", ">": "＞"}
_STUB = "存目（未录入，不能评分）"


def systems() -> Table:
    """Return the catalogue of indicator systems."""
    import pandas as pd

    from cpaudit.indicators import systems as catalogue

    rows = [
        {
            "id": s.id,
            "title": s.title,
            "process": s.process,
            "n_indicators": len(s.indicators()),
            "limiting": sum(i.limiting for i in s.indicators()),
            "verification": _STUB if s.stub else VERIFICATIONS[s.status],
        }
        for s in catalogue().values()
    ]
    cols = columns("id", "title", "process", "n_indicators")
    cols |= {"limiting": Column("限定性指标", "integer", "项"), **columns("verification")}
    return table("systems", "评价指标体系", pd.DataFrame(rows), cols)


def system(system_id: str) -> Table:
    """Return one indicator system: groups, indicators, weights and benchmarks; a row per variant that depends on the plant."""
    from cpaudit.indicators import find_system

    return printed(find_system(system_id))


def printed(found: IndicatorSystem) -> Table:
    """Return a system, shipped or not, as :func:`system` does."""
    import pandas as pd

    cols = {**columns("group_name"), "group_weight": Column("权重"), **columns(name="indicator_name")}
    cols |= {**columns("limiting", "measure"), "weight": Column("权重")}
    cols |= {f"at_{level}": column(f"baseline_{level}", kind="text") for level in (1, 2, 3)}
    rows: list[dict[str, Any]] = []
    for group in found.groups:
        bonus = "（加分）" if group.bonus and "加分" not in group.name else ""
        head = {"group_name": group.name + bonus, "group_weight": _amount(found, group.weight)}
        rows += [head | row for i in group.indicators for row in _rows(found, i)]
    cols |= columns("verification")
    rows = [row | {"verification": VERIFICATIONS[found.status]} for row in rows]
    note = f"核对状态：{VERIFICATIONS[found.status]}。{found.document.title}"
    if found.parameters:
        note += f"。按企业填报的{'、'.join(p.name for p in found.parameters)}取值"
    if found.stub:
        note = f"{_STUB}：{found.document.completeness}。"
    return table("system", found.title, pd.DataFrame(rows, columns=list(cols)), cols, note)


def _rows(system: IndicatorSystem, i: Indicator) -> Iterator[dict[str, Any]]:
    said = {"name": i.name, "limiting": "是" if i.limiting else "", "measure": i.unit, "weight": _amount(system, i.weight)}
    if not i.variants or i.baselines.all:
        yield said | _asked(system, i, i.baselines, i.texts)
    for variant in i.variants:
        when = "，".join(_fit(system, parameter, fit) for parameter, fit in variant.when.items())
        own = {"name": f"{i.name}（{when}）", "weight": _amount(system, variant.weight or i.weight)}
        yield said | own | _asked(system, i, variant.baselines or i.baselines, variant.texts or i.texts)


def _asked(system: IndicatorSystem, i: Indicator, baselines: Baselines, texts: Texts) -> dict[str, str]:
    found = {}
    for level, text in zip((1, 2, 3), (texts.I, texts.II, texts.III), strict=True):
        condition = i.conditions.at(level) if i.conditions else None
        benchmark = baselines.benchmark(level)
        if condition:
            said = _condition(i, condition)
        elif benchmark is None:
            said = {"no_requirement": "不作要求", "unreachable": "—"}.get(i.blank, "")
        elif i.answer == "yes_no":
            said = "是" if benchmark.value else "不作要求"
        else:
            said = _benchmark(system, i, benchmark)
        found[f"at_{level}"] = text or said
    return found


def _benchmark(system: IndicatorSystem, i: Indicator, benchmark: Benchmark) -> str:
    if not benchmark.range:
        return f"{_SIGNS.get(i.comparator, '')}{_amount(system, benchmark)}"
    if benchmark.min is None or benchmark.max is None:
        return f"≤{benchmark.max}" if benchmark.min is None else f"≥{benchmark.min}"
    return f"{benchmark.min}～{benchmark.max}" if benchmark.min != benchmark.max else f"{benchmark.min}"


def _amount(system: IndicatorSystem, amount: Amount | None) -> str:
    """A number, or a formula with its parameters called by name."""
    if amount is None:
        return ""
    said = str(amount)
    for parameter in sorted(system.parameters, key=lambda p: -len(p.id)):
        said = said.replace(f"× {parameter.id}", f"× {parameter.name}").replace(f"÷ {parameter.id}", f"÷ {parameter.name}")
    return said


def _fit(system: IndicatorSystem, parameter: str, fit: Fit) -> str:
    about = next(p for p in system.parameters if p.id == parameter)
    if fit.choices:
        return f"{about.name}为{'、'.join(about.choices[c] for c in fit.choices)}"
    bounds = (("≥", fit.min), ("＞", fit.above), ("≤", fit.max), ("＜", fit.below))
    return f"{about.name}{''.join(f'{sign}{value}' for sign, value in bounds if value is not None)}{about.unit}"


def _condition(i: Indicator, condition: Condition) -> str:
    """A condition in words: 甲≥1 且 乙≤2；或 丙是."""
    from cpaudit.indicators.definition.conditions import comparison

    parts = {p.id: p for p in i.parts}

    def said(node: str | Condition, inner: bool) -> str:
        if not isinstance(node, str):
            return f"（{_joined(node)}）" if inner and len(node.children) > 1 else _joined(node)
        part, sign, number = comparison(node)
        about = parts[part]
        if about.answer == "yes_no":
            return about.name
        return f"{about.name}{_SIGNS[sign]}{number:g}{about.unit}"

    def _joined(node: Condition) -> str:
        children = [said(child, inner=True) for child in node.children]
        if node.at_least:
            return f"{'、'.join(children)}中至少 {node.at_least} 项"
        return (" 且 " if node.all else " 或 ").join(children)

    return said(condition, inner=False)
