# %% [markdown] id="title"
# # 05 · Synergy: make the blocks proportional
#
# Two modalities pull at the same network. Where their gradients agree a little,
# RGM wants them to agree more. Its tool is **Syn**, the *Synergistic Enhanced
# Projection*: cut both gradients into blocks and change the blocks' lengths so
# that all pairs of blocks have one ratio. The paper promises that the cosine of
# the two gradients then rises (Theorem 2). This notebook looks at what Syn does,
# at when the promise is kept, and at what it costs.
#
# **You will do:** compute Eq. 11 with a pencil, then by loops, by arrays and by the
# library; move a counterexample; repair a theorem; solve five exercises.
#
# **You will learn:** what Eqs. 9–11 solve and what they do not; why the cosine
# after Syn does not depend on the shares $w$; when Syn surely helps, when it may
# hurt, and by how much at most; what the choice of the blocks decides.
#
# **You need:** notebooks 01–03 (fusion, energy, plane): feature gradients $g_i$,
# shares $w_i = E_i / \sum_j E_j$, the cosine $c$. Lengths, inner products, AM–GM.
#
# **How long:** 60 to 75 minutes with the exercises; the cells run in about ten seconds.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
import math

import matplotlib.pyplot as plt
import numpy as np
from course.blocks import directions, eq11, readings, stack, weights_and_sweep
from course.exercises.synergy import less_than_a_tenth
from course.figure import BLUE, GREEN, ORANGE, PINK

from rgm_ref import alignment, synergy
from rgm_ref.blocks import block_cosines, block_norms
from rgm_ref.oracles import best_scaling
from rgm_ref.partition import best_partition


def cosine(x, y):
    """The cosine of two vectors, the plain way."""
    return float(x @ y / math.sqrt((x @ x) * (y @ y)))


# %% [markdown] id="picture" tags=["slide"]
# ## 1 · A picture before the formula
#
# Cut the gradient $g_i$ of the audio and the gradient $g_j$ of the video into the
# same $l$ blocks, $g_i = [g_i^{(1)}, \dots, g_i^{(l)}]$. For Syn a pair of
# gradients is nothing but three lists of $l$ numbers:
#
# - the block lengths $a_k = \|g_i^{(k)}\|$ and $b_k = \|g_j^{(k)}\|$;
# - the **block cosines** $\kappa_k$, the cosine of $g_i^{(k)}$ with $g_j^{(k)}$.
#
# Below, every gradient is a bar of its block lengths, laid end to end. Lines join
# the places where one block ends and the next begins. Between the bars stand the
# $\kappa_k$.

# %% id="picture-blocks"
# move it: block lengths of g_i and of g_j, block cosines, audio's share of the energy
lengths = np.array([[3, 0.9, 2.0, 0.7], [0.8, 1.6, 1.0, 1.2]])
kappa = np.array([0.8, 0.3, -0.2, 0.6])
share = 0.64

figure, axes = plt.subplots(1, 2, figsize=(8.6, 2.7), sharex=True)
stack(axes[0], lengths, kappa, ["$g_i$", "$g_j$"])
stack(axes[1], eq11(lengths, share), kappa, ["$P_i$", "$P_j$"])
was = alignment.cosine_before(lengths, kappa)
is_now = alignment.cosine_after(lengths, kappa)
axes[0].set_title(f"before: cosine {was:.3f}", size=11)
axes[1].set_title(f"after: cosine {is_now:.3f}", size=11)
show(
    figure,
    alt="Stacked block lengths of two gradients. Before Syn the ratio of upper to "
    "lower block differs from block to block; after it the ratio is one and "
    "the same. The block cosines stay; the cosine of the whole goes from "
    f"{was:.3f} to {is_now:.3f}.",
    before=lengths,
    after=eq11(lengths, share),
    kappa=kappa,
)

# %% [markdown] id="formula"
# Left: the third block is twice as long in $g_i$ as in $g_j$, the second is shorter.
# Right: every upper block is $\tfrac43$ of its lower block. The lines at the cuts now
# fan out evenly, as they do when one bar is an enlargement of the other.
#
# Three things to see at once:
#
# 1. **The $\kappa_k$ did not change.** Syn makes blocks longer or shorter. It turns none.
# 2. **The cosine of the whole did change**, because the blocks now have other weights in it.
# 3. The audio (blue) had a share $w_i = 0.64$ of the energy, and
#    $\sqrt{0.64} : \sqrt{0.36} = 4 : 3$. **The shares set the ratio.**
#
# **Move it:** change the first three lines of the cell above and run it again. Can you make
# the cosine fall? (You can. Section 6 is about that.)
#
# ## 2 · The formula, by hand
#
# The paper's words before Eq. 9:
#
# > "For each block $k$, we aim to make $\|g_i^{(k)}\| / \|g_j^{(k)}\| \approx \rho$, where
# > $\rho$ is a constant, to achieve collinearity."
#
# and its solution, Eq. 11, with $\mathcal P_i^{(k)} = \alpha_i^{(k)} g_i^{(k)}$:
#
# $$\alpha_i^{(k)} = \frac{\sqrt{w_i\, S_k}}{\|g_i^{(k)}\|}, \qquad
# S_k = \sum_{i} \|g_i^{(k)}\|^2 .$$
#
# Read it aloud: *take the energy $S_k$ that both modalities have in block $k$; give
# modality $i$ the part $w_i$ of it; keep the direction.* The new length is
# $\|\mathcal P_i^{(k)}\| = \sqrt{w_i S_k}$.
#
# **A toy for the pencil.** Two blocks of two entries, the bar marks the cut:
#
# $$g_i = (3,\, 0 \mid 8,\, 0), \qquad g_j = (4,\, 0 \mid 3.6,\, 4.8), \qquad
# E_i : E_j = 16 : 9 .$$
#
# | | block 1 | block 2 |
# |:--|:--:|:--:|
# | lengths $a_k$, $b_k$ | 3, 4 | 8, 6 |
# | block cosine $\kappa_k$ | 12/(3·4) = 1 | 28.8/(8·6) = 0.6 |
# | $S_k = a_k^2 + b_k^2$ | 25 | 100 |
# | new lengths $\sqrt{w_i S_k}$, $\sqrt{w_j S_k}$, with $\sqrt w = (0.8,\, 0.6)$ | 4, 3 | 8, 6 |
# | $\alpha_i$, $\alpha_j$ | 4/3, 3/4 | 1, 1 |
#
# So $\mathcal P_i = (4, 0 \mid 8, 0)$ and $\mathcal P_j = (3, 0 \mid 3.6, 4.8)$.
# Block 2 had the ratio $4:3$ already, so nothing happens to it. Block 1 had it upside down.
#
# The cosine: $g_i^\top g_j = 12 + 28.8 = 40.8$ before, over $\sqrt{73 \cdot 52} = 61.6$:
# **0.662**. After: again $40.8$, now over $\sqrt{80 \cdot 45} = 60$: **0.68**. It rose.

