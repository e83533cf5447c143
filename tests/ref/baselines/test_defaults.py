"""The defaults are those of the papers or codes named in the docstrings."""

import inspect

import pytest

from rgm_ref.baselines import (
    agm,
    cagrad,
    diag_re,
    dwa,
    g_blending,
    gradnorm,
    gradvac,
    greedy,
    imcl,
    inforeg,
    lfm,
    mmcosine,
    mmpareto,
    pcgrad,
    pmr,
    reconboost,
)

DEFAULTS = [
    (agm.coefficients, "cap", 10),
    (cagrad.cagrad, "c", 0.5),
    (diag_re.strength, "rate", 3),
    (dwa.weights, "temperature", 2),
    (g_blending.weights, "least_overfitting", 1e-3),
    (g_blending.weights, "least_generalisation", 1e-4),
    (gradnorm.targets, "alpha", 1.5),
    (gradnorm.step, "floor", 1e-3),
    (gradvac.gradvac, "momentum", 0.5),
    (greedy.cared_for, "threshold", 0.01),
    (imcl.moving_average, "momentum", 0.9),
    (imcl.sample_weights, "beta", 1),
    (inforeg.strength, "beta", 0.9),
    (inforeg.window, "threshold", 0.04),
    (lfm.contrast, "temperature", 0.1),
    (lfm.schedule, "epochs", 200),
    (mmcosine.logits, "scale", 10),
    (mmpareto.mmpareto, "gamma", 1.5),
    (mmpareto.mmpareto, "sizes", None),
    (pcgrad.pcgrad, "reduction", "sum"),
    (pmr.coefficients, "rule", "paper"),
    (pmr.prototypes, "momentum", 0),
    (reconboost.code_loss, "w1", 5),
    (reconboost.code_loss, "w2", 1),
    (reconboost.paper_loss, "rate", 0.2),
]


@pytest.mark.parametrize(("function", "option", "value"), DEFAULTS)
def test_default(function, option, value):
    assert inspect.signature(function).parameters[option].default == value
