# %% [markdown] id="title"
# # 01 · Fusion: how one gradient becomes many
#
# *Eq. 1 of the paper, and what the choice of a fusion decides*
#
# **What you will do.** Hand one gradient back through four fusions: with a pencil, by loops,
# by arrays, by the library. Run all of RGM under sum fusion and watch it do nothing. Cut
# one and the same network at two places and get two different methods.
#
# **What you will learn.** Where the modality gradients $g_k$ come from. Which of the
# paper's equations need features of equal width. Why "independent of the fusion strategy"
# is true of the code and not of the effect. Why a linear head alone bounds the energy ratio
# of two modalities. What changes when a batch is averaged before it is looked at.
#
# **What you need.** The chain rule, softmax and cross-entropy, eigenvalues. Notebook 00
# for the names of the parts of RGM; nothing of their formulas.
#
# **How long.** The cells run in about 10 seconds. Reading takes 45 minutes, the six
# exercises another 40.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
import math
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from course.figure import BLUE, GREEN, ORANGE, RED, arrow

from rgm_ref import fusion, head, plane, rebalance, rules
from rgm_ref.descent import descend
from rgm_ref.oracles import finite_difference
from rgm_ref.synorth import synorth
from rgm_ref.toys import Classifier, Evaluation
from rgm_ref.views import Views

# %% [markdown] id="picture" tags=["slide"]
# ## 1 · The picture first
#
# Two encoders give two features, $z_i$ for audio and $z_j$ for video. A **fusion** makes
# one feature of them, $f = F(z_i, z_j)$, and a head turns $f$ into a prediction. On the way
# back the head delivers one gradient, $g = \partial \mathcal L/\partial f$. The fusion has
# to make two of it: $g_i$ for audio, $g_j$ for video. Everything RGM does, it does to
# these two. The four fusions of this notebook:
#
# | fusion | forward |
# |:--|:--|
# | concatenation | $f = [z_i, z_j]$ |
# | sum | $f = z_i + z_j$ |
# | gated | $f = \sigma(z_i) \circ z_j$: audio opens and closes the entries of video |
# | FiLM | $f = (\Gamma z_i) \circ z_j + B z_i$: audio scales and shifts video |
#
# **Before you run the next cell:** the entries of $z_i$ are $(3, 0, -3)$, so the three gates
# $\sigma(z_i)$ are open, half open, closed. In which entries will audio get a gradient
# through the gate, and in which will video?

# %% id="picture-bars"
z_pic = np.array([[3.0, 0.0, -3.0], [1.0, -2.0, 2.0]])
g_pic = np.array([1.0, -0.8, 0.6])
g_long = np.array([1.0, -0.8, 0.6, -0.4, 0.9, 0.5])
scale_pic = np.array([[0.3, -0.5, 0], [0.5, 0.2, 0.4], [0, 0.6, -0.3]])
shift_pic = np.array([[0, 0.7, 0], [0, 0, 0.7], [0.7, 0, 0]])
handed = {
    "concat": (g_long, *fusion.concat_vjp((3, 3), g_long)),
    "sum": (g_pic, *fusion.add_vjp(2, g_pic)),
    "gated": (g_pic, *fusion.gated_vjp(*z_pic, g_pic)),
    "FiLM": (g_pic, *fusion.film_vjp(*z_pic, scale_pic, shift_pic, g_pic)),
}


# %% id="picture-drawn"
def handed_back(cases):
    """A column per fusion: g above, below it what each modality gets."""
    shared = {"sharex": "col", "sharey": True}
    figure, axes = plt.subplots(3, 4, figsize=(8.6, 4.9), **shared)
    looks = (
        {"color": "grey"},
        {"color": BLUE},
        {"color": RED, "hatch": "//"},
    )
    for column, (name, parts) in zip(axes.T, cases.items(), strict=True):
        for axis, part, look in zip(column, parts, looks, strict=True):
            # video's slice lies behind audio's
            first = 4 if name == "concat" and part is parts[2] else 1
            places = np.arange(first, first + part.size)
            axis.bar(places, part, ec="white", **look)
            axis.axhline(0, color="black", lw=0.8)
            axis.grid(visible=False)
        column[0].set_title(name, fontsize=11)
        column[2].set(xticks=np.arange(1, parts[0].size + 1), xlabel="entry")
    words = (
        "$g$ at the\nfused feature",
        "$g_i$\nback to audio",
        "$g_j$\nback to video",
    )
    for axis, word in zip(axes[:, 0], words, strict=True):
        axis.set_ylabel(word)
    show(
        figure,
        "Bars of a gradient g and below it what audio and video receive. "
        "Concatenation: the first three entries go to audio, the last "
        "three to video. Sum: both receive all of g. Gated: video keeps "
        "the first entry, half of the second, nearly nothing of the "
        "third; audio gets something only in the second, the largest of "
        "its three. FiLM: two new vectors.",
        **{name: np.concatenate(parts) for name, parts in cases.items()},
    )


handed_back(handed)

# %% [markdown] id="picture-discussed"
# Four different fates of one gradient. Concatenation **cuts** it, sum **copies** it, the gate
# **weakens** it entry by entry, FiLM **mixes** it. Video gets through where the gate is open.
# Audio, which *is* the gate, learns where the gate is undecided: an open gate and a closed
# one both have slope near zero.
#
# So even before anyone measures balance or conflict, the fusion has already decided how
# alike the two gradients are, and how long. That is what this notebook is about.
#
# ## 2 · Eq. 1, by hand
#
# > "we compute the gradient with respect to each modality feature $z_k$ using the chain
# > rule" (Preliminary)
#
# $$g_k = \nabla_{z_k} \mathcal L = \frac{\partial \mathcal L}{\partial f} \cdot
# \frac{\partial f}{\partial z_k} = g\, J_k \qquad \text{(Eq. 1)}$$
#
# **A toy for the pencil.** Two modalities of width 2, concatenated, a linear head, softmax
# over two classes. The logits are $l = W_i z_i + W_j z_j$ with
#
# $$W_i = \begin{pmatrix} 1 & 2 \\ -2 & -2 \end{pmatrix},\quad
# W_j = \begin{pmatrix} -1 & 1 \\ 1 & 1 \end{pmatrix},\qquad
# z_i = \begin{pmatrix} 2 \\ -1 \end{pmatrix},\quad
# z_j = \begin{pmatrix} 1 \\ 3 \end{pmatrix},$$
#
# and the label is class 2, $y = (0, 1)$. Forward:
#
# - $W_i z_i = (0, -2)$ and $W_j z_j = (2, 4)$, so $l = (2, 2)$;
# - equal logits: $p = (\tfrac12, \tfrac12)$, and the loss is $-\ln \tfrac12 = 0.693$.
#
# Backward. The slope of cross-entropy in the logits is the **residual** $r = p - y$:
#
# - $r = (\tfrac12, -\tfrac12)$;
# - $g = W^\top r$ with $W = [W_i, W_j]$: half of (row 1 − row 2) of $W$, which is
#   $\tfrac12 (3, 4, -2, 0) = (1.5,\, 2,\, -1,\, 0)$;
# - cut it: $g_i = (1.5,\, 2)$, $g_j = (-1,\, 0)$.
#
# Their squared lengths are $6.25$ and $1$, their cosine is $-1.5/(2.5 \cdot 1) = -0.6$: audio
# is 6.25 times stronger, and the two are in conflict.

# %% id="toy"
W_i, W_j = np.array([[1.0, 2], [-2, -2]]), np.array([[-1.0, 1], [1, 1]])
z_i, z_j, y = np.array([2.0, -1]), np.array([1.0, 3]), np.array([0.0, 1])


def toy_loss(f):
    """Cross-entropy of the toy at the fused feature f = [z_i, z_j]."""
    logits = np.hstack([W_i, W_j]) @ f
    return np.log(np.exp(logits).sum()) - y @ logits


f_toy = fusion.concat(z_i, z_j)
r_toy = head.residual(W_i @ z_i + W_j @ z_j, y)
g_toy = np.hstack([W_i, W_j]).T @ r_toy
g_i, g_j = fusion.concat_vjp((2, 2), g_toy)  # slices, by the widths

