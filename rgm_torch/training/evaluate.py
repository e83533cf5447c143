"""What a split's outputs are worth, in one dictionary."""

from typing import Any

from rgm_torch.methods.outputs import Outputs
from rgm_torch.training.metrics import (
    accuracy,
    calibration_error,
    negative_log_likelihood,
    residual,
)


def summary(seen: Outputs) -> dict[str, Any]:
    """Accuracy, log-likelihood, calibration and residual levels of a split."""
    return {
        "accuracy": accuracy(seen.logits, seen.labels),
        "nll": negative_log_likelihood(seen.logits, seen.labels),
        "ece": calibration_error(seen.logits, seen.labels),
        "residual": residual(seen.logits, seen.labels),
        "own_accuracy": {name: accuracy(own, seen.labels) for name, own in seen.alone.items()},
        "own_residual": {name: residual(own, seen.labels) for name, own in seen.alone.items()},
    }
