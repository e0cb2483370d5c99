"""Every table that a command can print, asked for one by one: what docs/outputs.md promises, and where marks are looked for.

``python -m tests.support.outputs > docs/outputs.md`` writes the page anew.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from click.testing import CliRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from cpaudit.views.page import Table

#: Options that choose what a table is about, by their name; others stay as they are.
_CHOOSING = ("by", "show", "to")
_DAYS = ("2022-10-01", "2022-11-15")
_ARGUMENTS = {
    "explain": ["{plant}", "--level", "I", "--period", "before"],
    "trace": ["{plant}"],
    "diff": [*_DAYS, "--unit", "dingzhou"],
}


class Answer(NamedTuple):
    """What one call printed: the keys of its json (with or without rows), its csv, its json, what a terminal shows."""

    call: str
    keys: list[str]
    csv: list[list[str]]
    json: list[dict[str, Any]]
    screen: str


def calls(plant: str) -> Iterator[list[str]]:
    """Give the arguments of every call whose table can be had as csv and json."""
    from cpaudit.cli import commands

    for names, command in _walk(commands(), []):
        options = {p.name: p for p in command.params}
        words = getattr(getattr(options.get("kind"), "type", None), "words", ())
        if not {"csv", "json"} <= set(words):
            continue
        more = [a.format(plant=plant) for a in _ARGUMENTS.get(names[-1], [])]
        if names == ["systems", "show"]:
            more = ["demo_cement"]
        choices: list[list[str]] = [[]]
        for name in _CHOOSING:
            if name in options:
                own = [w for w in options[name].type.words if w != "all" or name == "by"]
                choices = [[*c, f"--{name}", w] for c in choices for w in own]
        yield from ([*names, *more, *choice] for choice in choices)


def _walk(group: click.Group, before: list[str]) -> Iterator[tuple[list[str], click.Command]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _walk(command, [*before, name])
        else:
            yield [*before, name], command


@contextmanager
def opened_once(warehouse: Path) -> Iterator[None]:
    """Commands and notebooks read this warehouse, and what is worked out for one serves the next."""
    from cpaudit.dataset import Dataset

    with (
        mock.patch.dict(os.environ, CPAUDIT_WAREHOUSE=str(warehouse)),
        mock.patch.object(Dataset, "open", cache(Dataset.open)),
    ):
        yield


def invoked(arguments: list[str]) -> str:
    """Run a command; return what it prints."""
    from cpaudit.cli import commands

    done = CliRunner().invoke(commands(), arguments, catch_exceptions=False)
    assert done.exit_code in (0, 1), (arguments, done.output)
    return done.stdout


def name_of(arguments: list[str], plant: str) -> str:
    """The call without what it is about."""
    return " ".join(a for a in arguments if a not in (plant, "--unit", "dingzhou"))


@contextmanager
def in_each_format(told: dict[str, str]) -> Iterator[None]:
    """Every command's answer is told in all of its formats, by what writes it in the one that is asked for."""
    from cpaudit.cli import commands, group

    commands()
    write = group.write

    def keep(content: bytes, form: str, *_: object) -> None:
        told[form] = content.decode().replace("\r\n", "\n")  # as the runner gives what is printed

    def each(table: Table, kind: str, out: Path | None, *more: Table, **about: Any) -> None:
        if out:
            write(table, kind, out, *more, **about)
            return
        assert not told, "one table is asked for"
        told["asked"] = kind
        with mock.patch.object(group, "deliver", keep):
            for form in ("csv", "json", "table"):
                write(table, form, None, *more, **about)
        write(table, kind, None, *more, **about)

    places = [module for name, module in sys.modules.items() if name.startswith("cpaudit.cli.")]
    with ExitStack() as patched:
        for place in places:
            if getattr(place, "write", None) is write:
                patched.enter_context(mock.patch.object(place, "write", each))
        yield


def answers(plant: str, workbooks: Path | None = None) -> list[Answer]:
    """Return what each call gives; ``workbooks``: a folder for what it gives as xlsx, called as the call.

    A call asks for one of the formats, in turn; it prints what its answer is in that one.
    """
    from cpaudit.render import tabular

    found, keys, said = [], list[str](), dict[str, str]()
    in_json = tabular.to_json

    def noted(table: Table) -> bytes:
        keys[:] = table.columns
        return in_json(table)

    with mock.patch.object(tabular, "to_json", noted), in_each_format(said):
        for arguments, kind in zip(calls(plant), cycle(("csv", "json", "table")), strict=False):
            said.clear()
            printed = invoked([*arguments, "--format", kind])
            assert (said.pop("asked"), printed) == (kind, said[kind]), arguments
            rows = list(csv.reader(io.StringIO(said["csv"].removeprefix("\ufeff"))))
            objects = json.loads(said["json"])
            assert all(list(each) == keys for each in objects), arguments
            call = name_of(arguments, plant)
            found.append(Answer(call, list(keys), rows, objects, said["table"]))
            if workbooks and arguments[0] != "handover":  # which writes all its lists at once
                path = workbooks / f"{found[-1].call.replace(' ', '_')}.xlsx"
                invoked([*arguments, "--format", "xlsx", "--out", str(path)])
    return found


def page(found: list[Answer]) -> str:
    """Return the page of keys and headings."""
    lines = []
    for each in found:
        lines += [f"### {each.call}", "", "| JSON 键 | CSV 列名 |", "|---|---|"]
        lines += [f"| `{key}` | {heading} |" for key, heading in zip(each.keys, each.csv[0], strict=True)]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        from cpaudit.dataset import Dataset
        from tests.support.written import example, shelve

        place = shelve(Path(folder), demonstration=True)
        with opened_once(place):
            told = answers(example(Dataset.open(place)))
        sys.stdout.write(page(told))