# %% id="by-hand"
toy = np.array([[3, 0, 8, 0], [4, 0, 3.6, 4.8]])
toy_shares = np.array([16, 9]) / 25
by_hand = np.array([[4, 0, 8, 0], [3, 0, 3.6, 4.8]])

assert np.allclose(synergy.project(toy, toy_shares, blocks=2), by_hand)
assert np.allclose(synergy.alpha(toy, toy_shares, blocks=2), [[4 / 3, 1], [3 / 4, 1]])
assert np.allclose(block_cosines(toy, blocks=2), [1, 0.6])
print(f"cosine before {cosine(*toy):.4f}, after {cosine(*by_hand):.4f}")

# %% [markdown] id="three-ways"
# ### Loops, arrays, library
#
# First the formula as a machine would read it aloud, one entry after the other. Then
# the same with arrays, for any number $M$ of modalities. Then the library, which
# also takes blocks of unequal length and blocks that are zero.


# %% id="naive"
def syn_naive(g_i, g_j, w_i, w_j, blocks):
    """α and P of Eq. 11 by loops, for blocks of equal length."""
    size = len(g_i) // blocks
    alpha, P = np.zeros((2, blocks)), np.zeros((2, len(g_i)))
    for k in range(blocks):
        entries = range(k * size, (k + 1) * size)
        own = sum(g_i[t] ** 2 for t in entries)
        partner = sum(g_j[t] ** 2 for t in entries)
        alpha[0, k] = math.sqrt(w_i * (own + partner)) / math.sqrt(own)
        alpha[1, k] = math.sqrt(w_j * (own + partner)) / math.sqrt(partner)
        for t in entries:
            P[:, t] = alpha[0, k] * g_i[t], alpha[1, k] * g_j[t]
    return alpha, P


# %% id="three-equal"
def syn_vectorised(g, w, blocks):
    """The same for gradients (M, d) and shares (M,)."""
    cut = g.reshape(len(g), blocks, -1)  # (M, l, d/l)
    squares = (cut**2).sum(axis=-1)  # (M, l)
    alpha = np.sqrt(w[:, None] * squares.sum(axis=0) / squares)
    return alpha, (alpha[..., None] * cut).reshape(g.shape)


pair = rng.normal(size=(2, 12))
shares = np.array([0.7, 0.3])
naive = syn_naive(*pair, *shares, blocks=4)
arrays = syn_vectorised(pair, shares, blocks=4)
library = synergy.alpha(pair, shares, 4), synergy.project(pair, shares, 4)
for one, two, three in zip(naive, arrays, library, strict=True):
    assert np.allclose(one, two)
    assert np.allclose(two, three)
print("α:", naive[0].shape, " P:", naive[1].shape, " the three agree")

# %% [markdown] id="syn-1"
# ### Exercise syn-1 · compute · level 1
#
# With a pencil: two blocks of two entries,
#
# $$g_i = (0,\, 4 \mid 7,\, 0), \qquad g_j = (3,\, 0 \mid 0,\, -24), \qquad E_i : E_j = 9 : 16 .$$
#
# Give $\mathcal P_i$ and $\mathcal P_j$ as the two rows of the array `projected`.

# %% id="syn-1-hint"
hint("syn-1")  # number 2 and 3 say more

# %% tags=["exercise"] id="syn-1-answer"
### BEGIN SOLUTION
# S = 25 and 625, so √S = 5 and 25; √w = (0.6, 0.8): lengths (3, 15) and (4, 20)
projected = np.array([[0, 3, 15, 0], [4, 0, 0, -20]])
### END SOLUTION

# %% tags=["check"] id="syn-1-check"
check("syn-1", projected)

# %% [markdown] id="constraint" tags=["slide"]
# ## 3 · What does Eq. 11 solve?
#
# The paper presents Eq. 11 as the solution of this problem:
#
# $$\min_{\alpha_i^{(k)}} \sum_{k} \big\| \mathcal P_i^{(k)} - g_i^{(k)} \big\|^2 \quad (9)
# \qquad \text{s.t.} \quad
# \frac{\|\mathcal P_i^{(k)}\|}{\|g_j^{(k)}\|} = \rho, \quad
# \sum_i \|\mathcal P_i^{(k)}\| = \sum_i \|g_i^{(k)}\| . \quad (10)$$
#
# Look at the second constraint on the toy's block 1: $4 + 3 = 3 + 4$. Fine. The first
# one asks for $4/4 = 1$ in block 1 and $8/6$ in block 2. Not one constant. So something is
# printed differently from what was solved. Take (10) at its word, in one block with
# lengths $a$ and $b$; $x$ and $y$ are the lengths sought. There are three readings:
#
# | reading | first line | with $x + y = a + b$ gives |
# |:--|:--|:--|
# | **swap**: for both modalities | $x = \rho b$, $y = \rho a$ | $(b, a)$, only for $\rho = 1$ |
# | **one-sided**: for $i$ alone | $x = \rho b$ | $(\rho b,\; a + b - \rho b)$ |
# | **unsquared**: $\mathcal P_j$ for $g_j$ | $x = \rho y$ | $(\rho,\, 1)\,(a + b)/(1 + \rho)$ |
#
# while Eq. 11 has $x = \rho y$ with $x^2 + y^2 = a^2 + b^2$: it is
# $(\rho,\, 1)\sqrt{a^2 + b^2}\,/\sqrt{1 + \rho^2}$.
#
# **Before you run the next cell:** in the toy $\rho = \tfrac43$. Compute the reading
# "unsquared" for its blocks $(3, 4)$ and $(8, 6)$. Is it different from Eq. 11?

# %% id="too-kind"
toy_lengths = block_norms(toy, blocks=2)
ratio = math.sqrt(16 / 9)  # ρ = √(w_i / w_j)
print("unsquared:", *synergy.printed_lengths(toy_lengths, ratio, "unsquared"))
print("Eq. 11:   ", *eq11(toy_lengths, w_i=0.64))

