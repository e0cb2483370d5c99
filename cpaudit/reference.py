"""Where the reference data lies, and how a definition file is read: strictly, naming file and field at fault."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cpaudit.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).resolve().parent
#: Far more than anybody writes by hand; a device or a wrong file would be read until the memory is full.
_LARGEST = 8 << 20

#: Chinese for pydantic's error types; others fall back to the type's name.
_REASONS = {
    "extra_forbidden": "没有这个字段，请检查拼写",
    "missing": "缺少必填字段",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "decimal_parsing": "应为数字",
    "string_type": "应为文本（数字请加引号）",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "date_from_datetime_parsing": "应为日期，如 2022-06-01",
    "date_parsing": "应为日期，如 2022-06-01",
    "date_type": "应为日期，如 2022-06-01",
    "decimal_type": "应为数字",
    "model_type": "应为一组“键: 值”",
    "model_attributes_type": "应为一组“键: 值”",
    "dict_type": "应为一组“键: 值”",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "too_short": "至少要有 {min_length} 项",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "decimal_max_places": "小数不应超过 {decimal_places} 位",
    "literal_error": "不在允许的取值之内（{expected}）",
    "enum": "不在允许的取值之内（{expected}）",
    "value_error": "{error}",
}


class Definition(BaseModel):
    """Base of every model read from a reference file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


D = TypeVar("D", bound=Definition)


@cache
def shipped(folder: str) -> Path:
    """Return a folder that ships with the package: in a checkout ``folder`` itself, in the wheel ``_<its last part>``."""
    packaged = _PACKAGE / f"_{Path(folder).name}"
    return packaged if packaged.is_dir() else _PACKAGE.parent / folder


def root() -> Path:
    """Return the folder of the reference data."""
    return shipped("data/reference")


def shown(path: Path) -> str:
    """Return ``path`` as users should see it: relative to the reference data where it lies inside."""
    try:
        return path.resolve().relative_to(root().parent.parent).as_posix()
    except (ValueError, OSError, RuntimeError):  # a link that leads to itself, a name that is too long
        return str(path)


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises:
        DefinitionError: the file is missing, not UTF-8 or not YAML; the sentence names line and column.
    """
    try:
        # The C loader is as safe and eight times quicker; it is in every PyYAML wheel.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        text = _text(path)
        return yaml.load(text, Loader=loader)  # noqa: S506
    except FileNotFoundError:
        raise DefinitionError(f"找不到定义文件 {shown(path)}，请检查文件名。") from None
    except UnicodeDecodeError:
        raise DefinitionError(f"定义文件 {shown(path)} 不是 UTF-8 编码，请另存为 UTF-8。") from None
    except OSError as error:
        raise DefinitionError(f"定义文件 {shown(path)} 无法读取（{error.strerror or error}），请检查路径和读取权限。") from error
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
    return parse_definition(read_yaml(path), model, shown(path), path)


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


class Fault(NamedTuple):
    """What a model refuses: in which line (1 …, None where there is no file), which field (dotted), why (Chinese)."""

    line: int | None
    field: str
    reason: str


Severity = Literal["error", "warning", "note"]

SEVERITIES: dict[Severity, str] = {"error": "错误", "warning": "疑问", "note": "提示"}


class Finding(NamedTuple):
    """Something about a definition file: where (``line`` from 1; none where it isn't known) and what, in Chinese."""

    severity: Severity
    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        """The finding as one line."""
        line, field = f" 第 {self.line} 行" if self.line else "", f"字段 {self.field}：" if self.field else ""
        return f"{self.file}{line}：{SEVERITIES[self.severity]}：{field}{self.message}"


def faults_of(error: ValidationError, tree: yaml.Node | None = None) -> list[Fault]:
    """Return every fault of a definition."""
    faults = error.errors()
    # A list whose items are faulty also counts as too short: that is no fault of its own.
    told = [e for e in faults if e["type"] != "too_short" or not _inside(e["loc"], faults)]
    return [Fault(line_of(tree, e["loc"]), dotted(e["loc"]), _reason(e)) for e in told]


def _inside(loc: tuple[int | str, ...], faults: list[Any]) -> bool:
    return any(len(e["loc"]) > len(loc) and e["loc"][: len(loc)] == loc for e in faults)


def repeated_keys(node: yaml.Node | None, loc: tuple[int | str, ...] = ()) -> Iterator[tuple[int, str]]:
    """Yield keys that stand twice in one mapping: YAML silently takes the last."""
    if isinstance(node, yaml.MappingNode):
        counts = Counter(k.value for k, _ in node.value)
        for key, value in node.value:
            if counts[key.value] > 1:
                yield key.start_mark.line + 1, dotted((*loc, key.value))
                counts[key.value] = 0
            yield from repeated_keys(value, (*loc, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from repeated_keys(value, (*loc, at))


def compose(path: Path) -> yaml.Node | None:
    """Return a YAML file's tree of nodes, which know their lines.

    Raises:
        DefinitionError: it is nested too deep.
    """
    try:
        return yaml.compose(_text(path))
    except RecursionError:
        raise _beyond(path, None) from None


def _text(path: Path) -> str:
    if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would be waited for
        raise DefinitionError(f"定义文件 {shown(path)} 不是普通文件（是管道、套接字或设备），未读取；请换成文件本身。")
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise DefinitionError(f"定义文件 {shown(path)} 超过 {_LARGEST >> 20} MB，不像定义文件，未读取；请检查路径。")
    return content.decode()


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


def line_of(tree: yaml.Node | None, loc: tuple[int | str, ...]) -> int | None:
    """Return in which line (1 …) a field stands; one that is missing stands where the fields around it begin."""
    if tree is None:
        return None
    node, mark = tree, tree.start_mark
    for step in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        elif isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if found is None:
                break
            mark, node = found[0].start_mark, found[1]
        else:
            break
    return int(mark.line) + 1


def dotted(loc: tuple[int | str, ...]) -> str:
    """Return the path of a field as one word: ``groups.1.indicators.0.unit``."""
    return ".".join(str(p) for p in loc)


def _reason(error: Any) -> str:
    template = _REASONS.get(error["type"], f"不符合要求（{error['type']}）")
    return template.format(**{k: str(v).replace(" or ", "、").replace(", ", "、") for k, v in (error.get("ctx") or {}).items()})


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a UTF-8 CSV file of the reference data, every value a string ('' where empty)."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise DefinitionError(f"找不到定义文件 {shown(path)}，请检查文件名。") from None
