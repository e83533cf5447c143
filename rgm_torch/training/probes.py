"""What each modality knows after training: linear probes on frozen features, and ablation."""

import torch
from torch import Tensor

from rgm_torch.methods.base import Method
from rgm_torch.methods.outputs import Outputs
from rgm_torch.models.multimodal import without
from rgm_torch.training.metrics import accuracy


def linear_probe(train: Tensor, train_labels: Tensor, test: Tensor, test_labels: Tensor) -> float:
    """Test accuracy of a logistic regression on standardised, frozen features.

    Shapes: features (N, d), labels (N,). L2 penalty ½‖V‖² beside the summed loss (C = 1, the
    default). Raises: ValueError where the training labels are all of one class.
    """
    # scikit-learn takes longer to import than all else: only who probes has to wait for it.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(train_labels.unique()) < 2:
        raise ValueError("train_labels: got a single class, expected at least 2")
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    probe.fit(train.double().numpy(), train_labels.numpy())
    return float(probe.score(test.double().numpy(), test_labels.numpy()))


def probes(train: Outputs, test: Outputs) -> dict[str, float]:
    """The linear probe of every modality, fitted on the training split, scored on the test's."""
    return {
        name: linear_probe(train.features[name], train.labels, test.features[name], test.labels)
        for name in train.features
    }


@torch.no_grad()
def ablation(method: Method, test: Outputs) -> dict[str, dict[str, float]]:
    """Accuracy with some features set to zero: each modality `kept` alone, or `removed` alone.

    With two modalities, keeping one is removing the other. The encoders do not run again.
    """
    device = next(method.parameters()).device
    features = {name: tensor.to(device) for name, tensor in test.features.items()}

    def score(*missing: str) -> float:
        return accuracy(method.classify(without(features, *missing)).cpu(), test.labels)

    method.eval()
    names = list(features)
    return {
        "kept": {name: score(*(other for other in names if other != name)) for name in names},
        "removed": {name: score(name) for name in names},
    }
