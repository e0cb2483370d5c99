"""With what ink each character of a PDF page is drawn: none, one that lets all shine through, cut off, on a layer that is off.

pdfminer reads over what says so; here the same content is gone through once, with that taken down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pdfminer.layout import LTChar, LTFigure
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdftypes import PDFObjRef, resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import apply_matrix_pt
from pdfplumber.page import PDFPageAggregatorWithMarkedContent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Box = tuple[float, float, float, float]

#: Parts of a picture that say where it is clear; how high the bands are that characters are looked for in.
_CLEAR, _BAND = {"SMask", "Mask", "ImageMask", "SMaskInData"}, 20.0

#: Ways of drawing text: filled, stroked.
_FILLED, _STROKED = (0, 2, 4, 6), (1, 2, 5, 6)


class Ink(NamedTuple):
    """How much of a character's filling and of its outline is there, from 0 to 1; None where it isn't drawn at all."""

    filled: float | None = 1.0
    stroked: float | None = None


NONE = Ink(None, None)


class _Look(NamedTuple):
    """Of the graphics state: how much of a filling and an outline is there, and outside of what nothing is drawn."""

    filled: float = 1.0
    stroked: float = 1.0
    within: Box | None = None
    #: Whether what is drawn is mixed with what is behind it, as a marker is.
    blends: bool = False


def inks(page: Any) -> list[Ink]:
    """Return the ink of each of a page's characters, in their order; the page is laid out on the way."""
    device = _Device(page.pdf.rsrcmgr, pageno=page.page_number, laparams=page.pdf.laparams)
    interpreter = _Interpreter(page.pdf.rsrcmgr, device)
    interpreter.off = _layers_off(page.pdf.doc.catalog)
    interpreter.process_page(page.page_obj)
    page._layout = device.get_result()  # as pdfplumber makes it, which is spared
    covered = _covered(page._layout, device.opaque)
    found = [NONE if at in covered else ink for at, ink in enumerate(device.inks)]
    return found if len(found) == len(page.chars) else [Ink()] * len(page.chars)


