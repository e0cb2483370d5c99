"""Commands for pages out: dashboards, the notebooks in JupyterLab; and the benchmarks."""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec
from pathlib import Path

import click

from cpaudit import workspace
from cpaudit.cli.group import PATH, as_of_option, cpaudit, data_day, dataset, programme_option, project_option, warehouse_option
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FILE_OUT, FOLDER_OUT
from cpaudit.cli.terminal.usage import Whole
from cpaudit.errors import ExitCode, UsageError


@cpaudit.group(invoke_without_command=True)
@click.option("--port", type=Whole(1), default=8866, metavar="端口", help="端口，默认 8866")
@click.option("--address", default="127.0.0.1", metavar="地址", help="在哪个地址上服务，默认只限本机；对外须同时给出 --access")
@click.option("--access", type=PATH, metavar="文件", help="权限文件：哪些用户能看哪些单位，由前面的代理认证")
@click.option("--token", default="", metavar="口令", help="链接中的口令，默认每次启动新生成一个")
@click.option("--base-url", default="/", metavar="路径", help="网址中的路径，如 /cpaudit/")
@click.option("--health", type=Whole(1), metavar="端口", help="健康地址的端口，只限本机；默认不开")
@click.option("--programme", default="", metavar="批次", help="批次编号；快照目录中只有一个批次时可以不写")
@project_option
@click.option("--check", is_flag=True, help="只说明谁能看什么、相信哪些地址和请求头、什么是敞开的，不启动")
@warehouse_option
@click.pass_context
def dashboards(
    ctx: click.Context,
    port: int,
    address: str,
    access: Path | None,
    token: str,
    base_url: str,
    health: int | None,
    check: bool,
    programme: str,
    warehouse: Path | None,
) -> None:
    """看板：启动只读的网页服务；或用 export 导出为静态文件。"""
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    if ctx.invoked_subcommand is not None and given:
        options = "、".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{options} 写在 {ctx.invoked_subcommand} 之前不起作用：export 的选项请写在它后面，其余只用于启动服务。")
    if ctx.invoked_subcommand is None and check:
        from cpaudit.serving.doors.openness import described, reached_under

        reached_under(base_url)
        click.echo("\n".join(described(address, access, token, health)))
    elif ctx.invoked_subcommand is None:
        from cpaudit import serving, snapshots

        serving.serve(
            port=port,
            warehouse=warehouse or snapshots.default_warehouse(),
            programme=programme,
            address=address,
            access=access,
            token=token,
            base_url=base_url,
            health=health,
        )


@dashboards.command("export")
@click.argument("folder", type=FOLDER_OUT, metavar="目录")
@click.option("--plants/--no-plants", default=True, help="是否连同每家企业的“一企一档”，默认连同")
@click.option("--jobs", type=Whole(1), metavar="个数", help="同时用几个进程，默认按处理器数，最多 4")
@warehouse_option
@programme_option
@as_of_option
def dashboards_export(folder: Path, plants: bool, jobs: int | None, warehouse: Path | None, as_of: dt.date | None) -> int:
    """把看板导出为静态网页：按辖区、行业筛选，点开一企一档，都不需要服务；整个目录放到内网共享即可打开。"""
    from cpaudit import serving
    from cpaudit.cli.terminal.progress import bar

    as_of = data_day(as_of) if as_of else None  # what is handed to others tells of no day that nobody has seen
    faults: list[str] = []
    ds = dataset(warehouse, as_of)
    with bar("导出看板") as tick:
        written = serving.export(
            ds, folder, plants=plants, jobs=jobs, progress=tick,
            failed=lambda title, why: faults.append(f"看板“{title}”未能生成：{why}"),
        )  # fmt: skip
    screen.done(f"看板已写入 {folder}")
    click.echo(f"看板 {len(written)} 个已写入 {folder}，首页 {written[0]}。")
    for fault in faults:
        click.echo(fault, err=True)
    return ExitCode.DATA if faults else ExitCode.FINE


@cpaudit.command()
@click.argument("folder", type=FOLDER_OUT, required=False, metavar="[目录]")
@click.option("--port", type=Whole(1), default=8888, metavar="端口", help="端口，默认 8888，被占用时顺延")
@click.option("--browser/--no-browser", default=True, help="是否打开浏览器，默认打开")
@click.option("--programme", default="", metavar="批次", help="笔记本默认打开的批次；快照目录中只有一个批次时可以不写")
@project_option
@warehouse_option
def lab(folder: Path | None, port: int, browser: bool, programme: str, warehouse: Path | None) -> None:
    """在 JupyterLab 中打开笔记本，一个笔记本回答一个问题；给出目录则用其中的副本，缺少的补上，已有的不动。"""
    from cpaudit import snapshots
    from cpaudit.serving.lab import prepare, serve_lab

    home = warehouse or snapshots.default_warehouse()
    programme = snapshots.meant(home, programme)
    place, copied = prepare(folder or workspace.place("notebooks"))
    if copied:
        click.echo(f"已将 {copied} 个笔记本复制到 {place}。")
    serve_lab(place, home, programme=programme, port=port, open_browser=browser)
    click.echo("JupyterLab 已停止。")


@cpaudit.command()
@click.argument("names", nargs=-1, metavar="[load|scoring|analysis|reports|dashboards]…")
@click.option("--json", "out", type=FILE_OUT, metavar="文件", help="结果写成 JSON")
def bench(names: tuple[str, ...], out: Path | None) -> None:
    """测速：在同一次运行中与下限和同类做法相比，给出倍数（须有源代码）。"""
    if find_spec("cpaudit.bench") is None:  # the wheel leaves it out: nothing that users run needs it
        raise UsageError("测速程序不在安装包里，请在源代码目录中运行 make bench。")
    from cpaudit import bench as measure
    from cpaudit.render import tabular

    with workspace.using(workspace.NONE):  # what is measured is the program, on its own sample
        results = measure.run(names)
    click.echo(tabular.to_text(measure.table(results)), nl=False)
    if out:
        tabular.write_whole(out, measure.to_json(results))
