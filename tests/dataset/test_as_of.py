"""One meaning of “as of”: the same snapshot serves a day for commands, pages, reports and Python; none says more than it has."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cpaudit as cp
from cpaudit import Dataset, Selection, reports, snapshots, views
from cpaudit.analysis import (
    attainment,
    benefits,
    bulletin,
    carry_over,
    compared,
    completeness,
    handover,
    plausibility,
    progress,
    returns,
)
from cpaudit.cli import run
from cpaudit.dataset import offer_only, offered
from cpaudit.errors import UsageError
from cpaudit.fields import TABLES
from cpaudit.reference import root
from cpaudit.render.widgets.page import explore
from cpaudit.reports.plan import plan
from cpaudit.views.page import Caveat, KeyFigures, Page, Table, Text
from tests.support.builders import dataset, event, measurement, option, plant, returned

FIRST, SECOND, THIRD = dt.date(2022, 3, 10), dt.date(2022, 6, 10), dt.date(2022, 9, 10)
OTHER = dt.date(2022, 7, 1)
ASKED = [dt.date(2022, 3, 1), FIRST, dt.date(2022, 5, 1), SECOND, dt.date(2022, 8, 1), THIRD, dt.date(2022, 9, 11)]
EARLY, BETWEEN, LATER = dt.date(2022, 3, 1), dt.date(2022, 8, 1), dt.date(2022, 12, 31)
SUBSETS = [(SECOND,), (FIRST, THIRD), (FIRST, SECOND, THIRD)]


def content(day: dt.date) -> Dataset:
    """Six plants; each snapshot knows one more notification, values, and an option that was carried out."""
    plants = [plant(f"p{n}", name=f"第{n}厂", industry="cement", unit="tangshan" if n < 4 else "shijiazhuang") for n in range(6)]
    events = [event(f"p{n}", "notified", on) for n, on in enumerate(("2022-01-05", "2022-06-01", "2022-09-01")) if on < str(day)]
    values = [
        measurement(f"p{n}", "demo_cement", "kiln_scale", period, 2600.0) for n in range(6) for period in ("before", "after")
    ]
    return dataset(day, plants=plants, events=events, measurements=values, options=[option("p0", f"WD{day.month}")])


def write(home: Path, days: tuple[dt.date, ...], programme: str = "hebei-2021-2") -> None:
    for day in days:
        frames = {name: getattr(content(day), name) for name in TABLES}
        snapshots.write(home, programme, day, frames, demonstration=True, program_version="0")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("three")
    write(folder, (FIRST, SECOND, THIRD))
    return folder


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offered, "only", [])


def seen(ds: Dataset) -> tuple[str, dt.date, int]:
    return ds.version, ds.as_of, int(progress.summary(ds)["notified"].item())


def by_page(ds: Dataset, day: dt.date) -> tuple[str, dt.date, int]:
    page = views.progress_page(ds, Selection(as_of=day))
    assert page.stamp is not None
    return page.stamp.version, page.stamp.as_of, int(page.key_figures()["notified"] or 0)


def by_command(home: Path, day: dt.date, out: Path) -> int | None:
    code = run(["progress", "--as-of", str(day), "--warehouse", str(home), "--format", "json", "--out", str(out)])
    if code == 2:
        return None
    assert code == 0
    return sum(row["notified"] for row in json.loads(out.read_text(encoding="utf-8")))


@pytest.mark.parametrize("days", SUBSETS, ids=lambda days: "-".join(str(d.month) for d in days))
def test_every_front_end_shows_a_day_by_the_same_snapshot(
    days: tuple[dt.date, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    monkeypatch.setenv("CPAUDIT_PROGRAMME", "hebei-2021-2")
    home = tmp_path / "w"
    write(home, days)
    if days[-1] > OTHER:
        write(home, (OTHER,), "another")  # of another programme: it serves nobody here
    version = {day: snapshots.version_folder(home, "hebei-2021-2", day).name for day in days}
    newest = cp.open(warehouse=home)
    city = newest.only(["tangshan"])
    for asked in ASKED:
        if asked > days[-1]:
            for front in (lambda d: cp.open(d, warehouse=home), newest.at, city.at, lambda d: newest.select(Selection(as_of=d))):
                with pytest.raises(UsageError, match=f"数据最新到 {days[-1]}"):
                    front(asked)
            with pytest.raises(UsageError, match=f"数据最新到 {days[-1]}"):
                plan(reports.Order(warehouse=home, out=tmp_path, as_of=asked, kind="province"))
            assert by_command(home, asked, tmp_path / "o.json") is None
            continue
        served = max((d for d in days if d <= asked), default=days[0])
        known = [on for on in ("2022-01-05", "2022-06-01", "2022-09-01") if on < str(served) and on <= str(asked)]
        right = (version[served], asked, len(known))
        opened = cp.open(str(asked), warehouse=home)
        assert seen(opened) == seen(newest.at(asked)) == seen(newest.select(Selection(as_of=asked))) == right
        assert asked != BETWEEN or by_page(newest, asked) == right  # one is enough: all pages select alike
        assert seen(cp.open(days[0], warehouse=home).at(asked)) == right
        assert by_command(home, asked, tmp_path / "o.json") == len(known)
        (task,) = plan(reports.Order(warehouse=home, out=tmp_path, as_of=asked, kind="province"))
        earlier = [d for d in days if d < min(asked, served)]
        assert (task.version, task.about["snapshots"]) == (version[served], [version[d] for d in (*earlier[-1:], served)])
        before = opened.before()
        assert (before.as_of if before else None) == (earlier[-1] if earlier else None)
        mine = city.at(asked)
        assert (set(mine.plants["unit"]), mine.as_of) == ({"tangshan"}, asked)
        offer_only(newest)
        assert seen(cp.open(asked)) == right
        offer_only(city)
        assert set(cp.open(asked).plants["unit"]) == {"tangshan"}
        offered.only.clear()


# -- values have no day of their own


UNDATED: dict[str, Callable[[Dataset], Any]] = {
    "a level": lambda ds: ds.select(level="Ⅰ级"),
    "levels and verdicts": attainment.plants,
    "targets": attainment.targets,
    "how many attain": attainment.summary,
    "what stops plants": attainment.stopped,
    "a category": lambda ds: attainment.category(ds, "resource_energy"),
    "options": benefits.options,
    "benefits": benefits.totals,
    "options by status": benefits.by_status,
    "printed totals": benefits.totals_check,
    "leads": plausibility.leads,
    **{f"the list {name}": partial(handover.listing, list_id=name) for name in handover.definitions().lists},
    "a plant's levels": lambda ds: ds.plant("p0").standing,
    "the ledger of returns": returns.ledger,
    "returns that are lacking": returns.lacking,
    "a summary": lambda ds: views.report.work_summary.work_summary_page(ds, "唐山"),
}


@pytest.mark.parametrize("what", UNDATED)
def test_what_rests_on_values_is_refused_for_a_day_before_the_first_snapshot(home: Path, what: str) -> None:
    UNDATED[what](cp.open(warehouse=home))
    with pytest.raises(UsageError, match=f"{EARLY} 的情况由 {FIRST} 的快照倒推.*请改看 {FIRST}"):
        UNDATED[what](cp.open(EARLY, warehouse=home))


@pytest.mark.parametrize(
    "command",
    ["attainment", "benefits", "score", "explain p0", "plausibility", "returns", "handover --to enforcement", "carry-over"],
)
def test_so_is_the_command(home: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command.split(), "--warehouse", str(home), "--as-of", str(EARLY)]) == 2
    assert f"请改看 {FIRST}" in capsys.readouterr().err


PAGES: dict[str, Callable[[Dataset], Page]] = {
    **{
        name: lambda ds, build=spec.build, one=spec.one: build(  # type: ignore[misc]
            ds, Selection.of(unit="唐山") if one == "unit" else Selection.of(industry="水泥") if one else Selection()
        )
        for name, spec in views.PAGES.items()
    },
    "province": views.province_report,
    "bulletin": views.bulletin_report,
    "trade": lambda ds: views.trade_report(ds, "水泥"),
    "plant file": views.plant_file,
}
#: What a page would say of values: key figures, and columns of tables.
_FIGURES = {"judged", "attained", "not_attained", "cannot_judge", "targets_attained", "options_implemented", "problems"}
_COLUMNS = {"level_before", "level_after", "verdict", "attained", "judged", "investment_wan_yuan", "options"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_such_a_day_leaves_it_out_and_says_so(home: Path, name: str) -> None:
    page = PAGES[name](cp.open(EARLY, warehouse=home))
    assert page.stamp is not None
    assert (page.stamp.day, page.stamp.answers_required) == (f"{EARLY}（数据为 {FIRST} 的快照）", 0)
    told = [b.text for b in page.blocks if isinstance(b, Caveat)]
    assert any(f"{EARLY} 的级别、达标情况、效益、数据质量和报送情况无从说明" in text for text in told)
    assert not {item.id for b in page.blocks if isinstance(b, KeyFigures) for item in b.items} & _FIGURES
    for table in (b for b in page.blocks if isinstance(b, Table)):
        assert not _COLUMNS & set(table.columns), table.id
        for column in {"given_pct", "errors"} & set(table.columns):
            assert table.frame[column].isna().all(), table.id
    prose = "".join(b.text for b in page.blocks if isinstance(b, Text))
    assert not any(word in prose for word in ("已实施方案", "没有填报", "可以判定", "没有发现数据问题"))
    assert {e.level for e in page.directory} | {e.verdict for e in page.directory} <= {"无从说明"}


def test_counts_of_values_are_empty_there_not_nought(home: Path) -> None:
    early = cp.open(EARLY, warehouse=home)
    assert completeness.completeness(early)[["given_pct", "with_after", "errors"]].isna().all(axis=None)
    told = compared.with_before(cp.open(SECOND, warehouse=home), early).set_index("measure")["change"]
    assert told[["judged", "attained", "options_implemented"]].isna().all()
    assert told["notified"] == 1
    assert "实测值 未列出" in repr(early)
    assert "方案 未列出" in repr(early)


def test_a_choice_of_level_is_a_sentence_on_the_page(home: Path) -> None:
    page = views.progress_page(cp.open(warehouse=home), Selection.of(as_of=EARLY, level="Ⅰ级"))
    assert "也不能按级别筛选" in "".join(b.text for b in page.blocks if isinstance(b, Caveat))


# -- data older than the day, and days that are still to come


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_data_older_than_the_day_says_how_old_they_are(home: Path, name: str) -> None:
    page = PAGES[name](cp.open(BETWEEN, warehouse=home))
    assert page.stamp is not None
    assert page.stamp.day == f"{BETWEEN}（数据为 {SECOND} 的快照）"
    assert any(isinstance(b, Caveat) and f"比 {BETWEEN} 早 52 天" in b.text for b in page.blocks)


def test_a_command_says_it_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["progress", "--warehouse", str(home), "--as-of", str(BETWEEN), "--format", "csv"]) == 0
    assert "早 52 天" in capsys.readouterr().err
    assert run(["progress", "--warehouse", str(home), "--as-of", str(BETWEEN)]) == 0
    assert f"{BETWEEN}，假定 {SECOND} 以后没有新的进展" in capsys.readouterr().out


def test_nothing_is_handed_over_from_data_older_than_the_day(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("handover --to carry_over", "carry-over"):
        assert run([*command.split(), "--warehouse", str(home), "--as-of", str(BETWEEN)]) == 2
        assert f"不能开列 {BETWEEN} 的移交清单" in capsys.readouterr().err
    for ds in (cp.open(BETWEEN, warehouse=home), cp.open(warehouse=home).assuming_nothing_more(LATER)):
        for list_id in handover.definitions().lists:
            with pytest.raises(UsageError, match="不能开列"):
                handover.listing(ds, list_id)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("progress", 2), ("funnel", 2), ("bulletin", 2), ("bulletin --by plant", 2), ("attainment", 2), ("benefits", 2),
        ("handover", 2), ("summary --unit 唐山", 2), ("carry-over", 2), ("pace", 0), ("forecast", 0),
        ("carry-over --assuming-nothing-more", 0),
    ],
)  # fmt: skip
def test_only_a_projection_looks_past_the_data_and_says_so_in_its_title(
    home: Path, command: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command.split(), "--warehouse", str(home), "--as-of", str(LATER)]) == code
    told = capsys.readouterr()
    assert f"数据最新到 {THIRD}" in told.err if code else f"{LATER}，假定 {THIRD} 以后没有新的进展" in told.out.split("\n")[0]


def test_a_projection_is_the_newest_data_at_that_day(home: Path) -> None:
    early = cp.open(SECOND, warehouse=home).assuming_nothing_more(LATER)
    newest = cp.open(warehouse=home)
    assert (early.version, early.as_of) == (newest.version, LATER)
    pd.testing.assert_frame_equal(carry_over.carry_over(early), carry_over.carry_over(newest.assuming_nothing_more(LATER)))


def test_the_bulletin_is_never_compared_with_itself(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    since = ["bulletin", "--warehouse", str(home), "--since"]
    assert run([*since, "2022-07-01", "--as-of", str(BETWEEN)]) == 2
    assert f"同一份快照（{SECOND}）" in capsys.readouterr().err
    assert run([*since, "2022-06-10", "--as-of", str(THIRD)]) == 0
    opened = cp.open(BETWEEN, warehouse=home)
    before = opened.before()
    assert before is not None
    assert before.as_of == FIRST
    row = bulletin.bulletin(opened, before)
    assert row["pct_change"].notna().any()


def test_what_is_shown_of_an_early_day_is_the_same_in_the_explorer_and_in_an_export(home: Path, tmp_path: Path) -> None:
    newest = cp.open(warehouse=home)
    shown = explore("progress", newest)
    shown.select(Selection(as_of=EARLY))
    assert f"{EARLY} 的情况由 {FIRST} 的快照按事项日期倒推" in shown.view.html
    assert f"{EARLY}（数据为 {FIRST} 的快照）" in shown.view.html
    shown.select(Selection(as_of=BETWEEN))
    assert f"比 {BETWEEN} 早 52 天" in shown.view.html
    kept = shown.view.html
    shown.select(Selection(as_of=LATER))
    assert (str(THIRD) in shown.view.message, shown.view.html) == (True, kept)
    command = ["dashboards", "export", str(tmp_path / "e"), "--no-plants", "--jobs", "1", "--warehouse", str(home), "--as-of"]
    assert run([*command, str(EARLY)]) == 0
    for path in (tmp_path / "e").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert f"数据截至 {EARLY}（数据为 {FIRST} 的快照）" in text, path.name
        assert "级别、达标情况、效益、数据质量和报送情况无从说明" in text or path.name == "index.html", path.name
    assert run([*command, str(LATER)]) == 2


# -- who was listed when, and who had reported


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two plants of Tangshan listed in December, two of Shijiazhuang in February; nothing came of one of the first."""
    folder = tmp_path_factory.mktemp("growing")
    plants = [plant(f"p{n}", unit="tangshan" if n < 2 else "shijiazhuang") for n in range(4)]
    plants[2]["listed_on"] = plants[3]["listed_on"] = "2022-02-15"
    sent = [returned(f"p{n}", unit=plants[n]["unit"], state="nothing" if n == 1 else "received") for n in range(4)]
    sent[1]["milestones"] = None
    ds = dataset(FIRST, plants=plants, events=[event("p0", "notified", "2022-01-05"), event("p2", "notified", "2022-02-20")],
                 returns=sent)  # fmt: skip
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(folder, "hebei-2021-2", FIRST, frames, demonstration=True, program_version="0")
    return folder


