"""All snapshots of a warehouse in one file, and back: what is sound goes in, and comes back without changing what is in force."""

from __future__ import annotations

import datetime as dt
import os
import re
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import durable
from cpaudit.errors import SnapshotError, UsageError
from cpaudit.fields import TABLES
from cpaudit.snapshots import place
from cpaudit.snapshots.content import DEFINITIONS, MANIFEST, MOST_BYTES, check
from cpaudit.snapshots.days import folder_of
from cpaudit.snapshots.place import POINTER, pointer, versions, written
from cpaudit.snapshots.writing import PATIENCE_S, not_in_force
from cpaudit.zips import directories

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMBER = re.compile(r"[^./\\][^/\\]*/\d{4}-\d\d-\d\d/(?:[0-9a-f]{12}/(?P<file>[a-z_.]+)|current)")
_FILES = {MANIFEST, DEFINITIONS, *(f"{name}.parquet" for name in TABLES)}
_MOST_BYTES = 4 << 30
#: Ten thousand versions, ten files each.
_MOST_MEMBERS = 100_000


def backup(warehouse: Path, file: Path, beside: str) -> tuple[int, list[str]]:
    """Write every sound version of a warehouse into one file, with the warehouse's file ``beside`` where it has one.

    Return how many versions there are, and the sentences about what is damaged and therefore not among them. A day whose
    version in force is damaged is left out whole. What else lies there, or where a link leads, is nothing to be handed on.

    Raises:
        SnapshotError: the file can't be written, or something is damaged of which the file there may hold a sound copy; what
            stood there before still does.
    """
    count = 0
    faults: list[str] = []
    try:
        file = file.resolve()
        if file.exists() and not file.is_file():
            raise SnapshotError(f"{file} 已存在，而且不是文件，没有写入备份；请换一个文件名。")
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=file.parent) as folder:
            new = Path(folder) / file.name
            with zipfile.ZipFile(new, "w", zipfile.ZIP_STORED) as archive:
                if (warehouse / beside).is_symlink():
                    faults.append(f"{warehouse / beside} 是链接，请另行备份它所指的文件。")
                elif (warehouse / beside).is_file():
                    archive.writestr(beside, durable.small(warehouse / beside))
                for programme, day in _homes(warehouse):
                    at = f"{programme}/{day}"
                    for n, (version, files) in enumerate(_sound(warehouse, programme, day, faults)):
                        for name, said in sorted(files.items()):
                            archive.writestr(f"{at}/{version.name}/{name}", said)
                        if n == 0:
                            archive.writestr(f"{at}/{POINTER}", f"{version.name}\n")
                        count += 1
            if faults and file.exists():
                raise SnapshotError(
                    f"{faults[0]}现有的 {file} 可能还有它的完好备份，没有覆盖；请先恢复或修好，或备份到另一个文件。"
                )
            with new.open("rb+") as content:
                os.fsync(content.fileno())
            durable.move(new, file)
    except OSError as error:
        raise SnapshotError(f"备份没有写入 {file}（{durable.reason(error)}），请检查路径、写入权限和磁盘空间。") from error
    return count, faults


