"""Names and credit codes that no real firm can have: 示例 in every name, a region in every code that doesn't exist."""

from __future__ import annotations

import random
from itertools import product

_FIRST = "甲乙丙丁戊己庚辛壬癸云霁岚澍煦昀翊珩琮瑜璟曜晟昶朔岱峤嵘峥岑"
_SECOND = "子丑寅卯辰巳午未申酉戌亥岫霄澄泓沐溪汀渚湛涵漪瀚瀛"
_THIRD = "一三五七九元亨利贞和"

#: What firms of a trade call their business.
_BUSINESS: dict[str, tuple[str, ...]] = {
    "coal_power": ("热电", "发电", "热力"),
    "cement": ("水泥", "特种水泥", "建材"),
    "steel": ("钢铁", "特钢", "轧钢"),
    "coking": ("焦化", "煤化"),
    "ceramics": ("陶瓷", "卫浴", "瓷业"),
    "flat_glass": ("玻璃", "浮法玻璃"),
    "brewing": ("酒业", "酿造", "啤酒"),
    "hazardous_waste_disposal": ("环保", "固废处置"),
    "chemicals": ("化工", "精细化工"),
    "pharmaceuticals": ("制药", "药业"),
    "electroplating": ("电镀", "表面处理"),
    "metal_products": ("金属制品", "丝网"),
    "leather": ("皮革", "制革"),
}
_FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司")

#: Characters of a credit code (GB 32100-2015).
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def marks(count: int, rng: random.Random) -> list[str]:
    """Return that many different invented marks (字号), two characters each, three where two don't suffice."""
    pool = ["".join(p) for p in product(_FIRST, _SECOND)]
    if count > len(pool):
        pool = ["".join(p) for p in product(pool, _THIRD)]
    return rng.sample(pool, count)


def firm_name(mark: str, industry: str, rng: random.Random) -> str:
    """Return a firm's full name.

    >>> firm_name("甲辰", "cement", random.Random(3))
    '河北示例甲辰水泥股份有限公司'
    """
    business = rng.choice(_BUSINESS.get(industry, ("实业",)))
    form = rng.choice(_FORMS)
    style = rng.random()
    if style < 0.08:
        return f"示例{mark}（河北）{business}有限公司"
    if style < 0.14:
        return f"示例{mark}{business}厂"
    return f"{'河北' if style < 0.8 else '华北'}示例{mark}{business}{form}"


def credit_code(unit_number: int, rng: random.Random, taken: set[str]) -> str:
    """Return a new code whose two check digits are right and whose region (1398xx) was never given to any county."""
    from stdnum.cn import uscc

    from cpaudit.loaders.cells.credit_codes import organisation_digit

    while True:
        letters = rng.random() < 0.6
        body = "".join(rng.choice(_ALPHABET if letters and i in (0, 1, 8) else "0123456789") for i in range(8))
        stem = f"911398{unit_number:02d}{body}{organisation_digit(body)}"
        code = stem + uscc.calc_check_digit(stem)
        if code not in taken:
            taken.add(code)
            return code
