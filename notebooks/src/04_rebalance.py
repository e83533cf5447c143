# %% [markdown] id="title"
# # 04 · Rebalance: slow the strong, push the weak
#
# *Energy-Aware Rebalancing (EAR), Eqs. 7–8 of the paper*
#
# **What you will do.** Compute the rebalancing ratio $r$ and its conflict-aware form
# $\tilde r$ with a pencil, then in code. Let them act on two modalities for thousands of
# steps, find the three laws they settle to, and hold these against Table 1.
#
# **What you will learn.** What Eq. 7 makes equal and what it does not. Why a factor on a
# gradient is its square on an energy. Why it matters which energy is counted, *raw* or
# *applied*, and what follows from either. What EAR does about conflict: it stands still.
#
# **What you need.** Cumulative Gradient Energy (notebook 02), the balance coordinate
# $\bar w$ and the conflict coordinate $c$ (notebook 03). Powers and logarithms.
#
# **How long.** The cells run in about ten seconds. Reading takes 45 minutes, the six
# exercises another 45.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
from course.figure import BLUE, GREEN, RED, arrow, looks

from derivations.tables.data import BALANCE
from rgm_ref import plane, rebalance
from rgm_ref.descent import descend
from rgm_ref.rules import ear
from rgm_ref.toys import Quadratic

# %% [markdown] id="picture"
# ## 1 · First the picture
#
# Audio's gradient is 3 long, video's is 1. Energies are squared lengths, so audio has
# spent $9$ and video $1$ (learning rate 1, one step). EAR multiplies each gradient by a
# number that is small for the one that has spent much and large for the other. Eq. 7
# chooses the numbers $r = (\tfrac59, 5)$. You will see soon where they come from.
#
# **Before you run the next cell:** the numbers are made such that $r \cdot \text{energy}$
# is the same for both, $\tfrac59 \cdot 9 = 5 \cdot 1$. After the multiplication, which
# gradient is longer?

# %% id="picture-bars"
lengths, r_toy = np.array([3.0, 1.0]), np.array([5 / 9, 5])
bars = {
    "as they come": lengths,
    "times r": r_toy * lengths,
    "times √r": np.sqrt(r_toy) * lengths,
}
figure, axes = plt.subplots(1, 3, figsize=(8, 2.1), sharey=True, sharex=True)
for axis, (name, long) in zip(axes, bars.items(), strict=True):
    axis.barh([1, 0], long, color=[BLUE, RED], hatch=["", "//"], ec="white")
    for row, size in zip([1, 0], long, strict=True):
        axis.text(size + 0.15, row, f"energy {size**2:.2f}", va="center", size=9)
    axis.set(title=name, xlim=(0, 8.2), xlabel=r"length $\|g\|$")
    axis.set_yticks([1, 0], ["audio", "video"])
    axis.grid(visible=False)
show(
    figure,
    "Three pairs of bars. As they come, audio is 3 long and video 1. Times r, audio "
    "is 1.67 long and video 5: the order is reversed. Times the square root of r, "
    "both are 2.24 long.",
    lengths=np.stack(list(bars.values())),
)

# %% [markdown] id="picture-discussed" tags=["slide"]
# Video is longer, three times. Its energy was a ninth of audio's; now it is nine times
# audio's. Eq. 7 did not level the two, it **exchanged** them. The square root of $r$
# would level them. This small fact is behind most of what follows.
#
# ## 2 · The ratio, by hand
#
# $$r_i = \frac{\sum_{j=1}^M E_j}{M\,E_i} \qquad \text{(Eq. 7)}$$
#
# Read it as *mean energy over own energy*. With $E = (9, 1)$:
#
# - the mean energy is $(9 + 1)/2 = 5$;
# - $r = (5/9,\; 5/1) = (\tfrac59,\, 5)$;
# - $r_i E_i = 5$ for both: that is what Eq. 7 makes equal;
# - $1/r_i$ is the own energy over the mean, $\tfrac95$ and $\tfrac15$. These average to 1:
#   the **harmonic mean** of the ratios is 1.

# %% id="ratio-by-hand"
spent = [Fraction(9), Fraction(1)]
mean = sum(spent) / 2
r_hand = [mean / own for own in spent]

assert mean == 5
assert r_hand == [Fraction(5, 9), 5]
assert [r * own for r, own in zip(r_hand, spent, strict=True)] == [5, 5]
assert sum(1 / r for r in r_hand) / 2 == 1  # harmonic mean 1
print("r =", *r_hand)

# %% [markdown] id="ratio-three-ways"
# The same three times: with loops as the formula reads, with arrays, and from the
# library. Energies of 4 modalities in 6 runs, side by side.


# %% id="ratio-equal"
def ratio_in_loops(energies):
    """Eq. 7, letter by letter, for the energies of one run."""
    ratios = []
    for own in energies:
        total = 0.0
        for other in energies:
            total += other
        ratios.append(total / (len(energies) * own))
    return ratios


many_runs = 10 ** rng.uniform(-2, 2, (4, 6))
looped = np.transpose([ratio_in_loops(run) for run in many_runs.T])
vectorised = many_runs.mean(axis=0) / many_runs
assert np.allclose(looped, vectorised, rtol=1e-13)
assert np.allclose(vectorised, rebalance.ratio(many_runs), rtol=1e-13)

# %% [markdown] id="ratio-said" tags=["slide"]
# > "under-contributing modalities (with lower $E_i$) receive stronger gradient
# > amplification, while dominant ones are gently suppressed" (after Eq. 7)
#
# **True.** $r_i > 1$ exactly where $E_i$ is below the mean. "Gently" is true as well:
# since $\sum_j E_j \ge E_i$, no ratio is below $1/M$. The other side is not gentle. A
# modality that has hardly moved is amplified without any bound, and $r$ is the only
# factor of the whole method of which one must say this.

# %% id="ratio-bounds"
everything = 10 ** rng.uniform(-3, 3, (3, 10_000))
r_many = rebalance.ratio(everything)
assert ((r_many > 1) == (everything < everything.mean(axis=0))).all()
assert r_many.min() >= 1 / 3  # suppressed to a third at most
assert np.allclose(1 / (1 / r_many).mean(axis=0), 1)  # harmonic mean 1 ...
assert (r_many.mean(axis=0) >= 1).all()  # ... the plain mean is larger
low, high = rebalance.ratio(np.array([1e6, 1.0]))
print(f"energies a million to one: r = {low:.4f} and {high:.1f}")

