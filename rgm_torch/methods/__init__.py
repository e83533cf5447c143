"""The methods, by name: `create("rgm", model, blocks=4)`. One file each, one protocol (base.py)."""

from typing import Any

import torch

from rgm_torch._names import unknown
from rgm_torch.methods.agm import AGM
from rgm_torch.methods.al import AL
from rgm_torch.methods.arm import ARM
from rgm_torch.methods.balgrad import BalGrad
from rgm_torch.methods.base import Method
from rgm_torch.methods.cagrad import CAGrad
from rgm_torch.methods.cggm import CGGM
from rgm_torch.methods.diag_relearn import DiagRelearn
from rgm_torch.methods.g_blending import GBlending
from rgm_torch.methods.gmd import GMD
from rgm_torch.methods.gradnorm import GradNorm
from rgm_torch.methods.greedy import Greedy
from rgm_torch.methods.imcl import IMCL
from rgm_torch.methods.inforeg import InfoReg
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.late_fusion import LateFusion
from rgm_torch.methods.lfm import LFM
from rgm_torch.methods.mgda import MGDA
from rgm_torch.methods.mmcosine import MMCosine
from rgm_torch.methods.mmpareto import MMPareto
from rgm_torch.methods.modality_dropout import ModalityDropout
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.ogm_ge import OGMGE
from rgm_torch.methods.own_residual import OwnResidual
from rgm_torch.methods.pcgrad import PCGrad
from rgm_torch.methods.pmr import PMR
from rgm_torch.methods.reconboost import ReconBoost
from rgm_torch.methods.remixing import Remixing
from rgm_torch.methods.rgm import Reconcile
from rgm_torch.methods.scaling import Scaling
from rgm_torch.methods.unimodal import Unimodal
from rgm_torch.methods.upgrad import UPGrad
from rgm_torch.models.multimodal import Multimodal

PAPER: tuple[type[Method], ...] = (
    Joint, Reconcile,
    GBlending, Greedy, OGMGE, AL, IMCL, AGM, PMR, DiagRelearn, LFM, ARM, Remixing, InfoReg,
    GradNorm, PCGrad, MMCosine, GMD, ReconBoost, MMPareto, CGGM, BalGrad,
)  # fmt: skip
"""The 22 of the paper's Tables 1 and 2: joint, RGM, 12 on imbalance, 8 on conflict."""

BESIDE: tuple[type[Method], ...] = (
    Unimodal, LateFusion, MultiLoss, ModalityDropout, Scaling, MGDA, UPGrad, CAGrad, OwnResidual,
)  # fmt: skip
"""Controls, general aggregators, and a rule of our own."""

METHODS: dict[str, type[Method]] = {method.name: method for method in PAPER + BESIDE}
"""All of them, by name."""


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


__all__ = ["BESIDE", "METHODS", "PAPER", "Method", "create"]
