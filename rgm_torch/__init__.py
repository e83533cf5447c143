"""Reconcile Gradient Modulation in torch: the fast mirror of `rgm_ref`, and what trains with it.

`from rgm_torch import RGM` is all that a model of your own needs.
"""

from rgm_torch.layer import RGM

__all__ = ["RGM"]
