"""Can an energy tell a modality that is under-trained from one that has nothing to say?"""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree, bounded
from rgm_ref.energy import cumulative_energy
from rgm_ref.head import head_gradients

diagnosis = Claim(
    id="energy-diagnosis",
    place="Convergence analysis, Related Work",
    title="The energies tell an under-trained modality from one that is merely uninformative",
    statement=r"E_i, E_j, c_{ij} \text{ equal at every step of two runs} \;\Rightarrow\; j "
    r"\text{ is under-trained in both or in neither}",
    quote="CGE can be used to assess whether certain modalities dominate, collapse, or are "
    "under-trained",
    corrected=r"\text{Behind a linear head the energies tell the head blocks: } R \min_t "
    r"\sigma_{\min}(W_k^{(t)})^2 \le E_k \le R \max_t \sigma_{\max}(W_k^{(t)})^2, \; R = \sum_t "
    r"\eta_t^2 \|r^{(t)}\|^2 \text{ the same for all } k",
    depends=("fusion-head-ratio",),
    remark="The paper's objection to accuracy is that it 'cannot reveal whether a modality is "
    "truly under-optimized or simply less informative'. Neither can CGE: what modality j knows, "
    "and what its encoder has learnt, enter through the residual, which all modalities share. "
    "The energies of the encoders' parameters coincide in the example as well. A separate "
    "classifier, trained on j alone, can tell.",
)

theta_i, head_i, head_j = sp.symbols("theta_i v_i v_j", real=True)
theta_j = sp.Symbol("theta_j", real=True)
dead = sp.Symbol("t", positive=True)
PARAMETERS = (theta_i, head_i, theta_j, head_j)

# Both problems: y is a fair coin, x_i = ±1 gives it away in three cases out of four.
SEEN = {(1, 1): sp.Rational(3, 8), (-1, 1): sp.Rational(1, 8),
        (1, 0): sp.Rational(1, 8), (-1, 0): sp.Rational(3, 8)}  # fmt: skip
NOISE = {(x, z, y): p / 2 for (x, y), p in SEEN.items() for z in (1, 2)}
LABEL = {(x, 1 + y, y): p for (x, y), p in SEEN.items()}
"""Probabilities of (x_i, x_j, y): x_j is a coin of its own, or x_j = 1 + y."""


def logit(x_i, x_j):
    """Concatenated features θ_i x_i and max(0, θ_j x_j) behind a linear head."""
    return head_i * theta_i * x_i + head_j * sp.Max(0, theta_j * x_j)


def loss(table):
    """Mean cross-entropy."""
    return sum(p * sp.log(1 + sp.exp((1 - 2 * y) * logit(x, z))) for (x, z, y), p in table.items())


def best_accuracy(table):
    """Probability that the best guess from both inputs is right."""
    return sum(
        max(table.get((x, z, y), 0) for y in (0, 1)) for x in (1, -1) for z in (1, 2)
    )  # fmt: skip


@diagnosis.counterexample
def _(proof: Proof) -> None:
    proof.let(
        "Logit v_i θ_i x_i + v_j max(0, θ_j x_j); x_i = ±1 agrees with the label in three cases of "
        "four. Problem A: x_j is 1 or 2 by a coin of its own. Problem B: x_j = 1 + y. In both, "
        "plain descent from the same start, θ_j = −t < 0"
    )
    slopes = [
        sp.Matrix([sp.diff(loss(table), p) for p in PARAMETERS]).subs(theta_j, -dead)
        for table in (NOISE, LABEL)
    ]
    proof.equal("The loss has the same gradient in A as in B", slopes[0], slopes[1])
    proof.equal("and leaves θ_j and v_j where they are", slopes[1][2:, 0], sp.zeros(2, 1))
    proof.let("so all parameters stay the same in A and B, and θ_j negative, at every step")
    push, other = (1 / (1 + sp.exp(-logit(sp.Symbol("x_i"), x_j))) for x_j in (1, 2))
    proof.equal(
        "Given x_i and y the residual p − y, and with it g_i = (p − y) v_i and g_j = (p − y) v_j, "
        "does not depend on x_j",
        push.subs(theta_j, -dead), other.subs(theta_j, -dead),
    )  # fmt: skip
    proof.let("and (x_i, y) has one distribution: equal energies, w̄ and c at every step")
    proof.equal("In A nothing is left to learn: the best guess is right in", best_accuracy(NOISE),
                sp.Rational(3, 4))  # fmt: skip
    proof.refute(
        "and the same in B, where j is under-trained",
        sp.Eq(best_accuracy(LABEL), sp.Rational(3, 4), evaluate=False),
    )


