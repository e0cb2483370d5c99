"""The rules by which a system that its model accepts is checked; each yields remarks with the place in the file."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from cpaudit.indicators.checking.reach import all_settings, satisfying, short_of
from cpaudit.indicators.checking.settings import Setting, settings, told
from cpaudit.indicators.definition.benchmarks import Amount
from cpaudit.indicators.expression.tables import asked_of
from cpaudit.quantities.expectations import closest, implausible
from cpaudit.quantities.spellings import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cpaudit.indicators.definition.indicator import Indicator
    from cpaudit.indicators.definition.model import Group, IndicatorSystem

_LEVELS = {1: "Ⅰ级", 2: "Ⅱ级", 3: "Ⅲ级"}
_KEYS = {1: "I", 2: "II", 3: "III"}
_SIGNS = {"<=": "≤", "<": "<", ">=": "≥", ">": ">"}

#: Words of a note by which its writer says that a value isn't certain; nothing official may carry them.
_DOUBTS = ("存疑", "待核", "待查", "不能确定", "未能确定", "无法确定", "推得", "疑为", "疑似", "还原")

FieldPath = tuple[int | str, ...]


class Remark(NamedTuple):
    """What a rule says, and of which field."""

    severity: Literal["error", "warning", "note"]
    loc: FieldPath
    message: str


def _indicators(system: IndicatorSystem) -> Iterator[tuple[FieldPath, Group, Indicator]]:
    for g, group in enumerate(system.groups):
        for i, indicator in enumerate(group.indicators):
            yield ("groups", g, "indicators", i), group, indicator


def document(system: IndicatorSystem) -> Iterator[Remark]:
    """What is claimed to be from a source says from which; what is official is free of doubts."""
    at: FieldPath = ("document",)
    if system.status in ("official", "secondary") and not system.document.seen_at:
        yield Remark("warning", (*at, "seen_at"), "没有写明数值见于何处")
    if system.status == "official" and not system.document.number:
        yield Remark("error", (*at, "number"), "核对状态为 official 的，须写明文号")
    if system.stub and not (system.document.number or system.document.seen_at):
        yield Remark("warning", at, "存目没有写明文号，也没有写明见于何处")
    if system.status != "official":
        return
    notes: list[tuple[FieldPath, str]] = [((*at, "completeness"), system.document.completeness)]
    for loc, _, indicator in _indicators(system):
        notes += [((*loc, "note"), indicator.note), ((*loc, "source"), indicator.source)]
    for loc, note in notes:
        if doubt := next((d for d in _DOUBTS if d in note), ""):
            yield Remark("error", loc, f"核对状态为 official，却注有“{doubt}”；请核对正式文本后删去，或改回 secondary")


def texts(system: IndicatorSystem) -> Iterator[Remark]:
    """A qualitative indicator says what each level is; an empty benchmark says what it means."""
    for loc, _, i in _indicators(system):
        asked = [i.texts, *(v.texts for v in i.variants if v.texts)]
        without = [_LEVELS[k] for k in _KEYS if i.answer == "level" and not all((t.I, t.II, t.III)[k - 1] for t in asked)]
        if without:
            yield Remark("warning", (*loc, "texts"), f"指标“{i.name}”缺{'、'.join(without)}的文字")
        own = [i.baselines] if i.baselines.all or not i.variants else []
        printed: list[object] = [b.benchmark(k) for b in (*own, *(v.baselines for v in i.variants if v.baselines)) for k in _KEYS]
        given = [i.conditions.at(k) for k in _KEYS] if i.conditions else printed
        if None in given and "blank" not in i.model_fields_set:
            message = f"指标“{i.name}”有空白的基准值，没有写明 blank：该级不作要求写 no_requirement，"
            message += "达不到（原文为“—”）写 unreachable，原文缺失写 not_scorable"
            yield Remark("warning", (*loc, "conditions" if i.conditions else "baselines"), message)


def units(system: IndicatorSystem) -> Iterator[Remark]:
    """Units are known, and measure what the name says."""
    asked: list[tuple[FieldPath, str, str]] = [(("parameters", n), p.name, p.unit) for n, p in enumerate(system.parameters)]
    for loc, _, i in _indicators(system):
        asked.append((loc, i.name, i.unit))
        asked += [((*loc, "parts", n), p.name, p.unit) for n, p in enumerate(i.parts)]
    for loc, name, unit in asked:
        if meant(unit, exact=True) is None:
            near = closest(unit)
            yield Remark("warning", (*loc, "unit"), f"“{name}”的单位“{unit}”无法识别" + (f"，是否为“{near}”" if near else ""))
        elif kind := implausible(name, unit):
            yield Remark("warning", (*loc, "unit"), f"“{name}”的单位“{unit}”不是{kind}的单位，与名称不符")


def weights(system: IndicatorSystem) -> Iterator[Remark]:
    """Weights that depend on the plant add up at its own parameters; of items with x/n, as many apply as n says."""
    if not system.scorable:
        return
    heads = [g for g in system.groups if not g.bonus and g.weight]
    yield from _sums(system, ("groups",), "一级指标权重", [g.weight for g in heads], lambda _: Fraction(1))
    for g, group in enumerate(system.groups):
        whole = group.weight if group.weight and system.weights == "share_of_whole" else Amount(value=Decimal(1))
        varies = any(v.weight for i in group.indicators for v in i.variants)
        asked = list(group.indicators) if varies else [i.weight for i in group.indicators]
        yield from _sums(system, ("groups", g), f"一级指标“{group.name}”内二级指标权重", asked, whole.at)


def _sums(
    system: IndicatorSystem,
    loc: FieldPath,
    what: str,
    asked: Sequence[Indicator | Amount | None],
    whole: Callable[[Setting], Fraction | None],
) -> Iterator[Remark]:
    ids = {p for a in asked if a is not None for p in a.parameters}
    tried = settings(system, ids) if ids else []
    sums = {}
    for at, setting in enumerate(tried):
        total = Fraction(0)
        alike: dict[tuple[str, Fraction], int] = {}
        for one in asked:
            amount = one if isinstance(one, Amount) or one is None else _weight(one, setting)
            share = (amount.at(setting) if amount else None) or Fraction(0)
            if amount and amount.divided_by:
                alike[amount.divided_by, share] = alike.get((amount.divided_by, share), 0) + 1
            else:
                total += share
        for (parameter, share), count in alike.items():
            n = setting[parameter]
            total += share * (min(Fraction(count), n) if isinstance(n, Fraction) and count > 1 else count)
        sums[at] = total
    failing = [at for at, total in sums.items() if total != whole(tried[at])]
    if failing:
        first, asked_for = sums[failing[0]], whole(tried[failing[0]])
        when = told(system, [tried[at] for at in failing], tried)
        message = f"{when}{what}之和不为 {_plain(asked_for)}（例如为 {_plain(first)}），计算时按比例折算"
        yield Remark("warning", loc, message)


def _weight(indicator: Indicator, setting: Setting) -> Amount | None:
    variant = next((v for v in indicator.variants if v.fits(setting)), None)
    return variant.weight if variant and variant.weight else indicator.weight


def nesting(system: IndicatorSystem) -> Iterator[Remark]:
    """Level I is no looser than level II, level II no looser than level III: at every plant's own parameters."""
    for loc, _, i in _indicators(system):
        for a, b in ((1, 2), (2, 3)):
            tried = settings(system, i.parameters)
            failing = [s for s in tried if _looser(i, s, a, b)]
            if failing:
                when = told(system, failing, tried)
                message = f"{when}指标“{i.name}”的{_LEVELS[a]}基准值比{_LEVELS[b]}宽；达到{_LEVELS[a]}的，{_LEVELS[b]}也算达到"
                yield Remark("note", (*loc, "baselines"), message)
        for values, met in satisfying(i):
            odd = next(((a, b) for a, b in ((1, 2), (2, 3)) if met[a - 1] and met[b - 1] is False), None)
            if odd:
                example = "、".join(f"{p.name} = {values[p.id]:g}" for p in i.parts)
                message = f"指标“{i.name}”满足{_LEVELS[odd[0]]}条件的不一定满足{_LEVELS[odd[1]]}条件，例如 {example}"
                yield Remark("warning", (*loc, "conditions"), message)
                break


