"""The methods, by name: `create("rgm", model, blocks=4)`. One file each, one protocol (base.py)."""

from typing import Any

import torch

from rgm_torch._names import unknown
from rgm_torch.methods.base import Method
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.late_fusion import LateFusion
from rgm_torch.methods.rgm import Reconcile
from rgm_torch.methods.unimodal import Unimodal
from rgm_torch.models.multimodal import Multimodal

METHODS: dict[str, type[Method]] = {
    method.name: method for method in (Joint, Reconcile, Unimodal, LateFusion)
}


def create(
    name: str, model: Multimodal, *, generator: torch.Generator | None = None, **options: Any
) -> Method:
    """The method of that name around a model.

    Raises: ValueError for an unknown method or an option it does not have, listing the known ones.
    """
    if name not in METHODS:
        raise ValueError(f"method: {unknown(name, METHODS, 'known methods')}")
    known = METHODS[name].options()
    for option in options:
        if option not in known:
            raise ValueError(f"method_options: {unknown(option, known, f'{name} knows')}")
    return METHODS[name](model, generator=generator, **options)


__all__ = ["METHODS", "Joint", "LateFusion", "Method", "Reconcile", "Unimodal", "create"]
