"""A LaTeX formula that is wider than a page, in lines: broken where a reader would take breath."""

import re
from itertools import accumulate

LINE = 64  # signs that fit side by side
TOKENS = re.compile(r"\\[A-Za-z]+|\\.|.", re.S)
OPENING, CLOSING = ("{", r"\left", r"\begin"), ("}", r"\right", r"\end")
INVISIBLE = {"{", "}", "_", "^", " ", r"\left", r"\right", r"\mathrm", r"\mathcal", r"\text"}
WORDS = re.compile(r"\\text\{([^{}$\\]{24,})\}")
ENDING = re.compile(r"(?:\\quad|\\qquad|\\;|\s)+$")

# Where a line may end (after these tokens) or begin (before those), the best places first.
BREAKS = (
    ((r"\quad", r"\qquad"), ()),
    ((), (r"\Rightarrow", r"\Leftrightarrow", r"\iff", r"\implies")),
    ((";",), (r"\text",)),
    ((r"\;",), ()),
    ((), ("=",)),
)


def display(latex: str) -> str:
    """The formula as a displayed block of MyST."""
    rows = lines(latex)
    if len(rows) == 1:
        return f"$${latex}$$"
    return "".join([r"$$\begin{gathered}", r" \\ ".join(rows), r"\end{gathered}$$"])


def lines(latex: str, breaks: tuple = BREAKS) -> list[str]:
    """The formula in rows of at most `LINE` signs, as far as it has places to be broken at."""
    if _signs(latex) <= LINE or not breaks:
        return [latex]
    rows = [""]
    for piece in _pieces(latex, *breaks[0]):
        if _signs(rows[-1]) + _signs(piece) <= LINE:
            rows[-1] += piece
        else:
            rows += lines(piece, breaks[1:])
    return [ENDING.sub("", row) for row in rows if row]


def _pieces(latex: str, after: tuple[str, ...], before: tuple[str, ...]) -> list[str]:
    """Cut at these tokens, where they stand outside braces, brackets and matrices."""
    tokens = TOKENS.findall(WORDS.sub(_word_by_word, latex))
    depths = accumulate((token in OPENING) - (token in CLOSING) for token in tokens)
    pieces = [""]
    for token, depth in zip(tokens, depths, strict=True):
        if depth == 0 and token in before:
            pieces.append("")
        pieces[-1] += token
        if depth == 0 and token in after:
            pieces.append("")
    return [piece for piece in pieces if piece]


def _word_by_word(text: re.Match) -> str:
    words = re.findall(r"\s*\S+\s*", text[1])
    return "".join(rf"\text{{{word}}}" for word in words)


def _signs(latex: str) -> int:
    return sum(token not in INVISIBLE for token in TOKENS.findall(latex))
