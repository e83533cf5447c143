"""A size that is seen only together with a distance, and not heard: a suppressor variable.

    log scale = d log STEP + WITHIN z,  z ~ N(0, 1)      d: the class of size, 0 … nd − 1
    log distance ~ U(0, log FARTHEST)                    independent of d
    seen: apparent size = scale/distance;  heard: loudness = 1/distance

With v = log apparent size and u = log loudness, v − u = log scale: the best logits from both are

    log p(d | v, u) = (log STEP/WITHIN²) d (v − u) − (log STEP/WITHIN)² d²/2 + terms without d,

a term of v plus a term of u, so a head that is additive in the modalities can be optimal. The best
logits from u alone are the same for all d, so the sum of each modality's own best logits (late
fusion) decides as v alone does.

Source: Horst, "The prediction of personal adjustment", 1941, for a predictor that says nothing by
itself and mends another.
"""

from math import log, log2

import numpy as np
from scipy.special import ndtr

Array = np.ndarray

STEP = 1.25  # from each class of size to the next
WITHIN = 0.06  # standard deviation of log scale in a class
FARTHEST = 2.5  # the nearest body is at distance 1


def scale_and_distance(d: Array, rng: np.random.Generator) -> dict[str, Array]:
    """The size of each body, that of class 0 being about 1, and how far away it is: (n,) each."""
    scale = np.exp(log(STEP) * d + WITHIN * rng.standard_normal(len(d)))
    return {"scale": scale, "distance": np.exp(rng.uniform(0, log(FARTHEST), len(d)))}


def accuracies(nd: int) -> dict[str, float]:
    """Accuracy of the best guess of d from the loudness, from the apparent size, and from both.

    (1 + (nd − 1) P(|x| < log STEP/2))/nd: the classes are alike, evenly in a row, and the best
    guess is the nearest. Heard: 1/nd. Seen: x = WITHIN z + log FARTHEST (U(0, 1) − ½). Both: x =
    WITHIN z.
    """
    half, far = log(STEP) / 2 * np.array([-1, 1]), log(FARTHEST) / 2
    near = {
        "audio": 0.0,
        "video": np.diff(_mean(half - far, half + far)).item(),
        "both": np.diff(ndtr(half / WITHIN)).item(),
    }
    return {name: (1 + (nd - 1) * share) / nd for name, share in near.items()}


def bits(nd: int) -> dict[str, float]:
    """Information about d in the loudness, none; in the apparent size; in both: log₂ nd − H(d | x).

    H(d | x) = Σ_x Σ_d p(d, x) log₂ (p(x)/p(d, x)).
    """
    found = {}
    for name, law in _laws(nd).items():
        joint = law[:, law.sum(axis=0) > 0] / nd
        surprise = np.log2(joint.sum(axis=0) / np.maximum(joint, 1e-300))
        found[name] = log2(nd) - float((joint * surprise).sum())
    return {"audio": 0.0, **found}


def _laws(nd: int) -> dict[str, Array]:
    """p(x | d) on a grid, exact in each cell: x = v, and x = v − u, which is enough of both.

    Shapes: (nd, 10⁴). P(v < t | d) is the mean of Φ((t − d log STEP + ℓ)/WITHIN) over log distance
    ℓ from 0 to log FARTHEST.
    """
    far = log(FARTHEST)
    edge = np.linspace(-far - 9 * WITHIN, nd * log(STEP) + 9 * WITHIN, 10001)
    away = edge - log(STEP) * np.arange(nd)[:, None]
    return {"video": np.diff(_mean(away, away + far)), "both": np.diff(ndtr(away / WITHIN))}


def _mean(low: Array, high: Array) -> Array:
    """The mean of Φ(x/WITHIN) over x from low to high: ∫ Φ(z) dz = z Φ(z) + φ(z)."""
    z = np.stack([low, high]) / WITHIN
    whole = z * ndtr(z) + np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return (whole[1] - whole[0]) / (z[1] - z[0])
