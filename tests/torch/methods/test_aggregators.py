"""PCGrad, MGDA, UPGrad, CAGrad on gradients in rows: by hand, against NumPy, SciPy and TorchJD."""

from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, nnls

from rgm_ref.baselines import cagrad as ref_cagrad
from rgm_ref.baselines import mgda as ref_mgda
from rgm_ref.baselines import pcgrad as ref_pcgrad
from rgm_ref.baselines import upgrad as ref_upgrad
from rgm_torch.methods.aggregators import (
    LONG,
    aggregate,
    cagrad,
    gram,
    mgda,
    pcgrad,
    upgrad,
    weights,
)
from tests import samplers

PAIR = [[1.0, 0], [-1, 1]]
THREE = [[1.0, 0, 0], [-0.5, 1, 0], [-0.5, -0.5, 1]]
STATIONARY = [[1.0, 0], [-1, 1], [0, -1]]
RULES = {
    pcgrad: ref_pcgrad.pcgrad,
    mgda: ref_mgda.mgda,
    upgrad: ref_upgrad.upgrad,
    cagrad: ref_cagrad.cagrad,
}
rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
classes = pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)


def update(rows, rule):
    """The update in float64, as an array."""
    return aggregate(torch.tensor(np.asarray(rows), dtype=torch.float64), rule).numpy()


def weights_of(rule, rows):
    """The weights in float64."""
    return weights(rule, gram(torch.tensor(np.asarray(rows), dtype=torch.float64)))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (pcgrad, [0.5, 1.5]),
        (mgda, [0.2, 0.4]),
        (upgrad, [0.25, 0.75]),
        (partial(cagrad, c=0), [0, 0.5]),
        (partial(cagrad, c=0.5), [0.25, 0.5]),
        (partial(cagrad, c=0.9), [0.3746, 0.7493]),
    ],
)
def test_a_pair_by_hand(rule, expected):
    np.testing.assert_allclose(update(PAIR, rule), expected, atol=5e-5)  # four digits given


@pytest.mark.parametrize(
    ("rule", "rows", "expected"),
    [
        (mgda, PAIR, [0.6, 0.4]),
        (mgda, [[2, 0], [0, 1], [1, 1]], [0.2, 0.8, 0]),
        (mgda, [[1, 0, 0], [0, 2, 0], [0, 0, 2]], [2 / 3, 1 / 6, 1 / 6]),
        (mgda, STATIONARY, [1 / 3, 1 / 3, 1 / 3]),
        (upgrad, PAIR, [1, 0.75]),
        (upgrad, THREE, [0.8167, 0.6609, 0.6046]),
    ],
)
def test_weights_by_hand(rule, rows, expected):
    np.testing.assert_allclose(weights_of(rule, rows), expected, atol=5e-5)  # four digits given


@pytest.mark.parametrize(
    ("order", "expected"), [([0, 1, 2], [-0.1, 0.2]), ([0, 2, 1], [-0.1, -0.1])]
)
def test_pcgrad_of_three_depends_on_the_order(order, expected):
    """ĝ_1 by hand; the other two tasks are taken off, in the natural order in both cases."""
    rows = np.array([[1.0, 0], [-1, 1], [-1, -0.5]])
    orders = [order, [0, 1, 2], [0, 1, 2]]
    others = ref_pcgrad.project(rows, orders)[1:].sum(axis=0)
    got = update(rows, partial(pcgrad, orders=orders)) - others
    np.testing.assert_allclose(got, expected, atol=1e-15)


@classes
@pytest.mark.parametrize("modalities", [2, 3, 4])
def test_the_reference_agrees(sample, modalities, rng):
    """It solves on the gradients and not on their Gram matrix, which squares what rounding does.

    Of lengths 1, 1e-6, 1e-12, … CAGrad's direction rests on digits that neither of the two holds.
    """
    for rule, reference in RULES.items():
        if rule is cagrad and sample is samplers.lopsided and modalities > 2:
            continue
        for _ in range(3):
            g = sample(rng, modalities, 6)
            # A pair is closed form; more go through a solve of condition up to 1e6 here.
            atol = (1e-13 if modalities == 2 else 1e-9) * np.abs(g).max()
            np.testing.assert_allclose(update(g, rule), reference(g), rtol=0, atol=atol)


@rules
@pytest.mark.parametrize("modalities", [2, 3, 4])
def test_single_precision_is_near(rule, modalities, rng):
    for _ in range(10):
        g = samplers.generic(rng, modalities, 40)
        got = aggregate(torch.tensor(g, dtype=torch.float32), rule)
        assert got.dtype == torch.float32
        # A Gram matrix of condition below 10, from sums of 40 terms: some dozens of eps.
        np.testing.assert_allclose(got.numpy(), RULES[rule](g), rtol=0, atol=3e-5)


