"""What tempering does about conflict: EAR stands still, and the imbalance is left as it is."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.rebalance.formulas import SETTLED
from rgm_ref.rebalance import trajectory

c = sp.Symbol("c", real=True)
u, ell = sp.symbols("u ell", positive=True)

claim = Claim(
    id="rebalance-conflict-freeze",
    place="Eq. 8",
    title="Tempering keeps conflict from amplifying the imbalance",
    statement=r"\text{steady raw energies, CGE of the applied gradients: } c' < c \;\Rightarrow\; "
    r"\text{the ratio } E_i/E_j \text{ that EAR settles at is no farther from 1 at } c' "
    r"\text{ than at } c",
    quote="This prevents conflict from amplifying imbalance",
    corrected=r"\log\frac{E_i}{E_j} \to \frac{1}{2 + c}\log\frac{e_i}{e_j}: "
    r"\text{ more imbalance the more conflict, up to the untouched ratio at } c = -1",
    depends=("rebalance-applied",),
    remark="At c = −1 EAR is off: what conflict is kept from amplifying is EAR's own correction. "
    "True is only that EAR never makes the imbalance larger than it was without it.",
)


@claim.proof
def _(proof: Proof) -> None:
    gap = ell / (2 + c)
    proof.let("Let ℓ = log(e_i/e_j) > 0; CGE counts the applied gradients and settles at ℓ/(2 + c)")
    proof.positive(
        "As c falls the imbalance grows: minus the slope in c is",
        -sp.diff(gap, c).subs(c, u - 1), ell / (1 + u) ** 2, sp.factor,
    )  # fmt: skip
    proof.equal("At c = −1 it is the raw imbalance", gap.subs(c, -1), ell)
    proof.positive(
        "and for c = −1 + u above −1 it is smaller than that",
        ell - gap.subs(c, u - 1), ell * u / (1 + u), sp.factor,
    )  # fmt: skip


@claim.counterexample
def _(proof: Proof) -> None:
    settled = {c: sp.Integer(100) ** (1 / (2 + sp.Integer(c))) for c in (0, -1)}
    proof.equal("Raw energies 100 : 1 settle, for orthogonal gradients, at", settled[0], 10)
    proof.refute(
        "and for opposed ones no farther from 1 than that",
        sp.Le(settled[-1], settled[0], evaluate=False),
    )


@claim.numeric(
    SETTLED,
    oracle="the larger conflict leaves the larger imbalance after 300 steps",
    tolerance=1e-12,
    because="the order of two simulated ratios that differ by more than the settling error",
    samples=10,
)
def _(formula, rng):
    agreeing, fighting = rng.uniform(0.5, 1), rng.uniform(-1, 0)
    cge, _ = trajectory(
        np.array([[100.0] * 2, [1.0] * 2]), np.array([agreeing, fighting]), 300, "applied"
    )
    gap = np.log(cge[-1, 0] / cge[-1, 1]) / np.log(100)
    halfway = formula((agreeing + fighting) / 2, "applied")
    return bounded([gap[0], halfway], [halfway, gap[1]])
