"""The named mistakes of the ledger: the mirror agrees with the formula, and no twin does."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from derivations.energy import formulas as of_energy
from derivations.fusion import formulas as of_fusion
from derivations.ledger import Formula, agree
from derivations.orthogonal import formulas as of_orthogonal
from derivations.plane import formulas as of_plane
from derivations.rebalance import formulas as of_rebalance
from derivations.synergy import formulas as of_synergy
from derivations.synorth import formulas as of_synorth
from rgm_torch.functional import (
    blocks,
    energy,
    fusion,
    head,
    mixing,
    orthogonal,
    plane,
    rebalance,
    synergy,
    synorth,
)
from tests import samplers
from tests.torch.mirror import arrays, leaves, tensors

TOLERANCE = 1e-13  # hundreds of eps, for a dozen operations on five features in two ways
RNG = np.random.default_rng(0)

PAIR = samplers.conflicting(RNG, 2, 6) * [[1.0], [3.0]]
AGREEING = samplers.aligned(RNG, 2, 6)
THREE, SPENT = samplers.generic(RNG, 3, 6), np.array([1.0, 5.0, 0.3])
FOUGHT = np.array([[2.0, 0], [-1, 1], [-1, -0.7]])
STEPS, RATES = RNG.normal(size=(2, 5, 3)), RNG.uniform(0.2, 2, 5)
LENGTHS, W = RNG.uniform(0.1, 2, (2, 4)), np.array([0.2, 0.8])
HEADS, P = RNG.normal(size=(2, 6, 4)), RNG.dirichlet(np.ones(4))
Z, RESIDUAL = RNG.normal(size=(4, 5)), P - np.eye(4)[1]
LOGITS = RNG.normal(size=(2, 4))


@dataclass(frozen=True)
class Case:
    """A formula of the ledger, its counterpart on tensors, and inputs that tell the twins apart."""

    formula: Formula
    mirror: Callable
    inputs: tuple[tuple, ...]


def residual_cosine(logits, target):
    return plane.nonconflict(head.residual(logits, target.expand_as(logits)))[0, 1]


def own_cosine(features, heads, bias, target):
    return residual_cosine(head.to_logits(features, heads) + bias, target)


def price_of(form):
    return lambda g, w: (w[:, None] * orthogonal.adjust(g, w, form) ** 2).sum()


def mixed(g, spent, number):
    return mixing.mix(mixing.mixing_matrix(blocks.block_gram(g, number), spent), g)


def energy_ratio(head_i, head_j, r):
    g_i, g_j = head.head_gradients([head_i, head_j], r)
    return (g_i @ g_i) / (g_j @ g_j)


def shared_residual(heads, r, own, spent):
    return synorth.synorth(torch.stack(head.head_gradients(heads, r)), spent, blocks=2)


STEP_INPUTS = ((PAIR, SPENT[:2], 3), (AGREEING, SPENT[:2], 3), (THREE, SPENT, 3))
CASES = [
    Case(of_fusion.CONCAT, fusion.concat_vjp, (((2, 3), Z[0]),)),
    Case(of_fusion.ADD, fusion.add_vjp, ((2, Z[0]),)),
    Case(of_fusion.GATED, fusion.gated_vjp, ((Z[0], Z[1], Z[2]),)),
    Case(of_fusion.FILM, fusion.film_vjp, ((Z[0], Z[1], HEADS[0, :5, :] @ Z, Z.T @ Z, Z[3]),)),
    Case(of_fusion.ENERGY_RATIO, energy_ratio, ((*HEADS, RESIDUAL),)),
    Case(of_energy.ENERGY, energy.cumulative_energy, ((STEPS, RATES),)),
    Case(of_energy.FISHER, energy.fisher_trace, ((STEPS,),)),
    Case(of_energy.WORK, energy.synaptic_intelligence, ((STEPS, STEPS[:, ::-1]),)),
    Case(of_plane.BALANCE, lambda spent: plane.balance(spent)[0, 1], ((SPENT[:2],),)),
    Case(of_plane.NONCONFLICT, lambda g: plane.nonconflict(g)[0, 1], ((PAIR,),)),
    Case(
        of_plane.LOGIT_CONFLICT,
        lambda g, heads: plane.logit_conflict(g, heads)[0, 1],
        ((PAIR, HEADS),),
    ),
    Case(
        of_plane.CURVATURE,
        lambda g, heads, p: plane.curvature_conflict(g, heads, p)[0, 1],
        ((PAIR, HEADS, P),),
    ),
    Case(of_plane.RESIDUAL_COSINE, residual_cosine, ((LOGITS, np.eye(4)[1]),)),
    Case(of_plane.OWN_COSINE, own_cosine, ((PAIR, HEADS, LOGITS[0], np.eye(4)[1]),)),
    Case(of_plane.SHARED_RESIDUAL, shared_residual, ((HEADS, RESIDUAL, LOGITS[0], SPENT[:2]),)),
    Case(of_rebalance.RATIO, rebalance.ratio, ((SPENT,),)),
    Case(of_rebalance.PAIR_RATIO, rebalance.pair_ratio, ((SPENT,),)),
    Case(of_rebalance.TEMPER, rebalance.temper, ((SPENT, np.array([-0.3, 0.5, -0.8])),)),
    Case(
        of_rebalance.SETTLED,
        rebalance.settled_exponent,
        ((np.array(-0.3), "raw"), (np.array(-0.3), "applied")),
    ),
    Case(of_synergy.BLOCK_COSINES, blocks.block_cosines, ((PAIR, 3),)),
    Case(of_synergy.ALPHA, synergy.alpha, ((PAIR, W, 3),)),
    Case(of_synergy.PROJECTION, synergy.project, ((PAIR, W, 3),)),
    Case(of_synergy.BEST_ANGLE, synergy.best_angle, ((LENGTHS,),)),
    Case(of_synergy.ONE_ANGLE, synergy.best_angle_one_sided, ((LENGTHS,),)),
    Case(of_synergy.DISTORTION, synergy.distortion, ((LENGTHS, 0.3),)),
    Case(of_synergy.PRICE, synergy.price, ((LENGTHS, 0.3),)),
    Case(
        of_synergy.SYN,
        lambda g, spent, number: synorth.synorth(g, spent, number, parts={"syn"}),
        ((PAIR, SPENT[:2], 3),),
    ),
    Case(of_orthogonal.LINEAR, orthogonal.adjust, ((PAIR, W),)),
    Case(of_orthogonal.PRINTED, lambda g, w: orthogonal.adjust(g, w, "printed"), ((PAIR, W),)),
    Case(of_orthogonal.EXACT, lambda g, w: orthogonal.adjust(g, w, "exact"), ((PAIR, W),)),
    Case(of_orthogonal.COST, price_of("exact"), ((PAIR, W),)),
    Case(of_synorth.GATE, synorth.gate, ((np.array([0.7, -0.4]), np.array([0.6, -0.5])),)),
    Case(of_synorth.STEP, synorth.synorth, STEP_INPUTS),
    Case(of_synorth.SYMMETRIC, synorth.synorth, STEP_INPUTS),
    Case(of_synorth.BOUNDED, synorth.synorth, STEP_INPUTS),
    Case(of_synorth.MIXING, mixed, STEP_INPUTS),
    Case(
        of_synorth.PCGRAD,
        lambda g, order: mixing.pcgrad_matrix(g @ g.mT, order) @ g,
        ((FOUGHT, (0, 2, 1)), (PAIR, (0, 1)), (AGREEING, (0, 1))),
    ),
    Case(
        of_synorth.MGDA,
        lambda g: mixing.mgda_matrix(g @ g.mT) @ g,
        ((PAIR,), (AGREEING * [[1.0], [9.0]],)),
    ),
]
TWINS = [(case, name) for case in CASES for name in case.formula.twins]


def error(found, expected) -> float:
    """Largest deviation over the arrays of an answer, relative to the largest entry."""
    pairs = zip(leaves(found), leaves(expected), strict=True)
    return max(agree(ours, theirs).error for ours, theirs in pairs)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.formula.name)
def test_mirror_agrees_with_the_formula(case):
    for inputs in case.inputs:
        found = arrays(case.mirror(*tensors(inputs)))
        assert error(found, case.formula.right(*inputs)) <= TOLERANCE


@pytest.mark.parametrize(
    ("case", "name"), TWINS, ids=[f"{case.formula.name}: {name}" for case, name in TWINS]
)
def test_twin_is_told_from_the_mirror(case, name):
    twin = case.formula.twins[name]
    # One input after the other: some twins are for a pair, some like the formula on the first.
    assert any(
        error(twin(*inputs), arrays(case.mirror(*tensors(inputs)))) > 1000 * TOLERANCE
        for inputs in case.inputs
    )
