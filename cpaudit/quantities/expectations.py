"""What an indicator's unit should be: the known one nearest to a misspelt one, and what a name lets expect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.quantities.conversion import parsed
from cpaudit.quantities.spellings import meant, measure_units, plain
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.quantities.spellings import NameRule

_WORD = re.compile(r"[^\W\d]\w*|[%‰]")


@cache
def closest(unit: str) -> str | None:
    """Return the known unit that is spelt most like an unknown one; None where none is near.

    >>> closest("kgec/t")
    'kgce/t'
    """
    from difflib import get_close_matches

    spelt = sorted({s for one in measure_units().units.values() for s in one.spelt if re.fullmatch(r"[^\W\d]\w*|[%‰]", s)})

    def near(word: str) -> str:
        if meant(word, exact=True):
            return word
        # letters in another order are the likeliest slip: kgec is kgce, not kgoe
        return max(get_close_matches(word, spelt), key=lambda known: sorted(known) == sorted(word), default="")

    text = plain(unit)
    if not all(map(near, _WORD.findall(text))):
        return None
    found = _WORD.sub(lambda m: near(m[0]), text)
    return found.replace("m2", "m²").replace("m3", "m³") if meant(found, exact=True) is not None else None


def implausible(name: str, unit: str) -> str | None:
    """Return what an indicator of this name should measure, where its (known) unit measures something else.

    >>> implausible("吨钢综合能耗", "m³/t")
    '能量'
    """
    rule = _rule(name)
    whole, above = parsed(unit), parsed(unit.partition("/")[0])
    if not rule or not rule.kinds or not unit or whole is None or above is None:
        return None
    expected = {k.dimensionality for k in map(parsed, rule.kinds) if k is not None}
    return None if expected & {whole.dimensionality, above.dimensionality} else rule.of


def is_water(name: str) -> bool:
    """Whether an indicator of this name measures water, of which a cubic metre is a ton.

    >>> is_water("单位产品取水量"), is_water("取水次数")
    (True, False)
    """
    rule = _rule(name)
    return rule is not None and rule.water


@cache
def _rule(name: str) -> NameRule | None:
    return next((r for r in measure_units().names if any(_in(word, name) for word in r.words)), None)


def _in(word: str, name: str) -> bool:
    return name.endswith(word[:-1]) if word.endswith("$") else word in name
