"""Where a frame's numbers come from, said in the frame itself and in every file made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.dataset import Dataset

#: Where a frame's ``attrs`` keep what :func:`source` says.
SOURCE = "cpaudit"


def source(ds: Dataset) -> dict[str, Any]:
    """Return where the numbers of a data set come from, in plain values that go along with a frame and into its files."""
    return {
        "programme": ds.programme.title,
        "document": ds.programme.document.reference,
        "as_of": ds.as_of.isoformat(),
        "snapshot_day": (ds.snapshot_day or ds.as_of).isoformat(),
        "version": ds.version,
        "demonstration": ds.demonstration,
    }


def day_said(as_of: object, snapshot_day: object) -> str:
    """Return the day of the numbers and, where the snapshot is of another, its day.

    >>> day_said("2022-08-01", "2022-06-01"), day_said("2022-06-01", "2022-06-01"), day_said("2022-06-01", "")
    ('2022-08-01（数据为 2022-06-01 的快照）', '2022-06-01', '2022-06-01')
    """
    return f"{as_of}（数据为 {snapshot_day} 的快照）" if snapshot_day and str(snapshot_day) != str(as_of) else str(as_of)


def origin(about: Mapping[str, Any]) -> str:
    """Return what :func:`source` holds as the line that stands under a title and at the foot of a page."""
    said = [
        about["programme"],
        about["document"],
        f"数据日期 {day_said(about['as_of'], about['snapshot_day'])}",
        f"快照版本 {about['version']}",
    ]
    return "　".join([*said, *(["示范数据"] if about["demonstration"] else [])])
