"""The page for cities explains every sentence that a load can say of a file."""

from __future__ import annotations

import re

import yaml

from docs import hooks
from tests.support.paths import REFERENCE, ROOT

SEVERITIES = {"error": "错误", "warning": "疑问", "note": "提示"}


def test_every_sentence_stands_on_the_page_with_what_to_do() -> None:
    page = hooks.on_page_markdown((ROOT / "docs" / "city.md").read_text(encoding="utf-8"))
    lines = [line.replace("\\|", "|") for line in page.splitlines() if line.startswith("|")]
    kinds = yaml.safe_load((REFERENCE / "problems.yaml").read_text(encoding="utf-8"))["problems"]
    for code, kind in kinds.items():
        said = [re.escape(part) for part in re.split(r"\{\w+\}", kind["message"])]
        hint = [re.escape(part) for part in re.split(r"\{\w+\}", kind["hint"])]
        looks = re.compile(rf"\| {SEVERITIES[kind['severity']]} \| {'.+'.join(said)} \| {'.+'.join(hint)} \|")
        assert any(looks.fullmatch(line) for line in lines), code
