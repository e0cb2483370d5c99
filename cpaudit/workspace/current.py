"""The workspace in force in this process: found when first asked for, changed by :func:`project`, told to children."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import durable, startup
from cpaudit.errors import DefinitionError, UsageError
from cpaudit.workspace import caches, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.workspace.settings import Settings

#: Names the workspace for a shell and for children; ``-`` is none, wherever one stands.
VARIABLE, NONE = "CPAUDIT_PROJECT", "-"
#: Names a folder of definitions that takes the place of the workspace's: those of a day that is past.
DEFINITIONS_VARIABLE = "CPAUDIT_DEFINITIONS"
#: What lies among definitions and counts: other files beside them (a notice as PDF, a note) are nobody's.
SUFFIXES = (".yaml", ".yml", ".csv")
#: Far more than anybody writes.
_MOST_FILES, _LARGEST = 5000, 8 << 20


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: its folder, absolute, and what its ``cpaudit.toml`` says."""

    folder: Path
    settings: Settings

    def place(self, what: str) -> Path:
        """Return where something lies: ``definitions``, ``incoming``, ``warehouse``, ``output``, ``notebooks`` …"""
        said: str = getattr(self.settings.places, what)
        return self.folder / Path(said).expanduser()


@dataclass(slots=True)
class _State:
    """What is in force; ``key``: what it was made from, None where nobody has asked yet."""

    key: tuple[str, str] | None = None
    workspace: Workspace | None = None
    definitions: Path | None = None
    digest: str | None = None


_now = _State()


def current() -> Workspace | None:
    """Return the workspace in force, None where there is none.

    Raises:
        UsageError: the one named is none.
        DefinitionError: its ``cpaudit.toml`` is wrong.
    """
    if _now.key is None:
        _turn_to(_found(os.environ.get(VARIABLE, "")))
    return _now.workspace


def place(what: str) -> Path | None:
    """Return where something lies in the workspace in force (see :meth:`Workspace.place`), None where there is none."""
    home = current()
    return home.place(what) if home else None


def definitions() -> Path | None:
    """Return the folder of definitions that are laid over the shipped ones, None where there is none."""
    current()
    return _now.definitions


def digest() -> str:
    """Return a hash of the definitions that are laid over the shipped ones, '' where there are none.

    Raises:
        DefinitionError: a file can't be read, or is larger than anybody writes.
    """
    folder = definitions()
    if _now.digest is None:
        found = files(folder) if folder else {}
        _now.digest = digest_of({name: content(path) for name, path in found.items()})
    return _now.digest


def digest_of(contents: dict[str, bytes]) -> str:
    """Return the hash of definition files: name → content; '' of none."""
    import hashlib

    whole = hashlib.sha256()
    for name, said in sorted(contents.items()):
        whole.update(f"{name}\0".encode() + hashlib.sha256(said).digest())
    return whole.hexdigest()[:12] if contents else ""


def written() -> dict[str, str]:
    """Return the texts of the definitions that are laid over the shipped ones: name → text.

    Raises:
        DefinitionError: one is no UTF-8, or they were changed since this process began to read by them.
    """
    wanted, folder = digest(), definitions()
    found = {name: content(path) for name, path in files(folder).items()} if folder else {}
    if digest_of(found) != wanted:
        raise DefinitionError(f"{folder} 中的定义在读取期间改动过，没有写入快照；请重新运行。")
    try:
        return {name: said.decode() for name, said in found.items()}
    except UnicodeDecodeError:
        raise DefinitionError(f"{folder} 中有定义文件不是 UTF-8 编码，请另存为 UTF-8。") from None


def files(folder: Path) -> dict[str, Path]:
    """Return the definition files in a folder: name from there → file.

    Raises:
        DefinitionError: there are more files than anybody writes, or a folder of which nobody can tell what is in it.
    """
    found: dict[str, Path] = {}
    count = 0
    for at, folders, names in os.walk(folder, onerror=_shut):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if linked := next((Path(at, name) for name in folders if os.path.islink(os.path.join(at, name))), None):  # noqa: PTH114, PTH118
            raise DefinitionError(f"{linked} 是指向另一个目录的链接，其中的定义不会读取；请换成目录本身，或移走。")
        count += len(folders) + len(names)
        if count > _MOST_FILES:
            raise DefinitionError(f"{folder} 中有 {_MOST_FILES} 个以上的文件，不像定义目录，未读取；请检查路径。")
        paths = [Path(at, name) for name in names if not name.startswith(".")]
        found |= {path.relative_to(folder).as_posix(): path for path in paths if path.suffix.lower() in SUFFIXES}
    return dict(sorted(found.items()))


