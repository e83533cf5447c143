# %% [markdown] id="title"
# # 06 · Orthogonal: turn two gradients apart, as little as possible
#
# Two modalities fight when their gradients point against each other, $c < 0$. RGM's
# answer is **Orth**, the *Conflict Orthogonalization Projection*: turn both until they
# are at right angles, and change them as little as possible on the way. Eq. 12 of the
# paper states the problem, Eq. 13 is its solution. There are two indices to exchange in
# Eq. 13, and then there is an even better formula.
#
# **You will do:** compute Eq. 13 with a pencil, by loops, by arrays and by the library;
# watch what the printed indices do; turn a parallelogram into a rectangle; solve six
# exercises.
#
# **You will learn:** what Eq. 13 solves and what it leaves of a conflict; who does the
# turning; the exact solution, and where it has to choose; how Orth and PCGrad are
# related; what three modalities need that pairs do not.
#
# **You need:** notebook 03 (plane): shares $w_i = E_i/\sum_j E_j$ and the cosine $c$.
# Lagrange multipliers, eigenvectors of a symmetric matrix.
#
# **How long:** the cells run in about ten seconds. Reading takes 60 minutes, the
# exercises another 45.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
import math

import matplotlib.pyplot as plt
import numpy as np

from course.exercises.orthogonal import worse_than_nothing
from course.figure import BLUE, GREEN, ORANGE, PINK, RED, SKY, arrow
from rgm_ref import fusion
from rgm_ref.frame import nearest_frame, polar
from rgm_ref.oracles import nearest_orthogonal
from rgm_ref.orthogonal import FORMS, adjust
from rgm_ref.plane import nonconflict
from rgm_ref.rules import pcgrad


def cosine(pair):
    """The cosine of two vectors, the plain way."""
    return float(pair[0] @ pair[1] / math.sqrt((pair[0] @ pair[0]) * (pair[1] @ pair[1])))


def pair_at(long_i, long_j, c):
    """Two vectors in the plane of these lengths and with cosine c, the first along x."""
    return np.array([[long_i, 0.0], [long_j * c, long_j * math.sqrt(1 - c**2)]])


# %% [markdown] id="picture"
# ## 1 · First the picture
#
# One pair, audio's gradient $g_i$ (blue, solid) and video's $g_j$ (red, dashed), at an
# angle of 155°. Pale: as they came. Arrows: after Orth, in three forms.
#
# - **printed**: Eq. 13 as it stands in the paper;
# - **linear**: Eq. 13 with its indices put right;
# - **exact**: the true solution of the paper's problem, which the paper does not give.

# %% id="picture-three"
# move it: lengths of g_i and of g_j, the angle between them, the weight of g_i
long_i, long_j, degrees, weight = 2.0, 1.0, 155, 0.7


def panel(axis, old, new, title, names=(r"$\tilde g_i$", r"$\tilde g_j$")):
    """A pair before (broad, pale) and after (arrows)."""
    looks = zip(old, new, (BLUE, RED), ("-", "--"), names, strict=True)
    for before, after, colour, dash, name in looks:
        pale = {"color": colour, "lw": 8, "alpha": 0.25, "marker": "", "ls": "-"}
        axis.plot(*np.stack([[0, 0], before], axis=1), solid_capstyle="butt", **pale)
        arrow(axis, after, name, colour, dash=dash)
    axis.set_title(title.replace("-", "−"), size=11)
    axis.set(aspect="equal")
    axis.margins(0.14)


given = pair_at(long_i, long_j, math.cos(math.radians(degrees)))
w_given = np.array([weight, 1 - weight])
three = {form: given + adjust(given, w_given, form) for form in FORMS}
figure, axes = plt.subplots(1, 3, figsize=(8.8, 2.7), sharex=True, sharey=True)
for axis, (form, after) in zip(axes, three.items(), strict=True):
    panel(axis, given, after, f"{form}: cosine {cosine(given):.2f} → {cosine(after):.2f}")
    axis.set_xlabel("first feature")
axes[0].set_ylabel("second feature")
show(
    figure,
    alt="The same pair of opposed gradients three times. The printed form turns the short one "
    "past the right angle to the other side; the linear form leaves a little conflict; the "
    "exact form makes a right angle.",
    before=given,
    **three,
)

