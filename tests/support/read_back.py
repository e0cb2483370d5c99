"""Files read back as a person reads them: lines of prose, and each row of a table as “heading:cell heading:cell”."""

from __future__ import annotations

import base64
import csv
import fcntl
import io
import json
import pickle
import re
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import docx
import pypdfium2
from docx.table import Table as WordTable
from lxml import html as lxml_html
from python_calamine import CalamineWorkbook


class Read(NamedTuple):
    """A file: its tables (rows of cells, headings first) and its prose, by paragraph."""

    tables: list[list[list[str]]]
    prose: list[str]

    def text(self) -> str:
        """All of it, without breaks."""
        return "".join([*self.prose, *(cell for table in self.tables for row in table for cell in row)]).replace("\n", "")

    def lines(self) -> Iterator[str]:
        """Every sentence, and every row of a table as “heading:cell heading:cell”."""
        for text in self.prose:
            yield from filter(None, re.split(r"[\n。；]", text))
        for head, *rows in self.tables:
            for row in rows:
                yield " ".join(f"{name}:{cell}" for name, cell in zip(map(bare, head), row, strict=False) if told(cell))


def source(path: Path) -> str:
    """The HTML of a web page or of a part of the static export."""
    return _unpacked(path.read_bytes())


def files_read(folder: Path) -> Iterator[tuple[str, Read]]:
    """Give every file of a folder that a person may read, by its path; they are read back once per run of the tests."""
    kept = folder.parent / f"{folder.name}.read"
    with (folder.parent / f"{folder.name}.reading").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            found = {
                name: read(path)
                for path in sorted(folder.rglob("*"))
                if path.suffix in _READERS
                and "assets" not in path.parts
                and not (name := path.relative_to(folder).as_posix()).startswith(("warehouse/", "files/export/manifest"))
            }
            kept.write_bytes(pickle.dumps(found))
    yield from _kept(kept).items()


@cache
def _kept(path: Path) -> dict[str, Read]:
    return pickle.loads(path.read_bytes())  # type: ignore[no-any-return]


def bare(heading: str) -> str:
    """A heading without its unit."""
    return re.sub(r"（[^（）]*）$", "", heading)


def told(cell: str) -> bool:
    """Whether a cell says anything."""
    return cell not in ("", "—", "None", "null")


@cache
def read(path: Path) -> Read:
    """Read a file back; what it is, its ending says."""
    return _READERS[path.suffix](path.read_bytes())


def _csv(content: bytes) -> Read:
    text = content.decode("utf-8-sig")
    rows = json.loads(text) if text.startswith("[[") else list(csv.reader(io.StringIO(text)))  # an answer as it was kept
    return Read([rows], [])


def _json(content: bytes) -> Read:
    return Read([], ["；".join(f"{key}={value}" for key, value in row.items()) for row in json.loads(content)])


def _screen(content: bytes) -> Read:
    """A terminal's table: headings between heavy strokes, cells between light ones."""
    prose, table = [], list[list[str]]()
    for line in content.decode().splitlines():
        stroke = "┃" if "┃" in line else "│" if "│" in line else ""
        if stroke:
            table.append([cell.strip() for cell in line.split(stroke)[1:-1]])
        elif not re.search("[━─]", line):
            prose.append(line.strip())
    return Read([table] if table else [], prose)


def _xlsx(content: bytes) -> Read:
    """Sheets whose headings stand in the first row that has as many cells as any."""
    tables, prose = [], []
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        rows = [[_cell(c) for c in row] for row in book.get_sheet_by_name(name).to_python()]
        filled = [sum(map(bool, row)) for row in rows]
        if not rows or max(filled) < 2:
            prose += ["　".join(filter(None, row)) for row in rows]
            continue
        at = filled.index(max(filled))
        tables.append(rows[at:])
        prose += ["　".join(filter(None, row)) for row, n in zip(rows, filled, strict=True) if n < 3]
    return Read(tables, [*book.sheet_names, *prose])


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) and value.is_integer() and abs(value) < 1e6 else str(value)


def _docx(content: bytes) -> Read:
    document = docx.Document(io.BytesIO(content))
    tables, prose = [], []
    for block in document.iter_inner_content():
        if isinstance(block, WordTable):
            tables.append([[cell.text.strip() for cell in row.cells] for row in block.rows])
        else:
            prose.append(block.text)
    for section in document.sections:
        prose += [p.text for part in (section.header, section.footer) for p in part.paragraphs]
    return Read(tables, prose)


def _pdf(content: bytes) -> Read:
    """The text of a PDF, line by line as printed; rows of tables are lines of their cells."""
    document = pypdfium2.PdfDocument(content)
    return Read([], [line for page in document for line in page.get_textpage().get_text_range().splitlines()])


def _unpacked(content: bytes) -> str:
    """What a part of the static export holds, compressed, as a script; other files as they are."""
    text = content.decode()
    packed = re.fullmatch(r'cpauditStatic\.receive\("[^"]*","[^"]*","([^"]*)"\);\n', text)
    return zlib.decompress(base64.b64decode(packed[1])).decode() if packed else text


def _html(content: bytes) -> Read:
    tree = lxml_html.fromstring(_unpacked(content))
    tables, prose = [], []
    for table in tree.xpath("//*[@data-table]"):
        head = [th.text_content() for th in table.xpath(".//thead//th")]
        rows = [[td.text_content() for td in tr] for tr in table.xpath(".//tbody/tr")]
        for rest in table.xpath('.//script[@class="cp-rest"]'):
            rows += [[c if isinstance(c, str) else str(c[-1]) for c in row[0]] for row in json.loads(rest.text)]
        tables += [[head, *rows]] if head else []
    for figure in tree.xpath("//figure[script]"):
        prose += marks(json.loads(figure.xpath("string(script[1])")))
    for box in tree.xpath('//*[contains(@class, "cp-kpi ")]'):
        prose.append(" ".join(box.text_content().split()))
    for script in tree.xpath("//script | //style"):
        script.drop_tree()
    said = tree.xpath("//p | //li | //caption | //figcaption | //h1 | //h2 | //h3")
    return Read(tables, prose + [part.text_content() for part in said])


def marks(figure: dict[str, Any]) -> list[str]:
    """What the bars of a figure say: “series:length category”, where it has a length."""
    found = []
    for trace in figure["data"]:
        if trace.get("type") != "bar" or not isinstance(trace.get("x"), list) or not isinstance(trace.get("y"), list):
            continue
        for x, y in zip(trace["x"], trace["y"], strict=True):
            value, category = (x, y) if trace.get("orientation") == "h" else (y, x)
            if value:
                found.append(f"{trace.get('name')}:{value} {category}")
    return found


def _script(content: bytes) -> Read:
    """A part of the static export: a page, or the directory that says of each plant what it is."""
    return Read([], [content.decode()]) if content.startswith(b"globalThis.cpauditDirectory") else _html(content)


def _text(content: bytes) -> Read:
    return Read([], content.decode().splitlines())


_READERS = {
    ".csv": _csv, ".json": _json, ".txt": _screen, ".xlsx": _xlsx, ".docx": _docx, ".pdf": _pdf, ".html": _html, ".js": _script,
    ".md": _text,
}  # fmt: skip
