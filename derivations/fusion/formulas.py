"""The formulas of Eq. 1 and of the linear head, with their named wrong twins."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref import fusion
from rgm_ref.head import energy_ratio_bounds, head_gradients, on_residuals

CONCAT = Formula(
    "concat, g_k",
    lambda widths, g: fusion.concat_vjp(widths, g),
    {
        "slices in the wrong order": lambda widths, g: fusion.concat_vjp(widths[::-1], g)[::-1],
        "slice starts one entry late": lambda widths, g: fusion.concat_vjp(
            widths, np.roll(g, -1, axis=-1)
        ),
        "every slice starts at the first entry": lambda widths, g: [g[:width] for width in widths],
    },
)

ADD = Formula(
    "sum, g_k",
    lambda modalities, g: fusion.add_vjp(modalities, g),
    {
        "divided among the modalities": lambda modalities, g: [g / modalities] * modalities,
        "signs alternate": lambda modalities, g: [g * (-1) ** k for k in range(modalities)],
    },
)


def _gated(own, other):
    """Eq. 1 for the gate with other factors."""

    def twin(z_i, z_j, g):
        gate = fusion.sigmoid(z_i)
        return [g * own(gate, z_j), g * other(gate, z_j)]

    return twin


GATED = Formula(
    "gated, g_i and g_j",
    fusion.gated_vjp,
    {
        "factor 1 − σ missing": _gated(lambda gate, z: z * gate, lambda gate, z: gate),
        "factor z_j missing": _gated(lambda gate, z: gate * (1 - gate), lambda gate, z: gate),
        "gate closed for open": _gated(
            lambda gate, z: z * gate * (1 - gate), lambda gate, z: 1 - gate
        ),
        "modalities exchanged": lambda z_i, z_j, g: fusion.gated_vjp(z_i, z_j, g)[::-1],
    },
)

FILM = Formula(
    "FiLM, g_i and g_j",
    fusion.film_vjp,
    {
        "shift forgotten": lambda z_i, z_j, scale, shift, g: fusion.film_vjp(
            z_i, z_j, scale, 0 * shift, g
        ),
        "scale not transposed": lambda z_i, z_j, scale, shift, g: [
            (g * z_j) @ scale.T + g @ shift,
            g * (z_i @ scale.T),
        ],
        "z_j missing in g_i": lambda z_i, z_j, scale, shift, g: [
            g @ scale + g @ shift,
            g * (z_i @ scale.T),
        ],
        "scale and shift exchanged": lambda z_i, z_j, scale, shift, g: fusion.film_vjp(
            z_i, z_j, shift, scale, g
        ),
    },
)


def _sum_factor(adjustment, slope=4.0):
    """RGM under sum fusion: 1 − adjustment · (1 − σ(slope))."""
    return lambda g: [(1 - adjustment * (1 - fusion.sigmoid(np.array(slope)))) * part for part in g]


SUM_FACTOR = Formula(
    "RGM under sum fusion",
    _sum_factor(0.5),
    {
        "half missing": _sum_factor(1.0),
        "slope without the factor 4": _sum_factor(0.5, slope=1.0),
        "gate open for closed": _sum_factor(0.5, slope=-4.0),
        "no adjustment at all": _sum_factor(0.0),
    },
)


def _energy_ratio(head_i, head_j, r):
    g_i, g_j = head_gradients([head_i, head_j], r)
    return (g_i @ g_i) / (g_j @ g_j)


ENERGY_RATIO = Formula(
    "energy ratio behind a linear head",
    _energy_ratio,
    {
        "norms for squared norms": lambda head_i, head_j, r: np.sqrt(
            _energy_ratio(head_i, head_j, r)
        ),
        "modalities exchanged": lambda head_i, head_j, r: _energy_ratio(head_j, head_i, r),
        "a residual that does not sum to zero": lambda head_i, head_j, r: _energy_ratio(
            head_i, head_j, r + 1
        ),
    },
)


def _singular(head):
    return np.linalg.svd(on_residuals(head), compute_uv=False)


def _each_alone(head_i, head_j):
    sigma_i, sigma_j = _singular(head_i) ** 2, _singular(head_j) ** 2
    return sigma_i[-1] / sigma_j[0], sigma_i[0] / sigma_j[-1]


def _all_logits(head_i, head_j):
    values = np.linalg.eigvals(np.linalg.solve(head_j.T @ head_j, head_i.T @ head_i)).real
    return values.min(), values.max()


RATIO_BOUNDS = Formula(
    "bounds of the energy ratio",
    energy_ratio_bounds,
    {
        "residuals of every sum allowed": _all_logits,
        "square root": lambda head_i, head_j: np.sqrt(energy_ratio_bounds(head_i, head_j)),
        "modalities exchanged": lambda head_i, head_j: energy_ratio_bounds(head_j, head_i),
        "each block's own singular values": _each_alone,
    },
)


def _ranking(end_i, end_j):
    """Lower bound on ‖g_i J_i‖² / ‖g_j J_j‖² from the named ends of the two spectra."""

    def bound(g, jacobians):
        sigma = np.linalg.svd(jacobians, compute_uv=False)
        return (g[0] @ g[0] * sigma[0, end_i] ** 2) / (g[1] @ g[1] * sigma[1, end_j] ** 2)

    return bound


RANKING = Formula(
    "least ratio of parameter energies",
    _ranking(end_i=-1, end_j=0),
    {
        "smallest and greatest singular value exchanged": _ranking(end_i=0, end_j=-1),
        "greatest singular values of both": _ranking(end_i=0, end_j=0),
        "smallest singular values of both": _ranking(end_i=-1, end_j=-1),
        "feature energies alone": lambda g, _: (g[0] @ g[0]) / (g[1] @ g[1]),
    },
)
