"""The one dial of every method that the search turns, and the two values it may take.

All alternatives were set before any run of the study, from the methods' own papers and codes or
from what few clips and epochs need. Earlier small runs stand behind two of them, and it is said
there: ARM's and own-residual's. No other was compared by training. Three rules:

- The first value is the method's default, so that the search can always answer with it.
- The alternative moves what the method is about. A value that turns it into another row of the
  table is no alternative: AL with first=1, GMD without projection, InfoReg with unimodal losses.
- A method whose authors name no constant (joint, late fusion, PCGrad, GMD, MGDA, UPGrad), or
  whose option says what a row is (unimodal, scaling), has no dial. It is absent, and tries four
  learning rates instead of two.
"""

from typing import Any

ALTERNATIVES: dict[str, dict[str, Any]] = {
    # With one block Syn only rescales whole gradients: Theorem 2 is about several, and the paper
    # gives no number. 4 of 16 entries each; smaller ones have larger cosines by chance (d^-1/2)
    "rgm": {"blocks": 4},
    # Online as in BalanceBenchmark, 10 of 30 epochs; the default estimates once, from the start
    "g-blending": {"horizon": 1 / 3},
    # Range 0.001 to 0.1 decades, default 0.01: the largest, to cut off only where speeds differ
    "greedy": {"threshold": 0.1},
    # Authors: 0.8 for CREMA-D; the default, 0.1, is mostly noise injection
    "ogm-ge": {"alpha": 0.8},
    # 0.3 of 2000 clips is a first pool of 600, seen three times an epoch: half of them to start
    "al": {"first": 0.5},
    # Range 1 to 10: with 10 the weights of samples are nearly even, without a hard curriculum
    "imcl": {"beta": 10.0},
    # Range 0.1 to 2.5, default 1: the authors' example, for the window is only two epochs here
    "agm": {"alpha": 2.5},
    # The paper's other value of {1, 2}: distances of raw features make a steep loss
    "pmr": {"alpha": 1.0},
    # Range 1 to 5, default 3: the mildest, for few epochs are left to recover in after an event
    "diag-relearn": {"strength": 1.0},
    # The paper's e^{-1/t}: labels weigh 0.6 from the second epoch on, which a short run needs
    "lfm": {"schedule": "heuristic"},
    # On small batches the default's estimate is bias and does nothing, and one layer at its limit
    # of 5 starved video (seen in earlier runs): one layer, but 4 : 1 at most, not 25 : 1. Untried
    "arm": {"layers": "one", "limit": 2.0},
    # 4 epochs of 8 or 10 in place of 2: the authors warm up for 10, and 1/4 rounds to 2 of 8 again
    "remixing": {"warmup": 0.4},
    # Range 0.01 to 0.1, default 0.04: the lowest, for in few epochs the window hardly opens
    "inforeg": {"threshold": 0.01},
    # Range 0 to 3, default 1.5; about 0.12 for tasks that are alike, as the same labels are here
    "gradnorm": {"alpha": 0.12},
    # Authors 10, BalanceBenchmark 15; range 1 to 30
    "mmcosine": {"scale": 15.0},
    # Range 1 to 10, default 5: a third party's for CREMA-D; the smaller, the more of the others
    # is taken off (w2/w1). Both phases keep one epoch: a turn for each asks for 3 epochs
    "reconboost": {"w1": 3.0},
    # Range 0.5 to 5, default 1.5: 1 is no longer encoder step, which the learning rate searches
    "mmpareto": {"gamma": 1.0},
    # Range 1 to 2, default 1.3: with equal progress B = 1/2, so that 2 is the joint step
    "cggm": {"rho": 2.0},
    # No formula could be verified: the other reconstruction
    "balgrad": {"rule": "own"},
    # In [0, 1), a library's default 0.5; at 1 no loss is hurt any more
    "cagrad": {"c": 0.9},
    # Ours: about the own term of own-residual's alternative (1.8), so that the control has its room
    "multi-loss": {"weight": 2.0},
    # Ours: a pair keeps both in a quarter of the clips, in place of a half (0.3)
    "modality-dropout": {"rate": 0.5},
    # Ours: between one own loss per joint loss (0.5) and late fusion in one pass (1), near the end;
    # of 0.5, 0.75 and 0.9 the best on validation in a prototype on AV-Digits: not blind to it
    "own-residual": {"alpha": 0.9},
}

DIALS: dict[str, tuple[dict[str, Any], ...]] = {
    name: ({}, alternative) for name, alternative in ALTERNATIVES.items()
}
"""Options by method, the default first. A method that is not in it has no dial."""
