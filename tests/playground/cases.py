"""Test vectors that the playground's JavaScript shares with the reference, made by the reference.

Each case is what a page would hold, gradients, energies, options, with what `rgm_ref` makes of it
and how far another program may be from that: a result is known to eps × its condition, which is
measured here by moving the gradients a little.
"""

import re
from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np

from rgm_ref import rules
from rgm_ref.baselines import (
    agm,
    balgrad,
    cagrad,
    gmd,
    graddrop,
    gradvac,
    imtl_g,
    mgda,
    mmpareto,
    nash_mtl,
    ogm_ge,
    pcgrad,
    upgrad,
)
from rgm_ref.blocks import block_cosines
from rgm_ref.energy import shares
from rgm_ref.orthogonal import FORMS, adjust
from rgm_ref.plane import coordinates
from rgm_ref.rebalance import ratio, temper
from rgm_ref.synergy import project
from rgm_ref.synorth import gate, synorth
from tests import samplers

STEP = 1e-9  # relative; far above eps, so that what is measured is the function and not rounding
# Each entry passes through some dozens of roundings on both sides, each worth eps × condition.
ROUNDINGS = 64
PARTS = [["ear", "syn", "orth"], ["ear"], ["syn"], ["orth"], ["ear", "orth"], []]
PARAMETERS = {"p_1": 0.8, "p_2": 0.4, "p_3": 0.3, "alpha": 0.5}
PARAMETERS |= {"rho": 0.3, "U": 0.45, "c_ball": 0.5, "gamma": 1.5}


def scores(g: np.ndarray, s: dict) -> np.ndarray:
    return np.array([s["p_1"], s["p_2"], s["p_3"]])[: len(g)]


def scaled(kappa: np.ndarray, g: np.ndarray) -> dict:
    return {"rows": kappa[:, None] * g}


def synorth_of(g: np.ndarray, s: dict) -> np.ndarray:
    chosen = {name: s[name] for name in ("orth", "slope", "scale", "parts")}
    return synorth(g, s["energy"], s["blocks"], **chosen)


def vaccinated(g: np.ndarray, s: dict) -> np.ndarray:
    orders = [range(len(g))] * len(g)
    return gradvac.gradvac(g, np.full((len(g), len(g)), s["rho"]), orders)[0]


def taught(g: np.ndarray) -> dict:
    rows = np.stack([balgrad.project(*g), g[1]])
    return {"rows": rows, "update": rows.sum(axis=0)}


def reconstructed(g: np.ndarray) -> dict:
    return {"update": gmd.decouple(g, np.ones(g.shape, bool)), "rows": pcgrad.project(g)}


def assessed(g: np.ndarray, s: dict) -> dict:
    loss = -np.log(scores(g, s))
    return scaled(agm.coefficients(loss, np.zeros(len(g)), s["alpha"]), g)


def damped(g: np.ndarray, s: dict) -> dict:
    return scaled(ogm_ge.coefficients(ogm_ge.ratios(scores(g, s)), s["alpha"]), g)


def weighted(weights: np.ndarray, g: np.ndarray) -> dict:
    return {"weights": weights, "update": weights @ g}


METHODS: dict[str, Callable[[np.ndarray, dict], dict]] = {
    "rgm": lambda g, s: {"rows": synorth_of(g, s)},
    "orthogonalize": lambda g, s: {"rows": rules.orthogonalize(g, s["energy"], s["orth"])},
    "equalize": lambda g, s: {"rows": rules.equalize(g, s["energy"])},
    "align": lambda g, s: {"rows": rules.align(g, s["energy"])},
    "ogm": damped,
    "agm": assessed,
    "sum": lambda g, s: {"rows": g, "update": g.sum(axis=0)},
    "pcgrad": lambda g, s: {"rows": pcgrad.project(g), "update": pcgrad.pcgrad(g)},
    "gmd": lambda g, s: reconstructed(g),
    "balgrad": lambda g, s: taught(g),
    "gradvac": lambda g, s: {"update": vaccinated(g, s)},
    "graddrop": lambda g, s: {"update": graddrop.graddrop(g, np.full(g.shape[1], s["U"]))},
    "mgda": lambda g, s: {"update": mgda.mgda(g)},
    "upgrad": lambda g, s: weighted(upgrad.weights(g), g),
    "cagrad": lambda g, s: {"update": cagrad.cagrad(g, s["c_ball"])},
    "imtl": lambda g, s: {"update": imtl_g.imtl_g(g)},
    "nash": lambda g, s: weighted(nash_mtl.weights(g), g),
    "mmpareto": lambda g, s: {"update": mmpareto.mmpareto(*g, s["gamma"])},
}
PAIRS = {"readings", "orthogonalize", "balgrad", "nash", "mmpareto"}
RAW = {"balgrad"}  # its reference multiplies entries as they are
OPTIONED = {"readings", "rgm", "orthogonalize", "equalize"}


