"""The field dictionary: one definition per column of the tidy tables, read by every layer above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field as _Field
from pydantic import model_validator

from cpaudit.errors import DefinitionError
from cpaudit.measures import Measure, filled, templates
from cpaudit.reference import Definition, laid, read_definition, root, shown
from cpaudit.workspace.caches import cache, held

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

Kind = Literal["text", "code", "codes", "date", "number", "integer", "flag"]
Lists = Literal[
    "units", "counties", "industries", "milestones", "systems", "levels", "categories", "verifications", "counties_told_apart"
]

#: The eight tables of a data set, in the order in which they are written and shown.
TABLES = ("plants", "events", "measurements", "options", "status_history", "returns", "sources", "problems")

#: How a column of each kind is held in pandas. Missing is NaN/NaT there, null in Parquet.
DTYPES: dict[Kind, str] = {
    "text": "str",
    "code": "str",
    "codes": "str",
    "date": "datetime64[s]",
    "number": "float64",
    "integer": "Int64",
    "flag": "bool",
}


#: The code of an answer that isn't understood: no value, and a state of its own (:func:`choices` leaves it out).
UNREAD = "unread"


class Field(Definition):
    """One column: what it is called, what it holds, in which unit; ``exact`` numbers are shown as they were given."""

    label: str
    type: Kind
    unit: str | None = None
    #: Other units of which one is one of another kind in this column: a cubic metre of water is a ton.
    also: dict[str, str] = _Field(default_factory=dict)
    codes: dict[str, str] | Lists | Literal["tables", "amounts", "leads", "strengths", "measures"] | None = None
    required: bool = False
    benefit: bool = False
    decimals: int | None = None
    exact: bool = False
    aliases: tuple[str, ...] = ()
    note: str = ""
    #: The measure that its numbers are, by id.
    measure: str = ""

    @property
    def heading(self) -> str:
        """The label with its unit, as a table header shows it: ``投资（万元）``."""
        return f"{self.label}（{self.unit}）" if self.unit else self.label


class Meaning(Field):
    """What a column of an analysis means where all columns of ``beside``, and none of ``without``, stand in the frame too.

    ``ordered``: its codes stand from the least to the furthest. ``by_field``: each value is one of the field that its row
    names; ``table``: the table whose fields the column ``field`` names, where no column ``table`` does. ``measure``: its
    numbers are that measure, which says label, unit and digits.
    """

    ordered: bool = False
    beside: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    by_field: bool = False
    table: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_its_measure(cls, content: Any) -> Any:
        if not isinstance(content, dict) or "measure" not in content:
            return content
        if twice := {"label", "unit", "type", "decimals"} & set(content):
            raise ValueError(f"指标口径（measure）已说明 {'、'.join(sorted(twice))}，请删去")
        known = templates().get(content["measure"])
        if known is None:
            raise ValueError(f"measures.yaml 中没有 {content['measure']}")
        said = {"label": known.label, "unit": known.unit, "decimals": known.decimals or None}
        return content | said | {"type": "number" if known.decimals else "integer"}

    def stands(self, columns: Collection[Any]) -> bool:
        """Whether a frame of these columns is one that this is meant for."""
        return all(name in columns for name in self.beside) and not any(name in columns for name in self.without)


class Table(Definition):
    """One of the eight tables: its label, key and columns in order."""

    label: str
    key: tuple[str, ...] = ()
    provenance: bool = False
    columns: dict[str, Field] = _Field(default_factory=dict)

    def empty(self) -> pd.DataFrame:
        """Return a frame without rows that has every column in its dtype."""
        return self._blank().copy()

    def coerce(self, rows: Any) -> pd.DataFrame:
        """Return ``rows`` (a frame or records) with exactly this table's columns, order and dtypes.

        Raises:
            ValueError: a column that this table doesn't have.
        """
        from cpaudit.fields import typed

        return typed.frame(rows, self._blank()) if len(rows) else self.empty()

    def _blank(self) -> pd.DataFrame:
        return _blank(tuple((name, f.type) for name, f in self.columns.items()))


@cache
def _blank(columns: tuple[tuple[str, Kind], ...]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: pd.Series(dtype=DTYPES[kind]) for name, kind in columns})


class _Dictionary(Definition):
    provenance: dict[str, Field]
    tables: dict[str, Table]
    analyses: dict[str, Meaning | tuple[Meaning, ...]]
    #: Columns that anybody's own table may have.
    everyday: tuple[str, ...]

    @model_validator(mode="after")
    def _everyday_words_are_columns(self) -> Self:
        known = {*self.analyses, *self.provenance, *(name for t in self.tables.values() for name in t.columns)}
        if unknown := [name for name in self.everyday if name not in known]:
            raise ValueError(f"everyday 中的 {unknown[0]} 不是任何表的列，请删去")
        return self


#: What a programme calls its steps, as a key; none are the usual words.
Words = tuple[tuple[str, str], ...]


@cache
def _template() -> _Dictionary:
    return read_definition(root() / "fields.yaml", _Dictionary)


@cache
def _dictionary(words: Words = ()) -> _Dictionary:
    dictionary: _Dictionary = _called(_template(), dict(words))
    if tuple(dictionary.tables) != TABLES:
        raise DefinitionError(f"{shown(laid(root() / 'fields.yaml'))} 的表应为 {'、'.join(TABLES)}。")
    return dictionary


def _called(content: Any, words: Mapping[str, str]) -> Any:
    """Return a part of the dictionary with the holes of its texts filled."""
    match content:
        case str():
            return filled(content, words)
        case tuple():
            return tuple(_called(part, words) for part in content)
        case dict():
            return {key: _called(part, words) for key, part in content.items()}
        case Definition():
            return content.model_copy(
                update={name: _called(getattr(content, name), words) for name in type(content).model_fields}
            )
    return content


@cache
def tables() -> dict[str, Table]:
    """Return the field dictionary: table name → :class:`Table`.

    >>> tables()["options"].columns["investment_wan_yuan"].heading
    '投资（万元）'
    """
    dictionary = _dictionary()
    return {
        name: table.model_copy(update={"columns": {**table.columns, **dictionary.provenance}}) if table.provenance else table
        for name, table in dictionary.tables.items()
    }


def field(table: str, column: str) -> Field:
    """Return the definition of one column."""
    return tables()[table].columns[column]


def codes(table: str, column: str) -> dict[str, str]:
    """Return the labels of a column's codes."""
    known = field(table, column).codes
    assert isinstance(known, dict)
    return known


