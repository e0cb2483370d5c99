"""A programme: what one notice orders — rosters, milestones with deadlines, targets, hand-overs — each with its clause."""

from __future__ import annotations

import datetime as dt
from functools import cache, cached_property
from typing import Literal, Self

from pydantic import model_validator

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import one_of
from cpaudit.programme.calendar import next_working_day
from cpaudit.programme.interpretations import Interpretations
from cpaudit.programme.owed import Owed, usual
from cpaudit.reference import Definition, read_definition, root
from cpaudit.vocabulary import Category


class Document(Definition):
    """The notice itself."""

    number: str
    title: str
    issuers: tuple[str, ...]
    published: dt.date | None
    legal_basis: tuple[str, ...] = ()
    technical_basis: tuple[str, ...] = ()


class Roster(Definition):
    """A list of plants that the notice encloses, with the number of plants it states."""

    id: str
    label: str
    size: int
    clause: str


class Deadline(Definition):
    """A fixed date, or so many days after the plant's roster was published."""

    date: dt.date | None = None
    days_after_listing: int | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.date is None) == (self.days_after_listing is None):
            raise ValueError("date 与 days_after_listing 须且只须填写一个")
        return self

    def on(self, listed_on: dt.date | None) -> dt.date | None:
        """Return the date for a plant listed on that day; None where the listing date is not known."""
        if self.days_after_listing is None:
            return self.date
        return listed_on + dt.timedelta(days=self.days_after_listing) if listed_on else None


class Milestone(Definition):
    """A step with its deadline, who acts, and the plants that it binds."""

    id: str
    label: str
    actor: str
    scope: Literal["plant", "unit"]
    deadline: Deadline
    clause: str
    duty: str
    after: tuple[str, ...] = ()
    permit_classes: tuple[str, ...] = ()
    has_result: bool = False
    final: bool = False
    note: str = ""


class AppliesTo(Definition):
    """Which plants a target binds; exactly one condition is given."""

    industries: tuple[str, ...] = ()
    hazardous_waste_t_min: float | None = None
    other_industries: bool = False


class Requirement(Definition):
    """What must be reached: indicator categories, the hazardous-waste indicators, or the plant as a whole, at a level."""

    kind: Literal["categories", "hazardous_waste", "overall"]
    level: Literal[1, 2, 3]
    categories: tuple[Category, ...] = ()


class IfMetBefore(Definition):
    """Where the level was reached before the audit already: which indicators must clearly improve."""

    improve: tuple[Category | Literal["hazardous_waste"], ...]


class Target(Definition):
    """One of the notice's target shapes."""

    id: str
    label: str
    clause: str
    applies_to: AppliesTo
    requires: Requirement
    if_met_before: IfMetBefore | None = None


class Handover(Definition):
    """A list that must be handed to another authority."""

    id: str
    receiver: str
    content: str
    clause: str


class Duty(Definition):
    """Another duty of the notice."""

    id: str
    label: str
    clause: str


class Summary(Definition):
    """What the yearly summary must hold, in the notice's order."""

    clause: str
    contents: tuple[str, ...]