# %% [markdown] id="picture-said"
# The exact form makes a right angle. The linear form nearly does, and shortens both. The
# printed form throws video over to the other side: it began as audio's opponent and ends up
# with a cosine of $+0.85$.
#
# **Move it:** change the numbers of the cell and run it again. At `weight = 0.5` the printed
# and the linear form are the same picture; so they are for equal lengths. A test
# on balanced modalities cannot see the difference. And try an angle of 179°.
#
# ## 2 · The problem, and its solution by hand
#
# > "… we seek to rotate the gradients of the conflicting modalities to become orthogonal,
# > while minimizing deviation from their original directions." (before Eq. 12)
#
# With $\tilde g_i = g_i + \mathcal O_i$ and $\tilde g_j = g_j + \mathcal O_j$:
#
# $$\min_{\mathcal O_i, \mathcal O_j}\; w_i\|\mathcal O_i\|^2 + w_j\|\mathcal O_j\|^2
# \quad\text{s.t.}\quad \tilde g_i^\top \tilde g_j = 0. \qquad (12)$$
#
# Write $s = g_i^\top g_j$, $a = \|g_i\|$, $b = \|g_j\|$. The product
# $(g_i + \mathcal O_i)^\top(g_j + \mathcal O_j)$ has four terms. Drop the smallest,
# $\mathcal O_i^\top\mathcal O_j$, and the constraint is a straight one. The solution then is
#
# $$\boxed{\;\mathcal O_i = -\frac{w_j\, s}{A}\, g_j, \quad
# \mathcal O_j = -\frac{w_i\, s}{A}\, g_i, \quad A = w_i a^2 + w_j b^2\;}$$
#
# Each moves along the **other** one. The paper prints the same with
# $B = w_i b^2 + w_j a^2$ below the line.
#
# **A toy for the pencil.** Audio has spent two thirds of the energy so far:
#
# $$g_i = (2, 0), \qquad g_j = (-1, 1), \qquad w = (\tfrac23, \tfrac13).$$
#
# $s = -2$, $a^2 = 4$, $b^2 = 2$, so $c = -2/\sqrt 8 = -0.707$: an angle of 135°.
#
# | | corrected | as printed |
# |:--|:--:|:--:|
# | below the line | $A = \frac83 + \frac23 = \frac{10}{3}$ | $B = \frac43 + \frac43 = \frac83$ |
# | $\mathcal O_i$ | $\frac{2/3}{10/3}\, g_j = \frac15 g_j = (-0.2,\, 0.2)$ | $\frac14 g_j = (-0.25,\, 0.25)$ |
# | $\mathcal O_j$ | $\frac{4/3}{10/3}\, g_i = \frac25 g_i = (0.8,\, 0)$ | $\frac12 g_i = (1,\, 0)$ |
# | $\tilde g_i$ | $(1.8,\, 0.2)$ | $(1.75,\, 0.25)$ |
# | $\tilde g_j$ | $(-0.2,\, 1)$ | $(0,\, 1)$ |
# | $\tilde g_i^\top\tilde g_j$ | $-0.36 + 0.2 = -0.16$ | $+0.25$ |
#
# The product was $-2$. The corrected form leaves $-0.16$, less than a tenth. The printed one
# has gone too far: the sign is another one.

# %% id="by-hand"
toy, toy_shares = np.array([[2.0, 0], [-1, 1]]), np.array([2, 1]) / 3
by_hand = np.array([[-0.2, 0.2], [0.8, 0]])
assert np.allclose(adjust(toy, toy_shares, "linear"), by_hand)
assert np.allclose(adjust(toy, toy_shares, "printed"), [[-0.25, 0.25], [1, 0]])
for name in ("printed", "linear"):
    after_toy = toy + adjust(toy, toy_shares, name)
    print(f"{name:7s} product {after_toy[0] @ after_toy[1]:5.2f}, cosine {cosine(after_toy):6.3f}")

# %% [markdown] id="three-ways"
# ### Loops, arrays, library
#
# The formula entry by entry; then for a whole batch of pairs at once, as $(2, n, d)$; then
# the library, which also takes a zero gradient and does not underflow.


