"""The rules that keep notebooks thin and clean, as one list: what breaks one is named with its cell."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat

Notebook = dict[str, Any]

#: Table work belongs to the package, where it is tested.
TABLE_WORK = {
    *("agg", "aggregate", "apply", "assign", "concat", "drop", "filter", "groupby", "join", "map", "melt", "merge"),
    *("pivot", "pivot_table", "query", "sort_values", "transform", "value_counts"),
    *("open_file", "read_csv", "read_excel", "read_json", "read_parquet", "to_csv", "to_excel", "to_parquet"),
}
LOGIC = (ast.For, ast.AsyncFor, ast.While, ast.comprehension, ast.Lambda, ast.ClassDef, ast.If, ast.Try, ast.With)
IMPORTS = {"import cpaudit as cp", "import datetime as dt"}
PATH = re.compile(r"[\\/]|^~|\.(?:csv|docx|html|ipynb|json|parquet|pdf|xlsx?|ya?ml)$")
LONGEST_FUNCTION = 5
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def faults(text: str) -> list[str]:
    """Check a notebook file's text; return each fault as ``rule: where``."""
    notebook = json.loads(text)
    found = [f"{name}: {where}" for name, rule in RULES.items() for where in rule(notebook)]
    if not found and nbformat.writes(nbformat.from_dict(notebook)) + "\n" != text:
        found.append("format: JupyterLab would save it otherwise")
    return found


def _cells(notebook: Notebook, kind: str) -> Iterator[tuple[int, Any, str]]:
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == kind:
            yield number, cell, "".join(cell["source"])


def _nodes(notebook: Notebook) -> Iterator[tuple[int, ast.AST]]:
    for number, _, source in _cells(notebook, "code"):
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a magic or a shell command too: told by its own rule
            continue
        for node in ast.walk(tree):
            yield number, node


def _chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def results(notebook: Notebook) -> Iterator[str]:
    """No outputs, no execution counts, no widget state, nothing that a run or another machine leaves."""
    for number, cell, _ in _cells(notebook, "code"):
        if cell.get("outputs") or cell.get("execution_count") is not None or "execution" in cell["metadata"]:
            yield f"cell {number} keeps results"
    if set(notebook["metadata"]) - {"kernelspec", "language_info", "title"}:
        yield f"metadata {sorted(notebook['metadata'])}"


def kernel(notebook: Notebook) -> Iterator[str]:
    """Every notebook runs in the kernel that the desk offers, whatever version it has."""
    if notebook["metadata"].get("kernelspec") != KERNEL or notebook["metadata"].get("language_info") != {"name": "python"}:
        yield "kernelspec or language_info"


def plain(notebook: Notebook) -> Iterator[str]:
    """Plain Python: no magics, no shell commands."""
    for number, _, source in _cells(notebook, "code"):
        try:
            ast.parse(source)
        except SyntaxError as error:
            yield f"cell {number}, line {error.lineno}"


def logic(notebook: Notebook) -> Iterator[str]:
    """No loop, no branch, no class, no function of more than a few lines."""
    for number, node in _nodes(notebook):
        long = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= LONGEST_FUNCTION  # type: ignore[operator]
        if long or isinstance(node, LOGIC):
            yield f"cell {number}, {type(node).__name__}"


def tables(notebook: Notebook) -> Iterator[str]:
    """No table work: an analysis has a name and a test."""
    for number, node in _nodes(notebook):
        if isinstance(node, ast.Attribute) and node.attr in TABLE_WORK:
            yield f"cell {number}, {node.attr}"


def imports(notebook: Notebook) -> Iterator[str]:
    """The package, and dates to choose with."""
    for number, node in _nodes(notebook):
        if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) not in IMPORTS:
            yield f"cell {number}, {ast.unparse(node)}"


def paths(notebook: Notebook) -> Iterator[str]:
    """No path: where data lie is the machine's matter, and what is read or written is chosen by who runs it."""
    for number, node in _nodes(notebook):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PATH.search(node.value):
            yield f"cell {number}, {node.value}"


def language(notebook: Notebook) -> Iterator[str]:
    """Everything that is there to be read is Chinese: text cells and comments."""
    for number, _, source in _cells(notebook, "markdown"):
        if not all(_chinese(line) for line in source.splitlines() if line.startswith("#")) or not _chinese(source):
            yield f"text cell {number}"
    for number, _, source in _cells(notebook, "code"):
        try:
            comments = [t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT]
        except (tokenize.TokenError, SyntaxError):
            continue
        if not all(map(_chinese, comments)):
            yield f"comment in cell {number}"


def title(notebook: Notebook) -> Iterator[str]:
    """A notebook says which question it answers, by a first heading or among its metadata, and in a sentence."""
    texts = [source for _, _, source in _cells(notebook, "markdown")]
    if not texts:
        yield "no text"
    elif not (notebook["metadata"].get("title") or texts[0].startswith("# ")):
        yield "no title"


def parameters(notebook: Notebook) -> Iterator[str]:
    """What may be chosen stands in one cell, a plain value and a comment each."""
    tagged = [(n, source) for n, cell, source in _cells(notebook, "code") if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) > 1:
        yield f"{len(tagged)} parameter cells"
    for number, source in tagged:
        for line in source.splitlines():
            if not re.fullmatch(r"""\w+ = (?:"[^"]*"|\d+(?:\.\d+)?|True|False)(?:  # .+)?""", line):
                yield f"cell {number}, {line}"


RULES: dict[str, Callable[[Notebook], Iterator[str]]] = {
    rule.__name__: rule for rule in (results, kernel, plain, logic, tables, imports, paths, language, title, parameters)
}


def read(path: Path) -> Notebook:
    """Return a notebook file's content."""
    content: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return content


def code(notebook: dict[str, Any]) -> list[str]:
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
