"""One training run, plotted in two bases: the losses are the same, the quadrants are not."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof
from derivations.matrices import Q, W_j, d, product, r, settled, z_j
from rgm_ref.gauge import change_basis, haar_rotation
from rgm_ref.head import head_gradients, residual, softmax, to_logits
from rgm_ref.plane import balance, nonconflict
from rgm_ref.toys import Views

orthogonal = settled(sp.Q.orthogonal(Q))

conflict_axis = Claim(
    id="plane-conflict-axis",
    place="Figs. 1 and 3",
    title="The quadrant of the plane that a training run ends in shows how its modalities "
    "collaborate",
    statement=r"\text{points with } \bar w > 0,\; c > 0 \text{ come from runs with better "
    "collaboration}",
    quote="This results in a clear structure in the upper right quadrant, reflecting improved "
    "collaboration",
    corrected=r"\text{A run of gradient descent from } (Q V_j, W_j Q^\top) \text{ has the losses "
    r"and the } \bar w \text{ of the run from } (V_j, W_j) \text{ at every step; its } "
    r"c \text{ is that of } (g_i, Q g_j). \text{ With } Q = -1 \text{ every point "
    r"moves from } (\bar w, c) \text{ to } (\bar w, -c)",
    depends=("plane-gauge", "plane-null-model"),
    remark="The balance axis survives a rotation, the conflict axis does not. Comparing the "
    "heights of two clouds, as Figs. 1(b) and 3 do, compares bases as much as methods. "
    "RGM itself reads c, so its own runs are not even the same run in two bases: see the "
    "claim plane-gauge.",
)


@conflict_axis.proof
def _(proof: Proof) -> None:
    eta = sp.Symbol("eta", positive=True)
    p = sp.Symbol("p", integer=True, positive=True)
    V, x = sp.MatrixSymbol("V_j", d, p), sp.MatrixSymbol("x", p, 1)
    proof.let(
        "Encoder z_j = V_j x, head block W_j, residual r = softmax(l) − y. Start from Q V_j and "
        "W_j Qᵀ"
    )
    proof.equal(
        "The logits agree, hence r and the loss",
        product(W_j, Q.T, Q, V, x), W_j * V * x, orthogonal,
    )  # fmt: skip
    g_j = W_j.T * r
    proof.equal(
        "The head block's step −η r z_jᵀ keeps the relation",
        W_j * Q.T - eta * r * (Q * z_j).T, (W_j - eta * r * z_j.T) * Q.T, expanded,
    )  # fmt: skip
    proof.equal(
        "so does the encoder's step −η g_j xᵀ",
        Q * V - eta * Q * g_j * x.T, Q * (V - eta * g_j * x.T), expanded,
    )  # fmt: skip
    proof.let(
        "By induction both runs agree in every loss and prediction, and g_j is Q g_j in the other"
    )
    proof.equal(
        "Lengths agree, hence energies and w̄",
        product((Q * g_j).T, Q, g_j), g_j.T * g_j, orthogonal,
    )  # fmt: skip
    g_i = sp.MatrixSymbol("g_i", d, 1)
    proof.equal(
        "and Q = −1 changes the sign of g_i·g_j",
        product(g_i.T, -sp.Identity(d), g_j),
        -g_i.T * g_j,
        orthogonal,
    )


def expanded(expression):
    """A `simplify` for sums of matrix products: multiply out, then compare."""
    rest = sp.expand(expression.doit()).doit()
    return sp.S.Zero if rest.is_ZeroMatrix else rest


@conflict_axis.counterexample
def _(proof: Proof) -> None:
    w_i = w_j = z_i = z_j = sp.Integer(1)
    r = sp.Rational(-1, 2)
    proof.let("Features of width 1, W_i = W_j = z_i = z_j = 1, equal energies, residual r = −1/2")
    c = sp.sign(w_i * r) * sp.sign(w_j * r)
    proof.equal("The point is (1, 1): the upper right corner", c, 1)
    z_j, w_j = -z_j, -w_j
    proof.equal(
        "Write the second feature with the other sign: the logit stays",
        w_i * z_i + w_j * z_j, 2,
    )  # fmt: skip
    turned = sp.sign(w_i * r) * sp.sign(w_j * r)
    proof.refute(
        "and the same model would have to stay in the upper half",
        sp.Gt(turned, 0, evaluate=False),
    )


@conflict_axis.observation
def _():
    rng = np.random.default_rng(1)
    data, width = Views.sample(rng, size=60, classes=3), 8
    encoders = rng.normal(size=(2, data.views.shape[-1], width)) / 3
    heads = rng.normal(size=(2, width, 3)) / 3
    loss, w_bar, c = run(data, encoders, heads)

    def rebased(basis):
        encoder, head = change_basis(encoders[1], heads[1], basis)
        return run(data, np.stack([encoders[0], encoder]), np.stack([heads[0], head]))

    mirrored, turned = rebased(-np.eye(width)), rebased(haar_rotation(width, rng))
    gap = max(np.abs(other[0] - loss).max() for other in (mirrored, turned))
    drift = max(np.abs(other[1] - w_bar).max() for other in (mirrored, turned))
    heights = [float((other[2] > 0).mean()) for other in ((loss, w_bar, c), mirrored)]
    return {
        "three bases, one run: the losses agree to 1e-9 at each of 200 steps": bool(gap < 1e-9),
        "and so does w̄": bool(drift < 1e-9),
        "two thirds of the points lie in the upper half, in the mirrored basis less than a third": (
            heights[0] > 2 / 3 and heights[1] < 1 / 3
        ),
        "in a random basis the points lie elsewhere again": bool(np.abs(turned[2] - c).max() > 0.5),
    }


def run(data, encoders, heads, steps=200, rate=0.5):
    """Gradient descent on encoders and head: the loss, w̄ and every sample's c at each step."""
    target = np.eye(heads.shape[-1])[data.labels]
    energy, losses, places, cosines = np.zeros(2), [], [], []
    for _ in range(steps):
        features = data.views @ encoders
        logits = to_logits(features, heads).sum(axis=0)
        r = residual(logits, target) / len(target)
        g = np.stack(head_gradients(heads, r))
        energy = energy + rate**2 * (g**2).sum(axis=(1, 2))
        losses.append(-np.log(softmax(logits)[target == 1]).mean())
        places.append(balance(energy)[0, 1])
        cosines.append(nonconflict(g)[0, 1])
        encoders = encoders - rate * np.swapaxes(data.views, -1, -2) @ g
        heads = heads - rate * np.swapaxes(features, -1, -2) @ r
    return np.array(losses), np.array(places), np.array(cosines)
