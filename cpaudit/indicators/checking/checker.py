"""The checker of indicator systems: what the model refuses, and what it lets pass but a person should look at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cpaudit.errors import DefinitionError
from cpaudit.findings import Finding, dotted, faults_of, line_of, repeated_keys
from cpaudit.indicators.checking.remarks import RULES
from cpaudit.indicators.definition.model import IndicatorSystem
from cpaudit.reference import compose, read_yaml, shown

if TYPE_CHECKING:
    from pathlib import Path

    import yaml


def check(source: Path | IndicatorSystem) -> list[Finding]:
    """Return what is wrong (error), doubtful (warning) or worth knowing (note) about a system, in the file's order.

    Args:
        source: the file, or a system that was read (then the findings have no lines).
    """
    if isinstance(source, IndicatorSystem):
        return _judged(source, source.title, None)
    file = shown(source)
    try:
        content = read_yaml(source)
    except DefinitionError as error:
        return [Finding("error", file, None, "", str(error))]
    tree = compose(source)
    found = [Finding("error", file, line, field, "写了两次，后一次会取代前一次") for line, field in repeated_keys(tree)]
    try:
        system = IndicatorSystem.model_validate(content)
    except ValidationError as error:
        for fault in faults_of(error, tree):
            loc = () if fault.field else _meant(content, fault.reason)
            line, field = (line_of(tree, loc), dotted(loc)) if loc else (fault.line, fault.field)
            found.append(Finding("error", file, line, field, fault.reason))
        return found
    if system.id != source.stem:
        message = f"与文件名不一致，放进体系目录前文件须改名为 {system.id}.yaml"
        found.append(Finding("warning", file, line_of(tree, ("id",)), "id", message))
    return found + _judged(system, file, tree)


def _judged(system: IndicatorSystem, file: str, tree: yaml.Node | None) -> list[Finding]:
    remarks = [r for rule in RULES for r in rule(system)]
    found = [Finding(r.severity, file, line_of(tree, r.loc), dotted(r.loc), r.message) for r in remarks]
    return sorted(found, key=lambda f: f.line or 0)


def _meant(content: Any, reason: str) -> tuple[int | str, ...]:
    """Return where the group, indicator or list stands that a fault of the whole system names."""
    for word, loc in {"参数（parameters）": ("parameters",), "一级指标权重之和": ("groups",)}.items():
        if reason.startswith(word):
            return loc
    named = re.search(r"指标“(.+?)”|重复：([^、]+)", reason)
    groups = content.get("groups") or [] if isinstance(content, dict) else []
    for g, group in enumerate(groups):
        if named and named[1] and group["name"] == named[1]:
            return ("groups", g)
    # Of two indicators of one name the later is at fault.
    for g, group in reversed(list(enumerate(groups))):
        for i, indicator in reversed(list(enumerate(group["indicators"]))):
            if named and (named[1] or named[2]) in (indicator["name"], indicator["id"]):
                return ("groups", g, "indicators", i)
    return ()