assert np.isclose(toy_loss(f_toy), math.log(2))
assert np.allclose(r_toy, [1 / 2, -1 / 2])
assert np.allclose(g_i, [1.5, 2])
assert np.allclose(g_j, [-1, 0])
assert np.isclose(plane.nonconflict([g_i, g_j])[0, 1], -0.6)

# %% [markdown] id="differences"
# The pencil used formulas. Finite differences use none: move one entry of one feature by
# $h$ to either side and divide the change of the loss by $2h$. For the first entry of $z_i$
# the pencil can follow: $l_1 - l_2$ grows by $3h$, the loss is $\ln(1 + e^{3h})$, and its slope
# at $h = 0$ is $3 \cdot \tfrac12 = 1.5$.

# %% id="differences-run"
slopes = finite_difference(toy_loss, f_toy)
assert np.allclose(slopes, g_toy, atol=1e-8)
print("closed form:       ", g_i, g_j)
print("finite differences:", slopes[:2].round(5), slopes[2:].round(5))

# %% [markdown] id="fuse-1"
# ### Exercise fuse-1 · compute · level 1
#
# The same head and the same label, but other features, for which $p = (0.8,\, 0.2)$. Give
# `handed_rows`, an array with $g_i$ in its first row and $g_j$ in its second. (`hint("fuse-1")`
# helps, `hint("fuse-1", 2)` helps more.)

# %% id="fuse-1-hint"
hint("fuse-1")

# %% id="fuse-1-answer" tags=["exercise"]
### BEGIN SOLUTION
# r = (0.8, -0.8), so g = 0.8 (3, 4, -2, 0)
handed_rows = np.array([[2.4, 3.2], [-1.6, 0]])
### END SOLUTION

# %% id="fuse-1-check" tags=["check"]
check("fuse-1", handed_rows)

# %% [markdown] id="trains" tags=["slide"]
# ### What do $g_i$ and $g_j$ train?
#
# > "Let $g_k^{(t)}$ denote the gradient from modality $k$ … Based on the standard SGD-style
# > update rule: $\theta^{(t+1)} = \theta^{(t)} - \eta_t \cdot g_k^{(t)}$" (before Eq. 3)
#
# There $\theta$ are the "parameters … in the fusion and prediction head". But $g_k$ is the slope
# of the loss in a *feature*; it has $d_k$ entries. The toy's head has 8 weights, and its own
# gradient is the outer product $r f^\top$. What $g_k$ does reach are the parameters $\theta_k$
# of **encoder** $k$, through one more factor of the chain rule:
# $\partial \mathcal L/\partial \theta_k = g_k\, \partial z_k/\partial \theta_k$. Read Eq. 3 that
# way (claim `fusion-update`). RGM changes what the encoders receive. The head keeps its own.

# %% id="trains-run"
head_gradient = np.outer(r_toy, f_toy)


def loss_of_head(W):
    """The toy's loss over the head's weights, at the given features."""
    return np.log(np.exp(W @ f_toy).sum()) - y @ (W @ f_toy)


numeric = finite_difference(loss_of_head, np.hstack([W_i, W_j]))
assert np.allclose(numeric, head_gradient, atol=1e-8)
assert head_gradient.size == 8 != g_i.size
print(head_gradient)

# %% [markdown] id="ladder" tags=["slide"]
# ## 3 · Never build the Jacobian
#
# Eq. 1 multiplies a vector by a matrix. The honest beginner builds the matrix. For the gate,
# $f_m = \sigma(z_i[m])\, z_j[m]$, it has $d^2$ entries, of which only the diagonal is not zero:
#
# $$\frac{\partial f_m}{\partial z_i[m]} = z_j[m]\,\sigma(z_i[m])\bigl(1 - \sigma(z_i[m])\bigr),
# \qquad \frac{\partial f_m}{\partial z_j[m]} = \sigma(z_i[m]).$$
#
# At width $d = 512$ that is a matrix of 262 144 numbers to hold 512. So one writes the
# *product* $g J_k$ directly, for all samples at once. It is called a **vector–Jacobian
# product**, vjp for short, and is what every framework means by "backward".


# %% id="ladder-naive"
def gated_naive(z_i, z_j, g):
    """One sample: both Jacobians entry by entry, then g · J by loops."""
    d = len(g)
    J_i, J_j = np.zeros((d, d)), np.zeros((d, d))
    for m in range(d):
        gate = 1 / (1 + math.exp(-z_i[m]))
        J_i[m, m] = z_j[m] * gate * (1 - gate)
        J_j[m, m] = gate
    pulled = np.zeros((2, d))
    for k, J in enumerate((J_i, J_j)):
        for n in range(d):
            for m in range(d):
                pulled[k, n] += g[m] * J[m, n]
    return pulled


def gated_arrays(z_i, z_j, g):
    """Any number of samples (..., d), no Jacobian."""
    gate = 1 / (1 + np.exp(-z_i))
    return g * z_j * gate * (1 - gate), g * gate


# %% id="ladder-equal"
batch = rng.normal(size=(3, 6, 4))  # z_i, z_j and g, six samples of width 4
samples = batch.swapaxes(0, 1)
naive = np.stack([gated_naive(*sample) for sample in samples], axis=1)
arrays = np.stack(gated_arrays(*batch))
library = np.stack(fusion.gated_vjp(*batch))
assert np.allclose(naive, arrays, rtol=1e-12)
assert np.allclose(arrays, library, rtol=1e-12)
print("loops, arrays and library agree:", library.shape)

# %% [markdown] id="proof"
# ### All four, against a judge who knows no formula
#
# The next cell takes a loss that no one has differentiated for us, moves every entry of every
# feature, and compares. It fails if one of the eight gradients is wrong.

# %% id="four-checked"
scale, shift = rng.normal(size=(2, 4, 4))
fusions = {
    "concat": (fusion.concat, lambda z, g: fusion.concat_vjp((4, 4), g)),
    "sum": (fusion.add, lambda z, g: fusion.add_vjp(2, g)),
    "gated": (fusion.gated, lambda z, g: fusion.gated_vjp(*z, g)),
    "FiLM": (
        lambda *z: fusion.film(*z, scale, shift),
        lambda z, g: fusion.film_vjp(*z, scale, shift, g),
    ),
}
for name, (fuse, vjp) in fusions.items():
    at = rng.normal(size=(2, 4))  # z_i and z_j
    g = np.cos(fuse(*at))  # the slope in f of the loss Σ sin(f_m)

    def loss(z, fuse=fuse):
        return np.sin(fuse(*z)).sum()

    judged = finite_difference(loss, at)
    assert np.allclose(vjp(at, g), judged, atol=1e-8), name
print(*fusions, "agree with finite differences", sep=", ")

# %% [markdown] id="proof-said"
# Numbers on random points are evidence; the proof is one line per fusion. The paper gives
# the Jacobian of concatenation only; here are all four. Below, $f_m$ is one entry of $f$, and
# $\delta$ is 1 where its indices agree. Step 3 is the paper's slice.

# %% id="proof-run"
prove("fusion-jacobians")

# %% [markdown] id="gate"
# ### Move it: who learns through a gate?
#
# One entry. Through the gate audio receives $g\, z_j\, \sigma(z_i)(1 - \sigma(z_i))$, video
# receives $g\,\sigma(z_i)$. The ratio of the two is $z_j\,(1 - \sigma(z_i))$. So audio gets the
# longer gradient exactly where $|z_j|\,(1 - \sigma(z_i)) > 1$.
#
# **Before you run the next cell:** is there a $z_i$ with that property if $|z_j| = 0.9$?
# Change `z_j_seen` and run again.

# %% id="gate-move"
z_j_seen = 3.0