def restore(file: Path, warehouse: Path, beside: str) -> tuple[int, int]:
    """Put back what a backup holds; return how many versions came, and how many were there.

    Nothing that is in force changes: where a day has another version in force than the backup, nothing is restored at all. Who
    is killed meanwhile has some of the days, each whole; again, and the others come.

    Raises:
        SnapshotError: the file is no backup or damaged, or the warehouse can't be written.
        UsageError: days with another version in force.
    """
    no_backup = f"{file} 不是完好的备份文件，没有恢复任何内容；请换一份备份。"
    try:
        with (
            directories.opened(file, _MOST_MEMBERS, _MOST_MEMBERS * 200) as archive,
            tempfile.TemporaryDirectory(prefix="cpaudit-restore-") as folder,
        ):
            sent = Path(folder)
            if not _extracted(archive, sent, beside):
                raise SnapshotError(no_backup)
            _fit(sent, warehouse, file)
            place.migrate(warehouse)
            counted = [_put(sent / its / str(day), warehouse / its / str(day), its) for its, day in _homes(sent)]
            if (sent / beside).exists() and not os.path.lexists(warehouse / beside):
                warehouse.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix=".writing-", dir=warehouse) as own:
                    durable.write(Path(own) / beside, (sent / beside).read_bytes())
                    durable.move(Path(own) / beside, warehouse / beside)
            return sum(came for came, _ in counted), sum(there for _, there in counted)
    except (
        zipfile.BadZipFile,
        directories.CrowdedError,
        ValueError,
        struct.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as error:
        raise SnapshotError(no_backup) from error
    except OSError as error:
        raise SnapshotError(
            f"没有恢复完（{durable.reason(error)}），已恢复的快照完好；请检查路径和磁盘空间后再试一次。"
        ) from error


def _homes(warehouse: Path) -> Iterator[tuple[str, dt.date]]:
    for programme in place.programmes(warehouse):
        for day in place.days(warehouse, programme):
            if written(place.home(warehouse, programme, day)):
                yield programme, day


def _sound(warehouse: Path, programme: str, day: dt.date, faults: list[str]) -> Iterator[tuple[Path, dict[str, bytes]]]:
    """Yield a day's sound versions with their files, the one in force first (none where that is damaged).

    ``faults`` gets what is wrong with the others.
    """
    home = place.home(warehouse, programme, day)
    said = pointer(home)
    try:
        in_force = folder_of(warehouse, programme, day)
        files = _files(in_force, programme)
    except SnapshotError as error:
        if not written(home):  # removed meanwhile
            return
        if pointer(home) != said:  # a writer put another in force
            yield from _sound(warehouse, programme, day, faults)
        else:
            faults.append(str(error))
        return
    yield in_force, files
    for version in versions(in_force.parent):
        if version != in_force:
            try:
                yield version, _files(version, programme)
            except SnapshotError as error:
                if version.exists():
                    faults.append(str(error))


def _files(version: Path, programme: str) -> dict[str, bytes]:
    """Return a version's own files, every one held against its hash."""
    manifest, tables = check(version, programme)
    beside = (MANIFEST, DEFINITIONS) if manifest.definitions else (MANIFEST,)
    own = {name: durable.small(version / name) for name in beside}
    return {**own, **{f"{name}.parquet": content for name, content in tables.items()}}


def _extracted(archive: zipfile.ZipFile, folder: Path, beside: str) -> bool:
    """Write a backup's files into a folder; return whether it is one, each version held against its hashes."""
    members = archive.infolist()
    names = {m.filename: _MEMBER.fullmatch(m.filename) for m in members}
    ours = all(name == beside or (found and found["file"] in {None, *_FILES}) for name, found in names.items())
    stored = all(m.compress_type == zipfile.ZIP_STORED and not m.flag_bits & 1 for m in members)
    sizes = [m.file_size for m in members if m.file_size == m.compress_size <= MOST_BYTES]
    if not (members and ours and stored) or len(sizes) < len(members) or sum(sizes) > _MOST_BYTES:
        return False
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        durable.write(target, archive.read(name))
    homes = list(_homes(folder))
    for programme, day in homes:
        home = folder / programme / str(day)
        if not (home / (pointer(home) or "?")).is_dir():
            return False
        for version in versions(home):
            check(version, programme)
    return True


def _fit(sent: Path, warehouse: Path, file: Path) -> None:
    """Refuse a backup that has another version in force than the warehouse."""
    differ = []
    for programme, day in _homes(sent):
        there = place.home(warehouse, programme, day)
        now, then = pointer(there), pointer(sent / programme / str(day))
        if written(there) and now != then:
            differ.append(f"{programme} {day}（现为 {now or '损坏的'}，备份为 {then}）")
    if differ:
        raise UsageError(
            f"{warehouse} 中已有与备份 {file} 不同的快照，没有恢复任何内容：{'、'.join(differ)}；"
            "请恢复到另一个目录，或先用 cpaudit warehouse remove 删去这几天的快照。"
        )


def _put(sent: Path, home: Path, programme: str) -> tuple[int, int]:
    """Put a day's versions in their place, the one in force last; return how many came and how many were there."""
    came = there = 0
    try:
        with durable.draft(home, PATIENCE_S, inherit=POINTER) as draft:
            first = not written(home)
            if first:
                not_in_force(draft)
            for version in versions(sent):
                try:
                    check(home / version.name, programme)
                    there += 1
                except SnapshotError:
                    new = Path(tempfile.mkdtemp(dir=draft))
                    for path in sorted(version.iterdir()):
                        durable.write(new / path.name, path.read_bytes())
                    durable.sync(new)
                    new.chmod(0o755)
                    if (home / version.name).exists():
                        durable.move(home / version.name, draft / version.name)
                    durable.move(new, home / version.name)
                    came += 1
            if first:
                durable.write(draft / "pointer", (sent / POINTER).read_bytes())
                durable.move(draft / "pointer", home / POINTER)
    except durable.Busy as error:
        raise SnapshotError(f"另一个 cpaudit 正在写入 {home}，没有恢复完；请等它结束后再试。") from error
    return came, there