# %% [markdown] id="readings" tags=["slide"]
# The same! **This toy cannot see the misprint.** The reading "unsquared" meets Eq. 11
# where $\rho = a/b$ (nothing changes) and where $\rho = b/a$ (the lengths are
# exchanged), and our two friendly blocks are just these two cases. Numbers that come
# out nicely can hide an error; test on numbers that do not. So take the block
# $(a, b) = (7, 1)$: by hand, "unsquared" is $\tfrac87\,(4, 3) = (4.57, 3.43)$, "one-sided"
# is $(\tfrac43,\, \tfrac{20}3)$, and Eq. 11 is $\sqrt{50}\,(0.8, 0.6) = (5.66, 4.24)$.
#
# The picture: constraint (10) lives on the straight line $x + y = a + b$, Eq. 11 on the
# circle $x^2 + y^2 = a^2 + b^2$. **Move it:** change the first line of the cell
# (the one-sided reading has no solution where $\rho b > a + b$).

# %% id="readings-figure"
a, b, rho = 7.0, 1.0, 4 / 3  # move it

show(
    readings(a, b, rho),
    alt="The three readings of constraint (10) are three points on the straight "
    "line of kept lengths; Eq. 11 is a fourth point, where the ray of one "
    "ratio meets the circle of kept energy.",
    given=(a, b),
    ratio=rho,
)

# %% [markdown] id="readings-said"
# Four different answers. Which of them are the true solutions of their problems? Ask
# somebody who knows no closed form: SciPy's constrained optimizer, on objective (9)
# and the constraints exactly as written in each row of the table.

# %% id="readings-scipy"
block = np.array([[a], [b]])
for reading in (*synergy.READINGS, "corrected"):
    # 'swap' finds its own ρ; the others are given one
    optimum = best_scaling(block, rho, reading, rng, starts=3, methods=("SLSQP",))
    found = (np.abs(optimum.point) * block).ravel()
    if reading == "corrected":
        expected = eq11([a, b], w_i=rho**2 / (1 + rho**2))
    else:
        own_ratio = 1 if reading == "swap" else rho
        expected = synergy.printed_lengths(np.array([a, b]), own_ratio, reading)
    assert np.allclose(found, expected, atol=1e-5)
    print(f"{reading:10s} ({found[0]:.3f}, {found[1]:.3f})")

# %% [markdown] id="corrected" tags=["slide"]
# All four closed forms are right, each for its own constraint; none of the three
# printed readings is Eq. 11. Two changes to (10) make it so: $\mathcal P_j$ in the place of
# $g_j$ in the first line, and *squared* lengths in the second:
#
# $$\frac{\|\mathcal P_i^{(k)}\|}{\|\mathcal P_j^{(k)}\|} = \rho = \sqrt{\frac{w_i}{w_j}},
# \qquad \sum_i \|\mathcal P_i^{(k)}\|^2 = \sum_i \|g_i^{(k)}\|^2 .$$
#
# With these, Eq. 11 is the one and only solution. Here is the derivation; every line
# was checked by the machine just now. Watch for the place where objective (9) is used.

# %% id="solution-proved"
prove("synergy-solution")

# %% [markdown] id="shares"
# Objective (9) is used once, in the last line, to choose between $+\alpha$ and $-\alpha$.
# Everything else is decided by the constraints. Keep that in mind for section 8, where
# "least-distorting" is examined.
#
# ## 4 · The cosine after Syn
#
# **Before you run the next cell:** on the toy we had $w = (0.64, 0.36)$ and the cosine
# went from 0.662 to 0.68. Now let the video have nearly all the energy, $w = (0.01, 0.99)$.
# What becomes of the cosine?

# %% id="shares-drop-out"
for w_i in (0.64, 0.36, 0.01):
    P = synergy.project(toy, np.array([w_i, 1 - w_i]), blocks=2)
    long_i, long_j = np.linalg.norm(P, axis=1)
    lengths_said = f"‖P_i‖ {long_i:5.2f}, ‖P_j‖ {long_j:5.2f}"
    print(f"w_i = {w_i:.2f}: {lengths_said}, cosine {cosine(*P):.4f}")
    assert np.isclose(cosine(*P), 0.68)
    assert np.allclose([long_i**2, long_j**2], [w_i * 125, (1 - w_i) * 125])  # w_i ΣS

# %% [markdown] id="mean" tags=["slide"]
# Nothing happens to it. The shares set how long the two projections are,
# $\|\mathcal P_i\| = \sqrt{w_i \sum_k S_k}$, and never the angle between them. To see
# why, write both cosines as sums over the blocks. Before:
#
# $$\cos(g_i, g_j) = \sum_k q_k \kappa_k, \qquad q_k = \frac{a_k b_k}{\|g_i\|\,\|g_j\|} .$$
#
# After, each block inner product is
# $\sqrt{w_i S_k}\sqrt{w_j S_k}\,\kappa_k = \sqrt{w_i w_j}\, S_k\kappa_k$, and the two
# lengths bring another $\sqrt{w_i w_j}$, which cancels:
#
# $$\boxed{\;\cos(\mathcal P_i, \mathcal P_j) = \sum_k p_k \kappa_k, \qquad
# p_k = \frac{S_k}{\sum_m S_m}\;}$$
#
# **After Syn the cosine is the energy-weighted mean of the block cosines.** On the toy:
# $\tfrac{25}{125}\cdot 1 + \tfrac{100}{125} \cdot 0.6 = 0.2 + 0.48 = 0.68$.
# All the rest of this notebook follows from this line.

# %% id="mean-proved"
prove("synergy-cosine")

# %% [markdown] id="rotation" tags=["slide"]
# The weights $p_k$ sum to 1; the $q_k$ usually sum to less. Before Syn a pair can have a
# small cosine though all its blocks agree perfectly, just because its lengths are
# spread differently. That is what Syn repairs. At the bottom of the proof stands a
# counterexample with a zero block: the line needs all blocks to be non-zero. Section 10
# is about that.
#
# ## 5 · No block is ever rotated
#
# > "… this synergy-promoting adjustment helps unify gradient directions at a fine-grained
# > level …" (after Eq. 11)
#
# $\mathcal P_i^{(k)}$ is a positive multiple of $g_i^{(k)}$. So at the fine-grained level,
# within a block, all directions are exactly what they were. Here is a pair with two
# blocks of two entries, so that each block can be drawn: broad and pale before Syn, a thin
# arrow after it.

# %% id="directions"
turned = np.array([[5.0, 1.0, 1.0, 1.0], [1.0, 1.5, 0.4, 3.9]])  # move it
after_syn = synergy.project(turned, toy_shares, blocks=2)
show(
    directions(turned, after_syn),
    alt="Two blocks with two arrows each. Syn shortens the long arrow and "
    "lengthens the short one in each block, and every arrow after it lies on "
    "the line of the same arrow before it.",
    before=turned,
    after=after_syn,
)

