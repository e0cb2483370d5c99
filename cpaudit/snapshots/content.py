"""One version of the eight tables as files, named by the hash of its content: made, held against its hashes, read."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
from dataclasses import asdict, dataclass, fields
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from cpaudit import durable, workspace
from cpaudit.errors import SnapshotError
from cpaudit.fields import TABLES, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd
    import polars as pl

#: Raised when a program of today can't read what the next one writes.
FORMAT = 2
#: The format of what was read with a workspace's definitions, which lie beside the tables.
_WITH_DEFINITIONS = 3
#: Formats that can be read → the tables that they lack.
_LACKING: dict[int, tuple[str, ...]] = {1: ("returns",), FORMAT: (), _WITH_DEFINITIONS: ()}
#: What a version is named.
VERSION = re.compile(r"[0-9a-f]{12}")
#: What a definition may be called: a file, or one in a folder.
_INSIDE = re.compile(r"(?:[a-z_]+/)?[^./\\:][^/\\:]*")
#: What to do about a damaged one.
RELOAD = "请用 cpaudit load 重新读取原始文件"
MANIFEST, DEFINITIONS = "manifest.json", "definitions.json"
#: Far more than any load finds: a table's rows, the bytes of all its texts, its file. A few bytes can say that there are more.
_MOST_ROWS, _MOST_TEXT, MOST_BYTES = 2_000_000, 1_000_000_000, 500_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself.

    ``demonstration`` is true where a source calls itself 示范数据; ``rows`` and ``hashes`` (SHA-256 of the Parquet file) go by
    table, ``sources`` (SHA-256; None of what couldn't be opened) by file; ``written`` is when the version was first written,
    and by which ``program_version``. ``definitions``: the hash of the workspace's definitions that files were read with; '' where
    only what ships was.
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
    sources: dict[str, str | None]
    definitions: str = ""


def prepare(
    programme: str, as_of: dt.date, frames: Mapping[str, pd.DataFrame], demonstration: bool, program_version: str
) -> tuple[Manifest, dict[str, bytes]]:
    """Return a version's manifest and files: name → content."""
    import polars as pl

    files = {}
    for name in TABLES:
        frame = pl.from_pandas(tables()[name].coerce(frames[name])) if len(frames[name]) else None
        if frame is not None and not _bearable(frame.height, frame):
            raise SnapshotError(f"{tables()[name].label}表太大（{frame.height} 行），没有写入快照；请分批次读取。")
        files[f"{name}.parquet"] = _nothing(name) if frame is None else _packed(frame)
    own = workspace.written()
    if own:
        files[DEFINITIONS] = _json(own).encode()
    about: dict[str, Any] = {
        "format": _WITH_DEFINITIONS if own else FORMAT,
        "programme": programme,
        "as_of": as_of,
        "demonstration": demonstration,
        "rows": {name: len(frames[name]) for name in TABLES},
        "hashes": {name: hashlib.sha256(files[f"{name}.parquet"]).hexdigest() for name in TABLES},
        "sources": _hashes(frames["sources"]),
        **({"definitions": workspace.digest()} if own else {}),
    }
    written = dt.datetime.now().astimezone().replace(microsecond=0)
    manifest = Manifest(**about, version=_version(about), program_version=program_version, written=written)
    said = {key: value for key, value in asdict(manifest).items() if key != "definitions" or value}
    return manifest, {**files, MANIFEST: _json(said).encode()}


