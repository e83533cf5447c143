"""A method in a few lines of text: what the course shows beside its code."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a method is, in plain text; `formula` is LaTeX without dollar signs.

    `acts` says where it steps into training: loss, encoder gradient, features, data, weights, … .
    `cost` counts traversals of an encoder per step, as "1 forward, 2 backward". `watch` says what
    to look out for. `paper`, `official` and `ours` are one row of a table: what the paper says,
    what its authors' code does where it was seen, and what is done here and why. `source` names
    authors and year. Raises: ValueError for an empty field.
    """

    idea: str
    formula: str
    acts: str
    cost: str
    watch: str
    paper: str
    official: str
    ours: str
    source: str

    def __post_init__(self) -> None:
        for item in fields(self):
            text = getattr(self, item.name)
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{item.name}: got {text!r}, expected text")
