"""One front door: what people who know pandas type first works, shows itself shortly, and says in a sentence what is wrong."""

from __future__ import annotations

import importlib
import inspect
import os
import pydoc
import re
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cpaudit as cp
from cpaudit import Dataset, Selection, snapshots
from cpaudit.errors import CpauditError, UsageError
from cpaudit.render.notebook import show as notebook
from tests.support import example

PACKAGES = ("", ".analysis", ".indicators", ".programme", ".views")


def package(name: str) -> Any:
    return importlib.import_module(f"cpaudit{name}")


@pytest.mark.parametrize("name", PACKAGES)
def test_dir_lists_what_is_public_and_nothing_else(name: str) -> None:
    found = package(name)
    assert dir(found) == sorted(found.__all__)
    assert all(getattr(found, public) is not None for public in found.__all__)


def test_an_analysis_works_right_after_the_import() -> None:
    program = "import cpaudit as cp; print(cp.analysis.progress.summary, cp.analysis.cost_curve.curve)"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


# -- what every public name says of itself


def public() -> Iterator[tuple[str, Any]]:
    for where in ("", ".analysis", ".indicators"):
        for name in package(where).__all__:
            found = getattr(package(where), name)
            if inspect.ismodule(found):
                if found.__name__.startswith("cpaudit.analysis."):
                    for inner, each in vars(found).items():
                        if inspect.isfunction(each) and each.__module__ == found.__name__ and not inner.startswith("_"):
                            yield f"{name}.{inner}", each
            elif callable(found):
                yield name, found
    for kind in (Dataset, Selection, cp.views.Page):
        for name, each in vars(kind).items():
            if not name.startswith("_") and callable(getattr(kind, name)):
                yield f"{kind.__name__}.{name}", getattr(each, "__func__", each)


