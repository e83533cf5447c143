"""How far rounding may carry each function: |error| ≤ (roundings) · eps · condition.

The condition is the size of what is added up on the way to a result, by first-order analysis: a
product and a sum of positive numbers have their own size, a sum that may cancel has that of its
summands.
"""

import numpy as np

from rgm_ref.energy import pair_shares
from rgm_ref.rebalance import pair_ratio, temper
from tests.torch.mirror import REFERENCE, Call, leaves


def conditions(call: Call) -> list[np.ndarray]:
    """One condition, broadcastable to it, for each array that the reference answers."""
    if call.name in SIZES:
        size = SIZES[call.name](*call.arguments, **call.options)
        return [np.asarray(one) for one in (size if isinstance(size, tuple) else (size,))]
    return [np.abs(leaf) for leaf in leaves(call.reference())]


def _over(numerator, denominator):
    """numerator / denominator, 0 where that is 0: there both floors answer 0 exactly."""
    zero = denominator == 0
    return np.where(zero, 0, numerator / np.where(zero, 1, denominator))


def _sigmoid(x):
    """σ with the reference's e^{-log(1 + e^{-x})}, which carries the rounding of x along."""
    return REFERENCE["fusion.sigmoid"](x) * (1 + np.maximum(-x, 0))


def _film(z_i, z_j, scale, shift):
    z_i, z_j, scale, shift = map(np.abs, (z_i, z_j, scale, shift))
    return REFERENCE["fusion.film"](z_i, z_j, scale, shift)


def _film_vjp(z_i, z_j, scale, shift, g):
    return tuple(REFERENCE["fusion.film_vjp"](*map(np.abs, (z_i, z_j, scale, shift, g))))


def _pushes(vectors, heads):
    return REFERENCE["head.to_logits"](np.abs(vectors), np.abs(heads))


def _logit_conflict(g, heads):
    """A cosine is as good as its two vectors, and a push is a sum that may cancel."""
    length = np.linalg.norm(REFERENCE["head.to_logits"](g, heads), axis=-1)
    return _pairwise_sum(_over(np.linalg.norm(_pushes(g, heads), axis=-1), length))


def _curvature_conflict(g, heads, p):
    pushes, sizes = REFERENCE["head.to_logits"](g, heads), _pushes(g, heads)
    centred = np.sqrt(p) * (pushes - (p * pushes).sum(axis=-1, keepdims=True))
    summed = np.sqrt(p) * (sizes + (p * sizes).sum(axis=-1, keepdims=True))
    return _pairwise_sum(_over(np.linalg.norm(summed, axis=-1), np.linalg.norm(centred, axis=-1)))


def _pairwise_sum(x):
    return 1 + x[:, None] + x


def _temper(r, c):
    """r^x carries an error of x into r^x ln r."""
    return temper(r, c) * (1 + np.abs(np.log(r)))


def _one_sided(lengths):
    """arcsin near 1 magnifies by 1 / cos, at most to 1 / √eps."""
    angle = REFERENCE["synergy.best_angle_one_sided"](lengths)
    return 1 / max(np.cos(angle), np.finfo(float).eps ** 0.5)


def _squares(gram):
    return np.moveaxis(np.diagonal(gram), -1, 0)


def _whole(g):
    return np.einsum("i...d,j...d->ij...", g, g)


def _fitted(energy, like):
    """Energies (M,) or (M, ...) in the shape (M, ...) of `like`."""
    missing = like.ndim - energy.ndim
    return np.broadcast_to(energy.reshape(energy.shape + (1,) * missing), like.shape)


def _eye(matrix):
    return np.eye(len(matrix), dtype=bool).reshape(matrix.shape[:2] + (1,) * (matrix.ndim - 2))


def _over_partners(x):
    """Mean over j ≠ i."""
    return np.where(_eye(x), 0, x).sum(axis=1) / (len(x) - 1)


def _ratios(gram, energy):
    """r̃_ij with its own condition."""
    lengths = np.sqrt(_squares(gram))
    c = np.clip(_over(gram, lengths[:, None] * lengths), -1, 1)
    return _temper(pair_ratio(_fitted(energy, gram[0])), c)


def _orth(gram, w, form):
    """Sizes of the coefficients of g_i and g_j in O_i, (M, M, ...), from whole Gram matrices.

    linear and printed: w_j ‖g_i‖ ‖g_j‖ / A. exact: divided by R as well, and everything once more
    by (R/A)², for R² is a difference of numbers as large as A².
    """
    own, other = np.broadcast_arrays(_squares(gram)[:, None], _squares(gram)[None])
    weighted = w * (other if form == "printed" else own)
    total = weighted + np.swapaxes(weighted, 0, 1)
    lengths = np.sqrt(own) * np.sqrt(other)
    partner = _over(np.swapaxes(w, 0, 1) * lengths, total)
    if form != "exact":
        return 0 * partner, partner
    p, cosine = _over(weighted, total), np.clip(_over(gram, lengths), -1, 1)
    gap = np.sqrt((1 - 2 * p) ** 2 + 4 * p * (1 - p) * (1 - cosine**2))
    gap = np.maximum(gap, np.finfo(float).eps ** 0.5)
    return p * (1 - p) / gap**3, partner / gap**3


