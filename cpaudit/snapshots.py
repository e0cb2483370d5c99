"""Snapshots on disk: immutable versions of the seven tables under ``<warehouse>/<as_of>/``, replaced whole or not at all.

Layout: ``<warehouse>/<as_of>/<version>/{plants,…}.parquet``, ``manifest.json`` and, beside the versions, a file
``current`` that names the one in force. It is replaced last, so a reader sees the old version or the new one, never a mix.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit.errors import SnapshotError
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


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself; ``demonstration`` is true where a source calls itself 示范数据."""

    programme: str
    as_of: dt.date
    version: str
    program_version: str
    demonstration: bool
    rows: dict[str, int]
    hashes: dict[str, str]


def write(
    warehouse: Path,
    programme: str,
    as_of: dt.date,
    frames: Mapping[str, pd.DataFrame],
    *,
    demonstration: bool,
    program_version: str,
) -> Manifest:
    """Write one snapshot and put it in force; the same content again changes nothing.

    Raises:
        SnapshotError: the warehouse cannot be written; what was in force before still is.
    """
    home = warehouse / as_of.isoformat()
    try:
        home.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".writing-", dir=home))
        try:
            hashes = {name: _write_table(draft / f"{name}.parquet", name, frames[name]) for name in TABLES}
            identity = json.dumps([programme, as_of.isoformat(), hashes, demonstration], sort_keys=True)
            version = hashlib.sha256(identity.encode()).hexdigest()[:12]
            manifest = Manifest(
                programme, as_of, version, program_version, demonstration, {n: len(frames[n]) for n in TABLES}, hashes
            )
            _write_synced(draft / "manifest.json", _to_json(manifest))
            _sync_folder(draft)
            if not (home / version).exists():
                draft.chmod(0o755)
                draft.rename(home / version)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        pointer = home / f".current-{os.getpid()}"
        _write_synced(pointer, version + "\n")
        pointer.replace(home / "current")
        _sync_folder(home)
    except OSError as error:
        raise SnapshotError(
            f"快照无法写入 {warehouse}（{error.strerror or error}），原有快照未改动；请检查磁盘空间和写入权限。"
        ) from error
    return manifest


def read(warehouse: Path, as_of: dt.date | None = None) -> tuple[Manifest, dict[str, pd.DataFrame]]:
    """Read the snapshot in force at ``as_of`` (the newest one not later than that day, else the first; None takes the newest).

    Raises:
        SnapshotError: there is none, or its files are damaged.
    """
    home = _find(warehouse, as_of)
    version = (home / "current").read_text(encoding="utf-8").strip()
    folder = home / version
    try:
        manifest = _from_json((folder / "manifest.json").read_text(encoding="utf-8"))
        frames = {name: _read_table(folder / f"{name}.parquet", name, manifest.hashes[name]) for name in TABLES}
    except (OSError, KeyError, ValueError) as error:
        raise SnapshotError(f"快照 {folder} 已损坏（{error}），请用 cpaudit load 重新读取原始文件。") from error
    return manifest, frames


def dates(warehouse: Path) -> list[dt.date]:
    """Return the dates for which a snapshot is in force, oldest first."""
    found = []
    for home in warehouse.glob("*/current") if warehouse.is_dir() else ():
        try:
            found.append(dt.date.fromisoformat(home.parent.name))
        except ValueError:
            continue
    return sorted(found)


def _find(warehouse: Path, as_of: dt.date | None) -> Path:
    known = dates(warehouse)
    if not known:
        raise SnapshotError(f"在 {warehouse} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
    # A day before the first snapshot is seen by winding that one back.
    fitting = [d for d in known if as_of is None or d <= as_of] or known[:1]
    return warehouse / fitting[-1].isoformat()


def _write_table(path: Path, name: str, frame: pd.DataFrame) -> str:
    # Polars writes the same bytes for the same rows, so the version really is the content's.
    import polars as pl

    pl.from_pandas(tables()[name].coerce(frame)).write_parquet(path, compression="zstd", statistics=False)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_table(path: Path, name: str, expected: str) -> pd.DataFrame:
    import io

    import polars as pl

    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise ValueError(f"{path.name} 与清单中的校验值不符")
    return tables()[name].coerce(pl.read_parquet(io.BytesIO(content)).to_pandas())


def _to_json(manifest: Manifest) -> str:
    content: dict[str, Any] = {f: getattr(manifest, f) for f in manifest.__slots__}
    content["as_of"] = manifest.as_of.isoformat()
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _from_json(text: str) -> Manifest:
    content = json.loads(text)
    return Manifest(**{**content, "as_of": dt.date.fromisoformat(content["as_of"])})


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
