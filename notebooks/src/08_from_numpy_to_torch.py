# %% [markdown] id="title"
# # 08 · From NumPy to torch
#
# *Eqs. 14–15 of the paper, made fast and put into a model*
#
# **What you will do.** Take the step of notebook 07 from loops to a small matrix, from the
# matrix to tensors, and from tensors into the backward pass of a model, as one line between
# the encoders and the fusion. At every stage you check that the numbers are the same.
#
# **What you will learn.** How the matrix looks in each region of the plane. How to write a
# backward pass of your own, and why a correct one fails `gradcheck`. What the energies do
# across steps and learning rates. Which digits float32 and bfloat16 lose. Why the step never
# makes a GPU wait.
#
# **What you need.** The step and its matrix (07). Torch: tensors, modules, `backward()`.
#
# **How long.** The cells run in about twenty seconds. Reading takes 50 minutes, the six
# exercises another 40.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, prove, show, start

rng = start()

# %% id="imports"
import matplotlib.pyplot as plt
import numpy as np
import torch
from course.figure import BLUE, GREEN, ORANGE, PINK, RED, looks
from torch import nn
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from torch.autograd import gradcheck
from torch.utils._python_dispatch import TorchDispatchMode

import rgm_ref.synorth
from rgm_ref import mixing
from rgm_ref.blocks import block_gram
from rgm_ref.descent import descend
from rgm_ref.energy import cumulative_energy
from rgm_ref.gauge import haar_rotation
from rgm_ref.orthogonal import adjust
from rgm_ref.rules import pcgrad
from rgm_ref.toys import Classifier
from rgm_ref.views import Views
from rgm_torch import RGM
from rgm_torch.functional import (
    blocks,
    orthogonal,
    plane,
    rebalance,
    synergy,
    synorth,
)
from rgm_torch.functional import mixing as tensor_mixing

torch.set_num_threads(1)
_ = torch.manual_seed(0)

# %% [markdown] id="picture" tags=["slide"]
# ## 1 · First the picture
#
# Notebook 07 ended with a fact: the whole step of Eq. 15 is a matrix per block,
#
# $$\begin{pmatrix} g_i^{\text{mod}} \\ g_j^{\text{mod}} \end{pmatrix}^{\!(k)}
# = A^{(k)} \begin{pmatrix} g_i \\ g_j \end{pmatrix}^{\!(k)},$$
#
# and $A^{(k)}$ is made of inner products and stored energies alone. On the **diagonal**
# stands what a gradient keeps of itself (EAR and Syn), **beside it** what it gets of its
# partner (Orth). Below are six places of the plane, for gradients of equal length and one
# block.
#
# **Before you run the next cell:** at one of the six the matrix is the identity: RGM does
# nothing there. Which place is it? And where does video (the lower row) get most?

# %% id="regimes"
places = {"1": (0.5, 0.0), "2": (0.5, 0.9), "3": (0.5, -0.9),
          "4": (0.8, -0.6), "5": (0.95, 0.9), "6": (0.95, -0.9)}  # fmt: skip


def matrix_at(w_i, c, ratio=1.0):
    """A of one block, from the share of i, the cosine, and the ratio of the lengths."""
    gram = np.array([[ratio**2, ratio * c], [ratio * c, 1]])
    return mixing.mixing_matrix(gram[..., None], np.array([w_i, 1 - w_i]))[..., 0]


def heat(axis, matrix, title, names=("i", "j"), limit=1.5):
    """A matrix as colours, with its numbers written in."""
    axis.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit)
    for (row, column), value in np.ndenumerate(matrix):
        ink = "white" if abs(value) > 0.62 * limit else "black"
        number = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
        axis.text(column, row, number, ha="center", va="center", color=ink, size=10)
    axis.set_xticks(range(len(names)), [f"$g_{name}$" for name in names])
    axis.set_yticks(range(len(names)), [rf"$g_{name}^{{\rm mod}}$" for name in names])
    axis.grid(visible=False)
    axis.set_title(title, fontsize=9.5)


# %% id="regimes-figure"
words = {"1": "balanced, unrelated", "2": "balanced, aligned",
         "3": "balanced, conflict", "4": "80 : 20, conflict",
         "5": "95 : 5, aligned", "6": "95 : 5, conflict"}  # fmt: skip
matrices = {name: matrix_at(*place) for name, place in places.items()}


def draw_regimes():
    """Left the plane with six places, right their matrices."""
    widths = [1, 1, 1.1, 1.1, 1.1]
    drawing, panels = plt.subplot_mosaic(
        "PP123;PP456", figsize=(8.8, 4.2), width_ratios=widths
    )  # fmt: skip
    for name, (w_i, c) in places.items():
        w_bar = 8 * w_i * (1 - w_i) - 1
        panels["P"].plot(w_bar, c, "o", color=BLUE if w_bar > 0 else RED, ms=17)
        panels["P"].text(w_bar, c, name, color="white", ha="center", va="center")
        heat(panels[name], matrices[name], f"{name}: {words[name]}")
    panels["P"].axvline(0, color="#6b6b68", lw=0.8, ls=":")
    panels["P"].axhline(0, color="#6b6b68", lw=0.8, ls=":")
    panels["P"].set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), xlabel=r"balance $\bar w$",
                    ylabel="nonconflict $c$", aspect="equal")  # fmt: skip
    return drawing


show(draw_regimes(), "Left, six numbered places on the plane. Right, their 2 by 2 "
     "matrices: the identity at balance without conflict; 0.44 beside the ones in "
     "balanced conflict; an own factor of 8.32 for video at 95 : 5 with agreement; and "
     "0.43 for it in conflict.",
     matrices=list(matrices.values()))  # fmt: skip

# %% [markdown] id="regimes-read" tags=["slide"]
# Place 1 is the identity: shares equal, lengths equal, nothing in common. Read the others:
#
# - **2 and 3.** At balance, with equal lengths, the diagonal stays 1: neither EAR nor Syn
#   has anything to do. Beside it stands Orth. In conflict each takes 0.44 of the other:
#   of the opposed part, 0.90, about a half is left. In agreement it is −0.01, the leak.
# - **4.** Two different rows: audio has spent more, and its partner's correction is small
#   (0.08), while video, which has spent little, gets 0.32 of audio.
# - **5.** The gates are flipped ($\bar w < 0$). Gradients that agree are turned apart, and
#   EAR multiplies video by more than eight.
# - **6.** Flipped too: conflict is left almost alone, and video, whose exponent
#   $\tfrac{1+c}{2}$ is near 0, is shortened by Syn.
#
# **Move it:** a place of your own, and the ratio of the two lengths.

# %% id="regimes-move"
share_audio, cosine_here, length_ratio = 0.7, -0.3, 2.0

here = matrix_at(share_audio, cosine_here, length_ratio)
print(here.round(4))
assert np.allclose(matrices["1"], np.eye(2))
for balanced in "23":
    assert np.allclose(np.diag(matrices[balanced]), 1)
for name, (_, c_place) in places.items():  # Orth's sign is against the cosine
    beside = matrices[name][[0, 1], [1, 0]]
    assert np.array_equal(np.sign(beside), -np.sign([c_place, c_place])), name

