# %% [markdown] id="title"
# # 14 · Your own model
#
# *Three modalities, a transformer, several processes*
#
# **What you will do.** Write a small transformer for sound, picture and touch, and put one
# line of RGM into it. Then do to it what one does to real models: Adam, several learning
# rates, a missing modality, a frozen encoder, accumulation, bfloat16, a checkpoint, two
# processes, Lightning. Each time a cell checks what becomes of the energies.
#
# **What you will learn.** What the layer means for three modalities, and what it cannot
# resolve there. Which tensors to hand to it. What an energy is under Adam, and what Adam
# does to RGM. What a monitor can tell about a training, and what it cannot.
#
# **What you need.** The RGM layer (08). Notebook 09 helps with the last two sections.
#
# **How long.** The cells run in one to two minutes. Reading takes 45 minutes, the
# six exercises another 40.
#
# This notebook does not claim that RGM will help your model. It shows how to try it, how
# to see what it does, and what to check before you believe a gain.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, prove, show, start

rng = start()

# %% id="imports"
import io
import os
import runpy
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from course.figure import BLUE, GREEN, RED, arrow, looks
from scipy.stats import t as student
from torch import nn
from torch.nn.functional import cross_entropy, one_hot, softmax

from rgm_ref.gauge import haar_rotation
from rgm_torch import RGM
from rgm_torch.data import load, loader, shuffled
from rgm_torch.data.show import show_clips
from rgm_torch.functional.synorth import synorth

torch.set_num_threads(1)
SENSES = ("audio", "video", "touch")
TINT = dict(zip(SENSES, (BLUE, RED, GREEN), strict=True))

# %% [markdown] id="picture" tags=["slide"]
# ## 1 · First the picture
#
# The paper's Eq. 15 is written for a pair. For $M > 2$ the layer applies it to every pair
# and averages over the partners, $g_i^{\text{mod}} = \frac{1}{M-1} \sum_{j \ne i}
# g_i^{\text{mod}(i,j)}$. This is *our* reading (notebook 07); what carries over is joint
# descent:

# %% id="many-proved"
prove("synorth-many")

# %% [markdown] id="simplex-by-hand" tags=["slide"]
# What does not carry over is the resolution of conflict. Take three gradients of length 1,
# 120 degrees apart: a **balanced simplex**. Each pair conflicts, $c = -\tfrac12$. By hand,
# with equal energies and one block:
#
# 1. $\bar w = 1$, $q = 4$, so $1 - \gamma_g = \sigma(4 \cdot \tfrac12) = 0.8808$. EAR is 1,
#    and so is Syn's factor, the lengths being equal.
# 2. Orth gives $g_1$ the part $\tfrac12 \cdot \tfrac12 = \tfrac14$ of $g_2$, and as much
#    of $g_3$. With the gate: $0.2202$ of each.
# 3. The average over two partners adds $\tfrac12 \cdot 0.2202\,(g_2 + g_3)$. But $g_2 + g_3
#    = -g_1$.
#
# $$g_1^{\text{mod}} = (1 - 0.1101)\, g_1 = 0.8899\, g_1$$
#
# What one partner turns, the other turns back. All three become shorter, and the angles
# stay.
#
# **Before you run the next cell:** the right panel starts from $g_1 \perp g_2$ and a $g_3$
# against both. There the pair (1, 2) has nothing to resolve. What will become of it?


# %% id="simplex-tools"
def fan(*degrees, lengths=(1, 1, 1)):
    """Three gradients in a plane, at these angles."""
    turn = np.radians(degrees)
    return np.array(lengths)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def through(layer, g):
    """What gradients (M, n, d) become on their way back through a layer."""
    given = torch.as_tensor(g, dtype=torch.float64)
    z = [torch.zeros_like(given[0], requires_grad=True) for _ in given]
    torch.autograd.backward(layer(*z), list(given))
    return np.stack([one.grad.numpy() for one in z])


def modulated(three, spent=(0, 0, 0)):
    """RGM of three single gradients; `spent`: energies from before."""
    layer = RGM(3)
    layer.energy.copy_(torch.tensor(spent))
    return through(layer, three[:, None])[:, 0]


def cosines(three):
    """The three cosines, of the pairs (1, 2), (1, 3), (2, 3)."""
    e = three / np.linalg.norm(three, axis=1, keepdims=True)
    return (e @ e.T)[np.triu_indices(3, 1)]


# %% id="simplex-figure"
simplex, against = fan(90, 210, 330), fan(90, 0, 225)
spent_before = (0.0, 0.0, 0.0)  # move it: say (20, 0, 0)


def draw_three():
    """Before (broad, pale) and after (arrows), for both triples."""
    drawing, panels = plt.subplots(1, 2, figsize=(7.8, 3.8), sharey=True)
    strokes = tuple(zip(TINT.values(), ("-", "--", "-."), strict=True))
    middle = {"ha": "center", "va": "center"}
    for panel, three in zip(panels, (simplex, against), strict=True):
        new = modulated(three, spent_before)
        for k, (tint, dash) in enumerate(strokes):
            pale = {"lw": 8, "alpha": 0.25, "color": tint, "marker": "", "ls": "-"}
            panel.plot(*np.stack([0 * three[k], three[k]], 1), **pale)
            arrow(panel, new[k], "", tint, dash=dash)
            panel.text(*(1.17 * three[k]), f"$g_{k + 1}$", color=tint, **middle)
        panel.set(xlim=(-1.3, 1.3), ylim=(-1.1, 1.3), aspect="equal")
        panel.set(xlabel="first feature")
    panels[0].set_ylabel("second feature")
    return drawing


show(draw_three(), "Left, three gradients 120 degrees apart become shorter and keep "
     "their angles. Right, two gradients at a right angle that both oppose a third one are "
     "opened to more than a right angle.",
     simplex=modulated(simplex), against=modulated(against))  # fmt: skip
for each, opened in {"simplex": simplex, "against": against}.items():
    then = cosines(modulated(opened))
    print(f"{each:9s}{cosines(opened).round(4)} -> {then.round(4)}")

# %% id="simplex-checked"
factor = 1 - 0.5 * 0.25 / (1 + np.exp(-2))
assert np.allclose(modulated(simplex), factor * simplex)
assert round(factor, 4) == 0.8899
assert cosines(modulated(against))[0] < -0.2  # it was 0: a new conflict
inner = against[:2] @ against[2]  # PCGrad: g_1 and g_2 each lose their part along g_3
pcgrad_1, pcgrad_2 = against[:2] - inner[:, None] * against[2]
assert pcgrad_1 @ pcgrad_2 < 0

# %% [markdown] id="simplex-read" tags=["slide"]
# In the right panel the conflicts with $g_3$ become milder, from $-0.71$ to $-0.61$, and a
# **new** one appears: $g_1$ and $g_2$ each take a part of $g_3$, now they share it, and
# their cosine falls from 0 to $-0.26$. Pairwise rules have this property, PCGrad's too:
# what is done for one pair is done *to* the others. **Move it:** give the first modality
# spent energy, and see who turns then.