# %% [markdown] id="ear-1"
# ### Exercise ear-1 · compute · level 1
#
# Three modalities have spent the energies $12, 3, 3$. Compute `ratios`, the three values
# of Eq. 7, without a computer. (Check them yourself first: is their harmonic mean 1?)
#
# Every exercise has hints, from weak to strong; `hint("ear-1", 2)` is the next one.

# %% id="ear-1-hint"
hint("ear-1")

# %% tags=["exercise"] id="ear-1-answer"
### BEGIN SOLUTION
ratios = [6 / 12, 6 / 3, 6 / 3]
### END SOLUTION

# %% tags=["check"] id="ear-1-check"
check("ear-1", ratios)

# %% [markdown] id="square" tags=["slide"]
# ## 3 · A factor on a gradient is its square on an energy
#
# $\|r\,g\|^2 = r^2\,\|g\|^2$. Eq. 7 equalises $r_i E_i$, but what a scaled gradient spends
# is $r_i^2 E_i$. With $r_i E_i = \bar E$, the mean, this is
#
# $$r_i^2 E_i = \frac{\bar E^2}{E_i}.$$
#
# The *larger* the energy was, the *smaller* it is now, and in the inverse ratio.
# $9 : 1$ becomes $\tfrac{25}{9} : 25$, which is $1 : 9$.

# %% id="square-by-hand"
scaled = [r**2 * own for r, own in zip(r_hand, spent, strict=True)]
assert scaled == [Fraction(25, 9), 25]
assert scaled[0] / scaled[1] == spent[1] / spent[0] == Fraction(1, 9)

# %% [markdown] id="ear-2"
# ### Exercise ear-2 · derive · level 2
#
# By which power $r_i^{\,p}$ must the gradients be scaled so that the ratio of the energies
# becomes its own square root, $100 : 1$ to $10 : 1$ and $9 : 1$ to $3 : 1$? And at which
# conflict $c$ is $p$ the exponent of the next section, $(1 + c)/2$? Answer with
# `p_and_c = (p, c)`.

# %% tags=["exercise"] id="ear-2-answer"
### BEGIN SOLUTION
# r ~ 1/E, so the energies after it are ~ E^(1 - 2p), and 1 - 2p is to be 1/2
p_and_c = (1 / 4, -1 / 2)
### END SOLUTION

# %% tags=["check"] id="ear-2-check"
check("ear-2", p_and_c)

# %% [markdown] id="square-proof"
# Here is the derivation, run by the ledger on your machine. $S$ is the total energy.

# %% id="square-proved"
prove("rebalance-square")

# %% [markdown] id="temper" tags=["slide"]
# ## 4 · The conflict decides how much of it is applied
#
# $$\tilde r_i = r_i^{\frac{1 + c_{ij}}{2}} \qquad \text{(Eq. 8)}$$
#
# The exponent runs from 0 (gradients opposed, $c = -1$) over ½ (orthogonal, $c = 0$) to 1
# (parallel, $c = 1$). By hand, with $r = (\tfrac59, 5)$ and the energies $(9, 1)$:
#
# | $c$ | exponent | $\tilde r$ | energies after, $\tilde r_i^2 E_i$ | ratio |
# |---:|:---:|:---:|:---:|:---:|
# | $-1$ | 0 | $1,\; 1$ | $9,\; 1$ | $9 : 1$, untouched |
# | $0$ | ½ | $\sqrt{5}/3,\; \sqrt 5$ | $5,\; 5$ | $1 : 1$, equal |
# | $1$ | 1 | $5/9,\; 5$ | $25/9,\; 25$ | $1 : 9$, inverted |
#
# In one formula: the energy is scaled by $\tilde r^2 = r^{1 + c}$, so the ratio $9 : 1$
# becomes $9^{-c} : 1$.

# %% id="temper-by-hand"
toy = np.array([9.0, 1.0])
for c, expected in [(-1, (9, 1)), (0, (5, 5)), (1, (25 / 9, 25))]:
    after = rebalance.temper(rebalance.ratio(toy), c) ** 2 * toy
    assert np.allclose(after, expected)
    assert np.isclose(after[0] / after[1], 9.0**-c)
    print(f"c = {c:2d}: energies after {after[0]:.4f} and {after[1]:.4f}")

# %% [markdown] id="temper-picture"
# On the left, $\tilde r$ of a modality over its own share of the energy. For a pair,
# $r = 1/(2w)$. On the right, $\tilde r$ over the conflict for our toy, audio with the
# share 0.9 and video with 0.1: on a logarithmic axis these are straight lines from 1 to
# $r$, because $\log \tilde r = \frac{1 + c}{2} \log r$. So $\tilde r$ lies between 1 and
# $r$, and it moves one way with $c$; the cell asserts it for the toy, the ledger proves it
# (claim `rebalance-temper`).

# %% id="temper-figure"
w, cosines = np.linspace(0.01, 0.99, 197), np.linspace(-1, 1, 41)
strengths = (1.0, 0.5, 0.0, -0.5, -1.0)
curves = np.stack([rebalance.temper(1 / (2 * w), c) for c in strengths])
lines = rebalance.temper(rebalance.ratio(toy)[:, None], cosines)
assert (np.diff(np.abs(np.log(lines))) > 0).all()  # farther from 1 as c grows
assert np.allclose(lines[:, [0, -1]].T, [np.ones(2), rebalance.ratio(toy)])

figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True)
for c, curve, look in zip(strengths, curves, looks(5), strict=True):
    axes[0].semilogy(w, curve, label=f"c = {c:g}".replace("-", "−"), markevery=28, **look)
who = "audio, w = 0.9", "video, w = 0.1"
for line, name, look in zip(lines, who, looks(2), strict=True):
    axes[1].semilogy(cosines, line, label=name, markevery=10, **look)
