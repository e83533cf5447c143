"""What a set of predictions is worth: functions of logits (N, K) and labels (N,), in float64."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot, softmax


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """Share of the clips whose largest logit is that of the label, in [0, 1]."""
    return (logits.argmax(dim=-1) == labels).double().mean().item()


def negative_log_likelihood(logits: Tensor, labels: Tensor) -> float:
    """Mean of −log softmax(o)_y, in nats."""
    return cross_entropy(logits.double(), labels).item()


def residual(logits: Tensor, labels: Tensor) -> float:
    """Residual level E‖p − y‖², p = softmax(o), y one-hot: the Brier score, in [0, 2].

    Of the joint logits it is ‖r‖², of one modality's own logits e_k.
    """
    errors = softmax(logits.double(), dim=-1) - one_hot(labels, logits.shape[-1])
    return errors.square().sum(dim=-1).mean().item()


def calibration_error(logits: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Expected calibration error Σ_b (n_b/N) |accuracy_b − confidence_b|, in [0, 1].

    Confidence is the largest probability; bin b holds those in ((b−1)/bins, b/bins].
    Source: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, 2017.
    """
    confidence, predicted = softmax(logits.double(), dim=-1).max(dim=-1)
    surplus = (predicted == labels).double() - confidence
    which = (confidence * bins).ceil().long().clamp(1, bins) - 1
    per_bin = torch.zeros(bins, dtype=torch.float64, device=logits.device)
    return (per_bin.index_add(0, which, surplus).abs().sum() / len(labels)).item()
