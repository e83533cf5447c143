"""The reference on tensors: `rgm_ref` file for file and name for name, batched and differentiable.

`from rgm_torch.functional import plane`, then `plane.nonconflict(gradients)` as in `rgm_ref`. What
differs from the reference, everywhere:

* It checks values (NaN, negative energies, shares that do not sum to 1); here only shapes and
  options are checked. A value on a GPU would have to be waited for, so nothing here reads one: all
  functions run under `torch.compile(fullgraph=True)` and on tensors without storage.
* Pairs, blocks and samples are axes, never loops, and lengths and angles come from Gram matrices.
  Those hold squares, so lengths must stay within 1e±18 in float32 and 1e±150 in float64: below, a
  gradient counts as zero, and above, squares overflow.
* bfloat16 and float16 are summed in float32. Squares (energies, Gram matrices) stay float32, as
  half precision could not hold them; every other result has the dtype of its first argument.
* Gradients are one tensor (M, ..., d); `torch.stack` makes it from a list.
"""

LEFT_OUT = {
    "rebalance.trajectory": "a simulation of constant energies, one step after another",
    "synergy.printed_lengths": "three readings of a misprint, told apart by their values",
    "head.head_condition": "needs singular values, for which a GPU is waited for",
    "head.energy_ratio_bounds": "needs eigenvalues, for which a GPU is waited for",
    "head.widest_angle": "trigonometry of one number",
}
"""Functions of the mirrored files that stay in the reference alone, each with its reason."""

ADDED = {
    "blocks.grouped": "all blocks through at most two tensors, however many there are",
    "blocks.gram_cosines": "cosines from Gram matrices",
    "blocks.squares": "squared lengths on the diagonals of Gram matrices",
    "mixing.place": "first half of `mixing_matrix`: where every pair stands, and its gates there",
    "mixing.placed_matrix": "second half of `mixing_matrix`",
}
"""Functions that the reference does not have, each with its purpose."""