@diagnosis.proof
def _(proof: Proof) -> None:
    t, last = sp.Symbol("t", integer=True), sp.Symbol("T", integer=True, positive=True)
    rate, x = (sp.IndexedBase(name, real=True)[t] for name in ("eta", "x"))
    over, under = (sp.IndexedBase(name, nonnegative=True)[t] for name in ("u", "v"))
    low, high = sp.symbols("sigma_low sigma_high", nonnegative=True)
    proof.let(
        "g_k = W_kᵀ r. Along the singular vectors of W_k at step t, r has coordinates x and g_k "
        "has σ x; coordinates add up, so one of them is enough. Let σ_low and σ_high be the least "
        "and the greatest singular value of the whole run"
    )
    steps = (t, 1, last)
    proof.nonnegative(
        "With σ² = σ_low² + u, E_k exceeds σ_low² R by",
        sp.Sum(rate**2 * (low**2 + over) * x**2 - low**2 * rate**2 * x**2, steps),
        sp.Sum(rate**2 * over * x**2, steps),
    )  # fmt: skip
    proof.nonnegative(
        "and with σ² = σ_high² − v it falls short of σ_high² R by",
        sp.Sum(high**2 * rate**2 * x**2 - rate**2 * (high**2 - under) * x**2, steps),
        sp.Sum(rate**2 * under * x**2, steps),
    )  # fmt: skip
    proof.let("R has no index k, no feature and no encoder in it")


def _run(start):
    """Energies (2, T) of a run on samples (x_i, x_j, y) from the given θ_j."""

    def energies(samples, weights):
        x_i, x_j, y = samples
        theta, v, spent = np.array([0.5, start]), np.array([1.0, 0.2]), []
        for _ in range(12):
            z = np.stack([theta[0] * x_i, np.maximum(0, theta[1] * x_j)])
            r = 1 / (1 + np.exp(-v @ z)) - y
            spent.append(weights @ (r[:, None] * v) ** 2)
            alive = np.stack([x_i, x_j * (theta[1] * x_j > 0)])
            theta, v = theta - (r * alive) @ weights * v, v - (r * z) @ weights
        return np.cumsum(spent, axis=0).T

    return energies


HISTORY = Formula(
    "energies of a run with a dead encoder",
    _run(-1.0),
    {"encoder alive at the start": _run(1.0), "encoder at a small positive start": _run(0.1)},
)


@diagnosis.numeric(
    HISTORY,
    oracle="the same run with the label in place of the noise, for random joint odds",
    tolerance=1e-13,
    because="the same operations; sums over the samples in another order",
    samples=10,
)
def _(formula, rng):
    joint = rng.dirichlet(np.ones(4))
    x_i, y = np.array([1, -1, 1, -1]), np.array([1, 1, 0, 0])
    noise = np.stack([np.tile(x_i, 2), np.repeat([1, 2], 4), np.tile(y, 2)])
    return agree(formula(noise, np.tile(joint / 2, 2)), formula(np.stack([x_i, 1 + y, y]), joint))


def _head_energies(heads, r, rate):
    steps = [head_gradients(pair, x) for pair, x in zip(heads, r, strict=True)]
    return cumulative_energy(np.stack(steps, axis=1), rate)[:, -1]


HEAD_ENERGY = Formula(
    "energies behind a linear head",
    _head_energies,
    {
        "norms for squared norms": lambda heads, r, rate: (
            rate @ np.linalg.norm(np.einsum("tc,tmdc->tmd", r, heads), axis=-1)
        ),
        "rates forgotten": lambda heads, r, rate: _head_energies(heads, r, np.ones(len(rate))),
        "heads forgotten": lambda heads, r, rate: np.repeat(rate**2 @ (r**2).sum(axis=1), 2),
        "modalities exchanged": lambda heads, r, rate: _head_energies(heads, r, rate)[::-1],
    },
)


@diagnosis.numeric(
    HEAD_ENERGY,
    oracle="σ² R where all singular values of the block are σ",
    tolerance=1e-12,
    because="orthogonal factors from QR, 3 × 3, are right to a few eps",
    samples=20,
)
def _(formula, rng):
    scale, r, rate = rng.uniform(0.1, 5, 2), rng.normal(size=(6, 3)), rng.uniform(0.1, 2, 6)
    heads = scale[:, None, None] * np.linalg.qr(rng.normal(size=(6, 2, 3, 3)))[0]
    return agree(formula(heads, r, rate), scale**2 * (rate**2 @ (r**2).sum(axis=1)))


@diagnosis.numeric(
    HEAD_ENERGY,
    oracle="both bounds, for random blocks that change at every step",
    tolerance=1e-12,
    because="a bound, relative to its upper end",
    samples=30,
)
def _(formula, rng):
    r, rate = rng.normal(size=(6, 3)), rng.uniform(0.1, 2, 6)
    heads = rng.normal(size=(6, 2, 4, 3)) * [[[1]], [[3]]]
    total, values = rate**2 @ (r**2).sum(axis=1), np.linalg.svd(heads, compute_uv=False)
    low, high = (end(axis=(0, 2)) ** 2 * total for end in (values.min, values.max))
    found = formula(heads, r, rate)
    return bounded([low, found], [found, high], scale=high.max())
