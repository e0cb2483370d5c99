"""How a definition file is read: strictly, naming file and field at fault; what a workspace says is laid over what ships."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cpaudit import durable, workspace
from cpaudit.errors import DefinitionError
from cpaudit.findings import faults_of, said_twice
from cpaudit.workspace.overlay import WHOLE, laid_over, over, own, root, rows, shipped

__all__ = [
    "WHOLE", "Definition", "compose", "file", "files", "laid", "over", "own", "parse_definition", "read_csv", "read_definition",
    "read_yaml", "root", "shipped", "shown",
]  # fmt: skip
#: The C loader is as safe and eight times quicker; it is in every PyYAML wheel.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Far more than anybody writes by hand; a device or a wrong file would be read until the memory is full.
_LARGEST = 8 << 20
_MOST_PARTS = 1_000_000
#: Where a text might be nested deeper than the first, it is counted; deeper than the second isn't read: libyaml's loader
#: calls itself for each level, and at some ten thousand levels takes the process with it.
_SHALLOW, _DEEPEST = 2000, 200


class Definition(BaseModel):
    """Base of every model read from a reference file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


D = TypeVar("D", bound=Definition)


def file(folder: str, name: str) -> Path:
    """Return a definition that is a whole file (``name`` without its ending): the workspace's own, else the one that ships."""
    at = f"{folder}/{name}.yaml"
    return own().get(at, root() / at)


def files(folder: str) -> list[Path]:
    """Return the files of a folder whose files are whole definitions, by name; the workspace's stand for those that ship."""
    found = {path.name: path for path in (root() / folder).glob("*.yaml")}
    found |= {path.name: path for name, path in own().items() if name.rpartition("/")[0] == folder}
    return [found[name] for name in sorted(found)]


def shown(path: Path) -> str:
    """Return ``path`` as users should see it: relative to the workspace, or to the reference data, where it lies inside."""
    try:
        home = workspace.current()
        if home and path.resolve().is_relative_to(home.folder):
            return path.resolve().relative_to(home.folder).as_posix()
        return path.resolve().relative_to(root().parent.parent).as_posix()
    except (ValueError, OSError, RuntimeError):  # a link that leads to itself, a name that is too long
        return str(path)


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file; of one that ships, with what the workspace says in its place.

    Raises:
        DefinitionError: the file is missing, not UTF-8 or not YAML; the sentence names line and column.
    """
    content, mine = _read(path), over(path)
    if mine is None:
        return content
    said = _read(mine)
    if twice := said_twice(compose(mine)):
        raise DefinitionError(f"{shown(mine)} 第 {twice[0]} 行：“{twice[1]}”写了两次，后一次会取代前一次，请删去一处。")
    return laid_over(content, said, shown(mine))


def laid(path: Path) -> Path:
    """Return the file that is at fault where the content of ``path`` is: what the workspace lays over it, else itself."""
    return over(path) or path


def _read(path: Path) -> Any:
    try:
        text = _text(path)
        loader = _LOADER(text)
        tree = loader.get_single_node()
        return None if tree is None else loader.construct_document(_bounded(tree, path))
    except FileNotFoundError:
        raise DefinitionError(f"找不到定义文件 {shown(path)}，请检查文件名。") from None
    except UnicodeDecodeError:
        raise DefinitionError(f"定义文件 {shown(path)} 不是 UTF-8 编码，请另存为 UTF-8。") from None
    except OSError as error:
        raise DefinitionError(f"定义文件 {shown(path)} 无法读取（{durable.reason(error)}），请检查路径和读取权限。") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else ""
        raise DefinitionError(f"定义文件 {shown(path)} {where}不是合法的 YAML，请检查缩进、冒号和引号。") from None
    except yaml.YAMLError:
        raise DefinitionError(f"定义文件 {shown(path)} 含有 YAML 不允许的字符，请删去后再用。") from None
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        # What YAML takes for a date or a number by its looks and can't convert, and what is nested too deep: it names no line.
        raise _beyond(path, _inconvertible(text)) from None


def read_definition(path: Path, model: type[D]) -> D:
    """Read one YAML file into ``model``.

    Raises:
        DefinitionError: with every fault of the file, one per line, each naming its line and field.
    """
    return parse_definition(read_yaml(path), model, shown(laid(path)), laid(path))


def parse_definition(content: Any, model: type[D], where: str, path: Path | None = None) -> D:
    """Validate ``content`` as ``model``; ``where`` names the file in the message, ``path`` is read again for the lines.

    Raises:
        DefinitionError: with every fault, one per line, each naming its field.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = faults_of(error, compose(path) if path else None)
        lines = [
            f"{where}{f' 第 {f.line} 行' if f.line else ''}：{f'字段 {f.field}' if f.field else '内容'} {f.reason}"
            for f in faults
        ]
        raise DefinitionError("\n".join(lines)) from None


