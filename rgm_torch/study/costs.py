"""cost.csv: time and memory of a training step beside Joint's, for every row of Tables 1 and 2."""

from collections.abc import Collection
from pathlib import Path

from rgm_torch import data
from rgm_torch.study.cost import cost
from rgm_torch.study.execute import bar
from rgm_torch.study.plans import PLANS
from rgm_torch.study.runs import Run, over_seeds
from rgm_torch.study.search import tuned
from rgm_torch.study.settings import SETTINGS
from rgm_torch.study.store import Store
from rgm_torch.study.tidy import write_rows

MEASURED = ("av-digits", "transformer")
"""The table settings of either encoder."""

NUMBERS = (
    "step_ratio", "step_seconds", "joint_step_seconds",
    "memory_ratio", "step_mib", "joint_step_mib",
)  # fmt: skip
STEPS = 40


def write_costs(store: Store, settings: Collection[str]) -> Path:
    """Measure one row after the other, in this process: nothing else should run on the machine."""
    rows = []
    with bar() as progress:
        for setting in (name for name in MEASURED if name in settings):
            runs, base = representatives(setting, store), SETTINGS[setting].config(0)
            corpus = data.load(base.data, seed=base.data_seed, **base.dials)
            for run in progress.track(runs, description=f"cost, {setting}"):
                measured = cost(run.config, corpus, STEPS)
                rows.append([setting, run.method, *(f"{measured[name]:.4g}" for name in NUMBERS)])
    path = store.path / "cost.csv"
    write_rows(path, ("setting", "method", *NUMBERS), rows)
    return path


def representatives(setting: str, store: Store) -> list[Run]:
    """The first run of every row, as the search has chosen it, or by default before any search."""
    searched = (*PLANS["table1"].searched, *PLANS["table2"].searched)
    rows = dict.fromkeys(row for where, row in searched if where == setting)
    return [(tuned(setting, row, store) or over_seeds(setting, row))[0] for row in rows]