# %% [markdown] id="by-hand" tags=["slide"]
# ## 2 · Loops, Gram form, tensors
#
# One matrix with a pencil. Equal energies, one block, $g_i = (1, 0)$, $g_j = (-4.2, 5.6)$.
# Their **Gram matrix** holds all inner products, and it is all that we need:
#
# $$G = \begin{pmatrix} 1 & -4.2 \\ -4.2 & 49 \end{pmatrix}, \qquad
# c = \frac{-4.2}{\sqrt{1 \cdot 49}} = -0.6.$$
#
# 1. **Gate.** $\bar w = 1$, so $q = 4$: $\gamma = \sigma(-2.4) = 0.0832$ aligns,
#    $1 - \gamma = 0.9168$ turns. **EAR** is 1.
# 2. **Syn.** $\sqrt{\tfrac12 (1 + 49)} = 5$ is the new length of both: $\alpha_i = 5$,
#    $\alpha_j = \tfrac57$. With the gate: $0.0832 \cdot 5 + 0.9168 = 1.3327$ and
#    $0.0832 \cdot \tfrac57 + 0.9168 = 0.9762$. This is the diagonal.
# 3. **Orth.** $\tfrac12 \cdot 1 + \tfrac12 \cdot 49 = 25$, so $\mathcal O_i$ is
#    $\tfrac{0.5 \cdot 4.2}{25} = 0.084$ of $g_j$, and $\mathcal O_j$ the same of $g_i$. With
#    the gate: $0.9168 \cdot 0.084 = 0.0770$. This stands beside the diagonal.
#
# $$A = \begin{pmatrix} 1.3327 & 0.0770 \\ 0.0770 & 0.9762 \end{pmatrix}$$
#
# And $A$ knows even more. The Gram matrix *after* the step is $A\,G\,A^\top$: the new
# lengths and the new cosine, without a look at a new gradient.

# %% id="by-hand-checked"
g_hand, E_hand = np.array([[1.0, 0], [-4.2, 5.6]]), np.ones(2)
G_hand = g_hand @ g_hand.T
A_hand = mixing.mixing_matrix(G_hand[..., None], E_hand)[..., 0]
assert np.allclose(G_hand, [[1, -4.2], [-4.2, 49]])
assert np.allclose(A_hand, [[1.3327, 0.0770], [0.0770, 0.9762]], atol=5e-5)

step_hand = A_hand @ g_hand
G_after = A_hand @ G_hand @ A_hand.T
assert np.allclose(G_after, step_hand @ step_hand.T)
print("new lengths", np.sqrt(np.diag(G_after)).round(4))
print(f"new cosine {G_after[0, 1] / np.sqrt(G_after[0, 0] * G_after[1, 1]):.4f}")

# %% [markdown] id="torch-1"
# ### Exercise torch-1 · compute · level 1
#
# Energies 16 and 9, one block, $\|g_i\| = 3$, $\|g_j\| = 4$, $g_i \cdot g_j = -6$. Compute
# the mixing matrix as `A_mine`, a $2 \times 2$ array (`np.exp` is allowed for the gate).

# %% tags=["exercise"] id="torch-1-answer"
### BEGIN SOLUTION
w_mine, c_mine = np.array([0.64, 0.36]), -6 / (3 * 4)
gate_mine = 1 / (1 + np.exp(-4 * (8 * 0.64 * 0.36 - 1) * c_mine))
alpha_mine = np.array([0.8 * 5 / 3, 0.6 * 5 / 4])  # √w √(9 + 16) over the own length
r_mine = (1 / (2 * w_mine)) ** ((1 + c_mine) / 2)
own_mine = r_mine * (gate_mine * alpha_mine + 1 - gate_mine)
turn_mine = (1 - gate_mine) * 6 / (0.64 * 9 + 0.36 * 16) * w_mine[::-1]
A_mine = np.array([[own_mine[0], turn_mine[0]], [turn_mine[1], own_mine[1]]])
### END SOLUTION

# %% tags=["check"] id="torch-1-check"
check("torch-1", A_mine)

# %% [markdown] id="ladder" tags=["slide"]
# Now the ladder. **Loops**: `rgm_ref.synorth` follows the letters of Eq. 15, pair after
# pair and block after block. **Gram form**: one pass makes the Gram matrices of all blocks,
# small algebra makes $A$, one pass mixes. **Tensors**: `rgm_torch.functional` has the same
# names; there pairs, blocks and samples are axes of a tensor and no loop is left.
#
# How equal is equal? Both routes do the same sums in another order. In float64 every
# operation errs by at most $\tfrac12\varepsilon$ of its result. An inner product of four
# numbers and the twenty or so operations after it subtract nothing that could cancel (all
# terms of $A$ are products, roots and sums of positive numbers). So the two may differ by
# a small multiple of $\varepsilon$ times the largest entry; we allow $64$, not $10^{-6}$.


# %% id="ladder-checked"
def assert_equal(found, expected, roundings=64):
    """Equal up to some roundings of the largest entry in float64."""
    size = np.abs(np.asarray(expected)).max()
    assert np.abs(np.asarray(found) - expected).max() <= roundings * 2**-52 * size


g_many, E_many = rng.normal(size=(2, 500, 12)), rng.gamma(2, size=(2, 500))
by_loops = rgm_ref.synorth.synorth(g_many, E_many, 3)

A_many = mixing.mixing_matrix(block_gram(g_many, 3), E_many)  # (2, 2, 500, 3)
assert_equal(mixing.mix(A_many, g_many), by_loops)

gradients, energy = torch.from_numpy(g_many), torch.from_numpy(E_many)
A_tensor = tensor_mixing.mixing_matrix(blocks.block_gram(gradients, 3), energy)
assert_equal(A_tensor, A_many)
assert_equal(tensor_mixing.mix(A_tensor, gradients), by_loops)
assert_equal(synorth.synorth(gradients, energy, 3), by_loops)

# %% [markdown] id="ladder-options"
# The same holds for every option. `orth="exact"` is left out here: it takes the root of a
# difference, and section 9 is about what that costs.

# %% id="ladder-options-checked"
for switch in ({"orth": "printed"}, {"slope": "clamped"}, {"scale": "all"},
               {"parts": {"ear"}}, {"parts": {"syn", "orth"}}):  # fmt: skip
    literal = rgm_ref.synorth.synorth(g_many, E_many, 3, **switch)
    assert_equal(synorth.synorth(gradients, energy, 3, **switch), literal)

# %% [markdown] id="proved-said"
# That the numbers agree is evidence; the reason is a short proof. The ledger has it, for
# the exact form of Orth too:

# %% id="mixing-proved"
prove("synorth-mixing")

# %% [markdown] id="three"
# ### Three modalities
#
# For $M > 2$ the pair step is averaged over the partners (our reading, notebook 07). So $A$
# is $M \times M$: on the diagonal the *mean* of the own factors of all pairs, beside it each
# pair's turn divided by $M - 1$.
#
# **Before you run the next cell:** $g_1$ and $g_2$ agree ($c = 0.8$), $g_3$ fights both
# ($c = -0.7$). Equal energies and lengths. Which entries are far from 0?

