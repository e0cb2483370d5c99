"""Snapshots on disk: immutable versions of the seven tables under ``<warehouse>/<as_of>/``, replaced whole or not at all.

Layout: ``<warehouse>/<as_of>/<version>/{plants,…}.parquet``, ``manifest.json`` and, beside the versions, a file
``current`` that names the one in force. It is replaced last, so a reader sees the old version or the new one, never a mix.
Readers take no lock. A version is named by the hash of its content, so nothing in it can change unnoticed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import durable
from cpaudit.errors import SnapshotError, UsageError
from cpaudit.fields import TABLES, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

#: Where snapshots lie unless a command says otherwise, relative to the working directory.
DEFAULT_WAREHOUSE = Path("data/warehouse")

#: Names the warehouse for whole programs that are started elsewhere (Voila, JupyterLab).
WAREHOUSE_VARIABLE = "CPAUDIT_WAREHOUSE"


def default_warehouse() -> Path:
    """Return the warehouse meant when none is named: the environment's, else the nearest ``data/warehouse`` upwards."""
    named = os.environ.get(WAREHOUSE_VARIABLE)
    if named:
        return Path(named)
    here = Path.cwd()
    return next((p / DEFAULT_WAREHOUSE for p in (here, *here.parents) if (p / DEFAULT_WAREHOUSE).is_dir()), DEFAULT_WAREHOUSE)


#: Raised when a program of today can't read what the next one writes.
FORMAT = 1