def gate_picture(z_j):
    """Both gradients, as a part of |g|, over the gate's argument."""
    z_i = np.linspace(-6, 6, 241)
    one = np.ones_like(z_i)
    audio, video = np.abs(fusion.gated_vjp(z_i, z_j * one, one))
    figure, axes = plt.subplots(figsize=(6.6, 3.5))
    mark = {"markevery": 20}
    axes.plot(z_i, audio, "-o", color=BLUE, label="audio, the gate", **mark)
    axes.plot(z_i, video, "--s", color=RED, label="video, gated", **mark)
    axes.fill_between(z_i, 0, audio, where=audio > video, color=BLUE, alpha=0.15)
    axes.set(xlabel="argument of the gate $z_i$", ylabel=r"received, $|g_k| / |g|$")
    axes.legend(loc="upper left")
    show(
        figure,
        f"What either modality receives through a gate, for z_j = {z_j:g}. "
        "Video's part rises from 0 to 1 as the gate opens. Audio's part "
        f"is a bell around 0, with height {abs(z_j) / 4:g}, and is the "
        f"larger one on {(audio > video).mean():.0%} of the axis.",
        z_i=z_i, audio=audio, video=video,
    )  # fmt: skip
    return audio, video


gate_audio, gate_video = gate_picture(z_j_seen)
assert gate_audio.max() <= abs(z_j_seen) / 4 + 1e-12  # σ(1 − σ) ≤ 1/4

# %% [markdown] id="gate-discussed"
# No: $1 - \sigma < 1$, so with $|z_j| \le 1$ the gate always gets the shorter gradient. In the
# shaded part it gets the longer one. At the right end video receives all of $g$ and audio
# nothing: a gate that has opened no longer learns. This is an imbalance of the *wiring*. No data
# are in it, no encoder is strong or weak, and CGE will report it all the same.
#
# ### Exercise fuse-2 · implement · level 2
#
# Write `my_film_vjp(z_i, z_j, scale, shift, g)` for $f = (\Gamma z_i) \circ z_j + B z_i$: return
# $g_i$ and $g_j$. The arrays `z_i`, `z_j`, `g` have shape (samples, $d$), the matrices
# `scale` $= \Gamma$ and `shift` $= B$ have shape $(d, d)$. No loops, no Jacobian.


# %% id="fuse-2-answer" tags=["exercise"]
### BEGIN SOLUTION
def my_film_vjp(z_i, z_j, scale, shift, g):
    """g_i = Γᵀ(g ∘ z_j) + Bᵀ g and g_j = g ∘ Γ z_i, samples in rows."""
    return (g * z_j) @ scale + g @ shift, g * (z_i @ scale.T)


### END SOLUTION

# %% id="fuse-2-check" tags=["check"]
check("fuse-2", my_film_vjp)

# %% [markdown] id="widths" tags=["slide"]
# ## 4 · Which equations need equal widths?
#
# > "each encoded by a modality-specific encoder $E_k(\cdot)$ into features $z_k = E_k(x_k) \in
# > \mathbb R^{d_k}$" (Preliminary)
#
# So every modality may have its own width. What does the rest of the paper do with the $g_k$?
#
# | equation | what it takes from the gradients | $d_i \ne d_j$? |
# |:--|:--|:--:|
# | 1, concatenation | a slice each | yes |
# | 1, sum and gate | entry by entry | no, already forward |
# | 1, FiLM | $\Gamma$ takes $z_i$ to the width of $z_j$ | yes |
# | 3, 5, 7 | lengths $\|g_k\|$ | yes |
# | 6, 8 | the inner product $g_i^\top g_j$ | **no** |
# | 9–11, Syn | block lengths, as many blocks in both | yes |
# | 12–13, Orth | $g_i$ plus a multiple of $g_j$ | **no** |
# | 14, gates | block cosines | **no** |
#
# The cosine, Orth and the gates, which are the parts about *conflict*, have a meaning only if
# $d_i = d_j$. The paper does not say so. The library does, by name.

# %% id="widths-run"
wide, narrow = fusion.concat_vjp((4, 2), np.arange(1.0, 7.0))
energies = np.array([wide @ wide, narrow @ narrow])  # 30 and 61
print("fine: w̄ =", plane.balance(energies)[0, 1].round(4))
print("fine: r =", rebalance.ratio(energies).round(4))
# Syn by hand, two blocks each: all that Eq. 11 asks for are the block lengths
blocks_of = [g.reshape(2, -1) for g in (wide, narrow)]
energy_of = np.stack([(b**2).sum(axis=1) for b in blocks_of])  # (M, blocks)
w_pair = energies / energies.sum()
alpha = np.sqrt(w_pair[:, None] * energy_of.sum(axis=0) / energy_of)
projected = [a[:, None] * b for a, b in zip(alpha, blocks_of, strict=True)]
after = sum((b**2).sum(axis=1) for b in projected)
assert np.allclose(after, energy_of.sum(axis=0))  # S_k is kept, as it should be
print("fine: Syn, gradients of widths", *(b.size for b in projected))

# %% id="widths-refused"
refused = 0
for part in (lambda g: plane.nonconflict(g), lambda g: synorth(g, energies)):
    try:
        part([wide, narrow])
    except ValueError as error:
        refused += 1
        print("refused:", error)
assert refused == 2

# %% [markdown] id="padding"
# Could one not pad the narrow gradient with zeros? One has to choose *where*, and nothing in the
# problem says where. The next cell tries all places for the same two gradients.
#
# **Move it:** change an entry, or make one gradient longer.

# %% id="padding-move"
g_wide, g_narrow = np.array([3.0, 1, -2, 0.5, 2, -1]), np.array([1.0, 2])


def padding_picture(wide, narrow):
    """The cosine for every place at which the narrow gradient can stand."""
    places = np.arange(wide.size - narrow.size + 1)
    padded = np.stack([np.pad(narrow, (p, places[-1] - p)) for p in places])
    found = plane.nonconflict(np.stack(np.broadcast_arrays(wide, padded)))[0, 1]
    figure, axes = plt.subplots(figsize=(6.2, 3.0))
    signs = [GREEN if c > 0 else ORANGE for c in found]
    axes.bar(places, found, color=signs, ec="white")
    axes.axhline(0, color="black", lw=0.8)
    axes.bar_label(axes.containers[0], fmt="%.2f", padding=3, fontsize=9)
    axes.set(
        xticks=places,
        xlabel="zeros put in front of $g_j$",
        ylabel="cosine $c$",
    )
    axes.margins(y=0.2)
    axes.grid(visible=False)
    show(
        figure,
        "The cosine of one pair of gradients for every place of the "
        "padding: "
        + ", ".join(f"{c:.2f}" for c in found) + " for 0, 1, 2 … zeros in front.",
        places=places, cosines=found,
    )  # fmt: skip
    return found


padded_cosines = padding_picture(g_wide, g_narrow)
assert np.ptp(padded_cosines) > 0  # the place decides

# %% [markdown] id="widths-proof"
# Conflict or agreement, as you like. The smallest case is the ledger's counterexample:
# $g_i = (1, 0)$ and $g_j = (1)$ have cosine 1 with the zero behind and 0 with the zero before.
# The proof's part is the other half: at equal widths everything is made of the same three
# sums, and Eq. 11 needs lengths alone.

# %% id="widths-proved"
prove("fusion-types")

# %% [markdown] id="fuse-3"
# ### Exercise fuse-3 · predict · level 1
#
# Features of widths 512 and 256, concatenated. Which of these have a value? Give `defined`, a
# list of eight truth values, in this order: Eq. 3 (energy), Eq. 5 ($\bar w$), Eq. 6 ($c$),
# Eq. 7 ($r$), Eq. 8 ($\tilde r$), Eq. 11 (Syn, with 4 blocks), Eq. 13 (Orth), Eq. 14 (gates).

# %% id="fuse-3-answer" tags=["exercise"]
### BEGIN SOLUTION
# lengths alone: 3, 5, 7, 11; an inner product or a sum: 6, 8 (through c), 13, 14
defined = [True, True, False, True, False, True, False, False]
### END SOLUTION

# %% id="fuse-3-check" tags=["check"]
check("fuse-3", defined)

