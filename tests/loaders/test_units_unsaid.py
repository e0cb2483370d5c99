"""A column of amounts of which nothing says the unit is read in the form's, and that is asked about once, at its heading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.workbooks import OPTIONS, option, read, told_in

BARE = [*OPTIONS[:-1], "投资"]


@pytest.mark.parametrize(
    ("heading", "amounts", "told"),
    [
        ("投资", (120, 3), [("unit_unsaid", "G1")]),
        ("投资额", ("120", None), [("unit_unsaid", "G1")]),
        ("投资", ("120万元", "3万元"), []),  # each cell says its own
        ("投资", (None, 0), []),  # nothing is nothing in every unit
        ("投资(万元)", (120, 3), []),
        ("投资(元)", (1_200_000, 30_000), [("heading_converted", "G1")]),
    ],
)
def test_a_heading_without_a_unit_is_asked_about(
    tmp_path: Path, heading: str, amounts: tuple[Any, ...], told: list[tuple[str, str]]
) -> None:
    frames = read(tmp_path, 方案=[[*OPTIONS[:-1], heading], *(option(n, amount) for n, amount in enumerate(amounts, start=1))])
    assert told_in(frames) == told
    assert frames["options"]["investment_wan_yuan"].fillna(0).tolist() == [
        {120: 120, "120": 120, "120万元": 120, 1_200_000: 120, None: 0, 3: 3, "3万元": 3, 30_000: 3, 0: 0}[a] for a in amounts
    ]


def test_what_stands_above_the_table_says_it(tmp_path: Path) -> None:
    frames = read(tmp_path, 方案=[["单位：万元"], BARE, option(1, 120)])
    assert told_in(frames) == []


def test_what_has_but_one_unit_isn_t_asked_for_it(tmp_path: Path) -> None:
    from tests.support.workbooks import DONE, PROGRESS

    frames = read(tmp_path, 进度=[[*PROGRESS, "评估得分"], [*DONE, 88]])
    assert "unit_unsaid" not in {code for code, _ in told_in(frames)}
