"""Two programmes in one warehouse, on the same day: every command asks which, and answers of that one alone."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import pytest

import cpaudit as cp
from cpaudit import loaders
from cpaudit.cli import commands, run
from cpaudit.errors import UsageError
from cpaudit.sample.plain import write_plain
from cpaudit.views.page import Figure, Table
from tests.support import outputs

DAY = dt.date(2022, 11, 15)
ONE, OTHER = "hebei-2021-2", "hebei-2018"
#: They speak of the warehouse as a whole, or of the programmes that they are given.
OF_ALL = {"compare", "warehouse backup", "warehouse restore", "warehouse list", "warehouse verify", "warehouse prune"}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the other programme only."""
    home = tmp_path_factory.mktemp("other")
    write_plain(home / "raw", OTHER, plants=60, seed=1, as_of=DAY)
    loaders.load([home / "raw"], programme=OTHER, as_of=DAY, warehouse=home / "warehouse")
    return home / "warehouse"


@pytest.fixture(scope="module")
def both(alone: Path, sixty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and the sample of the usual one on the same day."""
    home = Path(shutil.copytree(alone, tmp_path_factory.mktemp("both") / "warehouse"))
    shutil.copytree(sixty / "warehouse" / ONE, home / ONE)
    return home


def leaves(group: click.Group) -> dict[str, click.Command]:
    found = {}
    for name, command in group.commands.items():
        inner = leaves(command) if isinstance(command, click.Group) else {}
        found |= {f"{name} {below}": each for below, each in inner.items()} or {name: command}
    return found


#: The commands that read a warehouse, and dashboards, which is a group as well.
READING = {
    name: command
    for name, command in {**leaves(commands()), "dashboards": commands().commands["dashboards"]}.items()
    if any(p.name == "warehouse" for p in command.params)
}


class Said(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def called(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Call the program as a shell does."""

    def call(*arguments: str) -> Said:
        capfd.readouterr()
        return Said(run(list(arguments)), *capfd.readouterr())

    return call


def test_every_command_that_reads_a_warehouse_takes_a_programme() -> None:
    assert len(READING) > 25
    without = {name for name, command in READING.items() if "--programme" not in str([p.opts for p in command.params])}
    assert without <= OF_ALL


ARGUMENTS = {
    "explain": ["石家庄"], "trace": ["石家庄市"], "diff": [str(DAY), str(DAY)], "load": ["{raw}", "--as-of", str(DAY)],
    "check": ["{file}"], "template": ["进度表", "--unit", "石家庄市"], "report": ["--all"], "dashboards export": ["{out}"],
    "warehouse remove": [str(DAY)], "handover": ["--to", "enforcement"], "summary": ["--unit", "石家庄市"], "lab": ["{out}"],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(READING) - OF_ALL))
def test_with_two_and_none_named_a_command_refuses_and_lists_them(
    called: Callable[..., Said], name: str, both: Path, sixty: Path, tmp_path: Path
) -> None:
    file = next((sixty / "raw").rglob("*.xlsx"))
    places = {"raw": sixty / "raw", "file": file, "out": tmp_path / "out"}
    more = [text.format(**places) for text in ARGUMENTS.get(name, [])]
    done = called(*name.split(), *more, "--warehouse", str(both))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith(f"，请从下列中选择：{OTHER}、{ONE}。\n")
    assert sorted(p.name for p in both.iterdir()) == [OTHER, ONE]
    assert not (tmp_path / "out").exists()


def test_what_is_said_of_one_is_what_is_said_where_it_is_alone(called: Callable[..., Said], alone: Path, both: Path) -> None:
    name = str(cp.open(warehouse=alone).plants["plant_id"].iloc[0])
    seen = 0
    for arguments in outputs.calls(name):
        if arguments[0] in ("warehouse", "systems", "programmes"):
            continue
        said = [called(*arguments, "--format", "json", "--programme", OTHER, "--warehouse", str(home)) for home in (alone, both)]
        first = [arguments, said[0].exit_code, said[0].stdout]
        assert [arguments, said[1].exit_code, said[1].stdout] == first
        seen += said[0].exit_code == 0
    assert seen > 20