def _covered(layout: Any, opaque: Collection[int]) -> set[int]:
    """Return the characters (by their number) over which something is laid that lets nothing shine through."""
    found, placed, at = set[int](), dict[int, list[tuple[int, float, float]]](), 0
    for one in _each(layout):
        if isinstance(one, LTChar):
            across, up = (one.x0 + one.x1) / 2, (one.y0 + one.y1) / 2
            placed.setdefault(int(up // _BAND), []).append((at, across, up))
            at += 1
        elif placed and id(one) in opaque:
            for band in range(int(max(one.y0, 0) // _BAND), int(min(one.y1, layout.y1) // _BAND) + 1):
                near = placed.get(band, ())
                found.update(n for n, across, up in near if one.x0 <= across <= one.x1 and one.y0 <= up <= one.y1)
    return found


def _each(parent: Any) -> Iterator[Any]:
    """Yield what lies on a page, in the order in which it is drawn."""
    for one in parent:
        yield from _each(one) if isinstance(one, LTFigure) else (one,)


class _Device(PDFPageAggregatorWithMarkedContent):
    """Lays a page out, and takes down the ink of its characters."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.inks: list[Ink] = []
        self.look, self.mode, self.off = _Look(), 0, False
        #: What lets nothing shine through, by identity.
        self.opaque: set[int] = set()

    def render_char(self, *given: Any, **named: Any) -> float:
        """Add a character."""
        advance = super().render_char(*given, **named)
        self.inks.append(self._ink(self.cur_item._objs[-1]))
        return advance

    def paint_path(self, gstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Any) -> None:
        """Add lines and areas."""
        before = len(self.cur_item._objs)
        super().paint_path(gstate, stroke, fill, evenodd, path)
        if fill and self._hides():
            self.opaque.update(map(id, self.cur_item._objs[before:]))

    def render_image(self, name: str, stream: Any) -> None:
        """Add a picture; a seal lets shine through what it isn't drawn on."""
        before = len(self.cur_item._objs)
        super().render_image(name, stream)
        if self._hides() and not _CLEAR & stream.attrs.keys():
            self.opaque.update(map(id, self.cur_item._objs[before:]))

    def _hides(self) -> bool:
        return self.look.filled >= 1 and not self.look.blends and not self.off

    def _ink(self, char: Any) -> Ink:
        across, up = (char.x0 + char.x1) / 2, (char.y0 + char.y1) / 2
        left, bottom, right, top = self.look.within or (across, up, across, up)
        if self.off or not (left <= across <= right and bottom <= up <= top):
            return NONE
        filled = self.look.filled if self.mode in _FILLED else None
        return Ink(filled, self.look.stroked if self.mode in _STROKED else None)


class _Interpreter(PDFPageInterpreter):
    """Goes through a page's content, and keeps what pdfminer passes by."""

    device: _Device
    #: The layers that are off, by the number of their object.
    off: Collection[int] = ()
    _look, _mode = _Look(), 0
    _hidden: tuple[bool, ...] = ()
    #: The part of the page that is shown.
    _shown: Any = None

    def init_state(self, ctm: Any) -> None:
        """Begin; a form goes on as it was called."""
        super().init_state(ctm)
        self.textstate.render = self._mode
        if self._shown and self._look.within is None:
            corners = [apply_matrix_pt(ctm, point) for point in (self._shown[:2], self._shown[2:])]
            (left, right), (bottom, top) = (sorted(part) for part in zip(*corners, strict=True))
            self._look = self._look._replace(within=(left, bottom, right, top))
        self._tell()
        self._saved: list[_Look] = []

    def subinterp(self) -> PDFPageInterpreter:
        """Return what goes through a form."""
        made = cast("_Interpreter", super().subinterp())
        made.off, made._look, made._mode, made._hidden = self.off, self._look, self.textstate.render, self._hidden
        return made

    def process_page(self, page: Any) -> None:
        """Go through a page."""
        self._shown = tuple(map(float, page.cropbox))
        super().process_page(page)

    def _tell(self) -> None:
        self.device.look, self.device.off = self._look, any(self._hidden)

    def do_q(self) -> None:
        """Save the state."""
        super().do_q()
        self._saved.append(self._look)

    def do_Q(self) -> None:
        """Take the state as it was saved."""
        super().do_Q()
        if self._saved:
            self._look = self._saved.pop()
        self._tell()

    def do_gs(self, name: Any) -> None:
        """Take a state by name."""
        super().do_gs(name)
        states = resolve1(self.resources.get("ExtGState")) or {}
        state = resolve1(states.get(name.name if isinstance(name, PSLiteral) else name)) or {}
        filled, stroked = resolve1(state.get("ca")), resolve1(state.get("CA"))
        if isinstance(filled, (int, float)):
            self._look = self._look._replace(filled=float(filled))
        if isinstance(stroked, (int, float)):
            self._look = self._look._replace(stroked=float(stroked))
        if "BM" in state or "SMask" in state:
            mixed = getattr(resolve1(state.get("BM", "")), "name", "Normal") not in ("Normal", "Compatible")
            masked = isinstance(resolve1(state.get("SMask")), dict)
            self._look = self._look._replace(blends=mixed or masked)
        self._tell()

    def do_W(self) -> None:
        """Draw nothing outside of the path."""
        super().do_W()
        self._clip()

    def do_W_a(self) -> None:
        """Draw nothing outside of the path."""
        super().do_W_a()
        self._clip()

    def _clip(self) -> None:
        points = [
            apply_matrix_pt(self.ctm, (float(part[at]), float(part[at + 1])))
            for _, *part in cast("list[tuple[Any, ...]]", self.curpath)
            for at in range(0, len(part) - 1, 2)
        ]
        if points:
            across, up = [x for x, _ in points], [y for _, y in points]
            left, bottom, right, top = self._look.within or (min(across), min(up), max(across), max(up))
            within = (max(left, min(across)), max(bottom, min(up)), min(right, max(across)), min(top, max(up)))
            self._look = self._look._replace(within=within)

    def do_BMC(self, tag: Any) -> None:
        """Begin a part."""
        super().do_BMC(tag)
        self._hidden = (*self._hidden, False)

    def do_BDC(self, tag: Any, props: Any) -> None:
        """Begin a part that may lie on a layer."""
        super().do_BDC(tag, props)
        on = resolve1(self.resources.get("Properties")) or {}
        layer = on.get(props.name) if isinstance(props, PSLiteral) else props
        self._hidden = (*self._hidden, isinstance(tag, PSLiteral) and tag.name == "OC" and _is_off(layer, self.off))
        self._tell()

    def do_EMC(self) -> None:
        """End a part."""
        super().do_EMC()
        self._hidden = self._hidden[:-1]
        self._tell()

    def do_Do(self, name: Any) -> None:
        """Draw a form or a picture, which may lie on a layer."""
        before = self._hidden
        form = resolve1(self.xobjmap.get(name.name if isinstance(name, PSLiteral) else name))
        layer = getattr(form, "attrs", {}).get("OC")
        self._hidden = (*before, layer is not None and _is_off(layer, self.off))
        self._tell()
        super().do_Do(name)
        self._hidden = before
        self._tell()

    def do_TJ(self, seq: Any) -> None:
        """Draw text."""
        self._tell()
        self.device.mode = self.textstate.render
        super().do_TJ(seq)


def _layers_off(catalog: Any) -> set[int]:
    """Return the layers that a document opens without, by the number of their object."""
    layers = resolve1(catalog.get("OCProperties")) or {}
    opening = resolve1(layers.get("D")) or {}
    every = layers.get("OCGs") if getattr(opening.get("BaseState"), "name", "") == "OFF" else []
    off, on = (
        {one.objid for one in resolve1(those) or [] if isinstance(one, PDFObjRef)}
        for those in ([*(resolve1(every) or []), *(resolve1(opening.get("OFF")) or [])], opening.get("ON"))
    )
    return off - on if every else off


def _is_off(layer: Any, off: Collection[int]) -> bool:
    """Whether a layer, or a set of layers of which any has to be on, is off."""
    if isinstance(layer, PDFObjRef) and layer.objid in off:
        return True
    those = (resolve1(layer) or {}).get("OCGs") if isinstance(resolve1(layer), dict) else None
    those = [those] if isinstance(those, PDFObjRef) and not isinstance(resolve1(those), list) else resolve1(those) or []
    return bool(those) and all(isinstance(one, PDFObjRef) and one.objid in off for one in those)