# %% id="naive"
def orth_naive(g_i, g_j, w_i, w_j):
    """O_i and O_j of Eq. 13, corrected, for one pair by loops."""
    s = sum(x * y for x, y in zip(g_i, g_j, strict=True))
    own, partner = sum(x * x for x in g_i), sum(y * y for y in g_j)
    A = w_i * own + w_j * partner
    return [-w_j * s / A * y for y in g_j], [-w_i * s / A * x for x in g_i]


# %% id="three-equal"
def orth_vectorised(g, w):
    """The same for gradients (2, n, d) and weights (2, n)."""
    s = (g[0] * g[1]).sum(axis=-1)  # (n,)
    A = (w * (g**2).sum(axis=-1)).sum(axis=0)  # (n,)
    return (-w[::-1] * s / A)[..., None] * g[::-1]  # partner's weight, partner's gradient


batch = rng.normal(size=(2, 20, 6)) * [[[3]], [[1]]]
w_batch = rng.dirichlet([1, 1], size=20).T
naive = [orth_naive(*batch[:, n], *w_batch[:, n]) for n in range(20)]
assert np.allclose(np.swapaxes(naive, 0, 1), orth_vectorised(batch, w_batch))
assert np.allclose(orth_vectorised(batch, w_batch), adjust(batch, w_batch))
print("20 pairs: loops, arrays and library agree")

# %% [markdown] id="orth-1"
# ### Exercise orth-1 · compute · level 1
#
# With a pencil: $g_i = (3, 1)$, $g_j = (-2, 1)$, $E_i : E_j = 3 : 2$. Give $\mathcal O_i$ and
# $\mathcal O_j$ of Eq. 13, corrected, as the two rows of the array `adjusted`.

# %% id="orth-1-hint"
hint("orth-1")  # numbers 2 and 3 say more

# %% tags=["exercise"] id="orth-1-answer"
### BEGIN SOLUTION
# s = −5, A = 0.6·10 + 0.4·5 = 8: O_i = (0.4·5/8) g_j, O_j = (0.6·5/8) g_i
adjusted = np.array([[-0.5, 0.25], [1.125, 0.375]])
### END SOLUTION

# %% tags=["check"] id="orth-1-check"
check("orth-1", adjusted)

# %% [markdown] id="denominator"
# ## 3 · Where the denominator comes from
#
# The derivation is short, and the paper's "full derivation is given in the *Appendix*" was
# not at hand; so here is one, checked line by line by the machine. The idea in words: moving
# $g_i$ by $x\,g_j$ changes the product by $x\,b^2$ and costs $w_i x^2 b^2$. Moving $g_j$ by
# $y\,g_i$ changes it by $y\,a^2$ and costs $w_j y^2 a^2$. At the best split the last bit of
# change costs the same on both sides: $w_i x = w_j y$. So $x : y = w_j : w_i$, and
# $x = -w_j s/A$ is what $s + x b^2 + y a^2 = 0$ then asks for: $x\,b^2$ brings
# $w_j b^2$ into $A$, **each weight beside its own norm**.

# %% id="denominator-proved"
prove("orth-denominator")

# %% [markdown] id="oracle"
# Do not trust algebra alone. SciPy's constrained optimizers know no closed form: they get the
# objective and the constraint and search from several starts. Problem (12) with the straight
# constraint must give the linear form, problem (12) itself the exact one (its formula
# comes in section 7). The printed form must be neither.

# %% id="oracle-scipy"
for straight, right in ((True, "linear"), (False, "exact")):
    for _ in range(4):
        g, w = rng.normal(size=(2, 4)) * [[3], [1]], rng.dirichlet([2, 2])
        found = nearest_orthogonal(g, w, rng, starts=2, linearised=straight).point
        assert np.allclose(found, adjust(g, w, right), atol=1e-5)
        assert not np.allclose(found, adjust(g, w, "printed"), atol=1e-2)
print("SciPy finds the linear and the exact form, and never the printed one")

# %% [markdown] id="who"
# ## 4 · Who turns more?
#
# > "The contribution weights $w_i$ and $w_j$ guide the responsibility of each modality in the
# > adjustment: dominant modalities are rotated more, while weaker ones retain stability."
# > (after Eq. 12)
#
# **Before you run the next cell:** in the toy audio dominates by length and by share. Its
# adjustment is $(-0.2, 0.2)$, video's is $(0.8, 0)$. Who moved more, for its length? And what do
# the two relative adjustments add up to?