# %% id="three-figure"
G_three = np.array([[1, 0.8, -0.7], [0.8, 1, -0.7], [-0.7, -0.7, 1]])
spent = {"equal energies": [1, 1, 1], "the first has spent most": [8, 1, 1]}
three = {title: mixing.mixing_matrix(G_three[..., None], np.array(E, float))[..., 0]
         for title, E in spent.items()}  # fmt: skip


def draw_three():
    """Two 3 by 3 matrices."""
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.3))
    for panel, (title, matrix) in zip(panels, three.items(), strict=True):
        heat(panel, matrix, title, "123")
    return drawing


show(draw_three(), "Two 3 by 3 matrices. With equal energies the diagonal is 1, the "
     "entries of the agreeing pair −0.01 and those of the conflicting pairs 0.16. When "
     "the first has spent most, the second gets 2.09 of itself and −0.24 of the first.",
     **{title.split()[0]: matrix for title, matrix in three.items()})  # fmt: skip

# %% [markdown] id="three-read"
# The entries of the pairs in conflict: 0.16 beside the diagonal, in both directions. When
# the first modality has spent most, it takes hardly anything of the others. The second,
# which agrees with it, has a flipped gate ($\bar w_{12} = -0.21$) and is turned away.

# %% id="three-checked"
for title, E_three in spent.items():
    rebuilt = np.zeros((3, 3))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        pair = np.ix_([one, other], [one, other])
        E_pair = np.array(E_three, float)[[one, other]]
        A_pair = mixing.mixing_matrix(G_three[pair][..., None], E_pair)
        rebuilt[pair] += A_pair[..., 0] / 2  # each has two partners
    assert np.allclose(rebuilt, three[title])

g_five, E_five = rng.normal(size=(5, 40, 12)), rng.gamma(2, size=5)
five = synorth.synorth(torch.from_numpy(g_five), torch.from_numpy(E_five), 4)
assert_equal(five, rgm_ref.synorth.synorth(g_five, E_five, 4))

# %% [markdown] id="backward"
# ## 3 · A backward pass of one's own
#
# A rule that changes gradients needs a place to stand. In a model that place is between
# the encoders and the fusion: there the features $z_k$ pass forward, and all the $g_k$
# come back. What we want there is a function that lets the features through and changes
# what returns. Autograd computes the backward pass from the forward pass, unless one
# writes both. Fifteen lines:


# %% id="function"
class Modulated(torch.autograd.Function):
    """Features → the same features; all their gradients → rule(gradients)."""

    @staticmethod
    def forward(ctx, rule, *features):
        """Let the features through; remember the rule."""
        ctx.rule = rule
        return tuple(z.view_as(z) for z in features)

    @staticmethod
    def backward(ctx, *gradients):
        """One gradient per argument: none for the rule, M for the features."""
        return None, *ctx.rule(torch.stack(gradients))


def first_step(g):
    """Eq. 15 at the first step: each has spent its own gradient. g (M, n, d)."""
    return synorth.synorth(g, g.square().sum(dim=(1, 2)), 2)


# %% [markdown] id="towers"
# And a small model to stand in: two encoders, the line in between, concatenation, a linear
# head. It is the two-layer toy of notebook 07 again, whose gradients `rgm_ref` has written
# out by hand, so that autograd has an independent opponent.


# %% id="towers-model"
class TwoTowers(nn.Module):
    """Audio and video encoder, something in between, a linear head on both."""

    def __init__(self, between):
        super().__init__()
        self.audio, self.video = (nn.Linear(8, 6, bias=False) for _ in range(2))
        self.head, self.between = nn.Linear(12, 4, bias=False), between

    def forward(self, views):
        """Logits (n, 4) of views (2, n, 8)."""
        za, zv = self.audio(views[0]).tanh(), self.video(views[1]).tanh()
        za, zv = self.between(za, zv)  # the one line
        return self.head(torch.cat([za, zv], dim=-1))


def in_torch(parameters):
    """The toy's V_audio, V_video, U_audio, U_video as the model's three weights."""
    *encoders, block_a, block_v = (p.T for p in parameters)
    return [*encoders, np.concatenate([block_a, block_v], axis=1)]


def towers(between, parameters):
    """A model in float64 with these weights."""
    model = TwoTowers(between).double()
    for weight, value in zip(model.parameters(), in_torch(parameters), strict=True):
        weight.data = torch.from_numpy(value.copy())
    return model


# %% id="towers-equal"
toy = Classifier(Views.sample(np.random.default_rng(3), 60, signal=(3, 1.5)), seed=3,
                 imbalance=2.5, agreement=-0.6)  # fmt: skip
views, labels = torch.from_numpy(toy.data.views), torch.from_numpy(toy.data.labels)
by_calculus = toy.evaluate(toy.start())  # loss, g_k, and their way to the weights


def weight_gradients(model):
    """Gradients of all weights after one backward pass."""
    model.zero_grad()
    nn.functional.cross_entropy(model(views), labels).backward()
    return [weight.grad.clone() for weight in model.parameters()]


g_raw = by_calculus.gradients
plain = weight_gradients(towers(lambda *z: z, toy.start()))
mine = weight_gradients(towers(lambda *z: Modulated.apply(first_step, *z), toy.start()))
g_mod = rgm_ref.synorth.synorth(g_raw, (g_raw**2).sum(axis=(1, 2)), 2)
for found, expected in ((plain, g_raw), (mine, g_mod)):
    for ours, theirs in zip(found, in_torch(by_calculus.pull(expected)), strict=True):
        assert_equal(ours, theirs)
assert torch.equal(mine[2], plain[2])  # the head lies after the line: untouched

# %% [markdown] id="towers-read"
# The encoders receive modulated gradients and the head the plain one, to the last digits of
# calculus done by hand. One thing to notice: the layer sees the features' gradients of the
# *whole batch* at once, `(M, n, d)`, and each sample gets a matrix of its own.
#
# ### Is it a gradient?
#
# `gradcheck` compares a backward pass with finite differences of its forward pass. It is
# the first thing one tests on a new `autograd.Function`.
#
# **Before you run the next cell:** does ours pass? Does it pass with all parts off?

# %% id="gradcheck"
z_pair = [torch.randn(3, 4, dtype=torch.float64, requires_grad=True) for _ in range(2)]


def passes(function, inputs):
    """Whether a backward pass is the derivative of its forward pass."""
    return gradcheck(function, inputs, raise_exception=False)


def nothing_on(g):
    """The rule without its parts."""
    return synorth.synorth(g, torch.ones(2), parts=set())


answers = {
    "Modulated, all parts": passes(lambda *z: Modulated.apply(first_step, *z), z_pair),
    "Modulated, no part": passes(lambda *z: Modulated.apply(nothing_on, *z), z_pair),
    "the rule itself, as a function": passes(first_step, [torch.stack(z_pair)]),
}
for what, answer in answers.items():
    print(f"{what:32s}{answer}")
assert list(answers.values()) == [False, True, True]

# %% [markdown] id="gradcheck-read"
# It **must** fail: the forward pass is the identity, so its derivative is the identity, and
# a layer that modulates returns something else on purpose. What can be checked is the *rule*
# as a function of gradients: its own derivatives are right.
#
# A deeper question: the modulated gradient is not the gradient of the loss. Is it the
# gradient of *some* loss, one that RGM minimises without saying so? A field is a gradient
# only if its Jacobian is symmetric. We take the quadratic of notebook 07,
# $g_k = \lambda_k (z_k - t_k)$, hold the energies fixed, and let autograd differentiate the
# whole step.

