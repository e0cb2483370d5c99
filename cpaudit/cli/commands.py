"""The commands, each a few lines over the functions that do the work; heavy modules are imported where a command needs them."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpaudit import __version__
from cpaudit.cli.usage import Date, Group, OneOf, Whole
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Table

PATH: Any = click.Path(path_type=Path)
warehouse_option = click.option("--warehouse", type=PATH, metavar="目录", help="快照所在目录，默认 data/warehouse")
as_of_option = click.option("--as-of", type=Date(), metavar="日期", help="数据日期，如 2022-11-15；默认取最新快照的日期")
unit_option = click.option("--unit", default="", metavar="单位", help="只看一个上报单位，如 石家庄市")


def by_option(default: str, *words: str) -> Callable[..., Any]:
    """Add --by with the rows that the command can show."""
    kinds = OneOf(*words)
    return click.option("--by", type=kinds, default=default, metavar=kinds.name, help=f"一行是什么，默认 {default}")


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --format and --out."""
    command = click.option("--out", type=PATH, metavar="文件", help="写入文件，默认输出到屏幕")(command)
    kinds = OneOf("table", "csv", "json", "xlsx")
    return click.option("--format", "kind", type=kinds, default="table", metavar=kinds.name, help="输出格式，默认 table")(command)


@click.group(cls=Group, context_settings={"help_option_names": ["--help"], "max_content_width": 110}, no_args_is_help=True)
@click.version_option(__version__, "--version", message="cpaudit %(version)s", help="显示版本")
def cpaudit() -> None:
    """清洁生产审核分析工作台。各命令加 --help 查看用法；出错时加 --debug 显示详细信息。"""


# -- data in


@cpaudit.command()
@click.argument("folder", type=PATH, metavar="目录")
@click.option("--plants", type=Whole(60), default=446, metavar="家数", help="企业数，默认 446")
@click.option("--seed", type=Whole(), default=1080, metavar="整数", help="随机种子：同一种子得到同样的文件，默认 1080")
@click.option("--as-of", type=Date(), default="2022-11-15", metavar="日期", help="数据日期，默认 2022-11-15")
def sample(folder: Path, plants: int, seed: int, as_of: dt.date) -> None:
    """生成一套虚构的原始报表（示范数据），供试用和测试。"""
    from cpaudit.sample import write

    write(folder, plants=plants, seed=seed, as_of=as_of)
    click.echo(f"已在 {folder} 生成 {plants} 家虚构企业的原始报表（示范数据，种子 {seed}，数据日期 {as_of}）。")


@cpaudit.command()
@click.argument("paths", type=PATH, nargs=-1, required=True, metavar="文件或目录…")
@click.option("--programme", default="hebei-2021-2", metavar="批次", help="批次编号，默认 hebei-2021-2")
@click.option("--as-of", type=Date(), metavar="日期", help="数据日期，默认今天")
@click.option("--warehouse", type=PATH, metavar="目录", help="快照所在目录，默认 data/warehouse")
@click.option("--decisions", type=PATH, metavar="文件", help="待判定企业的判定文件，默认快照目录下的 decisions.csv")
@click.option("--dry-run", is_flag=True, help="只读取和检查，逐表列出读到了什么、什么没有采用，不写快照")
def load(
    paths: tuple[Path, ...],
    programme: str,
    as_of: dt.date | None,
    warehouse: Path | None,
    decisions: Path | None,
    dry_run: bool,
) -> int:
    """读取各地报来的文件，检查并存成快照；数据有错误时退出码为 1（快照照常写入）。"""
    from cpaudit import loaders, snapshots
    from cpaudit.cli.progress import ticker
    from cpaudit.render import tabular
    from cpaudit.views import tables, understood

    if dry_run:
        with ticker("读取") as tick:
            day = as_of or dt.date.today()
            found = loaders.read(list(paths), programme=programme, as_of=day, decisions=decisions, progress=tick)
        for table in understood.sheets(found.understood(), found.columns()):
            click.echo(tabular.to_text(table))
        click.echo(tabular.to_text(tables.problems_by_unit(found.frames["problems"])), nl=False)
        click.echo("以上为试读结果，没有写入快照。")
        return int((found.frames["problems"]["severity"] == "error").any())
    with ticker("读取") as tick:
        loaded = loaders.load(
            list(paths),
            programme=programme,
            as_of=as_of or dt.date.today(),
            warehouse=warehouse or snapshots.default_warehouse(),
            decisions=decisions,
            progress=tick,
        )
    click.echo(tabular.to_text(tables.problems_by_unit(loaded.frames["problems"])), nl=False)
    manifest = loaded.manifest
    assert manifest  # a load that returns has written its snapshot
    rows = manifest.rows
    click.echo(f"快照 {manifest.as_of}（版本 {manifest.version}）：企业 {rows['plants']} 家，来源文件 {rows['sources']} 个。")
    errors = int((loaded.frames["problems"]["severity"] == "error").sum())
    if errors:
        click.echo(f"数据中有 {errors} 处错误，明细见 cpaudit problems。")
    return 1 if errors else 0


