"""Without EAR the Syn part never lengthens the gradients taken together."""

import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.synergy.formulas import SYN
from derivations.synergy.sums import linear, over_blocks, total

nonexpansive = Claim(
    id="synergy-nonexpansive",
    place="ours, on Eq. 15",
    title="Without EAR, the Syn part does not lengthen the modalities' gradients taken together",
    statement=r"\sum_i \left\| \mathcal G_k [\gamma_k \mathcal P_i^{(k)} "
    r"+ (1 - \gamma_k) g_i^{(k)}] \right\|^2 \le \sum_i \|g_i\|^2",
    depends=("synergy-solution",),
    remark="One modality alone may grow (the weak one does). The only unbounded factor of the "
    "whole step is EAR's r.",
)


theta, psi = sp.symbols("theta psi", real=True)


def pythagoras(rest: sp.Expr) -> sp.Expr:
    """A `simplify` that knows cos² = 1 − sin²."""
    squares = {sp.cos(angle) ** 2: 1 - sp.sin(angle) ** 2 for angle in (theta, psi)}
    return sp.factor(sp.expand(rest).subs(squares))


@nonexpansive.proof
def _(proof: Proof) -> None:
    t, s = sp.Symbol("t", nonnegative=True), sp.Symbol("s", positive=True)
    gate = 1 / (1 + t)
    proof.let("One block of energy s², lengths a = s sin ψ and b = s cos ψ, gate γ = 1/(1 + t)")
    proof.let("Eq. 11 makes the lengths s sin θ and s cos θ, with sin²θ = w_i")
    proof.let("P_i and g_i have one direction, so blending them blends their lengths")
    new_i = s * (gate * sp.sin(theta) + (1 - gate) * sp.sin(psi))
    new_j = s * (gate * sp.cos(theta) + (1 - gate) * sp.cos(psi))
    change = (sp.sin(theta) - sp.sin(psi)) ** 2 + (sp.cos(theta) - sp.cos(psi)) ** 2
    proof.nonnegative(
        "The block loses γ(1 − γ) times what Eq. 11 would have changed",
        s**2 - new_i**2 - new_j**2,
        s**2 * t / (1 + t) ** 2 * change,
        pythagoras,
    )
    proof.let(
        "A zero block stays zero and only loses more; summed over the blocks this is the claim"
    )


@nonexpansive.proof
def _(proof: Proof) -> None:
    mean = sp.Symbol("m", real=True)
    v_k, count = over_blocks("v", nonnegative=True), sp.Symbol("l", integer=True, positive=True)
    proof.let("M > 2: modality i gets the mean of its l = M − 1 pair steps, of lengths v_k at most")
    proof.nonnegative(
        "The square of a mean is at most the mean of the squares",
        total(v_k**2) / count - mean**2,
        total((v_k - mean) ** 2) / count,
        linear({v_k: count * mean, sp.Integer(1): count}),
    )
    proof.let("so Σ_i is at most the sum of the pair statements over all pairs, divided by M − 1")


@nonexpansive.numeric(
    SYN,
    oracle="length of the stacked gradients, M = 2 and 3",
    tolerance=1e-12,
    because="six entries per modality: about 50 roundings of 1e-16",
    samples=60,
)
def _(formula, rng):
    g = rng.normal(size=(rng.integers(2, 4), 6)) * 10 ** rng.uniform(-1, 1)
    energy = 10 ** rng.uniform(-3, 3, len(g))
    return bounded((formula(g, energy, int(rng.integers(1, 7))) ** 2).sum() / (g**2).sum(), 1)
