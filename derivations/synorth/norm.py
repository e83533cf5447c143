"""How long the step can get: only the ratio r is unbounded."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, bounded
from derivations.symbols import A, W, a, b, c, s, w_i, w_j
from derivations.synorth.formulas import BOUNDED, parts_of
from derivations.synorth.scene import random_pair
from rgm_ref.orthogonal import adjust
from rgm_ref.plane import balance, nonconflict
from rgm_ref.synorth import gate, synorth

norm = Claim(
    id="synorth-norm",
    place="ours, on Eq. 15",
    title="The step is at most max r̃ + (1 − γ_g)|c| times as long as the gradients",
    statement=r"\|(1-\gamma_g)\mathcal O_i\| \le (1-\gamma_g)\,|c|\,\|g_i\|, \qquad "
    r"\|g^{\mathrm{mod}}\| \le (\max_i \tilde r_i + (1-\gamma_g)|c|)\,\|g\|, \quad "
    r"\|g\|^2 = \sum_i \|g_i\|^2",
    depends=("synergy-nonexpansive", "orth-exact", "synorth-mixing"),
    remark="For the corrected and the exact Orth. The printed Eq. 13 has no such bound. As r̃ "
    "grows without limit when a share goes to 0, so does the step.",
)


@norm.proof
def _(proof: Proof) -> None:
    relative = w_j * b**2 / A
    proof.equal("Corrected Orth: ‖O_i‖² = (w_j s/A)² b² is (|c| a)² times the square of w_j b²/A",
                (w_j * s / A) ** 2 * b**2, (c * a) ** 2 * relative**2)  # fmt: skip
    proof.positive("which is below 1", 1 - relative, w_i * a**2 / A)
    _exact(proof)
    x, y, k = sp.symbols("x y k", positive=True)
    proof.let("Two vectors of lengths x and y at the cosine 1 − k ≤ 1: the triangle inequality")
    proof.positive(
        "(x + y)² exceeds the squared length of their sum by",
        (x + y) ** 2 - (x**2 + y**2 + 2 * x * y * (1 - k)), 2 * k * x * y,
    )  # fmt: skip
    proof.let(
        "Stack the modalities: ‖r̃ Syn‖ ≤ max r̃ ‖Syn‖ ≤ max r̃ ‖g‖ by synergy-nonexpansive, "
        "‖(1 − γ_g) O‖ ≤ (1 − γ_g)|c| ‖g‖ from above, and the step is their sum"
    )
    bound = sp.Symbol("N", positive=True)
    proof.positive(
        "(1 − γ_g)|c| < 1, but r = 1/(2w) passes every bound N: at w = 1/(2(N + 1)) by",
        1 / (2 * (1 / (2 * (bound + 1)))) - bound,
    )


def _exact(proof: Proof) -> None:
    """The same bound for the exact form, from its optimality conditions."""
    alpha, beta, t = sp.symbols("alpha beta t", positive=True)
    mu = sp.sqrt(W / (1 + t))
    proof.let(
        "Exact Orth (orth-exact): O_i = −(μ/w_i) g̃_j ⟂ g̃_i, with lengths α, β of g̃_i, g̃_j and "
        "μ² = w_i w_j/(1 + t), as μ is the smaller of two roots with product w_i w_j"
    )
    b2 = beta**2 + (mu / w_j) ** 2 * alpha**2
    product = mu * (alpha**2 / w_j + beta**2 / w_i)
    proof.let("Then ‖g_j‖² = b² = β² + (μ/w_j)² α² and g_i·g_j = μ(α²/w_j + β²/w_i)")
    proof.positive(
        "and (c a)² = (g_i·g_j)²/b² exceeds ‖O_i‖² = (μ β/w_i)² by",
        product**2 / b2 - (mu * beta / w_i) ** 2,
        mu**2 * alpha**2 / W**2 * (w_i**2 * alpha**2 + W * beta**2 * (1 + 2 * t) / (1 + t)) / b2,
        sp.cancel,
    )  # fmt: skip


@norm.numeric(
    BOUNDED,
    oracle="the bound (max r̃ + (1 − γ_g)|c|) ‖g‖",
    tolerance=1e-13,
    because="both sides are right to a few eps",
    samples=30,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    r, _, _, opening, _ = parts_of(g, energy, 2)
    whole = (r.max() + opening * abs(nonconflict(g)[0, 1])) * np.linalg.norm(g)
    return bounded(np.linalg.norm(formula(g, energy, 2)), whole, scale=whole)


TURN = Formula(
    "the Orth part of Eq. 15",
    lambda g, e, form: synorth(g, e, orth=form, parts={"orth"}) - g,
    {
        "Eq. 13 as printed": lambda g, e, form: synorth(g, e, orth="printed", parts={"orth"}) - g,
        "Orth without its gate": lambda g, e, form: adjust(g, e, form),
    },
)


@norm.numeric(
    TURN,
    oracle="the bound (1 − γ_g)|c| ‖g_i‖, corrected and exact Orth",
    tolerance=1e-13,
    because="one subtraction of g; both sides are right to a few eps",
    samples=60,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    cosine, form = nonconflict(g)[0, 1], str(rng.choice(["linear", "exact"]))
    lengths = np.linalg.norm(g, axis=1)
    bound = gate(-cosine, balance(energy)[0, 1]) * abs(cosine) * lengths
    return bounded(np.linalg.norm(formula(g, energy, form), axis=1) / lengths, bound / lengths)