# %% id="simplex-proved"
prove("synorth-simplex")

# %% [markdown] id="own-1"
# (Notebook 06 has the frame that resolves a simplex, all modalities at once. The layer does
# not use it: it is not the paper's rule.)
#
# ### Exercise own-1 · compute · level 1
#
# *Four* modalities, equal lengths and energies, all cosines $-\tfrac13$, one block. Then
# $g_i^{\text{mod}} = \lambda\, g_i$. Compute $\lambda$ as `factor_of_four`.

# %% tags=["exercise"] id="own-1-answer"
### BEGIN SOLUTION
gate_of_four = 1 / (1 + np.exp(-4 / 3))
factor_of_four = 1 - gate_of_four * (1 / 2) * (1 / 3) / 3
### END SOLUTION

# %% tags=["check"] id="own-1-check"
check("own-1", factor_of_four)

# %% [markdown] id="own-2"
# ### Exercise own-2 · break · level 2
#
# The right panel did it with gradients in a plane. Find `three`, an array $(3, 3)$ of
# gradients **of which no two are orthogonal**, such that $g_1$ and $g_2$ *agree* before
# ($c_{12} > 0$) and conflict after, $c_{12} < -0.1$ (no energies from before).

# %% tags=["exercise"] id="own-2-answer"
### BEGIN SOLUTION
three = np.array([[1, 0.02, 0.1], [0.02, 1, 0.1], [-1.0, -1.0, -0.1]])
### END SOLUTION


# %% tags=["check"] id="own-2-check"
def makes_a_conflict(gradients):
    """Whether g_1 and g_2 agree before and conflict after, with no right angle before."""
    gradients = np.asarray(gradients, float)
    before, after = cosines(gradients), cosines(modulated(gradients))
    return bool(before[0] > 0 and np.abs(before).min() > 1e-3 and after[0] < -0.1)


check("own-2", three, judge=makes_a_conflict)

# %% [markdown] id="data" tags=["slide"]
# ## 2 · Three senses
#
# BounceAV has a third modality: a row of pressure sensors in the floor. All three show the
# shape of the body that falls: redundant information, at different noise. Below the first
# clip of each class: sound and touch over time, and frames of the picture.

# %% id="data-load"
corpus = load("bounce-av", modalities=SENSES, nr=4, audio_snr=0.0, touch_noise=0.7,
              visual_noise=0.1, occl=0.0, train=1200, validation=100,
              test=1000)  # fmt: skip
classes = len(corpus.classes)
train_set = corpus.train.__getitems__(range(1200))
test_set = corpus.test.__getitems__(range(1000))
for sense, values in train_set.inputs.items():
    print(f"{sense:6s}{tuple(values.shape)}")
show(show_clips(corpus, frames=3), "Four columns, one per body: a spectrogram, three "
     "frames of a small body that falls and bounces, and a noisy map of pressure on the "
     "floor.",
     labels=train_set.labels[:8])  # fmt: skip

# %% [markdown] id="model" tags=["slide"]
# ## 3 · A model of your own, and one line
#
# A plain module: no class of this package but the layer. Each sense has a transformer over
# square patches. It returns **tokens** $(B, T, d)$; their mean is the feature $z_k$ $(B, d)$.
#
# ```
# audio 1×32×32 → (B, 16, 32) → mean (B, 32) ┐
# video 8×24×24 → (B,  9, 32) → mean (B, 32) ┼→ rgm → head
# touch 1×32×32 → (B, 16, 32) → mean (B, 32) ┘
# ```


