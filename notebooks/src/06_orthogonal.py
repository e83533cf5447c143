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
# **How long:** the cells run in about fifteen seconds. Reading takes 60 minutes, the
# exercises another 45.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
import math

import numpy as np
from course import pairs
from course.exercises.orthogonal import worse_than_nothing
from course.pairs import cosine, frame_cost, pair_at

from rgm_ref import fusion
from rgm_ref.frame import nearest_frame, polar
from rgm_ref.oracles import nearest_orthogonal
from rgm_ref.orthogonal import FORMS, adjust
from rgm_ref.plane import nonconflict
from rgm_ref.rules import pcgrad

# %% [markdown] id="picture" tags=["slide"]
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

c_given = math.cos(math.radians(degrees))
given = pair_at(long_i, long_j, c_given, first=-45)  # g_i towards the lower right
w_given = np.array([weight, 1 - weight])
three = {form: given + adjust(given, w_given, form) for form in FORMS}
show(
    pairs.panels(given, three),
    alt="The same pair of opposed gradients three times. The printed form turns the "
    "short one past the right angle to the other side; the linear form leaves a "
    "little conflict; the exact form makes a right angle.",
    before=given,
    **three,
)

# %% [markdown] id="picture-said" tags=["slide"]
# The exact form makes a right angle. The linear form nearly does, and shortens both. The
# printed form throws video over to the other side: it began as audio's opponent and ends up
# with a cosine of $+0.76$.
#
# **Move it:** change the numbers of the cell and run it again. At `weight = 0.5` the
# printed and the linear form are the same picture; so they are for equal lengths. A test
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
# $(g_i + \mathcal O_i)^\top(g_j + \mathcal O_j)$ has four terms. Drop the one of second
# order, $\mathcal O_i^\top\mathcal O_j$, and the constraint is a straight one. The
# solution then is
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
# For $\mathcal O_i$ the numerator is $-w_j s = \frac23$, for $\mathcal O_j$ it is
# $-w_i s = \frac43$.
#
# | | corrected | as printed |
# |:--|:--:|:--:|
# | below the line | $A = \frac83 + \frac23 = \frac{10}{3}$ | $B = \frac43 + \frac43 = \frac83$ |
# | $\mathcal O_i$ | $\frac15 g_j = (-0.2,\, 0.2)$ | $\frac14 g_j = (-0.25,\, 0.25)$ |
# | $\mathcal O_j$ | $\frac25 g_i = (0.8,\, 0)$ | $\frac12 g_i = (1,\, 0)$ |
# | $\tilde g_i$ | $(1.8,\, 0.2)$ | $(1.75,\, 0.25)$ |
# | $\tilde g_j$ | $(-0.2,\, 1)$ | $(0,\, 1)$ |
# | $\tilde g_i^\top\tilde g_j$ | $-0.36 + 0.2 = -0.16$ | $+0.25$ |
#
# The product was $-2$. The corrected form leaves $-0.16$, less than a tenth. The printed
# one has gone too far: the sign is another one.

# %% id="by-hand"
toy, toy_shares = np.array([[2.0, 0], [-1, 1]]), np.array([2, 1]) / 3
by_hand = np.array([[-0.2, 0.2], [0.8, 0]])
assert np.allclose(adjust(toy, toy_shares, "linear"), by_hand)
assert np.allclose(adjust(toy, toy_shares, "printed"), [[-0.25, 0.25], [1, 0]])
for name in ("printed", "linear"):
    i_now, j_now = toy + adjust(toy, toy_shares, name)
    print(f"{name:7s} product {i_now @ j_now:5.2f}, cosine {cosine([i_now, j_now]):6.3f}")

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
# With a pencil: $g_i = (3, 1)$, $g_j = (-2, 1)$, $E_i : E_j = 3 : 2$. Give $\mathcal O_i$
# and $\mathcal O_j$ of Eq. 13, corrected, as the two rows of the array `adjusted`.

# %% id="orth-1-hint"
hint("orth-1")  # numbers 2 and 3 say more

# %% tags=["exercise"] id="orth-1-answer"
### BEGIN SOLUTION
# s = −5, A = 0.6·10 + 0.4·5 = 8: O_i = (0.4·5/8) g_j, O_j = (0.6·5/8) g_i
adjusted = np.array([[-0.5, 0.25], [1.125, 0.375]])
### END SOLUTION

# %% tags=["check"] id="orth-1-check"
check("orth-1", adjusted)

# %% [markdown] id="denominator" tags=["slide"]
# ## 3 · Where the denominator comes from
#
# The paper puts its derivation into an appendix that we do not have.
# So here is one, checked line by line by the machine. The idea in words: moving $g_i$ by
# $x\,g_j$ changes the product by $x\,b^2$ and costs $w_i x^2 b^2$. Moving $g_j$ by
# $y\,g_i$ changes it by $y\,a^2$ and costs $w_j y^2 a^2$. At the best split the last bit
# of change costs the same on both sides: $w_i x = w_j y$. So $x : y = w_j : w_i$, and
# $x = -w_j s/A$ is what $s + x b^2 + y a^2 = 0$ then asks for: $x\,b^2$ brings $w_j b^2$
# into $A$, **each weight beside its own norm**.

# %% id="denominator-proved"
prove("orth-denominator")

# %% [markdown] id="oracle"
# Do not trust algebra alone. SciPy's constrained optimizers know no closed form: they get
# the objective and the constraint and search from several starts. Problem (12) with the
# straight constraint must give the linear form, problem (12) itself the exact one (its
# formula comes in section 7). The printed form must be neither.