NAMES = dict(public())


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_fully_typed(name: str) -> None:
    found = NAMES[name]
    if inspect.isclass(found):
        return
    signature = inspect.signature(found)
    assert signature.return_annotation is not inspect.Signature.empty
    untyped = [p.name for p in signature.parameters.values() if p.annotation is p.empty and p.name not in ("self", "cls")]
    assert untyped == []


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(cp.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_begins_with_a_chinese_sentence(name: str) -> None:
    first = (inspect.getdoc(NAMES[name]) or "").split("\n\n")[0]
    assert "\u4e00" <= first[:1] <= "\u9fff" or first[:1] in "“《"
    assert first.endswith("。")


def on_the_page() -> Iterator[str]:
    """The names that the page of the Python interface tells of, each with the class or module it stands in."""
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for told, options in re.findall(r"^::: (\S+)\n\s+options: \{(.*)\}", page, re.MULTILINE):
        yield told
        for member in re.findall(r"\w+", "".join(re.findall(r"members: \[([^\]]*)\]", options))):
            yield f"{told}.{member}"


def test_what_can_be_called_in_cp_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    missing = [name for name in cp.__all__ if callable(getattr(cp, name)) and f"cp.{name}," not in page]
    assert missing == []


@pytest.mark.parametrize("name", list(on_the_page()))
def test_a_name_on_the_page_is_told_in_chinese_and_shown_by_an_example(name: str) -> None:
    found = pydoc.locate(name)
    parent = pydoc.locate(name.rpartition(".")[0])
    told = inspect.getdoc(found.fget if isinstance(found, property) else found) or ""
    assert "\u4e00" <= told[:1] <= "\u9fff" or told[:1] in "“《"
    of_class = (inspect.getdoc(parent) or "") if inspect.isclass(parent) else ""
    assert inspect.ismodule(found) or ">>>" in told or f".{name.rpartition('.')[2]}" in of_class


# -- what shows itself


def test_a_data_set_shows_itself_in_a_few_lines(ds: Dataset) -> None:
    shown = repr(ds.at("2022-06-01"))
    assert len(shown.splitlines()) <= 6
    for said in (
        ds.programme.title,
        "2022-06-01",
        "2022-11-15",
        ds.version,
        "示范数据",
        "企业 446",
        f"数据问题 {len(ds.problems)}",
    ):
        assert said in shown
    assert ds.version in ds._repr_html_()


def test_a_page_shows_itself_in_a_notebook_as_cp_show_does(ds: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(notebook, "_publish", lambda content, role, **more: told.append((content, role, more)))
    page = cp.views.progress_page(ds)
    cp.show(page)
    shown, told[:] = list(told), []
    page._ipython_display_()
    assert [role for _, role, _ in told] == [role for _, role, _ in shown]
    assert told[-1] == shown[-1]
    assert len(repr(page)) < 200


def test_a_plant_is_found_and_tells_all_of_its_own(ds: Dataset) -> None:
    row = ds.plants.iloc[3]
    for text in (row["name"], row["plant_id"]):
        plant = ds.plant(text)
        assert plant.name == row["name"]
    assert set(ds.at("2022-06-01").plant(row["plant_id"]).timeline["plant_id"]) == {row["plant_id"]}
    mine = ds.plant(row["plant_id"])
    for frame in (mine.timeline, mine.measurements, mine.standing):
        assert set(frame["plant_id"]) == {row["plant_id"]}
    assert mine.page().title == f"一企一档：{row['name']}"
    assert mine.page().stamp.as_of == mine.ds.as_of  # type: ignore[union-attr]
    assert "level" in mine.standing
    assert len(mine.problems) == (ds.problems["plant_id"] == row["plant_id"]).sum()
    assert row["name"] in repr(mine)
    assert len(mine.ways) >= 0


# -- what is typed wrongly


BY = "unit（上报单位）、industry（行业）、roster（名单）、county（区县）"
#: What is wrong → a call with it, and what its last line offers.
WRONG: dict[str, tuple[Callable[[Dataset], object], str]] = {
    "by": (
        lambda ds: cp.analysis.progress.summary(ds, by="trade"),
        BY,
    ),
    "by of attainment": (
        lambda ds: cp.analysis.attainment.summary(ds, by="trade"),
        BY,
    ),
    "by of the funnel": (
        lambda ds: cp.analysis.funnel.funnel(ds, by="trade"),
        BY,
    ),
    "by of the pace": (
        lambda ds: cp.analysis.pace.pace(ds, by="trade"),
        BY,
    ),
    "by of benefits": (
        lambda ds: cp.analysis.benefits.totals(ds, by="trade"),
        "unit（上报单位）、industry（行业）、consultant（审核咨询机构）、cohort（首次列入批次）、class",
    ),
    "by as a list": (
        lambda ds: cp.analysis.progress.summary(ds, by=["unit"]),
        BY,
    ),  # type: ignore[arg-type]
    "unit": (lambda ds: ds.select(unit="南京"), "石家庄市"),
    "level": (lambda ds: ds.select(level="五级"), "Ⅰ级、Ⅱ级"),
    "plant": (lambda ds: ds.plant(ds.plants["name"].iloc[0][-4:]), "、"),
    "section": (lambda ds: cp.views.progress_page(ds).section("没有"), "、"),
    "milestone": (lambda ds: cp.analysis.forecast.forecast(ds, "done"), "accepted"),
    "amount": (lambda ds: cp.analysis.cost_curve.curve(ds, "gold"), "energy_tce"),
    "list": (lambda ds: cp.analysis.handover.listing(ds, "x"), "、"),
    "system": (lambda ds: cp.indicators.find_system("x"), "cement_2014"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_word_is_one_sentence_with_the_choices_on_its_last_line(ds: Dataset, what: str) -> None:
    call, choice = WRONG[what]
    with pytest.raises(UsageError) as raised:
        call(ds)
    sentence, *choices = str(raised.value).splitlines()
    assert len(choices) == 1
    assert choice in choices[0]
    assert sentence.endswith("请从下列中选择：")


def test_dates_and_names_are_taken_as_people_write_them(ds: Dataset) -> None:
    for day in ("2022-06-01", pd.Timestamp("2022-06-01")):
        assert str(ds.at(day).as_of) == "2022-06-01"
    assert Selection(units=("石家庄市",)) == Selection.of(unit=["石家庄"]) == Selection(units="shijiazhuang")  # type: ignore[arg-type]
    for bad in ("昨天", "2022-13-01", 6.1):
        with pytest.raises(UsageError, match="不是日期"):
            ds.at(bad)  # type: ignore[arg-type]


# -- systems and the example


def test_a_system_of_ones_own_scores_a_frame(ds: Dataset, tmp_path: Path) -> None:
    from cpaudit.reference import root

    path = tmp_path / "mine.yaml"
    path.write_bytes((root() / "indicator_systems" / "demo_cement.yaml").read_bytes())
    system = cp.indicators.read_system(path)
    mine = ds.measurements[ds.measurements["system"] == "demo_cement"]
    assert cp.indicators.score(mine, system).equals(cp.indicators.score(mine))
    with pytest.raises(UsageError, match="没有文件"):
        cp.indicators.read_system(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="缺少列 value"):
        cp.indicators.score(mine.drop(columns="value"), [system])


def test_the_example_needs_no_file_and_leaves_none(tmp_path: Path) -> None:
    program = "import cpaudit as cp; ds = cp.example(); print(len(ds.plants), ds.demonstration)"
    env = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-P", "-c", program]
    said = subprocess.run(command, env=env, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["446", "True"]
    assert list(tmp_path.iterdir()) == []


def test_the_example_is_what_the_sample_and_the_loader_make(tmp_path: Path) -> None:
    """It fails where either has changed since: `make example` makes it anew."""
    example.make(tmp_path)
    (_, ships), (_, made) = snapshots.read(example.HOME), snapshots.read(tmp_path)
    assert list(ships) == list(made)
    for name in made:
        pd.testing.assert_frame_equal(ships[name], made[name], obj=name)


def test_without_a_snapshot_opening_says_so(tmp_path: Path) -> None:
    with pytest.raises(CpauditError, match="没有快照，请先用 cpaudit load") as raised:
        cp.open(warehouse=tmp_path)
    assert raised.value._render_traceback_() == [str(raised.value)]
    assert typing.get_type_hints(cp.open)["return"] is Dataset