@cpaudit.command()
@warehouse_option
@as_of_option
@unit_option
@click.option("--severity", type=OneOf("error", "warning", "note"), metavar="error|warning|note", help="只看一种程度")
@output_options
def problems(warehouse: Path | None, as_of: dt.date | None, unit: str, severity: str | None, kind: str, out: Path | None) -> None:
    """列出数据问题：在哪个文件、工作表、单元格，怎样改。"""
    from cpaudit.views import tables

    _write(tables.problems(_dataset(warehouse, as_of, unit), severity), kind, out)


# -- questions


@cpaudit.command()
@warehouse_option
@as_of_option
@unit_option
@by_option("unit", "unit", "industry", "roster", "plant", "to-do")
@output_options
def progress(warehouse: Path | None, as_of: dt.date | None, unit: str, by: str, kind: str, out: Path | None) -> None:
    """进度：按单位、行业、名单、企业统计，或列出待办事项。"""
    from cpaudit.views import tables

    _write(tables.progress(_dataset(warehouse, as_of, unit), by), kind, out)


@cpaudit.command()
@warehouse_option
@as_of_option
@unit_option
@click.option(
    "--by",
    type=OneOf("unit", "industry", "roster", "plant", "target"),
    default="industry",
    metavar="unit|industry|roster|plant|target",
)
@output_options
def attainment(warehouse: Path | None, as_of: dt.date | None, unit: str, by: str, kind: str, out: Path | None) -> None:
    """达标：按单位、行业、名单统计，或逐家、逐条列出结论和理由。"""
    from cpaudit.views import tables

    _write(tables.attainment(_dataset(warehouse, as_of, unit), by), kind, out)


@cpaudit.command()
@warehouse_option
@as_of_option
@unit_option
@by_option("unit", "unit", "industry", "class", "option", "status", "curve", "concentration", "tce", "totals-check")
@click.option("--benefit", default="", metavar="效益", help="curve、concentration 看哪项效益，如 COD、节水、综合节能")
@click.option("--power-factor", type=float, metavar="系数", help="tce 中电力的折标系数（kgce/kWh），默认当量值 0.1229")
@output_options
def benefits(
    warehouse: Path | None,
    as_of: dt.date | None,
    unit: str,
    by: str,
    benefit: str,
    power_factor: float | None,
    kind: str,
    out: Path | None,
) -> None:
    """方案与效益：投资和各项效益，按实施情况、成本曲线、集中程度、折标煤看，或逐项列出方案。"""
    from cpaudit.views import benefit_tables

    if power_factor is not None and not power_factor > 0:
        raise UsageError("--power-factor 应为大于 0 的数，如 0.3015。")
    _write(benefit_tables.benefits(_dataset(warehouse, as_of, unit), by, benefit, power_factor), kind, out)