def test_a_plant_that_was_listed_later_is_not_there_before(growing: Path) -> None:
    told = [len(cp.open(day, warehouse=growing).plants) for day in ("2022-02-14", "2022-02-15", FIRST)]
    assert told == [2, 4, 4]
    early = cp.open("2022-02-14", warehouse=growing)
    assert progress.summary(early, "unit")["unit"].tolist() == ["tangshan"]
    assert "石家庄市没有企业列入名单" in "".join(
        b.text for b in views.progress_page(early, Selection.of(unit="石家庄")).blocks if isinstance(b, Caveat)
    )


def test_before_anybody_was_listed_there_is_nothing_to_say(growing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day, said = "2021-12-19", "2021-12-19 还没有企业列入名单，最早的于 2021-12-20 列入"
    with pytest.raises(UsageError, match=said):
        cp.open(warehouse=growing).select(as_of=day)
    with pytest.raises(UsageError, match=said):
        plan(reports.Order(warehouse=growing, out=growing, as_of=dt.date(2021, 12, 19), kind="province"))
    assert run(["progress", "--warehouse", str(growing), "--as-of", day]) == 2
    assert said in capsys.readouterr().err


def test_who_had_not_reported_on_an_early_day_is_said_by_the_day_whose_ledger_it_is(growing: Path) -> None:
    newest = cp.open(warehouse=growing)
    for day, said in (("2022-02-20", f"按 {FIRST} 的快照，唐山市 1 家"), (FIRST, "唐山市 1 家")):
        page = views.progress_page(newest, Selection.of(as_of=day))
        notes = "".join(b.note for b in page.blocks if isinstance(b, Table))
        assert f"{said}企业未报送进度" in notes
        assert ("按 2022" in notes) == (day != FIRST)


# -- several programmes in one warehouse


def test_a_day_is_served_by_the_programme_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fresh: None
) -> None:
    office = tmp_path / "office"
    assert run(["init", str(office)]) == 0
    text = (
        (root() / "programmes" / "hebei-2021-2.yaml")
        .read_text(encoding="utf-8")
        .replace("id: hebei-2021-2", "id: hebei-2022-1", 1)
    )
    (office / "definitions" / "programmes").mkdir(exist_ok=True)
    (office / "definitions" / "programmes" / "hebei-2022-1.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("CPAUDIT_PROJECT", str(office))
    capsys.readouterr()
    with cp.project(office):
        _of_two_programmes(tmp_path, monkeypatch, capsys)


def _of_two_programmes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "w"
    write(home, (FIRST, THIRD))
    write(home, (OTHER,), "hebei-2022-1")
    write(home, (THIRD,), "hebei-2022-1")
    snapshots.remove(home, THIRD, "hebei-2022-1")
    assert snapshots.dates(home, "hebei-2021-2") == [FIRST, THIRD]
    progress_of = ["progress", "--warehouse", str(home), "--format", "csv"]
    assert run([*progress_of, "--as-of", str(BETWEEN), "--programme", "hebei-2022-1"]) == 2
    assert f"数据最新到 {OTHER}" in capsys.readouterr().err
    assert run([*progress_of, "--as-of", str(OTHER), "--programme", "hebei-2022-1"]) == 0
    assert "快照" not in capsys.readouterr().err
    assert run([*progress_of, "--as-of", str(OTHER)]) == 2
    told = capsys.readouterr().err
    assert "2 个批次的快照，没有用 --programme" in told
    assert told.endswith("：hebei-2021-2、hebei-2022-1。\n")
    assert run([*progress_of, "--as-of", str(OTHER), "--programme", "hebei-2021-2"]) == 0
    assert f"数据为 {FIRST} 的快照" in capsys.readouterr().err
    monkeypatch.setenv("CPAUDIT_PROGRAMME", "hebei-2021-2")
    assert run([*progress_of, "--as-of", str(OTHER)]) == 0
    assert f"数据为 {FIRST} 的快照" in capsys.readouterr().err
    assert run([*progress_of, "--programme", "hebei-1999"]) == 2
    assert "没有编号为“hebei-1999”的批次" in capsys.readouterr().err
