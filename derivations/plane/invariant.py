"""Coordinates that mean the same in every basis: of logit pushes, and of own residuals."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.matrices import K, Q, T, W_j, product, r, settled, z_j
from derivations.plane.formulas import LOGIT_CONFLICT, OWN_COSINE
from rgm_ref.gauge import change_basis, haar_rotation
from rgm_ref.head import head_gradients, residual, softmax, to_logits

orthogonal = settled(sp.Q.orthogonal(Q))
t = sp.Symbol("t", positive=True)

invariant = Claim(
    id="plane-invariant",
    place="ours, on Eq. 6",
    title="The cosine of the logit pushes is the same in every orthonormal basis and at every "
    "scale",
    statement=r"u_k = W_k g_k: \quad \cos(u_i, u_j) \text{ is invariant under } z_j \to Q z_j "
    r"\text{ and } z_j \to t z_j,\; t > 0",
    depends=("plane-gauge",),
    remark="u_k is where a step along g_k moves the logits, the one space that all modalities "
    "share. An invertible T that is no multiple of a rotation does change it, as it "
    "changes what a gradient step is; the residuals of plane-residual-gauge stand even "
    "that.",
)


@invariant.proof
def _(proof: Proof) -> None:
    proof.let("For a linear head g_j = W_jᵀ r, so u_j = W_j g_j = W_j W_jᵀ r")
    push = W_j * W_j.T * r
    turned = product(W_j, Q.T, sp.Transpose(product(W_j, Q.T)), r)
    proof.equal(
        "Turned features: the head block is W_j Qᵀ, the push stays",
        turned, push, orthogonal,
    )  # fmt: skip
    proof.equal(
        "Stretched features: the head block is W_j / t, the push shrinks",
        t**2 * ((W_j / t) * (W_j / t).T * r), push, orthogonal,
    )  # fmt: skip
    a, b = sp.symbols("a b", positive=True)
    s = sp.Symbol("s", real=True)
    proof.equal(
        "by a positive factor, which a cosine does not see",
        (s / t**2) / (a * (b / t**2)), s / (a * b),
    )  # fmt: skip


@invariant.numeric(
    LOGIT_CONFLICT,
    oracle="the same model with one modality turned and stretched",
    tolerance=1e-12,
    because="a rotation and a solve with it, both well conditioned",
    samples=30,
)
def _(formula, rng):
    features, heads, target = rng.normal(size=(2, 4)), rng.normal(size=(2, 4, 5)), np.eye(5)[0]
    r = residual(to_logits(features, heads).sum(axis=0), target)
    basis = np.exp(rng.normal()) * haar_rotation(4, rng)
    other = np.stack([heads[0], change_basis(features[1], heads[1], basis)[1]])
    found = formula(np.stack(head_gradients(other, r)), other)
    pushes = [block.T @ (block @ r) for block in heads]
    lengths = [np.linalg.norm(push) for push in pushes]
    return agree(found, pushes[0] @ pushes[1] / (lengths[0] * lengths[1]), scale=1)


residual_gauge = Claim(
    id="plane-residual-gauge",
    place="ours, on Eq. 6",
    title="The cosine of two modalities' own residuals is the same in every basis of the features",
    statement=r"r_k = \mathrm{softmax}(W_k z_k + b) - y: \quad \cos(r_i, r_j) \text{ is "
    r"invariant under } z_k \to T z_k,\; W_k \to W_k T^{-1} \text{ for every "
    r"invertible } T; \quad \cos(g_k, u_k),\; u_k = W_k^\top r_k, \text{ for "
    "multiples of rotations only}",
    depends=("plane-gauge",),
    remark="The residuals live in class space, where both modalities answer the same question, so "
    "they may be compared across modalities; their squared lengths are Brier scores. The same "
    "holds of cos(r, r_k), with the joint residual. A stretch by t divides g_k and u_k both by t.",
)


@residual_gauge.proof
def _(proof: Proof) -> None:
    other = sp.MatrixSymbol("r_j", K, 1)
    proof.equal(
        "The own logits do not change, hence neither do residuals and their cosines",
        product(W_j, T.I, T, z_j), W_j * z_j, settled(),
    )  # fmt: skip
    joint, own = (sp.Transpose(product(W_j, Q.T)) * residual for residual in (r, other))
    proof.equal(
        "In feature space a rotation leaves the products of g_j = W_jᵀ r and u_j = W_jᵀ r_j",
        product(joint.T, own), r.T * W_j * W_j.T * other, orthogonal,
    )  # fmt: skip
    stretch = sp.diag(2, 1)
    x, y = sp.Matrix([1, 2]), sp.Matrix([2, -1])
    proof.equal("but take g_j = (1, 2) and u_j = (2, −1), which are orthogonal", x.dot(y), 0)
    proof.equal(
        "and stretch the first feature by 2: T⁻ᵀ g_j and T⁻ᵀ u_j have the product",
        (stretch.inv().T * x).dot(stretch.inv().T * y), -sp.Rational(3, 2),
    )  # fmt: skip


@residual_gauge.numeric(
    OWN_COSINE,
    oracle="the same model in a random basis, no rotation",
    tolerance=1e-11,
    because="a solve with a basis whose condition number is below 20",
    samples=30,
)
def _(formula, rng):
    features, heads, b = rng.normal(size=(2, 4)), rng.normal(size=(2, 4, 5)), rng.normal(size=5)
    basis = haar_rotation(4, rng) @ np.diag(rng.uniform(0.2, 4, 4)) @ haar_rotation(4, rng)
    z_new, head_new = change_basis(features[1], heads[1], basis)
    target = np.eye(5)[int(rng.integers(5))]
    own = softmax(np.stack([z @ W for z, W in zip(features, heads, strict=True)]) + b) - target
    lengths = np.linalg.norm(own, axis=-1)
    found = formula(np.stack([features[0], z_new]), np.stack([heads[0], head_new]), b, target)
    return agree(found, own[0] @ own[1] / lengths.prod(), scale=1)
