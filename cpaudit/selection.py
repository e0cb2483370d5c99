"""A selection: which plants of a data set are looked at, and as of which day. It fits into a link."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from cpaudit.errors import UsageError
from cpaudit.fields import field
from cpaudit.programme import find_industry, find_unit, industries


def parse_date(text: str) -> dt.date:
    """Return the date written as ``2022-06-01``.

    Raises:
        UsageError: it is none.
    """
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"“{text}”不是日期，请写成 2022-06-01 的样子。") from None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is looked at; an empty tuple means “all”, ``as_of`` None means the snapshot's own day."""

    as_of: dt.date | None = None
    units: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    rosters: tuple[str, ...] = ()

    @classmethod
    def of(cls, *, as_of: str | dt.date | None = None, unit: str = "", industry: str = "", roster: str = "") -> Selection:
        """Make a selection from what users write: a unit or trade by any of its names; '' means all.

        >>> Selection.of(unit="石家庄").units
        ('shijiazhuang',)

        Raises:
            UsageError: an unknown unit, trade or roster, or a date that is none.
        """
        return cls(
            parse_date(as_of) if isinstance(as_of, str) and as_of else (as_of or None),
            (find_unit(unit).id,) if unit else (),
            (_industry(industry),) if industry else (),
            (_roster(roster),) if roster else (),
        )

    @classmethod
    def from_query(cls, query: str) -> Selection:
        """Read a link's query string; see :meth:`to_query`. Unknown keys are left alone (other software adds some)."""
        known = {k: v[0] for k, v in parse_qs(query.lstrip("?")).items() if k in ("as_of", "unit", "industry", "roster")}
        return cls.of(**known)

    def to_query(self) -> str:
        """Return the query string that restores this selection.

        >>> Selection.of(unit="定州", as_of="2022-06-01").to_query()
        'as_of=2022-06-01&unit=dingzhou'
        """
        pairs = {
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "unit": "".join(self.units[:1]),
            "industry": "".join(self.industries[:1]),
            "roster": "".join(self.rosters[:1]),
        }
        return urlencode({k: v for k, v in pairs.items() if v})


def _industry(text: str) -> str:
    found = find_industry(text)
    if found is None:
        names = "、".join(i.label for i in industries().values())
        raise UsageError(f"没有叫“{text}”的行业；请从下列行业中选择：{names}。")
    return found


def _roster(text: str) -> str:
    codes = field("plants", "roster").codes
    assert isinstance(codes, dict)
    for key, label in codes.items():
        if text.strip() in (key, label):
            return key
    raise UsageError(f"没有叫“{text}”的名单；请选择：{'、'.join(codes.values())}。")
