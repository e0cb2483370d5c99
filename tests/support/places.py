"""What was planted held against what was told, by place alone: no word of the product decides whether a mistake is found."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_ROW = re.compile(r"\D+")
Place = tuple[str, ...]


class Held(NamedTuple):
    """Planted mistakes that were told and that weren't; errors and doubts told where nothing was planted."""

    found: list[dict[str, Any]]
    missed: list[dict[str, Any]]
    extra: list[dict[str, Any]]

    @property
    def recall(self) -> float:
        return len(self.found) / max(1, len(self.found) + len(self.missed))

    @property
    def precision(self) -> float:
        return len(self.found) / max(1, len(self.found) + len(self.extra))


def _places(at: dict[str, Any]) -> dict[str, Place]:
    """The place of something said, from the very cell to the whole file."""
    file, sheet, cell = (at[k] if isinstance(at[k], str) else "" for k in ("file", "sheet", "cell"))
    return {"cell": (file, sheet, cell), "row": (file, sheet, _ROW.sub("", cell)), "sheet": (file, sheet), "file": (file,)}


def held(truth: dict[str, Any], problems: list[dict[str, Any]]) -> Held:
    """Hold problems (rows with file, sheet, cell, severity) against a truth."""
    told = {place for problem in problems for place in _places(problem).items()}
    planted = truth["planted"]
    wanted = [p for p in planted if p["expect"] == "found"]
    hits = [(p["within"], _places(p)[p["within"]]) in told for p in wanted]
    known = {(p["within"], _places(p)[p["within"]]) for p in planted if p["expect"] != "left"}
    loud = [p for p in problems if p["severity"] in ("error", "warning")]
    return Held(
        [p for p, hit in zip(wanted, hits, strict=True) if hit],
        [p for p, hit in zip(wanted, hits, strict=True) if not hit],
        [p for p in loud if not known & set(_places(p).items())],
    )
