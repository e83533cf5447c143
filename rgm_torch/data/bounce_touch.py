"""What is felt of a BounceAV clip: a row of pressure sensors in the floor, a third modality.

    p_i(t) = Σ_k (v_k / v_0) exp(−(t − t_k)/τ) F_r((i − x_k) / R)   over the impacts t_k ≤ t

with x_k the place of impact k and F_r the footprint of the body. The trajectory is that of the
picture; the footprint says r, so touch carries the redundant factor, and nothing else of the label.
"""

from collections.abc import Mapping

import numpy as np

from rgm_torch.data.bounce_physics import DURATION, RESTITUTION, impacts, place_at
from rgm_torch.data.bounce_sight import radius

Array = np.ndarray

SENSORS, TIMES = 32, 32
DECAY = 0.08  # s, τ
# Where each body touches the floor, at −0.8, −0.4, 0, 0.4 and 0.8 of its radius: eight patterns.
FOOTPRINTS = np.array(
    [
        [0, 0, 1, 0, 0],  # disc
        [1, 1, 1, 1, 1],  # square
        [1, 0, 0, 0, 1],  # triangle
        [0, 1, 0, 1, 0],  # cross
        [0, 1, 1, 1, 0],  # ring
        [1, 0, 1, 0, 1],  # star
        [1, 1, 0, 1, 1],  # bar
        [1, 1, 0, 0, 0],  # moon
    ]
)


def pressure(table: Mapping[str, Array], rng: np.random.Generator, touch_noise: float) -> Array:
    """Pressure over sensors and time, (n, 32, 32) float32, the strongest contact about 3."""
    times, speeds = impacts(table["height"], RESTITUTION[table["video_e"]])
    clock = (np.arange(TIMES) + 0.5) * DURATION / TIMES
    since = clock - times[:, :, None]
    force = np.where(since >= 0, np.exp(-np.maximum(since, 0) / DECAY), 0)
    force *= (speeds / speeds[:, :1])[:, :, None]
    print_of = _footprint(table, place_at(times, table["place"], table["drift"]))
    felt = 3 * np.einsum("nkt,nki->nit", force, print_of)
    return (felt + touch_noise * rng.standard_normal(felt.shape)).astype(np.float32)


def _footprint(table: Mapping[str, Array], places: Array) -> Array:
    """Pressure of each impact on each sensor: (n, impacts) → (n, impacts, 32)."""
    r = radius(table["size"], SENSORS)[:, None, None]
    away = (np.arange(SENSORS) + 0.5 - SENSORS * places[:, :, None]) / r
    feet = np.exp(-(((away[..., None] - np.linspace(-0.8, 0.8, 5)) / 0.2) ** 2))
    return np.einsum("nkif,nf->nki", feet, FOOTPRINTS[table["touch_r"]])