# %% [markdown] id="rotation-said"
# Two consequences. With one block ($l = 1$) Syn changes no direction at all; the main text
# of the paper does not give $l$. And being proportional does not make a pair collinear: the
# mean of the $\kappa_k$ is 1 only if **every** $\kappa_k$ is 1, and no $\kappa_k$ ever moves.
# "To achieve collinearity" asks for more than scaling can give.

# %% id="rotation-checked"
for _ in range(100):
    g, w_i = rng.normal(size=(2, 12)), rng.uniform(0.05, 0.95)
    w = np.array([w_i, 1 - w_i])
    P = synergy.project(g, w, blocks=4)
    assert np.allclose(block_cosines(P, 4), block_cosines(g, 4))  # κ_k stays, always
    assert cosine(*P) < 1  # proportional, not collinear
    whole = synergy.project(g, w, blocks=1)
    assert np.isclose(cosine(*whole), cosine(*g))  # one block: nothing turns
print("100 random pairs: every block cosine is what it was")

# %% [markdown] id="theorem" tags=["slide"]
# The gradient as a whole does turn, because its blocks change their lengths: it moves within
# the span of its own blocks and nowhere else.
#
# ## 6 · Theorem 2, and where it fails
#
# > **Theorem 2.** "Encouraging proportional scaling within corresponding local blocks of
# > two vectors (i.e., dividing each vector into k parts) can provably improve their overall
# > cosine similarity."
#
# Read as "can sometimes improve", it is true and says little. Read as a theorem, "the cosine
# does not fall", it can be tested. Subtract the two sums of section 4:
#
# $$\cos(\mathcal P_i, \mathcal P_j) - \cos(g_i, g_j) = \sum_k (p_k - q_k)\,\kappa_k .$$
#
# Where a block that *disagrees* ($\kappa_k < 0$) gains weight, the cosine falls. By hand,
# with one entry per block:
#
# $$g_i = (1 \mid 0.1), \quad g_j = (1 \mid -1), \qquad \kappa = (1, -1).$$
#
# Before: $(1 - 0.1)/(\sqrt{1.01}\sqrt 2) = 0.9/1.4213 = 0.6332$. After: $S = (2,\, 1.01)$, so
# $(2 - 1.01)/3.01 = 0.3289$. The opposing block was harmless because it was short in $g_i$.
# Syn lends it the energy of its partner.

# %% id="failing"
# move it: lengths of g_i and of g_j, block cosines, the block whose a_k is swept
opposed, signs, swept = np.array([[1, 0.1], [1, 1]]), np.array([1, -1]), 2

old = alignment.cosine_before(opposed, signs)
new = alignment.cosine_after(opposed, signs)
print(f"cosine before {old:.4f}, after {new:.4f}, sum of (p − q) κ {new - old:.4f}")
show(
    weights_and_sweep(opposed, signs, swept),
    alt="Left, the weight of each block in the cosine before and after Syn: the "
    "opposing block gains. Right, both cosines against one block length; at "
    f"the marked pair Syn lowers the cosine from {old:.4f} to {new:.4f}.",
    lengths=opposed,
    kappa=signs,
)
assert np.isclose(new - old, alignment.improvement(opposed, signs))
assert new < old

# %% [markdown] id="failing-said"
# Left: Syn takes weight from the block that agrees and gives it to the block that opposes.
# Right: the same two cosines while $a_2$ moves from 0.01 to 100, with marks at our pair. The
# solid line lies below the dashed one everywhere but at $a_2 = 1$, where the pair is
# proportional already and they touch.
#
# **Before you run the next cell:** perhaps the trouble is only that a block *disagrees*. Let
# no block disagree: $\kappa = (0, 1)$, lengths $a = (10, 1)$, $b = (0.1, 1)$. Will Syn raise
# the cosine now?

# %% id="failing-unequal"
uneven, no_conflict = np.array([[10, 1], [0.1, 1]]), np.array([0, 1])  # move it

old_too = alignment.cosine_before(uneven, no_conflict)
new_too = alignment.cosine_after(uneven, no_conflict)
print(f"cosine before {old_too:.4f}, after {new_too:.4f}")
show(
    weights_and_sweep(uneven, no_conflict, block=1),
    alt="Left, the orthogonal block takes nearly all the weight after Syn. Right, "
    "both cosines against the length of that block; at the marked pair Syn "
    f"lowers the cosine from {old_too:.4f} to {new_too:.4f}.",
    lengths=uneven,
    kappa=no_conflict,
)
assert new_too < old_too

# %% [markdown] id="trade"
# It falls to a fifth, from 0.0990 to 0.0196, though nothing disagrees. Block 1 is
# orthogonal: it contributes nothing to the cosine but its length. It is long in
# $g_i$ alone, so before Syn it dilutes only $g_i$. Syn hands half of its energy to $g_j$,
# and now it dilutes both. (The shares drop out; "half" is for $w_i = \tfrac12$.)
#
# The ledger's proof shows the trade in one line, the last of the proof:

# %% id="theorem-proved"
prove("synergy-theorem2")

# %% [markdown] id="syn-2" tags=["slide"]
# Read step 7 of the proof slowly. With $a = \|g_i\|$ and $b = \|g_j\|$,
#
# $$\cos_{\text{after}} = \underbrace{\frac{2ab}{a^2 + b^2}}_{\le 1}\,\cos_{\text{before}}
# \;+\; \frac{1}{a^2 + b^2}\sum_k (a_k - b_k)^2\, \kappa_k .$$
#
# Syn **shrinks the old cosine** by a factor that is 1 only for equally long gradients, and
# **adds what the uneven blocks agree on**. For gradients of lengths $10 : 1$ the factor is
# 0.198. Imbalance, the very situation Syn is meant for, is where it starts with a loss.
#
# ### Exercise syn-2 · derive · level 2
#
# Constraint (10) taken at its word for one modality is another operation: leave $g_j$ as it
# is and give the blocks of $g_i$ the lengths $\|\mathcal P_i^{(k)}\| = \rho\, b_k$. Derive the
# cosine of $\mathcal P_i$ with $g_j$ and write it as the function `one_sided(b, kappa)` of
# the arrays $b_k$ and $\kappa_k$. (Does Theorem 2 hold for it? Try $b = (1, 1)$,
# $\kappa = (1, -1)$ on the first counterexample.)


# %% tags=["exercise"] id="syn-2-answer"
### BEGIN SOLUTION
def one_sided(b, kappa):
    """Σ ρ b_k · b_k · κ_k over (ρ ‖b‖)(‖b‖); ρ cancels."""
    return (b**2 * kappa).sum() / (b**2).sum()


