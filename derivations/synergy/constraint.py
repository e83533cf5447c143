"""Constraint (10) as printed against solution (11), and the constraint that (11) does solve."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import a, b, w_i, w_j
from derivations.synergy.formulas import ALPHA, PRINTED
from derivations.synergy.scenes import pair_of
from derivations.synergy.sums import linear, over_blocks, total
from rgm_ref.oracles import best_scaling
from rgm_ref.synergy import READINGS, alpha

x, y = sp.symbols("x y", positive=True)  # ‖P_i‖, ‖P_j‖ in one block
rho = sp.Symbol("rho", positive=True)

constraint = Claim(
    id="synergy-constraint",
    place="Eqs. 10–11",
    title="Eq. 11 is the solution of problem (9) under constraint (10)",
    statement=r"\alpha_i^{(k)} = \frac{\sqrt{w_i \sum_i \|g_i^{(k)}\|^2}}{\|g_i^{(k)}\|} "
    r"\;\text{satisfies}\; \frac{\|\mathcal P_i^{(k)}\|}{\|g_j^{(k)}\|} = \rho, \; "
    r"\sum_i \|\mathcal P_i^{(k)}\| = \sum_i \|g_i^{(k)}\|",
    quote="The closed-form solution is:",
    corrected=r"\frac{\|\mathcal P_i^{(k)}\|}{\|\mathcal P_j^{(k)}\|} = \rho, \quad "
    r"\sum_i \|\mathcal P_i^{(k)}\|^2 = \sum_i \|g_i^{(k)}\|^2",
    remark="Two slips of the pen: g_j for P_j in the first line, lengths for squared lengths in "
    "the second. As printed, the constraint can be read in three ways; all differ from Eq. 11.",
)


@constraint.counterexample
def _(proof: Proof) -> None:
    proof.let("Two blocks with (‖g_i‖, ‖g_j‖) = (1, 1) and (2, 1), so √S = √2 and √5")
    lines = [sp.sqrt(w_i * S) for S in (2, 5)]
    proof.refute(
        "The first line wants √(w_i S)/‖g_j‖ to be one constant ρ: their quotient would be 1",
        sp.Eq(lines[1] / lines[0], 1, evaluate=False),
    )
    proof.refute(
        "The second wants (√w_i + √w_j) √S = ‖g_i‖ + ‖g_j‖, so (‖g_i‖ + ‖g_j‖)/√S the same in both",
        sp.Eq(2 / sp.sqrt(2), 3 / sp.sqrt(5), evaluate=False),
    )


@constraint.proof
def _(proof: Proof) -> None:
    proof.let("In one block let a = ‖g_i‖, b = ‖g_j‖, and x = ‖P_i‖, y = ‖P_j‖ be sought")
    proof.let("Reading 'swap': the first line holds for both, x = ρ b and y = ρ a")
    proof.solves("The second line then leaves one ρ", rho * b + rho * a - (a + b), rho, 1)
    proof.let("so the lengths are exchanged, x = b and y = a")
    proof.let("Reading 'one-sided': the first line holds for i alone, x = ρ b (with ρ b ≤ a + b)")
    proof.solves("The second line gives", rho * b + y - (a + b), y, a + b - rho * b)
    proof.equal(
        "Squared length is kept only if nothing changes (ρ = a/b) or lengths are exchanged (ρ = 1)",
        (rho * b) ** 2 + (a + b - rho * b) ** 2 - (a**2 + b**2),
        2 * b * (rho - 1) * (rho * b - a),
        sp.expand,
    )
    proof.let("Reading 'unsquared': ‖P_j‖ for ‖g_j‖ in the first line, x = ρ y")
    proof.solves("The second line gives", rho * y + y - (a + b), y, (a + b) / (1 + rho))
    proof.equal(
        "Again it is kept only if nothing changes (ρ = a/b) or lengths are exchanged (ρ = b/a)",
        (1 + rho**2) * ((a + b) / (1 + rho)) ** 2 - (a**2 + b**2),
        2 * (rho * a - b) * (rho * b - a) / (1 + rho) ** 2,
        sp.factor,
    )
    proof.equal(
        "Eq. 11 keeps squared length in every block, because the shares sum to 1",
        (w_i * (a**2 + b**2) + w_j * (a**2 + b**2)).subs(w_j, 1 - w_i),
        a**2 + b**2,
        sp.expand,
    )
    proof.let("and has one ratio √(w_i/w_j) in all blocks, so it is none of the three:")
    proof.let("unchanged lengths have a/b and exchanged ones b/a, which differ from block to block")


@constraint.numeric(
    PRINTED,
    oracle="SciPy SLSQP and trust-constr on problem (9) with constraint (10), each reading",
    tolerance=1e-6,
    because="the optimizers meet the constraints, which fix the answer, to 1e-7",
    samples=9,
)
def _(formula, rng):
    reading = READINGS[rng.integers(3)]
    ratio = 1 if reading == "swap" else rng.uniform(0.5, 1.2)
    lengths = rng.uniform(0.5, 2, (2, 1 if reading == "swap" else 3))
    solution = best_scaling(lengths, ratio, reading, rng, starts=1)
    return agree(formula(lengths, ratio, reading), np.abs(solution.point) * lengths)


solution = Claim(
    id="synergy-solution",
    place="Eq. 11",
    title="Eq. 11 is the unique minimiser of (9) once its two constraints are put right",
    statement=r"\frac{\|\mathcal P_i^{(k)}\|}{\|\mathcal P_j^{(k)}\|} = \sqrt{\frac{w_i}{w_j}}, \; "
    r"\sum_i \|\mathcal P_i^{(k)}\|^2 = \sum_i \|g_i^{(k)}\|^2 \;\Rightarrow\; "
    r"\alpha_i^{(k)} = \frac{\sqrt{w_i S_k}}{\|g_i^{(k)}\|}",
    remark="The constraints leave only the sign of each α open, and the objective picks it. There "
    "is nothing else to minimise: claim synergy-least-distorting.",
)


@solution.proof
def _(proof: Proof) -> None:
    S, level, scale = sp.symbols("S t alpha_i", positive=True)
    w = over_blocks("w", positive=True)
    proof.let("One block, M modalities with shares w_1 + … + w_M = 1; here k counts them, l = M")
    proof.let("The first constraint makes the squared lengths ‖P_k‖² proportional to w_k: t w_k")
    whole = linear({w: sp.Integer(1)})(total(level * w))
    proof.equal("so they add up to", total(level * w), level, linear({w: sp.Integer(1)}))
    proof.solves("and the second constraint fixes t", whole - S, level, S)
    proof.solves(
        "Hence α_i² ‖g_i‖² = w_i S. The positive root is Eq. 11",
        scale**2 * a**2 - w_i * S,
        scale,
        sp.sqrt(w_i * S) / a,
    )
    proof.positive(
        "and the negative root costs more in (9), by",
        (-scale - 1) ** 2 * a**2 - (scale - 1) ** 2 * a**2,
        4 * scale * a**2,
    )


@solution.numeric(
    ALPHA,
    oracle="SciPy SLSQP and trust-constr on problem (9), constraints put right, several starts",
    tolerance=1e-6,
    because="the optimizers meet the constraints, which fix the answer up to sign, to 1e-7",
    samples=3,
)
def _(formula, rng):
    lengths, ratio = rng.uniform(0.5, 2, (2, 3)), rng.uniform(0.5, 2)
    gradients = pair_of(lengths, rng.uniform(-1, 1, 3), rng)
    shares = np.array([ratio**2, 1]) / (1 + ratio**2)
    found = best_scaling(lengths, ratio, "corrected", rng, starts=3, methods=("SLSQP",))
    also = best_scaling(lengths, ratio, "corrected", rng, starts=1, methods=("trust-constr",))
    best = min(found, also, key=lambda solution: solution.value)
    return agree(formula(gradients, shares, 3), best.point)


LENGTHS = np.array([[1.0, 2.0, 0.5, 1.5], [0.3, 1.0, 2.0, 1.0]])
GRADIENTS = pair_of(LENGTHS, np.array([0.5, -0.2, 0.9, 0.1]), np.random.default_rng(0))

solution.speed(
    "Eq. 11 against SLSQP, four blocks",
    lambda: alpha(GRADIENTS, np.array([0.8, 0.2]), 4),
    lambda: best_scaling(
        LENGTHS, 2.0, "corrected", np.random.default_rng(0), starts=1, methods=("SLSQP",)
    ),
)
