"""The commands for programmes' definition files: one drafted from short answers, files checked."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.definitions import checked
from cpaudit.cli.group import PATH, cpaudit
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FILE_OUT
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


@cpaudit.group()
def programmes() -> None:
    """批次：由通知的要点起草定义文件，检查定义文件。"""


@programmes.command("check")
@click.argument("files", type=PATH, nargs=-1, metavar="[文件…]")
def programmes_check(files: tuple[Path, ...]) -> int:
    """检查批次文件：字段、节点、目标、名单、出处；不给文件则检查全部。有错误时退出码为 1。"""
    from cpaudit.programme.checker import check

    return checked(files, "programmes", check)


@programmes.command("new")
@click.argument("programme", metavar="批次编号")
@click.option("--title", default="", metavar="名称", help="批次的名称，如 湖北省2027年强制性清洁生产审核")
@click.option("--issuer", "issuers", multiple=True, metavar="单位", help="印发单位，如 湖北省生态环境厅，可重复给出")
@click.option("--number", default="", metavar="文号", help="通知的文号，没有见到的不写")
@click.option("--published", default="", metavar="日期", help="印发日期，没有写明的不写")
@click.option("--province", default="", metavar="省份", help="上报单位为全省各市（直辖市为各区县）")
@click.option("--unit", "units", multiple=True, metavar="单位", help="一个上报单位，可重复给出；与 --province 二者取一")
@click.option("--roster", "rosters", multiple=True, metavar="名单[=家数]", help="一份名单，如 强制类=20，可重复给出")
@click.option("--step", "steps", multiple=True, metavar="节点=期限", help="企业的一个节点，如 完成评估=2027-06-30，可重复给出")
@click.option("--unit-step", "unit_steps", multiple=True, metavar="节点=期限", help="上报单位的一个节点，如 上报进展=每季度末")
@click.option("--out", type=FILE_OUT, metavar="文件", help="写到哪里，默认当前目录下“编号.yaml”")
def programmes_new(
    programme: str,
    title: str,
    issuers: tuple[str, ...],
    number: str,
    published: str,
    province: str,
    units: tuple[str, ...],
    rosters: tuple[str, ...],
    steps: tuple[str, ...],
    unit_steps: tuple[str, ...],
    out: Path | None,
) -> int:
    """起草一份批次定义文件：用选项给出通知的要点，在终端里没有给的逐项询问；写出后即检查。已有的文件不覆盖。"""
    from cpaudit.desk.drafting import Answers, Step, deadline, draft, reporting_units
    from cpaudit.programme.checker import check
    from cpaudit.render import tabular
    from cpaudit.selection import parse_date

    out = out or Path(f"{programme}.yaml")
    if out.exists() or out.is_symlink():
        raise UsageError(f"{out} 已存在，未覆盖；请换一个编号，或用 --out 写到别处。")
    known: dict[str, str] = {}

    def step(text: str) -> None:
        label, due = _pair("--step", text)
        deadline(due, known)
        if label in known:
            raise UsageError(f"节点“{label}”写了两次，请改用不同的名称。")
        known[label] = label

    whole = bool(title and issuers and (province or units) and rosters and steps)
    title = title or _asked("--title", "批次的名称")
    issuers = issuers or (_asked("--issuer", "印发单位（几个的用、隔开）"),)
    if not whole:  # somebody is being asked: for what may be left out too
        number = number or _asked("--number", "文号（没有见到直接回车）", optional=True)
        published = published or _asked("--published", "印发日期（没有写明直接回车）", parse_date, optional=True)
    if not (province or units):
        province = _asked("--province", "省份（上报单位为全省各市）", lambda text: reporting_units((), text))
    rosters = rosters or _several("--roster", "名单[=家数]", _sized)
    steps = steps or _several("--step", "企业的节点=期限", step)
    if not whole:
        unit_steps = unit_steps or _several("--unit-step", "上报单位的节点=期限", step, optional=True)
    asked = [Step(*_pair("--step", text)) for text in steps] + [Step(*_pair("--unit-step", text), "unit") for text in unit_steps]
    given = Answers(
        id=programme,
        title=title,
        number=number or "未见",
        issuer="、".join(issuers),
        published=published,
        rosters=dict(map(_sized, rosters)),
        units=units,
        province=province,
        steps=asked,
    )
    tabular.write_whole(out, draft(given).encode())
    screen.done(f"定义文件已写入 {out}")
    click.echo(f"已写入 {out}，请对照通知原文补齐条款、目标和后果，写法见 docs/next-programme.md。")
    return checked((out,), "programmes", check)


def _asked(option: str, what: str, read: Callable[[str], object] = str, *, optional: bool = False) -> str:
    """Return what a person types for an option that wasn't given, asked again until it can be read.

    Elsewhere than at a terminal nobody can be asked.
    """
    if not sys.stdin.isatty():
        if optional:
            return ""
        raise UsageError(f"缺少选项 {option}（{what}），请用 cpaudit programmes new --help 查看用法。")
    while True:
        said: str = click.prompt(what, prompt_suffix="：", default="" if optional else None, show_default=False)
        try:
            if said:
                read(said)
        except UsageError as error:
            click.echo(str(error), err=True)
        else:
            return said


def _several(option: str, what: str, read: Callable[[str], object], *, optional: bool = False) -> tuple[str, ...]:
    more = f"{what}（没有了直接回车）"
    found = [_asked(option, more if optional else what, read, optional=optional)]
    while found[-1]:
        found.append(_asked(option, more, read, optional=True))
    return tuple(found[:-1])


def _pair(option: str, text: str) -> tuple[str, str]:
    label, equals, due = text.replace("＝", "=").partition("=")
    if not (label.strip() and equals and due.strip()):
        raise UsageError(f"{option} 写作“节点=期限”，如 完成评估=2027-06-30；现为“{text}”。")
    return label.strip(), due.strip()


def _sized(text: str) -> tuple[str, int | None]:
    label, equals, size = text.replace("＝", "=").partition("=")
    size = size.strip().removesuffix("家")
    if not label.strip() or (equals and not (re.fullmatch("[0-9]{1,9}", size) and int(size))):
        raise UsageError(f"--roster 写作“名单”或“名单=家数”，如 强制类=20；现为“{text}”。")
    return label.strip(), int(size) if equals else None
