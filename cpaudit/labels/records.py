"""Values whose column is told by their row (field, value; before, after; online, offline) and keys of records, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.fields import Field, Meaning, meanings, tables
from cpaudit.labels import lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


#: How answers to yes-or-no questions are kept, and said.
_YES_NO = {"1": "是", "1.0": "是", "0": "否", "0.0": "否"}


def word(value: str, known: Field, own: Mapping[str, str] | None = None) -> str:
    """Return a value of a field as people read it; ``own``: a programme's labels of its milestones.

    >>> from cpaudit.fields import field
    >>> word("over_limit;toxic", field("plants", "reasons")), word("12.5", field("options", "investment_wan_yuan"))
    ('双超、双有', '12.5')
    """
    if not known.codes:
        return value
    codes = lists.codes(known, own)
    parts = value.split(";") if known.type == "codes" else [value]
    return lists.SEVERAL.join(codes.get(part, part) for part in parts)


def record(table: str, key: tuple[str | None, ...], own: Mapping[str, str] | None = None) -> str:
    """Return what tells a record from the others of its plant; of a plant its code, of a problem its sentence."""
    columns = tables()[table].columns
    said = dict(zip(tables()[table].key or tuple(columns), key, strict=True))
    if table in ("plants", "problems"):
        return said["plant_id" if table == "plants" else "message"] or ""
    told = {name: value for name, value in said.items() if value and name not in ("plant_id", "unit")}
    return lists.SEVERAL.join(
        _indicator(said["system"] or "", value) if name == "indicator" else word(value, columns[name], own)
        for name, value in told.items()
    )


def in_words(frame: pd.DataFrame, own: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return a frame with its ``field`` column as headings, and what it holds of these fields (and ``key``) in words.

    A frame whose rows name no field, or no table that the fields are of, is returned as it is.
    """
    import pandas as pd

    if "field" not in frame:
        return frame
    stands = [m for m in meanings("field") if isinstance(m, Meaning) and m.stands(set(frame.columns))]
    of = next((m.table for m in stands if m.table), None)
    if of is None and "table" not in frame:
        return frame
    said = [of] * len(frame) if of else frame["table"].tolist()
    fields = [
        tables()[t].columns.get(f) if t in tables() and isinstance(f, str) else None
        for t, f in zip(said, frame["field"], strict=True)
    ]
    frame = frame.copy(deep=False)
    values = [
        name for name in frame if any(isinstance(m, Meaning) and m.by_field and m.stands(set(frame)) for m in meanings(str(name)))
    ]
    answers = _answers(said, frame)
    for name in values:
        each = zip(frame[name], fields, answers, strict=True)
        words = [(_YES_NO.get(v, v) if yes_no else word(v, f, own)) if f and isinstance(v, str) else v for v, f, yes_no in each]
        frame[name] = pd.Series(words, frame.index, dtype="str")
    pairs_ = zip(frame["field"], fields, strict=True)
    frame["field"] = pd.Series([f.heading if f else name for name, f in pairs_], frame.index, dtype="str")
    if "key" in frame:
        keys = zip(said, frame["key"], strict=True)
        frame["key"] = pd.Series([record(t, k, own) for t, k in keys], frame.index, dtype="str")
    return frame


def _answers(said: list[str], frame: pd.DataFrame) -> list[bool]:
    """Return of which rows the value is an answer to a yes-or-no question, as far as the frame says which indicator it is."""
    from cpaudit.indicators.definition.catalogue import systems

    if "key" not in frame:
        return [False] * len(frame)
    asked = {(s.id, i.id) for s in systems().values() for i in s.indicators() if i.answer == "yes_no"}
    names = tables()["measurements"].key
    at = names.index("system"), names.index("indicator")
    return [
        table == "measurements" and field == "value" and (key[at[0]], key[at[1]]) in asked
        for table, field, key in zip(said, frame["field"], frame["key"], strict=True)
    ]


def _indicator(system: str, indicator: str) -> str:
    from cpaudit.indicators.definition.catalogue import systems

    known = systems().get(system)
    return next((i.name for i in known.indicators() if i.id == indicator), indicator) if known else indicator
