"""Each optimisation problem of the paper, stated as objective and constraints and left to SciPy.

Nothing here knows a closed form: that is what makes it an oracle. Needs SciPy; the rest of
`rgm_ref` does not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import NonlinearConstraint, minimize

Array = np.ndarray
METHODS = ("SLSQP", "trust-constr")


@dataclass(frozen=True)
class Solution:
    """Best feasible point of a multi-start search: where, how good, how far from feasible."""

    point: Array
    value: float
    violation: float


def solve(
    objective: Callable[[Array], float],
    constraint: Callable[[Array], Array],
    starts: list[Array],
    gradient: Callable[[Array], Array],
    constraint_jacobian: Callable[[Array], Array],
    methods: tuple[str, ...] = METHODS,
) -> Solution:
    """Minimise objective(x) subject to constraint(x) = 0 from every start by every method.

    Raises: RuntimeError if no run ends feasible to 1e-7.
    """
    best = None
    for start in starts:
        for method in methods:
            x = _run(method, objective, constraint, start, gradient, constraint_jacobian)
            violation = float(np.abs(constraint(x)).max())
            if violation < 1e-7 and (best is None or objective(x) < best.value):
                best = Solution(x, float(objective(x)), violation)
    if best is None:
        raise RuntimeError(f"starts: none of {len(starts)} starts ended feasible")
    return best


def _run(method, objective, constraint, start, gradient, jacobian) -> Array:
    if method == "SLSQP":
        equality = {"type": "eq", "fun": constraint, "jac": jacobian}
        options = {"ftol": 1e-15, "maxiter": 500}
        return minimize(
            objective, start, jac=gradient, method=method, constraints=equality, options=options
        ).x
    equality = NonlinearConstraint(constraint, 0, 0, jac=jacobian)
    options = {"gtol": 1e-9, "xtol": 1e-12, "maxiter": 500}
    return minimize(
        objective, start, jac=gradient, method=method, constraints=equality, options=options
    ).x


def nearest_orthogonal(
    gradients: Array,
    weights: Array,
    rng: np.random.Generator,
    starts: int = 4,
    linearised: bool = False,
    methods: tuple[str, ...] = METHODS,
) -> Solution:
    """Problem (12) for any M: min Σ w_k ‖O_k‖² s.t. (g_i + O_i)·(g_j + O_j) = 0 for every pair.

    `linearised` drops the O_i·O_j term of the constraint. Shapes: gradients (M, d), weights (M,) →
    point (M, d). The first start is O = 0, the others are random.
    """
    g, w = np.asarray(gradients, float), np.asarray(weights, float)[:, None]
    first, second = np.triu_indices(len(g), 1)
    second_order = 0.0 if linearised else 1.0

    def constraint(x):
        o = x.reshape(g.shape)
        linear = g[first] * g[second] + g[first] * o[second] + o[first] * g[second]
        return (linear + second_order * o[first] * o[second]).sum(axis=-1)

    def jacobian(x):
        o = x.reshape(g.shape)
        rows = np.zeros((len(first), *g.shape))
        pair = np.arange(len(first))
        rows[pair, first] = g[second] + second_order * o[second]
        rows[pair, second] = g[first] + second_order * o[first]
        return rows.reshape(len(first), -1)

    points = [
        np.zeros(g.size),
        *(rng.normal(size=g.size) * np.abs(g).max() for _ in range(starts - 1)),
    ]
    solution = solve(
        lambda x: float((w * x.reshape(g.shape) ** 2).sum()),
        constraint,
        points,
        lambda x: (2 * w * x.reshape(g.shape)).ravel(),
        jacobian,
        methods,
    )
    return Solution(solution.point.reshape(g.shape), solution.value, solution.violation)


def best_scaling(
    gradients: list[Array], share: float, rng: np.random.Generator, starts: int = 4
) -> Solution:
    """Problem (9) with constraint (10) as Eq. 11 solves it, for one pair cut into blocks.

    min Σ_k Σ_i ‖α_i^(k) g_i^(k) − g_i^(k)‖² s.t. per block α_i² a² / (α_j² b²) = w_i / w_j and
    α_i² a² + α_j² b² = a² + b². Shapes: list of l blocks (2, d_k) → point α (2, l), α ≥ 0 chosen
    by the objective.
    """
    a, b = (np.array([np.linalg.norm(block[m]) for block in gradients]) for m in (0, 1))

    def constraint(x):
        p, q = x.reshape(2, -1) * [a, b]
        return np.concatenate([(1 - share) * p**2 - share * q**2, p**2 + q**2 - a**2 - b**2])

    def jacobian(x):
        p, q = x.reshape(2, -1) * [a, b]
        ratio = np.hstack([np.diag(2 * (1 - share) * p * a), np.diag(-2 * share * q * b)])
        total = np.hstack([np.diag(2 * p * a), np.diag(2 * q * b)])
        return np.vstack([ratio, total])

    weight = np.concatenate([a**2, b**2])
    points = [np.ones(weight.size), *rng.uniform(0.2, 3, (starts - 1, weight.size))]
    solution = solve(
        lambda x: float((weight * (x - 1) ** 2).sum()),
        constraint,
        points,
        lambda x: 2 * weight * (x - 1),
        jacobian,
    )
    return Solution(solution.point.reshape(2, -1), solution.value, solution.violation)


def best_block_angle(lengths: Array, starts: int = 4) -> Solution:
    """The block ratio tan φ of least distortion Σ_k (√S_k sin φ − a_k)² + (√S_k cos φ − b_k)², 0 ≤ φ ≤ π/2.

    Shapes: block lengths (2, l) → point φ (1,).
    """
    a, b = np.asarray(lengths, float)
    s = np.hypot(a, b)

    def cost(phi):
        return float(((s * np.sin(phi) - a) ** 2 + (s * np.cos(phi) - b) ** 2).sum())

    runs = [
        minimize(cost, start, method="L-BFGS-B", bounds=[(0, np.pi / 2)], options={"ftol": 1e-15})
        for start in np.linspace(0.1, 1.4, starts)
    ]
    best = min(runs, key=lambda run: run.fun)
    return Solution(best.x, float(best.fun), 0.0)


def finite_difference(function: Callable[[Array], float], x: Array, step: float = 1e-5) -> Array:
    """Central differences (f(x + h e) − f(x − h e)) / 2h, entry by entry; error of order h² + eps/h.

    Shapes: x of any shape → the same shape.
    """
    x = np.asarray(x, float)
    slope = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        slope[index] = (function(x + shift) - function(x - shift)) / (2 * step)
    return slope
