# %% [markdown] id="opening"
# # 02 · Energy: how far has each modality moved?
#
# *Eqs. 2–4 and Theorem 1 of the paper*
#
# **What you will do.** Watch two modalities spend energy during a run, compute the
# *Cumulative Gradient Energy* by hand, and then try to break the theorem about it: with
# the learning rate, with momentum, with noise, with the features in place of the
# parameters.
#
# **What you will learn.** What the energy measures; why it is tied to the fall of the
# loss, from both sides; exactly where the tie ends; and how it differs from Synaptic
# Intelligence and from the Fisher matrix.
#
# **What you need.** Gradient descent, the chain rule, geometric series, singular values
# (one section). Notebook 01 for where $g_k$ comes from.
#
# **How long.** About 75 minutes with the five exercises; the cells run in a few seconds.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
from course.figure import BLUE, GREEN, ORANGE, PINK, RED, SKY, looks

from derivations.energy import scenes  # small losses with exact gradients
from rgm_ref import bounds
from rgm_ref.descent import descend
from rgm_ref.energy import cumulative_energy, fisher_trace, synaptic_intelligence
from rgm_ref.toys import Classifier, Quadratic
from rgm_ref.views import Views

# %% [markdown] id="s1" tags=["slide"]
# ## 1 · Two modalities spend
#
# Our smallest multimodal problem: two features $z_1$ (audio, blue) and $z_2$ (video, red),
# each pulled to its own target at distance 1, with forces of different strength,
#
# $$\mathcal L = \tfrac32\,\|z_1 - t_1\|^2 + \tfrac12\,\|z_2 - t_2\|^2,
# \qquad g_1 = 3\,(z_1 - t_1), \quad g_2 = z_2 - t_2 .$$
#
# Plain descent with $\eta = 0.2$ from $z = 0$. At every step modality $k$ makes a step of
# length $\|\eta\, g_k\|$. We book the square of that length, and add up.
#
# **Before you run the next cell:** at the first step the gradients are as 3 : 1, so the
# booked squares are as 9 : 1. Will the *sums* at the end of the run be as 9 : 1 too, or
# more, or less?

# %% id="two-spend"
toy = Quadratic(imbalance=3.0, agreement=-0.5)
run = descend(toy, steps=25, rate=0.2)
spent = run.raw.cumsum(axis=-1)  # (2, 25): what each modality has spent so far


def draw_spending(left, right):
    for k, name in enumerate(["audio", "video"]):  # blue dots, red squares: everywhere
        left.semilogy(range(1, 26), run.raw[k], **looks(2)[k])
        right.plot(range(1, 26), spent[k], **looks(2)[k], label=f"$E$ of {name}")
    left.set(ylim=(1e-7, 1), xlabel="step $t$")
    left.set(ylabel=r"one step, $\|\eta\,g_k\|^2$")
    right.set(ylim=(0, 0.5), xlabel="step $t$", ylabel="sum so far, $E_k$")
    right.legend(loc="center right")


figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
draw_spending(*axes)
show(
    figure,
    alt="Left: the squared step of audio starts nine times higher and falls fast,"
    " video's falls slowly and is the larger one from the third step on. Right: both"
    " sums rise and flatten, audio's at 0.43, video's at 0.11.",
    step=run.raw,
    cumulative=spent,
)
print(f"first step  {run.raw[0, 0] / run.raw[1, 0]:.2f} : 1")
print(f"whole run   {spent[0, -1] / spent[1, -1]:.2f} : 1")

# %% [markdown] id="s1-answer" tags=["slide"]
# Less: 3.86 : 1. Audio pulls hard, arrives early and then stops spending; video goes on.
# What a modality does *now* and what it has done *so far* are different questions. The
# paper wants the second, and calls it **Cumulative Gradient Energy** (Eq. 3):
#
# $$E_k^{(T)} = \sum_{t=1}^{T} \big\|\eta_t\, g_k^{(t)}\big\|^2 .$$
#
# > "this quantity reflects the total *work* done by modality k" (after Eq. 3)
#
# *Work* is force times distance, $-\sum_t g_k\cdot\Delta\theta_k$, in the units of the
# loss. For a step $-\eta g$ that is $\sum_t \eta\|g\|^2$. So with one constant $\eta$ the
# energy is $\eta$ times the work (claim `energy-work`); its own units are those of a
# squared distance. Under a schedule the two part, as section 8 will show.
#
# ## 2 · By hand
#
# One modality, one number: the bowl $\mathcal L = \theta^2/2$, whose gradient is $\theta$.
# Start at $\theta = 1$, take two steps with $\eta = \tfrac12$:
#
# | step | $\theta$ | $g$ | $\eta g$ | $(\eta g)^2$ | $E$ | new $\theta$ | new $\mathcal L$ |
# |---|---|---|---|---|---|---|---|
# | 1 | 1 | 1 | 1/2 | 1/4 | 1/4 | 1/2 | 1/8 |
# | 2 | 1/2 | 1/2 | 1/4 | 1/16 | 5/16 | 1/4 | 1/32 |
#
# The loss fell from $\tfrac12$ to $\tfrac1{32}$, so $\Delta\mathcal L = \tfrac{15}{32}$ and
# $\eta\,\Delta\mathcal L = \tfrac{15}{64}$. The energy is $\tfrac{20}{64}$: it is
# $\tfrac43$ of $\eta\,\Delta\mathcal L$. Keep that $\tfrac43$ in mind.
#
# The next cell repeats this in exact fractions. The one after it does any number of
# modalities: in loops, in arrays, from the library. All three must agree, on random
# gradients with a falling learning rate, and on the table.

# %% id="by-hand"
position, by_hand = Fraction(1), Fraction(0)
for _ in range(2):
    step = Fraction(1, 2) * position  # η g, and g is θ itself
    position, by_hand = position - step, by_hand + step**2
drop_by_hand = Fraction(1, 2) - position**2 / 2

assert by_hand == Fraction(5, 16)
assert drop_by_hand == Fraction(15, 32)
print("E =", by_hand, "  ΔL =", drop_by_hand)
print("E / (ηΔL) =", by_hand / (drop_by_hand / 2))


# %% id="naive-vectorised-library"
def energy_loops(gradients, rates):
    """E_k after each step, entry by entry: gradients (M, T, d) → (M, T)."""
    energies = np.zeros(gradients.shape[:2])
    for k, of_modality in enumerate(gradients):
        so_far = 0.0
        for t, gradient in enumerate(of_modality):
            so_far += sum((rates[t] * entry) ** 2 for entry in gradient)
            energies[k, t] = so_far
    return energies


def energy_arrays(gradients, rates):
    """The same without loops."""
    return ((rates[:, None] * gradients) ** 2).sum(axis=-1).cumsum(axis=-1)


