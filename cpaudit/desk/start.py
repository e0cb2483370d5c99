"""The first page: a folder read (or not), the marked workbooks to send back, and the newest snapshot."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from typing import TYPE_CHECKING

from cpaudit.errors import CpauditError, NoSnapshotError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.loaders import Loaded
    from cpaudit.loaders.handback import Checked
    from cpaudit.views.page import Page
    from cpaudit.views.pages.start import Received


def start(folder: str = "", as_of: str = "", *, programme: str = "", save: bool = False, marked: str = "") -> Page:
    """返回“从这里开始”一页：读取一个文件夹（可不读），说明读到了什么、有哪些问题。

    Return the page 从这里开始.

    ``folder`` is read and checked as ``cpaudit load`` does, as of ``as_of`` ('': today), for ``programme`` ('': the one that the
    environment, the workspace or the snapshots say); a snapshot is written only with ``save``. ``marked``: the folder that marked
    copies of the files with problems go to ('': none are made); the files themselves are never touched. Without a folder the
    page shows the newest snapshot. What goes wrong is a sentence on the page.

    >>> start("没有这个文件夹").title
    '从这里开始'
    """
    from cpaudit import snapshots
    from cpaudit.views.pages.start import start_page

    received, fault = None, ""
    try:
        if folder.strip():
            programme = snapshots.read_for(snapshots.default_warehouse(), programme)
            received = _received(folder, as_of, programme, save, marked)
    except CpauditError as error:
        fault = str(error)
    ds, days, missing = newest(programme=programme if folder.strip() else "")
    return start_page(received, ds, days, fault=fault, missing=missing, layouts=_labels())


def newest(as_of: str = "", programme: str = "") -> tuple[Dataset | None, list[dt.date], str]:
    """Return the newest snapshot (of ``as_of``), the days of all, and the sentence why there is none ('' where there is one)."""
    from cpaudit import snapshots
    from cpaudit.dataset import Dataset
    from cpaudit.selection import parse_date

    days: list[dt.date] = []
    try:
        days = snapshots.dates(snapshots.default_warehouse(), programme)
        return Dataset.open(None, parse_date(as_of) if as_of else None, programme=programme), days, ""
    except CpauditError as error:
        return None, days, "" if isinstance(error, NoSnapshotError) else str(error)


def _received(folder: str, as_of: str, programme: str, save: bool, marked: str) -> Received:
    from cpaudit import loaders, snapshots
    from cpaudit.desk.places import existing, named
    from cpaudit.loaders.plants.decisions import kept
    from cpaudit.selection import not_to_come, parse_date, today
    from cpaudit.views.pages.start import Received

    place = existing(folder)
    day = not_to_come(parse_date(as_of), today()) if as_of else today()
    home = snapshots.default_warehouse()
    decisions = kept(home)
    if save:
        found = loaders.load([place], programme=programme, as_of=day, warehouse=home, decisions=decisions)
    else:
        found = loaders.read([place], programme=programme, as_of=day, decisions=decisions)
    written = _mark(place, marked, found, programme, day, decisions) if marked.strip() else None
    frames = found.frames
    return Received(
        named(place), frames["sources"], found.understood(), found.columns(), frames["problems"], len(frames["plants"]), day,
        save, found.demonstration, written,
    )  # fmt: skip


def _mark(place: Path, marked: str, found: Loaded, programme: str, day: dt.date, decisions: Path | None) -> pd.DataFrame:
    """Write marked copies of the files that have problems; return path (of the source), written (its copy)."""
    from pathlib import Path, PurePosixPath

    import pandas as pd

    from cpaudit import durable
    from cpaudit.desk.places import named
    from cpaudit.loaders import handback
    from cpaudit.loaders.opening import folders

    target = Path(marked.strip()).expanduser()
    inside = place if place.is_dir() else place.parent
    if target.resolve().is_relative_to(inside.resolve()):
        raise UsageError(f"标注文件不能写进“{named(inside)}”，以免下次当作报表读取；请把 marked 改为别的文件夹。")
    sources = found.frames["sources"]
    read = sources.loc[sources["read"] == "yes", "path"]  # what can't be opened can't be marked either; it is listed
    wrong, plants = set(found.frames["problems"]["file"].dropna()) & set(read), found.frames["plants"]
    rows = []
    with folders.found([place]) as there:
        for source in there.sources:
            if source.name not in wrong:
                continue
            checked = handback.check(source.path, programme=programme, as_of=day, plants=plants, decisions=decisions)
            try:
                durable.folder_inside(target, PurePosixPath(source.name).parent.as_posix())
                copy = _written(target / source.name, checked)
            except OSError as error:
                raise CpauditError(f"不能写入 {named(target)}（{durable.reason(error)}），请检查路径和写入权限。") from error
            rows.append((source.name, named(copy)))
    return pd.DataFrame(rows, columns=["path", "written"])


def _written(beside: Path, checked: Checked) -> Path:
    """Write a marked copy under a name that nothing else has: what stands there may have been filled in by hand."""
    for n in itertools.count(1):
        copy = beside.with_name(f"{beside.stem}_已标注{n if n > 1 else ''}{checked.suffix}")
        if not os.path.lexists(copy):
            copy.write_bytes(checked.content)
            return copy
        if copy.is_file() and not copy.is_symlink() and copy.read_bytes() == checked.content:
            return copy
    raise AssertionError


def _labels() -> dict[str, str]:
    from cpaudit.loaders.sheets.layouts import layouts

    return {layout.id: layout.label for layout in layouts().values()} | {"decisions": "判定文件"}