@cpaudit.command()
@warehouse_option
@as_of_option
@unit_option
@click.option("--plant", default="", metavar="企业", help="企业名称或统一社会信用代码")
@output_options
def score(warehouse: Path | None, as_of: dt.date | None, unit: str, plant: str, kind: str, out: Path | None) -> None:
    """评分：各企业各工序审核前、审核后的综合评价指数和级别。"""
    from cpaudit.views import tables

    ds = _dataset(warehouse, as_of, unit)
    _write(tables.scores(ds, _plant(ds, plant) if plant else None), kind, out)


@cpaudit.command()
@click.argument("plant", metavar="企业")
@warehouse_option
@as_of_option
@click.option(
    "--period", type=OneOf("before", "after"), default="after", metavar="before|after", help="审核前或审核后，默认审核后"
)
@click.option("--level", type=OneOf("I", "II", "III"), metavar="I|II|III", help="针对哪一级；--show items 时只列未达到该级的指标")
@click.option(
    "--show",
    type=OneOf("items", "obstacles", "way", "open"),
    metavar="items|obstacles|way|open",
    help="逐项得分、未达到的原因、最小改进、缺失数据的影响；给出 --level 时默认 obstacles，否则 items",
)
@output_options
def explain(
    plant: str,
    warehouse: Path | None,
    as_of: dt.date | None,
    period: str,
    level: str | None,
    show: str | None,
    kind: str,
    out: Path | None,
) -> None:
    """解释一家企业的级别：逐项得分，什么妨碍它达到更高一级，最小的改进，缺失数据的影响。"""
    from cpaudit.views import explanations, tables

    ds = _dataset(warehouse, as_of)
    plant_id, wanted = _plant(ds, plant), {"I": 1, "II": 2, "III": 3}.get(level or "")
    show = show or ("obstacles" if wanted else "items")
    if show in ("obstacles", "way") and not wanted:
        raise UsageError(f"--show {show} 须用 --level 指明针对哪一级，如 --level II。")
    match show:
        case "obstacles":
            found = explanations.obstacles(ds, plant_id, period, wanted or 1)
        case "way":
            found = explanations.way_up(ds, plant_id, period, wanted or 1)
        case "open":
            found = explanations.open_levels(ds, plant_id, period)
        case _:
            found = tables.explanation(ds, plant_id, period, wanted)
    _write(found, kind, out)


# Commands in modules of their own stand here in the order of work; they take their options from above.
from cpaudit.cli import lists as _lists  # noqa: E402, F401
from cpaudit.cli import questions as _questions  # noqa: E402, F401

# isort: split
from cpaudit.cli import definitions as _definitions  # noqa: E402, F401

# -- pages out


@cpaudit.command()
@click.option("--unit", "units", multiple=True, metavar="单位", help="一个上报单位，可重复给出")
@click.option("--all", "everyone", is_flag=True, help="全部上报单位")
@click.option("--programme", default="", metavar="批次", help="批次编号，默认取快照的批次")
@as_of_option
@warehouse_option
@click.option("--out", type=PATH, default=Path("output/reports"), metavar="目录", help="报告写到哪里，默认 output/reports")
@click.option("--jobs", type=Whole(1), metavar="个数", help="同时生成几份，默认按处理器数")
def report(
    units: tuple[str, ...],
    everyone: bool,
    programme: str,
    as_of: dt.date | None,
    warehouse: Path | None,
    out: Path,
    jobs: int | None,
) -> int:
    """生成各市报告（运行过的笔记本和网页各一份）和目录页；有一份失败时退出码为 1。"""
    from cpaudit import reports, snapshots
    from cpaudit.cli.progress import ticker
    from cpaudit.render import tabular

    if everyone == bool(units):
        raise UsageError("请用 --unit 指定上报单位，或用 --all 生成全部，二者取一。")
    with ticker("生成报告") as tick:
        outcomes = reports.run(
            list(units),
            as_of=as_of,
            programme=programme or None,
            warehouse=warehouse or snapshots.default_warehouse(),
            out=out,
            jobs=jobs,
            progress=tick,
        )
    click.echo(tabular.to_text(reports.outcome_table(outcomes)), nl=False)
    failed = sum(o.status != "ok" for o in outcomes)
    click.echo(
        f"报告 {len(outcomes) - failed} 份已写入 {out}，目录页 {out / 'index.html'}。" + (f"{failed} 份失败。" if failed else "")
    )
    return 1 if failed else 0


