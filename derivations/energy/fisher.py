"""The Fisher matrix of Eq. 2 beside the energy: what it counts besides, and what it is not."""

from functools import partial
from itertools import product

import numpy as np
import sympy as sp

from derivations.energy.formulas import FISHER
from derivations.energy.lemma import T, kappa, t
from derivations.ledger import Claim, Proof, agree
from rgm_ref.oracles import finite_difference

fisher = Claim(
    id="energy-fisher",
    place="Eqs. 2–3",
    title="The trace of the Fisher matrix ranks the modalities as the energy does",
    statement=r"\mathrm{tr}\,F_i > \mathrm{tr}\,F_j \iff \|\mathbb E\, g_i\| > \|\mathbb E\, g_j\|",
    condition=r"\frac{\mathrm{tr}\,\mathrm{Cov}(g_k)}{\|\mathbb E\, g_k\|^2} \text{ is the same for"
    r" all } k \text{, as } \mathrm{tr}\,F_k = \|\mathbb E\, g_k\|^2 +"
    r" \mathrm{tr}\,\mathrm{Cov}(g_k)",
    remark="Fisher squares each sample's gradient, the energy that of the batch: a batch of B keeps"
    " 1/B of the variance. A modality whose samples disagree looks important to Fisher only.",
)


@fisher.proof
def _(proof: Proof) -> None:
    u, mean, spread = sp.IndexedBase("u", real=True), sp.Symbol("m", real=True), sp.Symbol("V")
    proof.let("One entry of the gradient is enough: u_t for sample t of T, mean m, variance V")
    squares, around = sp.Sum(u[t] ** 2, (t, 1, T)), sp.Sum((u[t] - mean) ** 2, (t, 1, T))

    def with_mean(rest):
        open_square = rest.subs(around, sp.expand(around).doit())
        return sp.simplify(open_square.subs(mean, sp.Sum(u[t], (t, 1, T)) / T))

    proof.equal(
        "Fisher's mean of squares is the square of the mean (a full batch) and the variance",
        squares / T, mean**2 + around / T, simplify=with_mean,
    )  # fmt: skip
    B = sp.Symbol("B", positive=True)
    pairs = (B * (mean**2 + spread) + B * (B - 1) * mean**2) / B**2
    proof.equal(
        "The mean of B samples drawn one by one squares to B equal and B(B − 1) independent pairs",
        pairs, mean**2 + spread / B, simplify=sp.expand,
    )  # fmt: skip
    m_i, m_j = sp.symbols("m_i m_j", real=True)
    proof.equal(
        "With equal noise-to-signal κ, V = κ m², all of them rank as m² does: Fisher (B = 1), the"
        " energy of batches, and that of the full batch (B → ∞)",
        (m_i**2 + kappa * m_i**2 / B) - (m_j**2 + kappa * m_j**2 / B),
        (1 + kappa / B) * (m_i**2 - m_j**2), simplify=sp.expand,
    )  # fmt: skip


@fisher.counterexample
def _(proof: Proof) -> None:
    i, j = sp.Matrix([2, 2]), sp.Matrix([4, -2])
    proof.let("Two samples: modality i has the gradients (2, 2), modality j has (4, −2)")
    mean = [sum(samples) / sp.Integer(2) for samples in (i, j)]
    trace = [(samples.T * samples)[0] / sp.Integer(2) for samples in (i, j)]
    proof.true(
        "The batch gradient of i is longer", sp.Gt(mean[0] ** 2, mean[1] ** 2, evaluate=False)
    )
    proof.refute("Is its Fisher trace larger?", sp.Gt(trace[0], trace[1], evaluate=False))


@fisher.numeric(
    FISHER,
    oracle="NumPy's mean and variance",
    tolerance=1e-13,
    because="a few dozen roundings of 1e-16",
    samples=20,
)
def _(formula, rng):
    g = rng.normal(size=(3, 8, 4)) + rng.normal(size=(3, 1, 4))
    expected = (g.mean(axis=1) ** 2).sum(axis=-1) + g.var(axis=1).sum(axis=-1)
    return agree(formula(g), expected)


