"""A markdown cell as blocks of a page: what an analyst writes between the outputs stands in every document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def blocks_json(source: str) -> list[dict[str, Any]]:
    """Return headings, paragraphs and tables as stored blocks; a list is a paragraph of lines.

    A first-level heading is a section of its own, any other stands inside one.

    >>> blocks_json("# 说明\\n\\n**两家**企业：\\n\\n- 甲\\n- 乙")[1:]
    [{'is': 'Text', 'text': '两家企业：'}, {'is': 'Text', 'text': '· 甲\\n· 乙'}]
    """
    import mistune

    from cpaudit.render.notebook.stored_cells import table_json

    parsed: Any = mistune.create_markdown(renderer=None, plugins=["table"])(source)
    blocks: list[dict[str, Any]] = []
    for token in parsed:
        text = "\n".join(_lines(token)).strip()
        if token["type"] == "table":
            rows = [[_inline(cell) for cell in row["children"]] for row in _rows(token)]
            blocks.append(table_json(rows[0], rows[1:]))
        elif text and token["type"] == "heading":
            blocks.append({"is": "Heading", "text": text, "level": 2 if token["attrs"]["level"] == 1 else 3})
        elif text:
            blocks.append({"is": "Text", "text": text})
    return blocks


def _rows(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in table["children"]:
        yield from [part] if part["type"] == "table_head" else part["children"]


def _lines(token: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a block; signs of markup are gone, the cells of a table stand in a line."""
    match token["type"]:
        case "list":
            for at, item in enumerate(token["children"], start=1):
                mark = f"{at}. " if token.get("attrs", {}).get("ordered") else "· "
                yield mark + " ".join(line for child in item["children"] for line in _lines(child))
        case "table_head" | "table_row":
            yield "　".join(_inline(cell) for cell in token["children"])
        case "table" | "table_body" | "block_quote":
            for child in token["children"]:
                yield from _lines(child)
        case "block_code" | "block_html":
            yield from token["raw"].rstrip().splitlines()
        case _:
            yield _inline(token)


def _inline(token: dict[str, Any]) -> str:
    if token["type"] in ("linebreak", "softbreak"):
        return "\n" if token["type"] == "linebreak" else ""
    return str(token["raw"]) if "raw" in token else "".join(_inline(child) for child in token.get("children", ()))
