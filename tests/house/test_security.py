"""SECURITY.md promises nothing that no test holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def threats() -> list[str]:
    part = TEXT.partition("## 威胁和对策")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [row for row in rows if not row.startswith(("| 威胁 |", "| ---"))]


def test_each_threat_names_a_test_that_there_is() -> None:
    assert len(threats()) > 20
    for row in threats():
        named = NAMED.findall(row)
        assert named, f"no test: {row}"
        for file, name in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"


def test_no_test_is_named_in_a_way_that_is_not_looked_up() -> None:
    assert len(re.findall(r"::", TEXT)) == len(NAMED.findall(TEXT)) + TEXT.count("`::`")
    assert not [word for word in re.findall(r"`([^`]*test_[^`]*)`", TEXT) if not NAMED.fullmatch(f"`{word}`")]
