"""ResNet-18 and ViT-Base of the transformers library as encoders: the paper's backbones.

They are built from their configuration, with random weights and without any download, or read from
a local folder in that library's format (config.json and model.safetensors; nothing is unpickled).
The library is imported only when a backbone is built: pip install "rgm-course[backbones]".
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rgm_torch.models.encoder import Encoder, as_clip_shape


class Backbone(Encoder):
    """An image network applied to every frame, z = mean over t of network(x_t).

    A picture of one channel is repeated where the network reads three (pretrained weights).
    Shapes: as every `Encoder`. Raises: ValueError for channels that the network cannot read.
    """

    def __init__(self, shape: Sequence[int], width: int, network: Any):
        super().__init__(shape, width)
        self.network, self.channels = network, network.config.num_channels
        if self.shape[-3] not in (1, self.channels):
            raise ValueError(
                f"shape: got {self.shape[-3]} channels, expected 1 or the weights' {self.channels}"
            )

    def encode(self, x: Tensor) -> Tensor:
        clips = x if x.ndim == 5 else x.unsqueeze(1)  # (B, T, channels, H, W)
        frames = clips.flatten(0, 1).expand(-1, self.channels, -1, -1)
        return self.of_images(frames).unflatten(0, clips.shape[:2]).mean(dim=1)

    def of_images(self, images: Tensor) -> Tensor:
        """The network's feature of single images, (N, channels, H, W) → (N, width)."""
        raise NotImplementedError


class ResNet18(Backbone):
    """ResNet-18 (He et al. 2016), 11.2 million parameters; z is the average-pooled last map."""

    def __init__(self, shape: Sequence[int], weights: str | Path | None = None):
        library = transformers()
        kind = {"layer_type": "basic", "depths": [2, 2, 2, 2], "hidden_sizes": [64, 128, 256, 512]}
        if weights is None:
            config = library.ResNetConfig(**kind, num_channels=as_clip_shape(shape)[-3])
            network = library.ResNetModel(config)
        else:
            network = read(kind, library.ResNetModel, weights)
        super().__init__(shape, 512, network)

    def of_images(self, images: Tensor) -> Tensor:
        return self.network(images).pooler_output.flatten(1)


class ViTBase(Backbone):
    """ViT-Base/16 (Dosovitskiy et al. 2020), 86 million parameters; z is the class token.

    Positions of pretrained weights are interpolated to the size of the pictures.
    """

    def __init__(self, shape: Sequence[int], weights: str | Path | None = None):
        library = transformers()
        kind = {"hidden_size": 768, "num_hidden_layers": 12, "patch_size": 16}
        channels, *size = as_clip_shape(shape)[-3:]
        if min(size) < 16:
            raise ValueError(f"shape: got pictures of {size}, expected at least one patch of 16")
        if weights is None:
            config = library.ViTConfig(**kind, num_channels=channels, image_size=size)
            network = library.ViTModel(config, add_pooling_layer=False)
        else:
            network = read(kind, library.ViTModel, weights, add_pooling_layer=False)
        super().__init__(shape, 768, network)
        self.interpolate = weights is not None

    def of_images(self, images: Tensor) -> Tensor:
        output = self.network(images, interpolate_pos_encoding=self.interpolate)
        return output.last_hidden_state[:, 0]


def transformers() -> Any:
    """The transformers library; ImportError naming the extra where it is absent."""
    try:
        import transformers
    except ImportError as error:
        raise ImportError(
            "encoders resnet18 and vit-base need the transformers library: "
            'pip install "rgm-course[backbones]"'
        ) from error
    return transformers


def read(kind: dict[str, Any], model: Any, weights: str | Path, **options) -> nn.Module:
    """A network of this kind with weights from a local folder.

    Raises: ValueError for a folder without config.json and model.safetensors, weights of another
    kind of network, or weights that leave a parameter unset.
    """
    folder = Path(weights)
    if not all((folder / name).is_file() for name in ("config.json", "model.safetensors")):
        raise ValueError(
            f"weights: got {folder}, expected a folder with config.json and model.safetensors"
        )
    config = transformers().AutoConfig.from_pretrained(folder, local_files_only=True)
    expected = {"model_type": model.config_class.model_type, **kind}
    stored = {name: getattr(config, name, None) for name in expected}
    if stored != expected:
        raise ValueError(f"weights: got a network with {stored}, expected {expected}")
    network, report = model.from_pretrained(
        folder,
        dtype=torch.float32,
        local_files_only=True,
        use_safetensors=True,
        output_loading_info=True,
        **options,
    )
    if report["missing_keys"]:
        raise ValueError(f"weights: got none for {sorted(report['missing_keys'])}, expected all")
    return network.train()
