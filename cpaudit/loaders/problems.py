"""The catalogue of problems, and the list that a load collects: where, what, what to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cpaudit.errors import ReadError
from cpaudit.loaders.cells.texts import shown
from cpaudit.loaders.sheets.contacts import masked
from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Definition):
    """One kind of problem: how bad it is, what is said (holes in braces), what to do."""

    severity: Literal["error", "warning", "note"]
    message: str
    hint: str


class _Catalogue(Definition):
    problems: dict[str, Kind]


@cache
def catalogue() -> dict[str, Kind]:
    """Return every kind of problem: code → :class:`Kind`."""
    return read_definition(root() / "problems.yaml", _Catalogue).problems


class ProblemPlace(NamedTuple):
    """Where something stands: file, sheet, cell, and the unit that sent it."""

    file: str
    sheet: str
    cell: str
    unit: str | None


#: Far more than returns of a province have; each is held to the end, and a small archive can hold millions of bad cells.
_MOST = 300_000
#: Longer values of a file are cut in messages.
_LONGEST = 40
#: Of a text that is cut, so much of its beginning and behind what is spoken of is kept.
_BEGINNING, _BEHIND = 16, 4
#: Texts of a message → the holes that say what in them it speaks of: the unit.
_SPOKEN_OF = {"text": ("unit", "written"), "first_text": ("first",), "second_text": ("second",), "heading": ("written",)}
#: What a hint offers, where something stands, and a sentence are given whole.
_OFFERED = ("above", "allowed", "parts", "here", "there", "first", "why", "sentence", "told")


@dataclass
class Problems:
    """The problems found so far."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, code: str, place: ProblemPlace, *, plant_id: str | None = None, **holes: object) -> None:
        """Note a problem; ``holes`` fill the message and the hint, ``value`` is kept as what the file says, contacts masked.

        Raises:
            ReadError: there are too many; the sentence names the file that has most.
        """
        if len(self.rows) >= _MOST:
            [(file, count)] = Counter(row["file"] for row in self.rows).most_common(1)
            what = f"问题超过 {_MOST:,} 处，其中 {file} 有 {count:,} 处，不像按表式填的"
            raise ReadError(f"{what}，什么也没有写入；请先移出这个文件再读取。")
        kind = catalogue()[code]
        said = {k: masked(shown(v)) if k in _OFFERED else _short(k, holes) for k, v in holes.items()}
        self.rows.append(
            {
                "severity": kind.severity,
                "code": code,
                **place._asdict(),
                "plant_id": plant_id,
                "value": masked(shown(holes["value"])) if "value" in holes else None,
                "message": kind.message.format(**said),
                "hint": kind.hint.format(**said),
            }
        )


def _short(hole: str, holes: Mapping[str, object]) -> str:
    """Return a text as it fits into a sentence; what in it the sentence speaks of is never cut off."""
    text = masked(shown(holes[hole]))
    if len(text) <= _LONGEST:
        return text
    about = next((shown(holes[other]) for other in _SPOKEN_OF.get(hole, ()) if other in holes), "")
    at = text.rfind(about) if about else -1
    end = at + len(about)
    if at < 0 or end < _LONGEST:
        return text[: _LONGEST - 1] + "…"
    more = "…" if end + _BEHIND < len(text) else ""
    return f"{text[:_BEGINNING]}…{text[max(end - _LONGEST + _BEGINNING, _BEGINNING) : end + _BEHIND]}{more}"
