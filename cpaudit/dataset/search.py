"""Search for plants as people type: a part of a name, of a social credit code, or of the name's pinyin or its initials."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def search(plants: pd.DataFrame, text: str) -> set[str]:
    """Return the plant_id of the plants meant; every word of ``text`` must fit, '' fits all.

    ``plants``: plant_id, uscc, name, former_names. Letters are compared without case; pinyin is tried only for words of
    Latin letters, so “TS” finds 唐山…, and a code is found by any part of it.
    """
    words = text.casefold().split()
    latin = any(w.isascii() and w.isalpha() for w in words)
    columns = (plants[c].astype(object).where(plants[c].notna(), "") for c in ("plant_id", "uscc", "name", "former_names"))
    found = set()
    for plant_id, uscc, name, former in zip(*columns, strict=True):
        places = f"{name}\n{former}\n{uscc}\n{plant_id}".casefold()
        if latin:
            places += spelled(f"{name}\n{former}")
        if all(w in places for w in words):
            found.add(str(plant_id))
    return found


@lru_cache(maxsize=1 << 15)
def spelled(name: str) -> str:
    """Return pinyin and initials of a name, a line each; signs are left out.

    >>> spelled("唐山钢铁").split()
    ['tangshangangtie', 'tsgt']
    """
    from pypinyin import lazy_pinyin

    words = lazy_pinyin("".join(c if c.isalnum() else " " for c in name), errors=lambda rest: rest.replace(" ", ""))
    words = [w for w in words if w]
    return f"\n{''.join(words)}\n{''.join(w[0] for w in words)}".casefold()


#: Names and codes less alike than this (0 … 100) aren't offered, and more than so many aren't either.
_LEAST, _MOST = 75, 3


def nearest(plants: pd.DataFrame, text: str) -> list[str]:
    """Return the names of up to three plants whose name, or code, differs from a text by little, the most alike first.

    >>> import pandas as pd
    >>> nearest(pd.DataFrame({"name": ["河北示例水泥有限公司", "酒厂"], "uscc": [None, "91130"]}), "河北示列水泥有限公司")
    ['河北示例水泥有限公司']
    """
    from rapidfuzz import fuzz, process

    names = plants["name"].tolist()
    written = [*names, *plants["uscc"].fillna("").tolist()]
    found = process.extract(text, written, scorer=fuzz.ratio, limit=2 * _MOST, score_cutoff=_LEAST)
    return list(dict.fromkeys(names[at % len(names)] for _, _, at in found))[:_MOST]
