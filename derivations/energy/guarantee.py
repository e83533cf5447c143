"""'Convergence-guaranteed': Theorem 1 for the step that RGM really takes."""

import numpy as np
import sympy as sp

from derivations.energy.formulas import MODULATED
from derivations.energy.lemma import L, delta, descent_lemma, eta, kappa, n, telescope
from derivations.energy.scenes import Scene, bowl, descend, ripples
from derivations.ledger import Claim, Proof, agree, bounded

m, K = sp.symbols("m K", positive=True)

guarantee = Claim(
    id="energy-guarantee",
    place="Abstract, Conclusion",
    title="The energy is convergence-guaranteed under RGM's own step",
    statement=r"\sum_t \|\eta\, g^{(t)}\|^2 \le 2\eta\,\Delta\mathcal L \text{ for }"
    r" \theta \leftarrow \theta - \eta\, g^{\mathrm{mod}}, \; \eta \le 1/L",
    quote="a convergence-guaranteed measure of modality-wise progress",
    corrected=r"\sum_t \|\eta\, g^{(t)}\|^2 \le \frac{\eta\,\Delta\mathcal L}{m - L\eta K/2}"
    r" \text{ if } g \cdot g^{\mathrm{mod}} \ge m\|g\|^2, \;"
    r" \|g^{\mathrm{mod}}\|^2 \le K\|g\|^2 \text{ at every step and } \eta < \frac{2m}{LK}",
    depends=("energy-theorem1",),
    remark="RGM has no K: r grows without bound as a modality's energy vanishes. A cap on r would"
    " give one, and an m for features is the joint-descent theorem's; neither is in the paper.",
)


@guarantee.proof
def _(proof: Proof) -> None:
    proof.let("The step is −η g^mod; ‖g‖ = n, g·g^mod = m n² + δ and ‖g^mod‖² = K n² − κ, δ, κ ≥ 0")
    least = descent_lemma(proof, eta * (m * n**2 + delta), eta**2 * (K * n**2 - kappa))
    rest = sp.Symbol("rho", nonnegative=True)
    proof.let("The drop of the step exceeds that by some ρ ≥ 0")
    proof.nonnegative(
        "So (m − LηK/2) times the energy of the raw gradient is at most η × drop",
        eta * (least + rest) - (m - L * eta * K / 2) * (eta * n) ** 2,
        eta * rest + eta**2 * delta + L * eta**3 * kappa / 2, simplify=sp.expand,
    )  # fmt: skip
    telescope(proof)
    room = sp.Symbol("v", positive=True)
    proof.positive(
        "For η below 2m/(LK), written 2m/(LK(1 + v)) with v > 0, one may divide by the factor",
        (m - L * eta * K / 2).subs(eta, 2 * m / (L * K * (1 + room))), m * room / (1 + room),
        simplify=sp.cancel,
    )  # fmt: skip
    r, theta = sp.symbols("r theta", positive=True)
    fallen = L * (theta**2 - (theta - eta * r * L * theta) ** 2) / 2
    proof.equal(
        "Equality: on the bowl Lθ²/2 with g^mod = r g, so m = r and K = r²",
        eta * fallen, (r - L * eta * r**2 / 2) * (eta * L * theta) ** 2, simplify=sp.expand,
    )  # fmt: skip


@guarantee.counterexample
def _(proof: Proof) -> None:
    e_i, e_j = sp.symbols("E_i E_j", positive=True)
    ratio = (e_i + e_j) / (2 * e_i)
    energies = {e_i: 1, e_j: 99}
    proof.let("EAR alone (a row of Table 3) at c = 1 steps by r_i g_i", sp.Symbol("r_i"), ratio)
    r_i, r_j = ratio.subs(energies), ratio.subs({e_i: 99, e_j: 1})
    proof.let("With the energies 1 and 99 so far", sp.Symbol("r_i"), r_i)
    proof.let("On the bowl (θ_i² + θ_j²)/2 from (1, 1), where c = 1, take one step of η = 1/L = 1")
    fallen = (2 - (1 - r_i) ** 2 - (1 - r_j) ** 2) / 2
    proof.let("The loss changes by", sp.Symbol("ΔL"), fallen)
    proof.refute("Is the step's energy 2 at most 2ηΔL?", sp.Le(2, 2 * fallen, evaluate=False))
    proof.refute(
        "Is r_i, and with it K, bounded as E_i vanishes?",
        sp.Lt(sp.Limit(ratio.subs(e_j, 1), e_i, 0, "+"), sp.oo, evaluate=False),
    )


@guarantee.numeric(
    MODULATED,
    oracle="random modulated steps on random hills and valleys",
    tolerance=1e-12,
    because="rounding in losses of order 10",
    samples=30,
)
def _(formula, rng):
    scene = ripples(rng)
    mixing = np.eye(4) + 0.5 * rng.uniform(-1, 1, (4, 4)) / np.sqrt(4)
    alignment = np.linalg.eigvalsh((mixing + mixing.T) / 2)[0]
    growth = np.linalg.norm(mixing, 2) ** 2
    rate = rng.uniform(0.05, 0.95) * 2 * alignment / (scene.smoothness * growth)
    modulated = Scene(scene.loss, lambda p: scene.gradient(p) @ mixing.T, scene.smoothness)
    path, _ = descend(modulated, 3 * rng.normal(size=4), rate, 15)
    spent = rate**2 * (scene.gradient(path[:-1]) ** 2).sum()
    drop = scene.loss(path[0]) - scene.loss(path[-1])
    return bounded(spent, formula(drop, rate, scene.smoothness, alignment, growth), scale=spent)


@guarantee.numeric(
    MODULATED,
    oracle="the bowl with g^mod = r g, where it is an equality",
    tolerance=1e-11,
    because="the drop cancels by a factor of at most 1000",
    samples=20,
)
def _(formula, rng):
    curvature, r = rng.uniform(0.5, 2), rng.uniform(0.5, 4)
    scene, rate = bowl(curvature), rng.uniform(0.1, 0.9) * 2 / (curvature * r)
    path, _ = descend(bowl(r * curvature), rng.normal(size=4), rate, 6)
    spent = rate**2 * (scene.gradient(path[:-1]) ** 2).sum()
    drop = scene.loss(path[0]) - scene.loss(path[-1])
    return agree(formula(drop, rate, curvature, r, r**2), spent)