# %% [markdown] id="sum" tags=["slide"]
# ## 5 · Under sum fusion, all of RGM is the number 0.991
#
# Sum fusion copies: $g_i = g_j = g$. Follow it through the paper with a pencil.
#
# - $c = 1$: two equal vectors (Eq. 6).
# - Every step books the same energy for both. Starting equal, they stay equal: $w_i = w_j =
#   \tfrac12$, so $\bar w = 8 \cdot \tfrac14 - 1 = 1$ (Eq. 5) and $r = \tilde r = 1$ (Eqs. 7, 8).
# - Syn gives each block the length $\sqrt{\tfrac12 \cdot 2a^2} = a$, as before:
#   $P = g$ (Eq. 11).
# - Orth takes $w_j\, g_i^\top g_j / A = \tfrac12$ of $g$ away (Eq. 13), behind a gate that is all
#   but shut: $1 - \gamma_g = 1 - \sigma(4) = 0.018$ (Eq. 14).
#
# What is left of Eq. 15 is
#
# $$g_k^{\mathrm{mod}} = g - (1 - \sigma(4))\,\tfrac12\, g
# = \tfrac12\bigl(1 + \sigma(4)\bigr)\, g = 0.991\, g .$$
#
# **Before you run the next cell:** does the factor depend on the number of modalities, on the
# number of blocks, on the form of Orth? Change them and see. Then change `spent`, the
# energies so far: what is the one condition above that you break?

# %% id="sum-move"
modalities, blocks = 3, 2
form = "exact"  # or "linear", or "printed"
spent = np.ones(modalities)

copies = np.stack(fusion.add_vjp(modalities, rng.normal(size=8)))
modulated = synorth(copies, spent, blocks=blocks, orth=form)
factor = (1 + fusion.sigmoid(np.array(4.0))) / 2
assert np.allclose(modulated, factor * copies, rtol=1e-13)
print(f"every entry is multiplied by {factor:.4f}")

# %% [markdown] id="sum-training" tags=["slide"]
# It depends on none of the three. (Problem (12) is degenerate for equal gradients: it has many
# solutions, so there the exact form falls back on the linear one.) The condition is that the
# energies start equal; they then stay so, and no step of training can break it. To see it in
# training we need a network.
#
# **Model A** *concatenates* the features $z_k = V_k x_k$ of two linear encoders, under a linear
# head with fixed blocks $W_k$. **Model B** lets each modality vote for itself, $z'_k = W_k V_k
# x_k$, and *sums* the votes. Both have the same encoders $V_k$, trained on the same 60 samples.
# Model A is in the library. Model B takes the lines below.


# %% id="votes"
@dataclass(frozen=True)
class Votes:
    """Sum fusion of the modalities' own logits: f = Σ_k z′_k, no head after it."""

    model: Classifier

    def start(self):
        """The same parameters as the other model."""
        return self.model.start()

    def evaluate(self, parameters):
        """Loss, g_k at z′_k per sample, and their way to the encoders."""
        now, blocks = self.model.evaluate(parameters), parameters[2:]
        labels = np.eye(self.model.data.classes)[self.model.data.labels]
        r = (self.model.probabilities(parameters) - labels) / len(labels)

        def pull(g):
            back = [g_k @ W.T for g_k, W in zip(g, blocks, strict=True)]
            return now.pull(np.stack(back))

        return Evaluation(now.loss, np.stack(fusion.add_vjp(2, r)), pull)


# %% id="two-models"
seeded = np.random.default_rng(2)
data = Views.sample(seeded, 60, classes=3, width=6, signal=(3, 1.5))
dials = {"width": 4, "seed": 2, "imbalance": 2, "agreement": -0.5}
model_A = Classifier(data, hidden=False, **dials)
model_B = Votes(model_A)
models = model_A, model_B
joint_A, joint_B = (descend(model, 40, rate=2.0) for model in models)
rgm_A, rgm_B = (descend(model, 40, 2.0, rules.rgm) for model in models)


def seen_on_the_plane(runs):
    """Left: the plane, a point per step. Right: length after / before."""
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.8))
    looks = {"A, concat": (ORANGE, "o", 5), "B, sum": (GREEN, "*", 16)}
    lengths = {name: np.sqrt(run.applied / run.raw) for name, run in runs.items()}
    for name, run in runs.items():
        colour, mark, size = looks[name]
        at = run.raw_balance[0, 1], run.conflict[0, 1]
        axes[0].plot(*at, mark, color=colour, ms=size, label=name)
    curves = (
        ("A, audio", "A, concat", 0, "--o"),
        ("A, video", "A, concat", 1, ":s"),
    )
    for label, name, k, style in (*curves, ("B, both", "B, sum", 0, "-*")):
        look = {"color": looks[name][0], "label": label, "markevery": 6}
        axes[1].plot(lengths[name][k], style, **look)
    axes[0].set(xlim=(-1.1, 1.15), ylim=(-1.1, 1.15), aspect="equal")
    axes[0].set(xlabel=r"balance $\bar w$", ylabel="nonConflict $c$, mean")
    axes[1].set(xlabel="step", ylim=(0.8, 1.45))
    axes[1].set(ylabel=r"length after RGM / before")
    axes[0].legend(loc="upper left", fontsize=9)
    axes[1].legend(loc="upper right", fontsize=9)
    show(
        figure,
        "Left, 40 steps of training with RGM on the plane. The "
        "concatenating model moves near balance 0 and conflict −0.5; the "
        "summing model is one star at (1, 1) at all steps. Right, the "
        "factor by which RGM changes the lengths: for the sum a flat line "
        "at 0.991, for concatenation two curves, audio's near 0.9, "
        "video's starting at 1.3 and falling to 1.",
        A=lengths["A, concat"], B=lengths["B, sum"],
    )  # fmt: skip


seen_on_the_plane({"A, concat": rgm_A, "B, sum": rgm_B})

# %% [markdown] id="sum-discussed"
# Model B is a single star at $(1, 1)$, for all 40 steps. The plane diagnoses "perfect
# balance, perfect agreement", and would do so if video were noise. Right: RGM multiplies
# model B's gradients by 0.991 and does nothing else. For the encoders that is a learning rate
# lowered by 0.9 %, and the next cell says just this: **plain** descent at the rate
# $0.991\,\eta$ goes through the same losses and ends at the same encoders.

# %% id="sum-is-a-rate"
slower = descend(model_B, 40, rate=2.0 * factor)
assert np.allclose(rgm_B.before[0, 1], 1)
assert np.allclose(rgm_B.raw_balance, 1)
assert np.allclose(rgm_B.loss, slower.loss, rtol=1e-9)
for ours, plain in zip(rgm_B.parameters, slower.parameters, strict=True):
    assert np.allclose(ours, plain, rtol=1e-9, atol=1e-12)
print(f"loss after 40 steps: RGM {rgm_B.loss[-1]:.4f}")
print(f"plain descent, slower:    {slower.loss[-1]:.4f}")

# %% id="sum-proved"
prove("fusion-sum-noop")

# %% [markdown] id="fuse-4"
# ### Exercise fuse-4 · derive · level 2
#
# A designer wants the two modalities to check each other and fuses by the **difference**,
# $f = z_i - z_j$. Both energies start equal. By which number `difference_factor` does RGM multiply
# the gradients? Give four digits (or the expression; `fusion.sigmoid` is there).

# %% id="fuse-4-answer" tags=["exercise"]
### BEGIN SOLUTION
# g_j = -g_i: c = -1, w̄ = 1, r̃ = 1, P = g, O = -g/2, and the gate is σ(-4)
difference_factor = 1 - (1 - fusion.sigmoid(np.array(-4.0))) / 2
### END SOLUTION

# %% id="fuse-4-check" tags=["check"]
check("fuse-4", difference_factor)

# %% [markdown] id="two-cuts" tags=["slide"]
# ## 6 · "Independent of the fusion strategy": the code and the effect
#
# > "SynOrth Grad … is independent of both the model architecture and feature fusion strategy"
# > (Introduction)
#
# You have seen two models. Look at their logits again:
#
# $$\text{A:}\quad l = [W_i, W_j]\begin{bmatrix} V_i x_i \\ V_j x_j \end{bmatrix}
# \qquad\qquad \text{B:}\quad l = W_i V_i x_i + W_j V_j x_j .$$
#
# They are equal. A and B are **one network**, the same function with the same parameters. Only
# the place differs at which we said "here the encoder ends".


