"""A ratio on a gradient is a ratio on its learning rate: what that does to a step that was safe."""

import sympy as sp

from derivations.ledger import Claim, Proof

claim = Claim(
    id="rebalance-stabilizes",
    place="Eq. 8",
    title="EAR stabilises training when the modalities are far out of balance",
    statement=r"\mathcal L(z - \eta\, \tilde r \odot g) \le \mathcal L(z) "
    r"\text{ wherever } \mathcal L(z - \eta g) \le \mathcal L(z)",
    quote="stabilizes training in highly imbalance condition",
    corrected=r"\eta\, \tilde r_i < 2/L \text{ for every } i: "
    r"\text{ the stable step shrinks by the largest } \tilde r_i",
    depends=("rebalance-unbounded",),
    remark="Beside Eq. 7 alone the sentence is true: tempering never makes the largest rate "
    "larger. Beside no EAR at all it is not. Scaling by r̃ is a learning rate of η r̃ for that "
    "modality: a step that was safe need not stay safe. Here the energies grow with the overshoot "
    "and r falls again, so the run recovers; the step itself is not stable.",
)


@claim.proof
def _(proof: Proof) -> None:
    h, slack, G = sp.symbols("h t G", positive=True)
    L = 2 / (h + slack)
    proof.let("Let the loss be L-smooth, h = η r̃_i the rate of modality i, and G = ‖g_i‖²")
    proof.let("The condition h < 2/L is L = 2/(h + t) with a slack t > 0")
    proof.positive(
        "By the descent lemma modality i then lowers the loss by at least",
        h * G - L / 2 * h**2 * G, h * slack * G / (h + slack), sp.factor,
    )  # fmt: skip
    ell, z = sp.symbols("ell z", nonnegative=True)
    proof.nonnegative(
        "Beside r itself r̃ is the safer one: with log r = ℓ ≥ 0 and (1 + c)/2 = 1 − z, log r − "
        "log r̃ is",
        ell - (1 - z) * ell, z * ell, sp.expand,
    )  # fmt: skip


@claim.counterexample
def _(proof: Proof) -> None:
    z = sp.Matrix([1, 3])
    proof.let("Take the loss (z_i² + z_j²)/2, so L = 1 and g = z; start at z = (1, 3): c = 1")
    proof.let("With η = 1 plain descent reaches the minimum z − g = 0 in one step")
    energy = z.applyfunc(lambda g: g**2)
    r = energy.applyfunc(lambda spent: sum(energy) / (2 * spent))
    proof.equal("The energies are 1 : 9 and the ratios are", r, sp.Matrix([5, sp.Rational(5, 9)]))
    after = z - r.multiply_elementwise(z)
    proof.equal("EAR goes to", after, sp.Matrix([-4, sp.Rational(4, 3)]))
    proof.refute(
        "and the loss has risen", sp.Le(after.dot(after) / 2, z.dot(z) / 2, evaluate=False)
    )
    proof.let(
        "Tempering does not save it: let z_i ⟂ z_j have length 1, so c = 0, and the energies 1 : "
        "99 so far"
    )
    root = sp.sqrt(sp.Rational(1 + 99, 2))
    proof.equal(
        "r̃_i is then √50, and the step η = 1 multiplies z_i by", 1 - root, 1 - 5 * sp.sqrt(2)
    )
    proof.refute(
        "so that ‖z_i‖² alone becomes larger than ‖z_i‖² + ‖z_j‖² = 2 was",
        sp.Le((1 - root) ** 2, 2, evaluate=False),
    )
