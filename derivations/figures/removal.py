"""Fig. 4: is the accuracy lost without a modality the information that it has?"""

import numpy as np
import sympy as sp

from derivations.figures.formulas import DROP_BOUND
from derivations.ledger import Claim, Proof, bounded

removal = Claim(
    id="figure-4-removal",
    place="Fig. 4",
    title="The accuracy lost when a modality is removed measures its specific task-relevant "
    "information",
    statement=r"\mathrm{drop}_j = \mathrm{acc}(x_i, x_j) - \mathrm{acc}(x_i) > 0 \iff I > 0, \quad "
    r"I = I(y; x_j) \;\text{ (what it knows) or }\; I(y; x_j \mid x_i) \;\text{ (what it adds)}",
    quote="the performance drop when removing one modality … as an empirical estimate of the "
    "specific task-relevant information that modality contributes",
    corrected=r"\mathrm{drop}_j \le \sqrt{I(y; x_j \mid x_i)/2} \text{ (in nats, two classes): a "
    r"drop proves information given the other modality, no drop proves nothing}",
    remark="Redundant modalities know everything and cost nothing; synergistic ones know nothing "
    "alone and cost half the accuracy. A larger drop after training can as well mean that the "
    "other modality was trained worse.",
)

COPY = {(0, 0, 0): sp.Rational(1, 2), (1, 1, 1): sp.Rational(1, 2)}
XOR = {(i, j, i ^ j): sp.Rational(1, 4) for i in (0, 1) for j in (0, 1)}
# x_i is always 0; x_j moves P(y = 1) from 3/4 to 7/8 or 5/8, and the best guess never.
ODDS = {
    (0, j, y): sp.Rational(1, 2) * (p if y else 1 - p)
    for j, p in ((0, sp.Rational(7, 8)), (1, sp.Rational(5, 8)))
    for y in (0, 1)
}  # fmt: skip
"""Joint probabilities of (x_i, x_j, y)."""


def marginal(table: dict, positions: tuple[int, ...]) -> dict:
    """Joint probabilities of the variables in those positions."""
    sums: dict = {}
    for key, p in table.items():
        part = tuple(key[k] for k in positions)
        sums[part] = sums.get(part, 0) + p
    return sums


def accuracy(table: dict, seen: tuple[int, ...]) -> sp.Expr:
    """Probability that the best guess of y is right, from the modalities in those positions."""
    joint = marginal(table, (*seen, 2))
    views = {key[:-1] for key in joint}
    return sum(max(p for key, p in joint.items() if key[:-1] == view) for view in views)


def entropy(table: dict, positions: tuple[int, ...]) -> sp.Expr:
    """Entropy in nats of the variables in those positions."""
    return -sum(p * sp.log(p) for p in marginal(table, positions).values())


def information(table: dict, given: tuple[int, ...] = ()) -> sp.Expr:
    """I(y; x_j | given), exactly."""
    together = entropy(table, (*given, 1)) + entropy(table, (*given, 2))
    return sp.logcombine(
        together - entropy(table, (*given, 1, 2)) - entropy(table, given), force=True
    )


def drop(table: dict) -> sp.Expr:
    """Accuracy lost without x_j."""
    return accuracy(table, (0, 1)) - accuracy(table, (0,))


@removal.counterexample
def _(proof: Proof) -> None:
    proof.let("Copy toy: both modalities show the label, which is 0 or 1 with equal odds")
    proof.equal("x_j knows everything", information(COPY), sp.log(2))
    proof.refute("but it costs nothing to remove", sp.Gt(drop(COPY), 0, evaluate=False))
    proof.let("XOR toy: two fair bits, and the label is whether they differ")
    proof.equal("x_j alone knows nothing", information(XOR), 0)
    proof.refute("but it costs half of the accuracy", sp.Eq(drop(XOR), 0, evaluate=False))
    proof.let(
        "So it is not what x_j knows; nor is it what x_j adds. Odds toy: x_i is blank, x_j moves "
        "P(y = 1) from 3/4 to 7/8 or to 5/8"
    )
    proof.true(
        "Given x_i, x_j still has something to say",
        sp.Gt(information(ODDS, (0,)), 0, evaluate=False),
    )
    proof.refute("but it costs nothing to remove", sp.Gt(drop(ODDS), 0, evaluate=False))


@removal.proof
def _(proof: Proof) -> None:
    p, q, x, y, odds = sp.symbols("p q x y o", positive=True)
    proof.let(
        "Fix x_i. Let q be the probability of y = 1, and p the same when x_j is known too, so "
        "that q is the mean of p. The best guess is right with probability ½ + |q − ½|, or ½ + |p "
        "− ½|"
    )
    proof.let("By the triangle inequality the drop is at most the mean of |p − q|")
    mean, mean_square = (x + odds * y) / (1 + odds), (x**2 + odds * y**2) / (1 + odds)
    proof.nonnegative(
        "whose square is at most the mean square: here for two values x, y with odds 1 : o, and "
        "for more of them one pair at a time",
        mean_square - mean**2, odds * (x - y) ** 2 / (1 + odds) ** 2, sp.factor,
    )  # fmt: skip
    divergence = p * sp.log(p / q) + (1 - p) * sp.log((1 - p) / (1 - q))
    surplus = divergence - 2 * (p - q) ** 2
    proof.let(
        "Pinsker: the divergence of p from q exceeds 2(p − q)². Call the surplus f",
        sp.Symbol("f"),
        surplus,
    )
    proof.equal("At p = q it is 0", surplus.subs(p, q), 0)
    proof.equal("and so is its slope", sp.diff(surplus, p).subs(p, q), 0)
    proof.nonnegative(
        "and it is convex in p = o/(1 + o): so it is never negative",
        sp.diff(surplus, p, 2).subs(p, odds / (1 + odds)), (1 - odds) ** 2 / odds,
        sp.simplify,
    )  # fmt: skip
    proof.let(
        "The mean divergence is I(y; x_j | x_i), so drop² ≤ mean (p − q)² ≤ I/2; averaging over "
        "x_i keeps this, the root being concave"
    )


@removal.numeric(
    DROP_BOUND,
    oracle="accuracy of the best guess, by enumeration",
    tolerance=1e-12,
    because="sums of eight probabilities and their logarithms",
)
def _(formula, rng):
    odds = 0.5 + rng.uniform(-0.4, 0.4, (2, 1)) * [1, -1]  # P(y = 1) at (x_i, x_j), near ½
    table = rng.dirichlet([1, 1])[:, None, None] / 2 * np.stack([1 - odds, odds], axis=-1)
    without = table.sum(axis=1).max(axis=-1).sum()
    return bounded(table.max(axis=-1).sum() - without, formula(table))
