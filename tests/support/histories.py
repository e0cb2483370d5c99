"""Any history that plants of a programme can have, for properties that always hold."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from cpaudit.dataset import Dataset
from cpaudit.programme import load_programme
from tests.support.builders import dataset, event, plant, returned
from tests.support.examples import examples

PROGRAMME = load_programme("hebei-2021-2")
DAYS = st.dates(dt.date(2021, 12, 1), dt.date(2023, 1, 31))
CALM = examples(6)
_IDS = ("a", "b", "c", "d")
MILESTONES = [m.id for m in PROGRAMME.plant_milestones()]


@st.composite
def histories(draw: st.DrawFn) -> Dataset:
    plants = [
        plant(
            i,
            unit=draw(st.sampled_from(["shijiazhuang", "tangshan", "dingzhou"])),
            industry=draw(st.sampled_from(["cement", "brewing", "leather"])),
            roster=draw(st.sampled_from(["mandatory", "key_industry"])),
            permit_class=draw(st.sampled_from(["key", "simplified", "registered", None])),
            listed_on=draw(st.none() | DAYS),
            own_deadline=draw(st.none() | DAYS),
            status=draw(st.sampled_from(["active", "active", "closed", "deferred"])),
        )
        for i in _IDS[: draw(st.integers(0, 4))]
    ]
    ids = [p["plant_id"] for p in plants]
    # one channel per plant and milestone: what disagreeing channels mean has tests of its own
    channels = {(i, m): draw(st.sampled_from(["online", "offline"])) for i in ids for m in ("registered", "assessed", "accepted")}
    quiet = {i for i in ids if draw(st.sampled_from([False, False, True]))}
    for p in plants:
        if p["plant_id"] in quiet:
            p |= {"status": "active", "own_deadline": None}
    spoken = sorted((i, m) for i, m in channels if i not in quiet)
    events = []
    for _ in range(draw(st.integers(0, 10)) if spoken else 0):
        i, m = draw(st.sampled_from(spoken))
        result = draw(st.sampled_from(["passed", "failed"])) if m != "registered" else "done"
        events.append(event(i, m, draw(DAYS), result=result, channel=channels[i, m]))
    returns = [returned(None, "unit_work", unit=unit) for unit in PROGRAMME.units]
    for p in plants:
        silent = {"state": "nothing", "milestones": None} if p["plant_id"] in quiet else {}
        returns.append(returned(p["plant_id"], unit=p["unit"], **silent))
    return dataset(dt.date(2023, 1, 31), plants=plants, events=events, returns=returns)
