"""Eq. 1: the gradient of each modality is g · J_k, for four fusions and in every width."""

import numpy as np
import sympy as sp

from derivations.fusion.formulas import ADD, CONCAT, FILM, GATED
from derivations.ledger import Claim, Proof, agree
from rgm_ref import fusion
from rgm_ref.oracles import finite_difference

jacobians = Claim(
    id="fusion-jacobians",
    place="Eq. 1",
    title="Each modality's gradient is g times the fusion's Jacobian: for concatenation, a "
    "slice of g",
    statement=r"g_k = g\, J_k, \quad J_k = \frac{\partial f}{\partial z_k}; \quad "
    r"\text{concat: } g_k = g[s_k : s_k + d_k]; \quad \text{sum: } g_k = g; \quad "
    r"\text{gated: } g_i = g \circ z_j \circ \sigma'(z_i),\; g_j = g \circ \sigma(z_i); \quad "
    r"\text{FiLM: } g_i = \Gamma^\top (g \circ z_j) + B^\top g,\; g_j = g \circ \Gamma z_i",
    quote="For concatenation-based fusion, g_k corresponds to a slice of g",
    remark="The paper names the fusions; only concatenation's Jacobian is given there. "
    "None of the four products needs the Jacobian itself.",
)

m, n, p = sp.symbols("m n p", integer=True)
start = sp.Symbol("s_k", integer=True, nonnegative=True)
g, x, y = sp.IndexedBase("g"), sp.IndexedBase("z_i"), sp.IndexedBase("z_j")
Gamma, B = sp.IndexedBase("Gamma"), sp.IndexedBase("B")


def over(term, index):
    """Σ over every integer: entries beyond a width count as 0, so no end needs naming."""
    return sp.Sum(term, (index, -sp.oo, sp.oo))


def pulled_back(f, feature):
    """Entry p of g · J: Σ_m g_m ∂f_m/∂(feature)_p, the chain rule that defines the gradient."""
    return over(g[m] * f.diff(feature[p]), m)


def sums(expression):
    """Evaluate the sums that a Kronecker delta ends, and collect the others in one."""
    return sp.simplify(expression.doit())


@jacobians.proof
def _(proof: Proof) -> None:
    proof.let(
        "f_m is entry m of the fused feature; entries beyond a width are 0, sums run over all"
    )
    concat = x[m - start]
    proof.equal(
        "Concatenation, f_m = z_k[m − s_k] on its slice: the Jacobian shifts by s_k",
        concat.diff(x[p]), sp.KroneckerDelta(p, m - start),
    )  # fmt: skip
    proof.equal(
        "so g_k is the slice of g that starts at s_k", pulled_back(concat, x), g[start + p], sums
    )
    proof.equal(
        "Sum, f_m = z_i[m] + z_j[m]: the Jacobian is the identity",
        pulled_back(x[m] + y[m], x), g[p], sums,
    )  # fmt: skip

    gate = 1 / (1 + sp.exp(-x[m]))
    gate_p = gate.subs(m, p)
    proof.equal(
        "Gate, f_m = σ(z_i[m]) z_j[m], by the gate",
        pulled_back(gate * y[m], x), g[p] * y[p] * gate_p * (1 - gate_p), sums,
    )  # fmt: skip
    proof.equal("and by what is gated", pulled_back(gate * y[m], y), g[p] * gate_p, sums)

    scaled, shifted = over(Gamma[m, n] * x[n], n), over(B[m, n] * x[n], n)
    film = scaled * y[m] + shifted
    proof.equal(
        "FiLM, f = (Γ z_i) ∘ z_j + B z_i, by what is modulated",
        pulled_back(film, y), g[p] * scaled.subs(m, p), sums,
    )  # fmt: skip
    proof.equal(
        "and by the modulator: column p of the Jacobian is Γ_mp z_j[m] + B_mp",
        film.diff(x[p]), Gamma[m, p] * y[m] + B[m, p], sums,
    )  # fmt: skip
    proof.equal(
        "so entry p of g_i is that of Γᵀ(g ∘ z_j) plus that of Bᵀ g",
        over(g[m] * film.diff(x[p]).doit(), m),
        over(Gamma[m, p] * g[m] * y[m], m) + over(B[m, p] * g[m], m), sums,
    )  # fmt: skip


def differences(fuse, features):
    """∂L/∂z_k by central differences, for a loss L(f) = Σ_m cos(f_m + m) that no formula knows."""

    def loss_of(k):
        return lambda z: np.cos(_stepped(fuse(*features[:k], z, *features[k + 1 :]))).sum()

    return [finite_difference(loss_of(k), features[k]) for k in range(len(features))]


def slope(f):
    """g = ∂L/∂f of that loss."""
    return -np.sin(_stepped(f))


def _stepped(f):
    return f + np.arange(f.size)


def agree_all(found, expected):
    """The worst agreement among the modalities, whose widths may differ."""
    return max((agree(f, e) for f, e in zip(found, expected, strict=True)), key=lambda s: s.error)


def checked(formula):
    """The leg that all four fusions share."""
    return jacobians.numeric(
        formula,
        oracle="central differences of the loss",
        tolerance=1e-8,
        because="step 1e-5: truncation of order 1e-10, rounding eps / step of order 1e-11",
        samples=5,
    )


@checked(CONCAT)
def _(formula, rng):
    features = [rng.normal(size=width) for width in (2, 3, 4)]
    g = slope(fusion.concat(*features))
    return agree_all(formula((2, 3, 4), g), differences(fusion.concat, features))


@checked(ADD)
def _(formula, rng):
    features = list(rng.normal(size=(3, 4)))
    g = slope(fusion.add(*features))
    return agree_all(formula(3, g), differences(fusion.add, features))


@checked(GATED)
def _(formula, rng):
    features = list(rng.normal(size=(2, 4)))
    g = slope(fusion.gated(*features))
    return agree_all(formula(*features, g), differences(fusion.gated, features))


@checked(FILM)
def _(formula, rng):
    features = [rng.normal(size=3), rng.normal(size=3)]
    scale, shift = rng.normal(size=(2, 3, 3))

    def fuse(z_i, z_j):
        return fusion.film(z_i, z_j, scale, shift)

    g = slope(fuse(*features))
    return agree_all(formula(*features, scale, shift, g), differences(fuse, features))
