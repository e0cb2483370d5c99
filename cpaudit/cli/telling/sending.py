"""The command that sends messages, and without being told to only says what it would send."""

from __future__ import annotations

from pathlib import Path

import click

from cpaudit.cli.group import PATH, cpaudit
from cpaudit.errors import CpauditError, ExitCode


@cpaudit.command("digest-send")
@click.argument("files", type=PATH, nargs=-1, required=True, metavar="文件…")
@click.option("--send", "really", is_flag=True, help="真的发送；不加时只说明会把什么发到哪里")
def digest_send(files: tuple[Path, ...], really: bool) -> int:
    """把 digest 写出的消息（.wecom.json、.dingtalk.json、.feishu.json）发到群机器人；地址只从环境变量 CPAUDIT_WEBHOOK 读取。"""
    from cpaudit.desk import sending

    messages = [sending.read(file) for file in files]  # with one of them wrong nothing is sent
    url = sending.address()
    if not really:
        for message in messages:
            click.echo(f"{message.file}（{len(message.content):,} 字节）：\n{message.words}")
        click.echo(f"试运行，没有发送：共 {len(messages)} 条，将发到 {sending.host(url)}；确认后加 --send。")
        return ExitCode.FINE
    sent = 0
    for message in messages:
        try:
            sending.send(message, url)
        except CpauditError as error:
            click.echo(f"{error.sentence}已发 {sent} 条，其余没有再发。", err=True)
            return ExitCode.DATA if sent else ExitCode.NOTHING
        sent += 1
        click.echo(f"已发送 {message.file}。")
    click.echo(f"共发送 {sent} 条到 {sending.host(url)}。")
    return ExitCode.FINE