# %% id="two-cuts-drawn"
def network():
    """One network, two places to cut it."""
    figure, axes = plt.subplots(figsize=(8.4, 3.1))
    axes.set(xlim=(0, 10.6), ylim=(-0.9, 3.6))
    axes.axis("off")

    def word(x, height, text, colour, frame=True):
        box = {
            "boxstyle": "round,pad=0.45",
            "fc": "white",
            "lw": 1.6,
            "ec": colour,
        }
        look = {"bbox": box, "color": "black"} if frame else {"color": colour}
        axes.text(x, height, text, ha="center", va="center", **look)

    for k, height, end, colour in (
        ("i", 2.4, 1.6, BLUE),
        ("j", 0.6, 1.4, RED),
    ):
        line = (1.0, 2.15, height), (3.05, 5.65, height), (6.55, 8.2, end)
        for left, right, target in line:
            step = (right - left, target - height)
            arrow(axes, step, "", colour, start=(left, height))
        for x, letter in ((0.6, "x"), (2.6, "V"), (6.1, "W")):
            word(x, height, f"${letter}_{k}$", colour)
        word(3.7, height + 0.3, f"$z_{k}$", colour, frame=False)
        beside = height + (0.3 if k == "i" else -0.3)
        word(7.2, beside, f"$z'_{k}$", colour, frame=False)
    arrow(axes, (0.4, 0), "", "grey", start=(8.8, 1.5))
    word(8.5, 1.5, "+", "grey")
    word(9.9, 1.5, "softmax", "grey")
    cuts = (
        (4.6, "A: concatenate $z_k$", ORANGE),
        (7.75, "B: sum $z'_k$", GREEN),
    )
    for (x, name, colour), dash in zip(cuts, ("--", "-."), strict=True):
        axes.plot([x, x], [-0.2, 3.1], color=colour, ls=dash, lw=2.5, marker="")
        word(x, 3.35, f"cut {name}", colour, frame=False)
        word(x - 0.15, -0.55, "← encoder    head →", colour, frame=False)
    show(
        figure,
        "A network: two inputs, each through its matrix V, then through "
        "its matrix W, are added and go to a softmax. Cut A lies between "
        "V and W, where the features are concatenated; cut B lies behind "
        "W, where they are summed.",
    )


network()

# %% id="one-network"
# without RGM: one training run
assert np.allclose(joint_A.loss, joint_B.loss, rtol=1e-12)
for one, other in zip(joint_A.parameters, joint_B.parameters, strict=True):
    assert np.allclose(one, other)
apart = np.linalg.norm(rgm_A.parameters[0] - rgm_B.parameters[0])
moved = np.linalg.norm(rgm_B.parameters[0] - model_A.start()[0])
assert apart > 0.05 * moved  # with RGM: two
print(f"with RGM the two audio encoders end {apart / moved:.0%} apart")

# %% [markdown] id="two-cuts-by-hand" tags=["slide"]
# Trained jointly, A and B stay equal up to rounding. Trained with RGM they part at the first
# step. By hand, for two logits, $W_i = 1$ (the unit matrix) and $W_j = -1$:
#
# | | cut A: $g_k = W_k^\top r$ | cut B: $g_k = r$ |
# |:--|:--:|:--:|
# | $g_i$, $g_j$ | $r$, $-r$ | $r$, $r$ |
# | $c$ | $-1$ | $1$ |
# | gate $\gamma_g$ | $\sigma(-4) = 0.018$ | $\sigma(4) = 0.982$ |
# | RGM multiplies by | $1 - 0.982/2 = 0.509$ | $1 - 0.018/2 = 0.991$ |
# | reaches encoder $j$ | $-0.509\, r$ | $W_j^\top (0.991\, r) = -0.991\, r$ |
#
# One network, one sample, one moment: half the step, or all of it.

# %% id="two-cuts-asserted"
r_hand, equal = np.array([0.5, -0.5]), np.ones(2)
at_A = synorth(np.stack([r_hand, -r_hand]), equal)[1]
at_B = -synorth(np.stack([r_hand, r_hand]), equal)[1]  # through W_jᵀ = −1
assert np.allclose(at_A, -0.509 * r_hand, atol=1e-4)
assert np.allclose(at_B, -0.991 * r_hand, atol=1e-4)

# %% [markdown] id="turn" tags=["slide"]
# Between the two extremes lies a dial. Let $W_j$ be a turn by the angle $\theta$. Cut A sees
# $c = \cos\theta$. Cut B always sees $c = 1$. **Before you run the next cell:** at which
# $\theta$ do the two cuts hand nearly the same step to the encoders?
#
# **Move it:** `energy_seen`, what audio and video have spent so far.

# %% id="turn-move"
energy_seen = np.array([1.0, 1.0])


def turn_picture(energy):
    """How much RGM changes what video's encoder gets, for both cuts."""
    degrees = np.linspace(0, 180, 91)
    angles = np.radians(degrees)
    r = np.array([0.5, -0.5])
    cos, sin = np.cos(angles), np.sin(angles)
    W = np.array([[cos, -sin], [sin, cos]])
    g_video = np.einsum("mnt,m->tn", W, r)  # W_jᵀ r
    pair = np.stack(np.broadcast_arrays(r, g_video))
    below = synorth(pair, energy)[1]
    above = np.einsum("mnt,m->tn", W, synorth(np.stack([r, r]), equal)[1])
    size = np.linalg.norm(r)
    change = [np.linalg.norm(x - g_video, axis=1) / size for x in (below, above)]
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.7))
    w_bar = plane.balance(energy)[0, 1]
    line = np.full(91, w_bar), cos
    axes[0].plot(*line, "o", color=ORANGE, ms=4, label="cut A")
    axes[0].plot(1, 1, "*", color=GREEN, ms=16, label="cut B, all $θ$")
    axes[0].set(xlim=(-1.1, 1.2), ylim=(-1.15, 1.2), aspect="equal")
    axes[0].set(xlabel=r"balance $\bar w$", ylabel="nonConflict $c$")
    axes[0].legend(loc="lower left", fontsize=9)
    mark = {"markevery": 10}
    axes[1].plot(degrees, change[0], "--o", color=ORANGE, label="cut A", **mark)
    axes[1].plot(degrees, change[1], "-*", color=GREEN, label="cut B", **mark)
    axes[1].set(xlabel="turn of the head block, $θ$ in degrees", ylim=(0, None))
    axes[1].set(ylabel="change by RGM, part of the length")
    axes[1].set_xticks(range(0, 181, 45))
    axes[1].legend(loc="upper left", fontsize=9)
    show(
        figure,
        "Left, the plane: cut A runs down a vertical line as the head "
        "block turns, cut B stays at (1, 1). Right, how much of the "
        "encoder's gradient RGM changes: for cut B always 0.009, for cut "
        f"A from {change[0][0]:.3f} at 0 degrees to {change[0][-1]:.2f} at "
        "180.",
        degrees=degrees, cut_A=change[0], cut_B=change[1],
    )  # fmt: skip
    return change


change_A, change_B = turn_picture(energy_seen)
assert np.allclose(change_B, 1 - factor)

# %% [markdown] id="turn-discussed" tags=["slide"]
# At $\theta = 0$ both see equal gradients, and agree. At $90°$ they nearly agree again: cut A sees
# nothing to do there, cut B shortens the step by its 0.9 %. In between cut A pushes aligned
# gradients apart a little. Beyond $90°$ the two part for good.
#
# So what does "independent" mean? **The code** runs under every fusion whose features have one
# width, without a change: true. **The effect** is decided by the fusion, and even by the
# bookkeeping of where an encoder ends: the sentence fails. Here is the ledger's proof, with the
# case you just computed as its counterexample.

# %% id="independent-proved"
prove("fusion-independent")

