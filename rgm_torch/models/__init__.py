"""Encoders, fusions and the multimodal classifier that joins them."""

from rgm_torch.models.build import build
from rgm_torch.models.cnn import CNN
from rgm_torch.models.encoder import Encoder
from rgm_torch.models.fusion import Concat, FiLM, Fusion, Gated, Sum
from rgm_torch.models.multimodal import Multimodal, without
from rgm_torch.models.transformer import Transformer

__all__ = [
    "CNN",
    "Concat",
    "Encoder",
    "FiLM",
    "Fusion",
    "Gated",
    "Multimodal",
    "Sum",
    "Transformer",
    "build",
    "without",
]
