"""What every encoder has: the shape of the clips it reads and the width of its features."""

from collections.abc import Sequence

from torch import Tensor, nn


class Encoder(nn.Module):
    """One modality's encoder, z = E(x).

    A subclass defines `encode`. Shapes: x (B, *shape), shape = (channels, H, W), or
    (T, channels, H, W) for T frames → z (B, width). Raises: ValueError for clips of another shape.
    """

    def __init__(self, shape: Sequence[int], width: int):
        super().__init__()
        self.shape, self.width = as_clip_shape(shape), width

    def forward(self, x: Tensor) -> Tensor:
        if tuple(x.shape[1:]) != self.shape:
            expected = ", ".join(["B", *map(str, self.shape)])
            raise ValueError(f"x: got shape {tuple(x.shape)}, expected ({expected})")
        return self.encode(x)

    def encode(self, x: Tensor) -> Tensor:
        """Features of a batch whose shape has been checked."""
        raise NotImplementedError


def as_clip_shape(shape: Sequence[int], name: str = "shape") -> tuple[int, ...]:
    """A clip's shape (channels, H, W) or (T, channels, H, W); ValueError for any other."""
    shape = tuple(shape)
    if len(shape) not in (3, 4) or min(shape) < 1:
        raise ValueError(f"{name}: got {shape}, expected (channels, H, W) or (T, channels, H, W)")
    return shape
