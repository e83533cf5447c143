"""What the energy says of progress: an upper bound alone says nothing, both bounds say a lot."""

import numpy as np
import sympy as sp

from derivations.energy.formulas import ENERGY
from derivations.energy.lemma import L, delta, descent_lemma, eta, telescope, x
from derivations.energy.scenes import by_modality, descend, ripples
from derivations.ledger import Claim, Proof, bounded

faithful = Claim(
    id="energy-faithful",
    place="Theorem 1",
    title="Theorem 1 makes the energy a faithful measure of progress",
    statement=r"E^{(T)} \le 2\eta\,\Delta\mathcal L \;\Rightarrow\; \Delta\mathcal L"
    r" \text{ is known from } E^{(T)} \text{ up to a constant factor}",
    quote="This ensures CGE faithfully reflects actual optimization progress without drift or"
    " saturation",
    corrected=r"\left|\Delta\mathcal L - \frac{1}{\eta}\sum_k E_k\right| \le \frac{L\eta}{2} \cdot"
    r" \frac{1}{\eta}\sum_k E_k \text{ for plain descent; } E_k/\eta \text{ is block } k"
    r"\text{'s first-order share of } \Delta\mathcal L",
    depends=("energy-two-sided",),
    remark="An upper bound alone allows any smaller energy. The missing half is the lower bound of"
    " energy-two-sided; it speaks of plain descent, and of the parameters that move.",
)


@faithful.proof
def _(proof: Proof) -> None:
    spent = sp.Symbol("e", nonnegative=True)
    proof.let("The step is −η g; its energy is e = ‖ηg‖², so g·p = η‖g‖² = e/η and ‖p‖² = e")
    least = descent_lemma(proof, spent / eta, spent)
    proof.equal(
        "In terms of e/η, the first-order drop,", least, (1 - x / 2) * spent / eta,
        simplify=sp.expand,
    )  # fmt: skip
    proof.equal(
        "With +s L‖p‖² the same integral bounds the drop from above by",
        least.subs(L, -L), (1 + x / 2) * spent / eta, simplify=sp.expand,
    )  # fmt: skip
    telescope(proof)
    proof.let(
        "so ΔL differs from ΣE/η by at most Lη/2 times that. For a step of block k alone,"
        " p = η g_k and g·p = η‖g_k‖², the same lines say it of E_k and of that block's share"
    )


@faithful.counterexample
def _(proof: Proof) -> None:
    r = sp.Symbol("r", positive=True)
    spent, fallen = eta**2, eta * r
    proof.let("On the slope −θ the gradient is −1; EAR steps by η r, Eq. 3 books the raw gradient")
    proof.let("The energy of one step is", sp.Symbol("E"), spent)
    proof.let("and the loss falls by", sp.Symbol("ΔL"), fallen)
    proof.nonnegative(
        "Theorem 1 holds for every r ≥ 1, here r = 1 + δ",
        (2 * eta * fallen - spent).subs(r, 1 + delta), eta**2 * (1 + 2 * delta), simplify=sp.expand,
    )  # fmt: skip
    progress = eta * fallen / spent
    proof.refute(
        "Is the progress per energy, ηΔL/E, at r = 1 that at r = 50?",
        sp.Eq(progress.subs(r, 1), progress.subs(r, 50), evaluate=False),
    )
    proof.refute(
        "Is it below any constant?",
        sp.Lt(sp.Limit(progress, r, sp.oo, "-"), sp.oo, evaluate=False),
    )


@faithful.numeric(
    ENERGY,
    oracle="the drop of the loss over descent on random hills and valleys",
    tolerance=1e-12,
    because="rounding in losses of order 10",
    samples=30,
)
def _(formula, rng):
    scene = ripples(rng)
    rate = rng.uniform(0.02, 0.5) / scene.smoothness
    path, gradients = descend(scene, 3 * rng.normal(size=4), rate, 12)
    drops = scene.loss(path[0]) - scene.loss(path[1:])
    first_order = formula(by_modality(gradients), rate).sum(axis=0) / rate
    return bounded(abs(drops - first_order), scene.smoothness * rate / 2 * first_order)


@faithful.numeric(
    ENERGY,
    oracle="the drop of the loss when one block moves alone",
    tolerance=1e-12,
    because="rounding in losses of order 10",
    samples=30,
)
def _(formula, rng):
    scene, start = ripples(rng), 3 * rng.normal(size=4)
    rate = rng.uniform(0.02, 0.5) / scene.smoothness
    gradient = scene.gradient(start)
    alone = np.stack([gradient * [1, 1, 0, 0], gradient * [0, 0, 1, 1]])
    drops = scene.loss(start) - scene.loss(start - rate * alone)
    first_order = formula(by_modality(gradient[None]), rate)[:, 0] / rate
    return bounded(abs(drops - first_order), scene.smoothness * rate / 2 * first_order)
