"""What the program is made of: every locked package has a licence that offices may use, and the bill of materials is whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from license_expression import get_spdx_licensing
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

RULES: dict[str, Any] = yaml.safe_load((ROOT / "tests/house/licences.yaml").read_text(encoding="utf-8"))

SPDX = get_spdx_licensing()


def locked() -> list[Requirement]:
    """The pins; one package may have several, for different Pythons."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [Requirement(line.split(" --hash")[0]) for line in lines if line[:1].isalnum()]


def said(name: str) -> Iterator[str]:
    """What an installed package says of its licence, the surest first."""
    about = metadata.metadata(name)
    yield from about.get_all("License-Expression") or ()
    yield (about.get("License") or "").strip()
    yield from (c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License :: "))


def understood(name: str) -> str | None:
    """The SPDX expression that a package's words mean, None where they can't be read."""
    for words in said(name):
        try:
            if words:
                return str(canonicalize_license_expression(RULES["words"].get(words, words)))
        except InvalidLicenseExpression:
            continue
    return None


def allowed(expression: str) -> bool:
    """Whether every licence that must be kept to is on the list, and one at least of those to choose from."""

    def kept(part: Any) -> bool:
        if isinstance(part, (SPDX.AND, SPDX.OR)):
            return (any if isinstance(part, SPDX.OR) else all)(map(kept, part.args))
        return str(part) in RULES["allowed"]

    return kept(SPDX.parse(expression, validate=True))


def is_installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def test_every_locked_package_has_a_licence_that_offices_may_use() -> None:
    noted = RULES["packages"]
    wrong = []
    for pin in locked():
        name = canonicalize_name(pin.name)
        licence = noted[name]["licence"] if name in noted else understood(name) if is_installed(name) else None
        if licence is None or not allowed(str(canonicalize_license_expression(licence))):
            wrong.append(f"{pin}: {licence or 'nobody has read its licence: see tests/house/licences.yaml'}")
    assert wrong == []


def test_what_a_person_has_read_is_of_the_locked_version_and_was_necessary() -> None:
    pins = {canonicalize_name(pin.name): str(pin.specifier) for pin in locked()}
    for name, note in RULES["packages"].items():
        assert pins.get(name) == f"=={note['version']}", f"{name}: read the licence of the new version"
        assert not is_installed(name) or understood(name) is None, f"{name} says it by itself"


def test_a_licence_that_is_not_on_the_list_is_refused_however_it_is_combined() -> None:
    assert allowed("MIT AND (GPL-3.0-only OR Apache-2.0)")
    assert not allowed("MIT AND GPL-3.0-only")
    assert not allowed("AGPL-3.0-or-later OR SSPL-1.0")
    assert not allowed("GPL-2.0-only WITH Classpath-exception-2.0")


def test_the_bill_of_materials_holds_every_pin_with_its_hashes_and_nothing_of_its_day(tmp_path: Path) -> None:
    command = ["-m", "cyclonedx_py", "requirements", "requirements.lock", "--output-reproducible", "--no-validate"]
    subprocess.run([sys.executable, *command, "--output-file", str(tmp_path / "bill.json")], cwd=ROOT, check=True)
    bill = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))
    listed = {(canonicalize_name(each["name"]), each["version"]) for each in bill["components"]}
    assert listed == {(canonicalize_name(pin.name), str(pin.specifier).removeprefix("==")) for pin in locked()}
    for each in bill["components"]:
        assert any(reference.get("hashes") for reference in each["externalReferences"]), each["name"]
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
