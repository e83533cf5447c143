"""The multimodal classifier: one encoder per modality, a fusion and a linear head.

x_k → encoder_k → z_k → (modulator) → fusion → f → head → logits. Everything that is measured or
modulated happens at the features z_k, so the forward pass can be stopped and resumed there.
"""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from rgm_torch.models.fusion import Fusion


class Multimodal(nn.Module):
    """Encoders z_k = E_k(x_k), fusion f = F(z_1, …, z_M), linear head l = W f + b.

    `modulator` is empty, or a layer that is the identity forward and edits the gradients backward
    (an RGM layer): set `model.modulator = layer`; it is called as `modulator(z_1, …, z_M)`.
    One encoder makes the unimodal baseline. Raises: ValueError for no encoder, a modality name
    that cannot be used, encoders that share parameters or a fusion of other widths.
    """

    def __init__(self, encoders: Mapping[str, nn.Module], fusion: Fusion, classes: int):
        super().__init__()
        check_encoders(encoders)
        widths = tuple(width_of(name, encoder) for name, encoder in encoders.items())
        if fusion.widths != widths:
            raise ValueError(
                f"fusion: got one for widths {fusion.widths}, expected the encoders' {widths}"
            )
        if classes < 2:
            raise ValueError(f"classes: got {classes}, expected at least 2")
        self.encoders = nn.ModuleDict(encoders)
        self.fusion = fusion
        self.head = nn.Linear(fusion.width, classes)
        self.modulator: nn.Module | None = None

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities, in the order of the fusion."""
        return tuple(self.encoders)

    @property
    def parameters_of(self) -> dict[str, list[nn.Parameter]]:
        """Modality → parameters of its encoder, "head" → those of fusion and head.

        Every parameter of the model is in exactly one group.
        """
        groups = {name: list(encoder.parameters()) for name, encoder in self.encoders.items()}
        return groups | {"head": [*self.fusion.parameters(), *self.head.parameters()]}

    def features(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Features z_k = E_k(x_k), before the modulator; inputs of other modalities are ignored.

        Shapes: x_k (B, …) → z_k (B, d_k). Raises: ValueError where a modality's input is missing.
        """
        self._expect("inputs", inputs)
        return {name: encoder(inputs[name]) for name, encoder in self.encoders.items()}

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """Logits of given features: modulator (if any), fusion, head.

        Shapes: z_k (B, d_k) → (B, K). Raises: ValueError where a modality's features are missing.
        """
        self._expect("features", features)
        ordered = [features[name] for name in self.modalities]
        if self.modulator is not None:
            ordered = list(self.modulator(*ordered))
        return self.head(self.fusion(ordered))

    def forward(self, inputs: Mapping[str, Tensor], missing: Collection[str] = ()) -> Tensor:
        """Logits (B, K), with the features of the `missing` modalities set to zero (ablation)."""
        return self.classify(without(self.features(inputs), *missing))

    def split_logits(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Each modality's own logits behind an additive fusion, l_k = W_k z_k + b/M.

        Their sum is the joint logits. W_k is the head's block for z_k (concat) or all of W (sum).
        The modulator is not called: a step goes through it once, in `classify`.
        Shapes: z_k (B, d_k) → (B, K) each. Raises: ValueError for a fusion that is not additive.
        """
        self._expect("features", features)
        blocks, bias = self.fusion.blocks(self.head.weight), self.head.bias / len(self.modalities)
        return {
            name: linear(features[name], block, bias)
            for name, block in zip(self.modalities, blocks, strict=True)
        }

    def _expect(self, argument: str, given: Mapping[str, Tensor]) -> None:
        absent = [name for name in self.modalities if name not in given]
        if absent:
            raise ValueError(f"{argument}: got {list(given)}, expected also {absent}")


def without(features: Mapping[str, Tensor], *modalities: str) -> dict[str, Tensor]:
    """Ablation: the features of the named modalities replaced by zeros, z_k ← 0.

    The feature is zeroed and not the input, because E_k(0) ≠ 0 is a vote of its own (and x_k = 0 a
    legal clip, such as silence). Behind concat and sum what remains is Σ_{j≠k} W_j z_j + b. Gated
    keeps z_j/2 without its gate, and nothing (the bias) without the gated modality; FiLM keeps
    nothing without its conditioner, and B z_i without the other.
    Shapes: as the features. Raises: ValueError for an unknown modality.
    """
    unknown = [name for name in modalities if name not in features]
    if unknown:
        raise ValueError(f"modalities: got {unknown}, expected among {list(features)}")
    return {name: torch.zeros_like(z) if name in modalities else z for name, z in features.items()}


def check_encoders(encoders: Mapping[str, nn.Module]) -> None:
    """Raise ValueError unless the encoders have usable names and parameters of their own."""
    if not encoders:
        raise ValueError("encoders: got none, expected at least one modality")
    for name in encoders:
        if not name.isidentifier() or name == "head" or hasattr(nn.ModuleDict, name):
            raise ValueError(
                f"encoders: got modality {name!r}, expected an identifier other than 'head' and "
                "the attributes of nn.ModuleDict"
            )
    owned = [id(p) for encoder in encoders.values() for p in encoder.parameters()]
    if len(owned) > len(set(owned)):
        raise ValueError("encoders: two share parameters, expected separate encoders")


def width_of(name: str, encoder: nn.Module) -> int:
    """The width of an encoder's features; ValueError where it has no such attribute."""
    width = getattr(encoder, "width", None)
    if not isinstance(width, int):
        raise ValueError(f"encoders: got width {width} of {name}, expected an integer attribute")
    return width