# %% id="no-potential"
pull = torch.tensor([[3.0], [1.0]], dtype=torch.float64)
target = torch.tensor([[1.0, 0.0], [-0.6, 0.8]], dtype=torch.float64)


def asymmetry(rule, at):
    """‖J − Jᵀ‖ / ‖J‖ of z ↦ rule(g(z))."""
    field = torch.autograd.functional.jacobian(lambda z: rule(pull * (z - target)), at)
    J = field.reshape(4, 4)
    return float((J - J.T).norm() / J.norm())


origin = torch.zeros(2, 2, dtype=torch.float64)
fields = {"gradient": lambda g: g,
          "RGM": lambda g: synorth.synorth(g, torch.tensor([2.0, 1.0]))}  # fmt: skip
lopsided = {name: asymmetry(field, origin) for name, field in fields.items()}
for name, value in lopsided.items():
    print(f"{name:10s}{value:.4f}")
assert lopsided["gradient"] == 0
assert lopsided["RGM"] > 0.1

# %% [markdown] id="torch-2"
# There is no such loss. RGM is a *field*, and statements about it need proofs of their own
# (such as the descent theorem of notebook 07); "it converges as gradient descent does" is
# not one of them.
#
# ### Exercise torch-2 · implement · level 2
#
# Any gradient surgery fits into such a function. Write `pcgrad_backward(g_audio, g_video)`
# for tensors of shape `(n, d)`: sample by sample, where the inner product is negative, each
# *original* gradient loses its projection on the other. Return the two new tensors.


# %% tags=["exercise"] id="torch-2-answer"
def pcgrad_backward(g_audio, g_video):
    ### BEGIN SOLUTION
    inner = (g_audio * g_video).sum(dim=-1, keepdim=True).clamp_max(0)
    audio2, video2 = (g.square().sum(dim=-1, keepdim=True) for g in (g_audio, g_video))
    return g_audio - inner / video2 * g_video, g_video - inner / audio2 * g_audio
    ### END SOLUTION


# %% tags=["check"] id="torch-2-check"
def on_arrays(g_audio, g_video):
    """The answer on NumPy arrays, to be compared."""
    both = pcgrad_backward(torch.from_numpy(g_audio), torch.from_numpy(g_video))
    return [g.numpy() for g in both]


check("torch-2", on_arrays)

# %% id="torch-2-in-place"
surgery = weight_gradients(
    towers(lambda *z: Modulated.apply(lambda g: pcgrad_backward(*g), *z), toy.start())
)
in_numpy = by_calculus.pull(pcgrad(g_raw, np.ones(2)))
for ours, theirs in zip(surgery, in_torch(in_numpy), strict=True):
    assert_equal(ours, theirs)

# %% [markdown] id="torch-3"
# ### Exercise torch-3 · critique · level 2
#
# > SynOrth Grad integrates directional coordination with energetic rebalancing "in a fully
# > differentiable and data-driven manner" (after Eq. 15)
#
# Which is the best comment? Answer with `comment = "A"`, …
#
# - **A** True: every function in Eq. 15 is smooth, so the step is differentiable at all
#   gradients.
# - **B** True wherever no block of a gradient is zero; but training never uses it, as
#   nothing is differentiated *through* the step.
# - **C** False: soft gates are thresholds, and a threshold has no derivative.
# - **D** True, and so the modulated gradients are the gradients of a modified loss.

# %% tags=["exercise"] id="torch-3-answer"
### BEGIN SOLUTION
comment = "B"
### END SOLUTION

# %% tags=["check"] id="torch-3-check"
check("torch-3", comment)

# %% id="zero-proved"
prove("synergy-zero")

# %% [markdown] id="zero-discussed"
# The step *is* smooth at generic gradients; `gradcheck` has just said so. But a zero block
# is no curiosity: dead units, dropout and a missing modality make them. And a second
# derivative *through* RGM (for a penalty on gradients, say) would be a derivative of a
# field that is not the forward's. The layer below refuses it, rather than return a number
# that means nothing.
#
# ## 4 · The layer
#
# `RGM` is `Modulated` with a memory: the energies across steps. There are no parameters in
# it (the paper's "without introducing extra parameters or losses", Related Work, is true),
# only buffers, which `state_dict` saves.

# %% id="layer"
rgm = RGM(blocks=2)
library = weight_gradients(towers(rgm, toy.start()))
for ours, theirs in zip(library, mine, strict=True):
    assert_equal(ours, theirs.numpy())

assert list(rgm.parameters()) == []
energies_hand = (g_raw**2).sum(axis=(1, 2))
assert_equal(rgm.energy, energies_hand)
print("energies after one step", rgm.energy.numpy().round(5))

# %% [markdown] id="three-looks"
# **Before you run the next cell:** is `rgm(za, zv)` the very tensors `za, zv`? In training?
# After `eval()`? Under `no_grad`?

# %% id="eval"
za, zv = (torch.randn(5, 6, requires_grad=True) for _ in range(2))
in_training = rgm(za, zv)
assert in_training[0] is not za  # another name, which knows the way back ...
assert torch.equal(in_training[0], za)  # ... with the same bits
rgm.eval()
assert rgm(za, zv)[0] is za  # no layer at all: evaluation costs nothing
rgm.train()
with torch.no_grad():
    assert rgm(za, zv)[1] is zv

length2 = in_training[0].square().sum()
(first_order,) = torch.autograd.grad(length2, za, create_graph=True)
try:
    first_order.sum().backward()
except RuntimeError:
    print("a second derivative is refused")
else:
    raise AssertionError("a second derivative went through")

# %% [markdown] id="steps"
# ## 5 · Energies across steps
#
# $E_k = \sum_t \eta_t^2 \|g_k^{(t)}\|^2$ is a sum over the whole training. One step that
# agrees proves little about that. So: forty steps of the layer in torch, and forty of
# `rgm_ref.descend` in NumPy, from the same weights. Autograd against gradients by hand, Gram
# matrices against loops; losses, energies, coordinates and final weights must agree.
#
# `rgm.follow(optimizer)` tells the layer what a *step* is, and how large.

# %% id="steps-run"
steps, rate = 40, 0.5


def train(layer, steps=steps):
    """Losses and the model after plain gradient descent on the whole toy."""
    model = towers(layer, toy.start())
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    layer.follow(optimizer)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(views), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses), model


layer = RGM(blocks=2)
losses, model = train(layer)
record = layer.recorder.numpy()
numpy_run = descend(toy, steps, rate, lambda g, E: rgm_ref.synorth.synorth(g, E, 2))

# %% id="steps-equal"
many = 64 * steps  # roundings add up from step to step; here they do not grow by more
assert_equal(losses, numpy_run.loss, many)
assert_equal(layer.energy, numpy_run.raw.sum(axis=1), many)
assert_equal(record["balance_0_1"], numpy_run.raw_balance[0, 1], many)
assert np.abs(record["conflict_0_1"] - numpy_run.conflict[0, 1]).max() < many * 2**-52
assert_equal(record["norm_after_1"] * rate, np.sqrt(numpy_run.applied[1]), many)
ends = zip(model.parameters(), in_torch(numpy_run.parameters), strict=True)
for ours, theirs in ends:
    assert_equal(ours.detach(), theirs, many)
