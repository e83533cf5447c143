"""Whole training steps: with RGM, without it, and with TorchJD's PCGrad, on the same model."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.bench.rows import Row, ratio, skipped
from rgm_torch.bench.timing import interleaved
from rgm_torch.layer import RGM
from rgm_torch.models import Multimodal, build

Shapes = Mapping[str, tuple[int, ...]]
DIGITS = {"audio": (1, 32, 32), "video": (4, 32, 32)}
PICTURES = {"audio": (1, 64, 64), "video": (1, 3, 64, 64)}
CLASSES = 10


def measure(device: torch.device, seconds: float, quick: bool) -> Iterator[Row]:
    """Ratios of steps with the default audio-visual model, and with ResNet-18 encoders."""
    yield from _model(DIGITS, "cnn", 8 if quick else 64, 1.05, device, seconds)
    if quick or find_spec("transformers") is None:
        reason = "quick" if quick else 'pip install "rgm-course[backbones]"'
        yield skipped("step", "resnet18", "with RGM / without", reason)
    else:
        yield from _model(PICTURES, "resnet18", 8, 1.02, device, 4 * seconds)


def _model(
    shapes: Shapes, encoder: str, batch: int, target: float, device: torch.device, seconds: float
) -> Iterator[Row]:
    """Rows for one model; every step has a copy of it, with SGD and momentum."""

    def fresh() -> Multimodal:
        return build(shapes, CLASSES, encoder=encoder, seed=0).to(device)

    inputs = {name: torch.rand(batch, *shape, device=device) for name, shape in shapes.items()}
    labels = torch.arange(batch, device=device) % CLASSES
    steps = {
        "without": plain(fresh(), inputs, labels),
        "with RGM": reconciled(fresh(), inputs, labels, record=1024),
        "with RGM, record=0": reconciled(fresh(), inputs, labels, record=0),
    }
    if find_spec("torchjd") is not None:
        steps["with PCGrad (TorchJD)"] = surgery(fresh(), inputs, labels)
    sizes = " ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in shapes.items())
    setting = f"{encoder}, {sizes}, B={batch}"
    times = interleaved(steps, device, seconds)
    base = times["without"]
    yield ratio("step", setting, "without RGM", 1e3 * base, base / base, unit="ms")
    for name in ("with RGM", "with RGM, record=0"):
        yield ratio("step", setting, f"{name} / without", times[name], base, target=target)
    yield _against_surgery(setting, times)


def _against_surgery(setting: str, times: dict) -> Row:
    """RGM's step over PCGrad's; ≤ 1 means not slower."""
    name, quantity = "with PCGrad (TorchJD)", "with RGM / with PCGrad (TorchJD)"
    if name not in times:
        reason = 'pip install "rgm-course[integrations]"'
        return skipped("step", setting, quantity, reason)
    note = "PCGrad on the losses of the two modalities' own logits, all parameters"
    return ratio("step", setting, quantity, times["with RGM"], times[name], target=1, note=note)


def plain(model: Multimodal, inputs: Mapping[str, Tensor], labels: Tensor) -> Callable[[], None]:
    """The step without anything: cross-entropy of the joint logits, SGD with momentum."""
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        cross_entropy(model(inputs), labels).backward()
        optimizer.step()

    if isinstance(model.modulator, RGM):
        model.modulator.follow(optimizer)
    return step


def reconciled(
    model: Multimodal, inputs: Mapping[str, Tensor], labels: Tensor, record: int
) -> Callable[[], None]:
    """The same step, through an RGM layer that follows the optimizer."""
    model.modulator = RGM(len(model.modalities), record=record).to(labels.device)
    return plain(model, inputs, labels)


def surgery(model: Multimodal, inputs: Mapping[str, Tensor], labels: Tensor) -> Callable[[], None]:
    """PCGrad by TorchJD: one loss per modality, on its own logits; the Jacobian of all parameters.

    The two losses read the same forward pass, as RGM's gradients do, and share nothing but the
    head's bias; the Jacobian is aggregated over all parameters at once, TorchJD's own way.
    """
    from torchjd.aggregation import PCGrad
    from torchjd.autojac import backward, jac_to_grad

    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9)
    aggregator = PCGrad()

    def step() -> None:
        optimizer.zero_grad()
        alone = model.split_logits(model.features(inputs))
        backward([cross_entropy(logits, labels) for logits in alone.values()], inputs=parameters)
        jac_to_grad(parameters, aggregator)
        optimizer.step()

    return step
