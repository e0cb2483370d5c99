"""The sliders of one plant as a widget: values come as messages that are checked, level and targets go back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from cpaudit.errors import CpauditError, UsageError
from cpaudit.errors.arguments import dataset_of
from cpaudit.fields import codes
from cpaudit.render.widgets.page import _asset
from cpaudit.vocabulary import LEVELS

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.views.pages.sliders import Control
    from cpaudit.views.pages.what_if import Outcome, WhatIf

_UNKNOWN = "无法判定"
_REFUSED = "收到的数值不对，未采用；请用“恢复实测值”后再试。"
_FAILED = "这组数值未能试算，请恢复实测值；若仍不行，请告诉维护人员。"
_NO_WAY = {1: "已达到Ⅰ级，没有更高的级别。", None: "级别无法判定（缺实测值，或体系没有权重），无从推算最省的改进。"}
_NOWHERE = "没有只靠移动滑块就能达到下一级的办法。"


class WhatIfView(anywidget.AnyWidget):
    """Shows the sliders of ``case`` and what their values come to (``state``); with neither, only ``state["message"]``.

    Nothing is set from the browser: what it wants it asks for by a message, ``{kind: values | way | reset, seq, by, values}``.
    """

    _esm = _asset("what_if.js")
    _css = _asset("page.css") + _asset("what_if.css")

    case = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, subject: WhatIf | None, message: str = "") -> None:
        self._subject = subject
        super().__init__()
        self.on_msg(self._asked)
        if subject is None:
            self.state = {"seq": 0, "by": "", "message": message}
        else:
            self.case = _case(subject)
            self._answer({"seq": 0, "by": ""}, subject.reported, "")

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take nothing over from the browser."""

    def _asked(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if self._subject is None or not isinstance(content, dict):
            return
        try:
            asked = _Request(content, self._subject.controls)
        except UsageError as error:
            self.state = {**self.state, "refused": self.state.get("refused", 0) + 1, "message": str(error)}
            return
        values, message = asked.values, ""
        try:
            if asked.kind == "reset":
                values = self._subject.reported
            elif asked.kind == "way":
                found = self._subject.way_up(values)
                values, message = (found, "") if found else (values, self._no_way(values))
            self._answer({"seq": asked.seq, "by": asked.by, "kind": asked.kind}, values, message)
        except Exception:
            logging.getLogger(__name__).exception("what if %s: %s", self._subject.plant_id, content)
            self.state = {**self.state, "seq": asked.seq, "by": asked.by, "message": _FAILED}

    def _no_way(self, values: tuple[float | None, ...]) -> str:
        assert self._subject
        return _NO_WAY.get(self._subject.evaluate(values).level, _NOWHERE)

    def _answer(self, head: dict[str, Any], values: tuple[float | None, ...], message: str) -> None:
        assert self._subject
        outcome = _told(self._subject.evaluate(values))
        self.state = {**head, "values": list(values), "outcome": outcome, "message": message}


class _Request:
    """A message of the browser, checked."""

    def __init__(self, content: dict[str, Any], controls: tuple[Control, ...]) -> None:
        self.kind, self.seq, self.by = content.get("kind"), content.get("seq"), content.get("by")
        given = content.get("values")
        numbered = isinstance(self.seq, int) and not isinstance(self.seq, bool) and 0 < self.seq < 2**53
        if self.kind not in ("values", "way", "reset") or not numbered or not isinstance(self.by, str) or len(self.by) > 40:
            raise UsageError(_REFUSED)
        if not isinstance(given, list) or len(given) != len(controls):
            raise UsageError(_REFUSED)
        self.values = tuple(_value(v, c) for v, c in zip(given, controls, strict=True))


def _value(value: Any, control: Control) -> float | None:
    """Return a slider's value; None only where nothing was reported."""
    if value is None and control.value is None:
        return None
    low, high = control.ends
    slack = 1e-9 * max(abs(low), abs(high))
    if isinstance(value, bool) or not isinstance(value, int | float) or not low - slack <= value <= high + slack:
        raise UsageError(_REFUSED)
    if control.labels and value != int(value):
        raise UsageError(_REFUSED)
    return float(value)


def what_if(ds: Dataset, plant: str = "") -> WhatIfView:
    """显示一家企业各指标的滑块，拖动后即时看到指数、级别和目标是否达到。

    Show a plant's indicators as sliders, with the level, index and targets that any values come to.

    ``plant``: id, social credit code, name or a part of the name; '' takes the first on the list. A plant that can't be tried
    out, or isn't found, shows one sentence.

    >>> import cpaudit as cp
    >>> type(what_if(cp.example(), "霁丑特种水泥")).__name__
    'WhatIfView'

    Raises:
        UsageError: ``ds`` is no data set.
    """
    from cpaudit.views.pages.what_if import WhatIf

    dataset_of(ds, "第一个参数 ds ")
    try:
        return WhatIfView(WhatIf(ds, plant))
    except CpauditError as error:
        return WhatIfView(None, str(error))


def _case(subject: WhatIf) -> dict[str, Any]:
    """Return what doesn't change: the plant and its sliders."""
    from cpaudit.views import theme

    return {
        "plant": subject.name,
        "period": codes("measurements", "period")[subject.period],
        "note": subject.note,
        "level": _level(subject.evaluate(subject.reported).level),
        "colours": {str(k): c for k, c in theme.LEVEL_COLOURS.items()},
        "on": {str(k): theme.on(c) for k, c in theme.LEVEL_COLOURS.items()},
        "controls": [
            {
                "process": c.process,
                "name": c.name,
                "unit": c.unit,
                "limiting": c.limiting,
                "start": c.start,
                "step": c.step,
                "count": c.count,
                "digits": c.digits,
                "value": c.value,
                "labels": list(c.labels),
                "marks": [list(m) for m in c.marks],
                "asked": c.asked,
            }
            for c in subject.controls
        ],
    }


def _told(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as plain values."""
    return {
        "level": _level(outcome.level),
        "processes": [
            {
                "name": p.name,
                "level": _level(p.level),
                "index": None if p.points is None else [f"{y:.2f}" for y in p.points],
                "needed": list(p.needed),
                "above": _level(p.above) if p.above else None,
                "obstacles": [{**o._asdict(), "points": f"{o.points:.2f}"} for o in p.obstacles],
            }
            for p in outcome.processes
        ],
        "met": list(outcome.met),
        "targets": list(outcome.targets),
    }


def _level(level: int | None) -> dict[str, Any]:
    return {"level": level or 0, "label": LEVELS[level] if level else _UNKNOWN}
