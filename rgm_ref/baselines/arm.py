"""ARM: weigh each modality's features by how little it tells about the fused ones.

Gao et al. 2025. Only the re-weighting is public; the min–max loss and the re-sampling are not here.
Features are flattened and paired entry by entry; entropies are of histograms, in nats.
"""

import numpy as np

from rgm_ref._checks import as_float, as_gradients, positive
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_scores

Array = np.ndarray


def entropy(*variables: Array, bins: int) -> float:
    """H = −Σ P log P of the joint histogram, `bins` equal cells from minimum to maximum each.

    Shapes: arrays of one shape → number. Source: Gao et al. 2025.
    """
    columns = [as_float(v, "variables").ravel() for v in variables]
    if len({c.size for c in columns}) > 1:
        sizes = [c.size for c in columns]
        raise ValueError(f"variables: got {sizes} entries, expected the same number")
    counts = np.histogramdd(np.stack(columns, axis=1), bins)[0]
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


def mutual_information(x: Array, c: Array, bins: int = 8) -> float:
    """NMI(x; c) = 2 I(x; c) / (H(x) + H(c)), I = H(x) + H(c) − H(x, c); 0 for constants.

    Shapes: arrays of one shape → number in [0, 1]. Source: Gao et al. 2025 (its code: 30 bins).
    """
    alone = entropy(x, bins=bins) + entropy(c, bins=bins)
    return float(safe_divide(2 * (alone - entropy(x, c, bins=bins)), alone))


def conditional_information(x: Array, c: Array, y: Array, bins: int = 8) -> float:
    """NCMI(x; c | y) = 2 I(x; c | y) / (H(x|y) + H(c|y)), H(x|y) = H(x, y) − H(y) and

    I(x; c | y) = H(x, y) + H(c, y) − H(y) − H(x, c, y). Normalised and binned like NMI (ours; the
    code: no 2, two bins, and a conditional entropy that is none).
    Shapes: arrays of one shape → number in [0, 1]. Source: Gao et al. 2025, corrected.
    """
    both = entropy(x, y, bins=bins) + entropy(c, y, bins=bins)
    given = entropy(y, bins=bins)
    shared = both - given - entropy(x, c, y, bins=bins)
    return float(safe_divide(2 * shared, both - 2 * given))


def contributions(
    features: Float[Array, "M n d"],
    joint: Float[Array, "n d"],
    confidences: Float[Array, "M"],
    joint_confidence: float,
    bins: int = 8,
) -> Float[Array, "M"]:
    """Γ_k = π_c NMI(z_k; z_c) + π_j J_k with J_k = NMI(z_k; z_c) − NCMI(z_k; z_c | z_j).

    π are batch means of the true class' probability; J_k is weighted by the *other* modality's, as
    in the code. For M > 2 (ours) z_j and π_j are the others' means. Can be negative.
    Shapes: (M, n, d), (n, d), (M,) → (M,). Source: Gao et al. 2025.
    """
    z, pi = as_gradients(features, "features"), as_scores(confidences, "confidences")
    if len(pi) != len(z):
        raise ValueError(f"confidences: got {len(pi)}, expected one per modality ({len(z)})")
    gamma = np.empty(len(z))
    for k in range(len(z)):
        others = np.arange(len(z)) != k
        told = mutual_information(z[k], joint, bins)
        alone = conditional_information(z[k], joint, z[others].mean(axis=0), bins)
        gamma[k] = joint_confidence * told + pi[others].mean() * (told - alone)
    return gamma


def factors(
    contributions: Float[Array, "M"],
    least: float = 1e-3,
    bounds: tuple[float, float] = (0.2, 5.0),
) -> Float[Array, "M"]:
    """λ_k = (Π_j Γ_j)^{2/M} / Γ_k², Γ floored at `least`, λ clamped to `bounds` (both ours).

    A pair: λ_0 = Γ_1/Γ_0 and λ_1 = 1/λ_0; for M > 2 (ours) the product stays 1 but for the clamp.
    Shapes: (M,) → (M,). Source: Gao et al. 2025.
    """
    gamma = np.maximum(as_scores(contributions, "contributions"), positive(least, "least"))
    return np.clip(np.exp(2 * (np.log(gamma).mean() - np.log(gamma))), *bounds)