# %% [markdown] id="ratio" tags=["slide"]
# ## 7 · Who is stronger? Read the head
#
# Under concatenation with a linear head both gradients come from one residual:
#
# $$g_i = W_i^\top r, \qquad g_j = W_j^\top r, \qquad r = p - y .$$
#
# The features do not appear. Data and encoders enter through $r$ alone, and $r$ sums to zero.
#
# **Before you run the next cell:** the toy of section 2 has two classes. Change its features
# and its labels at random, 1000 times. Between which values does the energy ratio
# $\|g_i\|^2/\|g_j\|^2$ move?

# %% id="ratio-two-classes"
features_any = rng.normal(size=(2, 1000, 2))
logits_any = features_any[0] @ W_i.T + features_any[1] @ W_j.T
r_any = head.residual(logits_any, np.eye(2)[rng.integers(2, size=1000)])
pair_any = np.stack([r_any @ W_i, r_any @ W_j])
ratios_any = (pair_any[0] ** 2).sum(axis=-1) / (pair_any[1] ** 2).sum(axis=-1)
assert np.allclose(ratios_any, 6.25)
assert np.allclose(plane.nonconflict(pair_any)[0, 1], -0.6)
print(f"ratio from {ratios_any.min():.4f} to {ratios_any.max():.4f}")

# %% [markdown] id="ratio-three" tags=["slide"]
# It does not move. With two classes $r = (t, -t)$, so every $g$ is a multiple of
# (row 1 − row 2), whatever was seen: the ratio is $25/4 = 6.25$ and the cosine is $-0.6$, for all
# inputs and labels. **With two classes and a fixed head the plane shows one point.** Balance and
# conflict are then two properties of eight numbers in the head.
#
# With three classes the residual has a direction. Take, for the pencil,
#
# $$W_i = \begin{pmatrix} 0 & 0 \\ 2 & 2 \\ 3 & 1 \end{pmatrix},\qquad
# W_j = \begin{pmatrix} -1 & 0 \\ -1 & -1 \\ 2 & -1 \end{pmatrix}.$$
#
# | residual $r$ | $g_i$ | $g_j$ | ratio | $c$ |
# |:--|:--:|:--:|:--:|:--:|
# | $(-1, 1, 0)$: class 1 taken for 2 | $(2, 2)$ | $(0, -1)$ | $8$ | $-0.71$ |
# | $(-1, 0, 1)$: class 1 taken for 3 | $(3, 1)$ | $(3, -1)$ | $1$ | $0.8$ |
# | $(0, -1, 1)$: class 2 taken for 3 | $(1, -1)$ | $(3, 0)$ | $2/9$ | $0.71$ |
#
# One sample makes audio eight times stronger, another makes video $4\tfrac12$ times stronger,
# under one head. How far can it go?

# %% id="ratio-by-hand"
H_i = np.array([[0.0, 0], [2, 2], [3, 1]])  # (K, d), as in the text
H_j = np.array([[-1.0, 0], [-1, -1], [2, -1]])
for r_row, expected in (
    ([-1, 1, 0], 8),
    ([-1, 0, 1], 1),
    ([0, -1, 1], 2 / 9),
):
    v_i, v_j = head.head_gradients([H_i.T, H_j.T], np.array(r_row, float))
    assert np.isclose(v_i @ v_i / (v_j @ v_j), expected)
# the library's blocks are (d, K)
low, high = head.energy_ratio_bounds(H_i.T, H_j.T)
assert np.allclose([low, high], [2 / 9, 8])
print(f"for every residual the ratio lies in [{low:.4f}, {high:.4f}]")

# %% [markdown] id="ratio-why" tags=["slide"]
# The first and the last row of the table are the extremes already. In general they are
# eigenvalues. Both energies are quadratic forms of the same vector,
#
# $$\frac{\|g_i\|^2}{\|g_j\|^2} = \frac{r^\top W_i W_i^\top r}{r^\top W_j W_j^\top r},$$
#
# a generalized Rayleigh quotient. It runs between the smallest and the largest generalized
# eigenvalue of $(W_i W_i^\top,\, W_j W_j^\top)$, taken on vectors $r$ that sum to zero. (There
# $W_j W_j^\top$ must be invertible; otherwise the ratio may have no upper bound.)

# %% id="ratio-proved"
prove("fusion-head-ratio")

# %% [markdown] id="ratio-picture"
# For three classes one can see everything. Residuals lie in a plane, and only their *direction*
# matters. Up to sign each direction belongs to one label: $r$ has one negative entry, the
# label's. So the half-turn falls into three bands of 60°. (With more classes the bounds hold as
# well, but a single hard label need not reach them.)
#
# **Move it:** other blocks, or `scale_i`, a factor on audio's block.

# %% id="ratio-move"
block_i, block_j, scale_i = H_i, H_j, 1.0

# orthonormal rows that span the residuals
ZERO_SUM = np.array([[-2, 1, 1], [0, 1, -1]]) / np.sqrt([[6], [2]])


def over_directions(W_i, W_j, degrees):
    """Energy ratio and cosine for residuals in the given directions."""
    angle = np.radians(degrees)
    r = np.stack([np.cos(angle), np.sin(angle)], axis=-1) @ ZERO_SUM
    pair = np.stack([r @ W_i, r @ W_j])
    energy = (pair**2).sum(axis=-1)
    return energy[0] / energy[1], plane.nonconflict(pair)[0, 1]


def direction_of(r):
    """Direction of residuals (..., 3), −30 to 150 degrees, without sign."""
    x, y = np.moveaxis(r @ ZERO_SUM.T, -1, 0)
    return (np.degrees(np.arctan2(y, x)) + 30) % 180 - 30


# %% id="ratio-drawn"
def label_bands(axis):
    """The three bands of directions, one per label."""
    high = axis.get_xaxis_transform()
    for label, left in enumerate((-30, 30, 90), 1):
        shade = 0.14 if label == 2 else 0.06
        axis.axvspan(left, left + 60, color="grey", alpha=shade, lw=0)
        word = f"label {label}"
        axis.text(left + 30, 1.02, word, ha="center", size=9, transform=high)
    axis.set(xlim=(-30, 150), xticks=range(-30, 151, 30))


def directions_picture(W_i, W_j):
    """Ratio (above) and cosine (below) over the residual's direction."""
    degrees = np.linspace(-30, 150, 361)
    ratio, c = over_directions(W_i, W_j, degrees)
    ends = head.energy_ratio_bounds(W_i.T, W_j.T)
    labels = np.eye(3)[np.arange(60) % 3]
    seen = direction_of(rng.dirichlet(np.ones(3), 60) - labels)
    figure, axes = plt.subplots(2, 1, figsize=(7.4, 5.0), sharex=True)
    dots = over_directions(W_i, W_j, seen)
    for axis, curve, points in zip(axes, (ratio, c), dots, strict=True):
        axis.plot(degrees, curve, "-", color="black", marker="")
        axis.plot(seen, points, "o", color=ORANGE, ms=4, label="random samples")
    for end, word in zip(ends, (r"$\lambda_{\min}$", r"$\lambda_{\max}$"), strict=True):
        axes[0].axhline(end, color=GREEN, ls="--")
        axes[0].text(151, end, f"{word} = {end:.3g}", color=GREEN, va="center")
    axes[0].axhline(1, color="grey", lw=0.8)
    axes[1].axhline(0, color="grey", lw=0.8)
    axes[0].set_yscale("log", base=2)
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[0].set(ylabel=r"energy ratio $\|g_i\|^2 / \|g_j\|^2$")
    axes[1].set(ylabel="cosine $c$", ylim=(-1.1, 1.1))
    axes[1].set_xlabel("direction of the residual, degrees")
    axes[1].legend(loc="lower right", fontsize=9)
    label_bands(axes[0])
    axes[1].set_xlim(-30, 150)
    show(
        figure,
        "Above, the energy ratio over the direction of the residual: a "
        f"wave between two dashed lines at {ends[0]:.3g} and "
        f"{ends[1]:.3g}, touching both; random predictions lie on it. "
        f"Below, the cosine over the same directions, from {c.min():.2f} "
        f"to {c.max():.2f}.",
        degrees=degrees, ratio=ratio, cosine=c, bounds=ends,
    )  # fmt: skip
    return ratio, ends


