"""Concatenation with a linear head: the head decides the energy ratio, and when it ranks like θ."""

import numpy as np
import sympy as sp
from scipy.optimize import minimize

from derivations.fusion.formulas import ENERGY_RATIO, RANKING, RATIO_BOUNDS
from derivations.ledger import Claim, Proof, agree, bounded
from derivations.matrices import K, W_i, product, r, settled
from rgm_ref.head import energy_ratio_bounds

ratio = Claim(
    id="fusion-head-ratio",
    place="ours, on Eq. 3",
    title="Behind a linear head the ratio of feature energies lies within bounds set by the "
    "head alone",
    statement=r"g_k = W_k^\top r \;\Rightarrow\; \lambda_{\min} \le \frac{\|g_i\|^2}{\|g_j\|^2} "
    r"\le \lambda_{\max}, \quad \lambda \text{ the generalized eigenvalues of } (W_i "
    r"W_i^\top, W_j W_j^\top)",
    depends=("fusion-jacobians",),
    remark="r = p − y sums to zero, so the eigenvalues are taken on the sum-zero logits, where W_j "
    "W_jᵀ must be invertible. Data and encoders enter through r alone, and cannot leave the "
    "interval.",
)
s_ = sp.Symbol("n", integer=True)


@ratio.proof
def _(proof: Proof) -> None:
    proof.equal(
        "The squared length of g_k = W_kᵀ r is a quadratic form of the head block",
        product(sp.Transpose(product(W_i.T, r)), product(W_i.T, r)),
        product(r.T, W_i, W_i.T, r),
        settled(),
    )  # fmt: skip
    proof.let(
        "Write W_j W_jᵀ = C Cᵀ with C invertible, and let C⁻¹ W_i W_iᵀ C⁻ᵀ have the eigenvalues "
        "λ_1 … λ_K: in the coordinates x of Cᵀ r along its eigenvectors, ‖g_i‖² = Σ λ_n x_n² "
        "and ‖g_j‖² = Σ x_n²"
    )
    low, high = sp.symbols("lambda_min lambda_max", nonnegative=True)
    above, below = (sp.IndexedBase(name, nonnegative=True)[s_] for name in ("t", "u"))
    x = sp.IndexedBase("x", real=True)[s_]
    proof.nonnegative(
        "With λ_n = λ_min + t_n, t_n ≥ 0, no term of ‖g_i‖² − λ_min ‖g_j‖² is negative",
        sp.Sum((low + above) * x**2 - low * x**2, (s_, 1, K)), sp.Sum(above * x**2, (s_, 1, K)),
    )  # fmt: skip
    proof.nonnegative(
        "With λ_n = λ_max − u_n, u_n ≥ 0, none of λ_max ‖g_j‖² − ‖g_i‖²",
        sp.Sum(high * x**2 - (high - below) * x**2, (s_, 1, K)), sp.Sum(below * x**2, (s_, 1, K)),
    )  # fmt: skip


@ratio.numeric(
    ENERGY_RATIO,
    oracle="the bounds, for residuals of random predictions",
    tolerance=1e-12,
    because="a bound; eigenvalues of well-conditioned matrices carry 1e-13",
    samples=200,
)
def _(formula, rng):
    head_i, head_j = _heads(rng)
    low, high = energy_ratio_bounds(head_i, head_j)
    found = formula(head_i, head_j, rng.dirichlet(np.ones(3)) - np.eye(3)[0])
    return bounded([low, found], [found, high], scale=high)


@ratio.numeric(
    RATIO_BOUNDS,
    oracle="SciPy BFGS over all residuals of sum zero, both ends, several starts",
    tolerance=1e-8,
    because="the ratio is flat at its extremes, so the optimizer's 1e-6 in the argument is "
    "1e-10 in it",
    samples=4,
)
def _(formula, rng):
    heads = _heads(rng)
    ends = np.array([searched(heads, start) for start in rng.normal(size=(4, 2))])
    return agree(formula(*heads), (ends[:, 0].min(), ends[:, 1].max()))


def searched(heads, start):
    """Least and greatest energy ratio that an optimizer finds from one start."""

    def energy_ratio(free):
        r = np.array([*free, -sum(free)])
        g_i, g_j = (r @ head.T for head in heads)
        return (g_i @ g_i) / (g_j @ g_j)

    low = minimize(energy_ratio, start, options={"gtol": 1e-9}).fun
    return low, -minimize(lambda x: -energy_ratio(x), start, options={"gtol": 1e-9}).fun


