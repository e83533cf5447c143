"""What is installed, what is missing, and what to do about it: `python -m rgm_ref doctor`.

The doctor itself needs the standard library alone, so that it can answer when little else works.
The requirements are those of the installed distribution, written once, in pyproject.toml.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import import_module, metadata

DISTRIBUTION = "rgm-course"
OLDEST_PYTHON = "3.11"
PIP = f'"{sys.executable}" -m pip install'

# One line of a distribution's metadata: name, lower bound, and the extra that asks for it.
REQUIREMENT = re.compile(r"([\w.-]+)(?:\[.*?\])?(?:>=([\d.]+))?(?:.*extra == ['\"](\w+)['\"])?")


@dataclass(frozen=True)
class Finding:
    """One requirement: it holds, or it fails and the remedy is the command to run."""

    holds: bool
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = "[OK]  " if self.holds else "[FAIL]"
        return f"{mark} {self.text}" + (f"\n       run: {self.remedy}" if self.remedy else "")


def install(extra: str) -> str:
    """The command that installs an extra from a clone, in the versions that CI uses."""
    return f'{PIP} -c constraints.txt -e ".[{extra}]"'


def release(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, for comparing: '2.13.0+cpu' gives (2, 13, 0)."""
    return tuple(int(number) for number in re.split(r"[^\d.]", version)[0].split(".") if number)


def requirements() -> dict[tuple[str, str], list[str]]:
    """(package, lowest version) -> the extras that need it, [] when the core does."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for line in metadata.requires(DISTRIBUTION) or []:
        match = REQUIREMENT.match(line)
        if match and match[1] != DISTRIBUTION:
            wanted.setdefault((match[1], match[2] or "0"), []).extend(
                [match[3]] if match[3] else []
            )
    return wanted


def check_python() -> Finding:
    """Is the interpreter new enough?"""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= release(OLDEST_PYTHON):
        return Finding(True, f"python {found}, needs >={OLDEST_PYTHON}")
    remedy = (
        "rm -rf .venv && make doctor PYTHON=python3.12   (or any other Python that is new enough)"
    )
    return Finding(False, f"python {found} is too old, needs >={OLDEST_PYTHON}", remedy)


def check_package(name: str, lowest: str, extras: list[str]) -> Finding:
    """Is the package installed, and new enough?"""
    needs = f"needs >={lowest}" + (f" ({', '.join(extras)})" if extras else "")
    remedy = f'{PIP} "{name}>={lowest}"'
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(False, f"{name} is missing, {needs}", remedy)
    if release(found) < release(lowest):
        return Finding(False, f"{name} {found} is too old, {needs}", remedy)
    return Finding(True, f"{name} {found}, {needs}")


def check_all() -> list[Finding]:
    """Python, then every direct requirement of the distribution, the core's first."""
    try:
        wanted = requirements()
    except metadata.PackageNotFoundError:
        return [check_python(), Finding(False, f"{DISTRIBUTION} is not installed", install("all"))]
    return [check_python(), *(check_package(*key, extras) for key, extras in wanted.items())]


def device() -> str:
    """The device that training would use: cuda before mps before cpu."""
    try:
        torch = import_module("torch")
    except ModuleNotFoundError:
        return "none, torch is not installed"
    except (ImportError, OSError) as error:  # installed, but a library beneath it does not load
        return f"none, torch does not load: {error}"
    if torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name()})"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def main() -> int:
    """Print the report; 0 when every requirement holds, 1 otherwise."""
    findings = check_all()
    failed = sum(not finding.holds for finding in findings)
    print(*findings, sep="\n")
    print(f"\ntraining would use: {device()}")
    print(f"{failed} of {len(findings)} requirements failed" if failed else "all requirements hold")
    return int(failed > 0)
