"""Where two modalities first meet in the loss: the second order, and the coordinate it gives."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.matrices import K, W_i, W_j, d, in_range, product, settled
from derivations.plane.formulas import CURVATURE
from rgm_ref.head import head_gradients, residual, softmax, to_logits

curvature = Claim(
    id="plane-curvature",
    place="ours, on Eq. 6",
    title="The modalities' second-order interaction, normalised, is a correlation of their logit "
    "pushes",
    statement=r"g_i^\top \frac{\partial^2 \mathcal L}{\partial z_i \partial z_j} g_j = "
    r"u_i^\top (\mathrm{diag}\, p - p p^\top) u_j = \mathrm{Cov}_{y \sim p}(u_i, u_j), \quad "
    r"c_p = \mathrm{Corr}_{y \sim p}(u_i, u_j) \in [-1, 1]",
    depends=("plane-first-order", "plane-invariant"),
    remark="This is where two modalities first meet in the loss. c_p > 0: both push the same "
    "logits and a joint step overshoots; c_p < 0: the interaction helps. It is invariant "
    "like the pushes it is made of.",
)


@curvature.proof
def _(proof: Proof) -> None:
    m, n, k = sp.symbols("m n k", integer=True)
    l, p = sp.IndexedBase("l", real=True), sp.IndexedBase("p", positive=True)  # noqa: E741
    Z = sp.Symbol("Z", positive=True)
    total = sp.Sum(sp.exp(l[k]), (k, 1, K))
    first = sp.log(total).diff(l[m])
    proof.let("Cross-entropy is log Z − l_y with Z = Σ_k exp(l_k); write p_m = exp(l_m)/Z")

    def named(expression):
        """Evaluate the sums a delta ends; call the others Z, and the exponentials Z p."""
        done = in_range(expression).subs(total, Z)
        return sp.simplify(done.subs({sp.exp(l[i]): Z * p[i] for i in (m, n)}))

    proof.equal("Its first derivative in l_m, the residual's p_m", first, p[m], named)
    proof.equal(
        "its second, in l_m and l_n, the Hessian H", first.diff(l[n]),
        sp.KroneckerDelta(m, n) * p[m] - p[m] * p[n], named,
    )  # fmt: skip
    H = sp.MatrixSymbol("H", K, K)
    g_i, g_j = sp.MatrixSymbol("g_i", d, 1), sp.MatrixSymbol("g_j", d, 1)
    proof.equal(
        "With l = W_i z_i + W_j z_j the mixed block is W_iᵀ H W_j, so it acts on the pushes",
        product(g_i.T, product(W_i.T, H, W_j), g_j),
        product(sp.Transpose(product(W_i, g_i)), H, product(W_j, g_j)), settled(),
    )  # fmt: skip
    v = sp.IndexedBase("v", real=True)
    proof.equal(
        "H takes out the mean under p: entry m of H v",
        sp.Sum((sp.KroneckerDelta(m, n) * p[m] - p[m] * p[n]) * v[n], (n, 1, K)),
        p[m] * (v[m] - sp.Sum(p[n] * v[n], (n, 1, K))), by_terms,
    )  # fmt: skip
    x, y = sp.symbols("u v", real=True)
    u_mean, v_mean, uv = sp.symbols("u_bar v_bar E_uv", real=True)
    moments = {(1, 1): uv, (1, 0): u_mean, (0, 1): v_mean, (0, 0): 1}
    proof.let("Write E for the mean over y ~ p, ū and v̄ for the means of the two pushes")
    proof.equal(
        "so u·Hv = E u (v − v̄), which is the covariance E (u − ū)(v − v̄)",
        mean(x * (y - v_mean), (x, y), moments), mean((x - u_mean) * (y - v_mean), (x, y), moments),
        sp.expand,
    )  # fmt: skip
    V_u, V_v = sp.symbols("V_u V_v", positive=True)
    C = sp.Symbol("C", real=True)
    spread = {(2, 0): V_u, (0, 2): V_v, (1, 1): C}
    proof.equal(
        "Of the centred pushes x and y with variances V and covariance C, the mean square of "
        "V_u y − C x is",
        mean((V_u * y - C * x) ** 2, (x, y), spread), V_u * (V_u * V_v - C**2), sp.expand,
    )  # fmt: skip
    square = sp.Symbol("n", nonnegative=True)
    proof.nonnegative(
        "With n for it, C² = V_u V_v − n/V_u, so the squared correlation is at most 1",
        1 - (V_u * V_v - square / V_u) / (V_u * V_v), square / (V_u**2 * V_v),
    )  # fmt: skip


def by_terms(expression):
    """Expand, split sums into terms, pull constants out, end the sums that a delta ends."""
    split = sp.expand(sp.expand(expression).doit())
    return in_range(split.replace(lambda e: isinstance(e, sp.Sum), lambda e: e.factor()))


def mean(expression, variables, moments):
    """E of a polynomial in two variables; `moments` maps their exponents to E of the monomial."""
    terms = sp.Poly(expression, *variables).terms()
    return sum(coefficient * moments[powers] for powers, coefficient in terms)


@curvature.numeric(
    CURVATURE,
    oracle="second differences of the loss along the two gradients",
    tolerance=1e-5,
    because="step 1e-3 along unit pushes: truncation of order 1e-6, rounding eps / step² of "
    "order 1e-10",
    samples=20,
)
def _(formula, rng):
    features, heads, target = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 4)), np.eye(4)[0]
    logits = to_logits(features, heads).sum(axis=0)
    g = np.stack(head_gradients(heads, residual(logits, target)))
    pushes = to_logits(g, heads)
    pushes /= np.linalg.norm(pushes, axis=-1, keepdims=True)

    def loss(x):
        return -np.log(softmax(logits + x @ pushes))[0]

    def second(x, y, h=1e-3):
        """Mixed second difference along the directions x and y."""
        corners = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
        return sum(sign * loss(h * (p * x + q * y)) for p, q, sign in corners) / (4 * h**2)

    i, j = np.eye(2)
    expected = second(i, j) / np.sqrt(second(i, i) * second(j, j))
    return agree(formula(g, heads, softmax(logits)), expected, scale=1)


@curvature.numeric(
    CURVATURE,
    oracle="NumPy's weighted covariance matrix of the pushes",
    tolerance=1e-11,
    because="a few dozen roundings; draws with a variance below 1e-3 of the mean square are "
    "left out",
    samples=30,
)
def _(formula, rng):
    g, heads, p = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 6)), rng.dirichlet(np.ones(6))
    covariance = np.cov(to_logits(g, heads), aweights=p, bias=True)
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    return agree(formula(g, heads, p), expected, scale=1)