# %% id="oracle-scipy"
for straight, right in ((True, "linear"), (False, "exact")):
    for _ in range(4):
        g, w = rng.normal(size=(2, 4)) * [[3], [1]], np.array([0.8, 0.2])
        found = nearest_orthogonal(g, w, rng, starts=2, linearised=straight).point
        assert np.allclose(found, adjust(g, w, right), atol=1e-5)
        assert not np.allclose(found, adjust(g, w, "printed"), atol=1e-2)
print("SciPy finds the linear and the exact form, and never the printed one")

# %% [markdown] id="who" tags=["slide"]
# ## 4 · Who turns more?
#
# > "The contribution weights $w_i$ and $w_j$ guide the responsibility of each modality in
# > the adjustment: dominant modalities are rotated more, while weaker ones retain
# > stability." (after Eq. 12)
#
# **Before you run the next cell:** in the toy audio dominates by length and by share. Its
# adjustment is $(-0.2, 0.2)$, video's is $(0.8, 0)$. Who moved more, for its length? And
# what do the two relative adjustments add up to?

# %% id="who-by-hand"
moved = np.linalg.norm(by_hand, axis=1) / np.linalg.norm(toy, axis=1)
print(f"audio {moved[0]:.4f}, video {moved[1]:.4f}, sum {moved.sum():.4f}")
assert moved[0] < moved[1]  # not "dominant modalities are rotated more"
assert np.isclose(moved.sum(), abs(cosine(toy)))

# %% [markdown] id="conservation" tags=["slide"]
# Video, four times as much. And the sum is $0.7071 = |c|$. Both are general. Call
# $w_i a^2$ the **load** of a modality, and $t = w_j b^2/A$ the part that $g_j$ has in
# the load of both. From $|s| = ab\,|c|$:
#
# $$\frac{\|\mathcal O_i\|}{\|g_i\|} = \frac{w_j\,|s|\,b}{A\,a} = |c|\,t, \qquad
# \frac{\|\mathcal O_j\|}{\|g_j\|} = |c|\,(1 - t).$$
#
# **Conservation of responsibility:** the relative adjustments add up to $|c|$, whatever
# the weights are. The weights only say whose part is which. A large weight in (12) makes
# a change *expensive*, so the dominant modality is **spared**. For the exact form the
# same holds of the angles by which the two turn: they add up to $\arcsin|c|$, here 45°.
#
# Below, the toy's gradients with all weights from 0 to 1. **Move it.**

# %% id="conservation-figure"
shown_pair = toy  # move it: any two gradients

w_i = np.linspace(0.001, 0.999, 200)
w_all = np.stack([w_i, 1 - w_i])
many = np.repeat(shown_pair[:, None], 200, axis=1)  # (2, 200, 2)
long = np.linalg.norm(many, axis=-1)
parts = np.linalg.norm(adjust(many, w_all), axis=-1) / long
# exact form: O_i ⟂ g̃_i, so sin δ_i = ‖O_i‖/‖g_i‖
sines = np.linalg.norm(adjust(many, w_all, "exact"), axis=-1) / long
turns = np.degrees(np.arcsin(sines))
assert np.allclose(parts.sum(axis=0), abs(cosine(shown_pair)))
assert np.allclose(turns.sum(axis=0), np.degrees(np.arcsin(abs(cosine(shown_pair)))))
intent = (many * (many + adjust(many, w_all))).sum(axis=-1) / long**2
show(
    pairs.responsibility(w_i, parts, turns),
    alt="Relative adjustments, and angles of the exact form, against audio's weight. "
    "Audio's falls, video's rises, their sum is a horizontal line in both panels.",
    w_i=w_i,
    adjustments=parts,
    angles=turns,
)
assert np.allclose(intent, 1 - abs(cosine(shown_pair)) * parts)  # 1 − c² t, see below

# %% [markdown] id="orth-2"
# The curves cross where the loads are equal, $w_i a^2 = w_j b^2$; here at
# $w_i = \frac13$. To the right of it audio turns less. With the energy shares of the
# moment, $w_i \propto a^2$, the loads are as $a^4 : b^4$: at lengths $2 : 1$ the weaker
# modality already does 94 % of the work. (All of this is claim `orth-dominant`, verdict
# *fails*, and `orth-responsibility`. The swapped indices do not change it: they multiply
# both parts alike.)
#
# Another sentence of the paper says the opposite, and it **holds**: Orth works "while
# preserving modality intent in proportion to their optimization impact" (after Eq. 13). Of
# $g_i$ there is kept, along $g_i$ itself, the part $1 - c^2 t$, in the toy $0.9$ for audio
# and $0.6$ for video: the larger the own part of the load, the more (claim `orth-intent`;
# the last assertion above).
#
# ### Exercise orth-2 · derive · level 2
#
# Derive the weights with which both gradients change by the **same part of their
# length**. Write them as the function `fair_weights(g)` of the pair $(2, d)$; they should
# sum to 1.


# %% tags=["exercise"] id="orth-2-answer"
### BEGIN SOLUTION
def fair_weights(g):
    """t = ½ means w_i a² = w_j b²: weights in proportion to 1/‖g‖²."""
    inverse = 1 / (g**2).sum(axis=1)
    return inverse / inverse.sum()


### END SOLUTION

# %% tags=["check"] id="orth-2-check"
check("orth-2", fair_weights)