def test_the_environment_can_say_which(called: Callable[..., Said], both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAUDIT_PROGRAMME", OTHER)
    named = called("progress", "--format", "csv", "--warehouse", str(both), "--programme", OTHER)
    assert called("progress", "--format", "csv", "--warehouse", str(both)).stdout == named.stdout
    monkeypatch.setenv("CPAUDIT_PROGRAMME", "hebei-1999")
    assert called("progress", "--warehouse", str(both)).exit_code == 2


def test_a_difference_between_programmes_is_a_comparison_and_has_to_be_asked_for(called: Callable[..., Said], both: Path) -> None:
    command = ["diff", f"{OTHER}/{DAY}", f"{ONE}/{DAY}", "--by", "table", "--warehouse", str(both)]
    refused = called(*command)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "属于不同批次" in refused.stderr
    compared = called(*command, "--across")
    assert compared.exit_code == 0
    assert "两个批次的对照" in compared.stdout


def test_both_stand_side_by_side(called: Callable[..., Said], both: Path, tmp_path: Path) -> None:
    for by in ("distance", "unit", "industry", "cohort", "flow", "unaudited", "plant"):
        done = called("compare", "--by", by, "--format", "csv", "--warehouse", str(both))
        assert done.exit_code == 0, by
        assert all(f"{cp.programme.load_programme(its).title}," in done.stdout for its in (ONE, OTHER)), by
    for wrong in ("武汉市", "福田区"):
        told = called("compare", "--unit", wrong, "--warehouse", str(both))
        assert (told.exit_code, f"没有叫“{wrong}”的上报单位" in told.stderr, "武汉市、" in told.stderr) == (2, True, False)
    named = called(
        "compare", f"{OTHER}/{DAY}", ONE, "--warehouse", str(both), "--format", "xlsx", "--out", str(tmp_path / "x.xlsx")
    )
    assert named.exit_code == 0
    assert called("compare", ONE, "hebei-1999", "--warehouse", str(both)).exit_code == 2
    assert called("compare", ONE, ONE, "--warehouse", str(both)).exit_code == 2
    one = cp.open(warehouse=both, programme=ONE).plants["name"].iloc[0]
    listed = called("compare", "--by", "plant", "--plant", one, "--format", "csv", "--warehouse", str(both)).stdout
    assert len(listed.splitlines()) == 2


def test_the_page_of_both_can_be_had_by_name_and_from_data(both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(both))
    every = cp.compare()
    drawn = ["batches_distance", "batches_years_unit", "batches_years_industry"]
    assert [block.id for block in every.blocks if isinstance(block, Figure)] == drawn
    named = cp.compare(f"{OTHER}/{DAY}", cp.open(programme=ONE))
    rows = [{b.id: len(b.frame) for b in page.blocks if isinstance(b, Table)} for page in (every, named)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 7
    assert "只有一个批次" in str(cp.compare(ONE).blocks)
    with pytest.raises(UsageError, match="给了两次"):
        cp.compare(ONE, cp.open(programme=ONE))


def test_the_list_tells_of_each_programme_which_day_counts(called: Callable[..., Said], both: Path) -> None:
    listed = called("warehouse", "list", "--warehouse", str(both))
    assert listed.stdout.count("有效，不指定日期时采用") == 2
    assert called("warehouse", "verify", "--warehouse", str(both)).stdout == "核对快照 2 份，完好 2 份。\n"


def test_pruning_and_restoring_from_the_command_line(called: Callable[..., Said], both: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(both, tmp_path / "w"))
    file = tmp_path / "备份.zip"
    assert called("warehouse", "backup", str(file), "--warehouse", str(home)).exit_code == 0
    assert called("warehouse", "prune", "--keep", "1", "--warehouse", str(home)).stdout == "没有需要清理的快照。\n"
    assert called("warehouse", "remove", str(DAY), "--programme", ONE, "--yes", "--warehouse", str(home)).exit_code == 0
    restored = called("warehouse", "restore", str(file), "--warehouse", str(home))
    assert (restored.exit_code, restored.stdout) == (0, "已恢复快照 1 版，另有 1 版原已存在。\n")
    assert called("warehouse", "restore", str(tmp_path / "none.zip"), "--warehouse", str(home)).exit_code == 3


@pytest.mark.together  # with the others, whose warehouse it takes
def test_a_report_has_all_batches_or_those_that_are_named(called: Callable[..., Said], both: Path, tmp_path: Path) -> None:
    asked = ["report", "--kind", "batches", "--warehouse", str(both), "--out", str(tmp_path), "--format", "html"]
    assert called(*asked, "--all").exit_code == 0
    [page] = tmp_path.glob("批次对照_*.html")
    shown = page.read_text(encoding="utf-8")
    assert all(cp.programme.load_programme(its).title in shown for its in (ONE, OTHER))
    assert called(*asked, "--all").stdout.count("没有变化") > 0, "made of the same snapshots, it isn't made again"
    one = called(*asked, "--batches", f"{ONE}/{DAY}")
    assert one.exit_code == 0
    assert len(list(tmp_path.glob("批次对照_*.html"))) == 2
    for wrong in (["--batches", "hebei-1999"], ["--batches", ONE, "--batches", ONE], ["--unit", "石家庄市"], []):
        assert called(*asked, *wrong).exit_code == 2, wrong
