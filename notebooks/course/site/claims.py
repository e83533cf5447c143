"""What the pages say of a claim besides its result: mark, words, source file, notebooks."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import derivations
from course.build import SOURCES
from derivations.ledger import Claim

MARKS = {"holds": "●", "holds if": "◐", "fails": "×", "open": "○"}
MEANINGS = {
    "holds": "It is true as it stands.",
    "holds if": "It is false as it stands, and true under a condition, which its page gives.",
    "fails": "It is false. Where it can be put right, its page says what is true instead.",
    "open": "Nobody has proved it; a search found no counterexample.",
}


def badge(verdict: str) -> str:
    """The verdict with its mark, in its colour."""
    return f"[{MARKS[verdict]} {verdict}]{{.verdict .{css(verdict)}}}"


def css(verdict: str) -> str:
    """The verdict as a name for style sheets."""
    return verdict.replace(" ", "-")


def is_ours(claim: Claim) -> bool:
    """Whether the claim is the course's own, not a sentence of the paper."""
    return claim.place.startswith("ours")


def source(claim: Claim) -> str:
    """The file that holds the claim and its proof, as one finds it in the repository."""
    checks = [leg.check for leg in claim.legs]
    first = [*claim.proofs, *claim.refutations, *checks, *claim.observations][0]
    package = Path(derivations.__path__[0]).parent
    return Path(first.__code__.co_filename).relative_to(package).as_posix()


@cache
def notebooks() -> dict[str, list[str]]:
    """Claim → the notebooks that run it before the reader's eyes."""
    shown = defaultdict(list)
    for path in sorted(SOURCES.glob("[0-9]*.py")):
        called = re.findall(r"^prove\(\"([\w-]+)\"\)", path.read_text(encoding="utf-8"), re.M)
        for claim_id in dict.fromkeys(called):
            shown[claim_id].append(path.stem)
    return dict(shown)