some, falling = rng.normal(size=(2, 6, 3)), np.linspace(0.5, 0.1, 6)
arrays = energy_arrays(some, falling)
assert np.allclose(energy_loops(some, falling), arrays, rtol=1e-13)
assert np.allclose(cumulative_energy(some, falling), arrays, rtol=1e-13)
table = np.array([[[1.0], [0.5]], [[0.0], [0.0]]])  # and a modality that is silent
assert cumulative_energy(table, 0.5).tolist() == [[1 / 4, 5 / 16], [0, 0]]

# %% [markdown] id="cge-1-task"
# ### Exercise cge-1 · compute · level 1
#
# A steeper bowl, $2\theta^2$, so $L = 4$. Two steps of $\eta = \tfrac18$ from $\theta = 1$.
# Set `steep` to the energy. Then compare with the table: what do the two runs share?

# %% tags=["exercise"] id="cge-1"
### BEGIN SOLUTION
steep = (4 / 8) ** 2 + (2 / 8) ** 2  # the same steps: ηL = ½ in both runs
### END SOLUTION

# %% tags=["check"] id="cge-1-check"
check("cge-1", steep)
hint("cge-1", 1)  # hints go from weak to strong

# %% [markdown] id="s3" tags=["slide"]
# Both runs have $\eta L = \tfrac12$, so both make the same steps. This product of learning
# rate and curvature is what everything below depends on.
#
# ## 3 · What is true of any sum of squares
#
# > "the CGE of each modality grows monotonically" (on Fig. 5)
#
# It does, whatever the training does: each step adds a square. And one more thing follows
# from Eq. 3 alone. By Cauchy–Schwarz the length of a sum of $T$ steps is at most
# $\sqrt{T}$ times the root of their summed squares, so
#
# $$\big\|\theta_k^{(T)} - \theta_k^{(0)}\big\|^2 \le T\, E_k^{(T)} .$$
#
# This needs the steps to *be* $-\eta_t g_k$. With momentum they are not: on a slope where
# $g = 1$, heavy ball with $\beta = 0.9$, $\eta = 1$ moves by $1$ and then by $1.9$. It has
# moved by $2.9$ and booked $E = 1 + 1$; and $2.9^2 = 8.41$ is more than $2E = 4$.

# %% id="displacement"
hills = scenes.ripples(rng)  # hills and valleys in 2 + 2 dimensions
gentle = 0.5 / hills.smoothness
path, slopes = scenes.descend(hills, rng.normal(size=4), gentle, steps=30)
energy = cumulative_energy(scenes.by_modality(slopes), gentle)
moved = (scenes.by_modality(path[1:] - path[0]) ** 2).sum(axis=-1)

assert (np.diff(energy) >= 0).all()
assert (moved <= bounds.displacement_bound(energy) * (1 + 1e-12)).all()
assert (1 + 1.9) ** 2 > 2 * (1 + 1)  # with momentum

# %% [markdown] id="s4" tags=["slide"]
# ## 4 · Theorem 1
#
# Is the energy more than a sum of squares? The paper says:
#
# > "**Theorem 1.** CGE is not merely descriptive; under standard assumptions … it aligns
# > with the convergence of training: $E_k^{(T)} \lesssim 2\eta\,[\mathcal L(\theta^{(0)}) -
# > \mathcal L(\theta^{(T)})]$ where η is a constant learning rate" (Eq. 4)
#
# The assumptions stand in an appendix we do not have, so let us look for them. The next
# cell makes 900 runs of three steps each on random hills and valleys, each with its own
# start and its own learning rate. $L$ is the *smoothness*: the largest curvature, in
# absolute value. What counts is the product $\eta L$.
#
# **Before you run the next cell:** each run becomes one dot, at $\eta L$ and
# $E/(\eta\,\Delta\mathcal L)$. Where Eq. 4 holds with its constant 2, a dot lies on or below
# the line at 2. Do you expect that for every learning rate?

# %% id="cloud"
landscape = scenes.ripples(np.random.default_rng(1), width=1)
eta_L = rng.uniform(0.02, 1.95, (900, 1))
many_rates = eta_L / landscape.smoothness
many_starts = rng.uniform(-6, 6, (900, 1))
walks, walk_slopes = scenes.descend(landscape, many_starts, many_rates, steps=3)
cloud_drop = landscape.loss(walks[0]) - landscape.loss(walks[-1])
cloud_energy = ((many_rates * walk_slopes) ** 2).sum(axis=(0, 2))
ratio = cloud_energy / (many_rates[:, 0] * cloud_drop)


def draw_cloud(axes):
    axes.semilogy(eta_L[:, 0], ratio, "o", color=GREEN, markersize=2.5, alpha=0.6)
    axes.axhline(2, color=ORANGE, linestyle="--", lw=2)
    axes.text(0.03, 2.12, r"the paper's $2\eta\,\Delta\mathcal{L}$", color=ORANGE)
    axes.set(xlim=(0, 2), xlabel=r"$\eta L$, learning rate × curvature")
    axes.set(ylim=(0.45, 25), ylabel=r"energy, $E\;/\;(\eta\,\Delta\mathcal{L})$")
    axes.set_yticks([0.5, 1, 2, 4, 8, 16], ["½", "1", "2", "4", "8", "16"], minor=False)
    axes.minorticks_off()


figure, axes = plt.subplots()
draw_cloud(axes)
show(
    figure,
    alt="Nine hundred dots fan out from 1 as the learning rate grows. They keep between"
    " two curves, one rising and one falling; beyond eta L = 1 many lie above the"
    " line at 2.",
    eta_L=eta_L[:, 0],
    ratio=ratio,
)
assert (ratio[eta_L[:, 0] <= 1] <= 2).all()
assert (ratio[eta_L[:, 0] > 1] > 2).any()

# %% [markdown] id="s4-bounds" tags=["slide"]
# Three things to see. Up to $\eta L = 1$ the factor 2 holds. Beyond, it does not. And the
# dots keep to a *funnel*: for small $\eta L$ they all sit near 1. The upper edge alone is
# half of the truth. Here are both halves, the upper one sharper for every $\eta < 1/L$:
#
# $$\frac{\eta\,\Delta\mathcal L}{1 + L\eta/2} \;\le\; \sum_k E_k^{(T)} \;\le\;
# \frac{\eta\,\Delta\mathcal L}{1 - L\eta/2}, \qquad 0 < \eta < \frac2L .$$
#
# **Why.** Take one step $-\eta g$, and look at the loss along it. At first it falls at the
# rate $\|g\|^2$ per unit of $\eta$. If the slope never changed, it would fall by
# $\eta\|g\|^2$ in all, which is the energy of the step divided by $\eta$. But the slope does
# change, on the way, by at most $L$ times the distance gone: bent upwards as in a bowl, or
# downwards as over the rim of a hill. Integrated, that is $\tfrac L2\|\eta g\|^2$, either
# way. So
#
# $$\Delta\mathcal L_{\text{step}} = \tfrac1\eta\|\eta g\|^2 \pm \tfrac L2\|\eta g\|^2
# = \tfrac1\eta\|\eta g\|^2\,\big(1 \pm \tfrac{L\eta}2\big) \quad\text{at most.}$$
#
# Add up the steps: the energies sum to $E$, the drops telescope to $\Delta\mathcal L$. That
# is the whole proof. Note that it speaks of the whole gradient: $\sum_k$ runs over *all*
# blocks that move. One modality's $E_k$ inherits the upper bound, not the lower one.
#
# The next cell runs the ledger's claim and shows its derivation. In it $\delta \ge 0$ is
# whatever an inequality leaves over; steps 4 and 5 each have their own.