def _looser(indicator: Indicator, setting: Setting, strict: int, loose: int) -> bool:
    asked = asked_of(indicator, setting)
    a, b = asked.baselines.benchmark(strict), asked.baselines.benchmark(loose)
    if a is None or b is None:
        return False
    if a.range or b.range:
        below = b.min is not None and (a.min is None or a.min < b.min)
        return below or (b.max is not None and (a.max is None or a.max > b.max))
    x, y = Amount.at(a, setting), Amount.at(b, setting)
    return x is not None and y is not None and (x > y if indicator.lower_is_better else x < y)


def percentages(system: IndicatorSystem) -> Iterator[Remark]:
    """A benchmark in per cent lies between 0 and 100."""
    for loc, _, i in _indicators(system):
        if i.unit != "%" or i.answer != "number":
            continue
        tried = settings(system, i.parameters)
        for k, key in _KEYS.items():
            failing = [s for s in tried if any(not 0 <= n <= 100 for n in _numbers(i, s, k))]
            if failing:
                number = next(n for n in _numbers(i, failing[0], k) if not 0 <= n <= 100)
                message = f"{told(system, failing, tried)}指标“{i.name}”的{_LEVELS[k]}基准值为 {_plain(number)}%，超出 0 至 100"
                yield Remark("warning", (*loc, "baselines", key), message)