axes[0].set(xlabel="own share $w$", ylabel=r"factor on the gradient $\tilde r$")
axes[0].set_yticks([0.5, 1, 5, 10, 50], ["½", "1", "5", "10", "50"])
axes[1].set(xlabel="cosine $c$ of the two gradients")
axes[0].legend()
axes[1].legend()
show(
    figure,
    "Left: the factor falls with the share and passes 1 at one half. For c = 1 it "
    "ends at one half and rises without bound towards share 0; for c = −1 it is 1. "
    "Right: two straight lines from 1 at c = −1 to 5 and to 5/9 at c = 1.",
    shares=w, factors=curves, cosines=cosines, toy=lines,
)  # fmt: skip

# %% [markdown] id="move-vectors"
# **Move it.** Two gradients in the plane, before and after EAR. Change the lengths or the
# angle and run the cell again. Try 0°, 90° and 180°.

# %% id="vectors"
audio_length, video_length, angle = 3.0, 1.0, 60.0  # angle in degrees


def draw_vectors(length_i, length_j, degrees):
    """Both gradients before and after the first step of EAR, learning rate 1."""
    phi = np.deg2rad(degrees)
    along = np.array([[1, 0], [np.cos(phi), np.sin(phi)]])
    g = np.array([[length_i], [length_j]]) * along
    energy, c = (g**2).sum(axis=1), plane.nonconflict(g)[0, 1]
    after = rebalance.temper(rebalance.ratio(energy), c)[:, None] * g
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharex=True, sharey=True)
    for axis, pair, name in zip(axes, (g, after), ("before", "after"), strict=True):
        for v, colour, dash in zip(pair, (BLUE, RED), ("-", "--"), strict=True):
            arrow(axis, v, "", colour, dash=dash)
        axis.plot(0, 0, "-", color=BLUE, label="audio")  # the origin stays in view
        axis.plot(0, 0, "--", color=RED, label="video")
        spent_here = ", ".join(f"{x:.2f}" for x in (pair**2).sum(axis=1))
        axis.set_title(f"{name}: energies {spent_here}", fontsize=10)
        axis.set(xlabel="first feature", aspect="equal")
        axis.margins(0.15)
    axes[0].set_ylabel("second feature")
    axes[0].legend()
    show(figure, f"Two gradients {degrees:g} degrees apart before EAR and after it: "
         "EAR changes both lengths and neither direction.",
         before=g, after=after, cosine=c)  # fmt: skip


draw_vectors(audio_length, video_length, angle)

# %% [markdown] id="which-energy" tags=["slide"]
# ## 5 · Which energy does EAR count?
#
# Eq. 3 sums $\|\eta_t\, g_k^{(t)}\|^2$ over the steps. But once EAR scales gradients there
# are two gradients per modality and step, and so two energies to sum:
#
# - **raw**: of $g_k$, as the backward pass delivers it. Fig. 2 of the paper reads this
#   way: "A standard forward–backward pass yields raw gradients for each modality. We
#   compute Cumulative Gradient Energy …".
# - **applied**: of $\tilde r_k\, g_k$, as the optimizer receives it. Eq. 3 reads this way:
#   it comes from the update rule, and $\eta_t$ is the "effective learning rate" and stands
#   for what really moves the parameters.
#
# The paper does not decide it, and it points to no code that would. Both are
# consistent readings; they are two different algorithms. So we follow both.
#
# ### The model: constant raw energies
#
# To see the mechanism alone, let every step bring the same raw energies $e_i$ and the same
# cosine $c$. Real training is not like this (section 9), but here everything can be
# computed. Both readings start with one unscaled step, $E^{(0)} = e$. By hand for
# $e = (9, 1)$ at $c = 0$, where a step spends $\tilde r_i^2 e_i = r_i e_i$:
#
# | before step | raw: CGE | spends | applied: CGE | $r$ | spends |
# |:---:|:---:|:---:|:---:|:---:|:---:|
# | 1 | $9,\ 1$ | $5,\ 5$ | $9,\ 1$ | $\tfrac59,\ 5$ | $5,\ 5$ |
# | 2 | $18,\ 2$ | $5,\ 5$ | $14,\ 6$ | $\tfrac57,\ \tfrac53$ | $\tfrac{45}7,\ \tfrac53$ |
# | 3 | $27,\ 3$ | $5,\ 5$ | $\tfrac{143}7,\ \tfrac{23}3$ | | |
#
# With raw counting the ratio of the CGEs stays $9 : 1$, so $r$ never changes, and the
# spending is equal from the first step on. With applied counting EAR sees what it has done
# itself, and eases off.

# %% id="two-readings-by-hand"
cge, e = [Fraction(9), Fraction(1)], [Fraction(9), Fraction(1)]
history = [cge]
for _ in range(2):  # applied counting at c = 0: a step spends r e
    middle = sum(history[-1]) / 2
    spends = [middle / own * raw for own, raw in zip(history[-1], e, strict=True)]
    history.append([own + s for own, s in zip(history[-1], spends, strict=True)])
assert history[1] == [14, 6]
assert spends == [Fraction(45, 7), Fraction(5, 3)]
assert history[2] == [Fraction(143, 7), Fraction(23, 3)]

# %% [markdown] id="three-trajectories"
# Naive, vectorised over many runs, and `rebalance.trajectory`: the same numbers.


# %% id="trajectories-equal"
def run_in_loops(raw, c, steps, accumulate):
    """CGE before every step, one run, plain Python."""
    energy, seen = list(raw), []
    for _ in range(steps):
        seen.append(list(energy))
        r = ratio_in_loops(energy)
        for k in range(len(raw)):
            factor = 1 if accumulate == "raw" else r[k] ** (1 + c)
            energy[k] += factor * raw[k]
    return seen


def run_in_arrays(raw, c, steps, accumulate):
    """The same for many runs side by side: raw (M, runs), c (runs,)."""
    seen = [raw]
    for _ in range(steps - 1):
        r = seen[-1].mean(axis=0) / seen[-1]
        seen.append(seen[-1] + (raw if accumulate == "raw" else r ** (1 + c) * raw))
    return np.stack(seen)


