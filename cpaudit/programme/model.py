"""A programme: what one notice orders — rosters, milestones with deadlines, targets, hand-overs — each with its clause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from cpaudit.errors import DefinitionError, UsageError
from cpaudit.errors.arguments import one_of
from cpaudit.fields import Words
from cpaudit.programme.calendar import next_working_day
from cpaudit.programme.deadlines import Deadline, later
from cpaudit.programme.document import Document
from cpaudit.programme.duties import Consequences, Duty, Handover, Summary
from cpaudit.programme.interpretations import Interpretations
from cpaudit.programme.milestones import ROLES, Milestone
from cpaudit.programme.owed import Owed, usual
from cpaudit.programme.rosters import Attribute, Roster, as_written, stated_day
from cpaudit.programme.targets import Target
from cpaudit.reference import Definition, file, files, read_definition
from cpaudit.vocabulary import Verification
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.programme.targets import Facts

#: Columns of the summaries that no stage may be called by.
_TAKEN = frozenset(
    {
        *("listed", "active", "left", "staying", "status_unread", "not_reported", "part_unreported"),
        *("failed", "unclear", "overdue", "due_soon"),
        *("unit", "industry", "roster", "county", "plants", "name", "stage", "accepted_pct", "accepted_active_pct"),
    }
)
#: Columns that only a programme with a step of a role has to ask.
_OF_STEPS = {"permit_no": "permit", "permit_class": "permit", "assessor": "assessment"}
#: The column of the last milestone, and of a plant's own deadline as rosters call it.
LAST = "accepted"
_OWN_COLUMNS = ("验收截止日期", "单独确定的验收期限", "own_deadline")


class Programme(Definition):
    """One notice as data; see ``data/reference/programmes``."""

    id: str = Field(description="编号，与文件名相同，如 hebei-2021-2")
    title: str = Field(description="批次的名称，各页、各表用它")
    document: Document = Field(description="通知本身")
    rosters: tuple[Roster, ...] = Field(min_length=1, description="所附的各份名单")
    attributes: tuple[Attribute, ...] = Field(default=(), description="名单自有的列")
    units: tuple[str, ...] = Field(min_length=1, description="上报单位的编号")
    deadline_inclusive: bool = Field(description="期限当日办理算不算按期")
    due_soon_days: int = Field(description="距期限多少个自然日起提示即将到期")
    milestones: tuple[Milestone, ...] = Field(min_length=1, description="各个节点，按通知的次序")
    targets: tuple[Target, ...] = Field(description="达标要求；通知没有规定的为空")
    interpretations: Interpretations = Field(default=Interpretations(), description="通知没有说清、由工作台取定的")
    handovers: tuple[Handover, ...] = Field(default=(), description="须移交其他部门的清单")
    duties: tuple[Duty, ...] = Field(default=(), description="其他职责")
    summary: Summary = Field(description="工作总结须含的内容")
    consequences: Consequences = Field(default=Consequences(), description="转入下一批、重新审核等后果")
    #: What the units must send; None: what is usual (``data/reference/returns.yaml``).
    returns: tuple[Owed, ...] | None = Field(default=None, description="各上报单位应报的表；不写的用通用的")
    status: Verification = Field(
        default="secondary", description="对照正式文本核对到什么程度：official、secondary、draft、demonstration"
    )
    sources: tuple[str, ...] = Field(default=(), description="没有正式文本时所据的公开转载")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: Any) -> Any:
        return as_written(content) if isinstance(content, Mapping) else content

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
        self._deadlines_hold()
        for owed in self.returns or ():
            if owed.with_ not in ("", "final", *seen):
                raise ValueError(f"returns 中没有编号为 {owed.with_} 的节点")
        return self

    def _deadlines_hold(self) -> None:
        plants = {m.id for m in self.plant_milestones()}
        for milestone in self.milestones:
            seen = {before.id for before in self.milestones[: self.milestones.index(milestone)]}
            for part in milestone.deadline.parts():
                if part.after is not None and part.after not in plants & seen:
                    raise ValueError(f"节点 {milestone.id} 的期限自 {part.after} 起算，而其前没有企业的节点叫这个编号")
                if milestone.final and part.every:
                    raise ValueError(f"最后的节点 {milestone.id} 不能是定期的（every）")

    @property
    def plants_announced(self) -> int | None:
        """How many plants the notice names; None where it doesn't say so of every roster."""
        sizes = [r.size for r in self.rosters]
        return None if None in sizes else sum(filter(None, sizes))

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
        if self.returns is not None:
            return self.returns
        units = any(m.scope == "unit" for m in self.milestones)
        asked = {"unit_work": units, "measurements": bool(self.targets), "options": bool(self.targets or self.summary.contents)}
        return tuple(owed for owed in usual() if asked.get(owed.kind, True))

    def due(self, owed: Owed, plant: Facts | None) -> dt.date | None:
        """Return the day on which a return is due for a plant, or of a unit itself (None); None: at any time."""
        if not owed.with_:
            return owed.due
        step = self.final if owed.with_ == "final" else self.milestone(owed.with_)
        own = (plant or {}).get("own_deadline")
        return own if step.final and own else self.deadline_of(step.deadline, plant or {})

    def deadline_of(self, deadline: Deadline, plant: Facts) -> dt.date | None:
        """Return the day of a deadline for a plant as far as its row alone says: nothing that rests on another milestone."""
        match deadline.form:
            case "date":
                return deadline.date
            case "listing":
                start = plant.get("listed_on")
                return start and later(start, days=deadline.days_after_listing, months=deadline.months_after_listing)
            case "column":
                found = plant.get("own_deadline") if self.own_column(str(deadline.column)) else None
                found = found or stated_day(plant.get("attributes"), str(deadline.column))
                return found or (self.deadline_of(deadline.else_, plant) if deadline.else_ else None)
            case "by":
                case = deadline.cases.get(str(plant.get(str(deadline.by))), deadline.else_)
                return self.deadline_of(case, plant) if case else None
        return None

    @staticmethod
    def own_column(heading: str) -> bool:
        """Whether a roster's column of deadlines is the one that every plant may have (``own_deadline``)."""
        return heading in _OWN_COLUMNS

    @cached_property
    def columns(self) -> tuple[Attribute, ...]:
        """The rosters' own columns: the attributes, and the days that deadlines are read from."""
        days = dict.fromkeys(c for m in self.milestones for c in m.deadline.columns() if not self.own_column(c))
        declared = {a.id for a in self.attributes} | {a.label for a in self.attributes}
        return (*self.attributes, *(Attribute(id=c, label=c, type="date") for c in days if c not in declared))

    @cached_property
    def stages(self) -> dict[str, Milestone]:
        """The steps of a plant's way in order: the column that counts them → milestone; the last one is ``accepted``."""
        found: dict[str, Milestone] = {}
        for m in self.plant_milestones():
            if m.in_funnel:
                key = LAST if m.final else ROLES[m.role].usual if m.role else m.id
                taken = key in _TAKEN or key in found or (key == LAST and not m.final)
                found[f"{m.id}_step" if taken else key] = m
        return found

    def with_role(self, role: str) -> Milestone | None:
        """Return the milestone of a role; None where the notice has none."""
        return next((m for m in self.milestones if m.role == role), None)

    @cached_property
    def words(self) -> Words:
        """What sentences call the steps: by role; ``last`` the last one, ``judged`` those with a result, and turns of both."""
        judged = [m.noun for m in self.plant_milestones() if m.has_result]
        last, first = self.final, self.with_role("assessment")
        apart = first.noun if first and not first.final else ""
        said = {str(m.role): m.noun for m in self.milestones if m.role} | {
            "last": last.noun,
            "judged": "或".join(judged) or "节点",
            "reached": f"{'通过' if last.has_result else '完成'}{last.noun}",
            "counted": f"{last.noun}结果为通过且有日期" if last.has_result else f"有{last.noun}日期",
            "then": f"已通过{apart}但尚未" if apart else "尚未",
            "before": f"{apart}通过、" if apart else "",
        }
        return tuple(sorted(said.items()))

    def asks(self, column: str) -> bool:
        """Whether a step or a target of it has a use for a column of rosters and returns; what has none isn't printed."""
        if column in _OF_STEPS:
            by_class = column == "permit_class" and any(m.permit_classes for m in self.milestones)
            return by_class or self.with_role(_OF_STEPS[column]) is not None
        rules = [part for t in self.targets for part in t.applies_to.parts()]
        if column == "authority":  # whose list it is matters where several issued the notice
            return len(self.document.issuers) > 1
        if column == "hazardous_waste_t":
            return any(rule.hazardous_waste_t_min is not None for rule in rules)
        return column != "stricter_level" or any(t.requires.level for t in self.targets)

    @property
    def improves(self) -> bool:
        """Whether a target asks for a clear improvement."""
        return any(t.if_met_before for t in self.targets)

    @property
    def final(self) -> Milestone:
        """The milestone that ends a plant's audit (acceptance)."""
        return next(m for m in self.milestones if m.final)

    @cached_property
    def _named(self) -> frozenset[str]:
        """The industries that a target names."""
        return frozenset[str]().union(*(t.applies_to.named() for t in self.targets))

    def targets_for(self, industry: str, hazardous_waste_t: float | None) -> tuple[Target, ...]:
        """Return the targets that are known to bind a plant of which only that is known; all of them must hold."""
        plant = {"industry": industry, "hazardous_waste_t": hazardous_waste_t}
        return tuple(target for target, certain in self.bound(plant) if certain)

    def bound(self, plant: Facts) -> tuple[tuple[Target, bool], ...]:
        """Return the targets that bind a plant, or may, and whether that is certain: what is blank or unread leaves it open."""
        other: bool | None = True
        if self.interpretations.several_targets.choice == "waste_only":
            rules = [t.applies_to for t in self.targets]
            waste = [rule.binds(plant, self._named) for rule in rules if rule.hazardous_waste_t_min is not None]
            other = False if True in waste else None if None in waste else True
        found = ((t, t.applies_to.binds(plant, self._named, other)) for t in self.targets)
        return tuple((t, bool(yes)) for t, yes in found if yes is not False)

    def fixed_day(self, milestone: Milestone) -> dt.date | None:
        """Return the fixed date of a milestone as it binds: see ``interpretations.holidays``."""
        return self.in_force(milestone.deadline.fixed())

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
    return [p.stem for p in files("programmes")]


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
    return read_definition(file("programmes", programme_id), Programme)


def titles() -> dict[str, str]:
    """Return what all programmes are called: id → title; a faulty file's isn't there."""
    return {programme.id: programme.title for programme in _sound()}


def _sound() -> Iterator[Programme]:
    for programme in programme_ids():
        try:
            yield load_programme(programme)
        except DefinitionError:
            continue  # whoever loads it is told


@cache
def roster_names() -> dict[str, str]:
    """Return what the lists of all programmes are called, by label and id → id; a faulty file's aren't there."""
    found: dict[str, str] = {}
    for programme in _sound():
        for roster in programme.rosters:
            found |= {roster.label: roster.id, roster.id: roster.id}
    return found