# %% [markdown] id="overshoot" tags=["slide"]
# ## 5 · What the swapped indices do
#
# > "This formulation reduces gradient interference by promoting directional separation …"
# > (after Eq. 13)
#
# Printed over right is $A/B$, so the relative adjustments add up to $|c|\,A/B$ and not to
# $|c|$ any more. With energy shares of the moment, $w_i = a^2/(a^2+b^2)$,
#
# $$\frac AB = \frac{a^4 + b^4}{2\,a^2 b^2} \;\ge\; 1 .$$
#
# **Before you run the next cell:** lengths $10 : 1$, $c = -\frac12$, energy shares
# $\frac{100}{101}, \frac1{101}$. Half of video's length points against audio, so it has
# to move by half its length. By how much does the printed form move it?

# %% id="overshoot-by-hand"
ten, w_ten = pair_at(10, 1, -0.5), np.array([100, 1]) / 101
for name in ("linear", "printed"):
    step = adjust(ten, w_ten, name)
    length = np.linalg.norm(step[1])
    c_new = abs(cosine(ten + step))
    print(f"{name:7s} video moves by {length:6.3f}, new |c| {c_new:.4f}")
    assert np.isclose(length, {"linear": 0.49995, "printed": 25}[name])

# %% [markdown] id="overshoot-said" tags=["slide"]
# By 25 times its own length. Afterwards video's gradient is audio's: cosine 0.9995. By
# hand: $B = \frac{200}{101}$ and $s = -5$, so
# $\mathcal O_j = \frac{100 \cdot 5}{200}\, g_i = 2.5\, g_i$, and $g_i$ is 10 long. The
# conflict is gone because the weaker modality has been overwritten.
#
# The picture for all ratios; the scale on the left is logarithmic. **Move it:** `c_start`.

# %% id="overshoot-figure"
c_start = -0.5  # move it: between −1 and 0

ratios = np.logspace(0, 1.5, 120)
swept = np.stack([pair_at(ratio, 1, c_start) for ratio in ratios], axis=1)
energy = (swept**2).sum(axis=-1)
movement, remaining = {}, {}
for form in ("printed", "linear"):
    moves = adjust(swept, energy / energy.sum(axis=0), form)  # energy shares
    movement[form] = np.linalg.norm(moves[1], axis=-1)  # video's length is 1
    remaining[form] = nonconflict(swept + moves)[0, 1]
excess = (ratios**4 + 1) / (2 * ratios**2)  # A/B
assert np.allclose(movement["printed"], excess * movement["linear"])
show(
    pairs.overshoot(ratios, movement, remaining, c_start),
    alt="Left, on logarithmic scales: the printed form moves video ever further as the "
    "ratio of the lengths grows, more than 200 times its length at 30 to 1; the linear "
    "form stays at one half. Right: the cosine after the printed form climbs to 1, "
    "after the linear form it goes to 0.",
    ratio=ratios,
    printed=[movement["printed"], remaining["printed"]],
    linear=[movement["linear"], remaining["linear"]],
)

# %% [markdown] id="orth-3"
# The dotted line on the right is the cosine before. Imbalance is the regime that RGM is
# for, and it is where the misprint hurts: beyond a ratio of about two (thin line) it
# leaves *more* interference than there was. Where shares and lengths disagree it errs the
# other way and does next to nothing: with the shares exchanged, $A/B = 0.02$ at $10 : 1$.
# Whether the paper's experiments ran the printed or the right form cannot be seen from
# its text; that is **open**.
#
# From here on "Eq. 13" means the corrected form; the library calls it `linear` and uses
# it by default. `printed` is there for comparison.
#
# ### Exercise orth-3 · break · level 2
#
# Find the place of the thin line: a pair with $-0.5 \le c < 0$ and lengths at most
# $2 : 1$ that has a **larger** cosine, in absolute value, after the printed form (with
# energy shares) than before. Call it `broken`. Hint: for a mild conflict what is left is
# nearly $c\,(1 - A/B)$.

# %% tags=["exercise"] id="orth-3-answer"
### BEGIN SOLUTION
# |1 − A/B| > 1 means A/B > 2: ρ⁴ − 4ρ² + 1 > 0, so ρ² > 2 + √3, ρ > 1.932
broken = pair_at(1.97, 1, -0.1)
### END SOLUTION

# %% tags=["check"] id="orth-3-check"
check("orth-3", broken, judge=worse_than_nothing)

# %% [markdown] id="remains" tags=["slide"]
# ## 6 · What the linear form leaves
#
# Eq. 13 solves the problem with a straight constraint. What it dropped,
# $\mathcal O_i^\top\mathcal O_j$, is exactly what remains. Multiply out: the first three
# terms cancel, and
#
# $$\tilde g_i^\top\tilde g_j = \mathcal O_i^\top\mathcal O_j
# = s \cdot \frac{w_i w_j s^2}{A^2} = s \cdot c^2\, t(1-t) .$$
#
# The sign is that of $s$, and as $t(1-t) \le \frac14$ **at most a quarter** is left. On
# the toy: $t = \frac15$, $c^2 = \frac12$, so $\frac12 \cdot \frac4{25} = 0.08$, and
# $0.08 \cdot (-2) = -0.16$. The toy's table said so.
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
    size = np.linalg.norm(shorter[0])
    print(f"c = {c:4.1f}: cosine after {cosine(shorter):7.4f}, length {size:.3f}")
    assert np.isclose(cosine(shorter), c**3 / (4 - 3 * c**2))

# %% [markdown] id="near" tags=["slide"]
# > "… enforcing near-orthogonality for high-conflict modality gradients …" (on Table 3)
#
# It is the other way round. Mild conflict is resolved well, $-0.5 \to -0.04$. Of $-0.9$
# one half is left. And $-1$ **stays** $-1$: two opposed arrows can only be shortened
# along their common line, here to a half, and never turned. (With the soft gates of Eq.
# 15 somewhat more remains; see notebook 07.)
#
# Left below: the part of the product that is left, for random pairs, against $t$. The
# curves are $c^2\,t(1-t)$. Right: the cosine after against the cosine before.

