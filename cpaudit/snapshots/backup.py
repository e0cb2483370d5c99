"""All snapshots of a warehouse in one file, and back: what is sound goes in, and comes back without changing what is in force."""

from __future__ import annotations

import datetime as dt
import os
import re
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cpaudit import durable
from cpaudit.errors import SnapshotError, UsageError
from cpaudit.fields import TABLES
from cpaudit.snapshots import place
from cpaudit.snapshots.content import DEFINITIONS, MANIFEST, MOST_BYTES, check, damaged, files_of
from cpaudit.snapshots.days import folder_of
from cpaudit.snapshots.place import POINTER, pointer, versions, written
from cpaudit.snapshots.writing import PATIENCE_S, not_in_force
from cpaudit.zips import directories

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMBER = re.compile(
    r"(?P<programme>[^/]+)/(?P<day>\d{4}-\d\d-\d\d)/(?:(?P<version>[0-9a-f]{12})/(?P<file>[a-z_.]+)|current)", re.ASCII
)
_FILES = {MANIFEST, DEFINITIONS, *(f"{name}.parquet" for name in TABLES)}
#: Ten thousand versions, ten files each.
_MOST_MEMBERS = 100_000
#: What the archive's directory says of a file: 46 bytes and its name, of which a programme's id takes 200 at most.
_MOST_BYTES = 400


class _Sent(NamedTuple):
    """A day as a backup has it."""

    programme: str
    as_of: dt.date
    in_force: str
    versions: list[str]


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
        with durable.successor(file) as new:
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
                crowded = len(archive.namelist()) > _MOST_MEMBERS
            if crowded:  # it could not be restored
                raise SnapshotError(f"{warehouse} 的快照太多，没有写入备份；请先用 cpaudit warehouse prune 清理过时的。")
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


