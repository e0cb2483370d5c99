"""Unified social credit codes (GB 32100-2015) as cells hold them: found, cleaned, and held against both check digits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.cells import unseen
from cpaudit.loaders.cells.texts import BLANKS, text
from cpaudit.programme.units import divisions

if TYPE_CHECKING:
    from cpaudit.loaders.problems import ProblemPlace, Problems

_LENGTH = 18
#: Of an organisation code, which is part of the credit code: its characters 9 to 17.
_SHORT = 9
#: Letters that no code has, and the character that each is usually written for.
_IMPOSSIBLE = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
#: GB 11714: the weights of an organisation code's eight characters.
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


_CODES = re.compile(rf"(?<![0-9A-Z])[0-9A-Z]{{{_LENGTH}}}(?![0-9A-Z])")


class Code(NamedTuple):
    """A code as found: the code where it can be used, else the kind of problem; ``written`` is what was read as one.

    ``organisation``: an organisation code (GB 11714) that stands in its place, as forms from before 2018 have it.
    ``odd``: the characters that nobody sees, or that no code has; they are named in what is told.
    """

    code: str | None
    problem: str | None = None
    cleaned: bool = False
    written: str = ""
    organisation: str = ""
    odd: str = ""


def read_code(value: Any) -> Code:
    """Return the code of a cell: blanks of all spellings, tails and unseen characters, numbers, wrong check digits.

    >>> read_code("91139801MA00000I2K").problem
    'uscc_letters'
    """
    if isinstance(value, (int, float)) and abs(value) > 1:
        short = f"{value:09.0f}"
        whole = len(short) == _SHORT and organisation_digit(short[:-1]) == short[-1]
        return _organisation(short) if whole else Code(None, "uscc_number", written=text(value))
    hidden = unseen.unseen(value) if isinstance(value, str) else ""
    said = re.sub(r"\s+", "", "".join(c for c in text(value) if c not in hidden)).upper()
    if said in BLANKS or set(said) <= {"0"}:
        return Code(None, "uscc_missing")
    if re.fullmatch(r"\d(\.\d+)?E\+?\d{2}", said):  # what a spreadsheet writes into CSV for a number
        return Code(None, "uscc_number", written=said)
    if found := re.fullmatch(r"([0-9A-Z]{8})-?([0-9X])", said):
        return _organisation("".join(found.groups()))
    code = said[:_LENGTH]
    if any(not _fault(other) and other != code for other in _CODES.findall(said[_LENGTH:])):
        return Code(None, "uscc_several", written=said)
    if problem := _fault(code):
        strange = "".join(dict.fromkeys(c for c in code if not ("0" <= c <= "9" or "A" <= c <= "Z")))
        strange = strange if problem == "uscc_characters" else ""
        return Code(None, problem, written=said, odd=strange + hidden)
    return Code(code, cleaned=str(value).strip() != code, written=code, odd=hidden)


def _organisation(code: str) -> Code:
    if organisation_digit(code[:-1]) == code[-1]:
        return Code(None, "organisation_code", written=code, organisation=code)
    return Code(None, "organisation_code_digit", written=code)


def _fault(code: str) -> str | None:
    from stdnum.cn import uscc

    if len(code) < _LENGTH:
        return "uscc_length"
    if not (code.isascii() and code.isalnum()):
        return "uscc_characters"
    if set(code) & _IMPOSSIBLE.keys() and set(code) <= _ALPHABET | _IMPOSSIBLE.keys():
        return "uscc_letters"
    # stdnum's own validate() refuses the registration authorities A, N and Y, which exist.
    if not set(code) <= _ALPHABET or not code[2:8].isdigit() or uscc.calc_check_digit(code[:-1]) != code[-1]:
        return "uscc_check_digit"
    return None if organisation_digit(organisation_part(code)[:-1]) == organisation_part(code)[-1] else "uscc_organisation_digit"


def organisation_digit(body: str) -> str:
    """Return the check digit of an organisation code's eight characters (GB 11714); it is digit 17 of a credit code.

    >>> organisation_digit("MA000000")
    '7'
    """
    rest = 11 - sum(weight * int(c, 36) for weight, c in zip(_WEIGHTS, body, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def organisation_part(code: str) -> str:
    """Return the organisation code that is part of a credit code.

    >>> organisation_part("91130100000000019P")
    '000000019'
    """
    return code[8:17]


def region(code: str) -> str:
    """Return the county that digits 3–8 name, '' where the list of this province has none: a hint, never a proof.

    Plants move and zones register for counties, so a region that doesn't fit is no mistake.
    """
    return next((d.name for d in divisions() if d.code == code[2:8]), "")


def report_code(code: Code, cell: Any, at: ProblemPlace, plant_id: str | None, problems: Problems) -> None:
    """Tell what is wrong with a code, if anything."""
    value = "" if cell is None else cell
    odd = unseen.told(code.odd)
    if code.problem == "uscc_letters":
        wrong = sorted(set(code.written) & _IMPOSSIBLE.keys())
        meant = "，".join(f"是否把“{_IMPOSSIBLE[c]}”写成了字母“{c}”" for c in wrong)
        problems.add(code.problem, at, plant_id=plant_id, value=value, letters="、".join(wrong), meant=meant)
    elif code.problem:
        problems.add(code.problem, at, plant_id=plant_id, value=value, length=len(code.written), odd=odd)
    elif code.odd:
        problems.add("uscc_unseen", at, plant_id=plant_id, value=value, odd=odd, cleaned=code.code)
    elif code.cleaned:
        problems.add("uscc_cleaned", at, plant_id=plant_id, value=value, cleaned=code.code)