class Programme(Definition):
    """One notice as data; see ``data/reference/programmes``."""

    id: str
    title: str
    document: Document
    rosters: tuple[Roster, ...]
    units: tuple[str, ...]
    deadline_inclusive: bool
    due_soon_days: int
    milestones: tuple[Milestone, ...]
    targets: tuple[Target, ...]
    interpretations: Interpretations = Interpretations()
    handovers: tuple[Handover, ...]
    duties: tuple[Duty, ...]
    summary: Summary
    #: What the units must send; None: what is usual (``data/reference/returns.yaml``).
    returns: tuple[Owed, ...] | None = None

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        seen: set[str] = set()
        for milestone in self.milestones:
            for before in milestone.after:
                if before not in seen:
                    raise ValueError(f"节点 {milestone.id} 的前置节点 {before} 未在其前定义")
            if milestone.id in seen:
                raise ValueError(f"节点 {milestone.id} 重复")
            seen.add(milestone.id)
        if sum(m.final for m in self.milestones) != 1:
            raise ValueError("须有且只有一个节点标为 final")
        for owed in self.returns or ():
            if owed.with_ not in ("", "final", *seen):
                raise ValueError(f"returns 中没有编号为 {owed.with_} 的节点")
        return self

    @property
    def plants_announced(self) -> int:
        """How many plants the notice names."""
        return sum(r.size for r in self.rosters)

    def milestone(self, milestone_id: str) -> Milestone:
        """Return a milestone by its id or its label.

        Raises:
            UsageError: no such milestone; its last line lists all.
        """
        known = {m.id: m for m in self.milestones}
        return known[one_of(self.title + "没有名为“{}”的节点", milestone_id, {id: m.label for id, m in known.items()})]

    def plant_milestones(self) -> tuple[Milestone, ...]:
        """Return the milestones that plants reach, in order."""
        return tuple(m for m in self.milestones if m.scope == "plant")

    @property
    def owed(self) -> tuple[Owed, ...]:
        """What the units must send: as the notice's file says, else what is usual."""
        return usual() if self.returns is None else self.returns

    def due(self, owed: Owed, listed_on: dt.date | None, own_deadline: dt.date | None) -> dt.date | None:
        """Return the day on which a return is due for a plant listed on a day; None: at any time."""
        if not owed.with_:
            return owed.due
        step = self.final if owed.with_ == "final" else self.milestone(owed.with_)
        return own_deadline if step.final and own_deadline else step.deadline.on(listed_on)

    @property
    def final(self) -> Milestone:
        """The milestone that ends a plant's audit (acceptance)."""
        return next(m for m in self.milestones if m.final)

    @cached_property
    def _named(self) -> frozenset[str]:
        """The industries that a target names."""
        return frozenset(i for t in self.targets for i in t.applies_to.industries)

    def targets_for(self, industry: str, hazardous_waste_t: float | None) -> tuple[Target, ...]:
        """Return the targets that are known to bind a plant (notice, part 一); all of them must hold."""
        return tuple(target for target, certain in self.bound(industry, hazardous_waste_t) if certain)

    def bound(self, industry: str, hazardous_waste_t: float | None) -> tuple[tuple[Target, bool], ...]:
        """Return the targets that bind a plant, or may, and whether that is certain: nobody knows without its capacity."""

        def binds(rule: AppliesTo) -> bool | None:
            if rule.hazardous_waste_t_min is not None:
                return None if hazardous_waste_t is None else hazardous_waste_t >= rule.hazardous_waste_t_min
            if rule.other_industries and industry not in self._named:
                return other
            return industry in rule.industries

        other: bool | None = True
        if self.interpretations.several_targets.choice == "waste_only":
            waste = [binds(t.applies_to) for t in self.targets if t.applies_to.hazardous_waste_t_min is not None]
            other = False if True in waste else None if None in waste else True
        found = ((t, binds(t.applies_to)) for t in self.targets)
        return tuple((t, bool(yes)) for t, yes in found if yes is not False)

    def fixed_day(self, milestone: Milestone) -> dt.date | None:
        """Return the fixed date of a milestone as it binds: see ``interpretations.holidays``."""
        return self.in_force(milestone.deadline.date)

    def in_force(self, day: dt.date | None) -> dt.date | None:
        """Return the day that a printed deadline stands for.

        >>> load_programme("hebei-2021-2").in_force(dt.date(2022, 1, 31))
        datetime.date(2022, 1, 31)
        """
        if day is None or self.interpretations.holidays.choice == "as_printed":
            return day
        return next_working_day(day)


def programme_ids() -> list[str]:
    """Return the ids of the programmes that are shipped or added under ``data/reference/programmes``."""
    return sorted(p.stem for p in (root() / "programmes").glob("*.yaml"))


@cache
def load_programme(programme_id: str) -> Programme:
    """Return a programme by its id.

    >>> load_programme("hebei-2021-2").plants_announced
    446

    Raises:
        UsageError: there is no such programme; the sentence lists those that exist.
        DefinitionError: its file is faulty.
    """
    known = programme_ids()
    if programme_id not in known:
        raise UsageError(f"没有编号为“{programme_id}”的批次；现有：{'、'.join(known)}。")
    return read_definition(root() / "programmes" / f"{programme_id}.yaml", Programme)
