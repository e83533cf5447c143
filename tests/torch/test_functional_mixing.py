"""What the mirror's matrices can do beyond the reference: another cosine, absent modalities."""

import pytest
import torch

from rgm_ref.plane import balance
from rgm_ref.rebalance import pair_ratio, temper
from rgm_ref.synorth import gate
from rgm_torch.functional import mixing, plane, synorth
from rgm_torch.functional.blocks import block_gram
from tests.torch.mirror import arrays, tensors

forms = pytest.mark.parametrize("form", mixing.FORMS)


@pytest.fixture
def batch(rng):
    """Gradients (3, 4, 6) and energies (3,)."""
    return tensors(rng.normal(size=(3, 4, 6))), tensors(rng.gamma(1, size=3))


@forms
def test_the_cosine_of_eq_6_given_by_hand_changes_nothing(form, batch):
    g, spent = batch
    given = synorth.synorth(g, spent, 2, orth=form, conflict=plane.nonconflict(g))
    # Two ways to the same cosine, a few eps apart.
    torch.testing.assert_close(given, synorth.synorth(g, spent, 2, orth=form), rtol=0, atol=1e-14)


def test_another_cosine_enters_r_and_the_global_gate_alone(batch):
    """r̃ g_i + (1 − γ) O_i for a pair: r̃ and γ by the cosine given, O from the gradients."""
    g, spent = batch[0][:2], batch[1][:2]
    c = torch.full((2, 2, 4), 0.3, dtype=torch.float64)
    step = arrays(synorth.synorth(g, spent, parts={"ear", "orth"}, conflict=c))
    e, w_bar = arrays(spent), balance(arrays(spent))[0, 1]
    r = temper(pair_ratio(e)[[0, 1], [1, 0]], 0.3)[:, None, None]
    turn = synorth.synorth(g, spent, parts={"orth"}) - g  # (1 − γ_g) O_i with Eq. 6 in γ_g
    closed = 1 - gate(arrays(plane.nonconflict(g))[0, 1], w_bar)[:, None]
    expected = r * arrays(g) + (1 - gate(0.3, w_bar)) * arrays(turn) / closed
    torch.testing.assert_close(tensors(step), tensors(expected), rtol=1e-12, atol=1e-12)


@forms
def test_an_absent_modality_is_nobody_s_partner(form, batch):
    """Where one of three is absent the other two are a pair, and it keeps what it has."""
    g, spent = batch
    present = torch.ones(3, 4, dtype=torch.bool)
    present[0, :2] = False
    matrix = mixing.mixing_matrix(block_gram(g, 2), spent, orth=form, present=present)
    step = mixing.mix(matrix, g)
    close = {"rtol": 0, "atol": 1e-14}
    pair = synorth.synorth(g[1:], spent[1:], 2, orth=form)
    torch.testing.assert_close(step[1:, :2], pair[:, :2], **close)
    torch.testing.assert_close(step[0, :2], g[0, :2], **close)
    torch.testing.assert_close(step[:, 2:], synorth.synorth(g, spent, 2, orth=form)[:, 2:], **close)


def test_a_modality_alone_keeps_its_gradient(batch):
    g, spent = batch
    present = torch.tensor([True, False, False])[:, None].expand(3, 4)
    matrix = mixing.mixing_matrix(block_gram(g, 2), spent, present=present)
    assert torch.equal(mixing.mix(matrix, g), g)
