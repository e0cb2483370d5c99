"""The command that goes the whole way on invented data: files, snapshots, verdicts, reports, dashboards."""

from __future__ import annotations

from pathlib import Path

import click

from cpaudit.cli.group import cpaudit
from cpaudit.cli.terminal.targets import FOLDER_OUT
from cpaudit.cli.terminal.usage import Whole
from cpaudit.errors import ExitCode, UsageError

_PROGRAMME, _AS_OF = "hebei-2021-2", "2022-11-15"
#: What is loaded, of the months that the sample's history has.
_DAYS = ("2022-03-31", "2022-06-30", "2022-09-30", _AS_OF)


@cpaudit.command()
@click.argument("folder", type=FOLDER_OUT, default=Path(), metavar="[目录]")
@click.option("--plants", type=Whole(60), default=446, metavar="家数", help="企业数，默认 446")
def demo(folder: Path, plants: int) -> int:
    """演示：示范数据（四期）→ 快照 → 评分 → 各市报告和静态看板，写在当前目录（或给出的目录）的 data、output 下。"""
    sample, home = folder / "data" / "sample", folder / "data" / "warehouse"
    reports, dashboards = folder / "output" / "reports", folder / "output" / "dashboards"
    _nothing_real(home)
    common = ("--programme", _PROGRAMME, "--warehouse", str(home))
    steps: list[tuple[str, ...]] = [("sample", str(sample), "--history", "--plants", str(plants), "--as-of", _AS_OF)]
    steps[0] += ("--programme", _PROGRAMME)
    steps += [("load", str(sample / day), "--as-of", day, *common) for day in _DAYS]
    steps += [
        ("attainment", *common),
        ("report", "--all", "--out", str(reports), *common),
        ("dashboards", "export", str(dashboards), "--no-plants", *common),
    ]
    for step in steps:
        code = int(cpaudit.main(["--project", "-", *step], prog_name="cpaudit", standalone_mode=False) or ExitCode.FINE)
        if code == ExitCode.DATA and step[0] == "load":
            click.echo("（退出码 1：示范数据里故意放了错误，属正常情况，继续。）")
        elif code:
            return code
    click.echo("\n全部完成（数值均为示范数据）：")
    for what, where in {
        "原始报表": sample,
        "快照    ": home,
        "各市报告": reports / "index.html",
        "静态看板": dashboards / "index.html",
    }.items():
        click.echo(f"  {what}  {where}")
    return ExitCode.FINE


def _nothing_real(home: Path) -> None:
    """Refuse to put invented data beside real ones, whose newest day they might become."""
    from cpaudit import snapshots

    if any(day.manifest and not day.manifest.demonstration for day in snapshots.overview(home)):
        raise UsageError(f"{home} 中有真实数据的快照，示范数据不写在一起；请换一个目录：cpaudit demo 目录。")
