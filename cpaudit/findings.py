"""What is found wrong in a definition file: where, and in Chinese why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

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


def said_twice(tree: yaml.Node | None) -> tuple[int, str] | None:
    """Return line and key of what a mapping says twice: YAML would let the last one win in silence."""
    if not isinstance(tree, yaml.MappingNode):
        return None
    seen: set[str] = set()
    for key, value in _entries(tree):
        if key.value in seen:
            return key.start_mark.line + 1, key.value
        seen.add(key.value)
        if found := said_twice(value):
            return found
    return None


def _entries(tree: yaml.Node) -> Any:
    """Yield what a mapping says, that which it takes over from others (``<<``) included."""
    for key, value in tree.value:
        if key.tag != "tag:yaml.org,2002:merge":
            yield key, value
            continue
        for other in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            yield from _entries(other)