def _shut(error: OSError) -> None:
    """Tell that a folder can't be looked into: what is in it may be meant to count."""
    raise DefinitionError(f"定义目录 {error.filename} 不能进入或读取（{durable.reason(error)}），请检查路径和权限。") from error


def content(path: Path) -> bytes:
    """Return the bytes of a definition file.

    Raises:
        DefinitionError: it can't be read, or is larger than anybody writes.
    """
    try:
        if not path.is_file():  # a pipe would be waited for
            raise DefinitionError(f"定义文件 {path} 不是普通文件，未读取；请换成文件本身。")
        if (found := durable.within(path, _LARGEST)) is None:
            raise DefinitionError(f"定义文件 {path} 超过 {_LARGEST >> 20} MB，不像定义文件，未读取；请检查路径。")
    except OSError as error:
        raise DefinitionError(f"定义文件 {path} 无法读取（{durable.reason(error)}），请检查读取权限。") from error
    return found


class project:
    """使用一个工作区：此后本进程按它的设置和定义读取、计算；也可用 ``with`` 只用一段。

    ``folder``: where its ``cpaudit.toml`` lies; None is none. Definitions are read anew, whatever was read before. Data sets that
    were opened under others can't be used meanwhile.

    >>> with project(None) as used:
    ...     print(used.workspace)
    None

    Raises:
        UsageError: there is no workspace.
        DefinitionError: its ``cpaudit.toml`` is wrong.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self._before = _now
        self.workspace = finding_of(folder)
        _turn_to(self.workspace)

    def __enter__(self) -> project:
        return self

    def __exit__(self, *_: object) -> None:
        _set(self._before)


def finding_of(folder: str | Path | None) -> Workspace | None:
    """Return the workspace that somebody named; None and ``-`` are none."""
    return None if folder is None or str(folder) == NONE else _read(finding.named(folder))


@contextmanager
def using(named: str = "", laid_over: Path | None = None) -> Iterator[Workspace | None]:
    """Have a command, or a part of it, use the workspace named, else the environment's, else the nearest upwards.

    ``laid_over``: a folder whose definitions take the place of its own; the workspace in force stays then, where none is named.

    Raises:
        UsageError: the one named is none, or the nearest is another user's.
        DefinitionError: its ``cpaudit.toml`` is wrong.
    """
    before = _now
    stays = laid_over is not None and not named and _now.key is not None
    _turn_to(_now.workspace if stays else _found(named or os.environ.get(VARIABLE, "")), laid_over)
    try:
        yield _now.workspace
    finally:
        _set(before)


def _found(named: str) -> Workspace | None:
    if named:
        return finding_of(named)
    home = finding.nearest()
    return _read(home) if home else None


def _read(home: Path) -> Workspace:
    from cpaudit.workspace import settings

    return Workspace(home, settings.read(home / finding.FILE))


def _turn_to(workspace: Workspace | None, laid_over: Path | None = None) -> None:
    """Put a workspace in force, and its definitions, or those of ``laid_over`` or of the environment."""
    named = laid_over or (Path(said) if (said := os.environ.get(DEFINITIONS_VARIABLE)) else None)
    if named and not named.is_dir():
        raise UsageError(f"环境变量 {DEFINITIONS_VARIABLE} 指定的 {named} 不是目录，请改正。")
    own = named or (_own(workspace) if workspace else None)
    folder = own.resolve() if own else None
    key = (str(workspace.folder) if workspace else "", str(folder or ""))
    _set(_State(key, workspace, folder))


def _own(home: Workspace) -> Path | None:
    """Return a workspace's folder of definitions, None where it has none.

    Raises:
        DefinitionError: there is one, or is said to be, and nobody can get there: figures would be others in silence.
    """
    own = home.place("definitions")
    if own.is_dir():
        return own
    if os.path.lexists(own):
        raise DefinitionError(f"定义目录 {own} 不是目录，或是链接而所指的目录不在，没有读取；请恢复它，没有定义的请移走。")
    if "definitions" in home.settings.places.model_fields_set:
        raise DefinitionError(f"{home.folder / finding.FILE} 中 places.definitions 指定的目录 {own} 不存在，请改正，或建立它。")
    return None


def _set(state: _State) -> None:
    """Put something in force; what rests on other definitions is forgotten, unless there were none and are none."""
    before = _now.definitions
    _take(state)
    if before is not None or state.definitions is not None:
        caches.turn()


def _take(state: _State) -> None:
    global _now  # noqa: PLW0603
    _now = state
    startup.TOLD.clear()
    if state.key is not None:
        startup.TOLD[VARIABLE] = str(state.workspace.folder) if state.workspace else NONE
        inside = state.workspace and state.definitions == state.workspace.place("definitions").resolve()
        if state.definitions and not inside:
            startup.TOLD[DEFINITIONS_VARIABLE] = str(state.definitions)
