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
    hessian: Callable[[Array], Array] | str = "2-point",
    constraint_hessian: Callable[[Array, Array], Array] | str = "2-point",
) -> Solution:
    """Minimise objective(x) subject to constraint(x) = 0 from every start by every method.

    Second derivatives are for trust-constr: of the objective at x, and of v·constraint at (x, v);
    where they are not given, it differences the first ones. Shapes: x (n,), constraint (m,).
    Raises: RuntimeError if no run ends feasible to 1e-7.
    """
    best = None
    for start in starts:
        for method in methods:
            if method == "SLSQP":
                x = _slsqp(objective, constraint, start, gradient, constraint_jacobian)
            else:
                equality = NonlinearConstraint(
                    constraint, 0, 0, jac=constraint_jacobian, hess=constraint_hessian
                )
                x = _trust_constr(objective, equality, start, gradient, hessian)
            violation = float(np.abs(constraint(x)).max())
            if violation < 1e-7 and (best is None or objective(x) < best.value):
                best = Solution(x, float(objective(x)), violation)
    if best is None:
        raise RuntimeError(f"starts: none of {len(starts)} starts ended feasible")
    return best


def _slsqp(objective, constraint, start, gradient, jacobian) -> Array:
    equality = {"type": "eq", "fun": constraint, "jac": jacobian}
    # ftol also bounds the summed violation: any tighter, and rounding alone keeps it running.
    options = {"ftol": 1e-14, "maxiter": 500}
    return minimize(
        objective, start, jac=gradient, method="SLSQP", constraints=equality, options=options
    ).x


def _trust_constr(objective, equality, start, gradient, hessian) -> Array:
    # Exact curvature: a quasi-Newton update of a straight constraint divides by zero and warns.
    options = {"gtol": 1e-9, "xtol": 1e-12, "maxiter": 500}
    return minimize(
        objective,
        start,
        jac=gradient,
        hess=hessian,
        method="trust-constr",
        constraints=equality,
        options=options,
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
    product = 0.0 if linearised else 1.0

    def constraint(x):
        o = x.reshape(g.shape)
        linear = g[first] * g[second] + g[first] * o[second] + o[first] * g[second]
        return (linear + product * o[first] * o[second]).sum(axis=-1)

    def jacobian(x):
        o = x.reshape(g.shape)
        rows = np.zeros((len(first), *g.shape))
        pair = np.arange(len(first))
        rows[pair, first] = g[second] + product * o[second]
        rows[pair, second] = g[first] + product * o[first]
        return rows.reshape(len(first), -1)

    def constraint_hessian(x, multipliers):
        pairs = np.zeros((len(g), len(g)))
        pairs[first, second] = product * multipliers
        return np.kron(pairs + pairs.T, np.eye(g.shape[1]))

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
        lambda x: np.diag(np.repeat(2 * w.ravel(), g.shape[1])),
        constraint_hessian,
    )
    return Solution(solution.point.reshape(g.shape), solution.value, solution.violation)


def best_scaling(
    lengths: Array,
    ratio: float,
    reading: str,
    rng: np.random.Generator,
    starts: int = 4,
    methods: tuple[str, ...] = METHODS,
) -> Solution:
    """Problem (9) with constraint (10) in one of its readings, for a pair cut into blocks.

    min Σ_k Σ_i ‖α_i^(k) g_i^(k) − g_i^(k)‖² over α and ρ. 'corrected': ‖P_i‖ = ρ ‖P_j‖ and
    Σ_i ‖P_i‖² = Σ_i ‖g_i‖² in every block; the others are those of `synergy.printed_lengths`.
    ρ = `ratio` is given, except for 'swap', which fixes it itself (one block at a time: more would
    be more equations than unknowns). Shapes: block lengths (2, l) → point α (2, l), signs chosen
    by the objective.
    """
    a, b = np.asarray(lengths, float)
    size = np.concatenate([a, b])

    def constraint(x):
        (p, q), rho = np.abs(x[:-1] * size).reshape(2, -1), x[-1]
        given, total = np.array([rho - ratio]), p + q - a - b
        return np.concatenate(
            {
                "corrected": [p - rho * q, p**2 + q**2 - a**2 - b**2, given],
                "swap": [p - rho * b, q - rho * a, total],
                "one-sided": [p - rho * b, total, given],
                "unsquared": [p - rho * q, total, given],
            }[reading]
        )

    def jacobian(x):
        steps = 1e-6 * np.eye(x.size)
        return np.stack([(constraint(x + h) - constraint(x - h)) / 2e-6 for h in steps], axis=-1)

    points = [np.ones(size.size + 1), *rng.uniform(-2, 2, (starts - 1, size.size + 1))]
    solution = solve(
        lambda x: float((size**2 * (x[:-1] - 1) ** 2).sum()),
        constraint,
        points,
        lambda x: np.append(2 * size**2 * (x[:-1] - 1), 0),
        jacobian,
        methods,
    )
    return Solution(solution.point[:-1].reshape(2, -1), solution.value, solution.violation)


def best_block_angle(lengths: Array, starts: int = 4, modalities: int = 2) -> Solution:
    """Angle φ of least distortion when block k gets the lengths √S_k (sin φ, cos φ), 0 ≤ φ ≤ π/2.

    Σ_k (√S_k sin φ − a_k)² + (√S_k cos φ − b_k)², or its first half alone for `modalities` = 1.
    Shapes: block lengths (2, l) → point φ (1,).
    """
    lengths = np.asarray(lengths, float)
    s = np.hypot(*lengths)

    def cost(phi):
        change = s * np.array([np.sin(phi), np.cos(phi)]).reshape(2, 1) - lengths
        return float((change[:modalities] ** 2).sum())

    runs = [
        minimize(cost, start, method="L-BFGS-B", bounds=[(0, np.pi / 2)], options={"ftol": 1e-15})
        for start in np.linspace(0.1, 1.4, starts)
    ]
    best = min(runs, key=lambda run: run.fun)
    return Solution(best.x, float(best.fun), 0.0)


def finite_difference(function: Callable[[Array], float], x: Array, step: float = 1e-5) -> Array:
    """Central differences (f(x + h e) − f(x − h e)) / 2h, entry by entry; error h² + eps/h.

    Shapes: x of any shape → the same shape.
    """
    x = np.asarray(x, float)
    slope = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        slope[index] = (function(x + shift) - function(x - shift)) / (2 * step)
    return slope
