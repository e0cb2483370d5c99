"""Indicator systems made by hand, plants that answer them, and strategies for both."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from cpaudit.indicators import IndicatorSystem, find_system
from tests.support.builders import measurement

KEYS = ["plant_id", "system", "process", "period"]
Rows = list[dict[str, Any]]
NA = "n/a"
Answers = dict[str, float | str | None]  # indicator → value, "n/a", or None for missing


def system(groups: dict[str, tuple[str, list[dict[str, Any]]]], **fields: Any) -> IndicatorSystem:
    """A system of groups name → (weight, indicators); an indicator without a name is called like its id."""
    content: dict[str, Any] = {"id": "made", "title": "手工体系", "process": "全部", "status": "demonstration"} | fields
    content["document"] = {"title": "手工体系"}
    content["groups"] = [
        {"category": "pollutant" if name == "g1" else "resource_energy", **(extra or {})}
        | {"id": name, "name": name, "weight": weight, "indicators": [{"name": i["id"]} | i for i in indicators]}
        for name, (weight, indicators, *rest) in groups.items()
        for extra in [rest[0] if rest else None]
    ]
    return IndicatorSystem.model_validate(content)


def asks(id_: str, weight: str | None, one: float = 10, two: float = 20, three: float = 30, **fields: Any) -> dict[str, Any]:
    """An indicator; the smaller the better unless said."""
    return {"id": id_, "weight": weight, "baselines": {"I": one, "II": two, "III": three}} | fields


def rows(answers: Answers, plant: str = "p", period: str = "after", of: str = "made") -> list[dict[str, Any]]:
    """The measurement rows of one plant."""
    found = []
    for indicator, value in answers.items():
        state = {"state": "not_applicable"} if value == "n/a" else {}
        found.append(measurement(plant, of, indicator, period, None if isinstance(value, str) else value, **state))
    return found


def frame(*lists: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([r for rows_ in lists for r in rows_])


def table(plants: dict[str, Answers]) -> pd.DataFrame:
    return pd.DataFrame([r for name, answers in plants.items() for r in rows(answers, name)])


COOLING = [{"id": "cooling", "name": "冷却方式", "choices": {"wet": "湿冷", "air": "空冷"}}]


def trt(**fields: Any) -> Any:
    """TRT everywhere and 40 kWh/t, or BPRT half and 40 % saved; at level III TRT or a little saving."""
    parts = [{"id": p, "name": f"名称{p}"} for p in ("trt", "power", "bprt", "saving")]
    conditions = {
        "I": {"any": [{"all": ["trt >= 100", "power >= 40"]}, {"all": ["bprt >= 50", "saving >= 40"]}]},
        "II": {"any": [{"all": ["trt >= 100", "power >= 30"]}, {"all": ["bprt >= 30", "saving >= 30"]}]},
        "III": {"any": ["trt >= 100", "saving >= 20"]},
    }
    indicator = {"id": "a", "weight": "1", "answer": "conditions", "parts": parts, "conditions": conditions} | fields
    return system({"g1": ("1", [indicator])})


def shares(count: int) -> st.SearchStrategy[list[str]]:
    """Weights that add up to 1, in hundredths."""
    cuts = st.lists(st.integers(1, 99), min_size=count - 1, max_size=count - 1, unique=True).map(sorted)
    return cuts.map(lambda c: [f"{(b - a) / 100:.2f}" for a, b in itertools.pairwise([0, *c, 100])])


@st.composite
def made_systems(draw: st.DrawFn) -> IndicatorSystem:
    groups: dict[str, Any] = {}
    for g, weight in enumerate(draw(st.integers(1, 4).flatmap(shares)), 1):
        indicators = []
        for i, share in enumerate(draw(st.integers(1, 4).flatmap(shares)), 1):
            comparator = draw(st.sampled_from(["<=", "<", ">=", ">"]))
            marks = sorted(draw(st.lists(st.integers(-4, 4), min_size=3, max_size=3)), reverse=comparator in (">=", ">"))
            limiting = draw(st.booleans())
            indicators.append(asks(f"g{g}i{i}", share, *marks, comparator=comparator, limiting=limiting))
        groups[f"g{g}"] = (weight, indicators)
    return system(groups)


value = st.integers(-12, 12).map(lambda v: v / 2)
answer = st.one_of(value, value, value, st.none(), st.just("n/a"))


@st.composite
def cases(draw: st.DrawFn, plants: int = 8) -> tuple[IndicatorSystem, dict[str, Answers]]:
    made = draw(made_systems())
    ids = [i.id for i in made.indicators()]
    return made, {f"p{n}": {i: draw(answer) for i in ids} for n in range(plants)}


def answers(plant_id: str, system: str, period: str, level: int, process: str = "1号线", **own: float | str | None) -> Rows:
    """Every indicator of a system answered at exactly the benchmark of ``level`` (4: worse than Ⅲ), but for those given."""
    return answers_of(plant_id, system, period, level, process, own)


def answers_of(plant_id: str, system: str, period: str, level: int, process: str, own: dict[str, Any]) -> Rows:
    rows = []
    for i in find_system(system).indicators():
        limit = i.baselines.at(min(level, 3))
        assert limit is not None
        if level == 4:
            limit = 0 if i.answer == "yes_no" else limit * 2 if i.lower_is_better else limit / 2
        value = own.get(i.id, limit)
        state = {"state": "not_applicable"} if value == NA else {}
        rows.append(measurement(plant_id, system, i.id, period, None if value == NA else value, process=process, **state))
    return rows