def readings(g: np.ndarray, s: dict) -> dict:
    """What the cards beside the picture show of one pair."""
    w = shares(s["energy"])
    w_bar, c = coordinates(s["energy"], g)
    r = ratio(s["energy"])
    return {
        "w": w,
        "wBar": w_bar,
        "c": c,
        "r": r,
        "tempered": temper(r, np.full(2, c)),
        "gate": gate(c, w_bar, s["slope"]),
        "blockGates": gate(block_cosines(g, s["blocks"]), w_bar, s["slope"]),
        "P": project(g, w, s["blocks"]),
        "O": adjust(g, w, s["orth"]),
        **{form: adjust(g, w, form) for form in FORMS},
    }


def gradients() -> Iterator[tuple[str, np.ndarray]]:
    """Every mathematical class at several sizes, and pairs whose place is exactly special.

    Orthogonal pairs stand on the axes: elsewhere the sign of a cosine of zero is a rounding, and
    MMPareto jumps there.
    """
    rng = np.random.default_rng(0)
    for modalities, width in ((2, 2), (2, 5), (3, 2), (3, 4)):
        for sampler in samplers.ALL:
            if sampler is not samplers.orthogonal:
                yield f"{sampler.__name__} {modalities}x{width}", sampler(rng, modalities, width)
    yield "notebook 10", np.array([[2.0, 0], [-1, 1]])
    yield "orthogonal", np.array([[3.0, 0], [0, 2]])
    yield "equal", np.array([[1.0, 2], [1, 2]])
    yield "opposite", np.array([[1.0, -2], [-1, 2]])
    yield "three axes", np.diag([1.0, 2, 3])
    yield "tiny beside huge", np.array([[1e-70, 2e-70], [-3e70, 1e70]])
    yield from beyond()
    turn = np.radians([90, 210, 330])
    yield "balanced simplex", np.stack([np.cos(turn), np.sin(turn)], axis=1)


def beyond() -> Iterator[tuple[str, np.ndarray]]:
    """Entries whose squares no number holds."""
    for power in (-200, 200):
        yield f"beyond {power}", 10.0**power * np.array([[2, 1], [-1, 1]])


def energies(rng: np.random.Generator, modalities: int) -> Iterator[np.ndarray]:
    """Random energies, equal ones, one of zero, none at all, and far outside any square's range."""
    spread = np.exp(2 * rng.normal(size=modalities))
    one_idle = np.arange(modalities, dtype=float)
    special = (np.ones(modalities), one_idle, np.zeros(modalities), 1e150 * spread, 1e-150 * spread)
    return cycle([spread, *special])


def states() -> Iterator[tuple[str, np.ndarray, dict]]:
    """Every gradient under three settings of the options, the choices taken in turn."""
    rng = np.random.default_rng(1)
    choices = zip(cycle(FORMS), cycle([1, 2]), cycle(["paper", "clamped"]), cycle(PARTS))
    supply = {modalities: energies(rng, modalities) for modalities in (2, 3)}
    for name, g in gradients():
        for _ in range(3):
            orth, blocks, slope, parts = next(choices)
            scale = "all" if rng.random() < 0.5 else "base"
            options = {"orth": orth, "blocks": blocks, "slope": slope, "parts": parts}
            energy = next(supply[len(g)])
            yield name, g, {"energy": energy, "scale": scale, **options, **PARAMETERS}


def cases() -> list[dict]:
    """All cases, ready for JSON; without those at a cliff, where a little less is another world.

    What ignores the options is tried under the first of the three settings only.
    """
    rng = np.random.default_rng(2)
    made, seen = [], set()
    for name, g, state in states():
        for method, apply in {"readings": readings, **METHODS}.items():
            case = f"{method}: {name}"
            if (case in seen and method not in OPTIONED) or (len(g) > 2 and method in PAIRS):
                continue
            if name.startswith("beyond") and method in RAW:
                continue
            seen.add(case)
            expected = attempt(apply, g, state)
            allowed = tolerances(apply, g, state, expected, rng)
            if allowed is not None:
                made.append(
                    {
                        "name": case,
                        "method": method,
                        "gradients": g.tolist(),
                        "state": {**state, "energy": state["energy"].tolist()},
                        "expected": {key: value.tolist() for key, value in expected.items()},
                        "tolerance": allowed,
                    }
                )
    return made


def attempt(apply: Callable, g: np.ndarray, state: dict) -> dict:
    """The reference's answer; none where Nash has no bargain: opposite gradients, or a zero one."""
    try:
        answer = apply(g, state)
    except ValueError as refused:
        if not re.search("are opposite|neither of them zero", str(refused)):
            raise
        return {}
    return {key: np.asarray(value) for key, value in answer.items()}


def tolerances(apply, g, state, expected, rng) -> dict[str, float] | None:
    """64 eps × (the largest number on the way + condition × the largest entry), for each key.

    An update sums terms as long as the gradients, and may cancel. None where the reference gives
    an answer here and refuses it next door.
    """
    unit = ROUNDINGS * np.finfo(float).eps
    moved = [attempt(apply, g * (1 + STEP * rng.normal(size=g.shape)), state) for _ in range(2)]
    if any(near.keys() != expected.keys() for near in moved):
        return None
    allowed = {}
    for key, value in expected.items():
        change = max(np.abs(near[key] - value).max() for near in moved)
        way = max(np.abs(value).max(), np.abs(g).max() if key == "update" else 0)
        allowed[key] = float(unit * (way + change / STEP))
    return allowed
