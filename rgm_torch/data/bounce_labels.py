"""Where the label of a BounceAV clip can be read: in the sound, in the picture, or only in both.

The label is y = (r, a, v, s, d), uniform on nr · na · nv · ns · nd classes.

| factor | heard as | seen as | |
|---|---|---|---|
| r | partials of the sound | silhouette | redundant |
| a | damping | – | unique to audio |
| v | – | texture | unique to video |
| s | restitution e_a | restitution e_v | s = (e_a + e_v) mod ns, e_v uniform: synergetic |
| d | – | size/distance, the distance being heard: 1/loudness | dependent (`bounce_distance`) |

Where ns > 1 the sound and the picture of a clip bounce differently after the first impact.
Where nd > 1 the sound is as loud as its body is near, and nothing else tells of size or distance:
all bodies have the pitch, the footprint and the trajectory of size 1.
A factor with one value is no part of the label, and varies as a nuisance; all distances are then 1.
"""

from collections.abc import Mapping
from math import log2, prod
from typing import Any

import numpy as np

from rgm_torch.data import bounce_distance

Array = np.ndarray
Settings = Mapping[str, Any]

BODIES = ("disc", "square", "triangle", "cross", "ring", "star", "bar", "moon")
DAMPINGS = ("ringing", "dry", "mellow", "dead")
TEXTURES = ("plain", "striped", "checked", "shaded")
LEVELS = 4  # of restitution
SIZES = ("small", "medium", "large", "huge")
MOST = {
    "nr": len(BODIES),
    "na": len(DAMPINGS),
    "nv": len(TEXTURES),
    "ns": LEVELS,
    "nd": len(SIZES),
}


def draw(settings: Settings, first: int, count: int, rng: np.random.Generator) -> dict[str, Array]:
    """Labels and all that a clip shows, for clips `first` … `first + count − 1`: (count,) each.

    The labels are as even as they go, in a random order. Raises: nothing; `settings` were checked.
    """
    nr, na, nv, ns, nd = sizes = tuple(settings[name] for name in MOST)
    labels = rng.permutation((first + np.arange(count)) % prod(sizes))
    r, a, v, s, d = np.unravel_index(labels, sizes, order="F")
    seen_e = rng.integers(0, ns if ns > 1 else LEVELS, count)
    shown_r = {sense: r for sense in ("audio", "video", "touch")}
    wrong = (r + rng.integers(1, max(nr, 2), count)) % nr
    conflict = rng.random(count) < settings["conflict"]
    shown_r[settings["conflict_on"]] = np.where(conflict, wrong, r)
    table = {
        "labels": labels,
        "conflict": conflict,
        **{f"{sense}_r": body for sense, body in shown_r.items()},
        "damping": a if na > 1 else rng.integers(0, len(DAMPINGS), count),
        "texture": v if nv > 1 else rng.choice([0, 3], count),  # the two that leave the outline
        "audio_e": (s - seen_e) % ns if ns > 1 else seen_e,
        "video_e": seen_e,
        "audio_there": rng.random(count) >= settings["miss_a"],
        "video_there": rng.random(count) >= settings["miss_v"],
        "size": rng.uniform(0.7, 1.3, count),
        "height": rng.uniform(0.5, 1.0, count),
        "place": rng.uniform(0.25, 0.75, count),
        "drift": rng.uniform(-0.3, 0.3, count),
        **dict.fromkeys(("scale", "distance"), np.ones(count)),
    }
    if nd > 1:
        table |= {"size": np.ones(count), **bounce_distance.scale_and_distance(d, rng)}
    return table


def class_names(nr: int, na: int, nv: int, ns: int, nd: int = 1) -> tuple[str, ...]:
    """Names of the classes, by the factors that have more than one value: "disc dry striped"."""
    sizes = (nr, na, nv, ns, nd)
    words = [BODIES[:nr], DAMPINGS[:na], TEXTURES[:nv], [f"s={s}" for s in range(ns)], SIZES[:nd]]
    used = [range(len(word)) if len(word) > 1 else [None] for word in words]
    order = np.stack(np.unravel_index(range(prod(sizes)), sizes, order="F"), 1)
    return tuple(
        " ".join(word[i] for word, u, i in zip(words, used, row, strict=True) if u != [None])
        for row in order
    )


def atoms(nr: int, na: int, nv: int, ns: int, nd: int = 1) -> dict[str, float]:
    """Information about the label in bits: redundant, unique to audio, to video, synergetic.

    R = log₂ nr, U_a = log₂ na, U_v = log₂ nv + I(d; V), S = log₂ ns + I(d; V | A): exactly, with
    nothing missing, no conflict and no noise. By the definition of Bertschinger et al., U_a is the
    least I(y; A | V) over the joint laws that keep (y, A) and (y, V) as they are. It is log₂ na at
    least: a is heard surely, and (a, V) are independent in each such law. It is no more where e_a
    and e_v are drawn independently, and the loudness independently of all else. The rest follows
    from I(y; A) = R + U_a, I(y; V) = log₂ nr + log₂ nv + I(d; V) = R + U_v and the sum of all. So a
    size that both together tell is partly unique to video, partly synergy, though its logits add.

    Source: Bertschinger, Rauh, Olbrich, Jost & Ay, "Quantifying unique information", 2014.
    """
    sizes = {"redundant": nr, "unique audio": na, "unique video": nv, "synergy": ns}
    found = {name: log2(size) for name, size in sizes.items()}
    of_size = bounce_distance.bits(nd)
    found["unique video"] += of_size["video"]
    found["synergy"] += of_size["both"] - of_size["video"]
    return found


def ceilings(settings: Settings) -> dict[str, float]:
    """The accuracy that no model of one modality alone can pass (no noise at all), and of all.

    Where the modality is there: max(1 − c, c/(nr − 1)) · (accuracy of d) / (values of the factors
    not in it), with c the share of conflict on it; where it is not, 1/K. The ceiling of all
    together is exact without conflict and missing modalities, `bounce_distance.accuracies` of both,
    1 for nd = 1; else it is not given.
    """
    nr, na, nv, ns, nd = sizes = tuple(settings[name] for name in MOST)
    hidden = {"audio": nv * ns * nd, "video": na * ns, "touch": na * nv * ns * nd}
    missing = {"audio": settings["miss_a"], "video": settings["miss_v"], "touch": 0.0}
    of_size = {"video": bounce_distance.accuracies(nd)["video"]}
    best = {}
    for sense in settings["modalities"]:
        wrong = settings["conflict"] * (sense == settings["conflict_on"])
        right = max(1 - wrong, wrong / max(nr - 1, 1)) * of_size.get(sense, 1) / hidden[sense]
        best[sense] = (1 - missing[sense]) * right + missing[sense] / prod(sizes)
    return best