# %% id="remains-pairs"
count = 400  # move it
c_before = -np.sqrt(rng.uniform(0, 1, count))  # many in strong conflict
drawn = np.stack([pair_at(*np.exp(rng.normal(size=2)), c) for c in c_before], axis=1)
w_drawn = rng.dirichlet([1, 1], size=count).T
load = w_drawn * (drawn**2).sum(axis=-1)
t = load[1] / load.sum(axis=0)
left = drawn + adjust(drawn, w_drawn)
part_left = (left[0] * left[1]).sum(axis=-1) / (drawn[0] * drawn[1]).sum(axis=-1)
c_after = nonconflict(left)[0, 1]

assert np.allclose(part_left, c_before**2 * t * (1 - t))
assert (part_left <= 1 / 4).all()  # the quarter bound
bound = np.abs(c_before) ** 3 / (4 - 3 * c_before**2)
assert (np.abs(c_after) <= bound + 1e-12).all()
print(f"{count} pairs, the largest part left: {part_left.max():.3f}")

# %% id="remains-figure"
show(
    pairs.residuals(t, part_left, c_before, c_after),
    alt="Left: the part of the product that is left, over video's part of the load; all "
    "random pairs lie below the parabola for full conflict, whose top is one quarter. "
    "Right: conflict after over conflict before; all pairs lie below the bound, which "
    "is flat up to 0.6, then rises steeply and meets the diagonal at 1.",
    t=t,
    part_left=part_left,
    before=c_before,
    after=c_after,
)

# %% id="quarter-proved"
prove("orth-residual-quarter")

# %% [markdown] id="again"
# Steps 3 and 4 say where the quarter is reached: $\sin\theta = 0$ **and** equal loads. Remember
# this pair of conditions. It comes back in section 8 with a surprise.
#
# The bound on the cosine has a pleasant reading. It is less than $|c|^3$ for
# $0 < |c| < 1$: so one may repeat Eq. 13, and the number of correct digits triples in
# every round, once the conflict is mild. It is tight at $t = \frac12$. (Proof: claim
# `orth-residual-cosine`, by Cauchy–Schwarz.)

# %% id="again-rounds"
for c in (-0.9, -0.99, -1.0):
    again, seen = pair_at(1, 1, c), [c]
    for _ in range(3):
        again = again + adjust(again, half)
        seen.append(cosine(again))
    print("  ".join(f"{value:9.6f}" for value in seen))
    assert (abs(seen[-1]) < 0.1) == (c > -1)

# %% [markdown] id="exact" tags=["slide"]
# At $c = -1$ it is stuck forever. And repeated rounds shorten what they turn: the limit is
# orthogonal, but it need not be the *nearest* orthogonal pair. For that, solve (12) itself.
#
# ## 7 · Exactly orthogonal: a parallelogram becomes a rectangle
#
# Put the weights into the vectors, $h_i = \sqrt{w_i}\,g_i$ and $h_j = \sqrt{w_j}\,g_j$.
# Then (12) asks for the orthogonal pair nearest to $(h_i, h_j)$ in plain Euclidean
# distance. Now look at the parallelogram of $h_i$ and $h_j$, and at its diagonals
#
# $$u = h_i + h_j, \qquad v = h_i - h_j, \qquad \|u\|^2 - \|v\|^2 = 4\,h_i^\top h_j .$$
#
# **The sides are at right angles iff the diagonals are equally long.** And by the
# parallelogram law, distances of the sides are distances of the diagonals, times ½. So
# the problem turned into one that answers itself: *change two vectors $u$, $v$ as little
# as possible so that they have one length.* Keep both directions; give both the mean
# length.
#
# **By hand**, the toy with $w = (\frac25, \frac35)$. Here $A = \frac{14}5$, and the
# second number that counts is
# $R = \|u\|\,\|v\| = \sqrt{A^2 - 4 w_i w_j s^2} = \frac15\sqrt{196 - 96} = 2$. Written
# out in $g_i$ and $g_j$, the mean length gives
#
# $$\mathcal O_i = \frac{2 w_i w_j s^2}{R(A+R)}\, g_i - \frac{w_j s}{R}\, g_j
# = \tfrac15\, g_i + \tfrac35\, g_j, \qquad
# \mathcal O_j = \tfrac15\, g_j + \tfrac25\, g_i .$$
#
# It is Eq. 13 with $R$ in place of $A$, and a bit of the own gradient given back. So
# $\tilde g_i = \frac65(2, 0) + \frac35(-1, 1) = (1.8,\, 0.6)$ and
# $\tilde g_j = \frac65(-1, 1) + \frac25(2, 0) = (-0.4,\, 1.2)$. Product:
# $-0.72 + 0.72 = 0$.

# %% id="exact-by-hand"
w_exact = np.array([0.4, 0.6])
right_angle = np.array([[1.8, 0.6], [-0.4, 1.2]])
assert np.allclose(toy + adjust(toy, w_exact, "exact"), right_angle)
price = w_exact @ ((right_angle - toy) ** 2).sum(axis=1)
optimum = nearest_orthogonal(toy, w_exact, rng)  # SciPy
assert np.allclose(optimum.point, right_angle - toy, atol=1e-5)
assert np.isclose(optimum.value, price)
print(f"the price w_i ‖O_i‖² + w_j ‖O_j‖² is {price:.3f}")

