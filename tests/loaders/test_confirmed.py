"""What is marked 不适用 and asked about gets a person's word once: true, or owed; every later load keeps to it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from cpaudit import loaders
from cpaudit.analysis import attainment
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.errors import ReadError
from cpaudit.indicators import find_system
from cpaudit.indicators.definition.indicator import Indicator
from tests.support.workbooks import AS_OF, MEASURED, NAME_B, ROSTER, B, book

BREWING = {i.id: i for g in find_system("demo_brewing").groups for i in g.indicators}
#: All of 资源能源消耗: two of the four limit the level.
WAVED = ("grain", "energy", "water", "power")


def answer(one: Indicator, level: str) -> Any:
    words = {"yes_no": "是", "level": {"I": "Ⅰ级", "III": "Ⅲ级"}[level]}
    return words.get(one.answer) or float(getattr(one.baselines, level).value)


def raw(folder: Path, waved: tuple[str, ...], lines: tuple[str, ...] = ("1号线",)) -> Path:
    """Write a roster and the return of one brewery: level III before the audit, level I or waved away after it.

    Of several ``lines`` the first alone waves away; each has a file of its own.
    """
    listed = [[*ROSTER, "年产危废能力（吨）"], [1, "石家庄市", "长安区", NAME_B, B, "酿造", 1]]
    book(folder / "名单.xlsx", {"名单": [["强制类企业名单"], *listed]})
    for at, line in enumerate(lines):
        rows = [[NAME_B, B, "demo_brewing", line, i.name, i.unit, answer(i, "III"), answer(i, "I")] for i in BREWING.values()]
        for row in rows:
            row[7] = "不适用" if not at and row[4] in {BREWING[w].name for w in waved} else row[7]
        book(folder / f"石家庄市{at or ''}.xlsx", {"指标实测": [MEASURED, *rows]})
    return folder


def load(tmp_path: Path) -> Dataset:
    assert run(["load", str(tmp_path / "raw"), "--as-of", AS_OF.isoformat(), "--warehouse", str(tmp_path / "wh")]) in (0, 1)
    return Dataset.open(tmp_path / "wh")


def proposed(tmp_path: Path) -> list[dict[str, str]]:
    assert run(["match", "--warehouse", str(tmp_path / "wh"), "--out", str(tmp_path / "p.csv")]) == 0
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def keep(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def codes(ds: Dataset) -> set[str]:
    return {code for code in ds.problems["code"] if code.startswith("na_")}


def verdict(ds: Dataset) -> str:
    return str(attainment.plants(ds)["verdict"].iloc[0])


def test_what_is_confirmed_is_asked_about_no_more_and_judged_as_not_applicable(tmp_path: Path) -> None:
    """The whole way: load, match, fill in 决定, save beside the snapshots, load again."""
    raw(tmp_path / "raw", WAVED)
    ds = load(tmp_path)
    assert (verdict(ds), codes(ds)) == ("cannot_judge", {"na_limiting", "na_category", "na_one_sided"})
    rows = proposed(tmp_path)
    assert [(r["企业名称"], r["信用代码"], r["指标"], r["工序"], r["时期"], r["决定"]) for r in rows] == [
        (NAME_B, f"〔{B}〕", BREWING[i].name, "1号线", "审核后", "") for i in WAVED
    ]
    assert [r["出现位置"].rpartition(" ")[2] for r in rows] == [f"H{2 + list(BREWING).index(i)}" for i in WAVED]
    keep(tmp_path / "wh" / "decisions.csv", [r | {"决定": "不适用", "判定日期": "2022-11-16"} for r in rows])
    ds = load(tmp_path)
    assert (verdict(ds), codes(ds)) == ("attained", {"na_confirmed"})
    told = ds.problems[ds.problems["code"] == "na_confirmed"]
    assert set(told["severity"]) == {"note"}
    assert all("2022-11-16" in message for message in told["message"])
    assert attainment.plants(ds)["doubt"].isna().all()
    assert proposed(tmp_path) == []


def test_what_one_of_several_is_confirmed_leaves_the_others_open(tmp_path: Path) -> None:
    raw(tmp_path / "raw", WAVED)
    load(tmp_path)
    rows = proposed(tmp_path)
    keep(tmp_path / "wh" / "decisions.csv", [r | {"决定": "不适用" if r["指标"] == BREWING["energy"].name else ""} for r in rows])
    ds = load(tmp_path)
    assert (verdict(ds), codes(ds)) == ("cannot_judge", {"na_confirmed", "na_limiting", "na_category", "na_one_sided"})
    assert [r["指标"] for r in proposed(tmp_path)] == [BREWING[i].name for i in WAVED if i != "energy"]


def test_what_is_owed_counts_as_not_answered_and_says_so(tmp_path: Path) -> None:
    raw(tmp_path / "raw", WAVED)
    load(tmp_path)
    rows = proposed(tmp_path)
    keep(tmp_path / "wh" / "decisions.csv", [r | {"决定": "应填"} for r in rows])
    ds = load(tmp_path)
    assert verdict(ds) == "cannot_judge"
    assert codes(ds) == {"na_denied"}
    after = ds.measurements[(ds.measurements["period"] == "after") & ds.measurements["indicator"].isin(WAVED)]
    assert set(after["state"]) == {"missing"}
    assert proposed(tmp_path) == []


@pytest.mark.parametrize("who", [{"信用代码": ""}, {"信用代码": B}, {"工序": ""}, {"上报单位": ""}])
def test_a_row_filled_in_by_hand_needs_no_more_than_tells_the_plant(tmp_path: Path, who: dict[str, str]) -> None:
    raw(tmp_path / "raw", ("policy",))
    load(tmp_path)
    [row] = proposed(tmp_path)
    keep(tmp_path / "wh" / "decisions.csv", [row | who | {"决定": "不适用"}])
    assert verdict(load(tmp_path)) == "attained"


def test_a_word_without_a_line_is_not_taken_for_all_lines_of_a_plant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw(tmp_path / "raw", ("policy",), ("1号线", "2号线"))
    load(tmp_path)
    [row] = proposed(tmp_path)
    assert row["工序"] == "1号线"
    made = keep(tmp_path / "made.csv", [row | {"决定": "不适用", "工序": ""}])
    before = sorted((tmp_path / "wh").rglob("*"))
    asked = [
        "load",
        str(tmp_path / "raw"),
        "--as-of",
        AS_OF.isoformat(),
        "--warehouse",
        str(tmp_path / "wh"),
        "--decisions",
        str(made),
    ]
    capsys.readouterr()
    assert run(asked) == 3
    said = capsys.readouterr().err
    assert "第 2 行：这家企业有 2 条线填报这项指标（1号线、2号线），请填工序，每条线各填一行。" in said
    assert sorted((tmp_path / "wh").rglob("*")) == before
    keep(made, [row | {"决定": "不适用"}])
    assert run(asked) in (0, 1)
    assert verdict(Dataset.open(tmp_path / "wh")) == "attained"


def test_a_word_of_another_process_time_plant_or_indicator_settles_nothing(tmp_path: Path) -> None:
    raw(tmp_path / "raw", ("policy",))
    load(tmp_path)
    [row] = proposed(tmp_path)
    others = [{"工序": "2号线"}, {"时期": "审核前"}, {"信用代码": "〔no such plant〕"}, {"指标": BREWING["boiler"].name}]
    keep(tmp_path / "wh" / "decisions.csv", [row | other | {"决定": "不适用"} for other in others])
    ds = load(tmp_path)
    assert (verdict(ds), codes(ds)) == ("cannot_judge", {"na_limiting"})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ([{"决定": "是"}], "第 2 行：对指标的决定“是”无法识别"),
        ([{"决定": "1"}], "请填“不适用”（确实不适用）或“应填”"),
        ([{"决定": "不适用", "时期": ""}], "没有时期"),
        ([{"决定": "不适用"}, {"决定": "应填"}], "第 3 行：.*前面已有不同的决定"),
    ],
)
def test_a_word_that_is_not_understood_is_refused_with_its_line(
    tmp_path: Path, change: list[dict[str, str]], sentence: str
) -> None:
    raw(tmp_path / "raw", ("policy",))
    load(tmp_path)
    [row] = proposed(tmp_path)
    made = keep(tmp_path / "made.csv", [row | each for each in change])
    with pytest.raises(ReadError, match=sentence):
        loaders.read([tmp_path / "raw"], programme="hebei-2021-2", as_of=AS_OF, decisions=made)


def test_an_indicator_of_several_parts_is_confirmed_with_its_parts_or_as_a_whole(tmp_path: Path) -> None:
    """Parts marked 不适用 one by one are the indicator marked so: asked about, proposed once, settled by one row."""
    folder, forms = raw(tmp_path / "raw", ()), find_system("demo_forms")
    asked = [part for i in forms.indicators() for part in i.inputs()]
    rows = [[NAME_B, B, "demo_forms", "1号线", part.name, part.unit, "不适用", "不适用"] for part in asked]
    book(folder / "石家庄市.xlsx", {"指标实测": [MEASURED, *rows]})
    ds = load(tmp_path)
    assert "na_category" in codes(ds)
    found = proposed(tmp_path)
    several = next(i for i in forms.indicators() if len(i.inputs()) > 1)
    mine = [r for r in found if r["指标"] == several.name and r["时期"] == "审核后"]
    assert [len(r["出现位置"].split("；")) for r in mine] == [len(several.inputs())]
    keep(tmp_path / "wh" / "decisions.csv", [r | {"决定": "不适用"} for r in found])
    ds = load(tmp_path)
    assert codes(ds) == {"na_confirmed"}
    assert proposed(tmp_path) == []


@pytest.mark.parametrize("waved", ["before", "after"])
def test_a_quantity_that_applies_at_one_time_only_is_asked_about(tmp_path: Path, waved: str) -> None:
    """Lime in the way: a value that got worse, marked 不适用 before or after the audit, would pass as improved."""
    folder = raw(tmp_path / "raw", ())
    rows = [[NAME_B, B, "demo_brewing", "1号线", i.name, i.unit, answer(i, "I"), better(i)] for i in BREWING.values()]
    mine = next(row for row in rows if row[4] == BREWING["ammonia"].name)
    mine[7 if waved == "after" else 6] = "不适用"
    for row in rows:
        if row[4] in (BREWING["waste_water"].name, BREWING["cod"].name):
            row[7] = row[6]  # so that the one in question decides
    book(folder / "石家庄市.xlsx", {"指标实测": [MEASURED, *rows]})
    ds = load(tmp_path)
    assert codes(ds) == {"na_one_sided"}
    [row_] = proposed(tmp_path)
    assert (row_["指标"], row_["时期"]) == (BREWING["ammonia"].name, {"before": "审核前", "after": "审核后"}[waved])
    keep(tmp_path / "wh" / "decisions.csv", [row_ | {"决定": "不适用"}])
    ds = load(tmp_path)
    assert codes(ds) == {"na_confirmed"}
    assert proposed(tmp_path) == []


def better(one: Indicator) -> Any:
    value = answer(one, "I")
    return value * 0.8 if isinstance(value, float) and one.comparator == "<=" else value
