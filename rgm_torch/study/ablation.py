"""Table 3 as an experiment in three factors, and the open readings one by one.

Everything is a difference taken seed by seed and judged within its family: the seven effects of a
setting, or the readings planned there. Units are those of the metric: accuracies are shares.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations

from rgm_torch.study import paper
from rgm_torch.study.families import Judged, judged
from rgm_torch.study.plans import PARTS, PLANS, READINGS
from rgm_torch.study.results import Study
from rgm_torch.study.statistics import Difference, difference, factorial_effects, paired

Models = Mapping[frozenset[str], Mapping[int, float]]

SETTINGS = ("av-digits", "dominant", "conflict")
"""Where the eight models were run."""

MODELS = tuple(frozenset(some) for size in range(4) for some in combinations(PARTS, size))
"""The sets of parts in the order of Table 3's rows: none first, all last."""

DEFAULT = next(iter(READINGS))


def label(parts: Iterable[str]) -> str:
    """ "ear+syn", always in this order, or "none": what the plan calls the variant."""
    given = set(parts)
    return "+".join(part for part in PARTS if part in given) or "none"


def models(study: Study, setting: str, metric: str = "test_accuracy") -> Models:
    """Parts → seed → value of our eight models; without any part RGM is joint training."""
    return {
        parts: study.seeds(setting, "rgm" if parts else "joint", label(parts), metric)
        for parts in MODELS
    }


def printed(data: str) -> Models:
    """Parts → {0: accuracy} of the paper's eight models, one number each, as one seed.

    What has one seed has no interval. Raises: ValueError for data that Table 3 has no column of.
    """
    rows = [row for row in paper.read("table3") if row.data == data]
    if not rows:
        known = dict.fromkeys(row.data for row in paper.read("table3"))
        raise ValueError(f"data: got {data!r}, expected one of {', '.join(known)}")
    cells = {label(row.method.lower().split("+")): row.value / 100 for row in rows}
    return {parts: {0: cells[label(parts)]} for parts in MODELS}


def effects(models: Models) -> dict[tuple[str, ...], Judged]:
    """Three main effects, three interactions of two parts and that of all, a family of seven.

    As `factorial_effects` defines them: a main effect is with minus without, over the other parts.
    """
    return judged(factorial_effects(PARTS, models))


def surplus(models: Models) -> Difference:
    """What the whole gains beyond its parts, (y_all − y_0) − Σ_f (y_f − y_0); 0 where they add up.

    Seed by seed, over the seeds that the five models have.
    """
    none, *single = (models[frozenset(some)] for some in ((), *((part,) for part in PARTS)))
    all_three = models[frozenset(PARTS)]
    seeds = sorted(set(none).intersection(all_three, *single))
    return difference(
        all_three[s] - none[s] - sum(part[s] - none[s] for part in single) for s in seeds
    )


def readings(study: Study, setting: str, metric: str = "test_accuracy") -> dict[str, Judged]:
    """Each reading planned in a setting minus the default reading: one option changed at a time."""
    default = study.seeds(setting, "rgm", DEFAULT, metric)
    planned = dict.fromkeys(r.variant for r in PLANS["readings"].fixed if r.setting == setting)
    return judged(
        {
            name: paired(study.seeds(setting, "rgm", name, metric), default)
            for name in planned
            if name != DEFAULT
        }
    )