# %% [markdown] id="rectangle" tags=["slide"]
# The picture. Left, the parallelogram with its diagonals; middle, the rectangle. Right,
# another way to see the same: turn a right-angled frame $e \perp f$ by an angle
# $\varphi$, and project $g_i$ on $e$, $g_j$ on $f$. What the projections cost is a cosine
# wave around $\frac12 A$ with the amplitude $\frac12 R$. Its lowest point is the exact
# form, at $\frac12(A - R) = 0.4$; its highest is the other solution of the Lagrange
# conditions. **Move it.**

# %% id="rectangle-figure"
sides, w_sides = toy, w_exact  # move it: any two vectors of the plane, and weights

h = np.sqrt(w_sides)[:, None] * sides
h_new = h + np.sqrt(w_sides)[:, None] * adjust(sides, w_sides, "exact")
turned_by = np.linspace(-90, 90, 181)
wave = frame_cost(sides, w_sides, turned_by)
A = w_sides @ (sides**2).sum(axis=1)
R = np.linalg.norm(h[0] + h[1]) * np.linalg.norm(h[0] - h[1])
assert np.isclose(((h_new - h) ** 2).sum(), (A - R) / 2)  # the exact form's price
assert np.allclose([wave.min(), wave.max()], [(A - R) / 2, (A + R) / 2], atol=1e-3 * A)
show(
    pairs.rectangle(h, h_new, turned_by, wave),
    alt="Left, a parallelogram with a short and a long diagonal. Middle, the rectangle "
    "whose diagonals lie along the same lines and are equally long. Right, the cost of "
    "a turned frame is a cosine wave; the exact form sits at its lowest point.",
    before=h,
    after=h_new,
    angle=turned_by,
    cost=wave,
)

# %% [markdown] id="exact-said"
# Here is the proof that the rectangle is *the* optimum, in any dimension, as long as neither
# diagonal vanishes ($R > 0$; section 8 looks at $R = 0$), and that its sides are
# eigenvectors of $K = w_i g_i g_i^\top - w_j g_j g_j^\top$. Steps 3 and 4 are the picture;
# steps 8 and 9 are "keep both directions, take the mean length".

# %% id="exact-proved"
prove("orth-exact-global")

# %% id="exact-three"
for _ in range(50):  # d = 6
    g, w = rng.normal(size=(2, 6)), rng.dirichlet([1, 1])
    step_two = adjust(g, w, "exact")
    K = w[0] * np.outer(g[0], g[0]) - w[1] * np.outer(g[1], g[1])
    top = np.linalg.eigh(K)[1][:, -1]  # eigenvector of the largest eigenvalue
    assert np.allclose(g[0] + step_two[0], (g[0] @ top) * top)
    assert np.isclose(step_two[0] @ (g[0] + step_two[0]), 0)  # O_i ⟂ g̃_i
    linear, cost = (w @ (adjust(g, w, f) ** 2).sum(axis=1) for f in ("linear", "exact"))
    assert linear <= cost <= 2 * linear  # claim orth-exact-cost
print("50 pairs: an eigenvector, a right angle, at most twice the linear form's price")

# %% [markdown] id="orth-4"
# Where both loads are equal, the directions of the exact form are an old friend from
# quantum chemistry, the symmetric orthogonalisation of Löwdin (1950): no order among the
# vectors, all give way alike (claim `orth-lowdin`).
#
# ### Exercise orth-4 · implement · level 2
#
# Write `rectangle(g, w)`: the adjustments $(\mathcal O_i, \mathcal O_j)$ of the exact
# form for a pair $(2, d)$ and weights $(2,)$, by the diagonals.


# %% tags=["exercise"] id="orth-4-answer"
### BEGIN SOLUTION
def rectangle(g, w):
    """Diagonals keep their directions and get their mean length."""
    root = np.sqrt(w)[:, None]
    h_i, h_j = root * g
    u, v = h_i + h_j, h_i - h_j
    long_u, long_v = np.linalg.norm(u), np.linalg.norm(v)
    mean = (long_u + long_v) / 2
    X, Y = mean * u / long_u, mean * v / long_v
    return np.array([X + Y, X - Y]) / 2 / root - g


### END SOLUTION

# %% tags=["check"] id="orth-4-check"
check("orth-4", rectangle)

# %% [markdown] id="full" tags=["slide"]
# ## 8 · Full conflict: one is deleted, or nobody knows which
#
# The exact form makes a right angle at $-0.9$ and at $-0.999$ alike. What about $-1$?
#
# **Before you run the next cell:** $g_i = (2, 0)$, $g_j = (-1, 0)$, equal weights. Which
# pair of orthogonal vectors is nearest? (On a line, who can be orthogonal to whom?)

# %% id="full-by-hand"
opposed = np.array([[2.0, 0], [-1, 0]])
for w_first in (0.5, 0.1):
    w = np.array([w_first, 1 - w_first])
    print(f"loads {4 * w[0]:.1f} : {w[1]:.1f}")
    for form in ("exact", "linear"):
        one, other = (opposed + adjust(opposed, w, form))[:, 0] + 0.0
        print(f"   {form:6s} g_i = ({one:.2f}, 0), g_j = ({other:.2f}, 0)")
assert np.allclose(opposed + adjust(opposed, half, "exact"), [[2, 0], [0, 0]])

# %% [markdown] id="full-said" tags=["slide"]
# The zero vector is orthogonal to everything, and the cheapest way to it is to **delete
# the modality with the smaller load** and to leave the other untouched. For this sample
# the weaker modality learns nothing: the opposite of balance. The linear form shortens
# both and leaves them opposed. Neither is what one would wish for. Orthogonal pairs that
# keep both modalities exist, but they are all farther away.
#
# Left below: what each keeps of its length as the angle goes to 180°, for loads $2 : 1$.
# Right: exactly at 180°, over audio's part of the load. **Move it:** `load_i`.