_POINTER, _MANIFEST = "current", "manifest.json"
_VERSION = re.compile(r"[0-9a-f]{12}")
_RELOAD = "请用 cpaudit load 重新读取原始文件"
#: How long a writer waits for another one; a write takes about a second.
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself.

    ``demonstration`` is true where a source calls itself 示范数据; ``rows`` and ``hashes`` (SHA-256 of the Parquet file) go by
    table, ``sources`` by file; ``written`` is when the version was first written, and by which ``program_version``.
    """

    format: int
    programme: str
    as_of: dt.date
    version: str
    program_version: str
    written: dt.datetime
    demonstration: bool
    rows: dict[str, int]
    hashes: dict[str, str]
    sources: dict[str, str]


def write(
    warehouse: Path,
    programme: str,
    as_of: dt.date,
    frames: Mapping[str, pd.DataFrame],
    *,
    demonstration: bool,
    program_version: str,
) -> Manifest:
    """Write one snapshot and put it in force; the same content again changes nothing on the disk.

    A version that is there but damaged is replaced. Two writers of one day come one after the other, the later one is in
    force.

    Raises:
        SnapshotError: the warehouse can't be written; what was in force before still is.
    """
    home = warehouse / as_of.isoformat()
    manifest, files = _prepare(programme, as_of, frames, demonstration, program_version)
    version = home / manifest.version
    try:
        with durable.draft(home, _PATIENCE_S) as draft:
            try:
                manifest, _ = _check(version)
            except SnapshotError:
                new, old = draft / "new", draft / "old"
                new.mkdir()
                for name, content in files.items():
                    durable.write(new / name, content)
                durable.sync(new)
                if version.exists():
                    durable.move(version, old)
                durable.move(new, version)
            if _pointer(home) != manifest.version:
                durable.write(draft / _POINTER, f"{manifest.version}\n".encode())
                durable.move(draft / _POINTER, home / _POINTER)
    except durable.Busy as error:
        raise SnapshotError(f"另一个 cpaudit load 正在写入 {home}，原有快照未改动；请等它结束后再试。") from error
    except OSError as error:
        raise SnapshotError(
            f"快照无法写入 {home}（{durable.reason(error)}），原有快照未改动；请检查磁盘空间和写入权限。"
        ) from error
    return manifest


def read(warehouse: Path, as_of: dt.date | None = None, *, name: str | None = None) -> tuple[Manifest, dict[str, pd.DataFrame]]:
    """Read the snapshot in force at ``as_of`` (the newest one not later than that day, else the first; None takes the newest).

    ``name`` picks one instead, in force or not: its day, or its version (or the beginning of it). Columns that the field
    dictionary has got since it was written are empty.

    Raises:
        SnapshotError: there is none, it is damaged, or of a format that this program can't read.
        UsageError: no snapshot, or several, go by ``name``.
    """
    folder = _in_force(warehouse, as_of) if name is None else _named(warehouse, name)
    manifest, contents = _check(folder)
    frames = {table: _table(folder, table, contents[table]) for table in TABLES}
    return manifest, frames


def in_force(warehouse: Path, as_of: dt.date | None = None) -> Manifest:
    """Return what the snapshot that :func:`read` would take says of itself, every file held against its hash.

    Raises:
        SnapshotError: there is none, or it is damaged.
    """
    return _check(_in_force(warehouse, as_of))[0]


def version_in_force(warehouse: Path, as_of: dt.date | None = None) -> str:
    """Return the version that :func:`read` would take, its files unread.

    Raises:
        SnapshotError: there is none, or its pointer is damaged.
    """
    return _in_force(warehouse, as_of).name


def newest(warehouse: Path) -> str:
    """Return the version of the newest snapshot in force, '' where there is none or its pointer is damaged."""
    known = dates(warehouse)
    return (known and _pointer(warehouse / known[-1].isoformat())) or ""


def dates(warehouse: Path) -> list[dt.date]:
    """Return the dates for which a snapshot is in force, oldest first."""
    found = []
    for pointer in warehouse.glob(f"*/{_POINTER}") if warehouse.is_dir() else ():
        try:
            found.append(dt.date.fromisoformat(pointer.parent.name))
        except ValueError:
            continue
    return sorted(found)


# -- which one


def _in_force(warehouse: Path, as_of: dt.date | None) -> Path:
    known = dates(warehouse)
    if not known:
        raise SnapshotError(f"在 {warehouse} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
    # A day before the first snapshot is seen by winding that one back.
    fitting = [d for d in known if as_of is None or d <= as_of] or known[:1]
    home = warehouse / fitting[-1].isoformat()
    version = _pointer(home)
    if version is None:
        raise SnapshotError(f"{home / _POINTER} 已损坏，不能确定哪一版快照有效，{_RELOAD}。")
    return home / version


def _named(warehouse: Path, name: str) -> Path:
    known = dates(warehouse)
    if name in map(str, known):
        return _in_force(warehouse, dt.date.fromisoformat(name))
    if not known:
        return _in_force(warehouse, None)  # tells that there is none
    found = [p for p in sorted(warehouse.glob(f"*/{name}*")) if _VERSION.fullmatch(p.name)] if name.isalnum() else []
    if len(found) == 1:
        return found[0]
    days = "、".join(map(str, known))
    if found:
        raise UsageError(f"“{name}”对应 {len(found)} 版快照（{'、'.join(p.name for p in found)}），请写全版本号。")
    raise UsageError(f"{warehouse} 下没有名为“{name}”的快照，请写快照的日期（现有 {days}）或版本号。")


def _pointer(home: Path) -> str | None:
    """Return the version in force, None where the pointer is missing or damaged."""
    try:
        said = (home / _POINTER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said if _VERSION.fullmatch(said) else None


# -- a version's content


def _prepare(
    programme: str, as_of: dt.date, frames: Mapping[str, pd.DataFrame], demonstration: bool, program_version: str
) -> tuple[Manifest, dict[str, bytes]]:
    """Return a version's manifest and files: name → content."""
    import polars as pl

    files = {}
    for name in TABLES:
        # Polars writes the same bytes for the same rows, so the version really is the content's.
        buffer = io.BytesIO()
        pl.from_pandas(tables()[name].coerce(frames[name])).write_parquet(buffer, compression="zstd", statistics=False)
        files[f"{name}.parquet"] = buffer.getvalue()
    about: dict[str, Any] = {
        "format": FORMAT,
        "programme": programme,
        "as_of": as_of,
        "demonstration": demonstration,
        "rows": {name: len(frames[name]) for name in TABLES},
        "hashes": {name: hashlib.sha256(files[f"{name}.parquet"]).hexdigest() for name in TABLES},
        "sources": dict(zip(*(list(frames["sources"].get(c, ())) for c in ("path", "sha256")), strict=True)),
    }
    written = dt.datetime.now().astimezone().replace(microsecond=0)
    manifest = Manifest(**about, version=_version(about), program_version=program_version, written=written)
    return manifest, {**files, _MANIFEST: _json(asdict(manifest)).encode()}


