"""A selection: which plants of a data set are looked at, and as of which day. It fits into a link."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlencode

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import no_others, unfit
from cpaudit.fields import codes
from cpaudit.programme import find_unit, industry_named
from cpaudit.programme.model import roster_names
from cpaudit.vocabulary import LEVEL_CHOICES, LEVELS, level_number

#: No summer time since 1991.
_CHINA = dt.timezone(dt.timedelta(hours=8))

#: What a choice is given as: a name, several with commas between, any collection of names, nothing.
Names: TypeAlias = str | Iterable[str] | None
#: What stands between several names in one text; our own lists are printed with 、.
_APART = re.compile("[,，、;；]")
#: What 0.1.0 called a level, and links may still.
_EARLIER = {"不能确定": "unknown"}
#: Longer than any name or code; what a link may carry stays bounded.
_SEARCH = 60
#: What can be meant; earlier ones, some of what shows and packs dates can't write.
_FIRST_YEAR = 1980

#: A date as people write it: year, month, day.
_DATE = re.compile(
    r"(?P<year>\d{4})(?:(?P<dash>[-/.])|年)(?P<month>\d\d?)(?(dash)(?P=dash)|月)(?P<day>\d\d?)(?(dash)|日)", re.ASCII
)


def parse_date(text: str) -> dt.date:
    """Return the date written as ``2022-06-01``, ``2022/6/1`` or ``2022年6月1日``.

    >>> parse_date("2022年6月1日") == parse_date(" 2022/6/1 ") == parse_date("2022-06-01")
    True

    Raises:
        UsageError: it is none, or of a year that can't be meant.
    """
    written = _DATE.fullmatch(text.strip())
    try:
        day = (
            dt.date(*(int(written[part]) for part in ("year", "month", "day")))
            if written
            else dt.date.fromisoformat(text.strip())
        )
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
    if given is None or (isinstance(given, str) and given == ""):
        return None
    if str(given) in ("NaT", "nan", "<NA>"):  # NaT calls itself a time
        raise UsageError("日期是空的，请写成 2022-06-01 的样子。")
    if isinstance(given, dt.datetime):  # pandas' own times are such
        return given.date()
    if type(given).__name__ == "datetime64":  # a cell of an array
        return parse_date(str(given)[:10])
    return given if isinstance(given, dt.date) else parse_date(str(given))


def batch_named(text: str, as_of: dt.date | None = None) -> tuple[str, dt.date | None]:
    """Return the programme and the day of ``programme/day``; ``as_of`` where it names no day.

    >>> batch_named("hebei-2021-2/2022-6-1"), batch_named("hebei-2021-2")
    (('hebei-2021-2', datetime.date(2022, 6, 1)), ('hebei-2021-2', None))

    Raises:
        UsageError: the day is none.
    """
    its, _, day = text.strip().partition("/")
    return its, parse_date(day) if day else as_of


@dataclass(frozen=True, slots=True, init=False)
class Selection:
    """所看的范围：哪些单位、行业、名单、级别、状态的企业，截至哪一天；空的表示全部。

    Values may be given by any of their names (``units=("石家庄市",)``); they are kept as codes. ``as_of`` None means the
    snapshot's own day. ``levels`` are keys of :data:`cpaudit.vocabulary.LEVEL_CHOICES` (the level after the audit),
    ``statuses`` codes of plants.status; ``search`` is a part of a name, social credit code, or of the name's pinyin or its
    initials.

    >>> Selection("2022-06-01", units=("石家庄市",))
    Selection(as_of=datetime.date(2022, 6, 1), units=('shijiazhuang',))

    Raises:
        UsageError: an unknown unit, trade, roster, level or status, a date that is none, a search that is too long or no text,
            or a keyword that it doesn't have.
    """

    as_of: dt.date | None
    units: tuple[str, ...]
    industries: tuple[str, ...]
    rosters: tuple[str, ...]
    levels: tuple[str, ...]
    statuses: tuple[str, ...]
    search: str

    def __init__(
        self,
        as_of: str | dt.date | None = None,
        units: Names = (),
        industries: Names = (),
        rosters: Names = (),
        levels: Names | int = (),
        statuses: Names = (),
        search: str | int | None = "",
        **others: object,
    ) -> None:
        no_others(others, _NAMED.values(), _NAMED)
        for name, value in (
            ("as_of", day_of(as_of)),
            ("units", units_named(units)),
            ("industries", tuple(dict.fromkeys(industry_named(i) for i in _several("行业", industries)))),
            ("rosters", _known("名单", rosters, codes("plants", "roster"), roster_names())),
            ("levels", _levels(levels)),
            ("statuses", _known("状态", statuses, codes("plants", "status"))),
            ("search", _searched(search)),
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
        unit: Names = "",
        industry: Names = "",
        roster: Names = "",
        level: Names | int = "",
        status: Names = "",
        search: str | int | None = "",
        **others: object,
    ) -> Selection:
        """按人们的写法得到所看的范围：单位、行业等写哪种名称都可以，几个之间用逗号或顿号隔开，不写表示全部。

        >>> Selection.of(unit="石家庄", level="Ⅱ级,III").units, Selection.of(level="Ⅱ级,III").levels
        (('shijiazhuang',), ('II', 'III'))

        Raises:
            UsageError: as for :class:`Selection`, or a keyword that it doesn't have.
        """
        no_others(others, _KEYS, {several: one for one, several in _NAMED.items()})
        return cls(as_of, unit, industry, roster, level, status, search)

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


def units_named(given: Names, of: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the ids of the units that are named; ``of``: those of the programme in question.

    >>> units_named("石家庄、唐山"), units_named("福田", ["shenzhen_futian"])
    (('shijiazhuang', 'tangshan'), ('shenzhen_futian',))

    Raises:
        UsageError: no unit, or none of the programme, is called that; its last line lists them.
    """
    known = tuple(of)
    return tuple(dict.fromkeys(find_unit(name, known).id for name in _several("上报单位", given)))


