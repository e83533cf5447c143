"""The recorded verdicts, kept under version control: a verdict that changes is news."""

import json
from pathlib import Path

from derivations.ledger.judge import Result

FILE = Path(__file__).parents[1] / "recorded.json"


def recorded() -> dict[str, dict[str, str]]:
    """Verdict and evidence of every claim as last recorded."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def changes(results: list[Result], known: dict[str, dict[str, str]]) -> list[str]:
    """One sentence per claim whose verdict or evidence is not the recorded one."""
    return [
        f"{result.id}: recorded {_phrase(known.get(result.id))}, now {_phrase(_entry(result))}"
        for result in results
        if known.get(result.id) != _entry(result)
    ]


def write(results: list[Result]) -> None:
    """Record these results as the expected ones; refuses a ledger that crashed."""
    crashed = [result.id for result in results if result.verdict == "crashed"]
    if crashed:
        raise ValueError(f"results: {', '.join(crashed)} crashed, nothing was recorded")
    entries = {result.id: _entry(result) for result in results}
    FILE.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _entry(result: Result) -> dict[str, str]:
    return {"verdict": result.verdict, "evidence": result.evidence}


def _phrase(entry: dict[str, str] | None) -> str:
    return "nothing" if entry is None else f"{entry['verdict']} ({entry['evidence']})"
