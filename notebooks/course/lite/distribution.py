"""The folder `static/pyodide` of the site: core, wheels, the ledger, and the list of them all.

The list is Pyodide's lock file, cut down to what is here: so nothing else is ever asked for, and
`import numpy` says plainly that there is none.
"""

import json
import shutil
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from jupyterlite_pyodide_kernel.constants import PYODIDE_LOCK

from course.lite.downloads import CORE
from course.lite.wheel import write_wheel


def assemble(downloads: Path, folder: Path) -> None:
    """Fill `folder` from the downloads and with the ledger's wheel."""
    folder.mkdir(parents=True)
    for name in CORE:
        shutil.copy(downloads / name, folder)
    lock = json.loads((downloads / PYODIDE_LOCK).read_text(encoding="utf-8"))
    lock["packages"] |= {"comm": _entry("comm", version("comm"), ["comm"], [])}
    here = {_name(wheel): wheel for wheel in sorted(downloads.glob("*.whl"))}
    lock["packages"] = {name: lock["packages"][name] for name in here}
    for name, wheel in here.items():
        _register(lock, name, Path(shutil.copy(wheel, folder)))
    ours = write_wheel(folder)
    modules, needs = ["course", "derivations"], ["ipython", "sympy"]
    lock["packages"][_name(ours)] = _entry(_name(ours), version("rgm-course"), modules, needs)
    _register(lock, _name(ours), ours)
    (folder / PYODIDE_LOCK).write_text(json.dumps(lock), encoding="utf-8")


def _name(wheel: Path) -> str:
    return wheel.name.split("-")[0].lower().replace("_", "-")


def _entry(name: str, release: str, modules: list[str], needs: list[str]) -> dict:
    """A package that Pyodide's own list does not have."""
    return {
        "name": name,
        "version": release,
        "imports": modules,
        "depends": needs,
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }


def _register(lock: dict, name: str, wheel: Path) -> None:
    """Name and checksum of the file: Pyodide builds its wheels itself, ours are the published."""
    content = {"file_name": wheel.name, "sha256": sha256(wheel.read_bytes()).hexdigest()}
    lock["packages"][name] |= content
