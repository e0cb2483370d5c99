"""What a province is made by, read from data/reference/sample: its trades and habits, their processes, their options."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import Field

from cpaudit.indicators import IndicatorSystem, systems
from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

Three = tuple[float, float, float]
Two = tuple[float, float]


class Machine(Definition):
    """What a line is built with; it stays what it is. ``output``: per year, in the process's product."""

    name: str
    share: float
    output: float
    sets: dict[str, float] = Field(default_factory=dict)
    usual: dict[str, Three] = Field(default_factory=dict)
    source: str = ""


class Quantity(Definition):
    """A physical quantity: drawn (``usual``), a multiple of another (``of``), or the sum of parts."""

    usual: Three | None = None
    of: str = ""
    less: str = ""
    sum: dict[str, float] = Field(default_factory=dict)
    bounds: Two = (-math.inf, math.inf)
    role: str = ""
    per: float = 0.0
    decimals: int | None = None
    source: str = ""

    @property
    def falls(self) -> bool:
        """Whether less is better."""
        if self.usual is None or self.usual[0] == self.usual[2]:
            return self.bounds[1] != 100
        return self.usual[0] < self.usual[2]


class Process(Definition):
    """The physics of one indicator system's process."""

    product: str
    machines: tuple[Machine, ...] = ()
    values: dict[str, Quantity] = Field(default_factory=dict)
    answers: dict[str, tuple[float, ...]] = Field(default_factory=dict)


class Processes(Definition):
    """The file of processes."""

    processes: dict[str, Process]


class Measure(Definition):
    """A cleaner-production option as it may be chosen; see options.yaml."""

    name: str
    class_: str = Field(alias="class")
    life: float
    costs: Two | None = None
    pays: Two | None = None
    acts: dict[str, Two] = Field(default_factory=dict)
    lifts: tuple[str, ...] = ()
    also: dict[str, Two] = Field(default_factory=dict)
    trades: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()


class Column(Definition):
    """What a saving is in the table of options."""

    column: str
    factor: float
    price: float
    co2: float = 0.0
    note: str = ""


class Measures(Definition):
    """The file of options."""

    options: tuple[Measure, ...]
    columns: dict[str, Column]


class Trade(Definition):
    """How a trade's plants are spread, and what they are like."""

    weight: float
    permit: Three
    reasons: Three
    wastes: float
    ownership: Three
    business: tuple[str, ...]
    output: Two | None = None
    waste_t: Two | None = None
    places: dict[str, float] = Field(default_factory=dict)


class Step(Definition):
    """How a milestone is reached."""

    work: float
    least: float = 0.0
    put_off: float
    slip: float
    never: float
    fails: Two | None = None


class Habits(Definition):
    """What people do about deadlines."""

    before_deadline: float
    after_deadline: float
    not_attained_delay: float
    not_attained_never: float


class Leaves(Definition):
    """How many plants leave the programme, and why."""

    share: float
    kinds: dict[str, float]


class Exceptions(Definition):
    """Plants that a notice treats otherwise."""

    stricter_level: float
    own_deadline: float
    own_deadlines: tuple[dt.date, ...]
    own_deadline_told: dt.date


class Consultants(Definition):
    """The firms that audit."""

    per_hundred: float
    self_audit: float
    spread: float
    at_home: float


class Drift(Definition):
    """What changes without an option."""

    usual: Two
    bad_share: float
    bad: Two


class Spread(Definition):
    """How much units, trades and plants differ."""

    unit: float
    trade: float
    plant: float


class Province(Definition):
    """The file of the province."""

    units: dict[str, int]
    trades: dict[str, Trade]
    sites: tuple[dict[str, str], ...]
    steel: dict[str, float]
    milestones: dict[str, Step]
    habits: Habits
    leaves: Leaves
    exceptions: Exceptions
    consultants: Consultants
    drift: Drift
    spread: Spread


@cache
def province() -> Province:
    """Return the province's habits."""
    return read_definition(root() / "sample" / "province.yaml", Province)


@cache
def measures() -> Measures:
    """Return the options that plants choose from."""
    return read_definition(root() / "sample" / "options.yaml", Measures)


@cache
def _processes() -> dict[str, Process]:
    return read_definition(root() / "sample" / "processes.yaml", Processes).processes


class Physics(NamedTuple):
    """A process with every indicator of its system: those that no file describes lie about their benchmarks."""

    system: IndicatorSystem
    product: str
    machines: tuple[Machine, ...]
    values: dict[str, Quantity]
    answers: dict[str, tuple[float, ...]]
    fixed: frozenset[str]
    roles: frozenset[str]
    #: Decimals with which a figure is reported: three digits of what is usual.
    decimals: dict[str, int]
    by_role: dict[str, list[tuple[str, Quantity]]]

    def acted(self, roles: Iterable[str]) -> Iterator[tuple[str, Quantity]]:
        """Yield the quantities that some roles are acted on by, role by role."""
        for role in roles:
            yield from self.by_role.get(role, ())


@cache
def physics(system_id: str) -> Physics:
    """Return the physics of an indicator system."""
    system = systems()[system_id]
    known = _processes().get(system_id) or Process(product="")
    values, answers = dict(known.values), dict(known.answers)
    fixed = frozenset(key for machine in known.machines for key in machine.sets)
    for indicator in system.indicators():
        if indicator.id in values or indicator.id in answers or indicator.id in fixed:
            continue
        if indicator.answer == "number":
            values[indicator.id] = _about([b for b in (indicator.baselines.at(n) for n in (1, 2, 3)) if b is not None])
        elif indicator.answer == "level":
            answers[indicator.id] = (0.25, 0.5, 0.24, 0.01)
        else:
            answers[indicator.id] = (0.992,) if indicator.limiting else (0.965,)
    by_role: dict[str, list[tuple[str, Quantity]]] = {}
    for name, quantity in values.items():
        if quantity.role:
            by_role.setdefault(quantity.role, []).append((name, quantity))
    roles, decimals = frozenset(by_role), _decimals(values)
    return Physics(system, known.product, known.machines, values, answers, fixed, roles, decimals, by_role)


def _decimals(values: dict[str, Quantity]) -> dict[str, int]:
    usual: dict[str, float] = {}
    found = {}
    for name, quantity in values.items():
        own = (quantity.usual or (1, 1, 1))[1]
        if quantity.sum:
            own = sum(usual.get(part, 0.0) * factor for part, factor in quantity.sum.items())
        usual[name] = usual.get(quantity.of, 1.0) * own
        digits = 2 - math.floor(math.log10(abs(usual[name]) or 1.0))
        found[name] = max(0, min(6, digits)) if quantity.decimals is None else quantity.decimals
    return found


def _about(marks: list[float]) -> Quantity:
    if not marks:
        return Quantity(usual=(4, 5.5, 7.5))
    best, middle, worst = (marks + marks[-1:] * 2)[:3]
    return Quantity(usual=(best, middle, worst), bounds=(min(0.0, *marks) * 1.5, max(*marks, 0.0, best, worst) * 2))