# %% id="full-figure"
load_i = 2 / 3  # move it: audio's part of the load


def kept(form, c, part):
    """‖g̃‖/‖g‖ of both, for unit gradients, whose loads are their weights."""
    g, w = pair_at(1, 1, c), np.array([part, 1 - part])
    return np.linalg.norm(g + adjust(g, w, form), axis=1)


angles, loads = np.linspace(90, 180, 181), np.linspace(0.0025, 0.9975, 200)
cosines, near, full = np.cos(np.radians(angles)), {}, {}
for form in ("exact", "linear"):
    near[form] = np.array([kept(form, c, load_i) for c in cosines]).T
    full[form] = np.array([kept(form, -1.0, part) for part in loads]).T
assert np.isin(np.round(full["exact"], 9), (0, 1)).all()  # all or nothing
show(
    pairs.full_conflict(angles, near, loads, full),
    alt="Left, the exact form (thick) keeps nearly all of audio and ever less of video as "
    "the angle nears 180 degrees, where video vanishes. Right, at 180 degrees, the exact "
    "form jumps: audio is deleted below one half of the load and kept above, video the "
    "other way; the linear form (thin) is two straight lines.",
    angle=angles,
    near=near["exact"],
    load=loads,
    full=full["exact"],
)

# %% [markdown] id="circle" tags=["slide"]
# On the right the exact form **jumps** at equal loads. What happens at the jump itself?
# There $R = 0$: one diagonal of the parallelogram has vanished, and a vector of length 0
# has no direction to keep. The cost wave of section 7 has amplitude $\frac12 R = 0$:
# **every** frame costs the same. The minimisers form a circle (a sphere for $d > 2$),
#
# $$\Big\|\tilde g_i - \frac{g_i}2\Big\| = \Big\|\frac{g_i}2\Big\|, \qquad
# \tilde g_j = \pm\sqrt{\frac{w_i}{w_j}}\,(g_i - \tilde g_i),$$
#
# the circle of Thales over $g_i$: any of its points sees the two ends of $g_i$ at a right
# angle. The sign is that of $c$. **Move it:** the point on the circle.

# %% id="circle-figure"
point = 100  # move it: the place on the circle, degrees

thales = np.array([[2.0, 0], [-2, 0]])  # equal lengths, equal weights, c = −1


def on_circle(degrees):
    """One of the minimisers for the pair `thales`."""
    turn = np.radians(degrees)
    first = thales[0] / 2 + np.array([np.cos(turn), np.sin(turn)])
    return np.array([first, -(thales[0] - first)])  # the sign is that of c


show(
    pairs.circle(thales, on_circle, point, half, angles=(150, 170, 178, 180)),
    alt="Left, two opposed gradients, each with a circle over it: audio's new gradient may "
    "end anywhere on the one, video's then ends on the other. Right, the cost wave gets "
    "flatter as the angle goes to 180 degrees, where it is a horizontal line.",
    circle=[on_circle(d) for d in range(0, 360, 10)],
    flat=frame_cost(thales, half, turned_by),
)
assert np.allclose(frame_cost(thales, half, turned_by), 2)  # R = 0: all cost A/2

# %% id="circle-proved"
prove("orth-degenerate")

# %% [markdown] id="sum-fusion" tags=["slide"]
# Is this a rare accident? With **sum fusion**, $f = z_i + z_j$, it is not: every modality
# gets the same gradient, $g_i = g_j$, at every step, so the energies and the weights are
# equal too. Parallel and equal loads: **the degenerate set is where sum fusion always
# is.** (With $c = +1$; but Eq. 15 always adds a part of $\mathcal O$, so its value is
# needed there.) Since no choice on the circle is continuous, the library falls back on
# the linear form there and says so. The next cell checks that, and that each point of the
# circle costs what SciPy finds.

# %% id="sum-fusion-checked"
for d in range(0, 360, 15):
    x, y = on_circle(d)
    assert np.isclose(x @ y, 0)
    assert np.isclose(half @ ((on_circle(d) - thales) ** 2).sum(axis=1), 2)
assert np.isclose(nearest_orthogonal(thales, half, rng).value, 2)  # SciPy: no better

same = np.array(fusion.add_vjp(2, np.array([2.0, 0, 1])))  # sum fusion: g_i = g_j = g
assert np.allclose(same + adjust(same, half, "exact"), same / 2)  # falls back on linear

tilt = np.array([1e-9, -1e-9])  # a billionth of weight decides who is deleted
for sign, survivor in ((1, 0), (-1, 1)):
    after_tilt = same + adjust(same, half + sign * tilt, "exact")
    assert np.allclose(after_tilt[survivor], same[survivor], atol=1e-6)
    assert np.allclose(after_tilt[1 - survivor], 0, atol=1e-6)
print("equal cost all around the circle; beside it a billionth decides")

# %% [markdown] id="pcgrad" tags=["slide"]
# ## 9 · PCGrad: the same work, done twice
#
# > "… PCGrad explicitly enforces alignment to increase gradient similarity." (on Fig. 3)
#
# PCGrad (Yu et al. 2020) projects each conflicting gradient off the *other one as it
# was*: $\hat g_i = g_i - \frac{s}{b^2}\,g_j$ and $\hat g_j = g_j - \frac{s}{a^2}\,g_i$
# where $s < 0$, and does nothing otherwise. On the toy, by hand:
# $\hat g_i = (2, 0) + (-1, 1) = (1, 1)$ and
# $\hat g_j = (-1, 1) + \frac12(2, 0) = (0, 1)$.
#
# **Before you run the next cell:** the toy had $c = -0.707$. What is the cosine of
# $(1, 1)$ and $(0, 1)$?

