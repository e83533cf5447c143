"""Sums over a whole training keep their precision when the model around them is cast to 16 bits."""

import torch
from torch import nn


class KeepsPrecision(nn.Module):
    """A module whose floating buffers move with the model but are never rounded by `.half()`."""

    def _apply(self, fn, recurse=True):
        before = {name: b for name, b in self.named_buffers(recurse=False) if b is not None}
        super()._apply(fn, recurse)
        for name, old in before.items():
            new = self.get_buffer(name)
            if new.dtype != old.dtype:
                # Apple's GPUs have no float64.
                dtype = torch.float32 if new.device.type == "mps" else old.dtype
                setattr(self, name, old.to(device=new.device, dtype=dtype))
        return self
