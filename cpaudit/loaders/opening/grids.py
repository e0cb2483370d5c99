"""A sheet as a grid of cells: what each holds and where it stands, whatever the file's format."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.errors import ReadError

if TYPE_CHECKING:
    from cpaudit.loaders.opening.files import Source

#: More places than this between A1 and the last filled cell are no return: memory is bounded by it.
MOST_CELLS = 5_000_000


#: Far longer than what anybody writes into a cell of a return; how much of a longer one is quoted.
_LONGEST, _QUOTED = 2000, 40


@dataclass(frozen=True, slots=True)
class CellError:
    """What a formula that failed shows, such as #DIV/0!, or a formula ("=…") saved without its result; never a blank."""

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def problem(self) -> str:
        """The kind of problem that such a cell is."""
        return "formula_without_value" if self.text.startswith("=") else "cell_error"


class Contradicted(CellError):
    """What a cell holds that another column of the same meaning contradicts: both cells in words; neither is taken."""

    __slots__ = ()

    @property
    def problem(self) -> str:
        """The kind of problem that such a cell is."""
        return "columns_differ"


class Commented(CellError):
    """What a cell holds whose comment says that it is to be corrected: nobody knows what holds, and it isn't taken."""

    __slots__ = ()

    @property
    def problem(self) -> str:
        """The kind of problem that such a cell is."""
        return "comment_corrects"


class TooLong(CellError):
    """The beginning of a text so long that no rule looks at it: what takes a moment on a cell would take hours on a book."""

    __slots__ = ()

    @property
    def problem(self) -> str:
        """The kind of problem that such a cell is."""
        return "cell_too_long"


def shortened(grid: Grid) -> Grid:
    """Return a sheet whose texts are no longer than any that a return holds."""
    for row in grid.rows:
        for at, value in enumerate(row):
            if type(value) is str and len(value) > _LONGEST:
                row[at] = TooLong(f"{value[:_QUOTED]}……（共 {len(value)} 字）")
    for place, left in grid.left_out.items():
        grid.left_out[place] = left._replace(text=left.text[:_LONGEST])
    return grid


class LeftOut(NamedTuple):
    """What stands in a cell and isn't read: how it is set apart, as messages say it (划去的, 隐藏的 …), and its text."""

    how: str
    text: str


class Refused(NamedTuple):
    """Why nothing of a row is read: the kind of problem and its holes."""

    code: str
    holes: dict[str, object]


@dataclass(frozen=True, slots=True)
class Shown:
    """A number whose format shows something with it: 0.445 as 44.5%, 125000 as 125000元 or 12.5万元.

    ``stored`` is the number in the file; ``before`` is the part of the unit that is shown before the digits.
    """

    number: float
    unit: str
    stored: float | None = field(default=None, compare=False)
    before: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.before}{self.number:.15g}{self.unit.removeprefix(self.before)}"


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet's rows, all of one length; ``sheet`` is '' for a CSV file.

    Values are text, numbers, dates, times, CellError, Shown; a blank is None or ''. Rows and columns count from 0.
    """

    sheet: str
    rows: list[list[Any]]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    #: Merged cells: (first row, first column, last row, last column); the value stands in the first cell alone.
    merged: tuple[tuple[int, int, int, int], ...] = ()
    #: (row, column) → what isn't read of a cell; the rest stands in its place.
    left_out: dict[tuple[int, int], LeftOut] = field(default_factory=dict)
    #: (row, column) → what the comment at a cell says; (-1, -1) where there are too many to be read.
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    #: Where something with text in it is drawn over the sheet (as ``merged``); nothing of it is read.
    drawn: list[tuple[int, int, int, int]] = field(default_factory=list)
    #: Areas ("A2:H90") that a formula may strike out or hide as they are shown.
    conditional: list[str] = field(default_factory=list)
    #: Row → why nothing of it is read; it is a data row all the same, and rejected.
    refused: dict[int, Refused] = field(default_factory=dict)
    #: How many cells each row was written with, where the file is text; else nothing.
    lengths: tuple[int, ...] = ()
    #: Whether those cells are parted by a sign that parts thousands too.
    commas: bool = False
    #: Why nothing of the sheet could be read, as a clause; it is told, never passed over.
    unread: str = ""

    def empty(self) -> bool:
        """Whether no cell holds anything, and none was refused or lost."""
        return not self.refused and not self.unread and not any(filled(v) for row in self.rows for v in row)


def filled(value: Any) -> bool:
    """Whether a cell holds anything at all."""
    return value is not None and value != ""


def even(rows: list[list[Any]]) -> list[list[Any]]:
    """Return rows of one length: short ones are filled up with None."""
    width = max(map(len, rows), default=0)
    return [row if len(row) == width else row + [None] * (width - len(row)) for row in rows]


@cache
def letters(column: int) -> str:
    """Return a column's letters, counted from 0: 0 is A."""
    said, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        said = chr(65 + rest) + said
    return said


def address(row: int, column: int) -> str:
    """Return the address of a cell counted from 0: (0, 0) is A1."""
    return f"{letters(column)}{row + 1}"


def check_size(source: Source, sheet: str, rows: int, columns: int) -> None:
    """Refuse a sheet whose filled cells lie too far apart to be held as a grid.

    Raises:
        ReadError: it has more than :data:`MOST_CELLS` places.
    """
    if rows * columns > MOST_CELLS:
        at = f"{source.name} 的工作表“{sheet}”" if sheet else f"{source.name} "
        reach = f"（直到 {address(rows - 1, columns - 1)}）" if rows > 1 else ""
        most = f"{MOST_CELLS // 10_000} 万格"
        raise ReadError(f"{at}的内容所占范围{reach}超过 {most}的上限，请删去表外的零散内容，或分成几个文件报送。")


def check_whole(source: Source, grids: list[Grid]) -> None:
    """Refuse a file whose sheets together are too much: whoever has asked goes through all of them, and no clock ends that.

    Raises:
        ReadError: they have more than :data:`MOST_CELLS` places, areas of merged cells and left out texts counted with them.
    """
    held = 0
    for grid in grids:
        held += sum(max(len(row), 1) for row in grid.rows) + len(grid.merged) + len(grid.left_out)
    if held > MOST_CELLS:
        most = f"{MOST_CELLS // 10_000} 万格"
        raise ReadError(f"{source.name} 各工作表的内容合计超过 {most}的上限，请删去表外的零散内容，或分成几个文件报送。")
