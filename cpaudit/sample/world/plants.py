"""A fictitious plant: who it is, what it is built with, what its audit changes, and what of that has happened by a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from cpaudit.sample.world.lines import Line
from cpaudit.sample.world.options import Option
from cpaudit.sample.world.steps import Reached

_PROOFS = {
    "suspended": "停产情况说明及供电证明（示例）",
    "relocated": "退城搬迁批复（示例）",
    "closed": "营业执照注销证明（示例）",
    "deferred": "暂缓审核申请批复（示例）",
    "cancelled": "取消审核申请批复（示例）",
    "rolled_over": "转入下一批审核的函（示例）",
}


@dataclass(frozen=True)
class Standing:
    """What a plant is on a day, and since when."""

    status: str = "active"
    since: dt.date | None = None

    @property
    def proof(self) -> str:
        """The paper that proves it."""
        return _PROOFS.get(self.status, "")


@dataclass(eq=False)
class Plant:
    """One fictitious plant with the whole truth about it; ``twin`` marks firms that share a short name."""

    uscc: str
    name: str
    mark: str
    unit: str
    county: str
    industry: str
    number: int = 0
    site: str = ""
    twin: bool = False
    ownership: str = "private"
    roster: str = "mandatory"
    reasons: tuple[str, ...] = ()
    hazardous_waste_t: float | None = None
    permit_class: str = "key"
    assessor: str = "city"
    authority: str = "environment"
    consultant: str = ""
    stricter_level: int | None = None
    own_deadline: tuple[dt.date, dt.date] | None = None
    left: Standing = Standing()
    lines: list[Line] = field(default_factory=list)
    #: Whether an indicator system is reported at all: some trades have none.
    measured: bool = True
    options: list[Option] = field(default_factory=list)
    attained: bool | None = None
    #: The whole path, whether or not the plant leaves on the way.
    path: dict[str, Reached] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """The name with the bracketed site, as rosters print it."""
        return f"{self.name}（{self.site}）" if self.site else self.name

    @property
    def plant_id(self) -> str:
        """The key that the plant has where its roster row is right."""
        return f"{self.uscc}@{self.site}" if self.site else self.uscc

    def standing(self, day: dt.date) -> Standing:
        """Return what the plant is on a day."""
        return self.left if self.left.since and self.left.since <= day else Standing()

    def by(self, day: dt.date) -> dict[str, Reached]:
        """Return milestone → when it was reached, of those reached by a day; who has left reaches none."""
        last = min(day, self.left.since) if self.left.since else day
        return {m: r for m, r in self.path.items() if r.date <= last}

    def deadline(self, day: dt.date) -> dt.date | None:
        """Return its own deadline for acceptance, once it is told of one."""
        return self.own_deadline[1] if self.own_deadline and self.own_deadline[0] <= day else None

    def status_of(self, option: Option, day: dt.date) -> str:
        """Return how far an option is on a day."""
        reached = self.by(day)
        if option.dropped and ("assessed" in reached or self.standing(day).status in ("closed", "cancelled")):
            return "dropped"
        if self.standing(day).status in ("closed", "cancelled"):
            return "implemented" if option.kind == "no_low_cost" and option.ready < 0.5 else "dropped"
        start = reached["plan_ready"].date if "plan_ready" in reached else None
        if start is None:
            return "planned"
        if "implemented" in reached:
            return "implemented"
        end = self.path["implemented"].date if "implemented" in self.path else start + dt.timedelta(days=200)
        done = start + (end - start) * option.ready
        last = min(day, self.left.since) if self.left.since else day
        if done <= last and option.ready < 0.95:
            return "implemented"
        begun = start + (end - start) * (option.ready * 0.3)
        return "under_way" if begun <= last and (option.kind == "no_low_cost" or "assessed" in reached) else "planned"
