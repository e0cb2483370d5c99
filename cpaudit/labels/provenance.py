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
        "document": ds.programme.document.number,
        "as_of": ds.as_of.isoformat(),
        "version": ds.version,
        "demonstration": ds.demonstration,
    }


def origin(about: Mapping[str, Any]) -> str:
    """Return what :func:`source` holds as the line that stands under a title and at the foot of a page."""
    said = [about["programme"], about["document"], f"数据日期 {about['as_of']}", f"快照版本 {about['version']}"]
    return "　".join([*said, *(["示范数据"] if about["demonstration"] else [])])