def compose(path: Path) -> yaml.Node | None:
    """Return a YAML file's tree of nodes, which know their lines.

    Raises:
        DefinitionError: it is nested too deep.
    """
    try:
        tree = yaml.compose(_text(path), Loader=_LOADER)
        return None if tree is None else _bounded(tree, path)
    except RecursionError:
        raise _beyond(path, None) from None


def _bounded(tree: yaml.Node, path: Path) -> yaml.Node:
    """Return a tree that is no larger written out than anybody writes by hand: names for parts (&, *, <<) can double it
    with every line.

    Raises:
        DefinitionError: it is, or it holds itself.
    """
    sizes: dict[int, float] = {}

    def size(node: yaml.Node) -> float:
        if id(node) not in sizes:
            sizes[id(node)] = math.inf  # until it is known: what holds itself has no end
            parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
            sizes[id(node)] = 1 + (0 if isinstance(node, yaml.ScalarNode) else sum(map(size, parts)))
        return sizes[id(node)]

    if size(tree) > _MOST_PARTS:
        raise DefinitionError(f"定义文件 {shown(path)} 用 & 和 * 反复引用，展开后过大或没有尽头，未读取；请把内容直接写出来。")
    return tree


def _text(path: Path) -> str:
    if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would be waited for
        raise DefinitionError(f"定义文件 {shown(path)} 不是普通文件（是管道、套接字或设备），未读取；请换成文件本身。")
    if (content := durable.within(path, _LARGEST)) is None:
        raise DefinitionError(f"定义文件 {shown(path)} 超过 {_LARGEST >> 20} MB，不像定义文件，未读取；请检查路径。")
    text = content.decode()
    if text.count("[") + text.count("{") + max(map(len, text.splitlines()), default=0) > _SHALLOW and _depth(text) > _DEEPEST:
        raise _beyond(path, None)
    return text


def _depth(text: str) -> int:
    """Return how deep a text is nested, as far as it can be parsed."""
    deepest = depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            deepest = max(deepest, depth)
            if deepest > _DEEPEST:
                break
    except yaml.YAMLError:  # told where it is read
        pass
    return deepest


def _inconvertible(text: str) -> int | None:
    """Return in which line (1 …) the first value stands that YAML can't convert, None where it is the nesting."""
    loader = yaml.SafeLoader(text)
    try:
        waiting = [loader.get_single_node()]
    except (RecursionError, yaml.YAMLError):
        return None
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case yaml.MappingNode():
                waiting += [part for pair in reversed(node.value) for part in reversed(pair)]
            case yaml.SequenceNode():
                waiting += reversed(node.value)
            case yaml.ScalarNode():
                try:
                    loader.construct_object(node)
                except yaml.YAMLError:  # a merge key is converted with what it merges
                    continue
                except (ValueError, KeyError, TypeError, ArithmeticError):
                    return int(node.start_mark.line) + 1
    return None


def _beyond(path: Path, line: int | None) -> DefinitionError:
    where = f"第 {line} 行" if line else "中"
    return DefinitionError(
        f"定义文件 {shown(path)} {where}有不存在的日期、过长的数字或过深的嵌套，请改正；本意是文字的请加引号。"
    )


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a UTF-8 CSV file of the reference data, with those of the workspace; every value a string ('': empty).

    Raises:
        DefinitionError: the file is missing; the workspace's has other columns, a row twice, or is no such table.
    """
    try:
        return rows(path)
    except FileNotFoundError:
        raise DefinitionError(f"找不到定义文件 {shown(path)}，请检查文件名。") from None
