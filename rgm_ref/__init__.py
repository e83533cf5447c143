"""Reconcile Gradient Modulation, in NumPy alone: one file per idea, in the order of the paper.

fusion, head (Eq. 1) · energy, bounds (2–4) · plane, gauge (5–6) · rebalance (7–8) ·
blocks, synergy, alignment, partition (9–11) · orthogonal, frame (12–13) · synorth, mixing (14–15) ·
views, toys, descent, rules: small problems to try it on.
Use them as `from rgm_ref import plane`. `oracles` needs SciPy besides.

Nothing is imported here, so that `python -m rgm_ref doctor` can speak where NumPy is missing.
"""