### END SOLUTION

# %% tags=["check"] id="syn-2-check"
check("syn-2", one_sided)

# %% [markdown] id="repaired" tags=["slide"]
# On the first counterexample it gives 0, down from 0.6332: Theorem 2 fails for this reading
# too. (The best lengths for one side are not $\rho\, b_k$ but $\rho\, b_k \max(\kappa_k, 0)$,
# by Cauchy–Schwarz: lengthen what agrees, drop what opposes. That can never lower the cosine:
# `alignment.best_one_sided`, claim `synergy-one-sided-best`.)
#
# ## 7 · The theorem repaired
#
# Two things went wrong: a block disagreed, or the gradients had unequal lengths. Exclude
# both, and the trade has no losing side:
#
# > **Theorem 2, repaired.** If $\|g_i\| = \|g_j\|$ and $\kappa_k \ge 0$ for all $k$, then Syn
# > does not lower the cosine. It adds at least
# > $\frac12 \sum_k \kappa_k \big(\frac{a_k}{\|g_i\|} - \frac{b_k}{\|g_j\|}\big)^2$,
# > and exactly this much if no block is zero.
#
# First the picture: random pairs, four blocks, no block disagrees. Left: lengths as they
# fell. Right: the very same pairs, each gradient first divided by its length.

# %% id="repaired-pairs"
many = np.exp(rng.normal(size=(550, 2, 4)))  # block lengths
agree = rng.uniform(0, 1, (550, 4)) * [0, 0, 1, 1]  # two blocks orthogonal, two agree
equal = many / np.linalg.norm(many, axis=-1, keepdims=True)


def both_cosines(pairs):
    """Before and after Syn, one row each."""
    rules = (alignment.cosine_before, alignment.cosine_after)
    known = list(zip(pairs, agree, strict=True))
    return np.array([[rule(*pair) for pair in known] for rule in rules])


as_they_fell, made_equal = both_cosines(many), both_cosines(equal)
fell = as_they_fell[1] < as_they_fell[0]
assert fell.any()
assert (made_equal[1] >= made_equal[0] - 1e-12).all()

# %% id="repaired-figure"
figure, axes = plt.subplots(1, 2, figsize=(8.4, 4.1), sharex=True, sharey=True)
panels = zip(axes, (r"\ne", "="), (as_they_fell, made_equal), strict=True)
for axis, sign, (first, after) in panels:
    lost = after < first - 1e-12
    dots = {"ms": 3.5, "alpha": 0.6, "color": GREEN}
    kept, fallen = f"rose or stayed: {(~lost).sum()}", f"fell: {lost.sum()}"
    axis.plot(first[~lost], after[~lost], "o", label=kept, **dots)
    axis.plot(first[lost], after[lost], "D", ms=4, color=ORANGE, label=fallen)
    axis.plot([0, 1], [0, 1], "-", color="grey", marker="", lw=1)
    axis.set(xlabel="cosine before Syn", aspect="equal")
    axis.set_title(rf"$\|g_i\| {sign} \|g_j\|$", size=11)
    axis.legend(loc="lower right", fontsize=9, frameon=True)
axes[0].set_ylabel("cosine after Syn")
show(
    figure,
    alt="Cosine after Syn against cosine before, random pairs without disagreeing "
    "blocks. With unequal lengths a part of the pairs falls below the "
    "diagonal; with equal lengths none does.",
    unequal=as_they_fell,
    equal=made_equal,
)

# %% id="repaired-proved"
prove("synergy-repaired")

# %% [markdown] id="division" tags=["slide"]
# The heart is step 8: for two numbers $x, y$ the mean of the squares is at least the
# product, $\frac12(x^2 + y^2) \ge xy$. With lengths $x_k = a_k/\|g_i\|$, $y_k = b_k/\|g_j\|$
# this reads $p_k \ge q_k$: **every** block gains weight, and where nothing disagrees more
# weight cannot hurt.
#
# Both hypotheses are needed. Unequal lengths failed in section 6. A block that disagrees, by
# hand: $a = (24, 7)$ and $b = (20, 15)$ are equally long, 25.
# With $\kappa = (1, -1)$ the cosine was $(480 - 105)/625 = 0.6$ and becomes
# $(976 - 274)/1250 = 0.5616$.
#
# Which blocks gain in general, without equal lengths? Those with $q_k \le p_k$. With
# $x = a_k/b_k$ and $R = \|g_i\|/\|g_j\|$ this reads $R + \frac1R \le x + \frac1x$. In words:
# **iff the block is at least as lopsided as the
# whole**, where lopsided means: shorter over longer is small. If the whole is even, $R = 1$,
# every block qualifies; that is the repaired theorem once more. The more unequal the
# modalities, the fewer blocks gain (claim `synergy-lopsided`).
#
# ### One division repairs Eq. 11
#
# Gradients are hardly ever equally long. But nothing forbids forming $S_k$ from the *unit*
# gradients $g_i/\|g_i\|$ and giving the length back at the end. That is
# `alignment.project_equalised`, and it obeys the repaired theorem for gradients of any lengths.

# %% id="division-checked"
even = np.array([[24, 7], [20, 15]])
assert np.isclose(alignment.cosine_before(even, np.array([1, -1])), 0.6)
assert np.isclose(alignment.cosine_after(even, np.array([1, -1])), 0.5616)

for two in many:  # exactly the blocks at least as lopsided as the whole gain weight
    p_k = (two**2).sum(axis=0) / (two**2).sum()
    q_k = two.prod(axis=0) / np.linalg.norm(two, axis=1).prod()
    assert ((q_k <= p_k) == alignment.helpful(two)).all()

for _ in range(200):
    g = np.abs(rng.normal(size=(2, 12))) * [[rng.uniform(1, 30)], [1]]  # all κ_k > 0
    repaired = alignment.project_equalised(g, shares, blocks=4)
    assert cosine(*repaired) >= cosine(*g) - 1e-12
    assert np.isclose((repaired**2).sum(), (g**2).sum())  # energy kept, as in Eq. 11
print(f"the last pair: {cosine(*g):.3f} before, {cosine(*repaired):.3f} after")

# %% [markdown] id="floor" tags=["slide"]
# ### How far can it fall?
#
# Without the division, but still with no disagreeing block, the trade gives a floor. Its
# second term is not negative, so
#
# $$\cos_{\text{after}} \;\ge\; \frac{2ab}{a^2 + b^2}\,\cos_{\text{before}} .$$
#
# The curve below is this factor against the ratio of the lengths. The dots are the pairs from
# the left panel above. The diamonds are the counterexample $(10, 1), (0.1, 1)$ with its 10
# replaced by other lengths: they lie **on** the curve, so nothing better can be said.

