"""The command line: ``cpaudit …``. It only composes; an error is one Chinese sentence and an exit code."""

from __future__ import annotations

import importlib
import signal
import sys
from typing import TYPE_CHECKING

from cpaudit import startup
from cpaudit.cli.terminal import screen

if TYPE_CHECKING:
    import click

#: Which module holds which commands; the help lists them so, in the order of work.
_COMMANDS = {
    "machine.demo": ("demo",),
    "workspaces.making": ("init",),
    "data_in": ("sample", "load", "problems"),
    "warehouse": ("warehouse",),
    "files": ("check", "template"),
    "matching": ("match", "reconcile"),
    "returns": ("returns",),
    "history": ("diff", "compare", "carry-over", "trace"),
    "answers": ("progress", "attainment", "benefits", "score", "explain"),
    "questions": ("funnel", "pace", "bulletin", "forecast"),
    "lists": ("plausibility", "handover", "summary"),
    "definitions": ("systems",),
    "programmes": ("programmes",),
    "workspaces.overlays": ("definitions", "upgrade"),
    "workspaces.stationery": ("letterhead",),
    "reporting": ("report",),
    "telling.digests": ("digest",),
    "telling.sending": ("digest-send",),
    "pages_out": ("dashboards", "lab", "bench"),
    "machine.desktop": ("desktop",),
    "machine.recipes": ("recipes",),
    "machine.bundle": ("bundle",),
}


#: ``ExitCode.INTERRUPTED``, needed before anything else is loaded.
_INTERRUPTED = 130


def commands() -> click.Group:
    """Return the group of all commands, in the order of work whatever was imported before."""
    for name in _COMMANDS:
        importlib.import_module(f"cpaudit.cli.{name}")
    shared = importlib.import_module("cpaudit.cli.group")
    group: click.Group = shared.cpaudit
    shared.let_all_take_a_workspace(group)
    order = [command for names in _COMMANDS.values() for command in names]
    group.commands = dict(sorted(group.commands.items(), key=lambda item: order.index(item[0])))
    return group


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    try:
        startup.leave_working_folder()
        arguments = sys.argv[1:] if arguments is None else arguments
        debug = "--debug" in arguments
        screen.take_over()
        _listen_for_interrupts()
        code = run([a for a in arguments if a != "--debug"], debug=debug)
    except KeyboardInterrupt:  # before there is a command, or while its answer to the first one is written
        code = _INTERRUPTED
    sys.exit(code)


class _Asked:
    """Whether somebody asked to stop; a library may make another error of it on its way."""

    stop = False


def _listen_for_interrupts() -> None:
    def note(_number: int, _frame: object) -> None:
        _Asked.stop = True
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command and return its :class:`~cpaudit.errors.ExitCode`; with ``debug`` errors keep their traceback."""
    from cpaudit import durable
    from cpaudit.errors import CpauditError, ExitCode, ReadError

    try:
        code = _answer(arguments)
        sys.stdout.flush()  # what has no room is told by this command's code, not by Python's as it ends
        return code
    except CpauditError as error:
        if debug:
            raise
        # An argument that isn't UTF-8 may be quoted in it.
        print(error.sentence.encode(errors="backslashreplace").decode(), file=sys.stderr)
        return error.exit_code
    except PermissionError as error:
        if debug:
            raise
        told = ReadError(f"没有权限进入或读写 {error.filename}，请检查文件和各级目录的权限（目录须可进入）后再运行。")
        print(told, file=sys.stderr)
        return told.exit_code
    except KeyboardInterrupt:
        print("已按要求停止。", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BaseException as error:  # what libraries in other languages throw when they give up is no Exception
        if debug or isinstance(error, SystemExit):
            raise
        if _Asked.stop:
            print("已按要求停止。", file=sys.stderr)
            return ExitCode.INTERRUPTED
        if isinstance(error, UnicodeEncodeError) and any("\udc80" <= c <= "\udcff" for a in arguments for c in a):
            print("参数中有不是 UTF-8 编码的文字，请改正；文件名是这样的，请先改名。", file=sys.stderr)
            return ExitCode.USAGE
        if isinstance(error, Exception) and (why := durable.no_path(error)):
            print(f"路径不能使用（{why}），请检查路径。", file=sys.stderr)
            return ExitCode.NOTHING
        if isinstance(error, OSError) and (why := durable.known(error)):
            sys.stdout = None  # what is left for it has no room either
            print(f"写不下去了（{why}），结果不完整；请腾出空间或换一个位置后重新运行。", file=sys.stderr)
            return ExitCode.NOTHING
        print(
            f"程序出错（{type(error).__name__}：{error}），报送的原文件未改动；请加 --debug 重新运行并把输出交给维护人员。",
            file=sys.stderr,
        )
        return ExitCode.FAULT


def _answer(arguments: list[str]) -> int:
    import click

    from cpaudit.cli.terminal.usage import sentence
    from cpaudit.errors import ExitCode

    try:
        return int(commands().main(arguments, prog_name="cpaudit", standalone_mode=False) or ExitCode.FINE)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        print(sentence(error), file=sys.stderr)
        return ExitCode.USAGE
    except click.Abort as error:
        raise KeyboardInterrupt from error