def _numbers(indicator: Indicator, setting: Setting, level: int) -> list[Fraction]:
    benchmark = asked_of(indicator, setting).baselines.benchmark(level)
    if benchmark is None:
        return []
    if benchmark.range:
        return [Fraction(end) for end in (benchmark.min, benchmark.max) if end is not None]
    number = Amount.at(benchmark, setting)
    return [] if number is None else [number]


def limits(system: IndicatorSystem) -> Iterator[Remark]:
    """A limiting indicator that can't be scored, or stands in a bonus group, limits nothing."""
    for loc, group, i in _indicators(system):
        if i.limiting and not i.scorable:
            yield Remark("warning", (*loc, "limiting"), f"限定性指标“{i.name}”缺基准值，不能评分，起不到限定作用")
        if i.limiting and group.bonus:
            yield Remark("warning", (*loc, "limiting"), f"限定性指标“{i.name}”在加分组内，起不到限定作用")
        if not i.limiting and not i.scorable and "blank" in i.model_fields_set:
            yield Remark("note", loc, f"指标“{i.name}”基准值不全，不评分，权重由组内其余指标分摊")


def variants(system: IndicatorSystem) -> Iterator[Remark]:
    """Every variant is for some plant; plants that none is for are known."""
    for loc, _, i in _indicators(system):
        if not i.variants:
            continue
        tried = settings(system, {p for v in i.variants for p in v.when})
        chosen = [next((n for n, v in enumerate(i.variants) if v.fits(s)), None) for s in tried]
        for n in set(range(len(i.variants))) - set(chosen):
            yield Remark(
                "warning", (*loc, "variants", n), f"指标“{i.name}”的这个变体轮不到任何企业：前面的变体已经涵盖，或条件互相矛盾"
            )
        left = [s for s, c in zip(tried, chosen, strict=True) if c is None]
        if left and not i.baselines.all:
            yield Remark("note", (*loc, "variants"), f"{told(system, left, tried)}指标“{i.name}”没有适用的变体，不评该指标")


def reachable(system: IndicatorSystem) -> Iterator[Remark]:
    """Every level can be reached: by the conditions of each indicator, and by a plant that answers all as it asks."""
    for loc, _, i in _indicators(system):
        found = [met for _, met in satisfying(i)]
        for k, key in _KEYS.items():
            if found and not any(met[k - 1] is not False for met in found):
                yield Remark("error", (*loc, "conditions", key), f"指标“{i.name}”的{_LEVELS[k]}条件自相矛盾，任何数值都不能满足")
    if not system.scorable:
        return
    tried = all_settings(system)
    short = short_of(system, tried)
    for k, key in _KEYS.items():
        failing = [s for s in short if s.level == k]
        if not failing:
            continue
        one, rule = failing[0], system.level_rules.at(k)
        limiting = "" if one.limiting else "，限定性指标不满足要求"
        why = "没有综合评价指数" if one.points is None else f"综合评价指数只有 {one.points:g}（须达 {rule.min_index}）{limiting}"
        when = told(system, [s.setting for s in failing], tried)
        severity: Literal["error", "warning"] = "error" if len(failing) == len(tried) else "warning"
        yield Remark(severity, ("level_rules", key), f"{when}达不到{_LEVELS[k]}：各项指标都按{_LEVELS[k]}要求填报时，{why}")


def sameness(system: IndicatorSystem) -> Iterator[Remark]:
    """What is printed alike on all levels, and signs that differ within one system, are worth a second look."""
    strict = [i.name for _, _, i in _indicators(system) if i.comparator in ("<", ">")]
    inclusive = [i for _, _, i in _indicators(system) if i.comparator in ("<=", ">=") and i.answer == "number"]
    if strict and inclusive:
        names = "、".join(strict[:5]) + (f" 等 {len(strict)} 项" if len(strict) > 5 else "")
        yield Remark("note", ("groups",), f"同一体系内既有“<”“>”又有“≤”“≥”，请对照原文确认不含等号的：{names}")
    for loc, _, i in _indicators(system):
        marks = i.baselines.all
        if i.answer == "number" and len(marks) == 3 and marks[0] == marks[1] == marks[2]:
            yield Remark("note", (*loc, "baselines"), f"指标“{i.name}”三级基准值相同，达到即为Ⅰ级")


def _plain(number: Fraction | None) -> str:
    return "" if number is None else f"{float(number):.6g}"


#: All rules, each a function from a system to its remarks.
RULES: tuple[Callable[[IndicatorSystem], Iterator[Remark]], ...] = (
    document,
    texts,
    units,
    weights,
    nesting,
    percentages,
    limits,
    variants,
    reachable,
    sameness,
)
