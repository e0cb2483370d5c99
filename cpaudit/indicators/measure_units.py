"""Units of measurement as indicator systems print them: which are known, what they measure, what a name lets expect."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from cpaudit.reference import Definition, read_definition, root

if TYPE_CHECKING:
    import pint

_WORD = re.compile(r"[^\W\d]\w*|[%‰]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_BRACKET = re.compile(r"[（(]([^（）()]*)[）)]")


class NameRule(Definition):
    """What a word in an indicator's name lets expect of its unit: the ``kinds`` are examples, ``of`` their Chinese name."""

    words: tuple[str, ...]
    kinds: tuple[str, ...]
    of: str = ""


class MeasureUnits(Definition):
    """The file ``measure_units.yaml``: pint definitions, other spellings, and words of names."""

    definitions: tuple[str, ...]
    spellings: dict[str, str]
    names: tuple[NameRule, ...]


@cache
def measure_units() -> MeasureUnits:
    """Return the file as a model."""
    return read_definition(root() / "measure_units.yaml", MeasureUnits)


@cache
def registry() -> pint.UnitRegistry[Any]:
    """Return the registry of these units only: in pint's own, “a” is the are and the year is “yr”."""
    import pint

    made: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    made.load_definitions(measure_units().definitions)
    return made


@cache
def parsed(unit: str) -> pint.Unit | None:
    """Return a printed unit; None where it isn't known.

    What follows a known unit, or stands in brackets, may say of what: t钢, m³/t焦, m³（标）. No text: a bare number.

    >>> str(parsed("kgce/t钢").dimensionality)
    '[standard_coal] / [mass]'
    >>> parsed("kgec/t") is None
    True
    """
    text = _plain(unit)
    words = {w: _known(w) for w in _WORD.findall(text)}
    if not all(words.values()):
        return None
    text = _WORD.sub(lambda m: words[m[0]] or "", text)
    try:
        return registry().parse_units(text or "dimensionless")
    except Exception:  # whatever pint's tokenizer raises, it can't be read
        return None


@cache
def closest(unit: str) -> str | None:
    """Return the known unit that is spelt most like an unknown one; None where none is near.

    >>> closest("kgec/t")
    'kgce/t'
    """
    from difflib import get_close_matches

    def near(word: str) -> str:
        return _known(word) or next(iter(get_close_matches(word, _spelt(), n=1)), "")

    text = _plain(unit)
    if not all(map(near, _WORD.findall(text))):
        return None
    found = _WORD.sub(lambda m: near(m[0]), text)
    return found.replace("m2", "m²").replace("m3", "m³") if parsed(found) is not None else None


def implausible(name: str, unit: str) -> str | None:
    """Return what an indicator of this name should measure, where its (known) unit measures something else.

    >>> implausible("吨钢综合能耗", "m³/t")
    '能量'
    """
    rule = next((r for r in measure_units().names if any(_in(word, name) for word in r.words)), None)
    whole, above = parsed(unit), parsed(unit.partition("/")[0])
    if not rule or not rule.kinds or not unit or whole is None or above is None:
        return None
    expected = {k.dimensionality for k in map(parsed, rule.kinds) if k is not None}
    return None if expected & {whole.dimensionality, above.dimensionality} else rule.of


def _in(word: str, name: str) -> bool:
    return name.endswith(word[:-1]) if word.endswith("$") else word in name


def _plain(unit: str) -> str:
    """Return a unit in the spelling of the definitions, without brackets that only explain."""
    text = unit.strip()
    for printed, meant in measure_units().spellings.items():
        text = text.replace(printed, meant)
    text = _BRACKET.sub(lambda m: f"({m[1]})" if parsed(m[1]) is not None else "", text)
    return text.replace("·", "*").replace("•", "*").replace("／", "/").replace(" ", "")


def _known(word: str) -> str | None:
    """Return the longest beginning of a word that is a unit; the rest must be Chinese: the name of a product."""
    ends = (n for n in range(len(word), 0, -1) if n == len(word) or _HAN.match(word[n]))
    return next((word[:n] for n in ends if word[:n] in registry()), None)


@cache
def _spelt() -> list[str]:
    """Units as one may have meant them: the definitions' own names, with the usual prefixes."""
    names = [n.strip() for d in measure_units().definitions for n in d.partition("#")[0].split("=")]
    names = [n for n in names if re.fullmatch(r"[^\W\d]\w*|%", n) and n != "_"]
    prefixed = [p + n for n in names for p in "kMm" if n in ("g", "J", "W", "Wh", "L", "m", "gce", "Pa")]
    return sorted({*names, *prefixed})
