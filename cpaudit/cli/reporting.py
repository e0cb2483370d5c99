"""The command that makes reports."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpaudit.cli.group import PATH, as_of_option, cpaudit, data_day, output, project_option, warehouse_option
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FOLDER_OUT
from cpaudit.cli.terminal.usage import Command, OneOf, Whole
from cpaudit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENGINES = OneOf("local", "processes", "dask")


class _WithKinds(Command):
    """A help page that ends with the kinds of report and their parameters, as the notebooks declare them."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from cpaudit.reports.kinds import COMMON, LABELS, kinds

        def option(name: str, label: str = "") -> str:
            return f"--{name.replace('_', '-')}（{LABELS[name]}）" if name in LABELS else f"--param {name}=…（{label}）"

        rows = []
        for kind in kinds().values():
            own = [option(p, kind.described(p)) for p in kind.parameters.model_fields if p not in COMMON]
            told = kind.own.fault if kind.own and kind.own.fault else "，".join(own) or "全省一份"
            rows.append((kind.id, f"{kind.label}{'（工作区）' if kind.own else ''}：{told}"))
        rows.append(("各种报告", "，".join(map(option, COMMON))))
        with formatter.section("报告种类（--kind）及其参数"):
            formatter.write_dl(rows)


@cpaudit.command(cls=_WithKinds)
@click.option("--kind", default="city", metavar="种类", help="报告种类，默认 city，见下表")
@click.option("--unit", "units", multiple=True, metavar="单位", help="一个上报单位，可重复给出")
@click.option("--trade", "trades", multiple=True, metavar="行业", help="一个行业，可重复给出")
@click.option("--plant", "plants", multiple=True, metavar="企业", help="一家企业的名称或统一社会信用代码，可重复给出")
@click.option("--batches", multiple=True, metavar="批次", help="要对照的一个批次，写编号或“编号/日期”，可重复给出")
@click.option("--param", "parameters", multiple=True, metavar="名称=值", help="工作区的报告自己的参数，可重复给出")
@click.option(
    "--definitions",
    type=OneOf("now", "then"),
    default="now",
    metavar="now|then",
    help="按现行的定义（默认），还是快照读取当时工作区的定义",
)
@click.option("--all", "everyone", is_flag=True, help="全部上报单位（行业、企业、批次）")
@click.option("--programme", default="", metavar="批次", help="批次编号，默认取快照的批次")
@project_option
@as_of_option
@warehouse_option
@click.option(
    "--out", type=FOLDER_OUT, default=lambda: output("reports"), metavar="目录", help="报告写到哪里，默认 output/reports"
)
@click.option("--format", "formats", default="html", metavar="格式", help="html,docx,pdf,xlsx 中的几种，逗号隔开；默认 html")
@click.option(
    "--reference-doc",
    type=PATH,
    metavar="文件",
    help="Word 报告按这个 .docx 的样式、页面、页眉页脚排版，默认工作区的 templates/reference.docx",
)
@click.option("--one-file", is_flag=True, help="网页自带绘图组件（每份约 5 MB），可单独发送")
@click.option("--force", is_flag=True, help="没有变化的报告也重新生成")
@click.option("--jobs", type=Whole(1), metavar="个数", help="同时生成几份，默认按处理器数，最多 4")
@click.option("--limit", "seconds", type=Whole(1), default=600, metavar="秒", help="一份报告的时限，默认 600")
@click.option(
    "--engine",
    type=_ENGINES,
    default="local",
    metavar=_ENGINES.name,
    help="在哪里运行：local 本机，由预热的进程派生（默认）；processes 本机，每份一个内核；dask 已有的 Dask 集群",
)
@click.option("--scheduler", default="", metavar="地址", help="Dask 调度器地址，如 tcp://10.0.0.1:8786")
def report(
    kind: str,
    units: tuple[str, ...],
    trades: tuple[str, ...],
    plants: tuple[str, ...],
    batches: tuple[str, ...],
    parameters: tuple[str, ...],
    definitions: str,
    everyone: bool,
    warehouse: Path | None,
    out: Path,
    programme: str,
    as_of: dt.date | None,
    formats: str,
    **how: Any,
) -> int:
    """生成报告（笔记本、网页，可加 Word、PDF、Excel）、目录页、清单和压缩包；没有变化的不重做；有失败的退出码 1，全失败的 3。"""
    from cpaudit import snapshots

    home = warehouse or snapshots.default_warehouse()
    as_of = data_day(as_of) if as_of else None  # what is handed to others tells of no day that nobody has seen
    with _laid_over(home, as_of, programme) if definitions == "then" else nullcontext():
        order = {"as_of": as_of, "programme": programme or None, "warehouse": home, "out": out, **how}
        subjects = _subjects(kind, {"unit": units, "trade": trades, "plant": plants, "batches": batches}, everyone)
        return _made(kind, subjects, parameters, formats, order)