# %% id="prove-two-sided"
prove("energy-two-sided")

# %% id="funnel"
grid = np.linspace(0.02, 1.95, 60)
lower, upper = bounds.energy_bounds(drop=1.0, rate=grid, smoothness=1.0)  # L = 1
curved, at = {}, np.array([0.1, 0.5, 1.0, 1.5, 1.9])
for name, sign in (("bowl", 1.0), ("rim", -1.0)):  # ±Lθ²/2, four steps each
    scene = scenes.bowl(sign)
    line, pulls = scenes.descend(scene, np.ones((5, 1)), at[:, None], steps=4)
    used = ((at[:, None] * pulls) ** 2).sum(axis=(0, 2))
    curved[name] = used / (at * (scene.loss(line[0]) - scene.loss(line[-1])))

figure, axes = plt.subplots()
draw_cloud(axes)
axes.plot(grid, upper / grid, "-", color=PINK, lw=2, label=r"$1/(1 - \eta L/2)$")
axes.plot(grid, lower / grid, "-.", color=SKY, lw=2, label=r"$1/(1 + \eta L/2)$")
axes.plot(at, curved["bowl"], "s", color=PINK, markersize=8, label="runs in a bowl")
axes.plot(at, curved["rim"], "D", color=SKY, markersize=7, label="runs on a rim")
axes.legend(loc="upper left")
show(
    figure,
    alt="The same dots between two curves. Squares, runs in a bowl, sit on the upper"
    " curve, which meets the line at 2 at eta L = 1; diamonds, runs on a rim, on the"
    " lower one.",
    grid=grid,
    upper=upper / grid,
    lower=lower / grid,
)
assert np.allclose(curved["bowl"], 1 / (1 - at / 2))
assert np.allclose(curved["rim"], 1 / (1 + at / 2))
below, above = bounds.energy_bounds(1.0, eta_L[:, 0], 1.0) / eta_L[:, 0]
assert ((below <= ratio * (1 + 1e-9)) & (ratio <= above * (1 + 1e-9))).all()

# %% [markdown] id="s4-reading" tags=["slide"]
# The bounds are attained: in a bowl every run, after every number of steps, lies *on* the
# upper curve. That is the $\tfrac43$ of section 2: with $\eta L = \tfrac12$,
# $1/(1 - \tfrac14) = \tfrac43$. At $\eta L = 1$ it is the paper's 2, so that 2 cannot be
# improved. The assumptions we were looking for: an $L$-smooth loss, and plain descent on the
# full gradient of everything that moves, with $\eta \le 1/L$. They may well be the "standard
# assumptions" of the appendix; then Theorem 1 holds as meant (claim `energy-theorem1`).
#
# > "This ensures CGE faithfully reflects actual optimization progress" (after Eq. 4)
#
# An upper bound ensures nothing of the kind: it allows an energy of zero for any progress.
# The **lower** bound does. With both, the loss that was gained is known from the energy,
#
# $$\Big|\Delta\mathcal L - \tfrac1\eta\textstyle\sum_k E_k\Big| \le \tfrac{L\eta}{2}\cdot
# \tfrac1\eta\sum_k E_k ,$$
#
# and $E_k/\eta$ is modality $k$'s share of it, to first order in $\eta$. In the toy of
# section 1 the two losses even separate, so each modality has a bowl of its own, with
# $\eta\lambda = 0.6$ and $0.2$: the cell checks that each keeps its equality.

# %% id="shares-of-progress"
stiffness, rate = np.array([3.0, 1.0]), 0.2
gained = stiffness / 2  # each loss falls from λ/2 to 0 (0.8^50 is nothing)
exact = rate * gained / (1 - rate * stiffness / 2)
assert np.allclose(spent[:, -1], exact, rtol=1e-4)
print("gained        ", gained)
print("energy over η ", (spent[:, -1] / rate).round(3))

# %% [markdown] id="cge-2-task"
# ### Exercise cge-2 · derive · level 2
#
# In the bowl $L\theta^2/2$ from $\theta = 1$, let $T \to \infty$. Write `limit_energy(x)`:
# the energy spent in all, as a function of $x = \eta L$ alone. Check it with section 1:
# $x = 0.6$ and $0.2$ there, and the ratio was 3.86.


# %% tags=["exercise"] id="cge-2"
### BEGIN SOLUTION
def limit_energy(x):
    """Σ x² (1 − x)^(2t), a geometric series."""
    return x**2 / (1 - (1 - x) ** 2)


### END SOLUTION


# %% tags=["check"] id="cge-2-check"
check("cge-2", limit_energy)

# %% [markdown] id="s5" tags=["slide"]
# ## 5 · Where it breaks: step size and momentum
#
# **(a) Step size.** On $\theta^2/2$ ($L = 1$) take one step of $\eta = 1.5$ from
# $\theta = 1$. It lands at $-\tfrac12$: the loss fell, from $\tfrac12$ to $\tfrac18$. Nothing
# looks wrong. But $E = 1.5^2 = \tfrac94$ and $2\eta\,\Delta\mathcal L = 3\cdot\tfrac38 =
# \tfrac98$: twice the bound. The sharp form has the answer, $1/(1 - \tfrac34) = 4$ in place
# of 2. Training at $\eta L > 1$ is no exotic case: Cohen et al. (2021) find that full-batch
# descent on deep networks drives $\eta L$ up to about 2 by itself. (If the appendix asks for
# $\eta \le 1/L$, this is no counterexample to the theorem, but a condition to be checked.)
#
# **(b) Momentum.** The paper trains by "stochastic gradient descent (SGD) with a momentum
# of 0.9". Heavy ball is $v \leftarrow \beta v + \eta g,\; \theta \leftarrow \theta - v$. By
# hand, at $\eta = 1/L$, which Theorem 1 allows: from $\theta = 1$ the first step arrives at
# $0$. There the gradient is 0, but the velocity is not, and carries it on to $-0.9$. So $E
# = 1$, and $2\eta\,\Delta\mathcal L = 1 - 0.81 = 0.19$. The energy is more than five times
# the bound.
#
# The next cell checks both. The one after it draws $E_T/(2\eta\,\Delta\mathcal L)$ for long
# runs in the bowl, for $\beta = 0$, $0.5$ and $0.9$; above 1 the theorem is broken.
# **Before you run that cell:** at *small* learning rates, does momentum raise the fraction or
# lower it?