def selection_of(given: Selection | None, like: str = 'cp.Selection.of(unit="石家庄")') -> Selection:
    """Return the selection that is given, that of everything for None; ``like``: how one is written.

    Raises:
        UsageError: it is none.
    """
    if given is not None and not isinstance(given, Selection):
        raise unfit("筛选条件", given, f"请写明所选的是什么，如 {like}")
    return given or Selection()


def picks(selection: Selection | None, of: Iterable[str] = (), /, **named: Any) -> tuple[Selection, Selection]:
    """Return both things that choose what is looked at: a whole selection, and what :meth:`Selection.of` takes; ``of``: the
    programme's units, of which one is named.

    Raises:
        UsageError: the first is none; as for :meth:`Selection.of`.
    """
    named["unit"] = units_named(named.get("unit"), of)
    return selection_of(selection, 'unit="石家庄", industry="水泥"'), Selection.of(**named)


#: What a call names in the singular → what a selection calls it.
_NAMED = {"unit": "units", "industry": "industries", "roster": "rosters", "level": "levels", "status": "statuses"}
_KEYS = ("as_of", *_NAMED, "search")


def _several(what: str, given: object) -> Iterable[str]:
    """Return the names in a text with commas (or 、, which lists that we print have), or in any collection of texts."""
    if given is None:
        return []
    each: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    for one in each:
        if not isinstance(one, str):
            raise unfit(what, one, "请写名称，几个之间用逗号隔开")
    return [name for one in each for part in _APART.split(one) if (name := part.strip())]


def _levels(given: object) -> tuple[str, ...]:
    """Return the levels told as labels, numerals or numbers (2, "二级", "II") as the keys of their choices."""
    if given is None:
        return ()
    each: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    texts = _several("级别", [one if isinstance(one, str) else _label(one) for one in each])
    return _known("级别", [_label(text) for text in texts], LEVEL_CHOICES, _EARLIER)


def _label(level: Any) -> Any:
    number = level_number(level)
    return LEVELS[number] if number else level


def _known(what: str, given: object, known: Mapping[str, str], more: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the keys that are meant; ``more``: names of further things → keys."""
    names = {**(more or {}), **{label: key for key, label in known.items()}, **{key: key for key in known}}
    texts = _several(what, given)
    wrong = next((text for text in texts if text not in names), None)
    if wrong is not None:
        raise UsageError.among(f"没有叫“{wrong}”的{what}", known.values())
    return tuple(dict.fromkeys(names[text] for text in texts))


def _searched(given: object) -> str:
    """Return what is searched for, in one line; a number is what stands in a code."""
    if given is None:
        return ""
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str):
        raise unfit("搜索内容", given, "请写企业名称、代码或拼音的一部分")
    if len(given) > _SEARCH:
        raise UsageError(f"搜索内容过长，请不要超过 {_SEARCH} 个字。")
    return " ".join(given.split())