print(f"loss {losses[0]:.4f} to {losses[-1]:.4f}")
print("energies", layer.energy.numpy().round(4))

# %% [markdown] id="recorder" tags=["slide"]
# The layer kept a **record**, a row per backward pass, on the device of the model and of
# bounded size: energies, shares, norms before and after, and for every pair $\bar w$, $c$
# and the gates. `recorder.numpy()` reads it, `recorder.csv(path)` writes it, and
# `recorder.figure()` draws the way over the plane in one call:

# %% id="recorder-figure"
print(", ".join(record))
show(layer.recorder.figure(), "The way of one pair over the plane in forty steps: it "
     "starts at balance −0.11 and cosine −0.51, and moves up and to the right, to 0.31 "
     "and 0.03, fast at first and ever more slowly.",
     balance=record["balance_0_1"], conflict=record["conflict_0_1"])  # fmt: skip

# %% [markdown] id="monitor"
# ### Watching only
#
# `RGM(modulate=False)` sees everything and changes nothing: the plane as a diagnosis of any
# training you already have. Below, joint training with a watcher, and RGM with its record.

# %% id="monitor-figure"
watcher = RGM(blocks=2, modulate=False)
watched = weight_gradients(towers(watcher, toy.start()))
for seen, unseen in zip(watched, plain, strict=True):
    assert torch.equal(seen, unseen)  # bit for bit

watcher.reset()
joint_losses, _ = train(watcher)
joint = watcher.recorder.numpy()
assert np.allclose(joint_losses, descend(toy, steps, rate).loss)


def draw_watched():
    """Cosine over the steps, joint and RGM; and what RGM made of the lengths."""
    drawing, panels = plt.subplots(1, 2, figsize=(8.6, 3.3))
    runs = {"joint, watched": joint, "RGM": record}
    for (name, run), look in zip(runs.items(), looks(4)[2:], strict=True):
        panels[0].plot(run["conflict_0_1"], label=name, markevery=6, **look)
    for k, name in enumerate(("audio", "video")):
        factor = record[f"norm_after_{k}"] / record[f"norm_before_{k}"]
        panels[1].plot(record["step"], factor, label=name, markevery=6, **looks(2)[k])
    panels[0].set(xlabel="step", ylabel="nonconflict $c$ (mean over samples)")
    panels[1].set(xlabel="step", ylabel=r"with RGM: $\|g^{\rm mod}\|\,/\,\|g\|$")
    for panel in panels:
        panel.legend(loc="best")
    return drawing


show(draw_watched(), "Left, the mean cosine over forty steps: it rises from −0.51 to "
     "−0.03 in joint training and to 0.03 with RGM. Right, with RGM, video's gradient "
     "is lengthened and audio's is shortened.",
     joint=joint["conflict_0_1"], rgm=record["conflict_0_1"])  # fmt: skip
apart = np.abs(record["balance_0_1"] - joint["balance_0_1"]).max()
print(f"raw balance of the two runs: at most {apart:.3f} apart")

# %% [markdown] id="monitor-read"
# The watcher also shows what the modulation did *not* do: the raw balance of the two runs
# hardly differs. These are energies of raw gradients, and notebook 07 has shown that RGM
# need not move those; `RGM(energy="applied")` counts what it sent. The gates are near a
# half here as well, since $\bar w$ is near 0. One toy, forty steps: what happens on real
# data is the subject of notebook 09.

# %% [markdown] id="follow" tags=["slide"]
# ## 6 · Follow the learning rate
#
# A constant $\eta$ cancels in every share: without `follow` the layer counts each backward
# pass with $\eta = 1$, and nothing is lost. With a **schedule** it does not cancel. By hand:
# two steps with rates $1$ and $0.1$; audio's gradient has the lengths $3$ and $10$, video's
# $1$ and $30$.
#
# $$E_a = 3^2 + (0.1 \cdot 10)^2 = 10, \qquad E_v = 1^2 + (0.1 \cdot 30)^2 = 10.$$
#
# **Before you run the next cell:** what is audio's share if the layer follows the optimizer,
# and what if it does not?


# %% id="follow-run"
def two_steps(follow):
    """Energies after two steps whose gradients have these lengths."""
    weights = [nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2)]
    optimizer = torch.optim.SGD(weights, lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)
    counter = RGM(modulate=False)
    if follow:
        counter.follow(optimizer)
    for length_a, length_v in ((3, 1), (10, 30)):
        optimizer.zero_grad()
        z_a, z_v = counter(*weights)
        (length_a * z_a + length_v * z_v).sum().backward()
        optimizer.step()
        schedule.step()
    return counter.energy.numpy()


for follows in (True, False):
    E_two = two_steps(follows)
    share_two = E_two[0] / E_two.sum()
    print(f"follow={follows!s:6s} energies {E_two.round(4)}  share {share_two:.4f}")

each_step = np.array([[[3.0], [10.0]], [[1.0], [30.0]]])  # (M, T, d)
E_both_steps = cumulative_energy(each_step, np.array([1, 0.1]))  # (M, T)
assert np.allclose(two_steps(True), E_both_steps[:, -1])
assert np.allclose(two_steps(False), [109, 901])

# %% [markdown] id="follow-read"
# Balanced, or $0.11$: another place on the plane, other gates, another $\tilde r$. The paper
# defines $E_k$ with "the effective learning rate", so with a schedule the layer has to
# follow. For optimizers that rescale gradients, such as Adam,
# `follow(optimizer, parameters=…, step="effective")` measures the rate that a step really
# took, $\|\Delta\theta_k\| / \|\nabla\theta_k\|$. For plain descent it is the learning rate.

# %% id="effective"
effective = RGM(blocks=2)
model_eff = towers(effective, toy.start())
plain_descent = torch.optim.SGD(model_eff.parameters(), lr=0.25)
encoders = [list(tower.parameters()) for tower in (model_eff.audio, model_eff.video)]
effective.follow(plain_descent, parameters=encoders, step="effective")
nn.functional.cross_entropy(model_eff(views), labels).backward()
plain_descent.step()
# A measured length need not have more digits than float32.
assert np.allclose(effective.energy, 0.25**2 * energies_hand, rtol=1e-5)

# %% [markdown] id="torch-4"
# ### Exercise torch-4 · compute · level 1
#
# Three steps with the learning rates $1$, $\tfrac12$, $\tfrac14$. The lengths of audio's
# gradients are $4, 4, 4$, those of video's $2, 4, 12$. Compute audio's share as
# `share_followed`.

# %% tags=["exercise"] id="torch-4-answer"
### BEGIN SOLUTION
spent_audio = 1 * 16 + 16 / 4 + 16 / 16  # 21
spent_video = 1 * 4 + 16 / 4 + 144 / 16  # 17
share_followed = spent_audio / (spent_audio + spent_video)
### END SOLUTION

# %% tags=["check"] id="torch-4-check"
check("torch-4", share_followed)