@cpaudit.group(invoke_without_command=True)
@click.option("--port", type=Whole(1), default=8866, metavar="端口", help="端口，默认 8866")
@warehouse_option
@click.pass_context
def dashboards(ctx: click.Context, port: int, warehouse: Path | None) -> None:
    """看板：启动只读的网页服务；或用 export 导出为静态文件。"""
    if ctx.invoked_subcommand is None:
        from cpaudit import serving, snapshots

        serving.serve(port=port, warehouse=warehouse or snapshots.default_warehouse())


@dashboards.command("export")
@click.argument("folder", type=PATH, metavar="目录")
@warehouse_option
@as_of_option
def dashboards_export(folder: Path, warehouse: Path | None, as_of: dt.date | None) -> None:
    """把看板导出为静态网页，放到内网共享目录即可打开，不需要服务。"""
    from cpaudit import serving

    written = serving.export(_dataset(warehouse, as_of), folder)
    click.echo(f"看板 {len(written)} 页已写入 {folder}，首页 {folder / 'index.html'}。")


@cpaudit.command()
@click.argument("names", nargs=-1, metavar="[load|scoring|analysis|reports|dashboards]…")
@click.option("--json", "out", type=PATH, metavar="文件", help="结果写成 JSON")
def bench(names: tuple[str, ...], out: Path | None) -> None:
    """测速：在同一次运行中与下限和同类做法相比，给出倍数。"""
    from cpaudit import bench as measure
    from cpaudit.render import tabular

    results = measure.run(names)
    click.echo(tabular.to_text(measure.table(results)), nl=False)
    if out:
        tabular.write_whole(out, measure.to_json(results))


# -- shared


def _dataset(warehouse: Path | None, as_of: dt.date | None, unit: str = "") -> Dataset:
    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection

    selection = Selection.of(unit=unit)  # a wrong name is told before files are opened
    return Dataset.open(warehouse, as_of).select(selection)


def _plant(ds: Dataset, text: str) -> str:
    """Find the one plant meant by a code, a name or a part of a name."""
    plants, wanted = ds.plants, text.strip()
    exact = plants[(plants["plant_id"] == wanted) | (plants["uscc"] == wanted) | (plants["name"] == wanted)]
    found = exact if len(exact) else plants[plants["name"].str.contains(wanted, regex=False)]
    if len(found) == 1:
        return str(found["plant_id"].iloc[0])
    if found.empty:
        raise UsageError(f"名单中没有“{text}”，请填写企业名称或统一社会信用代码。")
    some = "、".join(found["name"].head(5))
    raise UsageError(f"“{text}”对应 {len(found)} 家企业（{some}{' 等' if len(found) > 5 else ''}），请写全称。")


def _write(table: Table, kind: str, out: Path | None, *more: Table) -> None:
    """Write a table; only a workbook has room for more than one."""
    from cpaudit.render import tabular

    if kind == "table":
        content = tabular.to_text(table).encode()
    else:
        whole: dict[str, Callable[..., bytes]] = {"csv": tabular.to_csv, "json": tabular.to_json, "xlsx": tabular.to_xlsx}
        content = whole[kind](table, *(more if kind == "xlsx" else ()))
    if out:
        tabular.write_whole(out, content)
        click.echo(f"已写入 {out}（{len(table.frame)} 行）。")
    elif kind == "xlsx":
        raise UsageError("xlsx 须用 --out 指定文件。")
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()


# The commands of other modules hang themselves onto the group.
from cpaudit.cli import files as _files  # noqa: E402, F401
from cpaudit.cli import history as _history  # noqa: E402, F401
from cpaudit.cli import matching as _matching  # noqa: E402, F401