# %% id="two-breaks"
theta = np.array([1.0])
for beta, eta, steps in ((0.0, 1.5, 1), (0.9, 1.0, 2)):
    line, pulls = scenes.descend(scenes.bowl(1.0), theta, eta, steps, beta)
    used = (eta**2 * pulls**2).sum()
    allowed = 2 * eta * (line[0] ** 2 - line[-1] ** 2).sum() / 2
    print(f"β = {beta}, ηL = {eta}: E = {used:.2f}, 2ηΔL = {allowed:.3f}")
    assert used > allowed


# %% id="momentum"
THREE = [looks(6)[k] for k in (2, 4, 5)]  # blue and red are for audio and video


def fraction_used(beta, x):
    """E_T / (2ηΔL) of heavy ball in the bowl after 3000 steps, for many x = ηL."""
    start_line = np.ones((len(x), 1))
    line, pulls = scenes.descend(scenes.bowl(1.0), start_line, x[:, None], 3000, beta)
    return x * (pulls[..., 0] ** 2).sum(axis=0) / (1 - line[-1, :, 0] ** 2)


def draw_momentum(axes, beta, look, effective):
    x, gain = np.geomspace(1e-3, 1.8, 80), 1 / (1 - beta) if effective else 1.0
    formula = gain * bounds.heavy_ball_ratio(beta, x)
    simulated = gain * fraction_used(beta, x[::8])
    axes.loglog(x, formula, **look | {"marker": ""})
    axes.plot(x[::8], simulated, **look | {"linestyle": ""}, label=rf"$\beta = {beta}$")
    assert np.allclose(simulated, formula[::8], rtol=1e-3)
    axes.plot(bounds.heavy_ball_rate(beta, effective), 1, "kD", markersize=8, zorder=5)


figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
for ax, effective in zip(axes, (False, True), strict=True):
    for beta, look in zip((0.9, 0.5, 0.0), THREE, strict=True):
        draw_momentum(ax, beta, look, effective)
    ax.axhline(1, color=ORANGE, lw=2, ls="--")
    ax.set(xlabel=r"$\eta L$, with $\eta$ as set")
axes[0].set(ylabel=r"$E\;/\;(2\eta\,\Delta\mathcal{L})$")
axes[0].set(title=r"Eq. 4 with $\eta$ as set")
axes[1].set(title=r"Eq. 4 with $\eta/(1 - \beta)$")
axes[0].legend(loc="upper left")
show(
    figure,
    alt="Two panels, fraction of Theorem 1's bound in use against eta L for three"
    " momenta. Left: with momentum 0.9 the fraction starts at 0.05, lowest of all,"
    " and crosses 1 at 0.19; with 0.5 at 0.75; without at 1. Right, with the"
    " effective rate: all start at one half, and momentum 0.9 crosses 1 already at"
    " 0.0105.",
    threshold=bounds.heavy_ball_rate(np.array([0, 0.5, 0.9])),
    effective=bounds.heavy_ball_rate(np.array([0, 0.5, 0.9]), effective=True),
)

# %% [markdown] id="s5-answer" tags=["slide"]
# It *lowers* the fraction: to $(1-\beta)/2 = 0.05$ for small rates. The ball moves ten times
# further than its fresh gradients do, and only those are booked. At large rates it swings
# past the bottom again and again, each time with a gradient. The black diamonds mark where
# the bound is used up, on the left exactly at
#
# $$\eta L = 1 - \beta^2 \quad (= 0.19 \text{ for } \beta = 0.9).$$
#
# Below that, Theorem 1 holds on *every* $L$-smooth loss, after every number of steps; the
# derivation below proves it, and that the threshold cannot be raised.
#
# But which $\eta$? The paper's $\eta_t$ is "the effective learning rate (reflecting learning
# rate schedule and optimizer dynamics)". If that means $\eta/(1-\beta)$, on both sides of
# Eq. 4, the energy grows by 100 and the bound by 10. That is the panel on the right: in the
# bowl, for long runs, it holds up to $\eta L = 0.0105$; and the very first step breaks it at
# *every* learning rate, as its energy is booked at once while the loss falls later.
# At the paper's $\eta = 10^{-3}$ the first reading asks for $L \le 190$, the second for
# $L \le 10.5$. The paper does not report $L$.

# %% id="effective-first-step"
x = np.geomspace(1e-4, 1, 50)
first_step = (10 * x) ** 2  # energy of the first step from θ = 1, rate 10 η
assert (first_step > 2 * 10 * x * (1 - (1 - x) ** 2) / 2).all()
assert np.isclose(bounds.heavy_ball_rate(0.9), 0.19)
assert round(float(bounds.heavy_ball_rate(0.9, effective=True)), 4) == 0.0105
prove("energy-heavy-ball")

# %% [markdown] id="s6" tags=["slide"]
# ## 6 · Where it breaks: noise
#
# **(c) Mini-batches.** A batch gives $g = \nabla\mathcal L + \nu$ with noise $\nu$ of mean
# zero and variance $\sigma^2$. We run descent in the bowl from $\theta = 3$ with
# $\eta = 0.2$: without noise; with noise; with the same noise and a learning rate that
# falls as $\eta_t = 0.2/(1 + t/10)$. The curves are means over 1000 runs.
#
# **Before you run the next cell:** after 50 steps hardly anything of the loss, 4.5 at first,
# is left in any of the three. What will the three energy curves do from there on?

# %% id="noise"
times = np.arange(300)
coins = rng.normal(size=(1000, 300, 1))
schedules = {
    "no noise": (np.full(300, 0.2), 0 * coins[:1]),
    "noise": (np.full(300, 0.2), coins),
    "noise, falling rate": (0.2 / (1 + times / 10), coins),
}
losses, energies = {}, {}
for name, (rates, nu) in schedules.items():
    *_, g = scenes.noisy_paths(scenes.bowl(1.0), np.array([3.0]), rates, nu)
    losses[name] = ((g - nu) ** 2).sum(axis=-1).mean(axis=0) / 2  # ∇L is θ here
    energies[name] = ((rates * g[..., 0]) ** 2).cumsum(axis=-1).mean(axis=0)


def draw_noise(left, right):
    for name, look in zip(schedules, THREE, strict=True):
        left.semilogy(times, losses[name], **look, markevery=50)
        right.plot(times, energies[name], **look, markevery=50, label=name)
    left.set(xlabel="step $t$", ylabel=r"loss $\mathcal{L}$, mean", ylim=(1e-4, 9))
    right.set(xlabel="step $t$", ylabel="energy $E$, mean", ylim=(0, 15))
    right.legend(loc="upper left")


figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
draw_noise(*axes)
show(
    figure,
    alt="Left: the loss falls to zero without noise, to a floor with noise, and goes on"
    " falling slowly where the rate falls too. Right: the energy flattens at 1 without"
    " noise and near 1.3 with a falling rate; with noise at a constant rate it goes on"
    " growing in a straight line, to 14.",
    energy=list(energies.values()),
    loss=list(losses.values()),
)

# %% [markdown] id="s6-answer" tags=["slide"]
# Only the energy of noise at a constant rate goes on, in a straight line, while its loss does
# not move: each step books its noise, and noise squared does not cancel. At the bottom of the
# bowl Theorem 1 is broken by the first step: the energy is positive, and the loss *rose*.
# In expectation the corrected theorem has a noise term, again sharp in the bowl:
#
# $$\frac{\eta\,\mathbb E[\Delta\mathcal L] + \eta^2 T\sigma^2}{1 + L\eta/2} \le \mathbb E[E_T]
# \le \frac{\eta\,\mathbb E[\Delta\mathcal L] + \eta^2 T\sigma^2}{1 - L\eta/2} .$$
#
# > "without drift or saturation" (after Theorem 1)
#
# > "grows monotonically and gradually saturates as learning progresses" (on Fig. 5)
#
# Taken at their words the two do not go together, and saturation and drift both occur: a
# constant rate with lasting noise drifts; a full batch, or a rate that falls fast enough,
# saturates. For rates that never rise and stay below $1/L$ the energy of the parameters is
# bounded exactly if $\sum_t \eta_t^2\sigma_t^2$ is finite (claim `energy-saturation`). So a
# flat energy curve may show nothing but the schedule.

# %% id="noise-bounds"
noisy_drop = 4.5 - losses["noise"][-1]  # at the last gradient, after 299 steps
ends = bounds.noisy_energy_bounds(noisy_drop, 0.2, 1.0, variance=1.0, steps=299)
booked = energies["noise"][-2]
assert ends[0] < booked
assert abs(booked / ends[1] - 1) < 0.02  # the bowl: on the upper side
last, before = energies["noise"][[-1, -101]]
print(f"the last 100 steps added {last - before:.2f} to the energy")
assert abs(losses["noise"][-1] - losses["noise"][-101]) < 0.01  # and the loss stayed
assert energies["no noise"][-1] - energies["no noise"][-101] < 1e-9
assert last > 2 * 0.2 * 4.5  # more than 2η times all the loss there is to lose
prove("energy-noise")

# %% [markdown] id="cge-3-task"
# ### Exercise cge-3 · implement · level 2
#
# In the bowl $L\theta^2/2$ with noise, once the loss has stopped falling (in the mean), the
# energy grows by a fixed amount per step. Write `drift(rate, smoothness, variance)`. For the
# straight line above it gives $0.0444$ per step: compare with what 100 steps added.


# %% tags=["exercise"] id="cge-3"
### BEGIN SOLUTION
def drift(rate, smoothness, variance):
    """η²σ² for the noise itself, and more as it keeps θ away from the bottom."""
    return rate**2 * variance / (1 - smoothness * rate / 2)


### END SOLUTION


# %% tags=["check"] id="cge-3-check"
check("cge-3", drift)

# %% [markdown] id="move-it" tags=["slide"]
# ### The counterexample, movable
#
# Step size, momentum and noise in one picture: one run in the bowl from $\theta = 1$, its
# energy, and the bound $2\eta\,\Delta\mathcal L$ of Eq. 4. **Move the three numbers in the
# second cell and run it again.** Guess first whether the theorem is kept:
#
# | `STEP` | `MOMENTUM` | `NOISE` | | `STEP` | `MOMENTUM` | `NOISE` |
# |---|---|---|---|---|---|---|
# | 0.9 | 0 | 0 | | 0.25 | 0.9 | 0 |
# | 1.5 | 0 | 0 | | 0.1 | 0 | 0.3 |
# | 0.15 | 0.9 | 0 | | 0.1 | 0 | 0.5 |


# %% id="bowl-run"
def bowl_run(step, momentum, noise, steps=60):
    """θ, E and 2ηΔL after each step of one noisy heavy-ball run on θ²/2 from θ = 1."""
    tosses = noise * np.random.default_rng(0).normal(size=steps)
    place, velocity, booked, rows = 1.0, 0.0, 0.0, []
    for toss in tosses:
        velocity = momentum * velocity + step * (place + toss)
        booked += (step * (place + toss)) ** 2
        place -= velocity
        rows.append((place, booked, step * (1 - place**2)))
    return np.array(rows).T


def draw_bowl_run(left, right, step, momentum, noise):
    places, booked, bound = bowl_run(step, momentum, noise)
    after = np.arange(1, 61)
    left.plot([1, *places], "o-", color=GREEN, markersize=3)
    left.axhline(0, color="gray", lw=1)
    left.set(xlabel="step $t$", ylabel=r"position $\theta$")
    right.plot(after, booked, "-", color=GREEN, lw=2, label="energy $E$")
    two = r"$2\eta\,\Delta\mathcal{L}$"
    right.plot(after, bound, "--", color=ORANGE, lw=2, label=two)
    over = booked > bound * (1 + 1e-9) + 1e-12
    right.fill_between(after, bound, booked, where=over, color=PINK, alpha=0.4)
    right.set(xlabel="step $t$", ylabel="energy and its bound")
    right.legend(loc="best")
    return after[over]


# %% id="bowl-move"
STEP, MOMENTUM, NOISE = 0.25, 0.9, 0.0  # move these

figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
broken = draw_bowl_run(*axes, STEP, MOMENTUM, NOISE)
show(
    figure,
    alt="At the numbers as given: left, the position swings around zero with shrinking"
    " width; right, the energy climbs in steps, crosses the dashed bound and stays"
    " above it. The gap is shaded.",
    broken=broken,
)
print(f"E > 2ηΔL after {len(broken)} of 60 steps; the first three:", *broken[:3])

# %% [markdown] id="bowl-answers"
# The table, answered. With noise of 0.3 the theorem is kept only while the run is short.

# %% id="bowl-table"
plain = [(0.9, 0, 0), (1.5, 0, 0), (0.15, 0.9, 0), (0.25, 0.9, 0)]
for settings in [*plain, (0.1, 0, 0.3), (0.1, 0, 0.5)]:
    kept = []
    for length in (60, 200):
        _, booked_so_far, bound = bowl_run(*settings, steps=length)
        kept.append(bool((booked_so_far <= bound * (1 + 1e-9) + 1e-12).all()))
    print(f"{settings!s:14}  kept for 60 steps: {kept[0]!s:6} for 200: {kept[1]}")

