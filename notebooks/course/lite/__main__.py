"""`python -m course.lite --out FOLDER`: the proofs in a browser, as a folder to be served.

The first build downloads Pyodide and its wheels, some 24 MB, through npm and pip, into `--cache`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from course.lite import distribution, downloads, pages

BUILD = Path(__file__).parents[3] / "build"
KERNEL = "@jupyterlite/pyodide-kernel-extension"
EXTENSION = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / KERNEL
# What each page is told: where Python is, and that there is no registry behind it.
SETTINGS = {"pyodideUrl": "./static/pyodide/pyodide.mjs", "disablePyPIFallback": True}
SITE = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "The proofs",
        "litePluginSettings": {f"{KERNEL}:kernel": SETTINGS},
    },
}
# Of the extensions that are installed beside this one none is needed here.
COMMAND = {
    "apps": ["lab", "notebooks", "tree"],
    "federated_extensions": [str(EXTENSION)],
    "ignore_sys_prefix": ["federated_extensions"],
    "no_sourcemaps": True,
    "no_unused_shared_packages": True,
    "no_libarchive": True,
}


def build(out: Path, cache: Path) -> None:
    """Write the site into `out`; a fresh working folder, so that no step of before is skipped."""
    fetched = downloads.fetch(cache)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        distribution.assemble(fetched, work / "static" / "pyodide")
        pages.write(work / "files")
        (work / "jupyter-lite.json").write_text(json.dumps(SITE), encoding="utf-8")
        told = {"LiteBuildConfig": COMMAND | {"cache_dir": str(work / "cache")}}
        (work / "jupyter_lite_config.json").write_text(json.dumps(told), encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--output-dir", str(out)]
        subprocess.run([*command, "--contents", "files"], cwd=work, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="course.lite", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the site")
    parser.add_argument("--cache", type=Path, default=BUILD / "lite-cache", help="of the downloads")
    options = parser.parse_args()
    build(options.out.resolve(), options.cache.resolve())


if __name__ == "__main__":
    main()
