"""Layouts as data: which tables come in, and how their headings read; of each programme its own (:mod:`.forms`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cpaudit.errors import DefinitionError
from cpaudit.reference import Definition, files, read_definition, shown
from cpaudit.workspace.caches import cache, forgotten


class Heading(Definition):
    """The headings that name one column; the first is the one that templates print.

    The labels and aliases of the column's field (``field``, by default the one of the same name) are headings too.
    """

    headings: tuple[str, ...]
    field: str = ""
    #: The unit where it isn't the field's: values are turned into that.
    unit: str = ""
    #: The column that this one's numbers are added to.
    adds_to: str = ""
    #: The column belongs to the form, but no table takes it.
    unused: bool = False
    note: str = ""


class Title(Definition):
    """What the rows above the header (or a note below) say."""

    roster: dict[str, str] = Field(default_factory=dict)
    listed_on: str = ""
    size: str = ""


class Layout(Definition):
    """One kind of table; the first column required says what a row is about."""

    id: str
    label: str
    table: str
    channel: Literal["online", "offline"] | None = None
    required: tuple[str, ...]
    distinctive: tuple[str, ...] = ()
    title: Title = Title()
    #: Of the title or the file's name: the column that it fills in every row.
    titled: str = ""
    #: Column → what every row says where the table hasn't that column.
    defaults: dict[str, str] = Field(default_factory=dict)
    #: Column → answers of rows that no longer count.
    dropped: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: Column → answers of rows that count; of neither, nobody knows whether the row does.
    kept: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    total: str = ""
    columns: dict[str, Heading]
    #: How headings begin that templates print for information; what stands under them isn't read.
    beside: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    answers: dict[str, int] = Field(default_factory=dict)
    #: Columns that are read where they stand, but of which the programme asks nothing: templates don't print them.
    unprinted: tuple[str, ...] = ()
    #: What tells the layout from that of the same id which another programme has; '' as the file says it.
    form: str = ""

    @property
    def key(self) -> str:
        """What headings are looked up by."""
        return f"{self.id}@{self.form}" if self.form else self.id


@cache
def layouts() -> dict[str, Layout]:
    """Return every layout: id → :class:`Layout`.

    Raises:
        DefinitionError: a file is faulty, or its name differs from the id inside.
    """
    found = {}
    for path in files("layouts"):
        layout = read_definition(path, Layout)
        if layout.id != path.stem:
            raise DefinitionError(f"{shown(path)}：字段 id 为“{layout.id}”，应与文件名一致，写作“{path.stem}”。")
        found[layout.id] = layout
    return found


_FORMS: dict[str, dict[str, Layout]] = {}
_BY_KEY: dict[str, Layout] = {}
forgotten(_FORMS.clear)
forgotten(_BY_KEY.clear)


def keep(form: str, found: dict[str, Layout]) -> None:
    """Note the layouts of a programme, under the name that tells them from others."""
    _FORMS[form] = found
    _BY_KEY.update({layout.key: layout for layout in found.values()})


def layouts_of(form: str) -> dict[str, Layout]:
    """Return the layouts of a programme by the name under which they were kept; '': as the files say them."""
    return _FORMS[form] if form else layouts()


def layout_at(key: str) -> Layout:
    """Return a layout by its key."""
    return _BY_KEY[key] if key in _BY_KEY else layouts()[key]
