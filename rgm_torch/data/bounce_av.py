"""BounceAV: a body falls and bounces; frames and sound of one trajectory, with a dial for all.

Generated, so that there is a ground truth: how much information on the label each modality holds
(`atoms`, `ceilings`), how noisy each is, how often one is missing or contradicts the label.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rgm_torch.data import cache
from rgm_torch.data._checks import number, one_of, whole
from rgm_torch.data.batch import Corpus, clips
from rgm_torch.data.bounce_labels import MOST, class_names, draw
from rgm_torch.data.bounce_sight import video
from rgm_torch.data.bounce_sound import RATE, log_mel, waveforms
from rgm_torch.data.bounce_touch import pressure

Array = np.ndarray
Settings = Mapping[str, Any]

BOUNCE_BALANCED = {"nr": 8, "audio_snr": -14.0, "visual_noise": 0.08, "occl": 0.2, "distract": 0}
BOUNCE_DOMINANT = BOUNCE_BALANCED | {"audio_snr": -6.0, "miss_a": 0.25}
BOUNCE_CONFLICT = BOUNCE_BALANCED | {"audio_snr": -10.0, "conflict": 0.4, "conflict_on": "video"}
_CLEAN = {"nr": 1, "audio_snr": 0.0, "visual_noise": 0.05, "occl": 0.0, "distract": 1}
BOUNCE_UNIQUE = _CLEAN | {"na": 4, "nv": 4}
BOUNCE_SYNERGY = _CLEAN | {"ns": 2}  # a linear head cannot express s: it needs a nonlinear fusion
# A linear head on both can express d; the sum of the two modalities' own logits cannot.
BOUNCE_DEPENDENT = _CLEAN | {"nd": 4, "audio_snr": 20.0, "distract": 0}

PRESETS: dict[str, dict[str, Any]] = {
    "balanced": BOUNCE_BALANCED,
    "dominant": BOUNCE_DOMINANT,
    "unique": BOUNCE_UNIQUE,
    "synergy": BOUNCE_SYNERGY,
    "conflict": BOUNCE_CONFLICT,
    "dependent": BOUNCE_DEPENDENT,
}

MODALITIES = ("audio", "video", "touch")
PARTS = ("train", "validation", "test")
CHUNK = 500  # clips built at once; each chunk has its own streams of random numbers
_STREAMS = ("labels", "audio", "video", "touch")  # so that no modality changes another's draws


def bounce_av(
    seed: int = 0,
    *,
    train: int = 3400,
    validation: int = 600,
    test: int = 2000,
    modalities: Sequence[str] = ("audio", "video"),
    nr: int = 8,
    na: int = 1,
    nv: int = 1,
    ns: int = 1,
    nd: int = 1,
    audio_snr: float = -14.0,
    visual_noise: float = 0.08,
    touch_noise: float = 0.3,
    occl: float = 0.2,
    distract: int = 0,
    conflict: float = 0.0,
    conflict_on: str = "video",
    miss_a: float = 0.0,
    miss_v: float = 0.0,
) -> Corpus:
    """The corpus: audio (1, 32, 32) log-mel, video (8, 24, 24) frames, touch (1, 32, 32).

    nr · na · nv · ns · nd classes (`bounce_labels` says where each factor is found). audio_snr in
    dB, at distance 1; visual_noise, touch_noise standard deviations, the body being 0.5 to 1 and a
    contact 3 bright; occl, conflict, miss_a, miss_v shares of the clips: behind a bar, with a wrong
    r in the modality `conflict_on` (in every part), without sound, without picture; distract still
    bodies behind.
    Facts of a clip: all that `bounce_labels.draw` drew.
    Raises: ValueError for a dial out of range, fewer than two classes, a conflict with nr = 1.
    """
    settings: dict[str, Any] = {
        "seed": whole("seed", seed, 0),
        "train": whole("train", train, 1),
        "validation": whole("validation", validation, 1),
        "test": whole("test", test, 1),
        "modalities": _chosen(modalities),
        "nr": whole("nr", nr, 1, MOST["nr"]),
        "na": whole("na", na, 1, MOST["na"]),
        "nv": whole("nv", nv, 1, MOST["nv"]),
        "ns": whole("ns", ns, 1, MOST["ns"]),
        "nd": whole("nd", nd, 1, MOST["nd"]),
        "audio_snr": number("audio_snr", audio_snr),
        "visual_noise": number("visual_noise", visual_noise, 0),
        "touch_noise": number("touch_noise", touch_noise, 0),
        "occl": number("occl", occl, 0, 1),
        "distract": whole("distract", distract, 0),
        "conflict": number("conflict", conflict, 0, 1),
        "conflict_on": one_of("conflict_on", conflict_on, MODALITIES),
        "miss_a": number("miss_a", miss_a, 0, 1),
        "miss_v": number("miss_v", miss_v, 0, 1),
    }
    _possible(settings)
    tables = cache.tables("bounce-av", settings, lambda: _build(settings))
    parts = {part: clips(tables[part], settings["modalities"]) for part in PARTS}
    names = class_names(nr, na, nv, ns, nd)
    return Corpus("bounce-av", settings["modalities"], names, **parts, settings=settings)


def sounds(settings: Settings, part: str, chunk: int = 0) -> tuple[Array, int]:
    """Waveforms of a chunk of 500 clips of a part, built again to be listened to, and their rate.

    Shapes: (n, 8000) float32, samples per second. Raises: ValueError for another part or chunk.
    """
    one_of("part", part, PARTS)
    whole("chunk", chunk, 0, (settings[part] - 1) // CHUNK)
    table = _drawn(settings, part, chunk)
    return waveforms(table, _rng(settings, part, chunk, "audio"), settings["audio_snr"]), RATE


def _build(settings: Settings) -> dict[str, dict[str, Array]]:
    """The tables of each part, chunk after chunk."""
    tables = {}
    for part in PARTS:
        chunks = [_chunk(settings, part, c) for c in range(-(-settings[part] // CHUNK))]
        tables[part] = {name: np.concatenate([c[name] for c in chunks]) for name in chunks[0]}
    return tables


def _chunk(settings: Settings, part: str, chunk: int) -> dict[str, Array]:
    """One chunk: what was drawn, and the chosen modalities of it in half precision."""
    table = _drawn(settings, part, chunk)
    built = dict(table)
    if "audio" in settings["modalities"]:
        wave, _ = sounds(settings, part, chunk)
        built["audio"] = log_mel(wave, loudness=settings["nd"] > 1).astype(np.float16)[:, None]
    if "video" in settings["modalities"]:
        dials = {name: settings[name] for name in ("visual_noise", "occl", "distract")}
        built["video"] = video(table, _rng(settings, part, chunk, "video"), **dials)
        built["video"] = built["video"].astype(np.float16)
    if "touch" in settings["modalities"]:
        felt = pressure(table, _rng(settings, part, chunk, "touch"), settings["touch_noise"])
        built["touch"] = felt.astype(np.float16)[:, None]
    return built


def _drawn(settings: Settings, part: str, chunk: int) -> dict[str, Array]:
    """Labels and facts of a chunk."""
    first = chunk * CHUNK
    count = min(CHUNK, settings[part] - first)
    return draw(settings, first, count, _rng(settings, part, chunk, "labels"))


def _rng(settings: Settings, part: str, chunk: int, stream: str) -> np.random.Generator:
    """The random numbers for one purpose in one chunk."""
    return np.random.default_rng(
        [settings["seed"], PARTS.index(part), chunk, _STREAMS.index(stream)]
    )


def _chosen(modalities: Sequence[str]) -> tuple[str, ...]:
    """The modalities, each known and none twice."""
    chosen = tuple(one_of("modalities", name, MODALITIES) for name in modalities)
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"modalities: got {modalities!r}, expected some, none of them twice")
    return chosen


def _possible(settings: Settings) -> None:
    """Raise where the dials do not go together."""
    if np.prod([settings[name] for name in MOST]) < 2:
        raise ValueError("nr, na, nv, ns, nd: got 1 class in all, expected at least 2")
    if settings["conflict"] and settings["nr"] < 2:
        raise ValueError("conflict: got nr = 1, expected nr of at least 2, for there to be another")
    if settings["conflict"] and settings["conflict_on"] not in settings["modalities"]:
        raise ValueError(
            f"conflict_on: got {settings['conflict_on']!r}, expected one of the modalities, "
            f"{', '.join(settings['modalities'])}"
        )