# %% id="who-by-hand"
moved = np.linalg.norm(by_hand, axis=1) / np.linalg.norm(toy, axis=1)
print(f"audio {moved[0]:.4f}, video {moved[1]:.4f}, sum {moved.sum():.4f}")
assert moved[0] < moved[1]  # not "dominant modalities are rotated more"
assert np.isclose(moved.sum(), abs(cosine(toy)))

# %% [markdown] id="conservation"
# Video, four times as much. And the sum is $0.7071 = |c|$. Both are general. Call
# $w_i a^2$ the **load** of a modality, and $t = w_j b^2/A$ the part that $g_j$ has in
# the load of both. From $|s| = ab\,|c|$:
#
# $$\frac{\|\mathcal O_i\|}{\|g_i\|} = \frac{w_j\,|s|\,b}{A\,a} = |c|\,t, \qquad
# \frac{\|\mathcal O_j\|}{\|g_j\|} = |c|\,(1 - t).$$
#
# **Conservation of responsibility:** the relative adjustments add up to $|c|$, whatever the
# weights are. The weights only say whose part is which. A large weight in (12) makes a
# change *expensive*, so the dominant modality is **spared**. For the exact form the same holds
# of the angles by which the two turn: they add up to $\arcsin|c|$, here 45°.
#
# Below, the toy's gradients with all weights from 0 to 1. **Move it.**

# %% id="conservation-figure"
shown_pair = toy  # move it: any two gradients

w_i = np.linspace(0.001, 0.999, 200)
pairs = np.repeat(shown_pair[:, None], 200, axis=1)
w_all = np.stack([w_i, 1 - w_i])
parts = np.linalg.norm(adjust(pairs, w_all), axis=-1) / np.linalg.norm(pairs, axis=-1)
ends = pairs + adjust(pairs, w_all, "exact")
turns = np.degrees([np.arccos([cosine(both) for both in zip(pairs[k], ends[k], strict=True)])
                    for k in (0, 1)])  # fmt: skip
assert np.allclose(parts.sum(axis=0), abs(cosine(shown_pair)))
assert np.allclose(turns.sum(axis=0), np.degrees(np.arcsin(abs(cosine(shown_pair)))))

figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.4))
for axis, values in zip(axes, (parts, turns), strict=True):
    axis.plot(w_i, values[0], "-", color=BLUE, marker="o", markevery=25, label="audio, $i$")
    axis.plot(w_i, values[1], "--", color=RED, marker="s", markevery=25, label="video, $j$")
    axis.plot(w_i, values.sum(axis=0), "-", color="grey", marker="", lw=3, label="sum")
    axis.set(xlabel="weight of audio, $w_i$", ylim=(0, 1.25 * values.sum(axis=0)[0]))
axes[0].set_ylabel(r"linear: adjustment $\|O\|/\|g\|$")
axes[1].set_ylabel(r"exact: angle turned, degrees")
axes[1].legend(loc="upper right", fontsize=9, ncols=3)
show(
    figure,
    alt="Relative adjustments, and angles of the exact form, against audio's weight. Audio's "
    "falls, video's rises, and their sum is a horizontal line in both panels.",
    w_i=w_i,
    adjustments=parts,
    angles=turns,
)

# %% [markdown] id="orth-2"
# The curves cross where the loads are equal, $w_i a^2 = w_j b^2$; here at $w_i = \frac13$. To
# the right of it audio turns less. With the energy shares of the moment, $w_i \propto a^2$, the
# loads are as $a^4 : b^4$: the weaker modality does nearly all the turning. (All of this is
# claim `orth-dominant`, verdict *fails*, and `orth-responsibility`. The swapped
# indices do not change it: they multiply both parts alike.)
#
# ### Exercise orth-2 · derive · level 2
#
# Derive the weights with which both gradients change by the **same part of their length**. Write
# them as the function `fair_weights(g)` of the pair $(2, d)$; they should sum to 1.


# %% tags=["exercise"] id="orth-2-answer"
### BEGIN SOLUTION
def fair_weights(g):
    """t = ½ means w_i a² = w_j b²: weights in proportion to 1/‖g‖²."""
    inverse = 1 / (g**2).sum(axis=1)
    return inverse / inverse.sum()


