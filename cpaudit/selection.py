"""A selection: which plants of a data set are looked at, and as of which day. It fits into a link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qs, urlencode

from cpaudit.errors import UsageError
from cpaudit.fields import field
from cpaudit.programme import find_unit, industry_named
from cpaudit.vocabulary import LEVEL_CHOICES

#: No summer time since 1991.
_CHINA = dt.timezone(dt.timedelta(hours=8))

#: Longer than any name or code; what a link may carry stays bounded.
_SEARCH = 60
#: What can be meant; earlier ones, some of what shows and packs dates can't write.
_FIRST_YEAR = 1980


def parse_date(text: str) -> dt.date:
    """Return the date written as ``2022-06-01``.

    Raises:
        UsageError: it is none, or of a year that can't be meant.
    """
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"“{text}”不是日期，请写成 2022-06-01 的样子。") from None
    if day.year < _FIRST_YEAR:
        raise UsageError(f"“{text}”早于 {_FIRST_YEAR} 年，请改正。")
    return day


def today() -> dt.date:
    """Return the day that it is in China, wherever the machine's clock stands: at 7 in Beijing it is still yesterday in UTC."""
    return dt.datetime.now(_CHINA).date()


def not_to_come(day: dt.date, today: dt.date) -> dt.date:
    """Return the date of data, which no data can have before it comes.

    Raises:
        UsageError: it is still to come.
    """
    if day > today:
        raise UsageError(f"数据日期 {day} 晚于今天（{today}），请改正；还没有到的日期不会有数据。")
    return day


def day_of(given: object) -> dt.date | None:
    """Return the day given as a date, a time of it, or text like ``2022-06-01``; None for None and ''.

    Raises:
        UsageError: it is none.
    """
    if given is None or given == "":
        return None
    if isinstance(given, dt.datetime):  # pandas' own times are such
        return given.date()
    return given if isinstance(given, dt.date) else parse_date(str(given))


@dataclass(frozen=True, slots=True)
class Selection:
    """所看的范围：哪些单位、行业、名单、级别、状态的企业，截至哪一天；空的表示全部。

    Values may be given by any of their names (``units=("石家庄市",)``); they are kept as codes. ``as_of`` None means the
    snapshot's own day. ``levels`` are keys of :data:`cpaudit.vocabulary.LEVEL_CHOICES` (the level after the audit),
    ``statuses`` codes of plants.status; ``search`` is a part of a name, social credit code, or of the name's pinyin or its
    initials.

    >>> Selection("2022-06-01", units=("石家庄市",))
    Selection(as_of=datetime.date(2022, 6, 1), units=('shijiazhuang',))

    Raises:
        UsageError: an unknown unit, trade, roster, level or status, a date that is none, or a search that is too long.
    """

    as_of: dt.date | None = None
    units: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    rosters: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    search: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.search, str) or len(self.search) > _SEARCH:
            raise UsageError(f"搜索内容过长，请不要超过 {_SEARCH} 个字。")
        for name, value in (
            ("as_of", day_of(self.as_of)),
            ("units", tuple(dict.fromkeys(find_unit(u).id for u in _several("上报单位", self.units)))),
            ("industries", tuple(dict.fromkeys(industry_named(i) for i in _several("行业", self.industries)))),
            ("rosters", _known("名单", self.rosters, _codes("roster"))),
            ("levels", _known("级别", self.levels, LEVEL_CHOICES)),
            ("statuses", _known("状态", self.statuses, _codes("status"))),
            ("search", " ".join(self.search.split())),
        ):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        said = ((f.name, getattr(self, f.name)) for f in fields(self))
        return f"Selection({', '.join(f'{name}={value!r}' for name, value in said if value)})"

    @classmethod
    def of(
        cls,
        *,
        as_of: str | dt.date | None = None,
        unit: str | Iterable[str] = "",
        industry: str | Iterable[str] = "",
        roster: str | Iterable[str] = "",
        level: str | Iterable[str] = "",
        status: str | Iterable[str] = "",
        search: str = "",
    ) -> Selection:
        """按人们的写法得到所看的范围：单位、行业等写哪种名称都可以，几个之间用逗号隔开，不写表示全部。

        >>> Selection.of(unit="石家庄", level="Ⅱ级,III").units, Selection.of(level="Ⅱ级,III").levels
        (('shijiazhuang',), ('II', 'III'))

        Raises:
            UsageError: as for :class:`Selection`.
        """
        given = (as_of, unit, industry, roster, level, status, search)
        return cls(*given)  # type: ignore[arg-type] # names and text are what it takes

    @classmethod
    def from_query(cls, query: str) -> Selection:
        """读取链接中的查询串。

        See :meth:`to_query`. Unknown keys are left alone (other software adds some)."""
        return cls.of(**{k: v[0] for k, v in parse_qs(query.lstrip("?")).items() if k in _KEYS})

    def to_query(self, more: Mapping[str, str] | None = None) -> str:
        """返回能恢复这一范围的查询串，用于链接。

        ``more`` is appended (see ``PageSpec.extras``).

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


def _several(what: str, given: object) -> Iterable[str]:
    """Return the names in a text with commas, or in any collection of texts."""
    each: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    wrong = next((one for one in each if not isinstance(one, str)), None)
    if wrong is not None:
        raise UsageError(f"{what}“{wrong}”不是文字，请写名称，几个之间用逗号隔开。")
    return [name for one in each for part in one.replace("，", ",").split(",") if (name := part.strip())]


def _codes(column: str) -> Mapping[str, str]:
    codes = field("plants", column).codes
    assert isinstance(codes, dict)
    return codes


def _known(what: str, given: object, known: Mapping[str, str]) -> tuple[str, ...]:
    names = {**{label: key for key, label in known.items()}, **{key: key for key in known}}
    texts = _several(what, given)
    wrong = next((text for text in texts if text not in names), None)
    if wrong is not None:
        raise UsageError.among(f"没有叫“{wrong}”的{what}", known.values())
    return tuple(dict.fromkeys(names[text] for text in texts))