# %% id="model-encoder"
class Tokens(nn.Module):
    """Pictures (B, channels, H, W) → tokens (B, T, d), by one transformer block."""

    def __init__(self, shape, width, patch=8):
        super().__init__()
        channels, height, columns = shape
        count = (height // patch) * (columns // patch)
        self.embed = nn.Conv2d(channels, width, patch, stride=patch)
        self.places = nn.Parameter(0.02 * torch.randn(count, width))
        self.block = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        """Embed, add places, mix, normalise."""
        tokens = self.embed(x).flatten(2).transpose(1, 2) + self.places
        return self.norm(self.block(tokens))


# %% id="model-senses"
class ThreeSenses(nn.Module):
    """An encoder per sense, the layer, concatenation, a linear head."""

    def __init__(self, shapes, classes, width=32, **options):
        super().__init__()
        self.encoders = nn.ModuleDict({k: Tokens(s, width) for k, s in shapes.items()})
        self.head = nn.Linear(len(shapes) * width, classes)
        self.rgm = RGM(len(shapes), **options) if len(shapes) > 1 else None

    def features(self, inputs):
        """z_k (B, d) of every sense, in order."""
        return [encode(inputs[k]).mean(dim=1) for k, encode in self.encoders.items()]

    def classify(self, z, present=None):
        """Logits (B, K) of given features."""
        if self.rgm is not None:
            z = self.rgm(*z, present=present)  # the one line
        return self.head(torch.cat(list(z), dim=-1))

    def forward(self, inputs):
        """Logits (B, K) of clips."""
        return self.classify(self.features(inputs))


def fresh(seed=0, senses=SENSES, **options):
    """A new model, its weights drawn by `seed`."""
    torch.manual_seed(seed)
    return ThreeSenses({k: corpus.shapes[k] for k in senses}, classes, **options)


# %% id="model-checked"
few = corpus.train.__getitems__(range(100))
with_rgm, without = fresh(), fresh(modulate=False)
logits = with_rgm(few.inputs)
assert torch.equal(logits, without(few.inputs))  # forward: the same bits
for model in (with_rgm, without):
    cross_entropy(model(few.inputs), few.labels).backward()
assert torch.equal(with_rgm.head.weight.grad, without.head.weight.grad)
pairs = zip(with_rgm.encoders.values(), without.encoders.values(), strict=True)
moved = [not torch.equal(one.places.grad, other.places.grad) for one, other in pairs]
assert all(moved)  # and every encoder gets another gradient
print("the same logits; another gradient for", ", ".join(SENSES))

# %% [markdown] id="widths" tags=["slide"]
# ### Which tensors to hand over
#
# Those that the fusion reads, the last that belong to one modality alone. They need **one
# width**: a cosine of gradients of unequal width has no meaning (claim `fusion-types`,
# notebook 01), and padding with zeros only hides that. If an encoder of yours is wider,
# project it, `nn.Linear(48, 32)`, and hand over the projection. The head gets features of
# 32, and the coordinates are those *of the projected* features: another basis, another
# cosine (section 9).
#
# They also need **rows that belong together**: row $n$ of one modality is paired with row
# $n$ of the others. For pooled features a row is a sample. Tokens $(B, T, d)$ go through as
# well, each token being a row. But token 5 of the sound and token 5 of the picture are
# paired then, and all modalities need the same $T$.

# %% id="widths-refused"
pooled = [torch.zeros(4, 32, requires_grad=True) for _ in range(2)]
wide = torch.zeros(4, 48, requires_grad=True)
tokens_16 = torch.zeros(4, 16, 32, requires_grad=True)
tokens_9 = torch.zeros(4, 9, 32, requires_grad=True)
for offered in ((*pooled, wide), (tokens_16, tokens_9, tokens_16)):
    try:
        RGM(3)(*offered)
    except ValueError as refusal:
        print(refusal)
    else:
        raise AssertionError("went through")
projected = nn.Linear(48, 32)(wide)
assert len(RGM(3)(*pooled, projected)) == 3

# %% [markdown] id="tokens-ask"
# **Before you run the next cell:** sound and touch have 16 tokens each. Does it matter
# whether the layer stands before the mean over tokens or after it? And if the tokens are
# pooled with unequal weights (attention pooling)?


# %% id="tokens-run"
def encoder_gradients(before_pooling, weigh):
    """Of sound and touch, the layer before or after a weighted sum of tokens."""
    model = fresh(senses=("audio", "touch")).double()
    tokens = [e(few.inputs[k].double()) for k, e in model.encoders.items()]
    if before_pooling:
        tokens = model.rgm(*tokens)
    z = [(weigh(t) * t).sum(dim=1) for t in tokens]
    if not before_pooling:
        z = model.rgm(*z)
    cross_entropy(model.head(torch.cat(list(z), dim=-1)), few.labels).backward()
    return torch.cat([e.embed.weight.grad.flatten() for e in model.encoders.values()])


def evenly(tokens):
    """Weights of the mean."""
    return torch.full_like(tokens[..., :1], 1 / tokens.shape[1])


def by_attention(tokens):
    """Weights that the tokens decide, here by their first entry."""
    return softmax(3 * tokens[..., :1], dim=1)


for pooling in (evenly, by_attention):
    after, before = (encoder_gradients(place, pooling) for place in (False, True))
    apart = ((after - before).norm() / after.norm()).item()
    print(f"{pooling.__name__:13s}{'same' if apart < 1e-9 else 'differs'}")
    assert (apart < 1e-9) == (pooling is evenly)

# %% [markdown] id="tokens-read" tags=["slide"]
# Behind a mean all tokens of a clip receive the *same* gradient, $g/T$, so every token is
# mixed as the pooled feature would be: equal up to rounding. Attention weights break this:
# now each token has a length of its own, and the rule pairs tokens that have nothing in
# common but their number. **Pool first**, unless the tokens are aligned (the same moment of
# one clip, say). Where tokens of all modalities enter one transformer together there is no
# $z_k$ any more: hand over what goes in, or do not use RGM.
#
# ## 4 · Adam: what is a step?
#
# $E_k = \sum_t \|\eta_t g_k^{(t)}\|^2$ is made for gradient descent. Adam does not take the
# step $\eta g$: it divides by a running size of $g$. `follow(optimizer, parameters=…,
# step="effective")` therefore measures what a step *did*,
#
# $$\eta_k = \frac{\|\Delta\theta_k\|}{\|\nabla\theta_k\|},$$
#
# over the parameters of encoder $k$. By hand: two encoders of four parameters each, whose
# gradients are $(1.5, 1.5, 1.5, 1.5)$ and a hundredth of it; the parameters are themselves
# the features. Adam's first step moves every entry by $\eta$, whatever the gradient. So both
# move by $2\eta$: equal energies, where the nominal rate sees $10^4 : 1$.


# %% id="adam-by-hand"
def energies_after(optimizer_kind, step):
    """Energies after one step with gradients of lengths 3 and 0.03."""
    weights = [nn.Parameter(torch.zeros(4, dtype=torch.float64)) for _ in range(2)]
    optimizer = optimizer_kind(weights, lr=0.1)
    counter = RGM(modulate=False)
    counter.follow(optimizer, parameters=[[w] for w in weights], step=step)
    one, other = counter(*weights)
    (1.5 * one + 0.015 * other).sum().backward()
    optimizer.step()
    return counter.energy


for kind in (torch.optim.SGD, torch.optim.Adam):
    for step_kind in ("rate", "effective"):
        E = energies_after(kind, step_kind)
        print(f"{kind.__name__:5s}{step_kind:10s} share {(E[0] / E.sum()).item():.4f}")
E_adam = energies_after(torch.optim.Adam, "effective")
assert torch.allclose(E_adam, torch.full_like(E_adam, (2 * 0.1) ** 2), rtol=1e-4)

# %% [markdown] id="adam-undoes-ask"
# There is a second side to this. EAR multiplies a modality's gradient by a factor that
# changes slowly. **Before you run the next cell:** video's feature gradient is multiplied
# by 8 at every step, by a hook. How far do the weights end from those of a run without the
# hook, under SGD, and under Adam?


# %% id="adam-undoes"
def run_scaled(optimizer_kind, scale, steps=6):
    """Video's encoder after some steps with its feature gradient multiplied."""
    model = fresh(modulate=False).double()
    optimizer = optimizer_kind(model.encoders["video"].parameters(), lr=0.01)
    inputs = {k: x.double() for k, x in few.inputs.items()}
    for _ in range(steps):
        optimizer.zero_grad()
        z = model.features(inputs)
        z[1].register_hook(lambda g: scale * g)
        cross_entropy(model.classify(z), few.labels).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(model.encoders["video"].parameters()).detach()


apart_after = {}
begin = nn.utils.parameters_to_vector(fresh().double().encoders["video"].parameters())
for kind in (torch.optim.SGD, torch.optim.Adam):
    lone, louder = run_scaled(kind, 1), run_scaled(kind, 8)
    apart_after[kind.__name__] = ((louder - lone).norm() / (lone - begin).norm()).item()
print({name: f"{value:.2f} of the way" for name, value in apart_after.items()})
assert apart_after["SGD"] > 1
assert apart_after["Adam"] < 0.05

# %% [markdown] id="adam-read" tags=["slide"]
# **Adam divides a constant factor out again** (up to its $\epsilon$). Of any rescaling only
# what *varies* reaches the weights: from sample to sample, from block to block, or in time,
# faster than Adam's memory of some thousand steps. The turns of Orth do reach them. This is
# about the optimizer, and holds for every method that balances modalities by a factor on a
# gradient. The paper trains with SGD and momentum. If your model is trained with Adam,
# compare with that in mind.
#
# ### Several learning rates
#
# A pretrained encoder often has a smaller rate. In Eq. 3 each modality has *one* rate, so
# the layer wants to know which parameters are whose. It refuses to guess.

# %% id="rates"
tuned = fresh()
rates = {"audio": 1e-3, "video": 1e-2, "touch": 1e-2}
groups = [
    {"params": list(tuned.encoders[sense].parameters()), "lr": own_rate}
    for sense, own_rate in rates.items()
]
several = torch.optim.SGD([*groups, {"params": tuned.head.parameters()}], lr=0.1)
try:
    tuned.rgm.follow(several)
except ValueError as refusal:
    print(refusal)
else:
    raise AssertionError("a rate was guessed")
tuned.rgm.follow(several, parameters=[group["params"] for group in groups])
cross_entropy(tuned(few.inputs), few.labels).backward()
several.step()
nominal = fresh()
cross_entropy(nominal(few.inputs), few.labels).backward()
rates2 = torch.tensor([1e-6, 1e-4, 1e-4])
assert torch.allclose(tuned.rgm.energy, nominal.rgm.energy * rates2)

# %% [markdown] id="own-3"
# ### Exercise own-3 · compute · level 2
#
# Adam's first step, $\eta = 0.01$. Audio's encoder has 100 parameters with a gradient of
# length 2, video's 400 with one of length 8. The *features'* gradients have the lengths 3
# and 1. Compute audio's share of the energy as `shares_both`, a list of two: with
# `step="rate"`, and with `step="effective"`.

# %% tags=["exercise"] id="own-3-answer"
### BEGIN SOLUTION
spent_rate = np.array([3.0, 1.0]) ** 2
effective = 0.01 * np.sqrt([100, 400]) / [2, 8]  # η in every entry
spent_effective = (effective * [3, 1]) ** 2
shares_both = [spent[0] / spent.sum() for spent in (spent_rate, spent_effective)]
### END SOLUTION

# %% tags=["check"] id="own-3-check"
check("own-3", shares_both)

# %% [markdown] id="missing" tags=["slide"]
# ## 5 · A modality that is missing, an encoder that is frozen
#
# In some clips touch is missing. The usual model puts $z_{\text{touch}} = 0$ there.
#
# **Before you run the next cell:** is the *gradient* in such a $z_{\text{touch}}$ then 0,
# too?

# %% id="missing-run"
there = torch.ones(3, len(few), dtype=torch.bool)  # modality first: (M, B)
there[2, :60] = False  # the first sixty clips were not felt


def with_gaps(told, **options):
    """Feature gradients before and after the layer, and the layer."""
    model = fresh(**options)
    z = [one.detach() for one in model.features(few.inputs)]
    z = [(z[k] * there[k][:, None]).requires_grad_() for k in range(3)]
    logits = model.classify(z, present=there if told else None)
    cross_entropy(logits, few.labels).backward()
    return torch.stack([one.grad for one in z]), model.rgm


raw, unaware = with_gaps(told=False, modulate=False)
sent, aware = with_gaps(told=True)
zero_features = bool((raw[2, :60].norm(dim=1) > 0).all())
print("gradients at features that are 0:", "not zero" if zero_features else "zero")
assert zero_features

# %% [markdown] id="missing-read"
# It is not: behind a linear head $g_k = W_k^\top r$, and no $z_k$ is in that. (If the zero is
# put in *before* the layer the encoder never feels this gradient; its partners do.) So say
# who is there: `rgm(*z, present=there)`. Where a modality is missing it is nobody's partner,
# and its gradient neither changes nor counts. By the definition of a pair step:

# %% id="missing-checked"
assert torch.equal(sent[2, :60], raw[2, :60])  # passed on as it came
energies = aware.energy
assert torch.allclose(energies[2], raw[2, 60:].double().square().sum())  # not counted
assert torch.allclose(energies[:2], unaware.energy[:2])
pair_alone = synorth(raw[:2, :60], energies[:2])  # two modalities are left: a pair
assert torch.allclose(sent[:2, :60], pair_alone, rtol=1e-4, atol=1e-8)
part_counted = energies[2] / unaware.energy[2]
print(f"touch: {part_counted:.2f} of the energy that is counted with zeros")

# %% [markdown] id="frozen" tags=["slide"]
# A **frozen** encoder (`requires_grad_(False)`) takes no part by itself, without a mask: no
# energy, nobody's partner. The shares of the others then are shares among themselves.

# %% id="frozen-run"
frozen = fresh()
frozen.encoders["video"].requires_grad_(False)
cross_entropy(frozen(few.inputs), few.labels).backward()
assert frozen.rgm.energy[1] == 0
record = frozen.rgm.recorder.numpy()
shares_frozen = [record[f"share_{k}"][0] for k in range(3)]
print("shares:", np.round(shares_frozen, 4))
assert frozen.encoders["video"].places.grad is None
assert np.isclose(sum(shares_frozen), 1)

# %% [markdown] id="craft" tags=["slide"]
# ## 6 · Accumulation, bfloat16, checkpoints
#
# **Accumulation.** Four batches of 25 instead of one of 100, each loss divided by 4. A step
# is what the *optimizer* says it is, if the layer follows one; the raw energies of the parts
# add up to those of the whole. (The modulation of a part sees the energies of the parts
# before it, so RGM's gradients are near those of the whole batch, not equal.)


# %% id="accumulate"
def one_step(parts, dtype=None, **options):
    """The layer after one step that was put together from several backward passes."""
    model = fresh(**options)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.rgm.follow(optimizer)
    for rows in torch.arange(100).chunk(parts):
        clips = corpus.train.__getitems__(rows)
        with torch.autocast("cpu", dtype or torch.bfloat16, enabled=dtype is not None):
            logits = model(clips.inputs)
        (cross_entropy(logits.float(), clips.labels) / parts).backward()
    optimizer.step()
    return model.rgm


whole, in_parts = one_step(1), one_step(4)
assert torch.allclose(whole.energy, in_parts.energy, rtol=1e-4)
assert whole.cge.steps == in_parts.cge.steps == 1
assert len(in_parts.recorder) == 4  # a row per backward pass
print("steps", in_parts.cge.steps.item(), " rows", len(in_parts.recorder))

# %% [markdown] id="bfloat16" tags=["slide"]
# **Mixed precision.** Under `torch.autocast` features and their gradients are bfloat16 in
# places. The layer sums in float32 or better and keeps its energies in float64 (notebook
# 08). With a `GradScaler` say `rgm.follow(optimizer, scaler)`, and energies are those of
# the unscaled gradient.

# %% id="bfloat16-run"
rounded = one_step(1, torch.bfloat16)
assert rounded.energy.dtype == torch.float64
off = (rounded.energy / whole.energy - 1).abs().max().item()
print("energies in bfloat16 within 5 % of float32:", off < 0.05)
assert 0 < off < 0.05

# %% [markdown] id="resume" tags=["slide"]
# **Checkpoints.** All the layer knows are buffers, so they are in `state_dict`: energies,
# the last measured rate, the record. Six steps, or three, a file, and three more: the same
# bits. (Forget the layer's state, and the energies begin anew at 0: another training.)

# %% id="resume-run"
batches = list(loader(corpus.train, 100))[:6]


def prepared():
    """A model and its optimizer, followed by measured steps."""
    model = fresh()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    parts = [list(e.parameters()) for e in model.encoders.values()]
    model.rgm.follow(optimizer, parameters=parts, step="effective")
    return model, optimizer


def steps_on(model, optimizer, some):
    """A step per batch."""
    for batch in some:
        optimizer.zero_grad()
        cross_entropy(model(batch.inputs), batch.labels).backward()
        optimizer.step()


straight, first, second = prepared(), prepared(), prepared()
steps_on(*straight, batches)
steps_on(*first, batches[:3])
file = io.BytesIO()
torch.save([part.state_dict() for part in first], file)
file.seek(0)
for part, state in zip(second, torch.load(file, weights_only=True), strict=True):
    part.load_state_dict(state)
steps_on(*second, batches[3:])
ends = (straight[0].state_dict(), second[0].state_dict())
assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
print("energies in the file:", "rgm.cge.energy" in ends[0])

# %% [markdown] id="own-4"
# (Activation checkpointing, several losses through one forward pass and `torch.compile` work,
# too; the last with a graph break at the layer.)
#
# ### Exercise own-4 · predict · level 2
#
# Which of these eight raises an error? Answer with `refused`, a list of eight truth values.
# Features are $(100, 32)$ where nothing is said.
#
# 1. `RGM(2)` on three features;
# 2. `RGM(3)` on tokens $(100, 16, 32)$, $(100, 9, 32)$, $(100, 16, 32)$;
# 3. `RGM(3)` on three features of which one comes from a frozen encoder;
# 4. `RGM(3)` with `present` of shape $(100, 3)$;
# 5. `RGM(3, blocks=5)`: 5 does not divide 32;
# 6. `rgm.follow(optimizer)` where the encoders' groups have unequal learning rates;
# 7. `RGM(3, conflict="logit")`;
# 8. `RGM(3)` on features of which one is bfloat16.

# %% tags=["exercise"] id="own-4-answer"
### BEGIN SOLUTION
refused = [True, True, False, True, False, True, True, False]
### END SOLUTION

# %% tags=["check"] id="own-4-check"
check("own-4", refused)


# %% id="own-4-tried"
def leaf(*shape, learns=True, dtype=torch.float32):
    """A feature."""
    return torch.zeros(*shape, requires_grad=learns, dtype=dtype)


z_100 = [leaf(100, 32) for _ in range(3)]
trials = [
    lambda: RGM(2)(*z_100),
    lambda: RGM(3)(leaf(100, 16, 32), leaf(100, 9, 32), leaf(100, 16, 32)),
    lambda: RGM(3)(*z_100[:2], leaf(100, 32, learns=False)),
    lambda: RGM(3)(*z_100, present=torch.ones(100, 3, dtype=torch.bool)),
    lambda: RGM(3, blocks=5)(*z_100),
    lambda: fresh().rgm.follow(several),
    lambda: RGM(3, conflict="logit"),
    lambda: RGM(3)(*z_100[:2], leaf(100, 32, dtype=torch.bfloat16)),
]
for number, trial in enumerate(trials, 1):
    try:
        trial()
        print(number, "accepted")
    except ValueError as refusal:
        print(number, "refused,", str(refusal).split(":")[0])

# %% [markdown] id="processes" tags=["slide"]
# ## 7 · Several processes
#
# PyTorch trains on several GPUs or machines by starting a program several times
# (`torchrun`); each process takes a part of the batch, and `DistributedDataParallel` averages
# the gradients. RGM's energies, shares and recorded coordinates must then be those of the
# **global** batch, or each process would modulate by a plane of its own.
#
# **Before you run the next cell:** two processes with 32 samples each, against one with 64.
# Each computes the mean loss of *its* samples. How large is the energy that a process would
# find by itself, compared with that of the whole batch?
#
# By hand: a mean over 32 makes each sample's gradient twice as long as a mean over 64, so
# four times the square, for half of the samples: about **twice** the energy. The right sum is
# $(E^{(1)} + E^{(2)})/2^2$. That small sum is what the layer sends around; features and
# gradients stay where they are. Nothing is to be written for it. The program:

# %% id="processes-script"
folder = tempfile.TemporaryDirectory()
script = Path(folder.name, "two_processes.py")
_ = script.write_text('''
import sys, torch, torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from rgm_torch import RGM

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoders = nn.ModuleList([nn.Linear(8, 6) for _ in range(3)])
        self.rgm, self.head = RGM(3, blocks=2), nn.Linear(18, 4)

    def forward(self, x):  # x (B, 3, 8)
        z = [e(x[:, k]).tanh() for k, e in enumerate(self.encoders)]
        return self.head(torch.cat(self.rgm(*z), dim=-1))

def data(steps=20):  # every process draws all, and takes its part
    seeded = torch.Generator().manual_seed(1)
    x = torch.randn(steps, 64, 3, 8, generator=seeded).double()
    return x, x.sum(dim=2)[..., :4].argmax(dim=-1)

def train(rank=0, world=1):
    torch.manual_seed(0)
    core = Model().double()
    model = DistributedDataParallel(core) if world > 1 else core
    optimizer = torch.optim.SGD(core.parameters(), lr=0.2, momentum=0.9)
    core.rgm.follow(optimizer)
    for x, y in zip(*data()):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rank::world]), y[rank::world])
        loss.backward()
        optimizer.step()
    return core.state_dict()

if __name__ == "__main__":
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    torch.save(train(rank, dist.get_world_size()), f"{sys.argv[1]}.{rank}")
    dist.destroy_process_group()
''')  # fmt: skip


def run(*arguments):
    """Run a Python program by itself; what it says is shown if it fails."""
    quiet = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(
        command, env=quiet, capture_output=True, text=True, timeout=280, cwd=folder.name
    )
    assert done.returncode == 0, done.stderr[-2000:]


# %% [markdown] id="processes-run-text"
# `torchrun --standalone --nproc-per-node=2 two_processes.py state` starts it twice. On GPUs
# it is the same line, with `"nccl"` for `"gloo"` and the model on the process's own device.

# %% id="processes-run"
torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
run(*torchrun, script, "state")
program = runpy.run_path(str(script))
alone = program["train"]()  # one process, in this notebook
ranks = [torch.load(Path(folder.name, f"state.{rank}")) for rank in range(2)]
for name, expected in alone.items():  # weights, energies, all rows of the record
    assert torch.allclose(ranks[0][name].double(), expected.double(), 1e-9, 1e-12), name
    assert torch.equal(ranks[0][name], ranks[1][name]), name  # both: the same bits
print("two processes,", alone["rgm.cge.steps"].item(), "steps: the weights of one")

# %% id="processes-energy"
x_first, y_first = (part[0] for part in program["data"]())


def energies_of(rows):
    """Energies that one process finds in these samples, at the start."""
    torch.manual_seed(0)
    model = program["Model"]().double()
    cross_entropy(model(x_first[rows]), y_first[rows]).backward()
    return model.rgm.energy


halves, all_64 = (
    [energies_of(slice(k, None, 2)) for k in (0, 1)],
    energies_of(slice(None)),
)
print("a half against the whole:", (halves[0] / all_64).numpy().round(2))
assert torch.allclose(sum(halves) / 4, all_64)

# %% [markdown] id="lightning" tags=["slide"]
# ## 8 · Lightning, and other people's loops
#
# No callback is needed: the layer hangs on the optimizer. `follow` goes to where the
# optimizer is made, here `configure_optimizers`. (Hugging Face's Trainer: beside the
# optimizer that you hand over, or in `create_optimizer`.) The same model and batches as
# above, in a program of its own, as Lightning talks a lot.

# %% id="lightning-script"
lightning_script = Path(folder.name, "with_lightning.py")
_ = lightning_script.write_text('''
import lightning, torch
from two_processes import Model, data

class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = Model()

    def training_step(self, batch, number):
        x, y = batch
        return torch.nn.functional.cross_entropy(self.model(x), y)

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.2, momentum=0.9)
        self.model.rgm.follow(optimizer)
        return optimizer

torch.manual_seed(0)
module = Module().double()
rows = torch.utils.data.TensorDataset(*(part.flatten(0, 1) for part in data()))
trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", devices=1, logger=False,
                            enable_checkpointing=False, enable_progress_bar=False)
trainer.fit(module, torch.utils.data.DataLoader(rows, batch_size=64))
torch.save(module.model.state_dict(), "lightning.state")
''')  # fmt: skip

# %% id="lightning-run"
# NBVAL_IGNORE_OUTPUT
if find_spec("lightning") is None:
    print('not installed: pip install "rgm-course[integrations]"')
else:
    run(lightning_script)
    by_lightning = torch.load(Path(folder.name, "lightning.state"))
    for name, expected in alone.items():
        found = by_lightning[name].double()
        assert torch.allclose(found, expected.double(), 1e-9, 1e-12), name
    print("Lightning: the same weights, energies and record as the plain loop")

# %% [markdown] id="monitoring" tags=["slide"]
# ## 9 · Watching only
#
# `RGM(3, modulate=False)` changes nothing and records everything: a diagnosis of a training
# that you already have, before you change anything in it. We train the model jointly, with a
# watcher. Beside the plane we keep what the plane does not have, the **levels** of the
# residuals on the training set (notebook 09): $\|r\|^2$ of the joint prediction, and
#
# $$e_k = \big\|\operatorname{softmax}(W_k z_k + b) - y\big\|^2$$
#
# of each modality's *own* prediction, read through its part of the head.


# %% id="monitoring-tools"
def own_logits(model, z):
    """W_k z_k + b of every sense."""
    parts = model.head.weight.chunk(len(z), dim=1)
    return [one @ W.T + model.head.bias for one, W in zip(z, parts, strict=True)]


@torch.no_grad()
def levels(model, clips):
    """Mean squared residuals: joint, then each sense's own."""
    z = model.features(clips.inputs)
    y = one_hot(clips.labels, classes)
    every = [model.head(torch.cat(z, dim=-1)), *own_logits(model, z)]
    return [(softmax(one, -1) - y).square().sum(-1).mean().item() for one in every]


def joint_loss(model, z, labels):
    """Cross-entropy of the joint prediction."""
    return cross_entropy(model.classify(z), labels)


def train(model, loss=joint_loss, seed=0, epochs=8, watch=lambda: None):
    """Adam on batches of 100; the layer follows measured steps."""
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    if model.rgm is not None:
        parts = [list(e.parameters()) for e in model.encoders.values()]
        model.rgm.follow(optimizer, parameters=parts, step="effective")
    for epoch in range(epochs):
        for batch in loader(corpus.train, 100, order=shuffled(1200, seed, epoch)):
            optimizer.zero_grad()
            loss(model, model.features(batch.inputs), batch.labels).backward()
            optimizer.step()
        watch()
    return model


# %% id="monitoring-run"
# NBVAL_IGNORE_OUTPUT
watched = fresh(modulate=False)
history = [levels(watched, train_set)]
train(watched, watch=lambda: history.append(levels(watched, train_set)))
seen = watched.rgm.recorder.numpy()
balances = {name: rows for name, rows in seen.items() if name.startswith("balance")}
show(watched.rgm.recorder.figure(), "The plane: the ways of three pairs over 96 steps "
     "of joint training, all with cosines near zero. The pairs with video move from "
     "balance 1 to about 0.2, the pair of audio and touch stays at 1.",
     **balances)  # fmt: skip

# %% [markdown] id="monitoring-read" tags=["slide"]
# (0 is audio, 1 video, 2 touch.) The plane is tempting: one sees who has spent more, and that
# cosines are small. Two questions before one concludes anything.
#
# **Is the cosine a fact about the model?** Not behind a linear head: turn video's features
# by an orthogonal $Q$, let the head turn them back, and the same model has another $c$
# (`plane-gauge`). `RGM(conflict="logit", head=model.head)` compares the pushes on the logits
# instead, which no basis can change.
#
# **Before you run the next cell:** sixty random bases for video. Which of audio's share,
# $\bar w$ and the two cosines will scatter?


# %% id="gauge-run"
def on_the_plane(model, Q, **options):
    """w̄ and c of audio and video at one batch, video's features turned by Q."""
    z = [one.detach() for one in model.features(few.inputs)]
    weights = list(model.head.weight.detach().chunk(3, dim=1))
    z[1], weights[1] = z[1] @ Q.T, weights[1] @ Q.T
    head = nn.Linear(96, classes)
    head.weight.data, head.bias.data = torch.cat(weights, dim=1), model.head.bias.data
    extra = {"head": head} if options.get("conflict") == "logit" else {}
    layer = RGM(3, modulate=False, granularity="batch", **options, **extra)
    z = [one.requires_grad_() for one in z]
    cross_entropy(head(torch.cat(layer(*z), dim=-1)), few.labels).backward()
    row = layer.recorder.numpy()
    return row["balance_0_1"][0], row["conflict_0_1"][0]


early = fresh()  # at the start of a training
bases = [torch.from_numpy(haar_rotation(32, rng)).float() for _ in range(60)]
by_feature = np.array([on_the_plane(early, Q) for Q in bases])
by_logit = np.array([on_the_plane(early, Q, conflict="logit") for Q in bases])
assert np.ptp(by_feature[:, 0]) < 1e-4  # balance: the same in every basis
assert np.ptp(by_feature[:, 1]) > 0.3
assert np.ptp(by_logit[:, 1]) < 1e-4
spread = by_feature[:, 1].std()
assert 0.05 < spread < 32**-0.5
assert np.abs(seen["conflict_0_1"]).mean() < spread  # what the training showed above


# %% id="gauge-figure"
# NBVAL_IGNORE_OUTPUT
def draw_gauge():
    """Sixty descriptions of one model, and the cosine that each gives it."""
    drawing, panel = plt.subplots(figsize=(7.6, 2.7))
    for points, look, label in zip(
        (by_feature, by_logit), looks(2), ("feature", "logit"), strict=True
    ):
        look = {**look, "linestyle": "", "ms": 6}
        panel.plot(np.arange(60), points[:, 1], label=f'conflict="{label}"', **look)
    panel.set(xlabel="basis of video's features", ylabel="$c$ of audio and video",
              ylim=(-1.05, 1.05))  # fmt: skip
    panel.legend(loc="lower right", ncols=2)
    return drawing


show(draw_gauge(), "One model in sixty bases: the feature cosine scatters around zero "
     "between about plus and minus 0.3, the logit cosine is the same in all.",
     feature=by_feature[:, 1], logit=by_logit[:, 1])  # fmt: skip

# %% [markdown] id="starving" tags=["slide"]
# In an arbitrary basis the cosine of two gradients scatters around 0 with the standard
# deviation $1/\sqrt d$, here $1/\sqrt{32} = 0.18$ (claim `plane-null-model`); that of a
# batch somewhat less. The cosines on the plane above are of this size or smaller: they do
# not show anything but a basis.
#
# **Is balance a fact about learning?** Below, the shares of the energy over the steps, and
# the levels of the residuals over the epochs, of the same run.


# %% id="starving-figure"
# NBVAL_IGNORE_OUTPUT
def draw_levels():
    """Left shares over the steps, right levels over the epochs."""
    drawing, panels = plt.subplots(1, 2, figsize=(8.8, 3.3))
    over_epochs = np.array(history).T
    for k, (sense, look) in enumerate(zip(SENSES, looks(3), strict=True)):
        panels[0].plot(seen["step"], seen[f"share_{k}"], markevery=12, **look, label=sense)
        panels[1].plot(over_epochs[k + 1], label=f"{sense}, own $e_k$", **look)
    panels[1].plot(over_epochs[0], "k-", marker="v", lw=2.5, label=r"joint $\|r\|^2$")
    panels[0].set(xlabel="step", ylabel="share of the energy", ylim=(0, 1))
    panels[1].set(xlabel="epoch", ylabel="squared residual, training set", ylim=(0, 1))
    panels[0].legend(ncols=3, loc="upper center")
    panels[1].legend(ncols=2, loc="upper center", fontsize=9)
    return drawing


show(draw_levels(), "Left, the shares of the energy: video has most. Right, the joint "
     "residual falls to nearly zero in eight epochs, while the own residuals stay "
     "between 0.4 and 0.7, video's highest.",
     levels=np.array(history))  # fmt: skip
joint_end, *own_end = history[-1]
print(f"joint {joint_end:.3f}  own", np.round(own_end, 3))
assert joint_end < 0.1
assert min(own_end) > 4 * joint_end  # nobody can do alone what they do together
assert max(own_end) > 0.4
ended = [seen[f"share_{k}"][-1] for k in range(3)]
assert SENSES[np.argmax(ended)] == SENSES[np.argmax(own_end)] == "video"

# %% [markdown] id="starving-read"
# The joint residual is nearly gone, and with it every gradient, $g_k = W_k^\top r$: all
# encoders stop here. None of them answers well by itself. No share shows this, nor does any
# cosine. Video has the *largest* share and the *highest* own residual: the modality that by
# its energy has done most answers worst. And no bounded modulation brings a signal back
# (claim `plane-shared-residual`, notebook 09).
#
# Do the levels say whether video *could* learn more? No. That is another experiment: the
# same encoder, trained alone.


# %% id="alone-run"
# NBVAL_IGNORE_OUTPUT
@torch.no_grad()
def accuracy(model, predict=None):
    """Share of right answers on the test set."""
    z = model.features(test_set.inputs)
    scores = model.head(torch.cat(z, dim=-1)) if predict is None else predict(model, z)
    return (scores.argmax(dim=-1) == test_set.labels).double().mean().item()


lonely = {sense: train(fresh(senses=(sense,))) for sense in SENSES}
for k, sense in enumerate(SENSES):
    inside = accuracy(watched, lambda model, z, k=k: own_logits(model, z)[k])
    print(f"{sense}: own answer in the joint model {100 * inside:.0f} %, "
          f"trained alone {100 * accuracy(lonely[sense]):.0f} %")  # fmt: skip
    e_alone = levels(lonely[sense], train_set)[1]
    assert e_alone < own_end[k]  # alone, each learns more of the training set

# %% [markdown] id="diagnosis-proved-text"
# The paper says that the energy "can be used to assess whether certain modalities dominate,
# collapse, or are under-trained". The ledger has two runs with the same energies and cosines
# at every step; in one of them a modality is under-trained, in the other it has nothing to
# say:

# %% id="diagnosis-proved"
prove("energy-diagnosis")

# %% [markdown] id="own-5"
# ### Exercise own-5 · implement · level 2
#
# Write the monitor that you will need in your own training: `residual_levels(z, W, b,
# labels)` in NumPy. `z` is a list of $M$ arrays $(B, d)$, `W` $(K, M d)$ and `b` $(K,)$ are
# those of an `nn.Linear` on the concatenated features, `labels` $(B,)$. Return an array of
# $1 + M$: the mean over the batch of $\|r\|^2$, then those of $\|r_k\|^2$, with $r_k$ from
# the logits $W_k z_k + b$.


# %% tags=["exercise"] id="own-5-answer"
def residual_levels(z, W, b, labels):
    ### BEGIN SOLUTION
    parts = np.split(W, len(z), axis=1)
    own = [one @ part.T for one, part in zip(z, parts, strict=True)]
    found = []
    for scores in (sum(own) + b, *(one + b for one in own)):
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        found.append(((p - np.eye(len(b))[labels]) ** 2).sum(axis=1).mean())
    return np.array(found)
    ### END SOLUTION


# %% tags=["check"] id="own-5-check"
check("own-5", residual_levels)

# %% id="own-5-used"
with torch.no_grad():
    z_train = [one.numpy() for one in watched.features(train_set.inputs)]
    by_numpy = residual_levels(
        z_train,
        watched.head.weight.numpy(),
        watched.head.bias.numpy(),
        train_set.labels.numpy(),
    )
assert np.allclose(by_numpy, history[-1], atol=1e-5)

# %% [markdown] id="believe" tags=["slide"]
# ## 10 · Before you believe your own gain
#
# Now the comparison that everybody wants, done as it should be at the least: three seeds,
# paired (the same seed gives the same weights and batches), one budget for all, nothing tuned
# for anyone, and **controls** that do without any modulation:
#
# - *joint*: one loss;
# - *RGM*: the one line, on;
# - *joint + own*: the joint loss plus the cross-entropy of each own prediction $W_k z_k + b$;
# - *late fusion*: the own losses alone; the posteriors are multiplied.
#
# **Before you run the next cell:** which of the four do you expect to be best on the test
# set, and by how many points? How large an interval do three seeds leave?


# %% id="believe-run"
def own_loss(model, z, labels):
    """Sum of the own cross-entropies: late fusion."""
    return sum(cross_entropy(one, labels) for one in own_logits(model, z))


def both_losses(model, z, labels):
    """Joint and own."""
    return joint_loss(model, z, labels) + own_loss(model, z, labels)


def product(model, z):
    """Logits of the product of the posteriors (classes are equally frequent)."""
    return sum(own_logits(model, z))


def own_accuracy(model):
    """Right answers of each sense by itself on the test set, %, mean over senses."""
    answers = [lambda m, z, k=k: own_logits(m, z)[k] for k in range(3)]
    return np.mean([100 * accuracy(model, answer) for answer in answers])


arms = {"joint": ({"modulate": False}, joint_loss, None), "RGM": ({}, joint_loss, None),
        "joint + own": ({"modulate": False}, both_losses, None),
        "late fusion": ({"modulate": False}, own_loss, product)}  # fmt: skip
scores, own_scores = {}, {}
for arm, (options, loss, predict) in arms.items():
    models = [train(fresh(seed, **options), loss, seed) for seed in range(3)]
    scores[arm] = np.array([100 * accuracy(model, predict) for model in models])
    own_scores[arm] = np.array([own_accuracy(model) for model in models])


# %% id="believe-figure"
# NBVAL_IGNORE_OUTPUT
def interval(difference):
    """Mean of paired differences and half of its 95 % interval (Student)."""
    n = len(difference)
    half = student.ppf(0.975, n - 1) * difference.std(ddof=1) / np.sqrt(n)
    return difference.mean(), half


gains = {arm: interval(scores[arm] - scores["joint"]) for arm in list(arms)[1:]}


def draw_arms():
    """Accuracies, a line per seed: left of the model, right of the senses alone."""
    drawing, panels = plt.subplots(1, 2, figsize=(8.8, 3.3), sharex=True)
    for seed, look in enumerate(looks(3)):
        for panel, table in zip(panels, (scores, own_scores), strict=True):
            panel.plot([table[arm][seed] for arm in arms], label=f"seed {seed}", **look)
    for panel in panels:
        panel.set_xticks(range(4), ["joint", "RGM", "joint\n+ own", "late\nfusion"])
    panels[0].set(ylabel="accuracy of the model, %")
    panels[1].set(ylabel="accuracy of own answers, mean, %")
    panels[0].legend(loc="best", fontsize=9)
    return drawing


show(draw_arms(), "Left, test accuracies of four arms, a line per seed: the differences "
     "between arms are of the size of those between seeds. Right, the accuracy of the "
     "own answers: with RGM as in joint training, higher with own losses.",
     **{arm.replace(" ", "_"): values for arm, values in scores.items()})  # fmt: skip
for arm, (mean, half) in gains.items():
    print(f"{arm:12s} against joint: {mean:+.1f} ± {half:.1f} points")

# %% id="believe-checked"
for arm in ("joint + own", "late fusion"):
    for other in ("joint", "RGM"):
        assert own_scores[arm].mean() > own_scores[other].mean() + 0.5, (arm, other)
assert min(half for _, half in gains.values()) > 0  # three seeds leave an interval
assert all(values.min() > 50 for values in scores.values())

# %% [markdown] id="believe-read" tags=["slide"]
# On the machine that built these pages no arm can be told from joint training by its
# accuracy: every interval contains 0. What differs in every seed is not what tables print:
# with own losses each sense answers better by itself, with RGM about as in joint training.
# Whether that matters depends on *your* question. And all of this is one small problem with
# one small model under Adam; it says nothing about yours.
#
# ### The checklist
#
# 1. **Seeds.** At least three, better ten, the same for all arms; paired differences with an
#    interval. One run is an anecdote.
# 2. **Late fusion** in the table. If it does as well, encoders trained apart already have
#    what the rule promises.
# 3. **Joint + own losses** in the table: the simplest thing that reaches a starved encoder.
# 4. **Each modality alone**, the same encoder and budget: what there was to learn.
# 5. **Equal budget**: the same number of tried learning rates for every arm, Joint
#    included. A new rule changes the length of gradients; a re-tuned rate may be all it was.
# 6. **A placebo**: the same rule with a part off (`parts={"ear"}`, …), or with the energies
#    of another run. Does the *mechanism* make the gain?
# 7. **Choose on validation, report test once**, and say how many things were tried.
# 8. **Levels, not only shares**: $\|r\|^2$ and $e_k$ beside the plane; `conflict="logit"`
#    where the head is linear.
#
# ### Exercise own-6 · critique · level 3
#
# A colleague monitors a joint training of a two-modality model, linear head. At its end the
# shares are $0.52 : 0.48$ and $c = 0.7$. On the training set $\|r\|^2 = 0.01$, $e_a = 0.05$
# and $e_v = 0.80$. Which conclusion is supported? Answer with `conclusion = "A"`, …
#
# - **A** Balanced and without conflict: the upper right of the plane. Nothing is to be done.
# - **B** Video starves. RGM from here on will train it, as it amplifies who has learnt less.
# - **C** Video's encoder has not learnt to answer, and joint training gives it no signal any
#   more. Whether it could learn more, a model trained on video alone would tell.
# - **D** Video carries no information on the label; drop it.

# %% tags=["exercise"] id="own-6-answer"
### BEGIN SOLUTION
conclusion = "C"
### END SOLUTION

# %% tags=["check"] id="own-6-check"
check("own-6", conclusion)

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. One line, `z = rgm(*z)`, on pooled features of one width; for $M > 2$ pairs are averaged,
#    which keeps descent, but neither resolves a simplex nor avoids new conflicts.
# 2. Under Adam follow the *effective* step; and know that Adam divides constant factors out
#    again.
# 3. Say who is `present`; frozen encoders, accumulation, bfloat16, checkpoints and several
#    processes need nothing more than `follow`.
# 4. A monitor shows a basis ($c$) and spending (shares). Learning is in the levels of the own
#    residuals, and what could be learnt in a model trained alone.
# 5. No gain without seeds, late fusion, own losses and an equal budget beside it.
#
# ## Further reading
#
# - The paper: *Reconcile Gradient Modulation*, AAAI 2026, Eqs. 3 and 15.
# - Kingma and Ba (2015), *Adam: A Method for Stochastic Optimization*: section 2.1 says that
#    the step does not depend on the gradient's scale.
# - Yu et al. (2020), *Gradient Surgery for Multi-Task Learning*: PCGrad, another pairwise rule.
# - Wang, Tran and Feiszli (2020), *What Makes Training Multi-Modal Classification Networks
#    Hard?*: why a joint model may lose against its best modality.
# - Li et al. (2020), *PyTorch Distributed: Experiences on Accelerating Data Parallel Training*.
# - In the ledger: `synorth-many`, `synorth-simplex`, `fusion-types`, `plane-gauge`,
#   `plane-shared-residual`, `energy-diagnosis`.
