"""A cell costs no more than a moment and ends in a sentence at most, whatever text or number is put into it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.loaders.announcements import amounts
from cpaudit.loaders.cells import values
from cpaudit.loaders.opening.grids import Shown
from tests.support.examples import examples
from tests.support.workbooks import DONE, NAME_A, OPTIONS, PROGRESS, A, book, load, option, roster

#: What patterns repeat, by ones and twos, and what keeps them from ever matching to the end.
SIGNS = [
    "²",
    "①",
    "*",
    "日",
    "T",
    " ",
    "1",
    "0",
    ",",
    ".",
    "(",
    "（",
    ")",
    "[",
    "a",
    "@",
    "-",
    "、",
    "注",
    "号",
    "公司",
    "联系人(",
    "电话",
    "约",
    "%",
    "×",
]
LONG = 2000

ALL = """
import importlib, pkgutil, re, sys
from cpaudit import loaders
signs, long = eval(sys.argv[1]), int(sys.argv[2])
baits = [lead + (one + two) * (long // len(one + two)) + tail
         for one in signs for two in ("", *signs[::3]) for lead, tail in (("", "!"), ("12.5", "x"))]
patterns = {}
for found in pkgutil.walk_packages(loaders.__path__, "cpaudit.loaders."):
    module = importlib.import_module(found.name)
    patterns |= {p.pattern: p for p in vars(module).values() if isinstance(p, re.Pattern) and isinstance(p.pattern, str)}
assert len(patterns) > 50, len(patterns)
for pattern in patterns.values():
    for bait in baits:
        pattern.fullmatch(bait), pattern.search(bait)
print(len(patterns))
"""


def test_no_pattern_of_the_readers_can_be_led_astray() -> None:
    """One that can takes longer than the age of the world for some bait; all together take a minute at most."""
    run = [sys.executable, "-P", "-c", ALL, repr(SIGNS), "200"]
    assert int(subprocess.run(run, check=True, capture_output=True, text=True, timeout=600).stdout) > 50


@pytest.mark.parametrize(
    "value",
    ["1" + "0" * 400 + "万元", "9" * 1990, "9" * 1990 + "吨", "0." + "0" * 900 + "1", "0." + "0" * 900 + "1 吨", "1e-400",
     "1e999", "1e200", "1,111" * 300, "1 111" * 300 + "x", 1e308, -1e308, 5e-320, float("inf"), 10**40,
     Shown(1e200, "万元", 1e200, "")],
)  # fmt: skip
def test_a_number_beyond_any_quantity_is_none(value: Any) -> None:
    for read in (values.amount, lambda v: values.number(v, "t"), lambda v: values.number(v, "万元", Fraction(1, 10**4))):
        with pytest.raises(values.Wrong) as wrong:
            read(value)
        assert wrong.value.code in ("number_text", "number_phone", "number_unit")


@examples(150)
@given(
    value=st.one_of(
        st.floats(), st.integers(),
        st.from_regex(r"[-+约≥]?[0-9]{0,400}[.,eE 万]?[0-9]{0,400}[a-z吨万元%³^]{0,4}", fullmatch=True),
        st.text(max_size=60), st.text("0123456789 ,.-/年月日:TZ+", max_size=60),
    )
)  # fmt: skip
def test_whatever_a_cell_holds_is_read_or_wrong(value: Any) -> None:
    for read in (
        values.amount,
        values.date,
        lambda v: values.number(v, "万元"),
        lambda v: values.number(v, "t", Fraction(10**4)),
    ):
        with contextlib.suppress(values.Wrong):
            read(value)


@pytest.mark.parametrize("power", ["10⁹⁹⁹⁹⁹⁹⁹⁹⁹", "10⁻⁹⁹⁹⁹⁹⁹"])
def test_a_power_beyond_any_benchmark_is_none(power: str) -> None:
    assert amounts.read(f"≤5×{power}") is None
    assert amounts.read("≤5×10³") is not None


@pytest.mark.parametrize("column", range(len(PROGRESS)))
def test_a_cell_longer_than_any_is_unread_and_said_at_its_place(tmp_path: Path, column: int) -> None:
    roster(tmp_path)
    row = [value if at != column else "日" * 30_000 + "1" for at, value in enumerate(DONE)]
    book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, row]})
    found = load(tmp_path).frames
    told = found["problems"][found["problems"]["file"] == "石家庄市.xlsx"]
    assert (told["code"] == "cell_too_long").any() or told["severity"].isin(["error", "warning"]).any()
    assert told["message"].str.len().max() < 400
    kept = found["events"]
    assert not kept["date"].isna().any() or "unread" in set(kept.get("result", []))


READ = """
import datetime as dt, sys
from pathlib import Path
from cpaudit import loaders
read = loaders.read([Path(sys.argv[1])], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15))
print(read.frames["events"]["plant_id"].tolist())
"""


def test_a_load_ends_whatever_stands_in_a_cell(tmp_path: Path) -> None:
    roster(tmp_path)
    baits = ["12.5" + "²" * 40 + "x", "1" + "0" * 400 + "万元", "日" * 32_000 + "1", "联系人(" * 8000, "a" * 30_000 + "电话"]
    for at, bait in enumerate(baits):
        rows = [[NAME_A, A, bait, *[None] * (len(PROGRESS) - 3)], [NAME_A, A, *[bait] * (len(PROGRESS) - 2)]]
        book(tmp_path / f"石家庄市{at}.xlsx", {"进度": [PROGRESS, *rows], bait[:20].replace("(", ""): [PROGRESS, [bait] * 3]})
    book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, DONE]})
    run = [sys.executable, "-P", "-c", READ, str(tmp_path)]
    assert A in subprocess.run(run, check=True, capture_output=True, text=True, timeout=300).stdout


@pytest.mark.parametrize("amount", [5e-324, 1e-40, -1e308])
def test_a_number_that_no_quantity_has_is_told_and_not_taken_however_plain_its_column(tmp_path: Path, amount: float) -> None:
    roster(tmp_path)
    book(tmp_path / "石家庄市.xlsx", {"方案": [OPTIONS, *(option(n, 10.0 if n < 4 else amount) for n in range(1, 16))]})
    found = load(tmp_path).frames
    assert found["options"]["investment_wan_yuan"].dropna().tolist() == [10.0] * 3
    assert (found["problems"]["code"] == "number_text").sum() == 12
