"""Names and credit codes that no real firm can have: 示例 in every name, a region in every code that doesn't exist."""

from __future__ import annotations

import random
from itertools import product

from cpaudit.sample.world.facts import province

_FIRST = "甲乙丙丁戊己庚辛壬癸云霁岚澍煦昀翊珩琮瑜璟曜晟昶朔岱峤嵘峥岑"
_SECOND = "子丑寅卯辰巳午未申酉戌亥岫霄澄泓沐溪汀渚湛涵漪瀚瀛"
_THIRD = "一三五七九元亨利贞和"
#: How firms of an owner are called.
_FORMS = {
    "state": ("有限公司", "有限责任公司", "集团有限公司", "股份有限公司"),
    "private": ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司"),
    "foreign": ("有限公司", "（中国）有限公司"),
}

#: Characters of a credit code (GB 32100-2015).
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: Weights of an organisation code's eight characters (GB 11714-1997), whose letters count from 10.
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def marks(count: int, rng: random.Random) -> list[str]:
    """Return that many different invented marks (字号): two characters, three or four where fewer don't suffice."""
    pool = ["".join(p) for p in product(_FIRST, _SECOND)]
    for _ in range(2):
        if count > len(pool):
            pool = ["".join(p) for p in product(pool, _THIRD)]
    return rng.sample(pool, count)


def firm_name(mark: str, industry: str, owner: str, rng: random.Random) -> str:
    """Return a firm's full name.

    >>> firm_name("甲辰", "cement", "private", random.Random(3))
    '河北示例甲辰水泥股份有限公司'
    """
    trade = province().trades.get(industry)
    business = rng.choice(trade.business if trade else ("实业",))
    form = rng.choice(_FORMS[owner])
    style = rng.random()
    if owner != "foreign":
        if style < 0.08:
            return f"示例{mark}（河北）{business}有限公司"
        if style < 0.14:
            return f"示例{mark}{business}厂"
    return f"{'河北' if style < 0.8 else '华北'}示例{mark}{business}{form}"


def organisation_digit(body: str) -> str:
    """Return the check digit of an organisation code's eight characters (GB 11714-1997).

    >>> organisation_digit("D2143569")
    'X'
    """
    rest = sum(int(c, 36) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 11
    return {0: "0", 1: "X"}.get(rest, str(11 - rest))


def credit_code(unit_number: int, rng: random.Random, taken: set[str]) -> str:
    """Return a new code whose two check digits are right and whose region (1398xx) was never given to any county."""
    from stdnum.cn import uscc

    while True:
        letters = rng.random() < 0.6
        body = "".join(rng.choice(_ALPHABET if letters and i in (0, 1, 8) else "0123456789") for i in range(8))
        stem = f"911398{unit_number:02d}{body}{organisation_digit(body)}"
        code = stem + uscc.calc_check_digit(stem)
        if code not in taken:
            taken.add(code)
            return code