def restore(file: Path, warehouse: Path, beside: str, until: dt.date | None = None) -> tuple[int, int, str]:
    """Put back what a backup holds, of no day after ``until``; return how many versions came, and how many were there.

    And a sentence where the file ``beside`` that is there says something else than the backup's, or can't be compared: it stays.

    Nothing that is in force changes: where a day has another version in force than the backup, nothing is restored at all. Who
    is killed meanwhile has some of the days, each whole; again, and the others come.

    Raises:
        SnapshotError: the file is no backup or damaged, or the warehouse can't be written.
        UsageError: days with another version in force, or still to come.
    """
    no_backup = f"{file} 不是完好的备份文件，没有恢复任何内容；请换一份备份。"
    sent = None
    try:
        with directories.opened(file, _MOST_MEMBERS, _MOST_MEMBERS * _MOST_BYTES) as archive:
            sent = _sent(archive, file, beside)
            if sent is None:
                raise SnapshotError(no_backup)
            if until and (late := [f"{day.programme} {day.as_of}" for day in sent if day.as_of > until]):
                raise UsageError(
                    f"备份 {file} 中有晚于今天（{until}）的快照，没有恢复任何内容：{'、'.join(late)}；请换一份备份。"
                )
            _fit(sent, warehouse, file)
            place.migrate(warehouse)
            counted = [_put(archive, file, day, warehouse) for day in sent]
            kept = _put_beside(archive, file, warehouse / beside) if beside in archive.namelist() else ""
            return sum(came for came, _ in counted), sum(there for _, there in counted), kept
    except durable.Busy as error:
        raise SnapshotError(f"另一个 cpaudit 正在写入 {warehouse}，没有恢复完；请等它结束后再试。") from error
    except (
        zipfile.BadZipFile,
        directories.CrowdedError,
        ValueError,
        struct.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as error:
        if sent:  # it was sound a moment ago
            raise SnapshotError(f"备份 {file} 中途变了，没有恢复完，已恢复的快照完好；请换一份备份再恢复一次。") from error
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
        files = files_of(in_force, programme)
    except SnapshotError as error:
        now = place.home(warehouse, programme, day)
        if not written(now):  # removed meanwhile
            return
        if (now, pointer(now)) != (home, said):  # a writer put another in force, or the day on the shelf of its programme
            yield from _sound(warehouse, programme, day, faults)
        else:
            faults.append(str(error))
        return
    yield in_force, files
    for version in versions(in_force.parent):
        if version != in_force:
            try:
                yield version, files_of(version, programme)
            except SnapshotError as error:
                if version.exists():
                    faults.append(str(error))


def _sent(archive: zipfile.ZipFile, file: Path, beside: str) -> list[_Sent] | None:
    """Return the days in a backup, each version held against its hashes where it lies; None where it is no backup."""
    members = archive.infolist()
    stored = all(m.compress_type == zipfile.ZIP_STORED and not m.flag_bits & 1 for m in members)
    sizes = [m.file_size for m in members if m.file_size == m.compress_size <= MOST_BYTES]
    names = {m.filename: _MEMBER.fullmatch(m.filename) for m in members}
    whole = min(len(names), len(sizes)) == len(members) and sum(sizes) <= file.stat().st_size
    if not (members and stored and whole):
        return None
    days: dict[tuple[str, dt.date], set[str]] = {}
    for name, found in names.items():
        if name == beside:
            continue
        if not found or found["file"] not in {None, *_FILES} or not place.can_be_called(found["programme"]):
            return None
        at = found["programme"], dt.date.fromisoformat(found["day"])
        days.setdefault(at, set()).update(filter(None, [found["version"]]))
    sent = []
    for (programme, day), its in sorted(days.items()):
        pointer = f"{programme}/{day}/{POINTER}"
        in_force = archive.read(pointer).decode().strip() if pointer in names else ""
        if in_force not in its:
            return None
        sent.append(_Sent(programme, day, in_force, sorted(its)))
        for version in its:
            _version(archive, file, sent[-1], version)
    return sent


def _version(archive: zipfile.ZipFile, file: Path, day: _Sent, version: str) -> dict[str, bytes]:
    """Return the files of a version in a backup, every one held against its hash."""
    at = f"{day.programme}/{day.as_of}/{version}"

    def content(name: str) -> bytes:
        try:
            return archive.read(f"{at}/{name}")
        except KeyError:
            raise damaged(file / at, f"缺少 {name}") from None

    return files_of(file / at, day.programme, content)


def _fit(sent: list[_Sent], warehouse: Path, file: Path) -> None:
    """Refuse a backup that has another version in force than the warehouse."""
    differ = []
    for day in sent:
        there = place.home(warehouse, day.programme, day.as_of)
        if written(there) and (now := pointer(there)) != day.in_force:
            differ.append(f"{day.programme} {day.as_of}（现为 {now or '损坏的'}，备份为 {day.in_force}）")
    if differ:
        raise UsageError(
            f"{warehouse} 中已有与备份 {file} 不同的快照，没有恢复任何内容：{'、'.join(differ)}；"
            "请恢复到另一个目录，或先用 cpaudit warehouse remove 删去这几天的快照。"
        )


def _put_beside(archive: zipfile.ZipFile, backup: Path, file: Path) -> str:
    """Put the warehouse's own file back where there is none; return why the one that is there stays, '' where they agree."""
    file.parent.mkdir(parents=True, exist_ok=True)
    said = archive.read(file.name)
    with durable.successor(file) as new:
        if not os.path.lexists(file):
            durable.write(new, said)
            durable.move(new, file)
            return ""
    if file.is_file() and not file.is_symlink() and durable.small(file) == said:
        return ""
    return f"{file} 与备份 {backup} 中的不同，保留现有的，没有恢复备份中的；要用备份中的，请先移走现有的，再恢复一次。"


def _put(archive: zipfile.ZipFile, file: Path, day: _Sent, warehouse: Path) -> tuple[int, int]:
    """Put a day's versions in their place, the one in force last; return how many came and how many were there."""
    came = there = 0
    home = warehouse / day.programme / str(day.as_of)
    with durable.draft(home, PATIENCE_S, inherit=POINTER) as draft:
        first = not written(home)
        if first:
            not_in_force(draft)
        for version in day.versions:
            try:
                check(home / version, day.programme)
                there += 1
            except SnapshotError:
                new = draft / "new"
                new.mkdir()
                for name, said in _version(archive, file, day, version).items():
                    durable.write(new / name, said)
                durable.sync(new)
                if (home / version).exists():
                    durable.move(home / version, draft / version)
                durable.move(new, home / version)
                came += 1
        if first:
            durable.write(draft / "pointer", f"{day.in_force}\n".encode())
            durable.move(draft / "pointer", home / POINTER)
    return came, there