# %% id="pcgrad-by-hand"
both_sides = pcgrad(toy, toy_shares)
assert np.allclose(both_sides, [[1, 1], [0, 1]])
print(f"cosine {cosine(toy):.4f} before, {cosine(both_sides):.4f} after")
for _ in range(100):
    g = rng.normal(size=(2, 4))
    expected = abs(cosine(g))  # c ≥ 0 stays, c < 0 becomes −c
    assert np.isclose(cosine(pcgrad(g, half)), expected)
    if cosine(g) < 0:
        assert np.isclose(pcgrad(g, half)[0] @ g[1], 0)

# %% [markdown] id="pcgrad-said" tags=["slide"]
# **PCGrad maps $c$ to $-c$, for $-1 < c < 0$.** In one line: the new product is
# $s - s - s + s c^2 = -s(1 - c^2)$, and the lengths are $a\sqrt{1-c^2}$ and
# $b\sqrt{1-c^2}$. (At $c = -1$ both are deleted; for $c \ge 0$ nothing happens.) Each
# side does the whole work, as if its partner would not move; together they do it twice.
# Eq. 13 is PCGrad with the work **shared**, $t : 1 - t$. If one weight goes to zero, one
# side does all of it: Orth becomes a one-sided PCGrad.

# %% id="one-sided"
light = np.array([1e-9, 1])  # audio has hardly any weight: it does all the work
for form in ("linear", "exact"):
    turned = toy + adjust(toy, light, form)
    assert np.allclose(turned, [both_sides[0], toy[1]], atol=1e-6)
print("with w_i → 0: PCGrad for audio, nothing for video")

# %% id="pcgrad-figure"
apart = 130  # move it: the angle of the pair, degrees

quarrel = pair_at(1.8, 1.4, math.cos(math.radians(apart)), first=-45)
c_all = np.linspace(-0.999, 0.999, 300)
units = np.stack([pair_at(1, 1, c) for c in c_all], axis=1)
ways = {
    "PCGrad": lambda g: pcgrad(g, half),
    "linear": lambda g: g + adjust(g, half),
    "exact": lambda g: g + adjust(g, half, "exact"),
}
after_all = {name: nonconflict(way(units))[0, 1] for name, way in ways.items()}
drawn_ways = {"PCGrad": ways["PCGrad"](quarrel), "Orth, exact": ways["exact"](quarrel)}
show(
    pairs.cosine_maps(quarrel, drawn_ways, c_all, after_all),
    alt="Left, PCGrad turns each gradient across the other one's old direction, so that "
    "the new ones agree. Middle, Orth makes one right angle between the new ones. Right, "
    "cosine after against cosine before: PCGrad is the absolute value, the linear form is "
    "flat in the middle with minus one and one at the ends, the exact form is zero.",
    before=c_all,
    **after_all,
)

# %% [markdown] id="orth-5"
# Note that the linear and the exact form also act on pairs that **agree**: of an acute
# angle they make a right one, too. To treat only conflict is the business of the gate in
# Eq. 15 (notebook 07).
#
# ### Exercise orth-5 · critique · level 2
#
# A colleague applies PCGrad to a pair with $c = -0.77$, measures $+0.77$ and writes:
# "PCGrad has aligned the two modalities." What is the best reply? Set `reply` to one
# letter.
#
# - **A** Right: PCGrad minimises the angle between the gradients.
# - **B** Each new gradient is only orthogonal to its partner's *old* one. Both have
#   removed the same conflict, so it was removed twice. A pair at $c = 0.1$ is left alone.
# - **C** There must be an error: after projection the cosine is 0.
# - **D** With other weights the result would have been 0.

# %% tags=["exercise"] id="orth-5-answer"
### BEGIN SOLUTION
reply = "B"
### END SOLUTION

# %% tags=["check"] id="orth-5-check"
check("orth-5", reply)

# %% [markdown] id="many" tags=["slide"]
# ## 10 · Three modalities
#
# The paper states Orth for a pair. For $M > 2$ the plain idea is to apply it to every
# pair and to average over the partners. Take three gradients of length 1 that point to
# the corners of a triangle: each pair is at 120°, $c = -\frac12$, all weights are equal.
#
# **Before you run the next cell:** with its partner $g_2$ the linear form gives $g_1$ the
# adjustment $\frac14 g_2$, with $g_3$ it gives $\frac14 g_3$. What is the average of the
# two?


# %% id="many-pairwise"
def averaged(g, form):
    """g_i plus the mean over its partners of O_i, equal weights."""
    out = g.copy()
    for i in range(len(g)):
        for j in range(len(g)):
            if j != i:
                out[i] += adjust(g[[i, j]], half, form)[0] / (len(g) - 1)
    return out


corners = np.array([[1, 0, 0], [-0.5, math.sqrt(0.75), 0], [-0.5, -math.sqrt(0.75), 0]])
assert np.allclose(averaged(corners, "linear"), 7 / 8 * corners)
assert np.allclose(averaged(corners, "exact"), (1 + math.sqrt(3 / 4)) / 2 * corners)
still = nonconflict(averaged(corners, "exact"))[np.triu_indices(3, 1)]
print("cosines after:", np.round(still, 4))