def _version(about: dict[str, Any]) -> str:
    """Return the name of a content: who wrote it, and when, is no part of it."""
    content = {k: v for k, v in about.items() if k not in ("version", "program_version", "written")}
    return hashlib.sha256(_json(content).encode()).hexdigest()[:12]


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, default=lambda day: day.isoformat(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _check(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Return a version's manifest and its Parquet files by table, every one held against its hash.

    Raises:
        SnapshotError: something is missing or not what was written, in one sentence.
    """

    def damaged(what: str) -> SnapshotError:
        return SnapshotError(f"快照 {folder} 已损坏（{what}），{_RELOAD}。")

    def content(name: str) -> bytes:
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError:
            raise damaged(f"缺少 {name}") from None
        except OSError as error:
            raise SnapshotError(f"快照文件 {folder / name} 无法读取（{durable.reason(error)}），请检查读取权限。") from error

    manifest = _manifest(folder, content(_MANIFEST))
    if manifest is None:
        raise damaged(f"{_MANIFEST} 与写入时不一致")
    contents = {}
    for table, expected in manifest.hashes.items():
        contents[table] = content(f"{table}.parquet")
        if hashlib.sha256(contents[table]).hexdigest() != expected:
            raise damaged(f"{table}.parquet 与写入时不一致")
    return manifest, contents


def _manifest(folder: Path, content: bytes) -> Manifest | None:
    """Return the manifest, None where it is not what was written."""
    try:
        said = json.loads(content)
        format, program = said.get("format", 0), said.get("program_version", "")
    except (ValueError, AttributeError):
        return None
    if format != FORMAT:
        if isinstance(format, int) and format > FORMAT:
            raise SnapshotError(f"快照 {folder} 由较新的 cpaudit {program} 写成，本程序不能打开，请升级 cpaudit。")
        raise SnapshotError(f"快照 {folder} 由较旧的 cpaudit {program} 写成，本程序不能打开，{_RELOAD}。")
    try:
        if not folder.name == said["version"] == _version(said):
            return None
        dates = {"as_of": dt.date.fromisoformat(said["as_of"]), "written": dt.datetime.fromisoformat(said["written"])}
        return Manifest(**{**said, **dates})
    except (KeyError, TypeError, ValueError):
        return None


def _table(folder: Path, name: str, content: bytes) -> pd.DataFrame:
    """Return a table in today's columns."""
    import polars as pl

    wanted, frame = tables()[name], pl.read_parquet(io.BytesIO(content)).to_pandas()
    extra = [str(c) for c in frame if c not in wanted.columns]
    missing = [f.label for c, f in wanted.columns.items() if c not in frame and f.required and len(frame)]
    try:
        if not extra and not missing:
            return wanted.coerce(frame)
        wrong = f"多出 {'、'.join(extra)}" if extra else f"缺少必填的 {'、'.join(missing)}"
    except (TypeError, ValueError):
        wrong = "数据类型不同"
    raise SnapshotError(f"快照 {folder} 的{wanted.label}表与本程序的字段定义不符（{wrong}），{_RELOAD}。")
