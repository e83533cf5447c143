"""What c between features can mean: it changes with the basis, and the model does not."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.matrices import Q, W_j, product, r, settled, z_j
from derivations.plane.formulas import TURNED
from rgm_ref.gauge import change_basis, haar_rotation, turn_to
from rgm_ref.head import head_gradients, residual, softmax, to_logits
from rgm_ref.oracles import finite_difference
from rgm_ref.plane import coordinates
from rgm_ref.synorth import synorth

orthogonal = settled(sp.Q.orthogonal(Q))

gauge = Claim(
    id="plane-gauge",
    place="Eq. 6",
    title="The cosine between two modalities' feature gradients tells how the modalities interact",
    statement=r"c_{ij} = 1 \text{ indicates the most synergistic, } c_{ij} = -1 "
    r"\text{ the most severe conflict of the model's modalities}",
    quote="c_ij = 1 indicates the most synergistic and c_ij = −1 implies the most severe conflict",
    corrected=r"z_j \to Q z_j,\; W_j \to W_j Q^\top \text{ is the same model with } g_j \to Q "
    r"g_j: \text{ lengths, energies and } \bar w \text{ stay, } c_{ij} \text{ takes "
    "every value in } [-1, 1]",
    remark="For concatenation under a linear layer and d ≥ 2; under sum fusion c is 1 whatever the "
    "model (fusion-sum-noop). Nothing ties the axes of one encoder's features to those of "
    "another's. A quantity that describes the model must be the same in both bases: claims "
    "plane-invariant and plane-residual-gauge give three. Rescaling, z_j → t z_j, leaves c but "
    "divides g_j by t, so energies and w̄ are not invariant to that.",
)


@gauge.proof
def _(proof: Proof) -> None:
    proof.let("Turn the features by an orthogonal Q and let the head turn them back")
    proof.equal("The logits are what they were", product(W_j, Q.T, Q, z_j), W_j * z_j, orthogonal)
    g_j = W_j.T * r
    turned = product(sp.Transpose(product(W_j, Q.T)), r)
    proof.equal("The gradient turns with the features", turned, Q * g_j, orthogonal)
    proof.equal(
        "so its length stays, and with it energies and w̄",
        product(sp.Transpose(turned), turned), g_j.T * g_j, orthogonal,
    )  # fmt: skip
    a, b, t = sp.symbols("a b t", positive=True)
    phi, psi = sp.symbols("phi psi", real=True)
    g_i, g_j = a * direction(0), b * direction(phi)
    turn = direction(psi - phi).row_join(direction(psi - phi + sp.pi / 2))
    proof.equal(
        "Let g_i and g_j be at the angle φ, and Q the turn of their plane by ψ − φ: c becomes "
        "cos ψ, for any ψ",
        g_i.dot(turn * g_j) / (a * b), sp.cos(psi),
    )  # fmt: skip
    scaled = (W_j / t).T * r
    proof.equal(
        "Stretching instead, z_j → t z_j and W_j → W_j / t, divides the gradient by t",
        t * scaled, W_j.T * r, orthogonal,
    )  # fmt: skip


def direction(angle):
    """Unit vector of the plane at an angle."""
    return sp.Matrix([sp.cos(angle), sp.sin(angle)])


@gauge.counterexample
def _(proof: Proof) -> None:
    head = sp.Matrix([[1, 2], [3, 5]])
    turn = sp.Matrix(
        [[sp.Rational(3, 5), -sp.Rational(4, 5)], [sp.Rational(4, 5), sp.Rational(3, 5)]]
    )
    z, rest = sp.Matrix([2, 1]), sp.Matrix([1, -1])
    g_i = g_j = head.T * rest
    other = (head * turn.T).T * rest
    proof.let("Two classes, r = (1, −1), W_i = W_j = (1 2; 3 5) and the turn Q = (3 −4; 4 3)/5")
    proof.equal("The turned modality gives the same logits", head * turn.T * (turn * z), head * z)
    proof.equal("and has a gradient of the same length", other.dot(other), g_j.dot(g_j))
    before, after = g_i.dot(g_j) / g_j.dot(g_j), g_i.dot(other) / g_j.dot(g_j)
    proof.refute(
        "c tells of the model only if it is the same in both",
        sp.Eq(before, after, evaluate=False),
    )


@gauge.numeric(
    TURNED,
    oracle="central differences of the loss in the turned features",
    tolerance=1e-7,
    because="step 1e-5: truncation of order 1e-10, rounding of order 1e-11, relative to slopes "
    "near 1",
    samples=10,
)
def _(formula, rng):
    features, heads, target = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 4)), np.eye(4)[0]
    own = to_logits(features, heads)
    g = head_gradients(heads, residual(own.sum(axis=0), target))
    turn = haar_rotation(3, rng)
    z_turned, head_turned = change_basis(features[1], heads[1], turn)
    slope = finite_difference(lambda z: -np.log(softmax(own[0] + z @ head_turned))[0], z_turned)
    return agree(formula(g[1], turn), slope)


@gauge.observation
def _():
    rng = np.random.default_rng(0)
    features, heads, target = rng.normal(size=(2, 6)), rng.normal(size=(2, 6, 4)), np.eye(4)[0]
    energy, wished = np.array([2.0, 1.0]), np.linspace(-1, 1, 9)

    def place(features, heads):
        own = to_logits(features, heads)
        g = np.stack(head_gradients(heads, residual(own.sum(axis=0), target)))
        return own, g, coordinates(energy, g)

    own, g, (w_bar, _) = place(features, heads)
    same, found = True, []
    for c in wished:
        z_turned, head_turned = change_basis(features[1], heads[1], turn_to(g, c))
        now, _, (w_now, c_now) = place([features[0], z_turned], [heads[0], head_turned])
        same &= bool(np.allclose(now, own, rtol=0, atol=1e-12)) and w_now == w_bar
        found.append(c_now)
    energy_now, turn = np.ones(2), turn_to(g, -0.9)
    ours, turned = synorth(g, energy_now), synorth(np.stack([g[0], turn @ g[1]]), energy_now)
    gap = np.linalg.norm(turned[1] - turn @ ours[1]) / np.linalg.norm(ours[1])
    return {
        "one model, nine bases: the same logits and the same w̄": same,
        "and nine values of c, from −1 to 1": bool(np.allclose(found, wished, atol=1e-12)),
        "RGM's step in a turned basis is not the turned step, by more than a tenth": bool(
            gap > 0.1
        ),
    }
