"""The end of a run: the one time that the test split is read."""

from typing import Any

import torch

from rgm_torch.data.batch import Corpus
from rgm_torch.methods.outputs import Outputs, outputs
from rgm_torch.training import checkpoint
from rgm_torch.training.evaluate import summary
from rgm_torch.training.probes import ablation, probes
from rgm_torch.training.schedule import set_epoch
from rgm_torch.training.session import Session
from rgm_torch.training.timing import step_ratio

PLANE = ("balance_", "conflict_", "energy_")


def finish(session: Session) -> dict[str, Any]:
    """Metrics of the epoch that `select` names: the test split's only where `test` is set."""
    parts, config, progress = session.parts, session.config, session.progress
    epoch = config.epochs
    if config.select == "best":
        best = checkpoint.load(session.folder.best, config)
        parts.method.load_state_dict(best["method"])
        epoch = best["epoch"]
    row = progress.epochs[epoch - 1]
    set_epoch(parts.corpus.train, config.epochs)
    train = outputs(parts.method, parts.corpus.train, config.workers)
    seconds = {"training": round(sum(row["seconds"] for row in progress.epochs), 3)}
    if config.time_steps:
        seconds |= step_ratio(config, parts.corpus, config.time_steps)
    return {
        "tested_epoch": epoch,
        "steps": progress.step,
        "train": summary(train),
        "validation_accuracy": row["validation_accuracy"],
        **(tested(session, train) if config.test else {}),
        "plane": {name: row[name] for name in row if name.startswith(PLANE)},
        "missing_classes": missing_classes(parts.corpus),
        "seconds": seconds,
    }


def tested(session: Session, train: Outputs) -> dict[str, Any]:
    """What the test split says; `train` are the outputs that the probes are fitted on."""
    method = session.parts.method
    test = outputs(method, session.parts.corpus.test, session.config.workers)
    return {
        "test": summary(test),
        "probes": probes(train, test),
        "ablation": ablation(method, test),
    }


def missing_classes(corpus: Corpus) -> dict[str, list[str]]:
    """Split → names of the classes that have no clip in it; splits that have all are left out.

    Raises: ValueError for an empty split, or a training split with a single class.
    """
    missing = {}
    for split, dataset in corpus.parts.items():
        counts = torch.bincount(dataset.labels, minlength=len(corpus.classes))
        present = int((counts > 0).sum())
        if present < (2 if split == "train" else 1):
            raise ValueError(f"{split}: got {len(dataset)} clips of {present} classes, too few")
        if present < len(corpus.classes):
            missing[split] = [
                name for name, n in zip(corpus.classes, counts.tolist(), strict=True) if not n
            ]
    return missing
