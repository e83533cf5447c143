"""What each modality knows: Fig. 4's accuracy drop beside other ways to ask, and the truth.

The paper calls the accuracy lost when a modality is removed its specific information. Here the same
drop stands beside what a probe reads, what a network trained alone reads, what the modality adds to
such a network, and, where the clips are generated, what it knows by construction.
"""

import inspect
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from rgm_torch.data import bounce_distance, bounce_labels
from rgm_torch.data.bounce_av import PRESETS, bounce_av
from rgm_torch.study.results import Study
from rgm_torch.study.search import TUNED
from rgm_torch.study.settings import SETTINGS, TABLE_SETTINGS

Array = np.ndarray
Values = dict[int, float]  # seed → value

PAIR = ("audio", "video")
FIG4 = (
    "joint", "ogm-ge", "cggm", "pcgrad", "rgm", "multi-loss", "own-residual", "late-fusion",
)  # fmt: skip
"""The rows of our Fig. 4, where they were run; FiLM has no split logits, so no own-residual."""

KNOWN = ("redundant", "unique", "synergy", "dependent")
"""Settings in which it is known what each modality tells."""


class Truth(NamedTuple):
    """Of noiseless clips: the atoms in bits, and what the best guess reaches from one and both."""

    bits: dict[str, float]
    alone: dict[str, float]
    both: float

    def added(self, modality: str) -> float:
        """Accuracy that the best guess loses without the modality."""
        return self.both - self.alone[partner(modality)]


def one_of_pair(modality: str) -> str:
    """The modality. Raises: ValueError for one that is not of PAIR."""
    if modality not in PAIR:
        raise ValueError(f"modality: got {modality!r}, expected one of {', '.join(PAIR)}")
    return modality


def partner(modality: str) -> str:
    """The other one of the pair. Raises: as `one_of_pair`."""
    return PAIR[1 - PAIR.index(one_of_pair(modality))]


def variant(setting: str) -> str:
    """Under which name a row's chosen runs stand: searched for in the tables, else as they come."""
    return TUNED if setting in TABLE_SETTINGS else "default"


def drop(study: Study, setting: str, method: str, modality: str, name: str = "") -> Values:
    """Fig. 4: acc(z_a, z_v) − acc(z_k ← 0) on the test split, seed by seed; in [−1, 1].

    To remove one of a pair is to keep the other, under which name the tables have it. `name` is a
    variant other than the setting's usual one. Source: the paper, Fig. 4.
    """
    place = (setting, method, name or variant(setting))
    return minus(study.seeds(*place), study.seeds(*place, f"kept_{partner(modality)}"))


def added(study: Study, setting: str, method: str, modality: str, name: str = "") -> Values:
    """Accuracy above that of a network that was trained on the other modality alone.

    That network is late fusion's, whose encoders share nothing: of the same seed, width and budget,
    at late fusion's learning rate.
    """
    whole = study.seeds(setting, method, name or variant(setting))
    return minus(whole, trained_alone(study, setting, partner(modality)))


def trained_alone(study: Study, setting: str, modality: str) -> Values:
    """Test accuracy of a network that was trained on one modality: late fusion's part."""
    metric = f"test_own_accuracy_{one_of_pair(modality)}"
    return study.seeds(setting, "late-fusion", variant(setting), metric)


def minus(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Values:
    """The difference, over the seeds that both have."""
    return {seed: ours[seed] - theirs[seed] for seed in sorted(ours.keys() & theirs.keys())}


def truth(setting: str) -> Truth:
    """What is known of a setting of KNOWN. Raises: ValueError for another one."""
    if setting not in KNOWN:
        raise ValueError(f"setting: got {setting!r}, expected one of {', '.join(KNOWN)}")
    base = SETTINGS[setting].base
    dials = {n: p.default for n, p in inspect.signature(bounce_av).parameters.items()}
    dials |= PRESETS[base.data.removeprefix("bounce-av-")] | base.dials
    bits = bounce_labels.atoms(*(dials[name] for name in bounce_labels.MOST))
    both = bounce_distance.accuracies(dials["nd"])["both"]
    return Truth(bits, bounce_labels.ceilings(dials), both)


def decompose(law: Array) -> dict[str, float]:
    """Redundant, unique and synergetic information on y in bits, of p(y, a, v).

    U_a = min_q I_q(y; a | v) over all laws q with the (y, a) and (y, v) margins of p;
    R = I(y; a) − U_a, U_v = I(y; v) − R, S = I(y; a, v) − R − U_a − U_v. The problem is convex, and
    is solved to about 10⁻⁵ bit for laws of a few dozen entries.

    Shape: (K, A, V), entries ≥ 0 with sum 1, else ValueError.
    Source: Bertschinger, Rauh, Olbrich, Jost & Ay, "Quantifying unique information", 2014.
    """
    law = np.asarray(law, np.float64)
    if law.ndim != 3 or (law < 0).any() or not np.isclose(law.sum(), 1):
        raise ValueError("law: expected probabilities p(y, a, v) of shape (K, A, V) with sum 1")
    audio, video = information(law.sum(axis=2)), information(law.sum(axis=1))
    both = information(law.reshape(len(law), -1))
    unique = _least(law) - video  # I(y; a | v) = I(y; a, v) − I(y; v), and I(y; v) is that of p
    redundant = audio - unique
    atoms = {"redundant": redundant, "unique audio": unique, "unique video": video - redundant}
    return atoms | {"synergy": both - sum(atoms.values())}


def information(joint: Array) -> float:
    """I(y; x) = H(y) + H(x) − H(y, x) in bits, of p(y, x). Shape: (K, X)."""
    return entropy(joint.sum(axis=1)) + entropy(joint.sum(axis=0)) - entropy(joint)


def entropy(p: Array) -> float:
    """H = −Σ p log₂ p in bits, any shape."""
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def _least(law: Array) -> float:
    """min_q I_q(y; a, v) over the q with the margins of p.

    q = p(a, y) p(v, y)/p(y) + Σ_n t_n D_n, where D_n moves mass round a rectangle: +1 at (0, 0) and
    (a, v), −1 at (0, v) and (a, 0). So only q ≥ 0 remains to be asked for. ∂I/∂q = log₂ of
    q(y | a, v) up to what the margins hold fast.
    """
    classes, heard, seen = law.shape
    prior = np.maximum(law.sum(axis=(1, 2), keepdims=True), 1e-300)
    start = (law.sum(axis=2, keepdims=True) * law.sum(axis=1, keepdims=True) / prior).ravel()
    moves = []
    for y, a, v in np.ndindex(classes, heard - 1, seen - 1):
        move = np.zeros_like(law)
        move[y, 0, 0] = move[y, a + 1, v + 1] = 1
        move[y, 0, v + 1] = move[y, a + 1, 0] = -1
        moves.append(move.ravel())
    D = np.array(moves).T.reshape(law.size, len(moves))

    def told(t: Array) -> tuple[float, Array]:
        q = np.maximum(start + D @ t, 1e-15).reshape(law.shape)
        slope = np.log2(q / q.sum(axis=0))
        return float((q * slope).sum()), slope.ravel() @ D

    above = {"type": "ineq", "fun": lambda t: start + D @ t, "jac": lambda _: D}
    found = minimize(
        told, np.zeros(len(moves)), jac=True, method="SLSQP", constraints=above,
        options={"ftol": 1e-13, "maxiter": 1000},
    )  # fmt: skip
    return found.fun + entropy(law.sum(axis=(1, 2)))  # Σ q log₂ q(y | a, v) = −H(y | a, v)