# %% id="floor-figure"
ratios = np.divide(*np.linalg.norm(many, axis=-1).T[::-1])  # ‖g_j‖ / ‖g_i‖
left = as_they_fell[1] / as_they_fell[0]
moved = np.array([[[t, 1], [0.1, 1]] for t in (0.7, 1.5, 3, 6, 10, 20)])
at = np.divide(*np.linalg.norm(moved, axis=-1).T[::-1])
kept_there = [
    alignment.cosine_after(pair, no_conflict) / alignment.cosine_before(pair, no_conflict)
    for pair in moved
]
r = np.logspace(-1.6, 1.3, 200)

figure, axes = plt.subplots(figsize=(7.4, 4.0))
axes.plot(ratios, left, "o", color=GREEN, ms=3.5, alpha=0.6, label="random pairs")
axes.plot(r, 2 * r / (1 + r**2), "k-", marker="", label="floor $2ab/(a^2+b^2)$")
axes.plot(at, kept_there, "D", color=ORANGE, label="counterexample, moved")
axes.axhline(1, color="grey", lw=1)
axes.set(xscale="log", yscale="log", ylabel="cosine after / cosine before")
axes.set(xlabel=r"ratio of the lengths, $b/a = \|g_j\|/\|g_i\|$", ylim=(0.03, 60))
axes.legend(loc="upper left", fontsize=9)
show(
    figure,
    alt="What Syn keeps of the cosine against the ratio of the two lengths: all "
    "random pairs lie above a curve that is 1 at equal lengths and falls to "
    "both sides; the moved counterexample lies on the curve.",
    ratio=ratios,
    kept=left,
)
assert (left >= 2 * ratios / (1 + ratios**2) - 1e-12).all()
assert np.allclose(kept_there, 2 * at / (1 + at**2))

# %% [markdown] id="syn-3"
# ### Exercise syn-3 · break · level 2
#
# Break Theorem 2 harder: find `lengths` (two
# rows, all positive) and `kappa` (all $\ge 0$) such that Syn leaves **less than a tenth** of
# the cosine. Name them `broken_lengths` and `broken_kappa`. The floor tells you how unequal
# the gradients must be.
# (`less_than_a_tenth` in the check cell looks whether your pair qualifies.)

# %% tags=["exercise"] id="syn-3-answer"
### BEGIN SOLUTION
broken_lengths, broken_kappa = [[100, 1], [0.1, 1]], [0, 1]  # b/a is 0.01: floor 0.02
### END SOLUTION

# %% tags=["check"] id="syn-3-check"
check("syn-3", broken_lengths, broken_kappa, judge=less_than_a_tenth)

# %% [markdown] id="price" tags=["slide"]
# ## 8 · "Least-distorting": the price of the share
#
# > "This formulation yields the least-distorting alignment across modalities …" (after Eq. 11)
#
# The paper calls (9) a "general Dirichlet energy, a classical smoothness functional that
# penalizes variations between paired gradient blocks". It is a sum of squared distances, each
# block from where it came. No two blocks stand in one term, so no variation between them is
# penalised: leave the pair as it came, $\mathcal P = g$, and (9) is 0, however much the two
# gradients differ. Call it what it is, the **distortion**.
#
# In section 3 the constraints alone fixed everything once the ratio $\rho$ was given. So
# "least" can only be about the choice of $\rho$. Write $\rho = \tan\varphi$ and
# $s_k = \sqrt{S_k}$: the new lengths are $s_k \sin\varphi$ and $s_k \cos\varphi$. The whole
# distortion, both modalities, is a single cosine wave:
#
# $$D(\varphi) = \sum_k (s_k\sin\varphi - a_k)^2 + (s_k\cos\varphi - b_k)^2
# = 2\textstyle\sum S_k - 2N\cos(\varphi - \varphi_*),$$
#
# $$\tan\varphi_* = \frac{\sum_k s_k a_k}{\sum_k s_k b_k}, \qquad
# N^2 = \Big(\sum_k s_k a_k\Big)^2 + \Big(\sum_k s_k b_k\Big)^2 .$$
#
# Eq. 11 does not ask for $\varphi_*$. It takes $\sin^2\varphi_w = w_i$, from the energies
# that were accumulated over training. The difference is the **price of the share**,
# $2N(1 - \cos(\varphi_w - \varphi_*))$.
#
# (Over modality $i$ alone, as (9) is printed, the least is elsewhere again, at
# $\sin\varphi = \sum s_k a_k / \sum S_k$.)
#
# On the toy, by hand: $s = (5, 10)$, $\sum s a = 15 + 80 = 95$, $\sum s b = 20 + 60 = 80$, so
# $\tan\varphi_* = 1.1875$ where Eq. 11 takes $\tan\varphi_w = \frac43$. And
# $N = \sqrt{95^2 + 80^2} = 124.2$, so $D(\varphi_*) = 250 - 248.4 = 1.6$, while Eq. 11 pays
# $(4-3)^2 + (3-4)^2 = 2$: a price of 0.4.

# %% id="price-by-hand"
best = synergy.best_angle(toy_lengths)
assert np.isclose(np.tan(best), 95 / 80)
assert np.isclose(np.sin(synergy.best_angle_one_sided(toy_lengths)), 95 / 125)
paid = ((by_hand - toy) ** 2).sum()  # what Eq. 11 distorts
assert np.isclose(paid, 2)
assert np.isclose(paid, synergy.distortion(toy_lengths, math.atan(4 / 3)))
least = synergy.distortion(toy_lengths, best)
assert np.isclose(paid - least, synergy.price(toy_lengths, share=0.64))
print(f"least distortion {least:.4f}, Eq. 11 {paid:.4f}, price {paid - least:.4f}")

# %% id="price-figure"
# move it: block lengths of g_i and of g_j, and audio's share of the energy
cut, w_audio = np.array([[1.0, 2.0, 0.5, 1.5], [0.7, 0.9, 1.0, 1.0]]), 0.98

energy, star = (cut**2).sum(), synergy.best_angle(cut)
angles, w_all = np.linspace(0, np.pi / 2, 181), np.linspace(0, 1, 401)
curve = np.array([synergy.distortion(cut, angle) for angle in angles]) / energy
prices = np.array([synergy.price(cut, w) for w in w_all]) / energy
phi = math.asin(math.sqrt(w_audio))  # sin²φ_w = w_i
low, high = (synergy.distortion(cut, angle) / energy for angle in (star, phi))

figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.6))
axes[0].plot(np.degrees(angles), curve, "k-", marker="")
axes[0].plot(np.degrees(star), low, "o", color=GREEN, ms=9, label=r"best, $\varphi_*$")
axes[0].plot(np.degrees(phi), high, "s", color=ORANGE, ms=9, label=r"share, $\varphi_w$")
axes[0].axhline(low, color="grey", lw=1)
axes[0].vlines(np.degrees(phi), low, high, ORANGE, ":", lw=3, label="price")
axes[0].set(xlabel=r"angle $\varphi$ in degrees, $\rho=\tan\varphi$", ylim=(0, None))
axes[0].set(ylabel=r"distortion / energy, $D/\sum S_k$")
axes[0].legend(fontsize=9)
axes[1].plot(w_all, prices, "k-", marker="")
axes[1].plot(math.sin(star) ** 2, 0, "o", color=GREEN, ms=9)
axes[1].plot(w_audio, high - low, "s", color=ORANGE, ms=9)
axes[1].set(xlabel="share $w_i$", ylabel="price / energy")
show(
    figure,
    alt="Left, the distortion is a cosine wave in the angle with its minimum at "
    "the best angle; the share's angle lies higher, and the gap is the price. "
    "Right, the price is zero at one share and grows to both sides, steeply "
    "at the ends.",
    best=star,
    share=phi,
)
assert np.allclose(curve, 2 - (2 - low) * np.cos(angles - star))  # 2N/ΣS is 2 − low

# %% [markdown] id="syn-4" tags=["slide"]
# When is the price small? If the gradients at this step are split as the energies of all steps
# before were, $\varphi_w \approx \varphi_*$ and Eq. 11 is nearly the gentlest choice. It is
# dear when the present step looks unlike the past: after the strong modality has converged,
# say, while its old energy still stands in $w_i$.
#
# Note also the direction: the modality with the **larger** share gets the **longer** blocks,
# $\sqrt{w_i} : \sqrt{w_j}$. Syn by itself does not balance. It writes the history of the
# imbalance into the present step, and leaves balancing to EAR (notebook 04).
#
# ### Exercise syn-4 · implement · level 2
#
# Write `best_share(lengths)`: from the block lengths, an array of shape $(2, l)$, the share
# $w_i$ with which Eq. 11 would distort least.


# %% tags=["exercise"] id="syn-4-answer"
### BEGIN SOLUTION
def best_share(lengths):
    """sin²φ* from tan φ* = Σ s a / Σ s b."""
    a, b = lengths
    s = np.hypot(a, b)
    X, Y = (s * a).sum(), (s * b).sum()
    return X**2 / (X**2 + Y**2)


### END SOLUTION

# %% tags=["check"] id="syn-4-check"
check("syn-4", best_share)

# %% [markdown] id="count" tags=["slide"]
# ## 9 · How many blocks?
#
# With one block nothing turns. With one entry per block ($l = d$) every $\kappa_k$ is $+1$ or
# $-1$, and after Syn the cosine is 1 minus twice the share of the energy in entries of
# opposite sign. If all signs agree it is 1. Is it a climb in between?
#
# **Before you run the next cell:** here all entries are positive, so 4 blocks reach 1.
#
# $$g_i = (10,\; 0.01,\; 0.001,\; 1), \qquad g_j = (0.001,\; 0.1,\; 0.1,\; 1).$$
#
# One block leaves the cosine at 0.0996. What do two blocks, $(2 + 2)$ entries, do to it?

# %% id="count-by-hand"
climb = np.array([[10, 0.01, 0.001, 1], [0.001, 0.1, 0.1, 1]])
by_count = {n: cosine(*synergy.project(climb, shares, blocks=n)) for n in (1, 2, 4)}
print("  ".join(f"l = {n}: {value:.4f}" for n, value in by_count.items()))
assert by_count[2] < by_count[1] < by_count[4]

# %% [markdown] id="count-more"
# It falls to a third. Cut in two, the first block holds 98 % of the energy, and its cosine is
# $0.011/(10 \cdot 0.1) = 0.011$: the 10 meets a vector that points across it, along the
# second entry. More blocks are not more synergy, and not less; the dependence on $l$ has no
# rule (claim `synergy-more-blocks`).
#
# One can do better than equal cuts. The cosine after Syn is a sum over blocks,
# $\frac{1}{\sum S}\sum_k s_k\big(\frac{a_k}{b_k} + \frac{b_k}{a_k}\big)$ with
# $s_k = g_i^{(k)\top} g_j^{(k)}$ and a denominator that no cut changes. So the best places to
# cut follow from dynamic programming: the best $l$ blocks of the first $n$ entries are the
# best $l - 1$ blocks of the first $m$, and one more.
#
# On the left below is the toy, on the right a random pair with 48 entries, picked from a
# dozen because it shows so much.

# %% id="count-figure"
pick = np.random.default_rng(8)
noisy = pick.normal(size=(2, 48)) * np.exp(pick.normal(size=(2, 48)) / 2)
noisy[1] += noisy[0] / 2

figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.5))
for axis, two in zip(axes, (climb, noisy), strict=True):
    counts = range(1, two.shape[1] + 1)
    plain = [cosine(*synergy.project(two, shares, n)) for n in counts]
    chosen = [best_partition(two, n)[1] for n in counts]
    assert all(high >= low - 1e-12 for high, low in zip(chosen, plain, strict=True))
    axis.axhline(cosine(*two), color="grey", lw=1)
    axis.plot(counts, chosen, "--", color=PINK, marker="^", ms=4, label="best cuts")
    axis.plot(counts, plain, "-", color=GREEN, marker="o", ms=4, label="equal cuts")
    axis.set(xlabel="number of blocks $l$", ylabel="cosine after Syn")
axes[0].set_xticks([1, 2, 3, 4])
axes[1].legend(loc="lower left", fontsize=9)
show(
    figure,
    alt="Cosine after Syn against the number of blocks. For the toy it drops at "
    "two and three blocks and jumps to 1 at four. For a random pair of width "
    "48 it goes up and down and ends below where it began; the best cuts lie "
    "above the equal cuts and fall in the end, too.",
    equal_cuts=plain,
    best_cuts=chosen,
)
signs_differ = noisy.prod(axis=0) < 0
opposed_energy = (noisy[:, signs_differ] ** 2).sum() / (noisy**2).sum()
assert np.isclose(plain[-1], 1 - 2 * opposed_energy)  # l = d
assert plain[-1] < cosine(*noisy)