### END SOLUTION

# %% tags=["check"] id="orth-2-check"
check("orth-2", fair_weights)

# %% [markdown] id="overshoot"
# ## 5 · What the swapped indices do
#
# > "This formulation reduces gradient interference by promoting directional separation …"
# > (after Eq. 13)
#
# Printed over right is $A/B$, so the relative adjustments add up to $|c|\,A/B$ instead of
# $|c|$. With energy shares of the moment, $w_i = a^2/(a^2+b^2)$,
#
# $$\frac AB = \frac{a^4 + b^4}{2\,a^2 b^2} \;\ge\; 1 .$$
#
# **Before you run the next cell:** lengths $10 : 1$, $c = -\frac12$, energy shares
# $\frac{100}{101}, \frac1{101}$. Half of video's length points against audio, so it has to move
# by half its length. By how much does the printed form move it?

# %% id="overshoot-by-hand"
ten = pair_at(10, 1, -0.5)
w_ten = np.array([100, 1]) / 101
for name in ("linear", "printed"):
    step = adjust(ten, w_ten, name)
    length = np.linalg.norm(step[1])
    print(f"{name:7s} video moves by {length:.3f}, new cosine {cosine(ten + step):.4f}")
assert np.isclose(np.linalg.norm(adjust(ten, w_ten, "printed")[1]), 25)  # 50.005 · 0.49995
assert cosine(ten + adjust(ten, w_ten, "printed")) > 0.9994

# %% [markdown] id="overshoot-said"
# By 25 times its own length. Afterwards video's gradient is audio's: cosine 0.9995. By hand:
# $B = \frac{200}{101}$ and $s = -5$, so
# $\mathcal O_j = \frac{100 \cdot 5}{200}\, g_i = 2.5\, g_i$, and $g_i$ is 10 long. The conflict
# is gone because the weaker modality has been overwritten.
#
# The picture for all ratios; the scale on the left is logarithmic. **Move it:** `c_start`.

# %% id="overshoot-figure"
c_start = -0.5  # move it: between −1 and 0

ratios = np.logspace(0, 1.5, 120)
swept = np.stack([pair_at(ratio, 1, c_start) for ratio in ratios], axis=1)
energy = (swept**2).sum(axis=-1)
w_swept = energy / energy.sum(axis=0)  # energy shares of the moment
movement, remaining = {}, {}
for form in ("printed", "linear"):
    step_all = adjust(swept, w_swept, form)
    movement[form] = np.linalg.norm(step_all, axis=-1).T @ [0, 1]  # video is 1 long
    remaining[form] = nonconflict(swept + step_all)[0, 1]

figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.5))
styles = {"printed": ("--", ORANGE, "D"), "linear": ("-", GREEN, "o")}
for form, (dash, colour, mark) in styles.items():
    look = {"ls": dash, "color": colour, "marker": mark, "markevery": 17, "label": form}
    axes[0].plot(ratios, movement[form], **look)
    axes[1].plot(ratios, remaining[form], **look)
axes[0].axvline(math.sqrt(2 + math.sqrt(3)), color="grey", lw=1)
axes[1].axvline(math.sqrt(2 + math.sqrt(3)), color="grey", lw=1)
axes[0].set(xscale="log", yscale="log", ylabel=r"movement of video, $\|O_j\|/\|g_j\|$")
axes[1].set(xscale="log", ylim=(-1.05, 1.05), ylabel=r"cosine after, $\cos(\tilde g_i,\tilde g_j)$")
axes[1].axhline(c_start, color="grey", lw=1, ls=":")
for axis in axes:
    axis.set(xlabel=r"ratio of the lengths, $\|g_i\|/\|g_j\|$")
    axis.set_xticks([1, 2, 5, 10, 30], ["1", "2", "5", "10", "30"])
    axis.minorticks_off()
axes[0].legend(loc="upper left")
show(
    figure,
    alt="Left, on logarithmic scales: the printed form moves video ever further as the ratio of "
    "the lengths grows, past 200 times its length at 30 to 1; the linear form stays at one half. "
    "Right: the cosine after the printed form climbs to 1, after the linear form it goes to 0.",
    ratio=ratios,
    movement_printed=movement["printed"],
    movement_linear=movement["linear"],
    cosine_printed=remaining["printed"],
    cosine_linear=remaining["linear"],
)
needed = (ratios**4 + 1) / (2 * ratios**2)
assert np.allclose(movement["printed"], needed * movement["linear"])