# %% [markdown] id="s7" tags=["slide"]
# ## 7 · Where it breaks: features are not parameters
#
# **(d)** So far the gradient was that of what moves. The paper's algorithm books another
# one: $g_k = \nabla_{z_k}\mathcal L$, the gradient of a *feature*, while the encoder's
# parameters move. The smallest encoder has one weight and a fixed factor, $z =
# \varepsilon\theta$. By the chain rule $g_\theta = \varepsilon\, g_z$, so the feature's
# energy is $1/\varepsilon^2$ times the weight's. With $\varepsilon = \tfrac1{10}$, loss
# $z^2/2$ (so $L = \varepsilon^2 = \tfrac1{100}$), one step of $\eta = 1/L = 100$ from
# $z = 1$: the weight's energy is $(100\cdot\tfrac1{10})^2 = 100 = 2\eta\,\Delta\mathcal L$;
# the feature's is $(100\cdot 1)^2 = 10\,000$.
#
# For an encoder with Jacobian $J = \partial z_k/\partial\theta_k$ the chain rule reads
# $g_\theta = J^\top g_z$, so $\|g_\theta\|^2$ lies between $\sigma_{\min}^2\|g_z\|^2$ and
# $\sigma_{\max}^2\|g_z\|^2$. This gives a sandwich, with the extreme singular values along
# the path, if $J$ has full row rank:
#
# $$\frac{E_\theta}{\sigma_{\max}^2} \;\le\; E_z \;\le\; \frac{E_\theta}{\sigma_{\min}^2} .$$

# %% id="one-weight"
epsilons = np.geomspace(0.05, 2, 12)
one_weight, one_feature = [], []
for epsilon in epsilons:
    eta = 0.5 / epsilon**2  # ηL = ½ for every ε
    scene = scenes.bowl(epsilon**2)
    line, pulls = scenes.descend(scene, np.ones(1) / epsilon, eta, 40)
    allowed = 2 * eta * (scene.loss(line[0]) - scene.loss(line[-1]))
    one_weight.append((eta**2 * pulls**2).sum() / allowed)
    one_feature.append((eta**2 * (pulls / epsilon) ** 2).sum() / allowed)
assert np.allclose(np.divide(one_feature, one_weight), epsilons**-2.0)


# %% id="encoder-run"
def encoder_energies(seed):
    """E_θ, E_z and the extreme singular values of z = tanh(Xθ) along 20 steps."""
    own = np.random.default_rng(seed)
    inputs, weights = own.normal(size=(2, 6)), 0.3 * own.normal(size=6)
    of_weights, of_features, singular = 0.0, 0.0, []
    for _ in range(20):  # loss ½‖z − (½, −½)‖² with η = 0.05
        z = np.tanh(inputs @ weights)
        jacobian = (1 - z**2)[:, None] * inputs
        move_z = 0.05 * (z - np.array([0.5, -0.5]))
        move = jacobian.T @ move_z  # the chain rule, g_θ = Jᵀ g_z
        of_features += move_z @ move_z
        of_weights += move @ move
        weights = weights - move
        singular += list(np.linalg.svd(jacobian, compute_uv=False))
    return of_weights, of_features, min(singular), max(singular)


encoders = np.array([encoder_energies(seed) for seed in range(14)])


# %% id="features"
def draw_features(left, right):
    left.loglog(epsilons, one_weight, "o-", color=GREEN, label=r"weight, $E_\theta$")
    left.loglog(epsilons, one_feature, "s--", color=PINK, label="feature, $E_z$")
    left.axhline(1, color=ORANGE, lw=2, ls="--")
    left.set(xlabel=r"$\varepsilon$ in $z = \varepsilon\theta$")
    left.set(ylabel=r"energy $/\;(2\eta\,\Delta\mathcal{L})$")
    left.legend(loc="upper right")
    low, high = bounds.feature_energy_bounds(1.0, encoders[:, 2], encoders[:, 3])
    order = np.argsort(high)
    right.vlines(range(14), low[order], high[order], color="gray", lw=5, alpha=0.5)
    right.plot(range(14), (encoders[:, 1] / encoders[:, 0])[order], "s", color=PINK)
    right.set(yscale="log", xlabel="14 random encoders", xticks=[])
    right.set(ylabel=r"$E_z\;/\;E_\theta$")


figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
draw_features(*axes)
show(
    figure,
    alt="Left: the weight's energy is two thirds of the bound for every epsilon; the"
    " feature's falls with slope minus two and is above the bound for epsilon below"
    " 0.8. Right: for fourteen tanh encoders the ratio of the energies lies inside"
    " its bar, which spans from one over the largest to one over the smallest"
    " squared singular value.",
    epsilon=epsilons,
    feature=one_feature,
    encoders=encoders,
)
least, most = bounds.feature_energy_bounds(encoders[:, 0], *encoders[:, 2:].T)
assert (least <= encoders[:, 1]).all()
assert (encoders[:, 1] <= most).all()

# %% id="prove-features"
prove("energy-features")

# %% [markdown] id="cge-4-task"
# ### Exercise cge-4 · break · level 2
#
# Break Theorem 1 by a given amount, with nothing but a rescaled feature: find the
# $\varepsilon > 0$ for which $z = \varepsilon\theta$, loss $z^2/2$, one step of $\eta = 1/L$
# leaves the feature with an energy of exactly **25 times** $2\eta\,\Delta\mathcal L$. Set
# `epsilon_25`.

# %% tags=["exercise"] id="cge-4"
### BEGIN SOLUTION
epsilon_25 = 1 / 5  # at η = 1/L the weight's energy is the bound; 1/ε² = 25
### END SOLUTION

# %% tags=["check"] id="cge-4-check"
check("cge-4", epsilon_25)

# %% [markdown] id="s7-stack"
# The bars on the right are long: what one energy says of the other is no better than the
# encoder is conditioned. And the smallest singular value can be 0. Stack the features of
# all $N$ samples, as an algorithm does that keeps a gradient per sample: $J$ then has $N
# d_k$ rows, and full row rank needs at least as many parameters. Without it there is **no**
# upper bound. The next cells show what that means: logistic regression on 200 samples that
# cannot all be fitted, full batch, constant rate, no momentum, no noise. For the
# *parameters* Theorem 1 holds; an assertion says so.
#
# **Before you run the next two cells:** the parameters come to rest, so their energy
# saturates. Does the energy of the features?

# %% id="stacked-features"
dials = {"width": 3, "signal": (1.5, 1.0), "dispute": 0.3}
views = Views.sample(np.random.default_rng(0), 200, **dials)
model = Classifier(views, hidden=False)
weights, rows, eta_small = model.start(), [], 0.5
untrained = model.evaluate(weights).loss
for _ in range(400):
    now = model.evaluate(weights)
    pulled = now.pull(now.gradients)
    steps_made = [eta_small * g for g in (*pulled[:2], *now.gradients)]
    rows.append([(s**2).sum() for s in steps_made])  # 2 encoders, 2 stacks
    weights = [p - eta_small * g for p, g in zip(weights, pulled, strict=True)]