raw_runs, c_runs = 10 ** rng.uniform(0, 2, (3, 5)), rng.uniform(-1, 1, 5)
for accumulate in rebalance.ACCUMULATE:
    library, _ = rebalance.trajectory(raw_runs, c_runs, 40, accumulate)
    columns = zip(raw_runs.T, c_runs, strict=True)
    loops = [run_in_loops(raw, c, 40, accumulate) for raw, c in columns]
    assert np.allclose(np.moveaxis(loops, 0, -1), library)
    assert np.allclose(run_in_arrays(raw_runs, c_runs, 40, accumulate), library)

# %% [markdown] id="laws" tags=["slide"]
# ## 6 · Three laws
#
# **Before you run the next cell:** raw energies $100 : 1$, parallel gradients ($c = 1$).
# After a long time, in which ratio have audio and video spent energy, if CGE counts the
# raw gradients? And if it counts the applied ones? Candidates: $100 : 1$, $10 : 1$,
# $4.64 : 1$, $1 : 1$, $1 : 100$.

# %% id="trajectories"
shown_c = np.array([-1.0, 0.0, 0.5, 1.0])
start_of_runs = np.array([[100.0], [1.0]]) * np.ones(4)
paths = {}
for name in rebalance.ACCUMULATE:
    _, applied = rebalance.trajectory(start_of_runs, shown_c, 3000, name)
    spent_so_far = applied.cumsum(axis=0)
    paths[name] = spent_so_far[:, 0] / spent_so_far[:, 1]  # (steps, cosines)

figure, axes = plt.subplots(1, 2, figsize=(8, 3.8), sharey=True)
places = [0, 1, 3, 9, 29, 99, 299, 999, 2999]
for axis, (name, path) in zip(axes, paths.items(), strict=True):
    for c, run, look in zip(shown_c, path.T, looks(4), strict=True):
        limit = 100 ** rebalance.settled_exponent(c, name)
        axis.axhline(limit, color=look["color"], lw=0.8, ls=":")
        marks = {"label": f"c = {c:g}".replace("-", "−"), "markevery": places}
        axis.loglog(np.arange(1, 3001), run, **marks, **look)
    axis.set(xlabel="step $t$", title=f"CGE counts {name} gradients")
axes[0].set_ylabel("energy applied so far, audio : video")
axes[1].legend(loc="lower right")
show(
    figure,
    "Left, raw counting: flat lines at 100, 1, 0.1 and 0.01 for c = −1, 0, ½ and 1. "
    "Right, applied counting: c = −1 stays at 100; the others start at the same three "
    "values and climb to 10, 6.31 and 4.64.",
    **paths,
)

# %% [markdown] id="laws-discussed" tags=["slide"]
# Raw counting at $c = 1$ **inverts** the imbalance, for ever: $1 : 100$. Applied counting
# settles at the **cube root**, $\sqrt[3]{100} = 4.64$. At $c = 0$ raw counting makes the
# two **equal**, and applied counting takes the square root, 10.
#
# Why a root? Suppose the CGEs have settled at the ratio $X = E_i/E_j$. A step then spends
# in the ratio
#
# $$\frac{\tilde r_i^2 e_i}{\tilde r_j^2 e_j} = \frac{e_i}{e_j}\, X^{-(1 + c)}.$$
#
# *Raw*: CGE grows as the raw energies do, $X = e_i/e_j$, so the spending has the ratio
# $(e_i/e_j)^{-c}$. *Applied*: CGE grows by the spending, and $X$ can stay only if the
# spending has the ratio $X$ too: $X = \frac{e_i}{e_j} X^{-(1 + c)}$, which means
# $X^{2 + c} = e_i/e_j$. A step that overshoots $X$ pulls back, one that falls short pulls
# on: the point is attracting.
#
# $$\text{raw: } \Bigl(\frac{e_i}{e_j}\Bigr)^{-c}
# \qquad \text{applied: } \Bigl(\frac{e_i}{e_j}\Bigr)^{1/(2 + c)}$$

# %% id="laws-figure"
c_axis, c_seen = np.linspace(-1, 1, 81), np.linspace(-1, 1, 9)
laws, simulated = {}, {}
for name in rebalance.ACCUMULATE:
    laws[name] = 100 ** rebalance.settled_exponent(c_axis, name)
    many = np.array([[100.0], [1.0]]) * np.ones(9)
    _, spending = rebalance.trajectory(many, c_seen, 20_000, name)
    simulated[name] = spending[-1, 0] / spending[-1, 1]
    at_points = 100 ** rebalance.settled_exponent(c_seen, name)
    assert np.allclose(simulated[name], at_points, rtol=1e-3)

figure, axes = plt.subplots(figsize=(7, 4))
for name, look in zip(laws, looks(2), strict=True):
    colour, dash = {"color": look["color"]}, look["linestyle"]
    axes.semilogy(c_axis, laws[name], marker="", ls=dash, **colour)
    axes.semilogy(c_seen, simulated[name], look["marker"], label=name, **colour)
for c, value, word, place in [
    (-1, 100, "untouched", (12, 2)),
    (0, 1, "equal", (12, 2)),
    (1, 0.01, "inverted", (-34, -22)),
    (1, 100 ** (1 / 3), "cube root", (-4, 10)),
]:
    side = "right" if place[0] < 0 else "left"
    words = f"{word}\n{value:.3g} : 1"
    axes.annotate(words, (c, value), place, textcoords="offset points", ha=side)
axes.set(xlabel="cosine $c$", ylabel="applied energies, audio : video")
axes.set_ylim(0.002, 400)
axes.legend(title="CGE counts", loc="lower left")
show(
    figure,
    "Settled ratio of the applied energies over the cosine, raw energies 100 to 1. "
    "Raw counting: a straight line on the log axis, from 100 at c = −1 over 1 to 0.01. "
    "Applied counting: a gentle curve from 100 over 10 to 4.64. Simulated points lie "
    "on both lines.",
    cosines=c_axis,
    **laws,
)

# %% [markdown] id="raw-said" tags=["slide"]
# > "encouraging more balanced parameter updates" (after Eq. 7)
#
# **True if** the gradients are neither parallel nor opposed, when raw gradients are
# counted: the gap $\ell = \log(e_i/e_j)$ becomes $-c\,\ell$, which is smaller as long as
# $|c| < 1$. At $c = 1$, where EAR acts with all its strength, the updates are exactly as
# unbalanced as before, the other way round. (The last line of a counterexample is the
# claim with numbers put in. What it says is false; that is the point.)