# %% [markdown] id="orth-3"
# The dotted line on the right is the conflict before. Imbalance is the regime that RGM is for, and
# it is where the misprint hurts: beyond a ratio of about two (thin line) it leaves *more*
# interference than there was. Where shares and lengths disagree it errs the other way and does
# next to nothing: with the shares exchanged, $A/B = 0.02$ at $10 : 1$. Whether the paper's
# experiments ran the printed or the right form cannot be seen from its text; that is **open**.
#
# From here on "Eq. 13" means the corrected form; the library calls it `linear` and uses it by
# default. `printed` is there for comparison.
#
# ### Exercise orth-3 · break · level 2
#
# Find the place of the thin line: a pair with $-0.5 \le c < 0$ and lengths at most $2 : 1$ that has a
# **larger** cosine, in absolute value, after the printed form (with energy shares) than before.
# Call it `broken`. Hint: for a mild conflict what is left is nearly $c\,(1 - A/B)$.

# %% tags=["exercise"] id="orth-3-answer"
### BEGIN SOLUTION
# |1 − A/B| > 1 means A/B > 2: ρ⁴ − 4ρ² + 1 > 0, so ρ² > 2 + √3, ρ > 1.932
broken = pair_at(1.97, 1, -0.1)
### END SOLUTION

# %% tags=["check"] id="orth-3-check"
check("orth-3", worse_than_nothing(broken))

# %% [markdown] id="remains"
# ## 6 · What the linear form leaves
#
# Eq. 13 solves the problem with a straight constraint. What it dropped,
# $\mathcal O_i^\top\mathcal O_j$, is exactly what remains. Multiply out: the first three
# terms cancel, and
#
# $$\tilde g_i^\top\tilde g_j = \mathcal O_i^\top\mathcal O_j
# = s \cdot \frac{w_i w_j s^2}{A^2} = s \cdot c^2\, t(1-t) .$$
#
# The sign is that of $s$, and as $t(1-t) \le \frac14$ **at most a quarter** is left. On the toy:
# $t = \frac15$, $c^2 = \frac12$, so $\frac12 \cdot \frac4{25} = 0.08$, and $0.08 \cdot (-2) = -0.16$. The
# toy's table said so.
#
# A quarter of the *product* is not a quarter of the *cosine*: both gradients have become
# shorter. For the cosine the bound is
#
# $$|c'| \;\le\; \frac{|c|^3}{4 - 3c^2} .$$
#
# **Before you run the next cell:** three pairs with equal lengths and weights,
# $c = -0.5,\; -0.9,\; -1$. Which of them is nearest to a right angle afterwards?

# %% id="remains-three"
half = np.array([0.5, 0.5])
for c in (-0.5, -0.9, -1.0):
    shorter = pair_at(1, 1, c) + adjust(pair_at(1, 1, c), half)
    print(f"c = {c:4.1f}: cosine after {cosine(shorter):7.4f}, length {np.hypot(*shorter[0]):.3f}")
    assert np.isclose(cosine(shorter), c**3 / (4 - 3 * c**2))

# %% [markdown] id="near"
# > "… enforcing near-orthogonality for high-conflict modality gradients …" (on Table 3)
#
# It is the other way round. Mild conflict is resolved well, $-0.5 \to -0.04$. Of $-0.9$ one half is
# left. And $-1$ **stays** $-1$: two opposed arrows can only be shortened along their common line,
# here to a half, and never turned. (With the soft gates of Eq. 15 somewhat more remains; see
# notebook 07.)
#
# Left below: the part of the product that is left, for random pairs, against $t$. The curves are
# $c^2\,t(1-t)$. Right: the cosine after against the cosine before.

# %% id="remains-figure"
count = 500  # move it
before_c = rng.uniform(-1, 0, count) ** np.array([[1], [1 / 3]])[rng.integers(2)] if False else (
    -np.sqrt(rng.uniform(0, 1, count)))
lengths = np.exp(rng.normal(size=(2, count)))
random_pairs = np.stack([pair_at(*lengths[:, n], before_c[n]) for n in range(count)], axis=1)
