"""The ledger's plain sentences as Markdown: letters with indices and powers become formulas."""

import re
from functools import cache

from course.proof import ACCENTS
from derivations import REGISTRY

LETTER = r"(?<![^\W_])(?P<letter>[^\W\d_][\u0300-\u036f]?)"  # perhaps with a combining mark: g̃
INDEX = r"_(?:\{(?P<braced>[^{}]*)\}|(?P<index>[A-Za-z0-9]{1,4})(?![A-Za-z0-9_]))"
POWER = r"\^(?:\{([^{}]*)\}|(\((?:[^()]|\([^()]*\))*\)|[A-Za-z0-9ℓ½¼]+))"
FORMULA = re.compile(f"{LETTER}{INDEX}(?:{POWER})?|{POWER}")
MOD = r"\mathrm{mod}"
SPECIAL = re.compile(r"([\\`*\[\]<>$|~])")


def prose(text: str) -> str:
    """O_i, Σ_{i<j}, w̄_ij and r_k^m as formulas, names of claims as links, the rest as it stands."""
    parts, end = [], 0
    for found in FORMULA.finditer(text):
        parts += [_words(text[end : found.start()]), _formula(found)]
        end = found.end()
    return "".join([*parts, _words(text[end:])])


def link(claim_id: str) -> str:
    """A link to a claim, wherever its page is."""
    return f"{{prf:ref}}`{claim_id} <claim-{claim_id}>`"


def _formula(found: re.Match) -> str:
    letter, index = found["letter"], found["braced"] or found["index"]
    power = next((group for group in found.groups()[3:] if group), "")
    base = f"{ACCENTS.get(letter[1:], '')}{letter[0]}_{{{index}}}" if letter else "{}"
    raised = f"^{{{power.replace('mod', MOD)}}}" if power else ""
    return f"${base}{raised}$"


def _words(text: str) -> str:
    return _names().sub(lambda name: link(name[0]), SPECIAL.sub(r"\\\1", text))


@cache
def _names() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, REGISTRY))})(?![\w-])")
