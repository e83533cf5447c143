"""One run of a study: where it stands in the tables, and the configuration that decides it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rgm_torch.study.settings import SETTINGS
from rgm_torch.training.config import MACHINE, Config


@dataclass(frozen=True)
class Run:
    """A row's run in a setting; `variant` tells rows of one method apart."""

    setting: str
    method: str
    variant: str
    config: Config

    @property
    def key(self) -> str:
        """Twelve hex digits of all that decides the result: the name of the run's folder.

        Two tables that ask for the same configuration share the run.
        """
        values = {name: v for name, v in asdict(self.config).items() if name not in MACHINE}
        text = json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return f"{self.setting}, {self.method}, {self.variant}, seed {self.config.seed}, {self.key}"


def once(runs: Iterable[Run]) -> list[Run]:
    """The runs without repetitions, in their order. Two rows that share a key stay two."""
    return list({str(run): run for run in runs}.values())


def changes(row: str, lr: float, options: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a row. "unimodal audio" is the method unimodal on modality audio."""
    method, _, modality = row.partition(" ")
    fixed = {"modality": modality} if modality else {}
    return {"method": method, "method_options": fixed | options, "lr": lr}


def over_seeds(
    setting: str,
    row: str,
    variant: str = "default",
    *,
    lr: float | None = None,
    seeds: int | None = None,
    options: dict[str, Any] | None = None,
    dials: dict[str, Any] | None = None,
) -> list[Run]:
    """A row's runs in one setting, seed after seed; `dials` are laid over the setting's."""
    column = SETTINGS[setting]
    chosen = changes(row, lr or column.base.lr, options or {})
    chosen["dials"] = column.base.dials | (dials or {})
    return [
        Run(setting, row, variant, column.config(seed, **chosen))
        for seed in range(seeds or column.seeds)
    ]