@rules
@pytest.mark.parametrize("width", [LONG - 1, LONG])
def test_long_pairs_take_another_way_to_the_same_numbers(rule, width, rng):
    g = samplers.conflicting(rng, 2, width)
    # Sums of 8192 terms in float64.
    np.testing.assert_allclose(update(g, rule), RULES[rule](g), rtol=0, atol=1e-12)
    single = aggregate(torch.tensor(g, dtype=torch.float32), rule)
    np.testing.assert_allclose(single.numpy(), RULES[rule](g), rtol=0, atol=1e-4)


@pytest.mark.parametrize("rows", [2, 3, 5])
def test_mgda_is_scipys_shortest_point(rows, rng):
    for _ in range(5):
        g = samplers.conflicting(rng, rows, 4)
        found = minimize(
            lambda w, g=g: ((w @ g) ** 2).sum(),
            np.full(rows, 1 / rows),
            bounds=[(0, 1)] * rows,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-14},
        )
        x = update(g, mgda)
        assert x @ x <= found.fun + 1e-12  # SLSQP ends within the root of its tolerance
        assert (g @ x >= x @ x - 1e-12).all()  # the variational inequality: it is the optimum


@pytest.mark.parametrize("rows", [2, 3, 5])
def test_upgrad_is_scipys_projection(rows, rng):
    for _ in range(10):
        g = rng.normal(size=(rows, 4))
        expected = np.mean([one + nnls(g.T, -one)[0] @ g for one in g], axis=0)
        # NNLS stops at 10 eps of its matrices; five rows in four dimensions are dependent.
        np.testing.assert_allclose(update(g, upgrad), expected, atol=1e-9)


@pytest.mark.parametrize("c", [0.2, 0.5, 1.2])
@pytest.mark.parametrize("rows", [2, 3, 5])
def test_no_direction_in_the_ball_helps_the_worst_task_more_than_cagrads(rows, c, rng):
    for _ in range(5):
        g = samplers.generic(rng, rows, 7)
        d, mean = update(g, partial(cagrad, c=c)), g.mean(axis=0)
        assert np.linalg.norm(d - mean) == pytest.approx(c * np.linalg.norm(mean), rel=1e-9)
        others = rng.normal(size=(2000, 7))
        others *= c * np.linalg.norm(mean) / np.linalg.norm(others, axis=1, keepdims=True)
        assert (g @ d).min() >= (g @ (mean + others).T).min(axis=0).max() - 1e-12


def torchjds(rule, rows):
    """TorchJD's aggregator; skipped where it or its solver is not installed.

    Its PCGrad draws orders from torch's global generator, so only pairs compare. Its MGDA is
    Frank–Wolfe, which ends exactly for a pair. Its UPGrad adds a ridge unless told not to.
    """
    aggregation = pytest.importorskip("torchjd.aggregation", reason="torchjd is not installed")
    needs = {upgrad: ("qpsolvers", "quadprog"), cagrad: ("cvxpy", "clarabel")}.get(rule, ())
    for solver in needs:
        if find_spec(solver) is None:
            pytest.skip(f"torchjd's {rule.__name__} needs {solver}, which is not installed")
    if rule is upgrad:
        from torchjd.linalg import QuadprogProjector

        return aggregation.UPGrad(projector=QuadprogProjector(norm_eps=0.0, reg_eps=0.0))(rows)
    if rule is mgda:
        return aggregation.MGDA(epsilon=1e-15, max_iters=1000)(rows)
    return aggregation.PCGrad()(rows) if rule is pcgrad else aggregation.CAGrad(c=0.5)(rows)


