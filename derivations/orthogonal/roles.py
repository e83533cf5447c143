"""Who is turned more: the lighter modality, and how the work is shared."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import EXACT, LINEAR, PRINTED
from derivations.orthogonal.scene import (
    EXACT_I,
    EXACT_J,
    LINEAR_I,
    LINEAR_J,
    MU,
    A,
    R,
    cosine,
    draw,
    inner,
    s,
    square,
    with_gap,
    written_out,
)
from derivations.symbols import B, W, a, b, c, g_i, g_j, w_i, w_j

dominant = Claim(
    id="orth-dominant",
    place="Eq. 12",
    title="Dominant modalities are rotated more, weaker ones less",
    statement=r"w_i > w_j \;\Rightarrow\; \frac{\|\mathcal O_i\|}{\|g_i\|} > "
    r"\frac{\|\mathcal O_j\|}{\|g_j\|}",
    quote="dominant modalities are rotated more, while weaker ones retain stability",
    corrected=r"\frac{\|\mathcal O_i\| / \|g_i\|}{\|\mathcal O_j\| / \|g_j\|} = "
    r"\frac{w_j\|g_j\|^2}{w_i\|g_i\|^2} \text{ (as printed too); } g_i \text{ turns by the larger "
    r"angle iff } w_i\|g_i\|^2 < w_j\|g_j\|^2",
    depends=("orth-denominator", "orth-exact"),
    remark="A large weight in problem (12) makes a change expensive, so the dominant modality is "
    "spared. Weights 1/w instead reverse the order only where w_i : w_j exceeds ‖g_i‖² : ‖g_j‖²; "
    "with energy shares of the moment they turn both alike.",
)


@dominant.proof
def _(proof: Proof) -> None:
    moved_i, moved_j = square(LINEAR_I - g_i), square(LINEAR_J - g_j)
    proof.equal(
        "Squared, relative to the own length, O_i over O_j: the denominator, A or B, cancels",
        (moved_i / a**2) / (moved_j / b**2), (w_j * b**2 / (w_i * a**2)) ** 2, sp.factor,
    )  # fmt: skip
    x, y = sp.symbols("x y", positive=True)
    proof.let("The angles: let c = cos θ, and t = w_j‖g_j‖²/A, so 1 − t = w_i‖g_i‖²/A")
    turned = LINEAR_I.subs(s, a * b * c)
    t = w_j * b**2 / A
    proof.equal(
        "g_i keeps this part of itself along itself",
        inner(turned, g_i).subs(s, a * b * c) / a**2, 1 - t * c**2, sp.factor,
    )  # fmt: skip
    proof.equal(
        "and gets this squared part across: tan δ_i = t |c| sin θ/(1 − t c²)",
        square(turned).subs(s, a * b * c) / a**2 - (1 - t * c**2) ** 2,
        (t * c) ** 2 * (1 - c**2), sp.factor,
    )  # fmt: skip
    proof.equal(
        "That rises with the share: between two shares x and y it differs by",
        x / (1 - x * c**2) - y / (1 - y * c**2), (x - y) / ((1 - x * c**2) * (1 - y * c**2)),
        sp.factor,
    )  # fmt: skip
    proof.equal(
        "So g_i turns more iff t > 1 − t, their difference being",
        t - (1 - t), (w_j * b**2 - w_i * a**2) / A, written_out,
    )  # fmt: skip
    proof.let("The exact form: tan δ_i = ‖O_i‖/‖g̃_i‖ with O_i = −(μ/w_i) g̃_j, and mirrored")
    proof.equal(
        "tan δ_i − tan δ_j, times ‖g̃_i‖‖g̃_j‖/|μ|, again has the sign of w_j‖g_j‖² − w_i‖g_i‖²",
        square(EXACT_J) / w_i - square(EXACT_I) / w_j,
        (w_j * b**2 - w_i * a**2) * (A + R) / (2 * W * R), with_gap,
    )  # fmt: skip
    inverse = {w_i: 1 / w_i, w_j: 1 / w_j}
    relative = w_j * b**2 / (w_i * a**2)
    energy = {w_i: a**2 / (a**2 + b**2), w_j: b**2 / (a**2 + b**2)}
    proof.equal(
        "With weights 1/w and energy shares of the moment the relative adjustments are equal",
        relative.subs(inverse, simultaneous=True).subs(energy), 1, sp.factor,
    )  # fmt: skip


@dominant.counterexample
def _(proof: Proof) -> None:
    proof.let("Norms 2 : 1 and energy shares 4 : 1: g_i dominates by every measure")
    numbers = {a: 2, b: 1, w_i: sp.Rational(4, 5), w_j: sp.Rational(1, 5)}
    relative = (w_j * b**2 / (w_i * a**2)).subs(numbers)
    proof.refute("It is adjusted more, relative to its length", sp.Gt(relative, 1, evaluate=False))
    proof.refute(
        "or at least in absolute length",
        sp.Gt((w_j * b / (w_i * a)).subs(numbers), 1, evaluate=False),
    )


def _moved(adjustment, g):
    """Adjustments relative to the own length."""
    return np.linalg.norm(adjustment, axis=1) / np.linalg.norm(g, axis=1)


def _angles(adjustment, g):
    """Angles between g_i and g_i + O_i, from the half-angle: exact for small ones too."""
    before = g / np.linalg.norm(g, axis=1, keepdims=True)
    after = g + adjustment
    after /= np.linalg.norm(after, axis=1, keepdims=True)
    return 2 * np.arctan2(
        np.linalg.norm(after - before, axis=1), np.linalg.norm(after + before, axis=1)
    )


@dominant.numeric(
    LINEAR,
    oracle="the loads w‖g‖²: who has the smaller one turns by the larger angle",
    tolerance=1e-12,
    because="angles from half-angles are right to a few eps",
)
def _(formula, rng):
    g, w = draw(rng)
    loads = w * (g**2).sum(axis=1)
    moved = _moved(formula(g, w), g)
    larger = np.diff(_angles(formula(g, w), g)) * np.diff(loads) <= 0
    return agree([moved[0] / moved[1], *larger], [loads[1] / loads[0], 1])


@dominant.numeric(
    EXACT,
    oracle="w_i a² sin 2δ_i = w_j b² sin 2δ_j with measured angles",
    tolerance=1e-11,
    because="angles from half-angles are right to a few eps of the lengths, which differ 30-fold",
)
def _(formula, rng):
    g, w = draw(rng)
    balance = w * (g**2).sum(axis=1) * np.sin(2 * _angles(formula(g, w), g))
    return agree(balance[0], balance[1], scale=(w[:, None] * g**2).sum())


responsibility = Claim(
    id="orth-responsibility",
    place="ours, on Eq. 13",
    title="The two relative adjustments always add up to |c|, whatever the weights",
    statement=r"\frac{\|\mathcal O_i\|}{\|g_i\|} = |c|\,t, \; \frac{\|\mathcal O_j\|}{\|g_j\|} = "
    r"|c|(1-t), \; t = \frac{w_j\|g_j\|^2}{A}; \quad \text{exact form: angles}\; \delta_i + "
    r"\delta_j = \arcsin|c|; \quad \text{as printed: } |c|\,\frac{A}{B}",
    depends=("orth-denominator", "orth-exact"),
    remark="So Eq. 13 is PCGrad with its projection shared t : 1 − t, and the sum is the shortest "
    "test that exposes the misprint.",
)


@responsibility.proof
def _(proof: Proof) -> None:
    c = sp.Symbol("c", positive=True)
    t = w_j * b**2 / A
    conflict = a * b * c  # |s|
    own, other = w_j * conflict / A * b / a, w_i * conflict / A * a / b
    proof.let("Let c stand for |c|")
    proof.equal("‖O_i‖/‖g_i‖", own, c * t)
    proof.equal("‖O_j‖/‖g_j‖", other, c * (1 - t), written_out)
    proof.equal("Their sum", own + other, c, written_out)
    proof.equal("and as printed", (own + other) * A / B, c * A / B, written_out)
    proof.let("Exact form: O_i ⟂ g̃_i, so sin δ_i = ‖O_i‖/‖g_i‖ and cos δ_i = ‖g̃_i‖/‖g_i‖, where")
    proof.let("‖O_i‖ = |μ|‖g̃_j‖/w_i and ‖O_j‖ = |μ|‖g̃_i‖/w_j by stationarity (orth-exact)")
    proof.equal(
        "sin δ_i cos δ_j + cos δ_i sin δ_j, up to the sign of s, is c",
        MU * (square(EXACT_J) / w_i + square(EXACT_I) / w_j) / (a * b), s / (a * b), with_gap,
    )  # fmt: skip
    proof.positive(
        "cos δ_i cos δ_j − sin δ_i sin δ_j has the sign of 1 − μ²/W: the sum is no more than 90°",
        1 - MU**2 / W, 2 * R / (A + R), with_gap,
    )  # fmt: skip


@responsibility.numeric(
    LINEAR,
    oracle="|c|, from the vectors",
    tolerance=1e-13,
    because="a few products",
)
def _(formula, rng):
    g, w = draw(rng)
    return agree(_moved(formula(g, w), g).sum(), abs(cosine(g)), scale=1)


@responsibility.numeric(
    EXACT,
    oracle="arcsin |c| against measured angles",
    tolerance=1e-12,
    because="angles from half-angles are right to a few eps",
)
def _(formula, rng):
    g, w = draw(rng)
    return agree(_angles(formula(g, w), g).sum(), np.arcsin(abs(cosine(g))), scale=1)


@responsibility.numeric(
    PRINTED,
    oracle="|c| A/B, from the vectors",
    tolerance=1e-13,
    because="a few products",
)
def _(formula, rng):
    g, w = draw(rng)
    norms = (g**2).sum(axis=1)
    return agree(_moved(formula(g, w), g).sum(), abs(cosine(g)) * (w @ norms) / (w[::-1] @ norms))