# %% [markdown] id="gauge"
# ## 7 · What the layer does in another basis
#
# Nothing ties the axes of audio's features to those of video's (notebook 03). Turn video's
# features by an orthogonal $Q$, $z_v \to Q z_v$, and let the head turn them back,
# $W_v \to W_v Q^\top$. The model computes the same function. But Orth *adds* a multiple of
# $g_v$ to $g_a$, coordinate by coordinate.
#
# ### Exercise torch-5 · predict · level 2
#
# Here the encoder ends with $Q$: no $\tanh$ comes after it. One block. Which of these are
# the same before and after the turn? Answer with `same`, a list of six truth values.
#
# 1. the logits;
# 2. the energies and the shares;
# 3. the recorded cosine $c$;
# 4. audio's encoder gradient after `RGM()`;
# 5. audio's encoder gradient after `RGM(parts={"ear"})`;
# 6. audio's encoder gradient after `RGM(parts={"ear"}, conflict="logit", head=…)`, where the
#    exponent of EAR looks at the pushes on the logits, $u_k = g_k W_k^\top$, instead of the
#    features.

# %% tags=["exercise"] id="torch-5-answer"
### BEGIN SOLUTION
same = [True, True, False, False, False, True]
### END SOLUTION

# %% tags=["check"] id="torch-5-check"
check("torch-5", same)

# %% id="gauge-run"
turn_seed = 5
kinds = {"RGM()": {}, "EAR alone": {"parts": {"ear"}},
         "EAR alone, logit": {"parts": {"ear"}, "conflict": "logit"}}  # fmt: skip


def turned(options, Q):
    """Logits, energies, cosine and audio's gradient; video's features turned by Q."""
    audio, video, head = (torch.from_numpy(p.copy()) for p in in_torch(toy.start()))
    linear = nn.Linear(12, 4, bias=False).double()
    linear.weight.data = torch.cat([head[:, :6], head[:, 6:] @ Q.T], dim=1)
    with_head = {"head": linear} if "conflict" in options else {}
    between = RGM(**options, **with_head)
    za = (views[0] @ audio.requires_grad_().T).tanh()
    zv = (views[1] @ video.requires_grad_().T).tanh() @ Q.T
    logits = linear(torch.cat(between(za, zv), dim=-1))
    nn.functional.cross_entropy(logits, labels).backward()
    cosine = between.recorder.numpy()["conflict_0_1"]
    return logits.detach(), between.energy, cosine, audio.grad


Q_turn = torch.from_numpy(haar_rotation(6, np.random.default_rng(turn_seed)))
unchanged = {}
for kind, options in kinds.items():
    before, after = turned(options, torch.eye(6).double()), turned(options, Q_turn)
    both = zip(before, after, strict=True)
    unchanged[kind] = [bool(np.allclose(old, new, rtol=1e-9)) for old, new in both]
    verdicts = ("same   " if kept else "differs" for kept in unchanged[kind])
    print(f"{kind:18s}", *verdicts)
assert unchanged["RGM()"] == [True, True, False, False]
assert unchanged["EAR alone"] == [True, True, False, False]
assert unchanged["EAR alone, logit"] == [True, True, True, True]

# %% [markdown] id="gauge-read" tags=["slide"]
# (Columns: logits, energies, recorded $c$, audio's gradient.) Two descriptions of one model,
# two different trainings. `conflict="logit"` makes the coordinate $c$, and with it EAR,
# independent of the basis; Syn and Orth are not: blocks and sums of features live in a
# basis. This is a property of the method, not of the code (claim `plane-gauge`).
#
# ## 8 · Fewer digits: float32 and bfloat16
#
# Networks train in float32, or with features in bfloat16, which has 8 bits: about two and
# a half decimal digits. What does the step lose?
#
# **First, sums.** The energy is a sum of squares over a batch. **Before you run the next
# cell:** add a thousand ones in bfloat16, one after the other. What comes out?

# %% id="running-sum"
total = torch.zeros((), dtype=torch.bfloat16)
for _ in range(1000):
    total += 1
print("a running sum in bfloat16:", total.item())

ones = torch.ones(2, 1000, dtype=torch.bfloat16)
print("its Gram matrix here:     ", blocks.block_gram(ones, 1)[0, 1].item())
assert (total.item(), blocks.block_gram(ones, 1)[0, 1].item()) == (256, 1000)

# %% [markdown] id="running-sum-read" tags=["slide"]
# At 256 the neighbours in bfloat16 are 2 apart, and $256 + 1$ rounds back to 256. So squares
# are summed in float32 whatever comes in, and the layer's energies, sums over a whole
# training, are kept in float64. Only the modulated gradient goes back in the dtype it came.
#
# **Second, the coefficients.** How far is the step from the reference, which gets *the same
# rounded gradients* in float64? **Before you run the next cell:** the next number after 1
# is $1 + \varepsilon$; in bfloat16 $\varepsilon = 2^{-7}$. How many $\varepsilon$ do you
# expect?

# %% id="half-errors"
dtypes = {"bfloat16": torch.bfloat16, "float16": torch.float16,
          "float32": torch.float32, "float64": torch.float64}  # fmt: skip


def errors_in(dtype, count=300):
    """Largest error of each step over the step's largest entry."""
    raw = np.random.default_rng(1).normal(size=(2, count, 32))
    given, E_given = torch.from_numpy(raw).to(dtype), rng.gamma(2, size=(2, count))
    found = synorth.synorth(given, torch.from_numpy(E_given), 4)
    assert found.dtype == dtype
    true = rgm_ref.synorth.synorth(given.double().numpy(), E_given, 4)
    off = np.abs(found.double().numpy() - true).max(axis=(0, 2))
    return off / np.abs(true).max(axis=(0, 2))


in_eps = {name: np.sort(errors_in(dtype)) / torch.finfo(dtype).eps
          for name, dtype in dtypes.items()}  # fmt: skip


def draw_half():
    """For each dtype, which part of the steps is off by less than so many eps."""
    drawing, panel = plt.subplots(figsize=(7.4, 3))
    for (name, off), look in zip(in_eps.items(), looks(4), strict=True):
        part = np.arange(1, off.size + 1) / off.size
        panel.plot(off, part, label=name, markevery=40, **look)
    panel.set(xlabel=r"error over the largest entry, in $\varepsilon$ of the dtype",
              ylabel="part of the steps", xlim=(0, 4))  # fmt: skip
    panel.legend(loc="lower right")
    return drawing


show(draw_half(), "Four rising curves, one per dtype: nearly all of three hundred steps "
     "are off by less than one eps in half precision and by less than two in float32 and "
     "float64; none by four.",
     **in_eps)  # fmt: skip
for name, off in in_eps.items():
    assert off.max() < 4, name

