"""The end of a run: the one time that the test split is read."""

from typing import Any

import torch

from rgm_torch.data.batch import Corpus
from rgm_torch.methods.outputs import outputs
from rgm_torch.training import checkpoint
from rgm_torch.training.evaluate import summary
from rgm_torch.training.probes import ablation, probes
from rgm_torch.training.schedule import set_epoch
from rgm_torch.training.session import Session
from rgm_torch.training.timing import step_ratio

PLANE = ("balance_", "conflict_", "energy_")


def finish(session: Session) -> dict[str, Any]:
    """Test metrics of the epoch that `select` names, probes and ablation."""
    parts, config, progress = session.parts, session.config, session.progress
    epoch = config.epochs
    if config.select == "best":
        best = checkpoint.load(session.folder.best, config)
        parts.method.load_state_dict(best["method"])
        epoch = best["epoch"]
    row = progress.epochs[epoch - 1]
    set_epoch(parts.corpus.train, config.epochs)
    train = outputs(parts.method, parts.corpus.train, config.workers)
    test = outputs(parts.method, parts.corpus.test, config.workers)
    seconds = {"training": round(sum(row["seconds"] for row in progress.epochs), 3)}
    if config.time_steps:
        seconds |= step_ratio(config, parts.corpus, config.time_steps)
    return {
        "tested_epoch": epoch,
        "steps": progress.step,
        "train": summary(train),
        "validation_accuracy": row["validation_accuracy"],
        "test": summary(test),
        "probes": probes(train, test),
        "ablation": ablation(parts.method, test),
        "plane": {name: row[name] for name in row if name.startswith(PLANE)},
        "missing_classes": missing_classes(parts.corpus),
        "seconds": seconds,
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