# %% [markdown] id="many-said" tags=["slide"]
# $\frac12\left(\frac14 g_2 + \frac14 g_3\right) = \frac18(g_2 + g_3) = -\frac18\,g_1$.
# Sideways the two pushes cancel, backwards they add up. **Nothing turns; all cosines stay
# $-\frac12$**, with the exact form too. There is no room: in a plane only two directions
# can be orthogonal.
#
# So solve the problem for all at once: minimise $\sum_i w_i\|\tilde g_i - g_i\|^2$ with
# *every* pair at right angles. For a given frame $e_1, \dots, e_M$ the best lengths are
# projections, $\tilde g_i = (g_i^\top e_i)\,e_i$; so find the frame with the largest
# $\sum_i w_i (g_i^\top e_i)^2$. The ascent
#
# $$E \;\leftarrow\; \operatorname{polar}\big[\,w_i\,(g_i^\top e_i)\; g_i\,\big]_i$$
#
# never loses (claim `orth-many`), and where it rests it is at the global optimum,
# provided no $g_i^\top e_i$ is zero (`orth-many-global`). Here
# $\operatorname{polar}[V] = U Z$ for the singular value decomposition $V = U \Sigma Z$:
# the orthonormal frame nearest to the rows of $V$. `rgm_ref.frame.nearest_frame` does
# this.

# %% id="many-figure"
umbrella = nearest_frame(corners, np.full(3, 1 / 3))
umbrella *= [1, 1, math.copysign(1, umbrella[0, 2])]  # up or down costs the same
states = {
    "before": corners,
    "pairwise average": averaged(corners, "exact"),
    "nearest frame": umbrella,
}
show(
    pairs.three(states, nonconflict),
    alt="Three gradients in a plane at 120 degrees, their pairwise average, and the nearest "
    "orthogonal frame. The average is the same star, a little shorter, and its matrix of "
    "cosines still shows minus one half. The frame has lifted all three out of the plane, "
    "like an umbrella blown over, and its matrix is the identity.",
    **{name.replace(" ", "_"): vectors for name, vectors in states.items()},
)
assert np.allclose(umbrella @ umbrella.T, 2 / 3 * np.eye(3))  # each keeps ⅔ of its energy

# %% id="many-proved"
prove("orth-pairwise-simplex")

# %% [markdown] id="many-oracle"
# The umbrella opens: the frame leaves the plane. That needs room, $d \ge M$; features
# have hundreds of entries, so there is. And it costs something: each gradient gets a
# component that its loss did not ask for. SciPy knows nothing of frames or polar factors;
# give it the objective and the three constraints, and gradients without any symmetry.

# %% id="many-scipy"
for _ in range(3):
    g, w = rng.normal(size=(3, 4)), rng.dirichlet([3, 3, 3])
    found = nearest_orthogonal(g, w, rng, starts=3, methods=("SLSQP",))
    assert np.allclose(g + found.point, nearest_frame(g, w), atol=1e-4)
    pair, w_pair = g[:2], w[:2]
    closed = pair + adjust(pair, w_pair, "exact")
    assert np.allclose(nearest_frame(pair, w_pair), closed, atol=1e-6)
print("SciPy and the polar ascent agree; for a pair it is the exact form")

# %% [markdown] id="orth-6"
# ### Exercise orth-6 · implement · level 3
#
# Write one step of the ascent, `ascend(g, w, frame)`, for gradients $(M, d)$, weights
# $(M,)$ and an orthonormal frame $(M, d)$; it returns the next frame. `polar` is
# imported. Then watch the kept energy $\sum_i w_i (g_i^\top e_i)^2$ rise from a random
# frame.


# %% tags=["exercise"] id="orth-6-answer"
### BEGIN SOLUTION
def ascend(g, w, frame):
    """polar[w_i (g_i·e_i) g_i]: linearise the kept energy at the frame, then Procrustes."""
    along = (g * frame).sum(axis=1, keepdims=True)
    return polar(w[:, None] * along * g)


### END SOLUTION

# %% tags=["check"] id="orth-6-check"
check("orth-6", ascend)

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. Eq. 13 needs each weight beside its **own** norm, $A = w_i\|g_i\|^2 + w_j\|g_j\|^2$.
#    As printed it overshoots by $A/B$: fifty times at lengths $10 : 1$ with energy
#    shares.
# 2. The relative adjustments add up to $|c|$; the modality with the smaller load
#    $w\|g\|^2$ does more. Dominant modalities are spared.
# 3. The linear form leaves at most a quarter of the product and a cosine of at most
#    $|c|^3/(4 - 3c^2)$: little of a mild conflict, all of $c = -1$.
# 4. The exact form turns a parallelogram into a rectangle: diagonals keep their
#    directions and get their mean length (if neither is zero). At full conflict it
#    deletes the lighter modality; at equal loads it has a circle of solutions, and sum
#    fusion is always there.
# 5. PCGrad maps $c$ to $-c$ if $-1 < c < 0$. Averaged over pairs, Orth cannot resolve a
#    balanced triangle; the polar ascent can, in $d \ge M$.
#
# Two things this notebook does not say. It does not say that orthogonal is *good*: with
# concatenation $c$ depends on the basis of the features (notebook 03), and what training
# makes of it is measured in notebook 12. And it leaves the gate aside: notebook 07 puts
# Orth into Eq. 15.
#
# **Further reading.** The paper *Reconcile Gradient Modulation* (AAAI 2026), Eqs. 12–13.
# Yu et al. 2020, *Gradient surgery for multi-task learning* (PCGrad). Löwdin 1950, *On
# the non-orthogonality problem connected with the use of atomic wave functions in the
# theory of molecules and crystals*. Schönemann 1966, *A generalized solution of the
# orthogonal Procrustes problem*, for the polar factor. All claims on this idea, with
# their proofs, are in `derivations/orthogonal/`.
