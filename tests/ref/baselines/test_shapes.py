"""The shapes in the methods' signatures are executed, one legal call of each public function."""

import inspect

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import TypeCheckError, jaxtyped

from rgm_ref import baselines
from rgm_ref.baselines import coalitions, gmd, mmcosine
from rgm_ref.head import softmax
from tests.ref.test_shapes import modules, public_functions

FUNCTIONS = dict(public_functions(baselines))

rng = np.random.default_rng(0)
M, n, K, d = 3, 7, 4, 5
rows = rng.normal(size=(M, d))
vector, other, third = rows
logits, labels = rng.normal(size=(M, n, K)), rng.integers(K, size=n)
p = softmax(logits)
features, head = rng.normal(size=(M, n, d)), rng.normal(size=(d, K))
widths = [rng.normal(size=(n, 2)), rng.normal(size=(n, 3)), rng.normal(size=(n, d))]
blocks = [rng.normal(size=(z.shape[1], K)) for z in widths]
joint = coalitions.coalition_logits(logits, rng.normal(size=K))
positive, bounded = rng.uniform(0.1, 1, M), rng.uniform(-1, 1, M)
losses, twice = rng.uniform(0.1, 1, (n, d)), rng.uniform(0.1, 1, (2, M))
received = gmd.received(2, (0, 0, 1, 1, None))

CALLS = {
    "agm.advantage": (positive,),
    "agm.coefficients": (positive, positive, 0.5),
    "agm.responses": (joint,),
    "agm.running_mean": (positive, positive, 2),
    "agm.scores": (logits, labels),
    "al.embedding": (p[0], widths, rng.uniform(size=(M, n))),
    "al.scales": (rng.uniform(size=(M, n)),),
    "al.shares": (softmax(joint),),
    "al.squared_distances": (p[0], widths, rng.uniform(size=(M, n)), 0),
    "arm.contributions": (features, features[0], positive, 0.5),
    "arm.factors": (positive,),
    "balgrad.combine": ([vector, other[:2]], [third, other[:2]], [other, vector[:2]], positive[:2]),
    "balgrad.mutual_kl": (logits,),
    "balgrad.project": (vector, other),
    "balgrad.weights": (positive,),
    "cagrad.cagrad": (rows, 0.5),
    "cagrad.weights": (rows, 0.5),
    "cggm.balance": (positive, bounded),
    "cggm.direction_loss": (bounded, bounded),
    "cggm.gradient_direction": (logits[0], logits[1], labels, features[0]),
    "cggm.head_gradient": (p[0], labels, features[0]),
    "cggm.weight_direction": (head, head + 1),
    "coalitions.coalition_logits": (logits, rng.normal(size=K)),
    "coalitions.shapley": (joint,),
    "coalitions.shapley_matrix": (M,),
    "diag_re.scale": (features[0],),
    "dwa.weights": (positive, positive),
    "g_blending.changes": (twice, twice + 1),
    "g_blending.ratio": (bounded, positive),
    "g_blending.weights": (bounded, positive),
    "gmd.decouple": (rows, received),
    "graddrop.graddrop": (rows, rng.uniform(size=d)),
    "graddrop.purity": (rows,),
    "gradnorm.step": (positive, bounded, 0.1),
    "gradnorm.targets": (positive, positive, positive, positive),
    "gradnorm.weight_gradient": (positive, positive, positive),
    "gradvac.gradvac": (rows, np.zeros((M, M)), [range(M)] * M),
    "gradvac.raise_cosine": (vector, other, 0.5),
    "greedy.cared_for": (bounded,),
    "greedy.learning_speed": (positive, positive),
    "greedy.running_gate": (vector, losses, 3),
    "imcl.lambert": (losses,),
    "imcl.route": (positive,),
    "imcl.sample_weights": (losses, 0.5),
    "imcl.task_share": (features[0], features[1]),
    "imtl_g.imtl_g": (rows,),
    "imtl_g.weights": (rows,),
    "inforeg.gaps": (positive,),
    "inforeg.scores": (logits, labels),
    "inforeg.strength": (positive,),
    "inforeg.trace": (rows,),
    "lfm.contrast": (features[0], features[1]),
    "lfm.learn_weight": (0.5, vector, other, third, 0.1, 0.1),
    "lfm.match": (p,),
    "mgda.mgda": (rows,),
    "mgda.weights": (rows,),
    "mmcosine.cosines": (features[0], head),
    "mmcosine.logits": (widths, blocks),
    "mmpareto.mmpareto": (vector, other, 1.5, [2, 3]),
    "mmpareto.weights": (vector, other),
    "nash_mtl.weights": (rows[:2],),
    "ogm_ge.coefficients": (positive, 0.5),
    "ogm_ge.ratios": (positive,),
    "ogm_ge.scores": (logits, labels),
    "pcgrad.pcgrad": (rows,),
    "pcgrad.project": (rows,),
    "pmr.coefficients": (positive,),
    "pmr.cross_entropy": (p[0], labels),
    "pmr.entropy": (p[0],),
    "pmr.loss": (1.0, positive, positive, (positive, positive), 1.0, 0.1),
    "pmr.probabilities": (features[0], features[0, :K]),
    "pmr.prototypes": (features[0], np.arange(n) % K, K, features[0, :K], 0.2),
    "reconboost.code_loss": (logits[0], logits[1], labels),
    "reconboost.consistency": (logits[0], logits[1]),
    "reconboost.paper_loss": (logits[0], logits[1], labels),
    "remixing.assign": (rng.uniform(size=(M, n)),),
    "remixing.certainty": (p,),
    "upgrad.projection_weights": (rows, vector),
    "upgrad.upgrad": (rows,),
    "upgrad.weights": (rows,),
}
MAY_BE_NONE = {"greedy.cared_for"}


def test_every_public_function_with_shapes_is_called():
    assert set(CALLS) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes_hold_when_executed(name):
    checked = jaxtyped(FUNCTIONS[name], typechecker=beartype)
    assert checked(*CALLS[name]) is not None or name in MAY_BE_NONE


def test_a_wrong_shape_is_caught():
    checked = jaxtyped(mmcosine.cosines, typechecker=beartype)
    with pytest.raises(TypeCheckError):
        checked(features[0], head.T)


@pytest.mark.parametrize("module", list(modules(baselines)), ids=lambda module: module.__name__)
def test_every_public_function_names_its_source(module):
    functions = [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert functions
    for function in functions:
        assert "Source:" in (inspect.getdoc(function) or ""), function.__name__
