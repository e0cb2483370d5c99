"""The notebooks of a workspace's ``reports/``: each is a kind of report, called as its file, with the parameters it declares."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from cpaudit import durable
from cpaudit.errors import DefinitionError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

Value = str | int | float | bool
#: The tag of the cell that declares parameters, papermill's own.
_TAG = "parameters"
#: What a declared name can't begin with: the model that checks parameters has such names of its own.
_NOT_NAMES = ("_", "model_")
_LARGEST = 32 << 20
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_WORDS = {"true": True, "是": True, "1": True, "false": False, "否": False, "0": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, its value where none is given, its type; ``label``: the remark beside it, else the name."""

    name: str
    default: Value
    type: type
    label: str

    def read(self, text: Value) -> Value:
        """Return a value as it was typed.

        Raises:
            UsageError: it is of another type.
        """
        if not isinstance(text, str) or self.type is str:
            found: Any = text
        elif self.type is bool:
            found = _WORDS.get(text.strip().lower())
        else:
            try:
                found = self.type(text.strip())
            except ValueError:
                found = None
        if self.type is float and type(found) is int:
            found = float(found)
        if type(found) is not self.type:
            what = {str: "文字", int: "整数", float: "数字", bool: "是或否"}[self.type]
            raise UsageError(f"参数 {self.name}（{self.label}）应为{what}，现为“{text}”；请改正后重试。")
        return cast(Value, found)


@dataclass(frozen=True, slots=True)
class Book:
    """A report's notebook: ``id`` is its file's name, ``label`` its title; ``fault``: why it can't be a kind."""

    id: str
    path: Path
    label: str
    parameters: tuple[Parameter, ...] = ()
    fault: str = ""


def books(folder: Path) -> list[Book]:
    """Return the notebooks of a folder, by name; one that can't be understood says so when it is asked for."""
    paths = sorted(p for p in folder.glob("*.ipynb") if p.is_file() and not p.name.startswith(".")) if folder.is_dir() else []
    return [_book(path) for path in paths]


def _book(path: Path) -> Book:
    try:
        content = durable.within(path, _LARGEST)
        cells = json.loads(content or b"")["cells"]
        texts = [("".join(c["source"]), c["cell_type"], list(c.get("metadata", {}).get("tags", []))) for c in cells]
        title = json.loads(content or b"")["metadata"].get("title", "")
        "".join([str(title), *(text for text, _, _ in texts)]).encode()  # halves of characters can be written nowhere
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Book(path.stem, path, path.stem, fault=f"{path.name} 不是完好的笔记本，不能作为报告；请用 JupyterLab 打开检查。")
    lines = (line for text, kind, _ in texts if kind == "markdown" for line in text.splitlines())
    headings = (line[2:].strip() for line in lines if line.startswith("# "))
    label = title if isinstance(title, str) and title.strip() else next(headings, path.stem)
    declared = [text for text, kind, tags in texts if kind == "code" and _TAG in tags]
    try:
        return Book(path.stem, path, label, tuple(_parameters(declared[0], path)) if declared else ())
    except DefinitionError as error:
        return Book(path.stem, path, label, fault=str(error))


def _parameters(source: str, path: Path) -> list[Parameter]:
    """Return what a cell declares: a name and a plain value a line, its type by annotation or value.

    Raises:
        DefinitionError: the cell is no Python, or a value isn't a plain one.
    """
    try:
        tree, remarks = ast.parse(source), _remarks(source)
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError):
        raise DefinitionError(f"{path.name} 的参数单元（标签 {_TAG}）不是合法的 Python，请改正。") from None
    found = []
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else getattr(node, "target", None)
        if not isinstance(target, ast.Name):
            continue  # a comment, an import: no parameter
        given = getattr(node, "value", None)
        try:
            value: Any = ast.literal_eval(given) if given is not None else None
            str(value).encode()
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            value = None
        if target.id.startswith(_NOT_NAMES):
            raise DefinitionError(f"{path.name} 的参数 {target.id} 不能这样命名（不能以 _ 或 model_ 开头），请改名。")
        named = getattr(node, "annotation", None)
        kind = _TYPES.get(named.id) if isinstance(named, ast.Name) else type(value)
        if kind is float and type(value) is int:
            value = float(value)
        if kind not in _TYPES.values() or type(value) is not kind:
            said = "的值应为一个文字、数字或 True、False，与注解的类型一致"
            raise DefinitionError(f"{path.name} 的参数 {target.id} {said}；请改正参数单元（标签 {_TAG}）。")
        found.append(Parameter(target.id, cast(Value, value), kind, remarks.get(node.lineno, target.id)))
    return found


def _remarks(source: str) -> dict[int, str]:
    """Return the remark that ends a line: line → text."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    said = {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}
    return {line: text for line, text in said.items() if text}