def choices(table: str, column: str) -> dict[str, str]:
    """Return the answers that people can give to a column with a fixed list: code → label; “unread” is none of them."""
    return {code: label for code, label in codes(table, column).items() if code != UNREAD}


def benefits() -> dict[str, Field]:
    """Return the benefit columns of the options table, in printing order: name → field."""
    return {name: f for name, f in tables()["options"].columns.items() if f.benefit}


@cache
def measure(id: str, words: Words = ()) -> Measure:
    """Return a measure by its id, in the words of a programme; a benefit's is the column of the options' table.

    >>> measure("accepted").label, measure("water_t").label
    ('已验收', '节水')

    Raises:
        KeyError: there is none.
    """
    if id not in benefits():
        return templates()[id].called(dict(words))
    f, every = benefits()[id], next(m for m in templates().values() if m.each)
    return every.model_copy(update={"label": f.label, "unit": f.unit or "", "each": ""})


@cache
def meanings(column: str, words: Words = ()) -> tuple[Field, ...]:
    """Return what a column of that name can mean: in the frames of analyses first, then in the tables; none for others.

    ``words``: what a programme calls its steps.

    >>> [m.label for m in meanings("name")]
    ['方案名称', '二级指标', '二级指标', '企业名称', '企业名称', '方案名称']
    """
    dictionary = _dictionary(words)
    added = dictionary.analyses.get(column, ())
    found = added if isinstance(added, tuple) else (added,)
    every = [t.columns | (dictionary.provenance if t.provenance else {}) for t in dictionary.tables.values()]
    return (*found, *(columns[column] for columns in every if column in columns))


@cache
def everyday() -> frozenset[str]:
    """Return the columns whose names anybody's own table may have: they mean what ours mean only beside others of ours."""
    return frozenset(_dictionary().everyday)


def ours(names: Collection[str]) -> bool:
    """Whether columns of these names show that a frame is of ours: one that nobody else has, or several that go together.

    >>> ours(["name", "value", "cost"]), ours(["name", "plant_id"]), ours(["unit", "added", "removed", "changed"])
    (False, True, True)
    """
    return any(
        name not in everyday() or any(isinstance(m, Meaning) and len(m.beside) > 1 and m.stands(names) for m in known)
        for name in names
        if (known := meanings(name))
    )


@cache
def columns() -> tuple[str, ...]:
    """Return every column that the dictionary knows."""
    named = [name for table in tables().values() for name in table.columns]
    return tuple(dict.fromkeys([*named, *_dictionary().analyses]))


@held
def labels(column: str, code: str, words: Words = ()) -> dict[str, str]:
    """Return the labels of the codes of an analysis' column, in the words of a programme: of its meaning that knows ``code``.

    It is the same dictionary each time: a constant follows when other definitions come into force.

    Raises:
        KeyError: no meaning of the column does.
    """
    for meaning in meanings(column, words):
        if isinstance(meaning.codes, dict) and code in meaning.codes:
            return meaning.codes
    raise KeyError(f"{column}: {code}")