# %% id="raw-proved"
prove("rebalance-raw")

# %% [markdown] id="ear-3"
# ### Exercise ear-3 · predict · level 2
#
# Raw energies $1024 : 1$ and $c = \tfrac12$, for ever. In which ratio, audio to video, are
# the energies that EAR applies in the end, with raw and with applied counting? Answer with
# `settled = (raw, applied)`. No computer needed.

# %% tags=["exercise"] id="ear-3-answer"
### BEGIN SOLUTION
# 1024 = 2^10; exponents -1/2 and 1/(2 + 1/2) = 2/5
settled = (2.0**-5, 2.0**4)
### END SOLUTION

# %% tags=["check"] id="ear-3-check"
check("ear-3", settled)

# %% [markdown] id="overshoot"
# ### The first steps are wild
#
# **Before you run the next cell:** applied counting, $c = 1$, raw energies $R : 1$ with
# $R > 1$. After the first step of EAR, who has the larger CGE?

# %% id="overshoot-proved"
R = sp.symbols("R", positive=True)
r_i, r_j = (R + 1) / (2 * R), (R + 1) / 2
audio_after, video_after = R + r_i**2 * R, 1 + r_j**2
assert sp.factor(video_after - audio_after - (R - 1) ** 3 / (4 * R)) == 0

_, wild = rebalance.trajectory(np.array([100.0, 1.0]), 1.0, 4, "applied")
for t, (audio_step, video_step) in enumerate(wild, 1):
    print(f"step {t}: audio spends {audio_step:9.2f}, video {video_step:8.2f}")

# %% [markdown] id="overshoot-discussed"
# Video, always: its lead is $(R - 1)^3/(4R) > 0$ for every $R > 1$. The one that was behind
# is not helped to catch up, it is thrown past the other. At $100 : 1$ the next step throws
# back harder: audio spends more than a hundred times its raw energy. Then CGE has become
# so large that single steps hardly move it, and the ratio creeps to $4.64$ (with errors
# that die out like $t^{-3}$, once they are small).
#
# So a proof of the law has to show more than that each step points the right way: it must
# exclude a run-away. The ledger's proof does, for every number of modalities; you find it
# at the end of the notebook.
#
# **Move it.** Three modalities, your energies, your conflict, your way of counting. The
# last line is the law. It settles within a few steps near $c = -1$, where EAR does little,
# and takes hundreds near $c = 1$, where the wild first steps must be made good.

# %% id="your-own-law"
your_energies = np.array([100.0, 10.0, 1.0])
your_c, your_count = 1.0, "applied"

_, your_applied = rebalance.trajectory(your_energies, your_c, 5000, your_count)
for t in (1, 10, 100, 1000, 5000):
    spends_now = your_applied[t - 1] / your_applied[t - 1, -1]
    print(f"step {t:4d} spends", " : ".join(f"{x:.3f}" for x in spends_now))
your_exponent = rebalance.settled_exponent(your_c, your_count)
your_law = (your_energies / your_energies[-1]) ** your_exponent
print("settles at     ", " : ".join(f"{x:.3f}" for x in your_law))

# %% [markdown] id="plane" tags=["slide"]
# ## 7 · What the plane sees
#
# > RGM "drives the training trajectory toward a well-balanced region (higher
# > $\bar w_{ij}$)" (on Fig. 3)
#
# **Before you run the next cell:** count raw gradients, take $100 : 1$ and $c = 0$, where
# EAR levels every step perfectly. Where does the point on the Balance–nonConflict Plane
# go, when $\bar w$ is computed from that CGE?

# %% id="plane-stays"
told = []
for name in rebalance.ACCUMULATE:
    for c in (0.0, 1.0):
        seen_cge, _ = rebalance.trajectory(np.array([100.0, 1.0]), c, 3000, name)
        w_bar = plane.balance(seen_cge.T)[0, 1]
        assert (name == "raw") == np.allclose(w_bar, w_bar[0])
        ends = f"{w_bar[0]:.3f} to {w_bar[-1]:.3f}"
        told.append(f"counting {name:7s} c = {c:.0f}: balance from {ends}")
print("\n".join(told))

# %% [markdown] id="plane-discussed" tags=["slide"]
# Nowhere. Raw energies are measured before EAR touches anything, so in this model no
# scaling can move the point (claim `rebalance-moves-plane`, for steady raw energies: it
# fails there with raw counting). The two ways of counting have opposite virtues: raw counting
# levels the *steps* (at $c = 0$) and the plane does not show it; applied counting shows
# what it does, and does less. In a figure that says "EAR moved the trajectory" one must be
# told which energy is on the axis. (In training the raw energies themselves may answer.
# That is section 9.)
#
# ## 8 · Conflict, stability, and more than two modalities
#
# > "This prevents conflict from amplifying imbalance" (after Eq. 8)
#
# At $c = -1$ the exponent is 0, and EAR is **off**. What the imbalance was, it stays. So
# the sentence is true in one sense: in this model, and once it has settled, EAR does not
# leave a larger imbalance than there was without EAR. And it is false in the sense in
# which one would use it, to say that conflict no longer worsens the imbalance: among
# trainings with EAR, the more conflict, the more imbalance is left. Below, the ratio at
# which EAR settles, with applied counting:

# %% id="freeze-proved"
prove("rebalance-conflict-freeze")

# %% [markdown] id="stable" tags=["slide"]
# > and "stabilizes training in highly imbalance condition" (the same sentence)
#
# A factor on a gradient is a factor on its learning rate. Take
# $\mathcal L = \tfrac12(z_i^2 + z_j^2)$ at $z = (3, 1)$, so $g = z$. With $\eta = 1$ plain
# descent lands on the minimum. By hand with EAR: $c = 1$ (both are positive numbers),
# energies $9 : 1$, $\tilde r = r = (\tfrac59, 5)$, and the step goes to
# $(3 - \tfrac53,\; 1 - 5) = (\tfrac43, -4)$. The loss was $5$, and now it is
# $\tfrac12(\tfrac{16}9 + 16) = \tfrac{80}9 \approx 8.9$. **Move it:** change the start or
# the rate.

