"""What is asked wrongly is answered in Chinese, whichever command it is and whoever speaks: click, Python or the system."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cpaudit import cli, durable
from cpaudit.cli import run
from cpaudit.cli.terminal import usage
from cpaudit.cli.terminal.targets import FOLDER_OUT

#: Words that stand side by side, as in no name of a command, an option or a file.
PHRASE = re.compile(r"(?<![-\w/.])[A-Za-z']{2,}(?: [A-Za-z']{2,})+(?![-\w/.])")


def walked(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from walked(command, (*before, name))


COMMANDS = dict(walked(cli.commands()))
every = pytest.mark.parametrize("names", COMMANDS, ids=" ".join)


def english(text: str) -> list[str]:
    """What no reader of Chinese expects: phrases, and notes in brackets that aren't words to choose from."""
    called = {" ".join(("cpaudit", *names)) for names in COMMANDS} | {"cpaudit carry"}
    return [p for p in PHRASE.findall(text) if p not in called] + re.findall(r"\[[a-z][a-z :<>=\d]*\]", text)


@every
def test_a_help_page_has_no_note_in_english(names: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*names, "--help"]) == 0
    assert english(capsys.readouterr().out) == []


@pytest.mark.parametrize("line", ["--keep 份数  [required]", "[default: 3]", "Show this message and exit.", "Got unexpected"])
def test_english_is_found(line: str) -> None:
    assert english(line)


@every
def test_no_value_of_an_option_is_read_by_what_answers_in_english(names: tuple[str, ...]) -> None:
    """click's own types do; a path is taken as it is, and whoever opens it answers."""
    ours = (usage.Date, usage.Whole, usage.Number, usage.OneOf, type(FOLDER_OUT), click.types.StringParamType)
    for p in COMMANDS[names].params:
        flag = isinstance(p, click.Option) and p.is_flag
        path = isinstance(p.type, click.Path) and not (p.type.exists or p.type.readable or p.type.writable)
        assert flag or path or isinstance(p.type, ours), p.name


@every
def test_what_a_command_doesn_t_take_is_told_in_one_chinese_sentence(
    names: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    command = COMMANDS[names]
    options = [p for p in command.params if isinstance(p, click.Option) and p.name != "help"]
    required = [p for p in command.params if isinstance(p, click.Argument) and p.required]
    given = ["2022-06-01" if isinstance(p.type, usage.Date) else "甲" for p in required]
    wrong = [["--nonsense"], ["-x"]]
    wrong += [[f"{p.opts[0]}=1"] if p.is_flag else [*given, p.opts[0]] for p in options]
    wrong += [[*given, "乙", "--nonsense"]]
    if given:
        wrong.append([])
    if not isinstance(command, click.Group) and not any(p.nargs == -1 for p in command.params):
        wrong.append([*given, *["乙"] * (1 + sum(isinstance(p, click.Argument) for p in command.params))])
    for arguments in wrong:
        assert run([*names, *arguments]) == 2, arguments
        told = capsys.readouterr().err
        assert told.count("\n") == 1, (arguments, told)
        assert told.endswith("。\n"), (arguments, told)
        assert english(told) == [], (arguments, told)
        assert f" {' '.join(names)} --help " in told or "没有命令" in told, (arguments, told)


def test_a_flag_that_is_given_a_value_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "--dry-run=1"]) == 2
    assert "选项 --dry-run 不带值" in capsys.readouterr().err
    assert run(["load", "--as-of"]) == 2
    assert "选项 --as-of 后面应有一个值" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["☃", "0", "-1", "nan", "inf", "1,5"])
def test_a_number_that_is_none_is_told_so(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["benefits", "--by", "tce", "--power-factor", said]) == 2
    assert f"“{said}”应为大于 0 的数" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["systems", "list", "--out"], ["init"], ["systems", "confirm"], ["programmes", "check"]])
def test_why_a_path_serves_nothing_is_told_in_chinese(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("甲", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "there").touch()
    (tmp_path / "round").symlink_to("round")
    for path in ("folder", "file/below", "/dev/null/below", "x" * 300, "round"):
        run([*arguments, path])
        shown = capsys.readouterr()
        assert english((shown.out + shown.err).replace(path, "…")) == [], path


#: What a path can meet that no test brings about.
MET = [
    *(errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOENT, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL),
    *(errno.EBUSY, errno.ETXTBSY, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.ENXIO, errno.ENODEV, errno.EXDEV),
    *(errno.ESTALE, errno.ETIMEDOUT, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.EADDRINUSE, errno.EADDRNOTAVAIL),
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS),
]


@pytest.mark.parametrize("code", MET, ids=errno.errorcode.__getitem__)
def test_what_the_system_answers_is_said_in_chinese(code: int) -> None:
    assert durable.reason(OSError(code, os.strerror(code), "a")).isascii() is False
    assert english(durable.reason(OSError(code, os.strerror(code), "a"))) == []


def test_an_answer_in_chinese_stays_and_an_unknown_one_has_its_code() -> None:
    assert durable.reason(OSError(errno.EFBIG, "超过 64 MB", "a")) == "超过 64 MB"
    assert durable.reason(OSError(errno.EPROTO, os.strerror(errno.EPROTO))) == "系统错误 EPROTO"
