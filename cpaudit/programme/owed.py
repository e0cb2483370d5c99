"""Returns as data: which units owe, for which plants, by when; which layouts they come in; the ledger of what came."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from cpaudit.programme.document import Clause
from cpaudit.programme.industries import industries
from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cpaudit.programme.model import Programme

Kind = Literal["listing", "progress", "measurements", "options", "unit_work", "export"]
Period = Literal["before", "after"]

#: What a unit sends of itself, not of its plants.
OWN: Kind = "unit_work"
#: In which a plant's name is all that is due.
LISTING: Kind = "listing"


class Owed(Definition):
    """A return that each unit with plants on the roster owes: by a date, with a milestone's deadline, or at any time."""

    kind: Kind = Field(
        description="应报哪种表：listing 企业清单、progress 进度表、measurements 指标实测表、options 方案绩效表、"
        "unit_work 辖区工作表、export 系统导出"
    )
    period: Period | None = Field(default=None, description="指标实测表是 before 审核前的还是 after 审核后的")
    due: dt.date | None = Field(default=None, description="应报日期；不写而又没有 with 的随时应报")
    with_: str = Field(default="", alias="with", description="与哪个节点同时，写节点的编号；final 为最后的节点")
    clause: Clause = Field(default="", description="出处：通知的条款")
    note: str = Field(default="", description="说明；通知没有写的日期在这里写明是约定")

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.due and self.with_:
            raise ValueError("due 与 with 只能填写一个")
        if (self.kind == "measurements") != (self.period is not None):
            raise ValueError("period 只用于指标实测表（measurements），且必须填写")
        return self


class _Kind(Definition):
    """The layouts in which a kind of return comes, and the words by which a file of it is known that couldn't be read."""

    layouts: tuple[str, ...]
    words: tuple[str, ...]


class Words(Definition):
    """The words of a reminder; holes: programme, cited (the notice), asked (what it asks of returns)."""

    title: str
    opening: str
    closing: str


class _Returns(Definition):
    kinds: dict[Kind, _Kind]
    owed: tuple[Owed, ...]
    letter: Words


class Arrival(NamedTuple):
    """A row that came: where it stands, the milestones that its table has columns (or rows) for, and whether it is but a name."""

    file: str
    sheet: str
    cell: str
    milestones: frozenset[str] = frozenset()
    bare: bool = False


class Unread(NamedTuple):
    """Something that a unit sent and nobody could read: what it may be, and where it lies."""

    unit: str
    kinds: frozenset[str]
    file: str
    sheet: str


@cache
def _returns() -> _Returns:
    return read_definition(root() / "returns.yaml", _Returns)


def usual() -> tuple[Owed, ...]:
    """Return what units owe where a programme doesn't say."""
    return _returns().owed


def letter() -> Words:
    """Return the words of the reminder to a unit that owes something."""
    return _returns().letter


@cache
def kinds_of_layouts() -> dict[str, str]:
    """Return layout → the kind of return that comes in it.

    >>> kinds_of_layouts()["performance"]
    'options'
    """
    return {layout: kind for kind, what in _returns().kinds.items() for layout in what.layouts}


def kinds_named(*texts: str) -> frozenset[str]:
    """Return the kinds that names of files or sheets speak of; all of them where they speak of none.

    >>> sorted(kinds_named("石家庄市进度表（扫描件）.pdf"))
    ['progress']
    """
    known = _returns().kinds
    found = {kind for kind, what in known.items() if any(word in text for word in what.words for text in texts)}
    return frozenset(found or known)


def ledger(
    programme: Programme,
    plants: Iterable[Mapping[str, Any]],
    came: Mapping[tuple[str, str], Mapping[str, Arrival]],
    unread: Iterable[Unread] = (),
) -> list[dict[str, Any]]:
    """Return the rows of ``returns``: what is owed for each plant and by each unit that has some, then what came unasked.

    ``plants``: rows of ``plants`` (plant_id, unit, industry, roster, listed_on, own_deadline, attributes, unread_fields).
    ``came``: (kind, period or "") → the plant (of a unit's own return: the unit) → the row that came.
    """
    listed = list(plants)
    trades = industries()

    def judged(trade: str | None) -> bool:
        return bool(trade in trades and trades[trade].systems)

    units = list(dict.fromkeys(p["unit"] for p in listed))
    lost: dict[tuple[str, str], Unread] = {}
    for one in unread:
        for what in one.kinds:
            lost.setdefault((one.unit, what), one)
    rows = []
    for owed in programme.owed:
        for unit, plant in [(u, None) for u in units] if owed.kind == OWN else [(p["unit"], p) for p in listed]:
            if owed.kind == "measurements" and plant and not judged(plant["industry"]):
                continue  # nobody can fill in what no system asks
            due = programme.due(owed, plant)
            if plant and owed.with_ in ("final", programme.final.id) and "own_deadline" in (plant["unread_fields"] or ""):
                due = None  # it has a day of its own, which nobody could read
            about = {"unit": unit, "kind": owed.kind, "period": owed.period, "plant_id": plant and plant["plant_id"]}
            rows.append(about | {"owed": "yes", "due": due} | _came(about, came, lost))
    asked = {(owed.kind, owed.period or "") for owed in programme.owed}
    home = {p["plant_id"]: p["unit"] for p in listed}
    for (kind, period), arrivals in came.items():
        if (kind, period) in asked or (kind == "measurements" and not period):
            continue
        for subject, arrival in arrivals.items():
            unit, plant_id = (subject, None) if kind == OWN else (home[subject], subject)
            about = {"unit": unit, "kind": kind, "period": period or None, "plant_id": plant_id}
            rows.append(about | {"owed": "no", "due": None} | _said("blank" if arrival.bare else "received", arrival))
    return rows


def _came(
    about: Mapping[str, Any], came: Mapping[tuple[str, str], Mapping[str, Arrival]], lost: Mapping[tuple[str, str], Unread]
) -> dict[str, Any]:
    """Return what came of one return: its state, and where it stands. ``lost``: (unit, kind) → the first that may hold it."""
    kind, period, subject = about["kind"], about["period"] or "", about["plant_id"] or about["unit"]
    if found := came.get((kind, period), {}).get(subject):
        return _said("blank" if found.bare else "received", found)
    if period and (found := came.get((kind, ""), {}).get(subject)):
        return _said("blank", found)
    if one := lost.get((about["unit"], kind)):
        return _said("unread", Arrival(one.file, one.sheet, ""))
    return _said("nothing", Arrival("", "", ""))


def _said(state: str, arrival: Arrival) -> dict[str, Any]:
    place = {"file": arrival.file or None, "sheet": arrival.sheet or None, "cell": arrival.cell or None}
    return {"state": state, "milestones": ";".join(sorted(arrival.milestones)) or None} | place
