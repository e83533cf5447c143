"""What Orth leaves of each gradient, and why that contradicts 'dominant modalities rotate more'."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import EXACT, LINEAR, PRINTED
from derivations.orthogonal.scene import (
    EXACT_I,
    EXACT_J,
    LINEAR_I,
    LINEAR_J,
    A,
    R,
    cosine,
    draw,
    inner,
    s,
    square,
    written_out,
)
from derivations.symbols import B, a, b, c, g_i, g_j, w_i, w_j

intent = Claim(
    id="orth-intent",
    place="Eq. 13",
    title="A modality keeps the more of its intent, the larger its part of the weighted energy",
    statement=r"\frac{g_i \cdot \tilde g_i}{\|g_i\|^2} = 1 - c^2 (1 - e_i), \quad e_i = "
    r"\frac{w_i\|g_i\|^2}{w_i\|g_i\|^2 + w_j\|g_j\|^2}; \quad \text{exact and printed forms: the "
    r"same order}",
    quote="preserving modality intent in proportion to their optimization impact",
    depends=("orth-denominator", "orth-exact", "orth-dominant"),
    remark="With w_i‖g_i‖² for the impact and the part kept of g_i for the intent the sentence "
    "holds; 'in proportion' means increasing, by c² per unit of e_i (ratios agree only at |c| = "
    "1). It contradicts 'dominant modalities are rotated more' (orth-dominant): who keeps more is "
    "turned less. Of the two sentences this one describes Eq. 13.",
)


@intent.proof
def _(proof: Proof) -> None:
    e_i, e_j = w_i * a**2 / A, w_j * b**2 / A
    kept_i, kept_j = (inner(v, g) / square(g) for v, g in ((LINEAR_I, g_i), (LINEAR_J, g_j)))
    kept_i, kept_j = (kept.subs(s, a * b * c) for kept in (kept_i, kept_j))
    proof.equal("Corrected Orth: of g_i there is kept, along g_i itself",
                kept_i, 1 - c**2 * (1 - e_i), written_out)  # fmt: skip
    proof.equal("so i keeps more than j where its part of A is larger",
                kept_i - kept_j, c**2 * (e_i - e_j), written_out)  # fmt: skip
    proof.equal("In strict proportion, kept_i : kept_j = e_i : e_j, only if this vanishes",
                kept_i * e_j - kept_j * e_i, (1 - c**2) * (e_j - e_i), written_out)  # fmt: skip
    lost = 1 - kept_i
    proof.equal(
        "What is lost is |c| times the relative adjustment ‖O_i‖/‖g_i‖, here squared: keeping "
        "more is being adjusted less",
        lost**2, c**2 * square(LINEAR_I - g_i).subs(s, a * b * c) / a**2, sp.factor,
    )  # fmt: skip
    proof.let("so i with the larger w‖g‖² keeps more and is adjusted less, against Eq. 12's text")


@intent.proof
def _(proof: Proof) -> None:
    proof.equal(
        "Exact form: the parts kept differ by a positive multiple of w_i‖g_i‖² − w_j‖g_j‖²",
        inner(EXACT_I, g_i) / a**2 - inner(EXACT_J, g_j) / b**2,
        s**2 / (R * a**2 * b**2) * (w_i * a**2 - w_j * b**2), sp.factor,
    )  # fmt: skip
    printed_i, printed_j = g_i - w_j * s / B * g_j, g_j - w_i * s / B * g_i
    proof.equal(
        "and so they do in Eq. 13 as printed",
        inner(printed_i, g_i) / a**2 - inner(printed_j, g_j) / b**2,
        s**2 / (B * a**2 * b**2) * (w_i * a**2 - w_j * b**2), sp.factor,
    )  # fmt: skip


def _kept(adjustment, g):
    """g_i · (g_i + O_i) / ‖g_i‖²."""
    return (g * (g + adjustment)).sum(axis=1) / (g**2).sum(axis=1)


@intent.numeric(
    LINEAR,
    oracle="1 − c² (1 − e), from the vectors",
    tolerance=1e-13,
    because="a few products",
)
def _(formula, rng):
    g, w = draw(rng)
    energy = w * (g**2).sum(axis=1)
    return agree(_kept(formula(g, w), g), 1 - cosine(g) ** 2 * (1 - energy / energy.sum()), 1.0)


@intent.numeric(
    PRINTED,
    oracle="1 − c² w_j‖g_j‖²/B, from the vectors",
    tolerance=1e-13,
    because="a few products, and the loss is at most c² times the ratio of the norms",
)
def _(formula, rng):
    g, w = draw(rng)
    norms = (g**2).sum(axis=1)
    return agree(
        _kept(formula(g, w), g), 1 - cosine(g) ** 2 * (w * norms)[::-1] / (w @ norms[::-1])
    )


@intent.numeric(
    EXACT,
    oracle="cos² of the angle by which each gradient is turned, and the order of w‖g‖²",
    tolerance=1e-11,
    because="cosines of the lengths 3 : 1 are right to a few eps",
)
def _(formula, rng):
    g, w = draw(rng)
    kept, turned = _kept(formula(g, w), g), g + formula(g, w)
    angle = [cosine(pair) ** 2 for pair in zip(g, turned, strict=True)]
    ordered = np.diff(kept) * np.diff(w * (g**2).sum(axis=1)) >= 0
    return agree([*kept, *ordered], [*angle, 1])