# %% id="stable-step"
start_at, rate = np.array([3.0, 1.0]), 1.0


def one_step(z, eta):
    """Where a plain step and a step of EAR lead, for the loss ‖z‖²/2 and c = 1."""
    r = rebalance.ratio((eta * z) ** 2)
    plain, rebalanced = z - eta * z, z - eta * r * z
    turn = np.linspace(0, 2 * np.pi, 200)
    level = np.linalg.norm(z)
    figure, axes = plt.subplots(figsize=(5.2, 4.4))
    for radius in (1, 2, 3, 4, 5):
        circle = radius * np.cos(turn), radius * np.sin(turn)
        axes.plot(*circle, marker="", ls="-", color="#9a9a96", lw=0.7)
    axes.plot(level * np.cos(turn), level * np.sin(turn), "-", color=GREEN, lw=2)
    arrow(axes, plain - z, "plain", BLUE, start=z)
    arrow(axes, rebalanced - z, "EAR", RED, start=z, dash="--")
    axes.set(xlabel="feature $z_i$ (audio)", ylabel="feature $z_j$ (video)")
    axes.set_aspect("equal")
    place = "outside" if np.linalg.norm(rebalanced) > level else "inside"
    show(
        figure,
        "Circles of equal loss and two arrows from one point. The plain step leads "
        f"towards the centre; the step of EAR lands {place} the thick circle of the "
        "start.",
        plain=plain, rebalanced=rebalanced,
    )  # fmt: skip
    return rebalanced


landed = one_step(start_at, rate)
before_loss, after_loss = (start_at**2).sum() / 2, (landed**2).sum() / 2
print(f"loss before {before_loss:.4f}, after {after_loss:.4f}")
if rate == 1 and (start_at == [3, 1]).all():
    assert np.allclose(landed, [4 / 3, -4])
    assert after_loss > before_loss

# %% [markdown] id="stable-discussed"
# So EAR does not stabilise *every* step that was safe without it. What is true instead: if
# the loss is $L$-smooth, a step is safe when
# $\eta\,\tilde r_i < 2/L$ for every $i$ (claim `rebalance-stabilizes`). The largest
# $\tilde r$ decides, and the more unbalanced the modalities are, the larger it is. EAR
# makes the safe step *smaller* in exactly the condition named. Afterwards the overshoot
# adds to the energy of the weak modality and lowers its $r$, so this run recovers; in
# practice one may also cap $r$.

# %% id="safe-steps"
starts = 10 ** rng.uniform(-1, 1, (2, 10_000))  # positive, so c = 1
r_starts = rebalance.ratio(starts**2)  # the loss ‖z‖²/2 has L = 1 and g = z
safe_rate = 1.99 / r_starts.max(axis=0)
stepped = (1 - safe_rate * r_starts) * starts
assert ((stepped**2).sum(axis=0) < (starts**2).sum(axis=0)).all()  # safe below 2/(L r)
unsafe = (1 - 1.0 * r_starts) * starts  # η = 1, where plain descent is at its best
risen = ((unsafe**2).sum(axis=0) > (starts**2).sum(axis=0)).mean()
print(f"at η = 1 a first step of EAR raises the loss from {risen:.0%} of these starts")

# %% [markdown] id="pairs" tags=["slide"]
# ### Three modalities: whose conflict?
#
# $r_i$ has one index, $c_{ij}$ has two. For $M = 2$ there is only one partner. For
# $M = 3$ Eq. 8 asks for a decision that the paper does not take. A case where it matters:
# $g_2 = g_1$, $g_3 = -g_1$, energies $1, 5, 6$. The mean is 4, so Eq. 7 gives $r_1 = 4$.
# With partner 2 ($c = 1$) Eq. 8 leaves $\tilde r_1 = 4$; with partner 3 ($c = -1$) it
# leaves $\tilde r_1 = 1$.
#
# **Our reading**, and it is ours: make Eq. 7 for each pair alone,
#
# $$r_{ij} = \frac{E_i + E_j}{2E_i}, \qquad \tilde r_{ij} = r_{ij}^{(1 + c_{ij})/2},$$
#
# let modality $i$ take its step with each partner, and average the steps (notebook 07).
# For two modalities this is Eq. 8. For more, every pair has harmonic mean 1 and
# $r_{ij}E_i = r_{ji}E_j$, so what is proved of pairs stays true. It costs something too:
# the pair $(i, j)$ no longer knows of a third modality that has spent far more than both.

# %% id="pairs-equal"
three = np.array([1.0, 5.0, 6.0])
r_first = rebalance.ratio(three)[0]
assert r_first == 4
either = rebalance.temper(r_first, np.array([1, -1]))  # partner 2, partner 3
assert np.allclose(either, [4, 1])

pairs_in_loops = [
    [(own + other) / (2 * own) for other in three]
    for own in three
]  # fmt: skip
pairs_in_arrays = (three[:, None] + three[None, :]) / (2 * three[:, None])
assert np.allclose(pairs_in_loops, pairs_in_arrays)
assert np.allclose(pairs_in_arrays, rebalance.pair_ratio(three))
assert np.allclose(1 / pairs_in_arrays + 1 / pairs_in_arrays.T, 2)  # harmonic mean 1
assert np.isclose(rebalance.pair_ratio(toy)[0, 1], rebalance.ratio(toy)[0])  # M = 2
print(rebalance.pair_ratio(three))

# %% [markdown] id="ear-4"
# ### Exercise ear-4 · implement · level 2
#
# Write `pairwise(energy, cosines)`: from energies of shape $(M,)$ and cosines of shape
# $(M, M)$ to the matrix of all $\tilde r_{ij}$, in NumPy alone and without a loop.


# %% tags=["exercise"] id="ear-4-answer"
def pairwise(energy, cosines):
    ### BEGIN SOLUTION
    own, partner = energy[:, None], energy[None, :]
    return ((own + partner) / (2 * own)) ** ((1 + cosines) / 2)
    ### END SOLUTION


# %% tags=["check"] id="ear-4-check"
check("ear-4", pairwise)