def _lengths_of_adjustments(g, w, form):
    """‖O_i‖ of every pair, (M, M, ...), as if nothing in it cancelled."""
    length, (own, partner) = np.linalg.norm(g, axis=-1), _orth(_whole(g), w, form)
    return own * length[:, None] + partner * length


def _adjust(pair, shares, form="linear"):
    w = _fitted(shares, pair[..., 0])
    size = _lengths_of_adjustments(pair, np.stack([w, w], axis=1), form)
    return np.stack([size[0, 1], size[1, 0]])[..., None]


def _synorth(g, energy, blocks, orth="linear", slope="paper", scale="base", parts=("ear",)):
    """Mean over the partners of r̃ (‖P_i‖ + ‖g_i‖) + ‖O_i‖, with ‖P_i‖² ≤ ‖g_i‖² + ‖g_j‖²."""
    length = np.linalg.norm(g, axis=-1)
    r = _ratios(_whole(g), energy) if "ear" in parts else np.ones_like(_whole(g))
    turn = _lengths_of_adjustments(g, pair_shares(_fitted(energy, length)), orth)
    step = r * (np.hypot(length[:, None], length) + length[:, None])
    return _over_partners(step + (r * turn if scale == "all" else turn))[..., None]


def _mixing_matrix(gram, energy, orth="linear", slope="paper", scale="base", parts=("ear",)):
    """Mean of r̃ (α + 1) and O's own coefficient on the diagonal, the partner's beside it."""
    whole, square = gram.sum(axis=-1), _squares(gram)
    own, partner = _orth(whole, pair_shares(_fitted(energy, whole[0])), orth)
    r = _ratios(whole, energy) if "ear" in parts else np.ones_like(whole)
    own, partner = (r * own, r * partner) if scale == "all" else (own, partner)
    alpha = np.sqrt(_over(square[:, None] + square, square[:, None] + 0 * square))
    diagonal = _over_partners(r[..., None] * (1 + alpha) + own[..., None])
    return np.where(_eye(gram), diagonal[:, None], partner[..., None] / (len(gram) - 1))


def _mix(matrix, g):
    return REFERENCE["mixing.mix"](np.abs(matrix), np.abs(g))


def _pcgrad_matrix(gram, order):
    """Each of the M steps may double a row, counted in lengths of the gradients it adds."""
    length = np.sqrt(_squares(gram))
    return 2 ** len(gram) * _over(length[:, None], 0 * length[:, None] + length)


def _mgda_matrix(gram):
    """λ and what it is divided by are both differences of squared lengths."""
    (a2, s), (_, b2) = gram
    return 1 + _over(a2 + b2, a2 + b2 - 2 * s)


SIZES = {
    "fusion.add": lambda *z: np.abs(z).sum(axis=0),
    "fusion.sigmoid": _sigmoid,
    "fusion.gated": lambda z_i, z_j: _sigmoid(z_i) * np.abs(z_j),
    "fusion.gated_vjp": lambda z_i, z_j, g: (
        np.abs(g * z_j) * _sigmoid(z_i) * _sigmoid(-z_i),
        np.abs(g) * _sigmoid(z_i),
    ),
    "fusion.film": _film,
    "fusion.film_vjp": _film_vjp,
    "energy.synaptic_intelligence": lambda g, moved: np.abs(g * moved).sum(axis=(-2, -1)),
    "plane.balance": lambda energy: 1,
    "plane.nonconflict": lambda g: 1,
    "plane.coordinates": lambda energy, g: (1, 1),
    "plane.logit_conflict": _logit_conflict,
    "plane.curvature_conflict": _curvature_conflict,
    "rebalance.temper": _temper,
    "blocks.block_cosines": lambda g, blocks: 1,
    "blocks.block_gram": lambda g, blocks: REFERENCE["blocks.block_gram"](np.abs(g), blocks),
    "synergy.best_angle_one_sided": _one_sided,
    "synergy.distortion": lambda lengths, angle: (lengths**2).sum(),
    "synergy.price": lambda lengths, share: (lengths**2).sum(),
    "orthogonal.adjust": _adjust,
    "synorth.gate": lambda c, w_bar, slope="paper": 1,
    "synorth.synorth": _synorth,
    "mixing.mixing_matrix": _mixing_matrix,
    "mixing.mix": _mix,
    "mixing.pcgrad_matrix": _pcgrad_matrix,
    "mixing.mgda_matrix": _mgda_matrix,
    "head.to_logits": _pushes,
    "head.softmax": lambda logits: 1,
    "head.residual": lambda logits, target: 1,
    "head.head_gradients": lambda heads, r: tuple(np.abs(r) @ np.abs(head).T for head in heads),
    "head.on_residuals": lambda head: np.linalg.norm(head, axis=-1, keepdims=True),
}
