"""What starves a modality: one residual is shared by all, and nothing bounded revives it."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.matrices import K
from derivations.plane.formulas import SHARED_RESIDUAL
from rgm_ref.head import residual
from rgm_ref.rebalance import ratio

half = sp.Rational(1, 2)

shared = Claim(
    id="plane-shared-residual",
    place="ours, on Eq. 15",
    title="Where the joint residual has vanished, no bounded modulation of the gradients brings a "
    "signal back",
    statement=r"g_k = W_k^\top r, \quad \|\Phi(g_1, \dots, g_M)\| \le G \sqrt{\textstyle\sum_k "
    r"\|g_k\|^2} \;\Rightarrow\; \|\Phi\| \le G \sqrt{\textstyle\sum_k \sigma_k^2}\, "
    r"\|r\|, \quad \sigma_k = \sigma_{\max}(W_k)",
    quote="without relying on additional unimodal losses",
    depends=("fusion-head-ratio",),
    remark="All modalities share one residual. Once one of them has driven it to 0, the others' "
    "gradients are 0 too, however wrong their own predictions are, and RGM has nothing to "
    "modulate: that is starvation. The level of each own residual (a Brier score) beside ‖r‖² "
    "shows it.",
)


@shared.proof
def _(proof: Proof) -> None:
    n = sp.Symbol("n", integer=True)
    sigma, size, gain = sp.symbols("sigma_k R G", nonnegative=True)
    x = sp.IndexedBase("x", real=True)[n]
    gap = sp.IndexedBase("t", nonnegative=True)[n]
    proof.let("In the coordinates x of r along the singular vectors of W_k, ‖g_k‖² = Σ σ_n² x_n²")
    proof.nonnegative(
        "With σ_n² = σ_k² − t_n, no term of σ_k² ‖r‖² − ‖g_k‖² is negative",
        sp.Sum(sigma**2 * x**2 - (sigma**2 - gap) * x**2, (n, 1, K)), sp.Sum(gap * x**2, (n, 1, K)),
    )  # fmt: skip
    k, M = sp.Symbol("k", integer=True), sp.Symbol("M", integer=True, positive=True)
    sigmas, short = (sp.IndexedBase(name, nonnegative=True)[k] for name in ("sigma", "u"))
    total = sp.Sum(sigmas**2 * size**2, (k, 1, M))
    lost = sp.Symbol("v", nonnegative=True)
    proof.nonnegative(
        "So with ‖g_k‖² = σ_k² ‖r‖² − u_k and ‖Φ‖² = G² Σ ‖g_k‖² − v, R = ‖r‖, the bound "
        "squared exceeds ‖Φ‖² by",
        gain**2 * total - (gain**2 * (total - sp.Sum(short, (k, 1, M))) - lost),
        gain**2 * sp.Sum(short, (k, 1, M)) + lost,
        sp.expand,
    )  # fmt: skip
    proof.let(
        "In particular r = 0 makes Φ = 0. Meanwhile: two classes, logits (x, 0) from i and (0, "
        "0) from j"
    )
    logit = sp.Symbol("x", positive=True)
    joint = sp.Matrix([1 / (1 + sp.exp(-logit)) - 1, 1 - 1 / (1 + sp.exp(-logit))])
    own = sp.Matrix([half - 1, half])
    proof.equal(
        "The joint residual vanishes as i becomes sure",
        sp.limit(joint.dot(joint), logit, sp.oo), 0,
    )  # fmt: skip
    proof.equal("while j's own residual, a coin toss, keeps the Brier score", own.dot(own), half)


@shared.numeric(
    SHARED_RESIDUAL,
    oracle="the bound, with RGM's gain G = 1 + max r, for joint residuals near 1e-6",
    tolerance=1e-12,
    because="a bound, relative to itself",
    samples=30,
)
def _(formula, rng):
    heads, energy = rng.normal(size=(2, 4, 3)), rng.uniform(0.2, 1, 2)
    joint, own = rng.normal(size=(2, 3))
    joint[0] = joint.max() + 14  # modality i is sure, and right; r is of order 1e-6
    r = residual(joint, np.eye(3)[0])
    if rng.random() < 0.5:  # near equality: blocks that read r best, i's weak and long ahead
        weak = 10 ** rng.uniform(-3, -1)
        heads = np.array([weak, 1])[:, None, None] * np.outer(rng.normal(size=4), r)
        energy = np.array([1, weak])
    step = formula(heads, r, residual(own, np.eye(3)[0]), energy)
    sigma = np.linalg.norm([np.linalg.norm(head, 2) for head in heads])
    bound = (1 + ratio(energy).max()) * sigma * np.linalg.norm(r)
    return bounded(np.linalg.norm(step), bound, scale=bound)
