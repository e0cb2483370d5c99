"""Deadlines as a calendar (iCalendar, RFC 5545): a day each, known by its id, so that a newer calendar replaces it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cpaudit.views.page import Page
    from cpaudit.views.report.digest import Deadline

_MOST_BYTES = 75
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def ics(page: Page, deadlines: Sequence[Deadline], key: str) -> bytes:
    """Return a calendar; ``key`` tells the unit's events from those of others, the page's stamp says of which day they are."""
    assert page.stamp is not None
    stamp = page.stamp
    mark = "【示范数据】" if stamp.demonstration else ""
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//cpaudit//deadlines//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"),
        f"X-WR-CALNAME:{_escaped(mark + page.title)}",
    ]
    for one in deadlines:
        end = one.day + dt.timedelta(days=1)
        told = f"{mark}{one.told}{stamp.programme}，数据截至{stamp.day}。"
        lines += [
            *("BEGIN:VEVENT", f"UID:{key}-{one.id}@cpaudit", f"DTSTAMP:{stamp.as_of:%Y%m%d}T000000Z"),
            *(f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}"),
            *(f"SUMMARY:{_escaped(f'{mark}{one.label}（最后一天）')}", f"DESCRIPTION:{_escaped(told)}"),
            *("TRANSP:TRANSPARENT", "END:VEVENT"),
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _escaped(text: str) -> str:
    """Return text as a calendar holds it.

    >>> _escaped("一,二;三")
    '一\\\\,二\\\\;三'
    """
    plain = _CONTROL.sub("", text)
    return plain.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of so many bytes at most, no character cut; those behind the first begin with a blank."""
    piece, size = "", 0
    for character in line:
        more = len(character.encode())
        if size + more > _MOST_BYTES:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + more
    yield piece
