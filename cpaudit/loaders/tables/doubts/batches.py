"""Which batch a list says listed a plant first: a batch as people name one, or unread; a blank stays blank."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.fields import field
from cpaudit.loaders.cells import texts
from cpaudit.loaders.sheets.contacts import masked
from cpaudit.programme.model import titles

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row

#: What names a batch that no programme file tells of: a year, or the word itself.
_NAMED = re.compile(r"(?:19|20)\d\d|[一二三四五六七八九十\d]批")
_THIS = frozenset({"本批", "本批次", "本次", "本期"})


def first(row: Row, plant_id: str) -> str | None:
    """Return the batch that a row names as the first to list its plant, None where it is blank or not understood, which is told.

    What an id or a title stands for is kept as it is written: both are read everywhere.
    """
    said = masked(row.text("cohort"))
    if not said:
        return None
    if texts.key(said) in _THIS:
        return row.sheet.load.programme.id
    known = titles()
    if said in known or said in known.values() or _NAMED.search(said):
        return said
    allowed = "批次的名称或编号，如 2021年第二批、hebei-2021-2；本批次首次列入的，填“本批次”"
    row.tell("code_unknown", "cohort", plant_id, field=field("plants", "cohort").label, value=said, allowed=allowed)
    return None
