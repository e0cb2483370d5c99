"""Any history that plants of a programme can have, for properties that always hold."""

from __future__ import annotations

import datetime as dt

from hypothesis import settings
from hypothesis import strategies as st

from cpaudit.dataset import Dataset
from cpaudit.programme import load_programme
from tests.support.builders import dataset, event, plant

PROGRAMME = load_programme("hebei-2021-2")
DAYS = st.dates(dt.date(2021, 12, 1), dt.date(2023, 1, 31))
CALM = settings(max_examples=20)
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
    events = []
    for _ in range(draw(st.integers(0, 10)) if ids else 0):
        i, m = draw(st.sampled_from(sorted(channels)))
        result = draw(st.sampled_from(["passed", "failed"])) if m != "registered" else "done"
        events.append(event(i, m, draw(DAYS), result=result, channel=channels[i, m]))
    return dataset(dt.date(2023, 1, 31), plants=plants, events=events)