@fisher.numeric(
    FISHER,
    oracle="the energy of batches of 2, averaged over all 5² of them",
    tolerance=1e-12,
    because="the difference of two sums of 25 terms",
    samples=10,
)
def _(formula, rng):
    g = rng.normal(size=(2, 5, 3)) + rng.normal(size=(2, 1, 3))
    batches = np.array(list(product(range(5), repeat=2)))
    of_batches = (g[:, batches].mean(axis=2) ** 2).sum(axis=-1).mean(axis=-1)
    full = (g.mean(axis=1) ** 2).sum(axis=-1)
    return agree(full + (formula(g) - full) / 2, of_batches)


order = Claim(
    id="energy-fisher-order",
    place="Eq. 2",
    title="The Fisher matrix of Eq. 2 holds second derivatives of the loss",
    statement=r"F_k = \mathbb E[\nabla\mathcal L\,\nabla\mathcal L^\top] = \nabla^2\mathcal L",
    quote="FIM is second-order, static",
    condition=r"\mathcal L = -\log p(y \mid x) \text{ with labels drawn from the model's own } p"
    r" \text{ (Eq. 2 draws them from the data)}",
    remark="Eq. 2 is an outer product of first-order gradients (the empirical Fisher). It is no"
    " more static than the gradient: it can be taken, or accumulated, at every step.",
)


@order.proof
def _(proof: Proof) -> None:
    s = sp.Symbol("s", real=True)
    p = sp.Function("p", positive=True)(s)
    proof.let("Along any line of parameters, s, let p(s) be the probability of one label")
    log = sp.log(p)
    proof.equal(
        "Weighted by p, the squared slope of the loss −log p exceeds its curvature by p″",
        p * sp.Derivative(log, s) ** 2 - p * sp.Derivative(-log, s, s), sp.Derivative(p, s, s),
        simplify=lambda rest: sp.expand(rest.doit()),
    )  # fmt: skip
    proof.let(
        "Over all labels p sums to 1 at every s, so p″ sums to 0, and with labels from the model"
        " the two means are equal: along every line, so as matrices"
    )


@order.counterexample
def _(proof: Proof) -> None:
    theta, inputs, target = sp.symbols("theta x y", real=True)
    loss = (theta * inputs - target) ** 2 / 2
    fisher, hessian = sp.diff(loss, theta) ** 2, sp.diff(loss, theta, 2)
    proof.let(
        "Least squares with one weight and one sample: the Fisher entry", sp.Symbol("F"), fisher
    )
    proof.let("and the Hessian", sp.Symbol("H"), hessian)
    numbers = {theta: 2, inputs: 1, target: 0}
    proof.refute(
        "At x = 1 and a residual of 2, are they equal?",
        sp.Eq(fisher.subs(numbers), hessian.subs(numbers), evaluate=False),
    )
    numbers[target] = 2
    proof.refute(
        "and where the sample is fitted exactly?",
        sp.Eq(fisher.subs(numbers), hessian.subs(numbers), evaluate=False),
    )


@order.numeric(
    FISHER,
    oracle="finite differences of the softmax loss, labels as frequent as the model says",
    tolerance=1e-7,
    because="central differences with step 1e-5 are good to 1e-9",
    samples=10,
)
def _(formula, rng):
    counts = rng.integers(1, 6, (2, 3))
    counts[:, -1] = 12 - counts[:, :-1].sum(axis=-1)
    traces, samples = [], []
    for frequency in counts:
        p = frequency / 12
        slopes = [finite_difference(partial(_probability, a), np.log(p)) for a in range(3)]
        traces.append(np.trace(slopes))
        samples.append(p - np.repeat(np.eye(3), frequency, axis=0))
    return agree(formula(np.stack(samples)), traces)


def _probability(label, logits):
    """What softmax gives to one label: the slope of log Σ exp(logits) in that direction."""
    return np.exp(logits[label]) / np.exp(logits).sum()
