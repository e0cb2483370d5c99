"""A Word paragraph → its runs: what is read of it and what isn't, through content controls, tracked changes and text boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books import colours
from cpaudit.loaders.opening.books.runs import DELETED, HIDDEN, MOVED, NOTE, STRUCK, TINY, UNSEEN, Run
from cpaudit.loaders.opening.papers.letters import FALSE, attribute, child, is_low, is_tiny, name_of, value_of
from cpaudit.loaders.opening.papers.printed import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from cpaudit.loaders.opening.books.colours import Colour
    from cpaudit.loaders.opening.papers.letters import Looks

#: What wraps content without changing it; its content stands where the wrapper stands.
_WRAPPERS = frozenset(
    ("document", "body", "sdt", "sdtContent", "customXml", "smartTag", "hyperlink", "ins", "moveTo", "fldSimple", "bdo", "dir")
)
_GONE = {"del": DELETED, "moveFrom": MOVED}
#: Parts of an equation that stand one above the other: ½ is no 12.
_LAID_OUT = frozenset(("f", "rad", "nary", "func", "m", "sPre", "limLow", "limUpp", "bar", "acc", "eqArr"))
_BREAKS = {"br": "\n", "cr": "\n", "tab": " ", "ptab": " ", "noBreakHyphen": "-"}
#: Ticks, crosses and boxes of the symbol fonts.
_SYMBOLS = dict(zip(["f0fc", "f050", "f0fb", "f04f", "f0fe", "f052", "f0fd", "f054", "f0a8", "f06f"], "√√××☑☑☒☒□□", strict=True))
#: Text moved up or down by hand by less, in half points, is only set straight.
_MOVED = 4
#: The colours of a marker, as far as letters are written in them.
_MARKERS = {"black": colours.BLACK, "white": colours.WHITE, "yellow": (1.0, 1.0, 0.0), "red": (1.0, 0.0, 0.0)}
_LEVELS = {"superscript": 1, "subscript": -1}
_NOTES = frozenset(("footnoteReference", "endnoteReference"))


def within(parent: etree._Element) -> Iterator[etree._Element]:
    """Yield what stands in an element, through wrappers; of several forms of one content the first that says anything."""
    for one in parent:
        name = name_of(one)
        if name == "AlternateContent":
            forms = list(one)
            yield from within(
                next((form for form in forms if any(t.text for t in form.iter("{*}t"))), one if not forms else forms[0])
            )
        elif name in _WRAPPERS:
            yield from within(one)
        else:
            yield one


def rows_of(table: etree._Element) -> list[etree._Element]:
    """Return the rows of a table, wherever they are wrapped."""
    return [one for one in within(table) if name_of(one) == "tr"]


def cells_of(row: etree._Element) -> list[etree._Element]:
    """Return the cells of a row, wherever they are wrapped."""
    return [one for one in within(row) if name_of(one) == "tc"]


def is_table(nested: etree._Element) -> bool:
    """Whether a table inside a cell is more than that cell's text laid out in one row or one column."""
    lengths = [len(cells_of(row)) for row in rows_of(nested)]
    return len(lengths) > 1 and max(lengths) > 1


def drop_prompts(body: etree._Element) -> None:
    """Empty the content controls that show their prompt (单击此处输入日期): nobody filled them in."""
    for control in body.iter("{*}sdt"):
        content = child(control, "sdtContent")
        if value_of(control, "sdtPr", "showingPlcHdr") not in (None, *FALSE) and content is not None:
            for text in content.iter("{*}t"):
                text.text = ""


def comments(part: etree._Element | None) -> dict[str, str]:
    """Return what a document's comments say, by their number."""
    found = {} if part is None else {attribute(one, "id") or "": one for one in part if name_of(one) == "comment"}
    return {number: "".join(t.text or "" for t in one.iter("{*}t")).strip() for number, one in found.items()}


def text_of(paragraph: etree._Element, looks: Looks, *, boxes: bool) -> Iterator[Run]:
    """Yield the runs of a paragraph in their order; ``boxes``: with the text boxes anchored in it."""
    low = TINY if is_low(child(paragraph, "pPr")) else ""
    yield from _text(paragraph, looks, value_of(paragraph, "pPr", "pStyle"), low, boxes)


def _text(parent: etree._Element, looks: Looks, style: str | None, gone: str, boxes: bool) -> Iterator[Run]:
    for one in within(parent):
        name = name_of(one)
        if name == "r":
            yield from _run(one, looks, style, gone, boxes)
        elif name in _GONE:
            yield from _text(one, looks, style, _GONE[name], boxes)
        elif name == "txbxContent":
            if boxes:
                yield from _box(one, looks, gone)
        elif name in ("oMath", "oMathPara"):
            yield from _equation(one, gone)
        elif name not in ("pPr", "sdtPr", "sdtEndPr", "rPr"):
            yield from _text(one, looks, style, gone, boxes)