def _packed(frame: pl.DataFrame) -> bytes:
    """Return a table as a file. Polars writes the same bytes for the same rows, so the version really is the content's."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


@cache
def _nothing(name: str) -> bytes:
    """Return a table without rows as a file."""
    import polars as pl

    return _packed(pl.from_pandas(tables()[name].empty()))


def _hashes(sources: pd.DataFrame) -> dict[str, str | None]:
    paths, known = (list(sources.get(column, ())) for column in ("path", "sha256"))
    return {path: said if isinstance(said, str) else None for path, said in zip(paths, known, strict=True)}


def _version(about: dict[str, Any]) -> str:
    """Return the name of a content: who wrote it, and when, is no part of it."""
    content = {k: v for k, v in about.items() if k not in ("version", "program_version", "written")}
    return hashlib.sha256(_json(content).encode()).hexdigest()[:12]


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, default=lambda day: day.isoformat(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def check(folder: Path, programme: str = "") -> tuple[Manifest, dict[str, bytes]]:
    """Return a version's manifest and its Parquet files by table, every one held against its hash.

    ``programme``: whose it is to be, where that is known.

    Raises:
        SnapshotError: something is missing or not what was written, in one sentence.
    """
    return held_against(folder, programme, partial(_content, folder))


def held_against(folder: Path, programme: str, content: Callable[[str], bytes]) -> tuple[Manifest, dict[str, bytes]]:
    """Do what :func:`check` does wherever a version's files lie: ``content`` returns them by name, ``folder`` says whose."""
    manifest = _manifest(folder, content(MANIFEST))
    if manifest is None:
        raise damaged(folder, f"{MANIFEST} 与写入时不一致")
    if folder.parent.name != manifest.as_of.isoformat():
        raise SnapshotError(
            f"快照 {folder} 的数据日期是 {manifest.as_of}，却放在 {folder.parent.name} 之下，不能采用；请移回原处，"
            f"或用 cpaudit warehouse remove {folder.parent.name} 删去。"
        )
    if programme and manifest.programme != programme:
        raise SnapshotError(f"快照 {folder} 属于批次 {manifest.programme}，却放在批次 {programme} 之下，不能采用；请移回原处。")
    contents = {}
    for table, expected in manifest.hashes.items():
        contents[table] = content(f"{table}.parquet")
        if hashlib.sha256(contents[table]).hexdigest() != expected:
            raise damaged(folder, f"{table}.parquet 与写入时不一致")
    if manifest.definitions and _own(content(DEFINITIONS), manifest.definitions) is None:
        raise damaged(folder, f"{DEFINITIONS} 与写入时不一致")
    return manifest, contents


def files_of(folder: Path, programme: str, content: Callable[[str], bytes] | None = None) -> dict[str, bytes]:
    """Return a version's own files by name, held as :func:`check` does; ``content`` returns them where no folder has them."""
    given = content or partial(_content, folder)
    manifest, tables = held_against(folder, programme, given)
    beside = {name: given(name) for name in ((MANIFEST, DEFINITIONS) if manifest.definitions else (MANIFEST,))}
    return {**beside, **{f"{name}.parquet": said for name, said in tables.items()}}


def damaged(folder: Path, what: str) -> SnapshotError:
    """Return the sentence about a version that is damaged."""
    return SnapshotError(f"快照 {folder} 已损坏（{what}），{RELOAD}。")


def _content(folder: Path, name: str) -> bytes:
    try:
        if (folder / name).exists() and not (folder / name).is_file():
            raise damaged(folder, f"{name} 不是文件")
        if name in (MANIFEST, DEFINITIONS):
            return durable.small(folder / name)
        if (found := durable.within(folder / name, MOST_BYTES)) is None:
            raise damaged(folder, f"{name} 大得不合理")
        return found
    except FileNotFoundError:
        raise damaged(folder, f"缺少 {name}") from None
    except OSError as error:
        raise SnapshotError(f"快照文件 {folder / name} 无法读取（{durable.reason(error)}），请检查读取权限。") from error


def definitions(folder: Path) -> dict[str, str]:
    """Return the workspace's definitions that a version was read with: name → text; none where only what ships was.

    Raises:
        SnapshotError: the version is damaged.
    """
    manifest, _ = check(folder)
    return (_own(durable.small(folder / DEFINITIONS), manifest.definitions) or {}) if manifest.definitions else {}


def _own(content: bytes, expected: str) -> dict[str, str] | None:
    """Return the definitions in a file; None where they are not what was written, or one would lie outside their folder."""
    try:
        said = json.loads(content)
        texts = {name: text.encode() for name, text in said.items()}
    except (ValueError, AttributeError, RecursionError):
        return None
    safe = all(name.endswith(workspace.SUFFIXES) and _INSIDE.fullmatch(name) for name in texts)
    return said if safe and workspace.digest_of(texts) == expected else None


