"""One hard label: the residuals of any two predictions agree."""

import numpy as np
import sympy as sp
from scipy.optimize import minimize

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.matrices import K
from derivations.plane.formulas import LOWEST_COSINE, RESIDUAL_COSINE

m = sp.Symbol("m", integer=True)
half = sp.Rational(1, 2)

agreement = Claim(
    id="plane-logit-conflict",
    place="ours, on Eq. 6",
    title="Two predictions of the same target never conflict at the logits",
    statement=r"\cos(p - y,\; p' - y) \ge \frac{1}{2}, \text{ and } = 1 \text{ for two classes}",
    condition=r"y \text{ is one hard label, and } p, p' \ne y",
    remark="The lower half of a plane drawn from residuals is empty. A conflict of feature "
    "gradients is the head's doing, a sum over samples', or the basis's, never the "
    "label's. Label smoothing and mixup do break it.",
)


@agreement.proof
def _(proof: Proof) -> None:
    p_y = sp.Symbol("p_y", positive=True)
    alpha = sp.IndexedBase("alpha", nonnegative=True)[m]
    beta = sp.IndexedBase("beta", nonnegative=True)[m]
    excess = sp.IndexedBase("t", nonnegative=True)[m]
    x, mu, nu = sp.symbols("x mu nu", nonnegative=True)
    proof.let(
        "Let t = 1 − p_y be what p gives to wrong classes and α_m = p_m / t how it shares that "
        "out: then p − y = t (α − e_y), likewise for p′ with β, and positive factors leave the "
        "cosine"
    )
    proof.equal(
        "At the label's entry: p_y − 1 = t (0 − 1)", p_y - 1, (1 - p_y) * (0 - 1), sp.expand
    )
    proof.nonnegative(
        "No share exceeds 1, so with α_m + t_m = 1 no term of Σ α_m · 1 − ‖α‖² is negative: ‖α‖² ≤ "
        "1",
        sp.Sum(alpha * (alpha + excess) - alpha**2, (m, 1, K)),
        sp.Sum(alpha * excess, (m, 1, K)),
    )  # fmt: skip
    proof.nonnegative(
        "and α·β, over the wrong classes, has no negative term",
        sp.Sum(alpha * beta, (m, 1, K)),
    )
    A, B = 1 / (1 + mu), 1 / (1 + nu)
    cosine = (1 + x) / sp.sqrt((1 + A) * (1 + B))
    proof.let("With x = α·β ≥ 0, ‖α‖² = 1/(1 + μ), ‖β‖² = 1/(1 + ν), and 1 from the label's entry")
    proof.nonnegative(
        "(1 + α·β)² is at least a quarter of (1 + ‖α‖²)(1 + ‖β‖²), so the cosine is at least "
        "one half",
        4 * (1 + x) ** 2 - (1 + A) * (1 + B),
        4 * x * (2 + x) + (3 * mu * nu + 2 * mu + 2 * nu) / ((1 + mu) * (1 + nu)),
        sp.cancel,
    )  # fmt: skip
    at = {x: 0, mu: 0, nu: 0}
    proof.equal("Sharp: all wrong mass on two different classes gives", cosine.subs(at), half)
    proof.equal(
        "Two classes leave one wrong class, α = β, and the cosine is",
        cosine.subs({**at, x: 1}), 1,
    )  # fmt: skip


@agreement.counterexample
def _(proof: Proof) -> None:
    y, p, q = (sp.Matrix([x, 1 - x]) for x in (half, half / 2, 1 - half / 2))
    proof.let(
        "A label shared between two classes, y = (1/2, 1/2), p = (1/4, 3/4) and p′ = (3/4, 1/4)"
    )
    cosine = (p - y).dot(q - y) / sp.sqrt((p - y).dot(p - y) * (q - y).dot(q - y))
    proof.refute(
        "The cosine would have to be at least one half",
        sp.Ge(cosine, half, evaluate=False),
    )


@agreement.numeric(
    RESIDUAL_COSINE,
    oracle="the bound 1/2, on confident and on flat predictions of 2 to 8 classes",
    tolerance=1e-12,
    because="a bound; the residuals are formed to eps and are never shorter than 1e-3",
    samples=300,
)
def _(formula, rng):
    classes = int(rng.integers(2, 9))
    target = np.eye(classes)[0]
    logits = rng.normal(size=(2, classes)) * 4
    logits[:, 0] = np.minimum(logits[:, 0], logits.max(axis=-1) + 6)
    return bounded(0.5, formula(logits, target))


@agreement.numeric(
    LOWEST_COSINE,
    oracle="SciPy SLSQP over all pairs of predictions, several starts",
    tolerance=1e-6,
    because="the optimizer stops at 1e-12 in the cosine, 1e-6 in the predictions",
    samples=4,
)
def _(formula, rng):
    classes = int(rng.integers(2, 5))

    def cosine(flat):
        x, y = flat.reshape(2, classes) - np.eye(classes)[0]
        return x @ y / (np.linalg.norm(x) * np.linalg.norm(y))

    simplex = [
        {"type": "eq", "fun": lambda flat: flat[:classes].sum() - 1},
        {"type": "eq", "fun": lambda flat: flat[classes:].sum() - 1},
    ]
    bounds = [(0, 0.9 if k % classes == 0 else 1) for k in range(2 * classes)]
    runs = [
        minimize(
            cosine, rng.dirichlet(np.ones(classes), 2).ravel() * 0.9 + 0.1 / classes,
            method="SLSQP", bounds=bounds, constraints=simplex, options={"ftol": 1e-14},
        )
        for _ in range(4)
    ]  # fmt: skip
    return agree(formula(classes), min(run.fun for run in runs if run.success))