# %% [markdown] id="syn-5"
# The grey line is the cosine before Syn. On the right the finest blocks end up *below* it, and
# even the best cuts do not get better and better: from some $l$ on, cuts must be made that
# nobody wants.
#
# Why $l$ matters beyond taste: the blocks are cut along the feature axes as the network happens
# to number them. With concatenation as fusion, the features of one modality can be reordered or
# rotated, and the head with them, without changing the model (notebook 03). The blocks, the
# $\kappa_k$ and so Syn change with it. Which cuts are *meaningful* is open.
#
# ### Exercise syn-5 · critique · level 2
#
# A colleague sets $l = d$ and writes: "All entries of both gradients are positive. After Syn
# their cosine is exactly 1. So Theorem 2 holds, and the modalities agree." What is the best
# reply? Set `reply` to one letter.
#
# - **A** Right: at $l = d$ Theorem 2 holds for every pair.
# - **B** The 1 is owed to the shares; with other shares it would be another number.
# - **C** At $l = d$ only signs are left. *Every* pair of positive gradients gets cosine 1,
#   however different they are: the step is the same pattern $\sqrt{S_k}$ for both modalities.
# - **D** The 1 is a rounding effect; the true cosine stays below 1.

# %% tags=["exercise"] id="syn-5-answer"
### BEGIN SOLUTION
reply = "C"
### END SOLUTION

# %% tags=["check"] id="syn-5-check"
check("syn-5", reply)

# %% [markdown] id="zero" tags=["slide"]
# ## 10 · Where Syn has no value: a zero block
#
# > "… in a fully differentiable and data-driven manner …" (after Eq. 15)
#
# A block of zeros has no direction to keep. Let $g_i^{(k)} = t$ be a single entry, its partner
# 1, $w_i = \frac12$. Then $\mathcal P_i^{(k)} = \sqrt{(t^2 + 1)/2}\;\mathrm{sign}(t)$. **Before
# you run the next cell:** what are its limits as $t \to 0$ from the right and from the left?

# %% id="zero-figure"
w_one, partner = 0.5, 1.0  # move it

t = np.linspace(-2, 2, 202)  # 0 is not among them
entries = np.stack([t, np.full_like(t, partner)])[..., None]  # many pairs of one entry
P_t = synergy.project(entries, np.array([w_one, 1 - w_one]), blocks=1)[0, :, 0]
limit = math.sqrt(w_one) * abs(partner)

figure, axes = plt.subplots(figsize=(6.0, 3.4))
for side in (t < 0, t > 0):
    axes.plot(t[side], P_t[side], "-", color=BLUE, marker="", lw=2)
axes.plot(t, t, ":", color="grey", marker="", label="unchanged, $P_i=g_i$")
hollow = {"mfc": "none", "mec": BLUE, "mew": 1.5, "ms": 8}
axes.plot([0, 0], [-limit, limit], "o", label=r"limits $\pm\sqrt{w_i}\,|g_j|$", **hollow)
axes.plot(0, 0, "s", color=BLUE, ms=8, label="our code: 0 stays 0")
axes.set(xlabel="entry $t$ of $g_i$", ylabel="its projection $P_i$")
axes.legend(loc="upper left", fontsize=9)
show(
    figure,
    alt="The projection of a single entry jumps from minus 0.71 to plus 0.71 as "
    "the entry passes zero; at zero itself the code gives zero.",
    t=t,
    P=P_t,
)
assert np.allclose(np.abs(P_t[100:102]), limit, atol=1e-3)

# %% [markdown] id="zero-said" tags=["slide"]
# The projection jumps by $2\sqrt{w_i}\,\|g_j^{(k)}\|$, and the closer $t$ is to zero, the more
# the smallest noise decides the sign of a large step. Zero blocks do occur: dead units,
# dropout, a missing modality. $\alpha$ itself would be infinite there. The library says
# **0 stays 0**, which is what a network would want: no signal, no step. It costs two things:
#
# - energy: the block keeps only the partner's part of $S_k$ and loses $w_i\|g_j^{(k)}\|^2$;
# - the boxed line of section 4: the denominators change.
#
# By hand, from the end of that proof: $g_i = (0 \mid 1)$, $g_j = (1 \mid 1)$, so $S = (1, 2)$
# and $\kappa = (0, 1)$. The energy-weighted mean is $\frac23$; but $\|\mathcal P_i\|^2 = 2w_i$
# and $\|\mathcal P_j\|^2 = 3w_j$, so the cosine is $2/\sqrt 6 = 0.8165$.

# %% id="zero-by-hand"
gap = np.array([[0.0, 1.0], [1.0, 1.0]])
P_gap = synergy.project(gap, shares, blocks=2)
assert P_gap[0, 0] == 0
assert synergy.alpha(gap, shares, blocks=2)[0, 0] == 0
assert np.isclose(cosine(*P_gap), 2 / math.sqrt(6))
lost = (gap**2).sum() - (P_gap**2).sum()
assert np.isclose(lost, shares[0] * 1.0)  # w_i ‖g_j^(k)‖²
print(f"cosine {cosine(*P_gap):.4f}, energy lost {lost:.2f}")

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. Syn gives each block of modality $i$ the length $\sqrt{w_i S_k}$ and keeps its direction:
#    no block is ever rotated, and with one block nothing is.
# 2. After it the cosine is the energy-weighted mean of the block cosines; the shares drop out.
# 3. Theorem 2 fails in general. It holds for equally long gradients without disagreeing blocks,
#    and one division (unit gradients first) makes the lengths equal. Else: at worst
#    $2ab/(a^2 + b^2)$ of the cosine is kept if no block disagrees.
# 4. Eq. 11 solves (9) with $\mathcal P_j$ and *squared* lengths in (10). It distorts least only
#    if the share happens to be $\sin^2\varphi_*$; the price is
#    $2N(1 - \cos(\varphi_w - \varphi_*))$.
# 5. The number of blocks has no safe direction; a zero block has no limit, and 0 stays 0.
#
# What Eq. 15 makes of Syn, a gate per block that mixes $\mathcal P_i^{(k)}$ with $g_i^{(k)}$, is
# the business of notebook 07. How training fares with it is measured, not proved: notebook 12.
#
# **Further reading.** The paper *Reconcile Gradient Modulation* (AAAI 2026), Theorem 2 and
# Eqs. 9–11. Yu et al. 2020, *Gradient surgery for multi-task learning* (PCGrad), which projects
# whole gradients where Syn rescales blocks. Wu et al. 2022, *Characterizing and overcoming the
# greedy nature of learning in multi-modal deep neural networks*, on why one modality is left
# behind. All claims on this idea, with their proofs, are in `derivations/synergy/`.