def programme_of(folder: Path) -> str | None:
    """Return the programme that a version says it is of, None where its manifest can't be understood; nothing is checked."""
    if not (folder / MANIFEST).is_file():  # a pipe would be waited for
        return None
    try:
        said = json.loads(durable.small(folder / MANIFEST))["programme"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return said if isinstance(said, str) else None


def _manifest(folder: Path, content: bytes) -> Manifest | None:
    """Return the manifest, None where it is not what was written."""
    try:
        said = json.loads(content)
        format, program = said.get("format", 0), said.get("program_version", "")
    except (ValueError, AttributeError, RecursionError):
        return None
    if type(format) is not int:
        return None
    if format not in _LACKING:
        if format > max(_LACKING):
            raise SnapshotError(f"快照 {folder} 由较新的 cpaudit {program} 写成，本程序不能打开，请升级 cpaudit。")
        raise SnapshotError(f"快照 {folder} 由较旧的 cpaudit {program} 写成，本程序不能打开，{RELOAD}。")
    from pydantic import ValidationError

    try:
        if not folder.name == said["version"] == _version(said):
            return None
        # A source without a hash, a folder say, was once written as NaN.
        plain = json.dumps(json.loads(content, parse_constant=lambda _: None))
        found: Manifest = _strict().validate_json(plain, strict=True)
    except (KeyError, TypeError, ValidationError):
        return None
    there = set(TABLES) - set(_LACKING[format])
    whole = set(found.rows) == set(found.hashes) == there and set(said) == _keys(format)
    return found if whole and min(found.rows.values()) >= 0 else None


def _keys(format: int) -> set[str]:
    known = {f.name for f in fields(Manifest)}
    return known if format == _WITH_DEFINITIONS else known - {"definitions"}


def _bearable(rows: int, frame: pl.DataFrame | None = None) -> bool:
    """Return whether a table may be spread out in memory; texts that are there once may be meant by every row."""
    import polars as pl

    if rows > _MOST_ROWS or frame is None:
        return rows <= _MOST_ROWS
    texts = frame.select(pl.col(pl.String).str.len_bytes().cast(pl.UInt64).sum())
    return sum(texts.row(0)) <= _MOST_TEXT if texts.width else True


@cache
def _strict() -> Any:
    """Return what reads a manifest; asked to be strict, it takes nothing of another type for one of ours."""
    from pydantic import TypeAdapter

    return TypeAdapter(Manifest)


def table(folder: Path, name: str, content: bytes, rows: int) -> pd.DataFrame:
    """Return a table in today's columns; ``rows``: how many the manifest says there are."""
    import polars as pl

    wanted = tables()[name]
    if not rows and content == _nothing(name):
        return wanted.empty()
    try:
        there = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
        packed = pl.read_parquet(io.BytesIO(content)) if there == rows and _bearable(there) else None
    except pl.exceptions.PolarsError:
        raise SnapshotError(f"快照 {folder} 的{wanted.label}表不是 Parquet 文件，{RELOAD}。") from None
    if there != rows:
        raise SnapshotError(f"快照 {folder} 已损坏（{wanted.label}表有 {there} 行，清单写 {rows} 行），{RELOAD}。")
    if packed is None or not _bearable(there, packed):
        raise SnapshotError(f"快照 {folder} 已损坏（{wanted.label}表大得不合理，有 {there} 行），{RELOAD}。")
    frame = packed.to_pandas() if there else packed
    extra = [c for c in packed.columns if c not in wanted.columns]
    missing = [f.label for c, f in wanted.columns.items() if c not in packed.columns and f.required and there]
    try:
        if not extra and not missing:
            return wanted.coerce(frame)
        wrong = f"多出 {'、'.join(extra)}" if extra else f"缺少必填的 {'、'.join(missing)}"
    except (TypeError, ValueError):
        wrong = "数据类型不同"
    raise SnapshotError(f"快照 {folder} 的{wanted.label}表与本程序的字段定义不符（{wrong}），{RELOAD}。")
