"""Joint plus unimodal losses, the control of all multi-loss methods."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_torch.methods import Joint
from rgm_torch.methods.multi_loss import MultiLoss
from tests.torch.methods import common, toys
from tests.torch.methods.toys import same


def losses(method):
    """L_mm, L_1, … of the toys' first batch, one by one."""
    batch = toys.batch(len(method.model.modalities))
    features = method.model.features(batch.inputs)
    own = [head(features[name]) for name, head in method.heads.items()]
    own = own or list(method.model.split_logits(features).values())
    return [cross_entropy(o, batch.labels) for o in (method.model.classify(features), *own)]


@pytest.mark.parametrize("encoder", ["mlp", "cnn"])
def test_without_weight_it_is_joint_training_bit_for_bit(encoder):
    common.like(MultiLoss, Joint, encoder=encoder, weight=0.0)


@pytest.mark.parametrize("heads", ["separate", "split"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_the_gradient_is_the_sum_of_all_losses_gradients(heads, modalities):
    toy = toys.start(MultiLoss, modalities, heads=heads, weight=0.5)
    ours = toys.gradients(toy)
    toy.method.zero_grad()
    joint, *own = losses(toy.method)
    (joint + 0.5 * sum(own)).backward()
    for name, parameter in toy.method.named_parameters():
        torch.testing.assert_close(ours[name], parameter.grad, rtol=1e-5, atol=1e-7)


def test_separate_heads_leave_the_joint_head_to_the_joint_loss():
    ours, joint = toys.gradients(toys.start(MultiLoss)), toys.gradients(toys.start(Joint))
    for name in ("model.head.weight", "model.head.bias"):
        same(ours[name], joint[name])


def test_split_heads_push_the_joint_head_too():
    ours = toys.gradients(toys.start(MultiLoss, heads="split"))
    joint = toys.gradients(toys.start(Joint))
    assert not torch.allclose(ours["model.head.weight"], joint["model.head.weight"])
    assert set(ours) == set(joint)  # and there are no others


def test_the_joint_head_predicts_and_the_own_heads_speak_alone():
    method = toys.start(MultiLoss).method.eval()
    features = method.model.features(toys.batch().inputs)
    same(method.predict(toys.batch().inputs), method.model.classify(features))
    same(method.alone(features)["video"], method.heads["video"](features["video"]))
    split = toys.start(MultiLoss, heads="split").method.eval()
    same(split.alone(features), Joint(split.model).alone(features))


@pytest.mark.parametrize("weight", [-1.0, float("inf"), float("nan")])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match="weight: got"):
        MultiLoss(toys.model(), weight=weight)


@pytest.mark.parametrize("modalities", [2, 3])
def test_it_trains_resumes_and_repeats(modalities):
    common.trains(MultiLoss, modalities)
    common.resumes(MultiLoss, modalities)
    common.repeats(MultiLoss, modalities, heads="split")


@pytest.mark.parametrize("fusion", ["gated", "film"])
def test_separate_heads_work_behind_every_fusion(fusion):
    assert toys.train_epoch(toys.start(MultiLoss, fusion=fusion))[-1] < 5