wave, wave_ends = directions_picture(scale_i * block_i, block_j)
assert wave.min() >= wave_ends[0] - 1e-9
assert wave.max() <= wave_ends[1] + 1e-9
assert np.allclose([wave.min(), wave.max()], wave_ends, rtol=1e-2)  # attained

# %% [markdown] id="scale"
# (150° is −30° again: the axis closes.) Two things to take from the picture. The curve is fixed
# by the head; data only choose points on it. And **one** head shows every conflict from full to
# none, sample by sample.
#
# Now multiply audio's block by $t$ and divide audio's features by $t$. The logits
# $t W_i \cdot z_i/t$ do not change, nor the loss, nor any prediction. But $g_i$ becomes $t g_i$.
#
# **Before you run the next cell:** at $t = 3$, what becomes of the two bounds $2/9$ and $8$? Can
# you choose $t$ so that video is *never* the stronger one? Or always?


# %% id="scale-drawn"
def scale_picture(W_i, W_j, t):
    """Possible ratios over the scale t, and w̄ for three residuals."""
    low, high = np.array(head.energy_ratio_bounds(W_i.T, W_j.T))[:, None] * t**2
    cases = (  # the three residuals of the table
        ("class 2 taken for 3", low, RED, "s", "--"),
        ("class 1 taken for 3", t**2, "grey", "o", "-"),
        ("class 1 taken for 2", high, BLUE, "^", "-."),
    )
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.7))
    axes[0].fill_between(t, low, high, color=GREEN, alpha=0.2, label="possible")
    axes[0].axhline(1, color="grey", lw=0.8)
    for name, ratio, colour, mark, dash in cases:
        look = {"color": colour, "marker": mark, "ls": dash, "markevery": 20}
        axes[0].plot(t, ratio, **look)
        w_bar = plane.balance(np.array([ratio, np.ones_like(t)]))[0, 1]
        axes[1].plot(t, w_bar, label=name, **look)
    for axis in axes:
        axis.set_xscale("log")
        axis.set(xlabel="scale of the head block $t$", xticks=[0.1, 1, 10])
        axis.set_xticklabels(["0.1", "1", "10"])
    axes[0].set_yscale("log")
    axes[0].set_ylabel(r"energy ratio $\|g_i\|^2/\|g_j\|^2$")
    axes[1].set(ylabel=r"balance $\bar w$ of one step", ylim=(-1.1, 1.9))
    axes[1].set_yticks([-1, 0, 1])
    axes[1].legend(loc="upper center", fontsize=9)
    show(
        figure,
        "Left, the band of possible energy ratios rises as t squared on "
        "two logarithmic axes and crosses 1. Right, the balance of one "
        "step for three residuals: each rises to 1 and falls again, each "
        "at another scale, for one and the same function.",
        t=t, low=low, high=high,
    )  # fmt: skip


scale_picture(H_i, H_j, np.geomspace(0.1, 10, 101))

# %% id="scale-asserted"
t = 3.0  # move it
z_any = rng.normal(size=(2, 5, 2))
logits_before = z_any[0] @ H_i.T + z_any[1] @ H_j.T
logits_after = (z_any[0] / t) @ (t * H_i).T + z_any[1] @ H_j.T
assert np.allclose(logits_before, logits_after)  # the same function …
scaled_bounds = head.energy_ratio_bounds(t * H_i.T, H_j.T)
assert np.allclose(scaled_bounds, [2 / 9 * t**2, 8 * t**2])  # … t² times the ratio
print(f"bounds at t = {t:g}:", np.round(scaled_bounds, 4))

# %% [markdown] id="scale-discussed" tags=["slide"]
# At $t = 3$ the bounds are $2$ and $72$: audio is always the stronger one. Video is always the
# stronger one once $8 t^2 < 1$, for $t < 0.354$. One function, any verdict.
#
# > "this quantity reflects the total *work* done by modality $k$" (after Eq. 3)
#
# As accumulated from feature gradients, the ratio of the energies is bounded by the head's
# blocks. Does it at least rank the modalities as the energies of the *encoders' parameters*
# would? It surely does **if** the gap beats the encoders,
# $\|g_i\|^2/\|g_j\|^2 > \sigma_{\max}(J_j)^2/\sigma_{\min}(J_i)^2$ with
# $J_k = \partial z_k/\partial \theta_k$ (claim `fusion-energy-ranking`). Without a look at the
# encoders nothing follows. The smallest counterexample has one number per modality: $g_i = 2$,
# $g_j = 1$, encoders $z_i = \theta_i$ and $z_j = 10\,\theta_j$. The features rank audio first,
# $4 > 1$; the parameters rank video first, $100 > 4$. Notebook 02 goes on from there, notebook
# 03 does for $c$ what this section did for $\bar w$.

# %% id="ranking"
g_small, J_small = np.array([2.0, 1.0]), np.array([1.0, 10.0])
assert (g_small**2).argmax() == 0  # features: audio
assert ((g_small * J_small) ** 2).argmax() == 1  # parameters: video

# %% [markdown] id="fuse-5"
# ### Exercise fuse-5 · break · level 3
#
# "Our head is fair: both blocks have the same norm." Break it. Give two head blocks `fair_i` and
# `fair_j`, arrays of shape $(d, K) = (3, 3)$ as the library takes them, with **equal Frobenius
# norms**, such that for *every* residual audio gets at least 100 times video's energy.


# %% id="fuse-5-judge"
def fair_but_hundredfold(head_i, head_j):
    """Whether the norms are equal and the least ratio is at least 100."""
    head_i, head_j = np.asarray(head_i, float), np.asarray(head_j, float)
    fair = np.isclose(np.linalg.norm(head_i), np.linalg.norm(head_j), rtol=1e-9)
    return bool(fair and head.energy_ratio_bounds(head_i, head_j)[0] >= 100)


# %% id="fuse-5-answer" tags=["exercise"]
### BEGIN SOLUTION
# a residual does not see what is the same for all classes: put video's norm there
fair_j = np.eye(3) + 6 * np.ones((3, 3))
fair_i = np.eye(3) * np.linalg.norm(fair_j) / np.sqrt(3)
### END SOLUTION

# %% id="fuse-5-check" tags=["check"]
check("fuse-5", fair_i, fair_j, judge=fair_but_hundredfold)

# %% [markdown] id="batch" tags=["slide"]
# ## 8 · One sample, or the mean of a batch?
#
# Everything so far was one sample. A training step has a batch, and the loss is a mean. The
# paper writes $g_k$ and does not say of which: the caption of Fig. 3 speaks of "a batch-sample's
# gradient interaction at a training step". There are at least three readings:
#
# - **per sample:** a cosine and an energy for every sample, then their mean;
# - **mean gradient:** average the samples' $g_k$, then one cosine, one energy;
# - **stacked:** the batch as one long vector of $n \cdot d$ entries.
#
# By hand, on the toy of section 2: two samples, both with $p = (\tfrac12, \tfrac12)$, one of class
# 2 and one of class 1. Their residuals are $(\tfrac12, -\tfrac12)$ and $(-\tfrac12, \tfrac12)$:
#
# | | audio | video | energies | $c$ |
# |:--|:--:|:--:|:--:|:--:|
# | sample 1 | $(1.5, 2)$ | $(-1, 0)$ | 6.25, 1 | $-0.6$ |
# | sample 2 | $(-1.5, -2)$ | $(1, 0)$ | 6.25, 1 | $-0.6$ |
# | mean gradient | $(0, 0)$ | $(0, 0)$ | 0, 0 | none (0 in the library) |
#
# Two samples in conflict, and a mean that has never heard of it. In general the two energies
# differ by the spread of the samples, and the mean gradient never has the larger one (Jensen).
# The left side is the trace of a Fisher matrix, Eq. 2, taken for features (notebook 02):
#
# $$\frac1n\sum_s \|g^{(s)}\|^2 = \|\bar g\|^2 + \frac1n\sum_s \|g^{(s)} - \bar g\|^2 .$$