def _heads(rng):
    """Two head blocks for three classes, the second away from singular."""
    turn, other = np.linalg.qr(rng.normal(size=(2, 3, 3)))[0]
    return rng.normal(size=(3, 3)), turn @ np.diag(rng.uniform(0.5, 2, 3)) @ other


FIXED_HEADS = _heads(np.random.default_rng(0))
ratio.speed(
    "bounds of the energy ratio",
    lambda: energy_ratio_bounds(*FIXED_HEADS),
    lambda: searched(FIXED_HEADS, np.array([1.0, 0.0])),
)

ranking = Claim(
    id="fusion-energy-ranking",
    place="ours, on Eq. 3",
    title="Feature energies rank the modalities as the energies of their encoders' parameters do",
    statement=r"\|g_i\| > \|g_j\| \;\Rightarrow\; \|g_i J_i\| > \|g_j J_j\|, \quad "
    r"J_k = \frac{\partial z_k}{\partial \theta_k}",
    condition=r"\frac{\|g_i\|^2}{\|g_j\|^2} > \frac{\sigma_{\max}(J_j)^2}{\sigma_{\min}(J_i)^2}",
    depends=("fusion-update",),
    remark="Sharp: where both Jacobians are multiples of the identity, equality in the "
    "condition is a tie. Without a look at the Jacobians nothing follows. The converse "
    "ranking, from parameters to features, needs the same condition with σ_min and σ_max "
    "exchanged.",
)
a2, b2 = sp.symbols("G_i G_j", positive=True)  # ‖g_i‖², ‖g_j‖²
sigma_i, sigma_j = sp.symbols("sigma_i sigma_j", positive=True)  # σ_min(J_i), σ_max(J_j)
gain, loss, margin = sp.symbols("t u v", nonnegative=True)


@ranking.proof
def _(proof: Proof) -> None:
    proof.let(
        "In the coordinates x of g_i along the singular vectors of J_i, ‖g_i J_i‖² = Σ σ_n² "
        "x_n² and ‖g_i‖² = Σ x_n²; G_k stands for ‖g_k‖²"
    )
    x = sp.IndexedBase("x", real=True)[s_]
    excess = sp.IndexedBase("t", nonnegative=True)[s_]
    proof.nonnegative(
        "With σ_n² = σ_i² + t_n and σ_i the smallest, ‖g_i J_i‖² is at least σ_i² G_i",
        sp.Sum((sigma_i**2 + excess) * x**2 - sigma_i**2 * x**2, (s_, 1, K)),
        sp.Sum(excess * x**2, (s_, 1, K)),
    )  # fmt: skip
    proof.nonnegative(
        "and with σ_n² = σ_j² − t_n and σ_j the greatest, ‖g_j J_j‖² is at most σ_j² G_j",
        sp.Sum(sigma_j**2 * x**2 - (sigma_j**2 - excess) * x**2, (s_, 1, K)),
        sp.Sum(excess * x**2, (s_, 1, K)),
    )  # fmt: skip
    strict = sp.Symbol("m", positive=True)
    proof.positive(
        "So if σ_i² G_i = σ_j² G_j + m with m > 0, which is the condition, the parameters rank "
        "i first",
        (sigma_j**2 * b2 + strict + gain) - (sigma_j**2 * b2 - loss),
        strict + gain + loss,
        sp.expand,
    )  # fmt: skip


@ranking.counterexample
def _(proof: Proof) -> None:
    proof.let("Features of width 1 with g_i = 2, g_j = 1 and encoders z_i = θ_i, z_j = 10 θ_j")
    proof.true(
        "The features rank i first",
        sp.Gt(sp.Integer(2) ** 2, sp.Integer(1) ** 2, evaluate=False),
    )
    proof.refute(
        "the parameters would have to do so too",
        sp.Gt((sp.Integer(2) * 1) ** 2, (sp.Integer(1) * 10) ** 2, evaluate=False),
    )


@ranking.numeric(
    RANKING,
    oracle="the energies themselves, for random gradients and Jacobians",
    tolerance=1e-12,
    because="a bound; singular values of well-conditioned matrices carry 1e-14",
    samples=200,
)
def _(formula, rng):
    jacobians, g = rng.normal(size=(2, 3, 5)), rng.normal(size=(2, 3))
    parameters = ((g[:, None] @ jacobians) ** 2).sum(axis=(1, 2))
    return bounded(formula(g, jacobians), parameters[0] / parameters[1])
