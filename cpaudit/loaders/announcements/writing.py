"""A draft as a YAML file that people read and correct: an indicator per line, doubts in notes and comments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from cpaudit.loaders.announcements.draft import DOUBT

if TYPE_CHECKING:
    from cpaudit.loaders.announcements.draft import Draft

_INTRODUCTION = (
    "由 cpaudit systems import 生成的草稿，尚未核对。对照页上逐格核对原文与读出值，改正后删去相应的存疑说明，",
    "用 cpaudit systems check 检查，再用 cpaudit systems confirm 确认为正式体系。",
)


class _Dumper(yaml.SafeDumper):
    """Writes numbers as they were printed: 0.30 stays 0.30."""


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = f"{value:f}"
    return dumper.represent_scalar("tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int", text)


_Dumper.add_representer(Decimal, _decimal)


def text(draft: Draft) -> str:
    """Return the file's text."""
    lines = [f"# {line}" for line in _INTRODUCTION]
    lines += [f"# {DOUBT}{_plain(d)}" for d in draft.doubts]
    lines += [f"# 表注：{_plain(n)}" for n in draft.notes]
    for name, value in draft.fields.items():
        if name == "level_rules":
            lines += ["level_rules:", *(f"  {level}: {_flow(rule)}" for level, rule in value.items())]
        elif name == "parameters":
            lines += ["parameters:", *(f"  - {_flow(p)}" for p in value)]
        elif name == "document":
            lines += ["document:", *(f"  {k}: {_flow(v)}" for k, v in value.items())]
        else:
            lines.append(f"{name}: {_flow(value)}")
    lines.append("groups:")
    for group in draft.groups:
        lines += [f"  # {DOUBT}{_plain(d)}" for d in group.doubts]
        lines += [f"  {'-' if n == 0 else ' '} {k}: {_flow(v)}" for n, (k, v) in enumerate(group.fields.items())]
        lines.append("    indicators:")
        lines += [f"      - {_flow(i)}" for i in group.indicators]
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """Return a value in one line."""
    said = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return said.removesuffix("...\n").strip()


def _plain(said: str) -> str:
    """Return a comment's text: whatever a cell holds, it stays in its line."""
    return " ".join(said.split())