sums = np.cumsum(rows, axis=0).T
of_encoders, of_stacks = sums[:2], sums[2:]
lost = untrained - model.evaluate(weights).loss
assert of_encoders[:, -1].sum() <= 2 * eta_small * lost  # Theorem 1

# %% id="stacked-picture"
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
for ax, curves in zip(axes, (of_encoders, of_stacks), strict=True):
    for k, name in enumerate(["audio", "video"]):
        ax.plot(curves[k], **looks(2)[k], markevery=80, label=name)
    ax.set(xlabel="step $t$", ylim=(0, None))
axes[0].set(ylabel=r"energy of the encoder, $E_\theta$")
axes[1].set(ylabel="energy of the features, $E_z$")
axes[0].legend(loc="center right")
show(
    figure,
    alt="Left: the energies of the two encoders rise and are flat from step 50 on,"
    " audio's more than four times video's. Right: the energies of their features grow in"
    " straight lines through all 400 steps, and video's is the larger one.",
    encoders=of_encoders,
    features=of_stacks,
)
assert (of_encoders[:, -1] - of_encoders[:, 199] < 1e-3).all()  # at rest
assert (of_stacks[:, -1] / of_stacks[:, 199] > 1.9).all()  # growing still
assert of_encoders[0, -1] > 4 * of_encoders[1, -1]  # audio moved more …
assert of_stacks[1, -1] > of_stacks[0, -1]  # … and video's features say the opposite

# %% [markdown] id="s7-answer" tags=["slide"]
# It does not: at the minimum the samples pull against one another. Their gradients cancel in
# the parameters, but each sample's own feature gradient stays, and its square is booked at
# every step. Even the *order* is reversed here: the encoders say that audio moved most, the
# features say video. Behind a linear head all modalities share one residual $r = p - y$, and
# $g_k = W_k^\top r$, so the ratio of feature energies is bounded by the head's blocks alone
# (notebook 01). What a modality knows, and what its encoder has learnt, enter through the
# shared $r$ only. The ledger draws the consequence (claim `energy-diagnosis`): two trainings
# with the same energies and cosines at every step, where video says nothing in the one and
# is under-trained in the other. A classifier trained on video alone can tell them apart.
#
# Summing the samples' gradients first, and squaring then, is another energy again. An
# implementation must say which it books.
#
# ## 8 · Three measures of one modality
#
# The paper presents the energy as an alternative to the **Fisher matrix** $F_k$ (Eq. 2),
# "Inspired by" **Synaptic Intelligence** (Zenke et al. 2017). Side by side:
#
# | measure | per step | units |
# |---|---|---|
# | energy, CGE | $\eta^2\,\lVert g_k\rVert^2$ | squared distance |
# | Synaptic Intelligence, SI | $-g_k\cdot\Delta\theta_k$ | loss |
# | Fisher, $\mathrm{tr}\,F_k$ | mean over *samples* of $\lVert g_k^{(s)}\rVert^2$ | squared slope |
#
# For plain descent $\Delta\theta_k = -\eta g_k$, so SI adds up $\eta\|g_k\|^2$. With one
# constant $\eta$ and full batches CGE is $\eta$ times SI: the two always rank alike. A
# schedule parts them, by the weights $\eta^2$ and $\eta$. Fisher squares each sample's
# gradient *before* the mean. By hand: two samples, modality $i$ has the gradients 2 and 2,
# modality $j$ has 4 and $-2$. The batch gradients are 2 and 1: energy ranks $i$ first.
# Fisher: $(4 + 4)/2 = 4$ against $(16 + 4)/2 = 10$: $j$ first. The difference is the
# variance, 0 and 9:
#
# $$\mathrm{tr}\,F_k = \|\mathbb E\,g_k\|^2 + \mathrm{tr}\,\mathrm{Cov}(g_k) .$$

# %% id="fisher-by-hand"
samples = np.array([[[2.0], [2.0]], [[4.0], [-2.0]]])  # (modality, sample, entry)
of_batch = (samples.mean(axis=1) ** 2).sum(axis=-1)
assert of_batch.tolist() == [4, 1]
assert fisher_trace(samples).tolist() == [4, 10]
scatter = samples.var(axis=1).sum(axis=-1)
assert np.array_equal(fisher_trace(samples), of_batch + scatter)
prove("energy-fisher")

# %% [markdown] id="s8-toy"
# Now a whole run. Audio is steep and near its target ($\lambda = 3$, distance 1): it has a
# loss of 1.5 to gain, and gains it early. Video is flat and far ($\lambda = 0.3$, distance
# 5): 3.75 to gain, slowly. Audio's samples disagree a little about the target (`SCATTER`).
#
# **Before you run the next cell:** which measures will call video the larger one at a
# constant rate? And with a rate that falls as $0.3/(1 + t/5)$?

# %% id="three-measures"
STIFF, FAR, SCATTER = [3.0, 0.3], [1.0, 5.0], [0.3, 0.0]  # move these


def three_measures(rates):
    """Shares of audio and video by CGE, SI and Fisher (mean over the path)."""
    stiff, target = np.array(STIFF), np.array(FAR)
    z, line, clouds = np.zeros(2), [np.zeros(2)], []
    for eta in rates:
        offsets = z - target + np.outer([1, -1], SCATTER)  # two samples
        clouds.append((stiff * offsets).T[:, :, None])
        z = z - eta * stiff * (z - target)
        line.append(z)
    clouds = np.stack(clouds, axis=1)  # (modality, step, sample, entry)
    g, shifts = clouds.mean(axis=2), np.diff(line, axis=0).T[..., None]
    cge, si = cumulative_energy(g, rates)[:, -1], synaptic_intelligence(g, shifts)
    fisher = fisher_trace(clouds).mean(axis=-1)
    raw = np.stack([cge, si, fisher])
    return raw / raw.sum(axis=-1, keepdims=True)


# %% id="measures"
constant = np.full(60, 0.3)
by_rate = {"constant rate": three_measures(constant)}
by_rate["falling rate"] = three_measures(constant / (1 + np.arange(60) / 5))

figure, axes = plt.subplots(1, 2, figsize=(9, 2.6), sharey=True)
for ax, (name, part) in zip(axes, by_rate.items(), strict=True):
    ax.barh(["CGE", "SI", "Fisher"], part[:, 0], color=BLUE, label="audio")
    rest = {"left": part[:, 0], "color": RED, "hatch": "//", "label": "video"}
    ax.barh(range(3), part[:, 1], **rest)
    ax.axvline(0.5, color="black", ls="--", lw=2)
    ax.set(xlim=(0, 1), xlabel=f"share, {name}")
    ax.grid(visible=False)
