"""Counts: baselines, clips, rows that two tables share, and what a test set can show."""

import sympy as sp

from derivations.ledger import Claim, Proof
from derivations.tables.data import (
    ABLATION,
    ACCURACY,
    CONFLICT_ACCURACY,
    SETTINGS,
    TABLE_1,
    TABLE_2,
    Setting,
    decimal,
    rows,
)

# The categories that the text sorts its baselines into.
IMBALANCE = {
    "naive fusion": ["Joint training"],
    "weighting": ["G-Bleeding", "AGM", "ARM", "Diag&Re", "PMR"],
    "information modulation": [
        "Greedy", "OGM-GE", "AL", "IMCL", "LFM", "Remixing", "InfoReg",
    ],
}  # fmt: skip
CONFLICT = {
    "general": ["GradNorm", "PCGrad"],
    "multimodal": ["MMCos", "GMD", "ReconB", "MMPareto", "CGGM", "BALRAD"],
}
TEST_CLIPS = {"CREMA-D": sp.Integer(744), "UCF-51": sp.Integer(1379)}

baselines = Claim(
    id="tables-baseline-count",
    place="Tables 1 and 2",
    title="RGM is compared with 13 imbalance baselines and 8 conflict baselines",
    statement=r"\#\text{baselines of Table 1} = 13, \quad \#\text{baselines of Table 2} = 8",
    quote="against 13 representative baselines … RGM and 8 representative conflict-aware "
    "optimization methods",
    condition=r"\text{joint training counts as a baseline in Table 1 and not in Table 2}",
    remark="Counted alike, 12 and 8: together with joint training and RGM the 22 methods of this "
    "course.",
)


def compared(table: str, leave_out: tuple[str, ...]) -> sp.Integer:
    """Rows of a table other than those left out."""
    return sp.Integer(sum(name not in leave_out for name, _ in rows(table)))


@baselines.proof
def _(proof: Proof) -> None:
    proof.equal("Table 1, rows other than RGM", compared(TABLE_1, ("RGM",)), 13)
    proof.equal(
        "Table 2, rows other than RGM and joint training",
        compared(TABLE_2, ("RGM", "Joint training")),
        8,
    )
    for text, groups, names in (
        ("The categories of the text add up to 13", IMBALANCE, compared(TABLE_1, ("RGM",))),
        ("and to 8", CONFLICT, compared(TABLE_2, ("RGM", "Joint training"))),
    ):
        proof.equal(text, sp.Add(*map(len, groups.values()), evaluate=False), names)


@baselines.counterexample
def _(proof: Proof) -> None:
    proof.refute(
        "Counted as in Table 1, Table 2 has",
        sp.Eq(compared(TABLE_2, ("RGM",)), 8, evaluate=False),
    )


splits = Claim(
    id="tables-splits",
    place="Experiment settings",
    title="The sizes of the data sets and of their splits add up",
    statement=r"6698 + 744 = 7442, \quad 5466 + 1379 = 6845, \quad 8 + 1 + 1 = 10",
    quote="a train and test set of 6,698 and 744 clips … 5,466 clips for training and 1,379 for "
    "testing",
    remark="CREMA-D has no validation set in this split, and UCF-51 none either: what model "
    "selection used is not said.",
)


@splits.proof
def _(proof: Proof) -> None:
    for text, parts, whole in (
        ("CREMA-D: training and test clips", (6698, 744), 7442),
        ("UCF-51: training and test clips", (5466, 1379), 6845),
        ("Kinetics-Sounds: the ratio 8 : 1 : 1 in tenths", (8, 1, 1), 10),
    ):
        proof.equal(text, sp.Add(*parts, evaluate=False), whole)


shared = Claim(
    id="tables-table1-vs-table2-joint",
    place="Tables 1–3",
    title="The rows that the tables share are the same in each",
    statement=r"\text{joint training and RGM: Table 1} = \text{Table 2}; "
    r"\quad \text{first and last row of Table 3} = \text{their CNN columns}",
)


@shared.proof
def _(proof: Proof) -> None:
    for name, parts in (("Joint training", ()), ("RGM", ("EAR", "Syn", "Orth"))):
        one, two = (
            sp.Matrix([[t[w][name] for w in SETTINGS]]) for t in (ACCURACY, CONFLICT_ACCURACY)
        )
        proof.equal(f"{name}: Table 1 less Table 2", sp.MatAdd(one, -two).doit(), sp.zeros(1, 6))
        proof.equal(
            f"{name}: Table 3, and the CNN columns of Table 1",
            sp.Matrix([ABLATION[frozenset(parts)]]),
            one[:, :3],
        )


granularity = Claim(
    id="tables-granularity",
    place="ours, on Table 1",
    title="Each accuracy is a number of right answers on the stated test set, as one run gives",
    statement=r"\text{acc} = \frac{k}{N} \text{ to two decimals, } k \text{ a whole number, } "
    r"N = 744 \text{ (CREMA-D)}, \; 1379 \text{ (UCF-51)}",
    corrected=r"\text{so for 7 of 28 accuracies on CREMA-D and 5 of 28 on UCF-51 (Table 1)}",
    remark="The others must be averages over runs, or come from another test set; the paper does "
    "not say over how many runs. By chance one would expect 2 and 4 hits. The check is known as "
    "GRIM.",
)


def single_run(accuracy: sp.Integer, clips: sp.Integer) -> bool:
    """Whether some whole number of right answers rounds to this accuracy (in hundredths)."""
    nearest = sp.floor(accuracy * clips / sp.Integer(10000) + sp.Rational(1, 2))
    return bool(abs(nearest * 10000 / clips - accuracy) <= sp.Rational(1, 2))


@granularity.proof
def _(proof: Proof) -> None:
    for data, hits in (("CREMA-D", 7), ("UCF-51", 5)):
        cells = [a for b in ("CNN", "Transformer") for a in ACCURACY[Setting(b, data)].values()]
        found = sum(single_run(accuracy, TEST_CLIPS[data]) for accuracy in cells)
        proof.equal(
            f"{data}: accuracies of Table 1 that one run can give, of {len(cells)}", found, hits
        )


@granularity.counterexample
def _(proof: Proof) -> None:
    clips, accuracy = TEST_CLIPS["CREMA-D"], ACCURACY[Setting("CNN", "CREMA-D")]["RGM"]
    printed = f"{decimal(accuracy)} %"
    share = {right: sp.Rational(10000 * right) / clips for right in (557, 558)}
    half = sp.Rational(1, 2)
    proof.let("RGM on CREMA-D with CNNs: 744 test clips, accuracies in hundredths of a percent")
    proof.refute(
        f"557 right answers round to {printed}", sp.Ge(share[557], accuracy - half, evaluate=False)
    )
    proof.refute(
        f"558 right answers round to {printed}", sp.Le(share[558], accuracy + half, evaluate=False)
    )