# %% [markdown] id="half-read" tags=["slide"]
# About one, in every dtype, and never four. In half precision all inner products are
# summed in float32, so what is left is the rounding of the coefficient, of the product and
# of their sum; in float32 the inner products round as well. Nothing is amplified: the
# default step is as good as the gradients that it gets.
#
# ## 9 · Where the Gram form is fragile
#
# There is one place. The **exact** Orth divides by $R/A$, where $A = w_i\|g_i\|^2 +
# w_j\|g_j\|^2$ and
#
# $$R^2 = A^2 - 4 w_i w_j\, (g_i \cdot g_j)^2.$$
#
# $R = 0$ exactly at the degenerate pairs of notebook 06: parallel gradients that weigh the
# same. A Gram matrix holds $R^2/A^2$ to $\varepsilon$, not to $\varepsilon\, R^2/A^2$: what
# distinguishes two nearly parallel gradients lies in their *coordinates*, and squaring has
# rounded it away. So the error of the exact form grows as
#
# $$\varepsilon\, (A/R)^2,$$
#
# and at $R/A = 4\sqrt\varepsilon$ the code gives up and takes the linear form. By hand: unit
# gradients, equal weights, angle $\theta$. Then $A = 1$ and $R = \sin\theta$; with
# $\theta = 0.01$ and $\varepsilon = 1.2 \cdot 10^{-7}$ the error may reach
# $1.2 \cdot 10^{-7} / 10^{-4} = 0.0012$.

# %% id="fragile-figure"
angles = np.geomspace(1e-8, 1, 60)


def exact_error(dtype, angle):
    """Largest error of the exact Orth, some rotations of one pair of unit vectors."""
    flat, worst = np.array([[1, 0], [np.cos(angle), np.sin(angle)]]), 0.0
    for seed in range(12):
        basis = haar_rotation(6, np.random.default_rng(seed))[:2]
        given = torch.from_numpy(flat @ basis).to(dtype)
        true = adjust(given.double().numpy(), np.array([0.5, 0.5]), "exact")
        found = orthogonal.adjust(given, torch.tensor([0.5, 0.5], dtype=dtype), "exact")
        worst = max(worst, np.abs(found.double().numpy() - true).max())
    return worst


lost = {name: np.array([exact_error(dtypes[name], angle) for angle in angles])
        for name in ("float32", "float64")}  # fmt: skip
R = np.sin(angles)
edges = {name: 4 * torch.finfo(dtypes[name]).eps ** 0.5 for name in lost}
bounds = {name: torch.finfo(dtypes[name]).eps / R**2 for name in lost}


def draw_fragile():
    """Errors against R / A in two dtypes, the bound, and the edge of giving up."""
    drawing, panel = plt.subplots(figsize=(8, 4))
    for name, colour, mark in (("float32", ORANGE, "D"), ("float64", GREEN, "o")):
        held = edges[name] < R
        panel.loglog(R, lost[name], mark, color=colour, ms=4, ls="", label=name)
        panel.loglog(R[held], bounds[name][held], "-", color=colour, marker="", lw=1.5,
                     label=rf"$\varepsilon\,(A/R)^2$, {name}")  # fmt: skip
        panel.axvline(edges[name], color=colour, ls=":", lw=1.5)
    panel.set(xlabel=r"distance from the degenerate pairs, $R/A = \sin\theta$",
              ylabel="error of exact Orth", ylim=(1e-17, 10))  # fmt: skip
    panel.legend(loc="lower left", bbox_to_anchor=(0.16, 0), fontsize=9)
    return drawing


show(draw_fragile(), "Error of the exact form over R/A, both axes logarithmic. Points "
     "rise along lines of slope minus two as R/A falls, float32 nine decades above "
     "float64; left of the dotted edges, 0.0014 and 6e-8, they jump to about 0.4, the "
     "linear form.",
     ratio=R, **lost)  # fmt: skip

# %% id="fragile-checked"
for name, errors in lost.items():
    held, given_up = 1.1 * edges[name] < R, 0.9 * edges[name] > R  # at the edge, either
    eps = torch.finfo(dtypes[name]).eps
    assert (errors[held] <= bounds[name][held] + eps).all()
    assert (errors[given_up] > 0.1).all()  # there the linear form stands in
print(f"float32 gives up below an angle of {np.degrees(edges['float32']):.3f} degrees")

# The literal form works on coordinates and keeps its digits; so does the linear Orth.
tiny = np.array([[1, 0], [np.cos(1e-4), np.sin(1e-4)]])
orthogonal_pair = tiny + adjust(tiny, np.array([0.5, 0.5]), "exact")
assert abs(orthogonal_pair[0] @ orthogonal_pair[1]) < 1e-11
linear32 = orthogonal.adjust(torch.from_numpy(tiny).float(), torch.tensor([0.5, 0.5]))
assert np.allclose(linear32, adjust(tiny, np.array([0.5, 0.5])), atol=1e-6)

# %% [markdown] id="fragile-read"
# So the fast form trades a thin wedge around the degenerate pairs for speed. The default,
# `orth="linear"`, has no such place: $A$ is a sum of squares. If you use `orth="exact"`
# with sum fusion, where both gradients are *equal*, you live in the wedge (claim
# `orth-degenerate`).

# %% [markdown] id="torch-6"
# ### Exercise torch-6 · break · level 2
#
# Find a pair where float32 loses digits: `pair`, an array `(2, d)` of your choice (equal
# weights), for which the exact Orth in float32 is off by more than **1 %** of the longer
# gradient, although the code has *not* given up ($R/A > 4\sqrt\varepsilon = 0.00138$).
# The function below tells you where a pair stands.


# %% id="torch-6-tool"
def off_and_gap(two):
    """Error of the exact Orth in float32, over the longer gradient; and R / A."""
    given, w = torch.from_numpy(np.asarray(two, np.float32)), np.array([0.5, 0.5])
    found = orthogonal.adjust(given, torch.from_numpy(w), "exact").double().numpy()
    exact = given.double().numpy()  # what float32 holds of the pair
    off = np.abs(found - adjust(exact, w, "exact")).max()
    (a2, s), (_, b2) = exact @ exact.T
    gap = np.sqrt(max(1 - (2 * s / (a2 + b2)) ** 2, 0))
    return off / np.sqrt(max(a2, b2)), gap


def at_angle(apart, start=0.9):
    """Two unit vectors, the first at the angle `start`, the second `apart` further."""
    turns = np.array([start, start + apart])
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


off_there, gap_there = off_and_gap(at_angle(0.01))
print(f"R/A = {gap_there:.4f}")
assert off_there < 0.0012  # as computed by hand above

# %% tags=["exercise"] id="torch-6-answer"
### BEGIN SOLUTION
tried = [at_angle(0.0016, start) for start in np.linspace(0, 1.5, 100)]
pair = max(tried, key=lambda one: off_and_gap(one)[0])
### END SOLUTION


# %% tags=["check"] id="torch-6-check"
def breaks(two):
    """Whether the pair loses more than 1 % although the code has not given up."""
    off, gap = off_and_gap(two)
    return bool(off > 0.01 and gap > 0.00138)


check("torch-6", pair, judge=breaks)

# %% [markdown] id="cost" tags=["slide"]
# ## 10 · What it costs
#
# The algebra on $M \times M$ matrices is small. What costs time is **moving the gradients**
# through memory. The least that this route can do: read them once for the Gram matrices,
# read them again and write them once for the mixing. Two reads and one write, 1.5 times as
# much as a plain copy. Letter by letter, Eq. 15 asks for much more: norms, cosines,
# projection, blend, adjustment, each a pass.
#
# We do not measure seconds here, we *count*: torch lets us look at every operation and add
# up the numbers it reads and writes.


# %% id="traffic"
class Traffic(TorchDispatchMode):
    """Counts operations, and numbers read and written by them; views move nothing."""

    def __init__(self):
        super().__init__()
        self.moved = self.operations = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        if not function.is_view:
            read = {x.data_ptr(): x.numel() for x in tensors(args)}  # each read once
            self.moved += sum(read.values()) + sum(x.numel() for x in tensors(out))
            self.operations += 1
        return out


