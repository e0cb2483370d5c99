"""A programme's targets in words: whom each binds, what it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import benefits, codes
from cpaudit.programme.targets import Bounds
from cpaudit.vocabulary import CATEGORIES, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.programme import Target
    from cpaudit.programme.targets import AppliesTo, Requirement

_NAMES = {**CATEGORIES, "hazardous_waste": "危险废物"}


def target_said(target: Target, called: Mapping[str, str]) -> str:
    """Return a target in one sentence; ``called``: what rosters, units, trades and columns are called."""
    said = f"{whom(target.applies_to, called)}：{what(target.requires)}"
    if target.if_met_before:
        improve = "、".join(_NAMES[c] for c in target.if_met_before.improve)
        said += f"；审核前已达到的，{improve}指标明显提升"
    return said


def whom(rule: AppliesTo, called: Mapping[str, str]) -> str:
    """Return in words which plants a condition is for."""

    def named(names: tuple[str, ...]) -> str:
        return "、".join(called.get(name, name) for name in names)

    said = [named(names) for names in (rule.industries, rule.rosters, rule.units, rule.counties) if names]
    reasons = codes("plants", "reasons")
    said += ["列入原因为" + "、".join(reasons.get(r, r) for r in rule.reasons)] if rule.reasons else []
    said += [_column(called.get(name, name), wanted) for name, wanted in rule.attributes.items()]
    said += [f"危险废物 {rule.hazardous_waste_t_min:g} t/a 及以上"] if rule.hazardous_waste_t_min is not None else []
    said += ["其他行业"] if rule.other_industries else []
    said += ["全部企业"] if rule.all_plants else []
    said += [whom(part, called) for part in rule.all]
    said += ["或".join(f"（{whom(part, called)}）" for part in rule.any)] if rule.any else []
    said += [f"不属于（{whom(rule.not_, called)}）"] if rule.not_ else []
    return "且".join(said)


def _column(label: str, wanted: Any) -> str:
    if isinstance(wanted, Bounds):
        bounds = [f"不小于 {wanted.min:g}"] if wanted.min is not None else []
        bounds += [f"不大于 {wanted.max:g}"] if wanted.max is not None else []
        return f"{label}{'、'.join(bounds)}"
    if isinstance(wanted, bool):
        return f"{label}为{'是' if wanted else '否'}"
    return f"{label}为{'、'.join(map(str, wanted)) if isinstance(wanted, tuple) else wanted}"


def what(need: Requirement) -> str:
    """Return in words what a target asks for."""
    match need.kind:
        case "change":
            assert need.of
            assert need.pct is not None
            of = need.of.indicator or (f"{CATEGORIES[need.of.category]}指标" if need.of.category else "")
            of = of or f"年总量（{benefits()[str(need.of.benefit)].label}）"
            return f"{of}{'下降' if need.pct < 0 else '上升'} {abs(need.pct):g}% 及以上"
        case "measure":
            return f"完成“{need.name}”"
        case "energy_limit":
            return f"单位产品能耗达到限额标准 {need.level} 级"
        case "text":
            return f"{need.text}（由人判定）"
    known = {"overall": "企业整体", "hazardous_waste": "涉及危险废物的指标", "indicators": "、".join(need.indicators)}
    of = known.get(need.kind) or "、".join(CATEGORIES[c] for c in need.categories)
    return f"{of}达到{LEVELS[need.level or 3]}"