def _equation(parent: etree._Element, gone: str, level: int = 0) -> Iterator[Run]:
    for one in parent:
        if (name := name_of(one)) == "t":
            yield Run(one.text or "", gone, level)
        elif name in _LAID_OUT:
            yield Run(UNREADABLE.format("公式"), gone)
        else:
            yield from _equation(one, gone, {"sup": 1, "sub": -1}.get(name, level))


def _box(box: etree._Element, looks: Looks, gone: str) -> Iterator[Run]:
    for one in within(box):
        if name_of(one) == "p":
            yield looks.line
            yield from _text(one, looks, value_of(one, "pPr", "pStyle"), gone, True)
        elif name_of(one) == "tbl" and not is_table(one):
            for cell in (cell for row in rows_of(one) for cell in cells_of(row)):
                yield from _box(cell, looks, gone)


def _run(run: etree._Element, looks: Looks, style: str | None, gone: str, boxes: bool) -> Iterator[Run]:
    look = looks.of(child(run, "rPr"), style)
    if not gone:
        on = {name for name in ("strike", "dstrike", "vanish", "specVanish", "del") if look.get(name, "0") not in FALSE}
        gone = HIDDEN if on & {"vanish", "specVanish"} else STRUCK if on & {"strike", "dstrike"} else DELETED if on else ""
        gone = gone or (TINY if is_tiny(look) else UNSEEN if _is_unseen(run, look, looks) else "")
    level = _LEVELS.get(look.get("vertAlign", ""), 0) or _raised(look.get("position", ""))
    for one in within(run):
        name = name_of(one)
        if name in ("t", "delText"):
            yield Run(one.text or "", gone or (DELETED if name == "delText" else ""), level)
        elif name in _BREAKS:
            yield Run(_BREAKS[name], gone)
        elif name == "sym":
            code = (attribute(one, "char") or "").lower()
            yield Run(_SYMBOLS.get(code) or (chr(int(code, 16)) if code else ""), gone)
        elif name in _NOTES:
            yield Run(f"[{attribute(one, 'id') or ''}]", NOTE)
        elif name == "fldChar" and (box := next(one.iter("{*}checkBox"), None)) is not None:
            yield Run("☑" if _ticked(box) else "□", gone)
        elif name == "ruby":
            if (base := child(one, "rubyBase")) is not None:
                yield from _text(base, looks, style, gone, boxes)
        elif name not in ("rPr", "instrText", "delInstrText", "fldChar", "commentReference"):
            yield from _text(one, looks, style, gone, boxes)


def _is_unseen(run: etree._Element, look: dict[str, str], looks: Looks) -> bool:
    """Whether a run's letters have the colour of what they stand on, or none, and no outline that shows them."""
    filled, outline = look.get("textFill", look.get("color", "")), look.get("textOutline", "none")
    inks = [colours.of_hex(said) for said in (filled, outline) if said != "none"]
    if all(ink is not None for ink in inks):
        ground = _ground(run, look, looks)
        return all(colours.alike(ink, ground) for ink in inks)
    return False


def _ground(run: etree._Element, look: dict[str, str], looks: Looks) -> Colour | None:
    """Return what a run stands on: its own ground, its paragraph's, its cell's or its table's; None where nobody knows."""
    own = child(run, "rPr")
    if (marked := look.get("highlight", "none")) != "none":
        return _MARKERS.get(marked)
    if "shd" in look and (own is None or child(own, "shd") is None):
        return None
    for above in (run, *run.iterancestors()):
        holder = child(above, f"{name_of(above)}Pr")
        shade = None if holder is None else child(holder, "shd")
        if shade is not None and (attribute(shade, "fill") or "auto") != "auto":
            return colours.of_hex(attribute(shade, "fill") or "") if attribute(shade, "val") in (None, "clear") else None
        if holder is not None and looks.shades(value_of(above, name_of(holder), "tblStyle")):
            return None
    return colours.WHITE


def _ticked(box: etree._Element) -> bool:
    """Whether the box of an old form is ticked: by who filled it in, else as the form came."""
    holder = child(box, "checked")
    holder = child(box, "default") if holder is None else holder
    return holder is not None and (attribute(holder, "val") or "1") not in FALSE


def _raised(position: str) -> int:
    """Return the level of text moved up or down by hand."""
    moved = int(position) if position.lstrip("-").isdecimal() else 0
    return 0 if abs(moved) < _MOVED else 1 if moved > 0 else -1
