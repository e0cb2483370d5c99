"""How figures look: one plotly template, and colours that mean the same on every page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cpaudit.measures import measures
from cpaudit.workspace.caches import renewed

if TYPE_CHECKING:
    import plotly.graph_objects as go

FONT = '"Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei", sans-serif'
# Ink, line and ground are replaced in the dark (NEUTRAL in figures.js names the same), so text on a mark has a colour of its own.
INK, QUIET, LINE, ACCENT, TILE, GROUND = "#1c2733", "#5a6775", "#e3e8ee", "#1a4b8c", "#eceff3", "#ffffff"
#: What can't be told, what doesn't count, and a quiet colour that is still seen as a line.
UNKNOWN, FAINT = "#b8c0ca", "#8a94a0"
#: A second measure drawn over bars.
SECOND = "#e3b448"
#: Around every mark: seen on white and in the dark, where the mark's own colour may be too pale or too dark (3:1, WCAG 1.4.11).
OUTLINE = "#7a8794"
#: On paper: badges and warnings, the heads of tables, remarks.
#: The head of an official paper, and the line below it (GB/T 9704).
HEAD_RED = "#ff0000"
PRINTED_RED, PRINTED_HEAD, PRINTED_QUIET = "#c00000", "#ededed", "#444444"
_ON_LIGHT, _ON_DARK = "#101820", "#fffffe"

# Told apart with any colour vision: they differ in lightness, and blue stands against orange, not green against red.
LEVEL_COLOURS = {1: "#2369b0", 2: "#55a3d9", 3: "#e3b448", 4: "#c8502d"}
VERDICT_COLOURS = {"attained": "#1f6fb2", "not_attained": "#c8502d", "cannot_judge": UNKNOWN}
STATE_COLOURS = {
    "done_on_time": "#1f6fb2",
    "done_late": "#8fbfe3",
    "done_unknown": "#5c93b8",
    "failed": "#7b3f8c",
    "unclear": "#9aa5b1",
    "not_reported": "#b5a48f",
    "late_unknown": "#c9b9a6",
    "applies_unknown": "#b8c0ca",
    "overdue": "#c8502d",
    "due_soon": "#e3b448",
    "not_due": "#d3dae2",
    "not_applicable": "#eef1f4",
    "left": "#68737f",
}
#: How a plant is getting on as a whole (进展): one of these, in the order of a stacked bar; each is a measure.
ADVANCE_MEASURES = {
    "accepted": "accepted",
    "in_progress": "in_progress",
    "unclear": "open_unclear",
    "end_unknown": "end_unknown",
    "not_reported": "not_reported",
    "failed": "open_failed",
    "overdue": "open_overdue",
    "left": "left",
}
ADVANCES = {key: measures()[id].label for key, id in ADVANCE_MEASURES.items()}
renewed(lambda: ADVANCES.update({key: measures()[id].label for key, id in ADVANCE_MEASURES.items()}))
ADVANCE_COLOURS = {
    "accepted": STATE_COLOURS["done_on_time"],
    "in_progress": STATE_COLOURS["not_due"],
    "unclear": STATE_COLOURS["unclear"],
    "end_unknown": UNKNOWN,
    "not_reported": STATE_COLOURS["not_reported"],
    "failed": STATE_COLOURS["failed"],
    "overdue": STATE_COLOURS["overdue"],
    "left": STATE_COLOURS["left"],
}
#: Curves have no outline, so they are seen by themselves: the milestones whose curves are drawn.
STEP_COLOURS = {"notified": FAINT, "assessed": "#bf8a1a", "accepted": STATE_COLOURS["done_on_time"]}


_BETWEEN = ("#7b3f8c", "#2f7f86")


def step_colours(number: int) -> list[str]:
    """Return the colours of so many curves, the last step's last; of more than five, those between come again.

    >>> len(set(step_colours(5))), len(step_colours(9))
    (5, 9)
    """
    first, *others = STEP_COLOURS.values()
    if number <= len(STEP_COLOURS):
        return [first, *others][-number:]
    between = (*_BETWEEN, others[0])
    return [first, *(between[n % len(between)] for n in range(number - 2)), others[-1]]


SEVERITY_COLOURS = {"error": STATE_COLOURS["overdue"], "warning": STATE_COLOURS["due_soon"], "note": UNKNOWN}
OPTION_COLOURS = {
    "implemented": STATE_COLOURS["done_on_time"],
    "under_way": STATE_COLOURS["done_late"],
    "planned": STATE_COLOURS["not_due"],
    "dropped": STATE_COLOURS["left"],
    "unread": STATE_COLOURS["unclear"],
}
CLASS_COLOURS = {"no_low_cost": "#3f93c7", "medium_high_cost": STEP_COLOURS["assessed"], "unread": STATE_COLOURS["unclear"]}
#: Shares from 0 to 100 %: light to dark blue, with a step at one half, as neither dark nor light text is read on a middle blue.
SHARE_SCALE = [(0.0, "#e9f1f9"), (0.25, "#c6dcf0"), (0.5, "#9cc6e8"), (0.5, "#2f72b3"), (1.0, "#0b4f8a")]
SHARE_BAR = {
    "title": {"text": "完成率", "side": "top"},
    "tickvals": [0, 25, 50, 75, 100],
    "ticktext": ["0%", "25%", "50%", "75%", "100%"],
    "thickness": 10,
    "len": 0.7,
    "outlinewidth": 0,
}


@cache
def template() -> dict[str, Any]:
    """Return the template of every figure: white, quiet grid, Chinese fonts, nothing to drag by accident. Never write into it."""
    axis = {
        "gridcolor": LINE,
        "linecolor": "#b9c2cc",
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "title": {"font": {"size": 12, "color": QUIET}, "standoff": 8},
    }
    outlined = [{"marker": {"line": {"color": OUTLINE, "width": 1}}}]
    return {
        "data": {"bar": outlined, "scatter": outlined},
        "layout": {
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": GROUND,
            "plot_bgcolor": GROUND,
            "colorway": [ACCENT, "#bf8a1a", "#3f93c7", "#c8502d", "#9a5bab", "#8a94a0"],
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 16, "t": 36, "b": 36},
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left", "namelength": -1},
            "dragmode": False,
            "separators": ".,",
            "bargap": 0.28,
        },
    }


def figure(*traces: Any, **layout: Any) -> go.Figure:
    """Return a figure in the template."""
    import plotly.graph_objects as go

    # Checking each value of every layout takes longer than the page's numbers: the tests check all pages' figures instead.
    # A template given as such is not merged with plotly's own: figures stay small and look alike everywhere.
    return go.Figure(data=list(traces), layout={"template": template(), **layout}, _validate=False)


def named() -> dict[str, str]:
    """Return the colours that have a meaning by what they mean, in the words of the pages."""
    from cpaudit.fields import labels
    from cpaudit.vocabulary import LEVELS

    verdicts, states = labels("verdict", "attained"), labels("state", "overdue")
    return {
        **{states[key]: colour for key, colour in STATE_COLOURS.items()},
        **{ADVANCES[key]: colour for key, colour in ADVANCE_COLOURS.items()},
        **{verdicts[key]: colour for key, colour in VERDICT_COLOURS.items()},
        **{LEVELS[key]: colour for key, colour in LEVEL_COLOURS.items()},
    }


def whole(largest: int) -> dict[str, Any]:
    """Return what an axis of whole numbers needs: no half plants between the ticks."""
    return {"dtick": 1} if largest <= 5 else {"nticks": 8}


def on(colour: str) -> str:
    """Return the colour of text that can be read on ``colour``."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return _ON_LIGHT if 0.3 * red + 0.59 * green + 0.11 * blue > 116 else _ON_DARK


def shade(pct: float) -> str:
    """Return the colour that SHARE_SCALE gives a share (0 … 100), the nearest of its steps."""
    side = SHARE_SCALE[:3] if pct < 50 else SHARE_SCALE[3:]
    return min(side, key=lambda step: abs(step[0] * 100 - pct))[1]


def safe(text: str) -> str:
    """Return text for a figure, where plotly would read a few tags of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
