"""The workspace's definitions beside those that ship: where each comes from, what it replaces, what changed in that since."""

from __future__ import annotations

import csv
import errno
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from cpaudit import durable, workspace
from cpaudit.errors import CpauditError, UsageError
from cpaudit.reference import read_yaml, root, shown
from cpaudit.workspace.current import content
from cpaudit.workspace.overlay import KEYS, WHOLE, own, own_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Beside one's own definitions: the shipped ones as they were when they were replaced. Nothing that begins with a dot counts.
_KEPT = ".shipped"
_SUFFIXES = (".yaml", ".csv")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a definition comes from: ``name`` as among those that ship; what of it the workspace replaces and adds."""

    name: str
    own: bool
    replaces: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in a shipped definition that is replaced: where in it, as it was, as it is."""

    name: str
    at: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Upgraded:
    """``changes`` since the shipped ones were kept; ``unkept``: replaced ones of which nobody kept how they were."""

    changes: list[Change] = field(default_factory=list)
    unkept: list[str] = field(default_factory=list)


def origins() -> list[Origin]:
    """Return every definition, by name: those that ship and those of the workspace.

    Raises:
        DefinitionError: a file of the workspace counts for nothing, or can't be read.
    """
    mine = own()
    every = sorted({*_shipped(), *mine})
    return [_origin(name, mine[name]) if name in mine else Origin(name, own=False) for name in every]


def _shipped() -> list[str]:
    found = (p.relative_to(root()).as_posix() for p in root().rglob("*") if p.is_file() and p.suffix in _SUFFIXES)
    return sorted(found)


def _origin(name: str, mine: Path) -> Origin:
    there = (root() / name).is_file()
    if name.partition("/")[0] in WHOLE:
        return Origin(name, True, (Path(name).stem,) if there else (), () if there else (Path(name).stem,))
    known, said = _parts(name, root() / name), _parts(name, mine)
    return Origin(name, True, tuple(k for k in said if k in known), tuple(k for k in said if k not in known))


def _parts(name: str, file: Path) -> dict[str, str]:
    """Return what a definition says, piece by piece: the rows of a table by key, the values of a dictionary by dotted path."""
    if name.endswith(".csv"):
        with (root() / name).open(encoding="utf-8", newline="") as shipped:
            columns = next(csv.reader(shipped))
        rows = own_rows(file, name, columns)
        return {"、".join(str(r.get(k) or "") for k in KEYS[name] if r.get(k)): "，".join(map(str, r.values())) for r in rows}
    # What ships is read without what is laid over it.
    return dict(_leaves(yaml.safe_load(file.read_bytes()) if file.is_relative_to(root()) else read_yaml(file), ()))


def _leaves(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(tree, list) and any(isinstance(item, dict) for item in tree):
        for at, item in enumerate(tree):  # entries with an id are told by it, wherever they stand
            yield from _leaves(item, (*path, str(item.get("id", at)) if isinstance(item, dict) else str(at)))
    elif path:
        said: str = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=True, width=10**6)
        yield ".".join(path), said.strip().removesuffix("...").strip()


def copy(name: str) -> tuple[Path, str]:
    """Copy a shipped definition into the workspace, to be changed there; return the file and, of a dictionary, its text.

    Of a dictionary or table nothing is written but how it is now: one lays over it what one changes, and keeps the rest.

    Raises:
        UsageError: there is no workspace, no such definition, or the workspace has it already.
    """
    home, known = _folder(), _shipped()
    meant = [n for n in known if name in (n, Path(n).stem, Path(n).name)]
    if len(meant) != 1:
        raise UsageError.among(f"没有叫“{name}”的定义" if not meant else f"“{name}”有几项，请写明目录", meant or known)
    source, target = (root() / meant[0]).read_bytes(), home / meant[0]
    whole = meant[0].partition("/")[0] in WHOLE
    if whole and (target.exists() or target.is_symlink()):
        raise UsageError(f"{shown(target)} 已存在，没有复制；请直接改写它，或先移走。")
    if whole:
        _write(home, meant[0], source)
    _write(home, f"{_KEPT}/{meant[0]}", source)
    return target, "" if whole else source.decode()


def upgraded(*, accept: bool = False) -> Upgraded:
    """Return what changed in the shipped definitions that the workspace replaces, since they were kept.

    One that nobody kept is kept now; with ``accept`` all are, as they are now.

    Raises:
        UsageError: there is no workspace.
    """
    home = _folder()
    found = Upgraded()
    for origin in origins():
        if not origin.replaces:
            continue
        kept, now = home / _KEPT / origin.name, (root() / origin.name).read_bytes()
        if not kept.is_file():
            found.unkept.append(origin.name)
        elif content(kept) != now:
            found.changes.extend(_changes(origin, _parts(origin.name, kept), _parts(origin.name, root() / origin.name)))
        if accept or not kept.is_file():
            _write(home, f"{_KEPT}/{origin.name}", now)
    return found


def _changes(origin: Origin, before: dict[str, str], now: dict[str, str]) -> Iterator[Change]:
    """Yield what differs: all of a whole file; of dictionaries and tables what the workspace replaces there."""
    whole = origin.name.partition("/")[0] in WHOLE
    for at in dict.fromkeys((*before, *now)):
        if before.get(at) != now.get(at) and (whole or at in origin.replaces):
            yield Change(origin.name, at, before.get(at, "没有"), now.get(at, "没有"))


def _folder() -> Path:
    home = workspace.current()
    if home is None:
        raise UsageError("这里不是工作区；请在工作区中运行，或写明 --project，用 cpaudit init 建立一个。")
    return home.place("definitions")


def _write(home: Path, name: str, said: bytes) -> None:
    """Write a file of the folder of definitions; a link there would have one elsewhere overwritten."""
    path = home / name
    try:
        home.mkdir(parents=True, exist_ok=True)
        durable.folder_inside(home, str(PurePosixPath(name).parent))
        if path.is_symlink():
            raise OSError(errno.ELOOP, f"{path} 是链接，不经它写到别处", str(path))
        durable.write(path, said)
    except OSError as error:
        raise CpauditError(f"{path} 无法写入（{durable.reason(error)}），请检查路径和写入权限。") from error
