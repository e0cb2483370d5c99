"""What a call asks for, checked before anything runs or is written: one task per report."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING, Any

from cpaudit import snapshots
from cpaudit.dataset import Dataset
from cpaudit.errors import NoSnapshotError, UsageError
from cpaudit.programme import find_unit, industries, industry_named, load_programme
from cpaudit.programme import units as all_units
from cpaudit.reports.identity import program
from cpaudit.reports.kinds import Kind, check, find_kind
from cpaudit.reports.tasks import Task
from cpaudit.selection import parse_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cpaudit.reports.order import Order

#: What no file system takes in a name, or no terminal shows; how many bytes of a subject it may have, of 255 in all.
_UNSAFE = re.compile(r'[\\/:*?"<>|\s\x00-\x1f\x7f-\x9f]+')
_MOST_BYTES = 150


def file_stem(kind: Kind, subject: str, as_of: dt.date | str) -> str:
    """Return a report's file name without its ending.

    >>> file_stem(find_kind("city"), "唐山市", "2022-11-15")
    '清洁生产审核报告_唐山市_2022-11-15'
    """
    said = _UNSAFE.sub("", subject)
    if len(whole := said.encode()) > _MOST_BYTES:
        said = f"{whole[: _MOST_BYTES - 9].decode(errors='ignore')}_{hashlib.sha256(whole).hexdigest()[:8]}"
    return "_".join(filter(None, (kind.title, said, str(as_of))))


def plan(order: Order) -> list[Task]:
    """Return a task for every subject (units, trades or plants by any of their names; none given means all of them), once each.

    Raises:
        UsageError: an unknown kind, subject, programme or notebook, a subject where there is none to name, or several programmes
            and none named.
        SnapshotError: there is no snapshot, or it is damaged.
    """
    about, subjects, as_of, programme = find_kind(order.kind), order.subjects, order.as_of, order.programme
    if subjects and not about.subject:
        raise UsageError(f"{about.label}是全省一份，不分单位、行业和企业；请去掉“{subjects[0]}”。")
    if about.subject == "trade":  # a wrong name is told before files are opened
        subjects = [industries()[industry_named(text)].label for text in subjects]
    source = order.notebook or about.notebook
    if programme:
        load_programme(programme)  # one that doesn't exist is told from one that isn't the snapshot's
    home = order.warehouse.resolve()
    beside = _batches(home, subjects, as_of) if about.subject == "batches" else {}
    if beside:
        programme = max(beside, key=lambda its: beside[its][0])
        as_of = beside[programme][0]
    manifest = snapshots.in_force(home, as_of, programme or "")
    own = load_programme(manifest.programme).units
    if about.subject == "unit":
        subjects = [find_unit(text, own).name for text in subjects]
    try:
        text = source.read_text(encoding="utf-8")
    except OSError:
        raise UsageError(f"找不到{about.label}的笔记本 {source}，请检查名称和路径。") from None
    day = as_of or manifest.as_of
    if day < manifest.as_of:  # one before anything was listed is told now, not by every report
        Dataset.open(home, day, programme=manifest.programme)
    # A report speaks of the snapshot that serves the day and of the one before.
    earlier = snapshots.before(snapshots.dates(home, manifest.programme), day, manifest.as_of)
    said: dict[str, Any] = {
        "kind": about.id,
        "as_of": day.isoformat(),
        "program": program(),
        "snapshots": [snapshots.version_folder(home, manifest.programme, d).name for d in (earlier, manifest.as_of) if d],
    }
    if beside:
        said["snapshots"] = [version for _, version in beside.values()]

    def task(value: str, name: str, stem: str) -> Task:
        given = {about.subject: value} if about.subject else {}
        return Task(
            stem=file_stem(about, stem, day),
            name=name,
            notebook=text,
            notebook_name=source.name,
            parameters=check(about.id, **given, as_of=day, programme=manifest.programme, warehouse=""),
            warehouse=str(home),
            version=manifest.version,
            about=said,
            seconds=order.seconds,
            one_file=order.one_file,
        )

    if not about.subject:
        return [task("", about.label, "")]
    if beside:
        given = " ".join(f"{its}/{day}" for its, (day, _) in beside.items())
        return [task(given, f"批次对照：{'、'.join(beside)}", "_".join(beside))]
    if about.subject == "plant":
        return [
            task(plant, name, f"{name}_{plant}")
            for plant, name in _plants(subjects, Dataset.open(home, day, programme=manifest.programme)).items()
        ]
    known = [all_units()[u].name for u in own]
    if about.subject == "trade" and not subjects:
        listed = set(Dataset.open(home, day, programme=manifest.programme).plants["industry"])
        known = [i.label for key, i in industries().items() if key in listed]
    return [task(name, name, name) for name in dict.fromkeys(subjects or known)]


def _batches(home: Path, named: Sequence[str], as_of: dt.date | None) -> dict[str, tuple[dt.date, str]]:
    """Return the batches that stand side by side, all there are where none is named: programme → day and version."""
    found: dict[str, tuple[dt.date, str]] = {}
    for text in named or snapshots.programmes(home):
        its, _, day = text.strip().partition("/")
        manifest = snapshots.in_force(home, parse_date(day) if day else as_of, its)
        if manifest.programme in found:
            raise UsageError(f"批次 {manifest.programme} 给了两次；一个批次只取一份快照。")
        found[manifest.programme] = ((parse_date(day) if day else as_of) or manifest.as_of, manifest.version)
    if not found:
        raise NoSnapshotError(f"在 {home} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
    return found


def _plants(subjects: Sequence[str], ds: Dataset) -> dict[str, str]:
    """Return the plants meant: id → name."""
    from cpaudit.views.parts import find_plant

    names = dict(zip(ds.plants["plant_id"].astype(str), ds.plants["name"].astype(str), strict=True))
    return {plant: names[plant] for plant in dict.fromkeys(find_plant(ds, text) for text in subjects)} if subjects else names