# %% id="batch-by-hand"
two = np.stack([[g_i, -g_i], [g_j, -g_j]])  # (modality, sample, entry)
assert np.allclose(plane.nonconflict(two)[0, 1], [-0.6, -0.6])
assert np.allclose(plane.nonconflict(two.mean(axis=1))[0, 1], 0)
some = rng.normal(size=(2, 7, 4)) + 0.3
center = some.mean(axis=1, keepdims=True)
per_sample = (some**2).sum(axis=-1).mean(axis=-1)
spread = ((some - center) ** 2).sum(axis=-1).mean(axis=-1)
assert np.allclose(per_sample, (center**2).sum(axis=(1, 2)) + spread)

# %% [markdown] id="batch-picture" tags=["slide"]
# With a linear head the mean gradient has a mean residual, $\bar g_k = W_k^\top \bar r$, and
# $\bar r$ sums to zero as well. So its point lies on the same curve as all samples, at
# a direction of its own, and **the bounds of section 7 hold for every reading**.
#
# **Move it:** change `batch_size`, or the seed `draw`, and watch the readings disagree.

# %% id="batch-move"
batch_size, draw = 12, 5


def three_readings(g):
    """Cosine: mean of the samples, of the means, of the stacked batch."""
    stacked = g.reshape(2, -1)
    return np.array([plane.nonconflict(g)[0, 1].mean(),
                     plane.nonconflict(g.mean(axis=1))[0, 1],
                     plane.nonconflict(stacked)[0, 1]])  # fmt: skip


def batch_picture(W_i, W_j, size, seed):
    """One batch on the curve c(direction), and its three readings."""
    source = np.random.default_rng(seed)
    labels = np.eye(3)[source.integers(3, size=size)]
    r = source.dirichlet(np.ones(3), size) - labels
    found = three_readings(np.stack([r @ W_i, r @ W_j]))
    degrees = np.linspace(-30, 150, 361)
    figure, axes = plt.subplots(figsize=(7.4, 3.7))
    at, curve = direction_of(r), over_directions(W_i, W_j, degrees)[1]
    axes.plot(degrees, curve, "-", color="black", marker="", lw=1)
    size_of = 150 * np.linalg.norm(r, axis=1)
    dots = at, over_directions(W_i, W_j, at)[1], size_of
    axes.scatter(*dots, color=ORANGE, ec="white", zorder=3, label="samples")
    axes.axhline(found[0], color=BLUE, ls=":", lw=2, label="mean of the cosines")
    mean_at = direction_of(r.mean(axis=0)), found[1]
    axes.plot(*mean_at, "*", color=RED, ms=18, zorder=4, label="mean gradient")
    axes.axhline(found[2], color=GREEN, ls="--", lw=2, label="stacked")
    label_bands(axes)
    axes.set(xlabel="direction of the residual, degrees")
    axes.set(ylabel="cosine $c$", ylim=(-1.1, 1.1))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
    show(
        figure,
        f"{size} samples on the curve of the cosine over the residual's "
        "direction, the size of a dot being the length of its residual. "
        f"Mean of the cosines {found[0]:.2f}, cosine of the mean gradients "
        f"{found[1]:.2f}, of the stacked batch {found[2]:.2f}.",
        residuals=r, readings=found,
    )  # fmt: skip
    return r, found


r_batch, read = batch_picture(H_i, H_j, batch_size, draw)
mean_pair = [r_batch.mean(axis=0) @ W for W in (H_i, H_j)]
mean_ratio = (mean_pair[0] @ mean_pair[0]) / (mean_pair[1] @ mean_pair[1])
assert 2 / 9 - 1e-9 <= mean_ratio <= 8 + 1e-9
print("mean of cosines, mean gradient, stacked:", read.round(3))

# %% [markdown] id="blind"
# Most of the twelve samples agree; by the mean gradient the two modalities are in nearly full
# conflict.
# It is not wrong arithmetic: large residuals have cancelled, and what is left points another
# way. Two papers that use different readings measure two things by the name of $c$.
#
# ### Where the mean is blind
#
# Let the head have a bias $b$. Its gradient is $\partial \mathcal L/\partial b = \bar r$, the mean
# residual. So once the bias alone has converged, $\bar r = 0$, and then $\bar g_k = W_k^\top \bar
# r = 0$ for **every** modality, however badly the encoders fit.
#
# **Before you run the next cell:** it trains only the three numbers of the bias, on random
# features that know nothing of the labels. What is left of the per-sample energies? Of those of
# the mean gradient?

# %% id="blind-run"
noise_z = rng.normal(size=(2, 200, 2))
noise_y = np.eye(3)[rng.integers(3, size=200)]
own_logits = noise_z[0] @ H_i.T + noise_z[1] @ H_j.T
bias = np.zeros(3)
for _ in range(3000):
    bias = bias - head.residual(own_logits + bias, noise_y).mean(axis=0)
r_end = head.residual(own_logits + bias, noise_y)
g_end = np.stack([r_end @ H_i, r_end @ H_j])
energy_per_sample = (g_end**2).sum(axis=-1).mean(axis=-1)
energy_of_mean = (g_end.mean(axis=1) ** 2).sum(axis=-1)
assert (energy_of_mean < 1e-20).all()
assert (energy_per_sample > 1).all()
print("mean of the samples' energies:", energy_per_sample.round(4))
print("energy of the mean gradient:  ", abs(energy_of_mean.round(4)))

# %% [markdown] id="blind-discussed"
# Every sample still pulls hard, and the mean gradient is zero to the last digit: no energy, no
# cosine, nothing to modulate. A reading by mean gradients would call this training finished. The
# functions of the library take the cosine of every sample on its own, unless you average first:
# gradients have the shape (modality, sample, entry). One more trap: the mean loss puts a factor
# $1/n$ into every $g_k^{(s)}$, so absolute energies change with the batch size. Shares, and so
# $\bar w$ and $r$, do not.
#
# Which reading the paper's experiments use cannot be told from the text: open.
#
# ### Exercise fuse-6 · implement · level 2
#
# `three_readings` above uses the library. Write `my_readings(g)` with NumPy alone, for `g` of
# shape (2, samples, $d$): an array with the mean of the cosines, the cosine of the mean
# gradients, and the cosine of the stacked batch.


# %% id="fuse-6-answer" tags=["exercise"]
### BEGIN SOLUTION
def my_readings(g):
    """Three readings of one batch."""

    def cosine(x, y):
        return (x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum())

    each = [cosine(x, y) for x, y in zip(g[0], g[1], strict=True)]
    return np.array([np.mean(each), cosine(*g.mean(axis=1)), cosine(*g)])


### END SOLUTION

# %% id="fuse-6-check" tags=["check"]
check("fuse-6", my_readings)

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. $g_k = g J_k$: concatenation cuts $g$, sum copies it, a gate weakens it, FiLM mixes it. The
#    product is computed; the Jacobian never is.
# 2. Energies, $\bar w$, $r$ and Syn take any widths. The cosine, $\tilde r$, Orth and the gates
#    need $d_i = d_j$, and padding is no way out.
# 3. Under sum fusion the plane shows one point, $(1, 1)$, and all of RGM is multiplication
#    by 0.991.
# 4. RGM's code is independent of the fusion. Its effect is not: one network, cut at two places,
#    gets two different steps.
# 5. Under concatenation and a linear head, the head alone bounds the energy ratio; scaling a
#    block moves it at will. And say whether you average before or after you look.
#
# **Further reading.** The paper, *Reconcile Gradient Modulation for Harmony Multimodal Learning*
# (Gao, Cao, Gong and Zhu, AAAI 2026), Preliminary and Eq. 1. Perez et al. 2018, *FiLM: visual
# reasoning with a general conditioning layer*. Peng et al. 2022, *Balanced multimodal learning via
# on-the-fly gradient modulation* (OGM-GE), which reads the strength of a modality off its own
# logits $W_k z_k$ instead of its gradients. Wu et al. 2022, *Characterizing and overcoming the
# greedy nature of learning in multi-modal deep neural networks*. The seven claims on this idea,
# with proofs: `derivations/fusion/`.
#
# Next: notebook 02, what the lengths of the $g_k$ add up to over training.
