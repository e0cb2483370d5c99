"""Deadlines as a notice writes them: a date, so long after something, the roster's column, a rhythm, by kind, none."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from cpaudit.reference import Definition

#: What a deadline rests on, in words.
BASES = {
    "date": "固定日期",
    "listing": "自名单公布之日起",
    "after": "自前一事项完成之日起",
    "column": "名单中单独确定",
    "every": "定期",
    "none": "不限期",
    "unknown": "期限不明",
}
#: By what a deadline may differ from plant to plant.
Divider = Literal["roster", "unit", "industry"]
#: Fifty years at most: a day beyond the calendar's end would end every command of the programme.
Days = Annotated[int, Field(ge=0, le=18_300)]
Months = Annotated[int, Field(ge=1, le=600)]
_DIVIDERS = ("roster", "unit", "industry")
_LENGTHS = ("days_after_listing", "months_after_listing", "days", "months")
#: Words that people write for the same.
_SAME = {"quarter_end": "quarter", "month_end": "month", "year_end": "year"}


class Deadline(Definition):
    """One of the forms of ``docs/next-programme.md``; which one, :attr:`form` says.

    >>> Deadline.model_validate({"after": "assessed", "months": 12}).said()
    '自“assessed”完成之日起 12 个月内'
    """

    # beside ``by`` stand the ids of lists, units or trades, each with its deadline
    model_config = ConfigDict(json_schema_extra={"additionalProperties": {"type": "object"}})

    date: dt.date | None = Field(default=None, description="固定日期，如 2022-06-01")
    days_after_listing: Days | None = Field(default=None, description="名单公布后若干日")
    months_after_listing: Months | None = Field(default=None, description="名单公布后若干个月")
    after: str | None = Field(default=None, description="同一企业的另一节点的编号，自其完成之日起算；与 days 或 months 同写")
    days: Days | None = Field(default=None, description="自 after 的节点完成之日起若干日")
    months: Months | None = Field(default=None, description="自 after 的节点完成之日起若干个月")
    column: str | None = Field(default=None, description="名单中写明各企业期限的一列的表头，如 验收截止日期")
    else_: Deadline | None = Field(default=None, alias="else", description="这一列空着的企业适用的期限；不写为期限不明")
    every: Literal["month", "quarter", "year"] | None = Field(default=None, description="定期：每月、每季度末、每年")
    month: Annotated[int, Field(ge=1, le=12)] | None = Field(
        default=None, description="每年的哪一月，与 every: year 同写，不写为 12 月"
    )
    day: Annotated[int, Field(ge=1, le=31)] | None = Field(default=None, description="每月（每年该月）的哪一日，不写为月末")
    by: Divider | None = Field(default=None, description="按名单、上报单位或行业分别规定，其余各键为编号")
    cases: dict[str, Deadline] = Field(default_factory=dict, description="by 的各种情形，直接与 by 并列书写")
    none: str | None = Field(default=None, description="没有期限时通知的原话，如 及时；永不逾期")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: Any) -> Any:
        if not isinstance(content, Mapping):
            return content
        said = dict(content)
        if isinstance(said.get("every"), str):
            said["every"] = _SAME.get(said["every"], said["every"])
        if said.get("by") in _DIVIDERS and "cases" not in said:
            kept = {name: said.pop(name) for name in ("by", "else") if name in said}
            return kept | {"cases": said}
        # 期限写了而空着：通知没有给出日期
        if said and all(value is None for value in said.values()) and set(said) <= {"date", *_LENGTHS}:
            return {"none": ""}
        return said

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [
            name
            for name in ("date", "days_after_listing", "months_after_listing", "after", "column", "every", "by", "none")
            if getattr(self, name) is not None
        ]
        if len(given) != 1:
            what = "、".join(given) if given else "一个也没有写"
            raise ValueError(
                "期限须且只须写一种：date、days_after_listing、months_after_listing、after、column、every、by 或 none"
                f"（现为 {what}）"
            )
        if (self.after is not None) != ((self.days is None) != (self.months is None)) or (
            self.after is None and (self.days is not None or self.months is not None)
        ):
            raise ValueError("after 与 days 或 months（只写其一）须同时填写")
        if self.else_ and not (self.column or self.by):
            raise ValueError("else 只与 column 或 by 同写")
        if self.month and self.every != "year":
            raise ValueError("month 只与 every: year 同写")
        if self.day and self.every not in ("month", "year"):
            raise ValueError("day 只与 every: month 或 every: year 同写")
        if (self.by is not None) != bool(self.cases):
            raise ValueError("by 之外须写出各种情形各自的期限")
        return self

    @property
    def form(self) -> str:
        """Which of :data:`BASES` it is; ``by`` where it differs from plant to plant."""
        if self.days_after_listing is not None or self.months_after_listing is not None:
            return "listing"
        names = ("date", "after", "column", "every", "by", "none")
        return next(name for name in names if getattr(self, name) is not None)

    def parts(self) -> tuple[Deadline, ...]:
        """Return it and every deadline inside it."""
        inner = [*self.cases.values(), *([self.else_] if self.else_ else [])]
        return (self, *(part for each in inner for part in each.parts()))

    def dates(self) -> list[dt.date]:
        """Return the fixed dates that it names."""
        return [part.date for part in self.parts() if part.date]

    def columns(self) -> list[str]:
        """Return the roster's columns that it names."""
        return [part.column for part in self.parts() if part.column]

    def fixed(self) -> dt.date | None:
        """Return its date where it is one and the same for everybody."""
        return self.date

    def next(self, day: dt.date) -> dt.date | None:
        """Return the day on which a rhythm falls due on or after a day; None for other forms.

        >>> Deadline(every="quarter").next(dt.date(2024, 4, 1))
        datetime.date(2024, 6, 30)
        """
        if not self.every:
            return None
        year, month = day.year, day.month
        while True:
            due = self._due(year, month)
            if due and due >= day:
                return due
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)

    def occurrences(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """Return the days of a rhythm from one day to another, both included.

        >>> [str(d) for d in Deadline(every="month", day=25).occurrences(dt.date(2024, 1, 26), dt.date(2024, 3, 25))]
        ['2024-02-25', '2024-03-25']
        """
        found: list[dt.date] = []
        while (due := self.next(first)) and due <= last:
            found.append(due)
            first = due + dt.timedelta(days=1)
        return found

    def _due(self, year: int, month: int) -> dt.date | None:
        wanted = {"month": range(1, 13), "quarter": (3, 6, 9, 12), "year": (self.month or 12,)}[str(self.every)]
        if month not in wanted:
            return None
        last = calendar.monthrange(year, month)[1]
        return dt.date(year, month, min(self.day or last, last))

    def said(self, labels: Mapping[str, str] | None = None) -> str:
        """Return the deadline in Chinese; ``labels``: what milestones, rosters, units and trades are called.

        >>> Deadline(every="month", day=25).said(), Deadline(none="及时").said()
        ('每月 25 日前', '及时（未规定期限）')
        """
        called = labels or {}
        match self.form:
            case "date":
                return f"{self.date} 前"
            case "listing":
                return "名单公布后 " + _length(self.days_after_listing, self.months_after_listing)
            case "after":
                return f"自“{called.get(str(self.after), self.after)}”完成之日起 " + _length(self.days, self.months)
            case "column":
                rest = f"，空着的为{self.else_.said(called)}" if self.else_ else ""
                return f"名单“{self.column}”一列的日期{rest}"
            case "every":
                return self._rhythm()
            case "by":
                each = [f"{called.get(key, key)}：{case.said(called)}" for key, case in self.cases.items()]
                return "；".join(each + ([f"其余：{self.else_.said(called)}"] if self.else_ else []))
        return f"{self.none}（未规定期限）" if self.none else "未规定期限"

    def _rhythm(self) -> str:
        day = f"{self.day} 日前" if self.day else "底前"
        if self.every == "year":
            return f"每年 {self.month or 12} 月{' ' if self.day else ''}{day}"
        return f"每月{' ' if self.day else ''}{day}" if self.every == "month" else "每季度末前"


def _length(days: int | None, months: int | None) -> str:
    return f"{days} 日内" if days is not None else f"{months} 个月内"


def later(day: dt.date, *, days: int | None = None, months: int | None = None) -> dt.date:
    """Return the day so long after another; a month ends on its last day where it has no such day.

    >>> later(dt.date(2022, 1, 31), months=1)
    datetime.date(2022, 2, 28)
    """
    if months is None:
        return day + dt.timedelta(days=days or 0)
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