# %% [markdown] id="table" tags=["slide"]
# ## 9 · What Table 1 would need
#
# Table 1 prints the balance factor $\bar w$ of joint training and of RGM, in six settings.
# Each $\bar w$ stands for a ratio of energies: $\bar w = 1 - 2(w_i - w_j)^2$, so
#
# $$|w_i - w_j| = \sqrt{\tfrac{1 - \bar w}{2}} =: \delta, \qquad
# R = \frac{1 + \delta}{1 - \delta}.$$
#
# By hand for Kinetics-Sounds with CNNs. Joint training has $\bar w = -0.56$:
# $\delta = \sqrt{0.78} = 0.883$, $R = 1.883/0.117 = 16.1$. If the raw energies stay in
# this ratio, the best EAR can do with applied counting is the cube root at $c = 1$:
# $2.53$, so $\delta = 1.53/3.53 = 0.433$ and $\bar w = 1 - 2 \cdot 0.187 = 0.625$. Table 1
# reports $0.77$ for RGM.


# %% id="ratio-behind"
def energy_ratio_behind(w_bar):
    """E_i/E_j >= 1 of two energies with this balance."""
    delta = np.sqrt((1 - w_bar) / 2)
    return (1 + delta) / (1 - delta)


def balance_of(ratio):
    """w̄ of two energies in this ratio."""
    return plane.balance(np.stack([ratio, np.ones_like(ratio)]))[0, 1]


table = BALANCE.values()  # of the six settings, in hundredths
joint = np.array([float(column["Joint training"]) / 100 for column in table])
ours = np.array([float(column["RGM"]) / 100 for column in table])
R_joint = energy_ratio_behind(joint)
reach = {c: balance_of(R_joint ** (1 / (2 + c))) for c in (0, 1)}
assert abs(reach[1][0] - 0.625) < 1e-3  # the hand calculation
print("reached at c = 1:", reach[1].round(2))
print("reported for RGM:", ours)

# %% [markdown] id="reach-predict"
# **Before you run the next cell:** where do the six reported values lie, inside the reach
# of EAR or beyond it?

# %% id="reach-figure"
names = [f"{where.dataset}\n{where.backbone}" for where in BALANCE]
rows = np.arange(len(names))[::-1]
figure, axes = plt.subplots(figsize=(7.4, 4.4))
reach_label = "reach, −1 ≤ c ≤ 1"
axes.hlines(rows, joint, reach[1], color=BLUE, lw=7, alpha=0.25, label=reach_label)
for x, marker, colour, label in [
    (joint, "o", "#6b6b68", "joint training"),
    (reach[0], "^", BLUE, "EAR at c = 0"),
    (reach[1], "s", BLUE, "EAR at c = 1"),
    (ours, "D", RED, "RGM, Table 1"),
]:
    axes.plot(x, rows, marker, color=colour, label=label, ms=7)
axes.set_yticks(rows, names)
axes.set(xlabel=r"balance factor $\bar w$", xlim=(-1, 1), ylim=(-0.6, 5.6))
axes.legend(loc="upper center", bbox_to_anchor=(0.42, -0.16), ncols=3, fontsize=9)
show(
    figure,
    "Six settings. In each a band runs from the balance of joint training, between "
    "−0.8 and −0.48, to what EAR reaches at c = 1, between 0.41 and 0.67. The value "
    "that Table 1 reports for RGM lies to the right of the band every time.",
    joint=joint, reach_0=reach[0], reach_1=reach[1], reported=ours,
)  # fmt: skip
least, best_start = ours - 0.005, joint + 0.005  # what rounding to two decimals allows
assert (balance_of(energy_ratio_behind(best_start) ** (1 / 3)) < least).all()

# %% [markdown] id="implied-said"
# Beyond it, in all six, and rounding does not explain it. With raw counting, $\bar w$ of
# that CGE would not have moved from the joint value at all. (Only if EAR counted the raw
# energies while the table shows the applied ones would any balance be in reach: their ratio
# is $R^{-c}$, which is 1 at $c = 0$.)
# The ledger does the comparison in exact numbers: steps 3 to 8 and the counterexample are
# one inequality, six times over.

# %% id="implied-proved"
prove("rebalance-implied")

# %% [markdown] id="ear-5"
# ### Exercise ear-5 · compute · level 2
#
# Which power $x$ of joint training's energy ratio does Table 1 imply for Kinetics-Sounds
# with CNNs, $R_{\text{RGM}} = R_{\text{joint}}^{\,x}$? The two balances are $-0.56$ and
# $0.77$; EAR's own powers are $\tfrac13$ and more. Give `power` to three digits.

# %% tags=["exercise"] id="ear-5-answer"
### BEGIN SOLUTION
behind = energy_ratio_behind(np.array([-0.56, 0.77]))
power = np.log(behind[1]) / np.log(behind[0])
### END SOLUTION

# %% tags=["check"] id="ear-5-check"
check("ear-5", power)

# %% [markdown] id="explanations"
# This is no objection to the numbers of the table. It says that constant raw energies and
# EAR alone do not produce them. What is left: the raw energies change during training, or
# the table measures balance in another way, or Syn and Orth contribute. Which of these it
# is, is **open**; the paper does not say enough to settle it.
#
# ### The raw energies do answer
#
# The first of the three can be looked at on a toy. Each feature is pulled to its own
# target, $\mathcal L = \sum_k \frac{\lambda_k}{2}\|z_k - t_k\|^2$ with
# $\lambda = (3, 1)$: audio learns three times as fast. The targets point almost the same
# way, and along such a run the cosine stays $c = 0.9$ (until a modality has arrived and
# its gradient is rounding error). Now slowing a modality down changes its next gradients.
#
# **Before you run the next cell:** EAR slows audio down. Does audio's *raw* energy, summed
# over the whole run, become smaller or larger by that?

# %% id="answering"
toy_c = 0.9  # move it: the cosine, from -1 to 1
problem = Quadratic(imbalance=3.0, agreement=toy_c)
runs = {
    "joint training": descend(problem, 300, 0.02),
    "EAR, counts raw": descend(problem, 300, 0.02, ear, "raw"),
    "EAR, counts applied": descend(problem, 300, 0.02, ear, "applied"),
}
of_raw = np.stack([run.raw_balance[0, 1] for run in runs.values()])
of_applied = np.stack([run.applied_balance[0, 1] for run in runs.values()])

figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True)
panels = zip(axes, (of_raw, of_applied), ("raw", "applied"), strict=True)
for axis, balances, kind in panels:
    for name, balance_path, look in zip(runs, balances, looks(3), strict=True):
        axis.plot(balance_path, label=name, markevery=50, **look)
    axis.set(xlabel="step $t$", title=f"of the {kind} energies", ylim=(-1, 1))
axes[0].set_ylabel(r"balance factor $\bar w$")
axes[1].legend(loc="lower right")
last = zip(of_raw[:, -1], of_applied[:, -1], strict=True)
final = [f"{x:.2f}, {y:.2f}" for x, y in last]
show(
    figure,
    "Balance of the raw and of the applied energies over 300 steps on the quadratic "
    f"toy. At the end (raw, applied): joint training {final[0]}; EAR counting raw "
    f"{final[1]}; EAR counting applied {final[2]}.",
    raw=of_raw, applied=of_applied,
)  # fmt: skip
for name, end in zip(runs, final, strict=True):
    print(f"{name:20s} raw, applied: {end}")

if toy_c == 0.9:  # what the text below says of this toy
    audio_raw = [run.raw[0].sum() for run in runs.values()]
    assert min(audio_raw[1:]) > audio_raw[0]  # slowed, audio spends more
    assert of_raw[1, -1] < of_raw[0, -1]  # counting raw: worse than joint ...
    assert of_applied[1, -1] < of_applied[0, -1] < of_applied[2, -1]  # ... in both
    assert all(np.allclose(run.before[0, 1, :90], 0.9) for run in runs.values())

# %% [markdown] id="answering-discussed"
# Larger. A modality that is slowed down stays far from its target, and its gradient stays
# long; one that is pushed arrives, and its gradient dies. So the raw energies answer, and
# they answer *against* EAR. Counting raw, EAR reads this as an even greater imbalance and
# slows audio further, a feedback that ends at $\bar w = -0.74$ here, worse than without
# EAR, and worse too in the applied energies. Counting applied, EAR sees its own doing and
# does improve what it measures, $0.67$ against $0.48$.
#
# That is so where the gradients agree. With less agreement EAR does less, and the order
# changes:

# %% id="other-conflicts"
ends_applied = {}
for c in (0.9, 0.5, 0.0, -0.9):
    toy_at_c = Quadratic(imbalance=3.0, agreement=c)
    ways = [(None, "raw"), (ear, "raw"), (ear, "applied")]
    balances_at_c = [descend(toy_at_c, 300, 0.02, *way).applied_balance for way in ways]
    ends_applied[c] = np.array([b[0, 1, -1] for b in balances_at_c])
rows_told = [f"{c:4.1f}  " + "  ".join(f"{x:5.2f}" for x in row)
             for c, row in ends_applied.items()]  # fmt: skip
print("   c  joint    raw  applied  (balance of the applied energies)")
print("\n".join(rows_told))
assert np.isclose(ends_applied[0.0][1], 1)  # at c = 0 counting raw levels exactly

# %% [markdown] id="other-conflicts-discussed"
# At $c = 0$ counting raw gradients levels the applied energies exactly, as in section 6,
# and counting applied ones does not. So neither reading is the better one at every
# conflict. This is one toy. It does not tell what happens on Kinetics-Sounds. It does tell
# that the choice the paper leaves open can decide whether EAR helps or harms, and that
# whoever reports $\bar w$ should report it of both energies.

# %% [markdown] id="ear-6"
# ### Exercise ear-6 · break · level 3
#
# Back to $\mathcal L = \tfrac12(z_i^2 + z_j^2)$ at $z = (3, 1)$, where plain descent does
# not raise the loss up to $\eta = 2$. With EAR, first step, $r = (\tfrac59, 5)$: what is the
# largest rate `safe` at which the loss does not rise? (A hint if you want one:
# `hint("ear-6")`. You can test your answer by moving `rate` in the cell with the circles.)

# %% tags=["exercise"] id="ear-6-answer"
### BEGIN SOLUTION
z_squared, r_start = np.array([9.0, 1.0]), np.array([5 / 9, 5.0])
safe = 2 * (r_start * z_squared).sum() / (r_start**2 * z_squared).sum()
### END SOLUTION

# %% tags=["check"] id="ear-6-check"
check("ear-6", safe)

# %% [markdown] id="appendix"
# ## For those who want all of it: the law $1/(2 + c)$, proved
#
# Steps 3–5 are the argument of section 6. The rest excludes the run-away: first all
# modalities are measured by $G_k = E_k^{1 + m}/e_k$, with $m = 1 + c$, in which one and the
# same map moves each of them; then the mean energy is shown to grow too slowly for single
# steps to matter in the end; then a limit finishes it. You can skip it and lose nothing
# that comes later.

# %% id="applied-proved"
prove("rebalance-applied")

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. $r_i$ is the mean energy over the own energy: $r_i E_i$ is equal for all, the harmonic
#    mean is 1, no $r_i$ is below $1/M$, and none is bounded above.
# 2. On an energy it acts squared: $r$ inverts an imbalance, $\sqrt r$ levels it.
# 3. Constant raw energies settle at the power $-c$ if raw gradients are counted (equal at
#    $c = 0$, inverted at $c = 1$), at $1/(2 + c)$ if applied ones are (cube root at $c = 1$).
# 4. At $c = -1$ EAR is off. It does not worsen an imbalance there, and does not mend it.
# 5. Which energy is counted, and which $c_{ij}$ belongs to $r_i$ for $M > 2$, the paper
#    leaves open. Say what you chose.
#
# **Further reading.** The paper, *Reconcile Gradient Modulation* (AAAI 2026), section
# "Energy-Aware Rebalancing" and Fig. 2. Zenke, Poole and Ganguli 2017, *Continual Learning
# Through Synaptic Intelligence*, from which CGE comes. Other ways to slow the strong, all
# in Table 1: Peng et al. 2022 (OGM-GE, on-the-fly gradient modulation), Li et al. 2023
# (AGM, adaptive gradient modulation), Fan et al. 2023 (PMR, prototypical modal
# rebalance), Huang et al. 2025 (InfoReg).
#
# Next: **05 · Synergy**, where the blocks of two gradients are made proportional.
