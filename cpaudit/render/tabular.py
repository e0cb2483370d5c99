"""A page's table on a terminal, as CSV, as JSON; a file written whole."""

from __future__ import annotations

import io
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cpaudit import durable
from cpaudit.errors import CpauditError

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.views.page import Table

#: What a spreadsheet program may take for a formula's beginning, full-width signs included.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠﹢﹣﹦﹫]|[\t\r\n]")
_NUMBER = re.compile(r"-|[+-]?\d+(\.\d+)?%?")

#: Amounts of ten digits before the point and two behind it are whole; 122.73 doesn't end in the digits of its binary form.
_DIGITS = 12

Format = Literal["table", "csv", "json", "xlsx"]


def to_text(table: Table, width: int | None = None) -> str:
    """Return the table as a terminal shows it; wide characters count double."""
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    from cpaudit.render.web.html import cell_text

    grid = Grid(title=Text(table.title), caption=Text(table.note) if table.note else None, title_justify="left")
    for column in table.columns.values():
        grid.add_column(Text(column.heading), justify="left" if column.kind in ("text", "level", "date") else "right")
    for row in _texts(table):
        grid.add_row(*(Text(cell) for cell in row))
    if table.total:
        grid.add_section()
        grid.add_row(*(Text(cell_text(v, c) or "—") for v, c in zip(table.line(), table.columns.values(), strict=True)))
    out = io.StringIO()
    # Piped output isn't cut: a narrow default would lose names.
    Console(file=out, width=width or 400, no_color=True).print(
        grid if len(table.frame) else Text(f"{table.title}\n{table.empty}")
    )
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def to_csv(table: Table) -> bytes:
    """Return UTF-8 with a byte-order mark, which spreadsheet programs need to show Chinese; no cell starts a formula.

    Numbers have twelve digits at most.
    """
    frame = _plain(table)
    for name, column in table.columns.items():
        if column.kind in ("text", "level"):
            frame[name] = frame[name].map(harmless)
    frame = frame.rename(columns={name: column.heading for name, column in table.columns.items()})
    return frame.to_csv(index=False, lineterminator="\r\n", float_format=f"%.{_DIGITS}g").encode("utf-8-sig")


def to_json(table: Table) -> bytes:
    """Return a list of objects keyed by the columns' names; missing is null, dates are ISO 8601.

    Numbers have the digits that they have in CSV.
    """
    text = _plain(table).to_json(orient="records", force_ascii=False, double_precision=15)
    rows = json.loads(text, parse_float=lambda number: float(f"{float(number):.{_DIGITS}g}"))
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a link keeps leading where it led, a device or a pipe is written to, not replaced.

    Raises:
        CpauditError: the place can't be written.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(content)
            return
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as draft:
            made = Path(draft) / target.name  # made as any file is: who may read it is the user's umask to say
            made.write_bytes(content)
            made.replace(target)
    except (OSError, RuntimeError) as error:
        why = durable.no_path(error) or (durable.reason(error) if isinstance(error, OSError) else "")
        if not why:
            raise
        raise CpauditError(f"文件 {path} 无法写入（{why}），请检查路径和写入权限。") from error


def harmless(value: Any) -> Any:
    """Return text that no spreadsheet program runs as a formula: an apostrophe before it, as OWASP advises for CSV.

    >>> harmless("=1+1"), harmless("-3.5"), harmless("示例")
    ("'=1+1", '-3.5', '示例')
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def _plain(table: Table) -> pd.DataFrame:
    frame = table.frame[list(table.columns)].copy()
    for name, column in table.columns.items():
        if column.kind == "date":
            frame[name] = _dates(frame[name])
        elif column.kind in ("number", "percent") and frame[name].dtype == object:  # answers among them
            frame[name] = frame[name].astype(float)
    return frame


def _dates(values: pd.Series) -> pd.Series:
    import pandas as pd

    return pd.to_datetime(values).dt.strftime("%Y-%m-%d")


def _texts(table: Table) -> list[list[str]]:
    from cpaudit.render.web.html import cell_text

    columns = list(table.columns.values())
    rows = table.frame[list(table.columns)].itertuples(index=False, name=None)
    return [[cell_text(value, column) or "—" for value, column in zip(row, columns, strict=True)] for row in rows]
