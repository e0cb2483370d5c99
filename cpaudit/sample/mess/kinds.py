"""What must be found of each kind of mistake, what may be doubted, and what is to be left alone: the mess's own list."""

from __future__ import annotations

from typing import Any

#: Kinds of which something may be said, and need not be: the figures or words are unusual, or another's duty.
_DOUBTFUL = {"value_scale", "value_jump", "option_end_of_pipe", "saving_exceeds", "column_unknown", "unit_from_county"}
#: Kinds that are no mistakes, only ways to write; whoever complains of them is wrong.
_ALONE = {"not_online_yet", "sent_late", "sent_partly", "not_sent"}
#: Kinds that show in a whole row, or in the whole file: to name any cell of it is to find them.
_WHOLE = {
    "answers_repeated": "sheet",
    "before_after_identical": "row",
    "plant_duplicate": "row",
    "sent_twice": "file",
    "sent_as_scan": "file",
    "sent_in_anothers_form": "file",
    "sent_partly": "file",
}


def expected(kind: str) -> dict[str, Any]:
    """Return what is expected of a kind: ``expect`` (found, doubted, left) and ``within`` (cell, row, sheet or file).

    >>> expected("uscc_length")
    {'expect': 'found', 'within': 'cell'}
    """
    expect = "doubted" if kind in _DOUBTFUL else "left" if kind in _ALONE else "found"
    return {"expect": expect, "within": _WHOLE.get(kind, "cell")}
