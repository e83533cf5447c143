"""Bold and underline in Table 1: best and second best, column by column. Numbers are hundredths."""

import sympy as sp

from derivations.ledger import Claim, Proof
from derivations.tables.data import SETTINGS, TABLE_1, TABLE_2, Column, columns, decimal, underlined

NAMES = [f"{where}, {what}" for where in SETTINGS for what in ("accuracy", "balance")]
WRONG = ("Kinetics-Sounds, CNN, balance", "CREMA-D, Transformer, balance")

underline = Claim(
    id="tables-underline",
    place="Table 1",
    title="In every column of Table 1 exactly the second best number is underlined",
    statement=r"\text{underlined in column } k \iff \text{second largest value of column } k",
    quote="Bold and underline represent the best and second best respectively",
    corrected=r"\text{in ten of twelve columns: on Kinetics-Sounds (CNN) the second best } \bar w "
    r"\text{ is ARM's } 0.76; \text{ on CREMA-D (Transformer) ARM shares } 0.67 \text{ with RGM}",
    remark="As far as the extracted text shows the marks. Ties are underlined elsewhere (two 0.62 "
    "on CREMA-D). The marks tell against the text: RGM itself is underlined in three columns. Of "
    "Table 2 two marks are left, both right.",
)


def second(column: Column) -> tuple[sp.Integer, set[str]]:
    """Second largest value of a column and everyone who has it."""
    value = sorted(set(column.values()))[-2]
    return value, {name for name, own in column.items() if own == value}


@underline.counterexample
def _(proof: Proof) -> None:
    table = dict(zip(NAMES, zip(columns(TABLE_1), underlined(TABLE_1), strict=True), strict=True))
    column, names = table[WRONG[0]]
    (who,), (value, _) = names, second(column)
    proof.refute(
        f"{WRONG[0]}: {who}'s underlined number is the second best",
        sp.Eq(column[who], value, evaluate=False),
    )
    column, names = table[WRONG[1]]
    value, holders = second(column)
    proof.refute(
        f"{WRONG[1]}: as many are underlined as have {decimal(value)}, the second best",
        sp.Eq(sp.Integer(len(names)), len(holders), evaluate=False),
    )


@underline.proof
def _(proof: Proof) -> None:
    for name, column, names in zip(NAMES, columns(TABLE_1), underlined(TABLE_1), strict=True):
        if name not in WRONG:
            check(proof, name, column, names)
    for where, column, names in zip(SETTINGS, columns(TABLE_2), underlined(TABLE_2), strict=True):
        if names:
            check(proof, f"Table 2, {where}", column, names)


def check(proof: Proof, place: str, column: Column, names: set[str]) -> None:
    """One column: what is underlined and how often, against the second best and how often."""
    (value,) = {column[name] for name in names}
    expected, holders = second(column)
    proof.equal(
        f"{place}: number underlined and how often; second best and how often",
        sp.Matrix([[value, len(names)]]), sp.Matrix([[expected, len(holders)]]),
    )  # fmt: skip
