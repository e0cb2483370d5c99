"""The fields of a Word part: those that number and repeat what stands in the document may stay, all others are named."""

from __future__ import annotations

from typing import Any

from lxml import etree

#: Fields that neither fetch anything nor change with the day, the machine or the person.
_ALLOWED = frozenset(
    (
        "PAGE",
        "NUMPAGES",
        "SECTION",
        "SECTIONPAGES",
        "STYLEREF",
        "TITLE",
        "SEQ",
        "REF",
        "PAGEREF",
        "TOC",
        "TC",
        "EQ",
        "SYMBOL",
        "=",
    )
)


def foreign(root: Any) -> str:
    """Return the name of the first field that isn't allowed, '' where all are.

    A field's code may be cut over several runs and hold other fields; its name is the first word of its own text.
    """
    codes, stack = list[list[str]](), list[list[str] | None]()
    for element in root.iter():
        name = etree.QName(element).localname
        if name == "fldSimple":
            codes.append([_attribute(element, "instr")])
        elif name == "fldChar":
            match _attribute(element, "fldCharType"):
                case "begin":
                    codes.append([])
                    stack.append(codes[-1])
                case "separate" if stack:
                    stack[-1] = None
                case "end" if stack:
                    stack.pop()
        elif name in ("instrText", "delInstrText"):
            if stack and (code := stack[-1]) is not None:
                code.append(element.text or "")
            else:
                codes.append([element.text or ""])
    for code in codes:
        said = "".join(code).strip()
        word = "=" if said.startswith("=") else said.partition(" ")[0].partition("\\")[0].upper()
        if word not in _ALLOWED:
            return word or "（空）"
    return ""


def _attribute(element: Any, name: str) -> str:
    return next((v for k, v in element.attrib.items() if etree.QName(k).localname == name), "")