def tensors(values):
    """The tensors among arguments or results, also those in lists."""
    if isinstance(values, list | tuple):
        return [x for one in values for x in tensors(one)]
    return [values] if isinstance(values, torch.Tensor) else []


def counted(function, *arguments):
    """The Traffic of one call."""
    with Traffic() as traffic:
        function(*arguments)
    return traffic


# %% id="letters"
def letter_by_letter(g, E, number):
    """Eq. 15 for a pair as the paper writes it, part after part."""
    w, w_bar, c = E / E.sum(), plane.balance(E)[0, 1], plane.nonconflict(g)[0, 1]
    kappa = blocks.block_cosines(g, number)
    gamma = synorth.gate(kappa, w_bar).repeat_interleave(g.shape[-1] // number, dim=-1)
    r = rebalance.temper(rebalance.ratio(E)[:, None], c)[..., None]
    aligned = r * (gamma * synergy.project(g, w, number) + (1 - gamma) * g)
    return aligned + (1 - synorth.gate(c, w_bar))[..., None] * orthogonal.adjust(g, w)


big, E_big = torch.randn(2, 64, 2048).double(), torch.tensor([2.0, 1.0]).double()
fast = synorth.synorth(big, E_big, 4)
assert_equal(letter_by_letter(big, E_big, 4), fast.numpy(), 512)  # sums of 512 terms

gram_form, in_letters = (counted(route, big, E_big, 4).moved / big.numel()
                         for route in (synorth.synorth, letter_by_letter))  # fmt: skip
routes = {"a copy": counted(torch.clone, big).moved / big.numel(),
          "the least: 2 reads, 1 write": 3.0, "Gram form, counted": gram_form,
          "letter by letter, counted": in_letters}  # fmt: skip


# %% id="cost-figure"
def draw_cost():
    """Bars of what each route moves."""
    drawing, panel = plt.subplots(figsize=(7.6, 2.6))
    colours = ("#9a9a96", GREEN, BLUE, PINK)
    for row, (moved, colour) in enumerate(zip(routes.values(), colours, strict=True)):
        panel.barh(row, moved, 0.6, color=colour)
        panel.text(moved + 0.3, row, f"{moved:.1f}", va="center")
    panel.set_yticks(range(4), routes)
    panel.invert_yaxis()
    panel.set(xlabel="numbers read and written, per number of the gradients")
    panel.grid(axis="y", visible=False)
    return drawing


show(draw_cost(), "Bars: a copy moves 2 numbers per number of the gradients, the least "
     "for the step is 3, the Gram form in torch twice that, Eq. 15 letter by letter "
     "many times as many.",
     moved=list(routes.values()))  # fmt: skip
assert routes["a copy"] == 2
assert gram_form < 8
assert in_letters > 4 * gram_form

# %% [markdown] id="cost-read"
# (What eager torch moves above the least, a compiler can fuse away; how near the memory
# limit it comes in seconds on *your* machine is a matter for `make bench`.) And the *number*
# of operations does not depend on the number of samples or blocks, because both are axes
# and none is a loop:

# %% id="no-loops"
counts = [counted(synorth.synorth, torch.randn(2, n, 48), torch.ones(2), l_).operations
          for n, l_ in ((2, 4), (1000, 4), (2, 24))]  # fmt: skip
assert counts[0] == counts[1] == counts[2]

# %% [markdown] id="ghost" tags=["slide"]
# ### It never waits for a GPU
#
# A GPU works behind the program's back: Python queues operations and runs ahead. Whoever
# asks for a *value*, by `.item()`, by `if (g < 0).any()`, makes Python stop until the queue
# is empty, at every training step. A GPU is not needed to prove that nobody asks. Torch has
# tensors that have a shape and a dtype and **no data**; a question for a value is an error.
#
# Below, a batch of a million samples: 33 gigabytes of float32 that do not exist.

# %% id="ghost-run"
with FakeTensorMode():
    ghost = torch.empty(2, 1_000_000, 4096)
    moved_ghost = synorth.synorth(ghost, torch.ones(2), 16, orth="exact")

    try:  # what a check of values would do
        bool((ghost < 0).any())
    except DataDependentOutputException:
        print("a question for a value was refused")
    else:
        raise AssertionError("a value was read")

    ghost_layer = RGM(blocks=16)  # the whole layer: energies, gates, recorder
    za_ghost, zv_ghost = (torch.empty(64, 512, requires_grad=True) for _ in range(2))
    torch.cat(ghost_layer(za_ghost, zv_ghost), dim=-1).sum().backward()
print("shape of the modulated ghost:", tuple(moved_ghost.shape))
assert moved_ghost.shape == ghost.shape
assert za_ghost.grad.shape == za_ghost.shape
assert len(ghost_layer.recorder) == 1

# %% [markdown] id="ghost-read"
# The whole backward pass of the layer ran, with its energies, gates and record, and never
# asked what a number *is*. This is also why the mirror does not check for NaN where the
# reference does. A gradient that is not finite is passed on as it came and counted on the
# device; `RGM(nonfinite="raise")` stops there instead, and then it does wait.

# %% id="nonfinite"
careful = RGM()
za_bad, zv_bad = (torch.zeros(2, 3, requires_grad=True) for _ in range(2))
out_a, out_v = careful(za_bad, zv_bad)
(out_a.sum() * torch.inf + out_v.sum()).backward()
assert torch.isinf(za_bad.grad).all()  # as it came: not hidden ...
assert torch.equal(zv_bad.grad, torch.ones(2, 3))  # ... and not spread to video
assert careful.energy.tolist() == [0, 0]
print("skipped:", careful.cge.skipped.item())

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. The step is a small matrix per block: own factors on the diagonal (EAR, Syn), the
#    partner beside it (Orth). Gram matrices in, $A\,G\,A^\top$ out.
# 2. An identity layer with a backward pass of its own puts any gradient surgery into any
#    model; it must fail `gradcheck`, and its field is no loss's gradient.
# 3. `za, zv = rgm(za, zv)` and `rgm.follow(optimizer)`: equal to the reference step for step;
#    without `follow` a schedule changes the shares.
# 4. float32 and bfloat16 cost about one $\varepsilon$; only the exact Orth is fragile,
#    $\varepsilon (A/R)^2$ near parallel gradients of equal weight.
# 5. Two reads, one write, no loop, and no value is ever asked for.
#
# ## Further reading
#
# - The paper: *Reconcile Gradient Modulation*, AAAI 2026, Eqs. 3 and 14–15, Fig. 2.
# - Yu et al. (2020), *Gradient Surgery for Multi-Task Learning*: PCGrad.
# - Higham (2002), *Accuracy and Stability of Numerical Algorithms*: why squaring loses half
#   of the digits.
# - Paszke et al. (2019), *PyTorch: An Imperative Style, High-Performance Deep Learning
#   Library*: how autograd and the queue of a GPU work.
# - In the ledger: `synorth-mixing`, `synorth-mixing-others`, `synorth-many`,
#   `orth-degenerate`, `plane-gauge`, `synergy-zero`.
