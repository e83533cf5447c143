"""The layer inside a compiled model; a file of its own, as `compiler.disable` loads Dynamo."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rgm_torch.backward import Modulate


@torch.compiler.disable
def modulate(layer, mask: Tensor | None, features: Sequence[Tensor]):
    """`Modulate` outside compiled code, which would freeze learning rates and the recorder's row.

    A compiled model has a graph break here.
    """
    return Modulate.apply(layer, mask, *features)
