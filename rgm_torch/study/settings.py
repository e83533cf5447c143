"""The columns of our tables: a data set, a backbone, a budget and a number of seeds.

Every method gets the same encoders, epochs, batches, optimizer and schedule in a column. One seed
is a data draw, a start and a batch order at once, and the same for all methods: rows are paired.
"""

from dataclasses import dataclass, replace
from typing import Any

from rgm_torch.training.config import Config

SEARCH_SEED = 100
"""The data draw, start and order of all trials of the search; no table uses it."""


@dataclass(frozen=True)
class Setting:
    """A column: its title, the run that all its rows vary, and how many seeds it has.

    `search` names another column whose search it takes over; "" for its own.
    """

    title: str
    base: Config
    seeds: int = 5
    search: str = ""

    def config(self, seed: int, **changes: Any) -> Config:
        """The run of a seed, with changes. Raises: Mistake for a change no run can have."""
        return replace(self.base, seed=seed, data_seed=seed, **changes)


def generated(preset: str, fusion: str = "concat", clips: int = 2000, **dials: object) -> Config:
    """8 epochs on clips of BounceAV."""
    dials = {"train": clips, "validation": 1200, **dials}
    return Config(data=preset, dials=dials, fusion=fusion, epochs=8, threads=1)


SETTINGS: dict[str, Setting] = {
    "av-digits": Setting(
        "AV-Digits, CNN", Config(dials={"validation": 1200}, epochs=10, threads=1), seeds=6
    ),
    "dominant": Setting("BounceAV, one modality dominant, CNN", generated("bounce-av-dominant")),
    "conflict": Setting("BounceAV, conflicting labels, CNN", generated("bounce-av-conflict")),
    "transformer": Setting(
        "BounceAV, one modality dominant, transformer",
        replace(generated("bounce-av-dominant", clips=1500), encoder="transformer"),
        search="dominant",
    ),
    "redundant": Setting("BounceAV, redundant label", generated("bounce-av-balanced")),
    "unique": Setting("BounceAV, unique label", generated("bounce-av-unique")),
    "synergy": Setting("BounceAV, synergetic label, FiLM", generated("bounce-av-synergy", "film")),
    "dependent": Setting("BounceAV, dependent modalities", generated("bounce-av-dependent")),
    "noise": Setting(
        "BounceAV, video pure noise", generated("bounce-av-balanced", audio_snr=-10.0, miss_v=1.0)
    ),
    "adamw": Setting(
        "AV-Digits, CNN, AdamW",
        Config(dials={"validation": 1200}, epochs=10, threads=1, optimizer="adamw", lr=1e-3),
    ),
}

TABLE_SETTINGS = ("av-digits", "dominant", "conflict", "transformer")
