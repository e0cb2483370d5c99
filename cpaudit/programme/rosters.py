"""The lists that a notice encloses, and the columns of its own that they have."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from cpaudit.programme.document import Clause
from cpaudit.programme.places import places, resolve
from cpaudit.programme.units import units
from cpaudit.reference import Definition


class Roster(Definition):
    """A list of plants that the notice encloses, with the number of plants it states (None: it states none)."""

    id: str = Field(description="编号，小写英文")
    label: str = Field(description="名单的名称，用通知的原词，如 强制类")
    size: Annotated[int, Field(ge=1)] | None = Field(default=None, description="通知写明的家数；没有写的为 null")
    clause: Clause = Field(description="出处：附件或条款")


class Attribute(Definition):
    """A column that this notice's rosters have of their own; what stands there is kept with each plant."""

    id: str = Field(description="编号，小写英文，目标用它指这一列")
    label: str = Field(description="表头，用名单的原词，如 列入主城区搬迁")
    type: Literal["flag", "text", "number", "date"] = Field(
        default="flag", description="flag 是/否；text 文字；number 数值；date 日期"
    )
    unit: str = Field(default="", description="数值的单位")
    aliases: tuple[str, ...] = Field(default=(), description="别的写法的表头")
    clause: Clause = Field(default="", description="出处")
    #: Made for a name that the file uses without declaring it.
    declared: bool = Field(default=True, exclude=True, description="不用写：目标里用到而没有声明的列由程序补上时为 false")


def stated_day(attributes: str | Mapping[str, Any] | None, column: str) -> dt.date | None:
    """Return the day that a plant's own columns (as the tables keep them, or read) say under one; None for none or unread.

    >>> stated_day('{"期限": "2024-06-30"}', "期限")
    datetime.date(2024, 6, 30)
    """
    said = json.loads(attributes) if isinstance(attributes, str) else attributes or {}
    value = said.get(column)
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, dt.date) else None


def as_written(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a programme's content with its units by their ids, and a column for each list that a target names undeclared."""
    said = dict(content)
    if isinstance(names := said.get("units"), list | tuple) and all(isinstance(name, str) for name in names):
        own = [name for name in names if dict.__contains__(units(), name)]
        # a programme of units.csv has no others: a slip of the pen there is none of another province's places
        found = {} if own else resolve(dict.fromkeys(names), ())
        said = _renamed(said, {name: id for name, id in found.items() if name != id and name not in places()})
    given = said.get("attributes") or []
    targets = [t for t in said.get("targets") or [] if isinstance(t, Mapping) and isinstance(t.get("applies_to"), Mapping)]
    known = {a.get("id") if isinstance(a, Mapping) else getattr(a, "id", None) for a in given}
    listed = dict.fromkeys(t["applies_to"].get("list") for t in targets)
    new = [{"id": name, "label": name, "declared": False} for name in listed if isinstance(name, str) and name not in known]
    return said | {"attributes": [*given, *new]} if new else said


def _renamed(content: Any, ids: Mapping[str, str], *, units_here: bool = False) -> Any:
    """Return content with the names of units replaced where units are named: lists called ``units``, cases by unit."""
    if isinstance(content, Mapping):
        by_unit = content.get("by") == "unit"
        return {
            (ids.get(key, key) if by_unit else key): _renamed(value, ids, units_here=key == "units")
            for key, value in content.items()
        }
    if isinstance(content, list | tuple):
        return [ids.get(each, each) if units_here and isinstance(each, str) else _renamed(each, ids) for each in content]
    return content
