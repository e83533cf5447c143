"""The ledger's results for the site: every claim is run, anew when a source has changed."""

import json
import os
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock
from rich.console import Console

import derivations
import rgm_ref
from course.build import HERE as NOTEBOOKS
from derivations import REGISTRY
from derivations.ledger import Result, record
from derivations.ledger.claim import by_idea
from derivations.ledger.proof import Step
from derivations.ledger.runner import run_all

CACHE = NOTEBOOKS.parent / "build" / "ledger"


def results(fast: bool = False) -> dict[str, Result]:
    """Result of each claim, in the order of the ledger; `fast` takes a tenth of the samples.

    Kept in `build/ledger`, with the digest of everything that they depend on.
    Raises: ValueError where a verdict is not the recorded one.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    path, key = CACHE / f"{'fast' if fast else 'full'}.json", digest()
    with FileLock(path.with_suffix(".lock")):
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if kept.get("digest") != key:
            fresh = run_all(by_idea(), fast, os.cpu_count() or 1, Console(stderr=True))
            kept = {"digest": key, "results": [asdict(result) for result in fresh]}
            draft = path.with_suffix(".draft")
            draft.write_text(json.dumps(kept), encoding="utf-8")
            draft.replace(path)  # whole or not at all
    loaded = [_loaded(entry) for entry in kept["results"]]
    changed = record.changes(loaded, record.recorded())
    if changed or len(loaded) != len(REGISTRY):
        raise ValueError("the ledger is not as recorded:\n" + "\n".join(changed))
    return {result.id: result for result in loaded}


def digest() -> str:
    """SHA-256 of the claims, the reference that they test, and the libraries' versions."""
    known = sha256(" ".join(map(version, ("mpmath", "numpy", "scipy", "sympy"))).encode())
    for package in (derivations, rgm_ref):
        folder = Path(package.__path__[0])
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".csv", ".toml")):
            known.update(str(path.relative_to(folder.parent)).encode() + path.read_bytes())
    return known.hexdigest()


def _loaded(entry: dict) -> Result:
    steps = {name: [Step(**step) for step in entry[name]] for name in ("steps", "refutation")}
    return Result(**entry | steps)
