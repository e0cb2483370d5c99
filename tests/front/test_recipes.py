"""The page of ten recipes: every block runs as it stands, and shows something."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import cpaudit as cp
from cpaudit.dataset import Dataset
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")


def blocks() -> list[tuple[str, str]]:
    """Each block of code with the heading above it."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.M)
    sections = [("开始", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
    return [(name, code) for name, text in sections for code in re.findall(r"```python\n(.*?)```", text, re.S)]


@pytest.fixture
def answers(ds: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What each block shows (its last line), as a notebook would, by heading."""
    import plotly.io as pio

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cp, "example", lambda: ds, raising=False)
    monkeypatch.setattr(pio.templates, "default", pio.templates.default)
    names: dict[str, Any] = {}
    shown: dict[str, list[Any]] = {}
    for heading, code in blocks():
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, heading, "exec"), names)
        found = eval(compile(ast.Expression(last.value), heading, "eval"), names) if isinstance(last, ast.Expr) else None
        shown.setdefault(heading, []).append(found)
    return shown


def test_the_page_has_ten_recipes_and_all_of_them_run(answers: dict[str, list[Any]]) -> None:
    recipes = [name for name in answers if re.match(r"\d+\.", name)]
    assert [name.partition(".")[0] for name in recipes] == [str(n) for n in range(1, 11)]
    for name in recipes:
        shown = [found for found in answers[name] if found is not None]
        assert shown or name.startswith(("7.", "10.")), f"{name} shows nothing"
        assert all(len(found) for found in shown if hasattr(found, "__len__")), f"{name} shows an empty table"


def test_the_recipes_tell_what_the_house_tells(answers: dict[str, list[Any]], ds: Dataset, tmp_path: Path) -> None:
    payback = next(found for name, [found, *_] in answers.items() if name.startswith("1."))
    done = ds.options[ds.options["status"] == "implemented"].merge(ds.plants[["plant_id", "industry"]], on="plant_id")
    cement = done[done["industry"] == "cement"]
    cement = cement[cement["investment_wan_yuan"].notna() & cement["economic_benefit_wan_yuan"].notna()]
    wanted = cement["investment_wan_yuan"].sum() / cement["economic_benefit_wan_yuan"].sum()
    assert payback.loc["水泥", "静态投资回收期（年）"] == pytest.approx(wanted)

    most = next(found for name, [found, *_] in answers.items() if name.startswith("2."))
    assert most["累计占比（%）"].iloc[-1] >= 80 > most["累计占比（%）"].iloc[-2]

    sheet = openpyxl.load_workbook(tmp_path / "唐山市待办.xlsx").active
    assert sheet is not None
    assert (sheet["A1"].value, sheet.title) == ("唐山市待办事项", "唐山市待办事项")
    page = (tmp_path / "节水效益.html").read_text(encoding="utf-8")
    assert "示范数据" in page
    assert "占八成的企业" in page