axes[0].invert_yaxis()
named = axes[0].get_legend_handles_labels()
figure.legend(*named, loc="outside upper center", ncols=2)
show(
    figure,
    alt="Shares of audio and video by three measures. Constant rate: CGE and SI both"
    " give video 59 percent, Fisher gives audio 82. Falling rate: CGE gives audio 57"
    " percent, SI still gives video 56, Fisher gives audio 65.",
    shares=list(by_rate.values()),
)
cge, si, fisher = by_rate["constant rate"]
assert np.allclose(cge, si)
assert cge[1] > 0.5 > fisher[1]
cge, si, fisher = by_rate["falling rate"]
assert cge[0] > 0.5 > si[0]

# %% [markdown] id="s8-answer" tags=["slide"]
# At a constant rate CGE and SI; under the falling rate SI alone. With constant $\eta$ CGE and
# SI are one measure, and Fisher departs because it counts audio's
# disagreeing samples. Under the schedule CGE turns as well: audio did its work early, when
# $\eta$ was large, and the weight $\eta^2$ favours that. The ranks of CGE and SI can be
# trusted to agree only where the SI ratio exceeds $\eta_{\max}/\eta_{\min}$ (claim
# `energy-relatives`). Set `SCATTER` to zeros, run both cells again: the first assertion about
# Fisher fails, since without scatter and at a constant rate all three are one.
#
# > "FIM is second-order, static" (before Eq. 3)
#
# Eq. 2 is an outer product of first-order gradients, the *empirical* Fisher; it equals a
# Hessian only for labels drawn from the model itself. And like any gradient it can be
# accumulated along the path: we just did.
#
# ## 9 · And RGM's own step
#
# > "a convergence-guaranteed measure of modality-wise progress" (Abstract)
#
# Every form of Theorem 1 so far has the step $-\eta g$. RGM steps by $-\eta\,
# g^{\mathrm{mod}}$. Where $g\cdot g^{\mathrm{mod}} \ge m\|g\|^2$ and $\|g^{\mathrm{mod}}\|^2
# \le K\|g\|^2$ at every step, the same proof gives
#
# $$\sum_t\|\eta\, g^{(t)}\|^2 \le \frac{\eta\,\Delta\mathcal L}{m - L\eta K/2}, \qquad
# \eta < \frac{2m}{LK} .$$
#
# But rebalancing multiplies by $r_i = \bar E/E_i$ (notebook 04), which has no bound. Take
# rebalancing alone, a row of the paper's Table 3, at $c = 1$, and the energies 1 and 99 so
# far: $r = 50$ and $0.505$. In the bowl $(\theta_i^2 + \theta_j^2)/2$ from $(1, 1)$, one step
# of $\eta = 1/L = 1$ lands at $\theta_i = -49$: the loss rises from 1 to 1200. Capping $r$
# would give a $K$, and with it a guarantee; the paper has no cap.

# %% id="rgm-step"
r = np.array([1.0, 99.0]).mean() / np.array([1.0, 99.0])
corner = np.ones(2)


def modulated(eta):
    """Energy of the raw gradient, and drop of the loss, in one step −η r g."""
    after = corner - eta * r * corner
    return eta**2 * (corner**2).sum(), (corner**2 - after**2).sum() / 2


used, fallen = modulated(eta=1.0)
assert used > 2 * fallen
assert fallen < -1000
m, K = r.min(), r.max() ** 2
small = 0.5 * 2 * m / K  # half of the largest learning rate that is allowed
used, fallen = modulated(small)
assert used <= bounds.modulated_energy_bound(fallen, small, 1.0, m, K)
print(f"guaranteed only for η < {2 * small:.4f}")

# %% [markdown] id="cge-5-task"
# ### Exercise cge-5 · critique · level 2
#
# > "the plateauing behavior confirms that CGE can be used to assess whether certain
# > modalities dominate, collapse, or are under-trained" (on Fig. 5)
#
# Four trainings, each stopped after a very long time. For which does the energy curve of the
# parameters flatten out? Set `flattens` to four truth values.
#
# 1. Full batch, constant $\eta < 1/L$, the loss converges.
# 2. Batches of 8, constant $\eta < 1/L$, the loss has stopped falling; no model fits all
#    samples.
# 3. Batches of 8, $\eta_t = \eta_0/t^2$, which comes to rest half-way down the slope.
# 4. Batches of 8, constant small $\eta$, and the model ends by fitting every sample exactly
#    (the loss converges to 0 at a geometric rate).

# %% tags=["exercise"] id="cge-5"
### BEGIN SOLUTION
flattens = [True, False, True, True]  # run 3 is flat, and nothing has been learnt
### END SOLUTION

# %% tags=["check"] id="cge-5-check"
check("cge-5", flattens)

# %% [markdown] id="closing" tags=["slide"]
# ## What to remember, in five lines
#
# 1. $E_k = \sum_t\|\eta_t g_k\|^2$: squared step lengths, added up. It never falls, and that
#    alone says nothing about training.
# 2. For plain full-batch descent, $\sum_k E_k = \eta\,\Delta\mathcal L$ up to a factor
#    $1 \pm L\eta/2$: both bounds are needed, both are attained. The paper's 2 is $\eta = 1/L$.
# 3. It breaks beyond $\eta = 1/L$; with momentum beyond $\eta L = 1 - \beta^2$ (0.19); with
#    noise, where energy grows by about $\eta^2\sigma^2$ per step while the loss stays.
# 4. The algorithm books feature gradients: rescale a feature by $\varepsilon$ and its energy
#    changes by $1/\varepsilon^2$; per sample it need not saturate at all. Nor does it tell an
#    under-trained modality from an uninformative one.
# 5. CGE is $\eta$ times Synaptic Intelligence at a constant rate, not under a schedule; Fisher
#    adds the disagreement of the samples.
#
# **What is open.** Whether $\eta L$ stays below any of these thresholds in the paper's own
# runs: $L$ along the path was not reported, nor which samples' gradients were summed first.
#
# ## Further reading
#
# - *Reconcile Gradient Modulation for Harmony Multimodal Learning* (AAAI 2026), Eqs. 2–4,
#   Theorem 1, Fig. 5.
# - F. Zenke, B. Poole, S. Ganguli, *Continual Learning Through Synaptic Intelligence* (ICML
#   2017): the path integral; they divide it by the squared displacement before use.
# - J. Martens, *New Insights and Perspectives on the Natural Gradient Method* (JMLR 2020), and
#   F. Kunstner, P. Hennig, L. Balles, *Limitations of the Empirical Fisher Approximation*
#   (NeurIPS 2019): what Eq. 2 is and is not.
# - J. Cohen et al., *Gradient Descent on Neural Networks Typically Occurs at the Edge of
#   Stability* (ICLR 2021): $\eta L$ near 2 in practice.
# - Y. Nesterov, *Lectures on Convex Optimization* (2018): smoothness and the descent lemma.
#
# Next: notebook 03, where the energies become one axis of a plane.
