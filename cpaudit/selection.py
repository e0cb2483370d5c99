"""A selection: which plants of a data set are looked at, and as of which day. It fits into a link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from cpaudit.errors import UsageError
from cpaudit.fields import field
from cpaudit.programme import find_industry, find_unit, industries
from cpaudit.vocabulary import LEVEL_CHOICES

#: Longer than any name or code; what a link may carry stays bounded.
_SEARCH = 60


def parse_date(text: str) -> dt.date:
    """Return the date written as ``2022-06-01``.

    Raises:
        UsageError: it is none.
    """
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"“{text}”不是日期，请写成 2022-06-01 的样子。") from None


def not_to_come(day: dt.date, today: dt.date) -> dt.date:
    """Return the date of data, which no data can have before it comes.

    Raises:
        UsageError: it is still to come.
    """
    if day > today:
        raise UsageError(f"数据日期 {day} 晚于今天（{today}），请改正；还没有到的日期不会有数据。")
    return day


@dataclass(frozen=True, slots=True)
class Selection:
    """What is looked at; an empty tuple means “all”, ``as_of`` None means the snapshot's own day.

    ``levels`` are keys of :data:`cpaudit.vocabulary.LEVEL_CHOICES` (the level after the audit), ``statuses`` codes of
    plants.status; ``search`` is a part of a name, social credit code, or of the name's pinyin or its initials.
    """

    as_of: dt.date | None = None
    units: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    rosters: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    search: str = ""

    @classmethod
    def of(
        cls,
        *,
        as_of: str | dt.date | None = None,
        unit: str = "",
        industry: str = "",
        roster: str = "",
        level: str = "",
        status: str = "",
        search: str = "",
    ) -> Selection:
        """Make a selection from what users write: any of the names of a unit, trade …, several with commas; '' means all.

        >>> Selection.of(unit="石家庄", level="Ⅱ级,III").units, Selection.of(level="Ⅱ级,III").levels
        (('shijiazhuang',), ('II', 'III'))

        Raises:
            UsageError: an unknown unit, trade, roster, level or status, a date that is none, or a search that is too long.
        """
        if len(search) > _SEARCH:
            raise UsageError(f"搜索内容过长，请不要超过 {_SEARCH} 个字。")
        return cls(
            parse_date(as_of) if isinstance(as_of, str) and as_of else (as_of or None),
            tuple(find_unit(u).id for u in _several(unit)),
            tuple(_industry(i) for i in _several(industry)),
            tuple(_code("名单", r, _codes("roster")) for r in _several(roster)),
            tuple(_code("级别", x, LEVEL_CHOICES) for x in _several(level)),
            tuple(_code("状态", s, _codes("status")) for s in _several(status)),
            " ".join(search.split()),
        )

    @classmethod
    def from_query(cls, query: str) -> Selection:
        """Read a link's query string; see :meth:`to_query`. Unknown keys are left alone (other software adds some)."""
        return cls.of(**{k: v[0] for k, v in parse_qs(query.lstrip("?")).items() if k in _KEYS})

    def to_query(self, more: Mapping[str, str] | None = None) -> str:
        """Return the query string that restores this selection; ``more`` is appended (see ``PageSpec.extras``).

        >>> Selection.of(unit="定州", as_of="2022-06-01").to_query()
        'as_of=2022-06-01&unit=dingzhou'
        """
        pairs = {
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "unit": ",".join(self.units),
            "industry": ",".join(self.industries),
            "roster": ",".join(self.rosters),
            "level": ",".join(self.levels),
            "status": ",".join(self.statuses),
            "search": self.search,
            **(more or {}),
        }
        return urlencode({k: v for k, v in pairs.items() if v}, safe=",")


_KEYS = ("as_of", "unit", "industry", "roster", "level", "status", "search")


def _several(text: str) -> Iterable[str]:
    return dict.fromkeys(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


def _industry(text: str) -> str:
    found = find_industry(text)
    if found is None:
        names = "、".join(i.label for i in industries().values())
        raise UsageError(f"没有叫“{text}”的行业；请从下列行业中选择：{names}。")
    return found


def _codes(column: str) -> Mapping[str, str]:
    codes = field("plants", column).codes
    assert isinstance(codes, dict)
    return codes


def _code(what: str, text: str, known: Mapping[str, str]) -> str:
    for key, label in known.items():
        if text in (key, label):
            return key
    raise UsageError(f"没有叫“{text}”的{what}；请选择：{'、'.join(known.values())}。")