@pytest.mark.parametrize(
    ("rule", "rows", "atol"),
    [
        (pcgrad, 2, 1e-14),  # rounding of sums of 30 terms
        (mgda, 2, 1e-14),
        (upgrad, 2, 1e-14),
        (upgrad, 4, 1e-14),
        (cagrad, 2, 2e-4),  # its conic solver ends at about 1e-5
        (cagrad, 4, 2e-4),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_torchjd_agrees(rule, rows, atol, rng):
    for conflict in (False, True) * 20:
        g = (samplers.conflicting if conflict else samplers.generic)(rng, rows, 30)
        g = torch.tensor(g / np.linalg.norm(g, axis=1).max())
        torch.testing.assert_close(aggregate(g, rule), torchjds(rule, g), rtol=0, atol=atol)


def test_of_three_gradients_torchjds_shortest_point_is_not_yet_the_shortest(rng):
    """Its 100 rounds of Frank–Wolfe end early; every face tried is exact."""
    aggregation = pytest.importorskip("torchjd.aggregation", reason="torchjd is not installed")
    longer = []
    for _ in range(20):
        g = samplers.generic(rng, 3, 30)
        ours, theirs = update(g, mgda), aggregation.MGDA()(torch.tensor(g)).numpy()
        assert (g @ ours >= ours @ ours * (1 - 1e-12)).all()  # the variational inequality
        longer.append(np.linalg.norm(theirs) / np.linalg.norm(ours) - 1)
    assert min(longer) > -1e-12
    assert max(longer) > 1e-5


@classes
def test_no_product_with_a_gradient_of_the_pair_is_negative(sample, rng):
    for rule in (pcgrad, mgda, upgrad, partial(cagrad, c=1.0)):
        for _ in range(3):
            g = sample(rng, 2, 6)
            g /= max(np.abs(g).max(), 1e-300)
            assert (g @ update(g, rule)).min() >= -1e-10


@pytest.mark.parametrize("sample", [s for s in samplers.ALL if s is not samplers.lopsided])
def test_no_product_with_any_of_four_gradients_is_negative(sample, rng):
    """PCGrad does not promise it, and lengths of 1 … 1e-18 have squares no Gram matrix holds."""
    for rule in (mgda, upgrad, partial(cagrad, c=1.0)):
        for _ in range(3):
            g = sample(rng, 4, 6)
            g /= max(np.abs(g).max(), 1e-300)
            assert (g @ update(g, rule)).min() >= -1e-10


def test_mgdas_weights_are_not_clamped():
    """Public solvers keep them within [0.001, 0.999]: here 1000 times too much of the longer."""
    np.testing.assert_allclose(weights_of(mgda, [[1000, 0], [0, 1]]), [1e-6, 1], rtol=2e-6)


def test_pcgrad_of_three_can_leave_a_conflict_and_upgrad_cannot(rng):
    """A wrong twin of UPGrad that took PCGrad for more than a pair would fail here."""
    g = np.array([[1.0, 0.1], [-1, 0.1], [0, -1]])
    assert (g @ update(g, pcgrad)).min() < -0.1
    assert (g @ update(g, upgrad)).min() >= -1e-14


@pytest.mark.parametrize("factor", [1e-3, 10.0, 1e4])
def test_the_scale_of_a_gradient_leaves_pcgrads_copy_of_the_other_alone(factor, rng):
    g = samplers.conflicting(rng, 2, 5)
    scaled = g * [[1], [factor]]
    for rows, own in ((g, g[1]), (scaled, scaled[1])):
        lead = update(rows, pcgrad) - (own - (own @ g[0]) / (g[0] @ g[0]) * g[0])
        expected = g[0] - (g[0] @ g[1]) / (g[1] @ g[1]) * g[1]
        np.testing.assert_allclose(lead, expected, rtol=0, atol=1e-14 * max(factor, 1) * 10)


def test_the_scale_of_a_gradient_moves_mgdas_weights(rng):
    g = samplers.conflicting(rng, 2, 5)
    before, after = weights_of(mgda, g), weights_of(mgda, g * [[1], [10]])
    assert after[1] < before[1] / 2  # the longer one gets less


@rules
def test_agreeing_gradients_give_their_mean_or_sum(rule, rng):
    """All but CAGrad, which moves from the mean wherever c > 0, and MGDA, which shortens."""
    g = samplers.aligned(rng, 3, 5)
    mean = g.mean(axis=0)
    expected = {pcgrad: 3 * mean, upgrad: mean}.get(rule)
    if expected is not None:
        np.testing.assert_allclose(update(g, rule), expected, rtol=1e-14)
    np.testing.assert_allclose(update(g, partial(cagrad, c=0)), mean, rtol=1e-14)
    equal = np.stack([g[0]] * 3)
    np.testing.assert_allclose(update(equal, mgda), g[0], rtol=1e-14)


@rules
@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_what_is_not_finite_stays_so(rule, bad):
    """Else the loss scaling of AMP could not find the overflow and skip the step."""
    for rows in ([[bad, 0.0], [1, 1]], [[1.0, 1], [2, 1], [0, -bad]]):
        assert not aggregate(torch.tensor(rows), rule).isfinite().all()


@pytest.mark.parametrize("shape", [(5,), (1, 5), (2, 2, 5)])
def test_a_matrix_of_two_rows_is_the_least(shape):
    with pytest.raises(ValueError, match=r"rows: got shape .* expected \(m, d\) with m >= 2"):
        aggregate(torch.zeros(shape), mgda)


@pytest.mark.parametrize("rule", [mgda, upgrad, cagrad])
def test_more_faces_than_can_be_tried_are_refused(rule):
    with pytest.raises(ValueError, match="rows: got 11, expected at most 10"):
        aggregate(torch.eye(11), rule)
