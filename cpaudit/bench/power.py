"""Plausibility, measured: leads in clean data, and how many of the oddities planted in them are found."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from cpaudit.bench.common import Result, Scratch
from cpaudit.bench.made import Rows, data_set, other_figures, sample_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: The seeds that the tests were chosen on, and those that they are measured on.
BUILT_ON = range(1, 767)
CLEAN = range(801, 811)
PLANTED = range(901, 904)
#: Oddities in each data set, each in a plant of its own.
_EACH = 4
_AS_OF = dt.date(2022, 11, 15)
_Row = dict[str, Any]


def measure(scratch: Scratch) -> list[Result]:
    """Measure both worlds."""
    found = []
    for world, figures in (("sample", sample_figures), ("other", other_figures)):
        false = clean(figures, CLEAN)
        kinds = "、".join(f"{kind} {n}" for kind, n in false.items()) or "无"
        how = f"干净数据，种子 {CLEAN[0]}—{CLEAN[-1]}：{kinds}"
        found.append(Result(f"power.{world}.false_leads", sum(false.values()) / len(CLEAN), "条/次", "≤ 1", how))
        for kind in ODDITIES:
            hit, planted = power(figures, kind, PLANTED)
            how = f"种子 {PLANTED[0]}—{PLANTED[-1]}，放入 {planted} 处，找到 {hit} 处"
            found.append(Result(f"power.{world}.{kind}", hit / planted * 100, "%", "≥ 70", how))
    return found


def clean(figures: Callable[[int], Rows], seeds: Sequence[int]) -> Counter[str]:
    """Return how many leads there are of each kind in clean data: all of them false."""
    from cpaudit.analysis import plausibility

    counts: Counter[str] = Counter()
    for seed in seeds:
        counts.update(plausibility.leads(data_set(figures(seed), _AS_OF))["kind"])
    return counts


def power(figures: Callable[[int], Rows], kind: str, seeds: Sequence[int]) -> tuple[int, int]:
    """Return of how many planted oddities of a kind a right kind of lead was told, and how many there were."""
    from cpaudit.analysis import plausibility

    change, wanted = ODDITIES[kind]
    hits = planted = 0
    for seed in seeds:
        rng, rows = random.Random(f"{seed} {kind}"), figures(seed)  # noqa: S311 - a game
        blocks: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
        for m in rows["measurements"]:
            blocks[m["plant_id"], m["system"], m["process"]].append(m)
        full = [key for key, block in blocks.items() if sum(m["period"] == "after" for m in block) >= 8]
        many = Counter(system for _, system, _ in full)
        chosen: dict[str, list[_Row]] = {}
        sources = set()
        for plant, system, process in rng.sample(full, len(full)):
            others = [k for k in full if k[1] == system and k[0] != plant and k[0] not in chosen]
            if plant in chosen or plant in sources or many[system] < 10 or not others or len(chosen) == _EACH:
                continue
            source = rng.choice(others)
            sources.add(source[0])
            chosen[plant] = blocks[plant, system, process]
            change(chosen[plant], blocks[source], rng)
        leads = plausibility.leads(data_set(rows, _AS_OF))
        named = {p for joined in leads.loc[leads["kind"].isin(wanted), "plant_ids"] for p in joined.split(";")}
        hits, planted = hits + sum(p in named for p in chosen), planted + len(chosen)
    return hits, planted


def _copied(mine: list[_Row], source: list[_Row], rng: random.Random) -> None:
    known = {(m["indicator"], m["period"]): m["value"] for m in source}
    for m in mine:
        if (m["indicator"], m["period"]) in known:
            m["value"] = _digits(known[m["indicator"], m["period"]] * (1 + rng.uniform(-0.01, 0.01)))


def _all_better(mine: list[_Row], _: list[_Row], __: random.Random) -> None:
    before = {m["indicator"]: m["value"] for m in mine if m["period"] == "before"}
    for m in mine:
        if m["period"] == "after" and m["indicator"] in before:
            m["value"] = _digits(before[m["indicator"]] * 0.9)


def _favourite(mine: list[_Row], _: list[_Row], rng: random.Random) -> None:
    for m in mine:
        text = f"{m['value']:.10g}"
        if len(text.replace(".", "").lstrip("0")) >= 3 and rng.random() < 0.7:
            m["value"] = float(text[:-1] + "8")


def _off(mine: list[_Row], _: list[_Row], rng: random.Random) -> None:
    one = rng.choice([m for m in mine if m["value"] > 0])
    one["value"] = _digits(one["value"] * rng.choice((6, 1 / 6)))


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


#: What is planted, and the kinds of leads that should tell it.
ODDITIES: dict[str, tuple[Callable[[list[_Row], list[_Row], random.Random], None], tuple[str, ...]]] = {
    "altered_copy": (_copied, ("nearly_alike", "repeated_block")),
    "all_better_by_a_tenth": (_all_better, ("same_change",)),
    "favourite_digit": (_favourite, ("last_digit",)),
    "six_times_off": (_off, ("outlier", "change_outlier")),
}