@contextmanager
def _laid_over(home: Path, as_of: dt.date | None, programme: str) -> Iterator[None]:
    """Have the definitions in force that the snapshot was read with, and those that ship with this program."""
    from cpaudit import durable, snapshots, workspace
    from cpaudit.version import VERSION

    manifest = snapshots.in_force(home, as_of, programme)
    if manifest.program_version != VERSION:
        click.echo(f"快照由 cpaudit {manifest.program_version} 读取，程序自带的定义取本程序（{VERSION}）的。", err=True)
    with durable.scratch() as folder:
        for name, text in snapshots.definitions(home, as_of, programme).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
        with workspace.using(laid_over=folder):
            yield


def _made(kind: str, subjects: tuple[str, ...], parameters: tuple[str, ...], formats: str, how: dict[str, Any]) -> int:
    """Make the reports and say what became of them; return the exit code."""
    from cpaudit import reports
    from cpaudit.cli.terminal.progress import bar
    from cpaudit.render import tabular
    from cpaudit.reports.outcomes import STATUSES

    out = how["out"]
    with bar("生成报告") as tick:
        order = reports.Order(
            subjects=subjects,
            kind=kind,
            parameters=dict(map(_pair, parameters)),
            formats=[name.strip().lower() for name in formats.replace("，", ",").split(",") if name.strip()],
            **how,
        )
        outcomes = reports.run(order, lambda o, done, total: tick(f"{o.name}{STATUSES[o.status]}", done, total))
    if any(o.status != "failed" for o in outcomes):
        screen.done(f"报告已写入 {out}")
    click.echo(tabular.to_text(reports.outcome_table(outcomes)), nl=False)
    count = {status: sum(o.status == status for o in outcomes) for status in STATUSES}
    parts = [f"报告 {count['ok']} 份已写入 {out}"]
    parts += [f"{count['unchanged']} 份没有变化"] if count["unchanged"] else []
    parts += [f"{count['failed']} 份失败"] if count["failed"] else []
    click.echo(f"{'，'.join(parts)}；目录页 {out / 'index.html'}。")
    if not count["failed"]:
        return ExitCode.FINE
    return ExitCode.DATA if count["failed"] < len(outcomes) else ExitCode.NOTHING


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name.strip() or not equals:
        raise UsageError(f"--param 写作“名称=值”，如 top=5；现为“{text}”。")
    return name.strip(), value


def _subjects(text: str, given: dict[str, tuple[str, ...]], everyone: bool) -> tuple[str, ...]:
    """Return what the reports are about.

    Raises:
        UsageError: an option that this kind of report has no use for, neither or both of a name and --all.
    """
    from cpaudit.reports import find_kind

    kind = find_kind(text)
    for option, values in given.items():
        if values and option != kind.subject:
            use = f"请用 --{kind.subject}" if kind.subject else "全省一份，不用指定"
            raise UsageError(f"{kind.label}没有参数 --{option}；{use}。")
    subjects = given.get(kind.subject, ())
    if kind.subject and everyone == bool(subjects):
        raise UsageError(f"请用 --{kind.subject} 指定，或用 --all 生成全部，二者取一。")
    return subjects
