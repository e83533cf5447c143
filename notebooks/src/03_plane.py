# %% [markdown] id="title"
# # 03 · The plane: two numbers for two gradients
#
# *The Balance–nonConflict Plane, Eqs. 5–6 of the paper*
#
# **What you will do.** Place a pair of modalities on the plane with a pencil, then in
# code. Follow a training run across it. Then take one model, leave everything it computes
# as it is, and drag it from the top of the plane to the bottom.
#
# **What you will learn.** What the balance coordinate $\bar w$ and the conflict coordinate
# $c$ measure. Why opposed feature gradients do not cancel. Why $c$ belongs to the
# chosen bases of the features more than to the model, what it looks like when it shows
# nothing, and which coordinates stay when the basis changes.
#
# **What you need.** Feature gradients $g_k = \partial \mathcal L/\partial z_k$ (notebook
# 01), energies and shares (notebook 02). Rotations, singular values, softmax.
#
# **How long.** The cells run in about ten seconds. Reading takes 50 minutes, the six
# exercises another 40.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
from course.figure import BLUE, GREEN, ORANGE, PINK, RED, SKY, arrow, looks, square

from derivations.plane.axis import run as train
from derivations.tables.data import BALANCE
from rgm_ref import plane
from rgm_ref.descent import descend
from rgm_ref.gauge import change_basis, haar_rotation, null_variance, turn_to
from rgm_ref.head import (
    head_condition,
    head_gradients,
    on_residuals,
    residual,
    softmax,
    to_logits,
    widest_angle,
)
from rgm_ref.oracles import finite_difference
from rgm_ref.synorth import synorth
from rgm_ref.toys import Quadratic, Views

# %% [markdown] id="picture" tags=["slide"]
# ## 1 · First the picture
#
# Two modalities, audio and video, each have a gradient. The plane keeps two numbers of the
# pair. Across: is one of them much longer than the other, added up over training
# (**balance**)? Upwards: do they point the same way (**nonConflict**)? Four quarters, four
# words. The upper scale translates balance into the ratio of the two energies.


# %% id="draw-plane"
RATIOS = np.array([1, 2, 3 + 2 * np.sqrt(2), 20])  # energies, stronger : weaker


def draw_plane(axis, words=True):
    """The Balance–nonConflict Plane: four regions, the energy ratio on top."""
    axis.axvspan(-1, 0, color=ORANGE, alpha=0.10, lw=0)
    axis.axhspan(-1, 0, color=PINK, alpha=0.13, lw=0)
    axis.axhline(0, color="grey", lw=1)
    axis.axvline(0, color="grey", lw=1)
    for x, across in ((-0.5, "imbalanced"), (0.5, "balanced")):
        for y, up in ((0.88, "aligned"), (-0.9, "opposed")):
            if words:
                axis.text(x, y, f"{across}, {up}", ha="center", size=9, color="grey")
    axis.set(xlim=(-1.03, 1.03), ylim=(-1.03, 1.03))
    axis.set(xlabel=r"balance $\bar w$", ylabel="nonConflict $c$")
    axis.set(xticks=[-1, -0.5, 0, 0.5, 1], yticks=[-1, -0.5, 0, 0.5, 1])
    if words:
        top = axis.twiny()
        places = plane.balance(np.stack([RATIOS, np.ones(4)]))[0, 1]
        top.set(xlim=axis.get_xlim(), xlabel="energies, stronger : weaker")
        top.set_xticks(places, ["1", "2", "5.83", "20"])
        top.grid(visible=False)


# %% [markdown] id="picture-move"
# **Move it.** Change a length or the angle and run the cell again. Which lengths bring the
# point to the left half? Does the angle move it sideways?

# %% id="picture-toy"
length_i, length_j, degrees = 3.0, 1.0, 53.13  # audio, video, angle between them
who = ("audio", "video")


def place(length_i, length_j, degrees):
    """Draw a pair of gradients and its point on the plane."""
    phi = np.deg2rad(degrees)
    g = np.array([[length_i, 0], [length_j * np.cos(phi), length_j * np.sin(phi)]])
    w_bar, c = plane.coordinates((g**2).sum(axis=1), g)  # first step, rate 1
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.7))
    for v, name, colour, dash in zip(g, who, (BLUE, RED), "-:", strict=True):
        arrow(axes[0], v, "", colour, dash=dash)
        style = {"color": colour, "ha": "center", "va": "center"}
        text, beside = f"{name}, {np.hypot(*v):.3g} long", (0, 12 if v[1] >= 0 else -12)
        axes[0].annotate(text, v, beside, textcoords="offset points", **style)
    axes[0].set(xlabel="first feature", ylabel="second feature", aspect="equal")
    axes[0].margins(0.3, 0.6)
    draw_plane(axes[1])
    axes[1].plot(w_bar, c, "o", color=GREEN, ms=9)
    side = {"xytext": (9, 6)} if w_bar < 0.3 else {"xytext": (-9, 6), "ha": "right"}
    axes[1].annotate(f"({w_bar:.2f}, {c:.2f})".replace("-", "−"), (w_bar, c), **side,
                     textcoords="offset points", color=GREEN,
                     bbox={"fc": "white", "ec": "none", "pad": 1})  # fmt: skip
    show(figure, f"Left: two gradients, {length_i:g} and {length_j:g} long, "
         f"{degrees:g} degrees apart. Right: their point ({w_bar:.2f}, {c:.2f}) on the "
         "plane, whose left half means imbalanced and whose lower half means opposed.",
         gradients=g, point=[w_bar, c])  # fmt: skip


place(length_i, length_j, degrees)

# %% [markdown] id="by-hand" tags=["slide"]
# ## 2 · The coordinates, by hand
#
# $$\bar w_{ij} = 8\,w_i w_j - 1, \quad w_i = \frac{E_i}{E_i + E_j} \quad \text{(Eq. 5)}
# \qquad c_{ij} = \frac{g_i^\top g_j}{\|g_i\|\,\|g_j\|} \quad \text{(Eq. 6)}$$
#
# The pair of the picture is $g_i = (3, 0)$ and $g_j = (0.6, 0.8)$. After one step with
# learning rate 1 the energies are the squared lengths, $E = (9, 1)$.
#
# - Shares: $w_i = 0.9$, $w_j = 0.1$.
# - As printed: $\bar w = 8 \cdot 0.9 \cdot 0.1 - 1 = 0.72 - 1 = -0.28$.
# - As a difference: $1 - 2(w_i - w_j)^2 = 1 - 2 \cdot 0.8^2 = -0.28$ again.
# - As an angle: draw $\sqrt{E_i} = 3$ upwards and $\sqrt{E_j} = 1$ across. The diagonal
#   has $\tan \varphi = 3$, so $\cos 2\varphi = \frac{1 - 9}{1 + 9} = -0.8$, and
#   $-\cos 4\varphi = 1 - 2 \cdot 0.8^2 = -0.28$ a third time.
# - Conflict: $c = \frac{3 \cdot 0.6 + 0 \cdot 0.8}{3 \cdot 1} = 0.6$.

# %% id="by-hand-checked"
energies = [Fraction(9), Fraction(1)]
w_i, w_j = (E / sum(energies) for E in energies)
assert (w_i, w_j) == (Fraction(9, 10), Fraction(1, 10))

product, difference = 8 * w_i * w_j - 1, 1 - 2 * (w_i - w_j) ** 2
angle = -np.cos(4 * np.arctan2(3, 1))
assert product == difference == Fraction(-28, 100)
assert np.isclose(angle, -0.28)

toy_i, toy_j = np.array([3.0, 0.0]), np.array([0.6, 0.8])
assert np.isclose(toy_i @ toy_j / (3 * 1), 0.6)

# %% [markdown] id="three-ways"
# Naive, vectorised, library. In training, the energies are summed over all samples, and
# every sample has its own $c$; so a step of training is not a point but a column of
# points.


# %% id="three-ways-equal"
def points_in_loops(energy, gradients):
    """Eqs. 5 and 6, sample by sample, entry by entry."""
    share = energy[0] / (energy[0] + energy[1])
    points = []
    for x, y in zip(*gradients, strict=True):
        inner, xx, yy = 0.0, 0.0, 0.0
        for p, q in zip(x, y, strict=True):
            inner, xx, yy = inner + p * q, xx + p * p, yy + q * q
        points.append((8 * share * (1 - share) - 1, inner / (xx * yy) ** 0.5))
    return points


batch = rng.normal(size=(2, 50, 6))  # 50 samples, 6 features each
spent = (batch**2).sum(axis=(1, 2))
w = spent / spent.sum()
lengths = np.linalg.norm(batch, axis=-1)
vectorised = (batch[0] * batch[1]).sum(axis=-1) / lengths.prod(axis=0)

library = plane.coordinates(spent, batch)
assert np.allclose(np.transpose(points_in_loops(spent, batch)), library)
assert np.allclose(1 - 2 * (w[0] - w[1]) ** 2, library[0])
assert np.allclose(vectorised, library[1])

# %% [markdown] id="plane-1"
# ### Exercise plane-1 · compute · level 1
#
# First step, learning rate 1: $g_i = (2, 2, 1)$ and $g_j = (-1, 1, -1)$. Where on the plane
# is the pair? Give `point = (w_bar, c)`; for the second a root may stay in it.

# %% tags=["exercise"] id="plane-1-answer"
### BEGIN SOLUTION
# energies 9 and 3: shares 3/4 and 1/4; inner product -2 + 2 - 1
point = (8 * 3 / 16 - 1, -1 / (3 * 3**0.5))
### END SOLUTION

# %% tags=["check"] id="plane-1-check"
check("plane-1", point)

# %% [markdown] id="zeros" tags=["slide"]
# ## 3 · Where balance ends
#
# > "where $\bar w_{ij} = 1$ indicates perfect balance […], and $\bar w_{ij} = -1$ reflects
# > extreme imbalance" (after Eq. 5)
#
# **True**, and $-1$ is a limit: two positive energies never reach it. What the sentence
# leaves out is where the sign changes. It matters, because RGM's gates open and close with
# the slope $q = 4 \bar w$ (Eq. 14), and in the left half that slope is negative.
#
# **Before you run the next cell:** how large may audio's share be before $\bar w$ becomes
# negative? $\tfrac34$? $\tfrac78$? $0.9$?

# %% id="zeros-figure"
share = np.linspace(0, 1, 201)
phi_axis = np.linspace(0, np.pi / 2, 201)
over_share = plane.balance(np.stack([share, 1 - share]))[0, 1]
sine, cosine_of = np.sin(phi_axis), np.cos(phi_axis)
over_angle = plane.balance(np.stack([sine, cosine_of]) ** 2)[0, 1]
assert np.allclose(over_share, 8 * share * (1 - share) - 1)
assert np.allclose(over_angle, -np.cos(4 * phi_axis))

figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True)
axes[0].plot(share, over_share, color=GREEN, marker="")
axes[1].plot(np.rad2deg(phi_axis), over_angle, color=GREEN, marker="")
crossings = [(plane.ZERO_SHARES, "{:.3f}"), ((22.5, 67.5), "{:.1f}°")]
for axis, (zeros, form) in zip(axes, crossings, strict=True):
    axis.axhspan(-1, 0, color=ORANGE, alpha=0.10, lw=0)
    axis.axhline(0, color="grey", lw=1)
    axis.plot(zeros, (0, 0), "s", color="#1c1d1f", ms=7)
    for zero, side, shift in zip(zeros, ("left", "right"), (9, -9), strict=True):
        axis.annotate(form.format(zero), (zero, 0), (shift, -14), ha=side,
                      textcoords="offset points")  # fmt: skip
for axis, x in zip(axes, (0.9, np.rad2deg(np.arctan2(3, 1))), strict=True):
    axis.plot(x, -0.28, "o", color=BLUE, ms=8)
    axis.annotate("(9, 1)", (x, -0.28), (-8, -10), ha="right", color=BLUE,
                  textcoords="offset points")  # fmt: skip
axes[0].set(xlabel="audio's share $w_i$", ylabel=r"balance $\bar w$")
axes[1].set(xlabel=r"angle $\varphi$, $\tan\varphi = \sqrt{E_i/E_j}$ (degrees)")
axes[1].set_xticks([0, 22.5, 45, 67.5, 90], ["0", "22.5", "45", "67.5", "90"])
show(figure, "Left: balance over audio's share, a parabola from −1 up to 1 at one half "
     "and back, zero at the shares 0.146 and 0.854. Right: over the angle phi, minus "
     "the cosine of four phi, zero at 22.5 and 67.5 degrees. The toy is at −0.28.",
     shares=share, balance=over_share, degrees=np.rad2deg(phi_axis), cosine=over_angle,
     zeros=plane.ZERO_SHARES)  # fmt: skip

# %% [markdown] id="zeros-discussed"
# $0.854$, so none of the three. $8 w (1 - w) = 1$ has the roots $w = (2 \pm \sqrt 2)/4$.
# As a ratio of energies that is $3 + 2\sqrt 2 = 5.83$, and as a ratio of *lengths* only
# $1 + \sqrt 2 = 2.41$: a modality that moved two and a half times as far as the other makes
# the plane call the pair imbalanced. Our toy, $3 : 1$, is already on the left.
#
# So are the paper's own runs of joint training. Table 1 prints a balance factor for six
# settings, and each is negative. If that factor is $\bar w$, the next cell computes the
# share of the weaker modality that stands behind it.

# %% id="zeros-checked"
root = np.array(plane.ZERO_SHARES)
assert np.allclose(root, [0.146, 0.854], atol=5e-4)
assert np.allclose(8 * root * (1 - root), 1)
assert np.isclose(root[1] / root[0], 3 + 2 * np.sqrt(2))
assert np.isclose(np.sqrt(root[1] / root[0]), 1 + np.sqrt(2))

joint = np.array([float(column["Joint training"]) / 100 for column in BALANCE.values()])
weaker = (1 - np.sqrt((1 - joint) / 2)) / 2
assert (joint < 0).all()
assert (weaker < root[0]).all()
print("balance of joint training: ", joint)
print("share of the weaker behind:", weaker.round(3))

# %% [markdown] id="forms"
# The three forms are one. The ledger proves it in three lines; the last is the double
# angle twice: $2 \sin\varphi\cos\varphi = \sin 2\varphi$, and then
# $2\sin^2 2\varphi - 1 = -\cos 4\varphi$.

# %% id="forms-proved"
prove("plane-balance-forms")

# %% [markdown] id="zero-gradient"
# One gap remains. At $g_i = 0$ the cosine is a quotient $0/0$, and no value would continue
# it: along $(1, 0)$ it tends to 1, along $(0, 1)$ to 0. The library defines it as 0,
# neither aligned nor opposed, and two zero energies as balanced.

# %% id="zero-gradient-checked"
nothing, something = np.zeros(2), np.array([1.0, 0.0])
for small, limit in [(np.array([1e-9, 0]), 1), (np.array([0, 1e-9]), 0)]:
    assert np.isclose(plane.nonconflict([small, something])[0, 1], limit)
assert plane.nonconflict([nothing, something])[0, 1] == 0
assert plane.balance(np.zeros(2))[0, 1] == 1

# %% [markdown] id="trajectory"
# ## 4 · A run is a path
#
# The simplest run: each feature is pulled to its own target,
# $\mathcal L = \sum_k \frac{\lambda_k}{2} \|z_k - t_k\|^2$, from $z = 0$. With
# $\lambda = (3, 1)$ and targets of length 1 at the right angle, its first step is our toy:
# gradients 3 and 1 long with cosine 0.6, so it starts at $(-0.28,\ 0.6)$.
#
# **Before you run the next cell:** where does the point go? Left or right? Up or down?
# (Audio learns three times as fast. What does that do to its *later* gradients? And can a
# gradient $\lambda_k (z_k - t_k)$ change its direction?)

# %% id="trajectory-quadratic"
settings = [(3.0, 0.6), (6.0, 0.0), (3.0, -0.5), (1.5, -0.8)]  # move: λ of audio, c
paths = {}
for stretch, cosine in settings:
    history = descend(Quadratic(stretch, cosine), 150, rate=0.02)
    paths[stretch, cosine] = history.raw_balance[0, 1], history.before[0, 1]
    assert np.allclose(history.before[0, 1], cosine)  # c never moves
    assert (np.diff(history.raw_balance[0, 1][1:]) > 0).all()  # balance always rises

figure, quadratic_card = plt.subplots(figsize=(5.4, 4.4))
draw_plane(quadratic_card)
for (stretch, _), (x, y), look in zip(paths, paths.values(), looks(4), strict=True):
    quadratic_card.plot(x, y, color=look["color"], ls=look["linestyle"], marker="")
    quadratic_card.plot(x[0], y[0], look["marker"], color=look["color"], ms=8)
    quadratic_card.annotate("", (x[-1] + 0.04, y[-1]), (x[-1], y[-1]),
                  arrowprops={"arrowstyle": "-|>", "color": look["color"]})  # fmt: skip
    quadratic_card.text(min(x[0] - 0.05, 0.55), y[0] + 0.07,
              rf"$\lambda = ({stretch:g}, 1)$", color=look["color"])  # fmt: skip
show(figure, "Four runs on the plane, each a horizontal line from a marker to the "
     "right. With lambda 3 to 1 the run starts at balance −0.28 and ends at 0.48.",
     paths=list(paths.values()))  # fmt: skip

# %% [markdown] id="trajectory-discussed"
# Right, and neither up nor down. Audio arrives first, its gradient fades first, and video
# catches up: with a small learning rate the energies end near $\lambda_i : \lambda_j$,
# $3 : 1$, the shares $\tfrac34, \tfrac14$, balance $\tfrac12$. And $z_k - t_k$ shrinks
# without turning, so $c$ stays.
#
# Now a model that classifies: two linear encoders, concatenated, a linear head with three
# classes, 60 samples, plain gradient descent on everything. Both modalities carry the same
# signal; audio's head block starts twice as large as video's, so audio's encoder starts
# with the longer gradients. Each point is one sample at one step, as in the paper's Fig. 3.

# %% id="trajectory-cloud"
steps, width = 200, 8
own_rng = np.random.default_rng(17)  # a seed whose cloud lies in the upper half
data = Views.sample(own_rng, size=60, classes=3, signal=(2, 2))
encoders = own_rng.normal(size=(2, 8, width)) / 6
heads = own_rng.normal(size=(2, width, 3)) * np.array([0.5, 0.25])[:, None, None]
loss, w_path, clouds = train(data, encoders, heads, steps, rate=0.2)


def draw_run(axis, balances, cosines):
    """Every sample at every fourth step, coloured by step; the mean as a path."""
    shown = range(0, steps, 4)
    x = np.concatenate([np.full(cosines.shape[1], balances[t]) for t in shown])
    late = np.repeat(list(shown), cosines.shape[1])
    y = cosines[::4].ravel()
    dots = axis.scatter(x, y, s=4, c=late, cmap="viridis_r", alpha=0.5)
    mean = cosines.mean(axis=1)
    axis.plot(balances, mean, color="#1c1d1f", lw=1.8, marker="", ls="-")
    axis.plot(balances[0], mean[0], "o", color="#1c1d1f", ms=7)
    axis.plot(balances[-1], mean[-1], "s", color="#1c1d1f", ms=7)
    return dots


figure, cloud_card = plt.subplots(figsize=(6, 4.4))
draw_plane(cloud_card)
figure.colorbar(draw_run(cloud_card, w_path, clouds), label="step $t$")
show(figure, "A run of 200 steps on the plane as a cloud of samples coloured by step. "
     "Its mean starts at balance −0.14 in the upper left and moves right to 0.42. All "
     "points lie in the upper half.", balance=w_path, conflict=clouds)  # fmt: skip
above = (clouds > 0).mean()
print(f"loss {loss[0]:.3f} -> {loss[-1]:.3f}, points with c > 0: {above:.0%}")

# %% [markdown] id="trajectory-said" tags=["slide"]
# Circle: start. Square: end. This run drifts to the right, and so did the quadratic. The
# paper's Fig. 3(a) shows joint training drift to the *left* on Kinetics-Sounds. Neither is a
# law: on the ledger's two-layer toy the drift goes left where one modality says next to
# nothing, and no such tendency shows where it is half as clear or equally clear (claim
# `figure-3-vanilla`).
#
# And the height? All points have $c > 0$. Of RGM's run, Fig. 3(e), the paper says:
#
# > "This results in a clear structure in the upper right quadrant, reflecting improved
# > collaboration" (Qualitative Analysis)
#
# Ours moves to "a well-balanced region" and into the upper right quadrant too, and it is
# plain joint training. Do its modalities collaborate well? Keep this run in mind. It comes
# back in section 6.

# %% [markdown] id="first-order" tags=["slide"]
# ## 5 · Opposed gradients cancel only in one variable
#
# > "modality conflict, where opposing gradient directions hinder optimization" (Abstract)
#
# **Not true of feature gradients, to first order**, because $z_i$ and $z_j$ are
# *different variables*. The gradient of audio moves audio's features, that of video
# video's. They are never added, so they cannot cancel. By hand, with
# $t = (3, 4)$ and $\eta = \tfrac12$, from $z = 0$:
#
# $$\mathcal L = \tfrac12 \|z_i - t\|^2 + \tfrac12 \|z_j \mp t\|^2.$$
#
# The gradients are $-t$ and $\mp t$, so $c = \pm 1$. Each distance is halved, so each term
# falls from $\tfrac{25}2$ to $\tfrac{25}8$. The loss falls by $\tfrac{75}4 = 18.75$ **with
# either sign**. In multi-task learning it is otherwise: there *one* parameter $\theta$
# receives both gradients, they do add up, and at $c = -1$ nothing moves at all.
#
# **Before you run the next cell:** three curves per panel, $c = 1, 0, -1$, of the loss
# after one step of rate $\eta$. How many different curves will you see on the left?

# %% id="first-order-figure"
rates, target = np.linspace(0, 1, 41), np.array([3.0, 4.0])
other = {1: target, 0: np.array([-4.0, 3.0]), -1: -target}  # move it: length 5


def pulled(z_i, z_j, t_j):
    """Loss of two points pulled to `target` and t_j."""
    return ((z_i - target) ** 2).sum() / 2 + ((z_j - t_j) ** 2).sum() / 2


own, shared = {}, {}
for c, t_j in other.items():  # at 0 the gradients are −target and −t_j
    own[c] = [pulled(eta * target, eta * t_j, t_j) for eta in rates]
    both = target + t_j  # one θ for both: gradients add up
    shared[c] = [pulled(eta * both, eta * both, t_j) for eta in rates]
assert np.allclose(own[1], own[-1])
assert np.isclose(own[-1][0] - own[-1][20], 18.75)  # η = 1/2, the hand calculation

figure, axes = plt.subplots(1, 2, figsize=(8, 3.3), sharey=True)
for axis, curves in zip(axes, (own, shared), strict=True):
    for k, (c, look) in enumerate(zip(curves, looks(3), strict=True)):
        axis.plot(
            rates,
            curves[c],
            label=f"$c = {target @ other[c] / 25:g}$",
            markevery=(3 * k, 10),
            **look,
        )
    axis.set(xlabel=r"rate $\eta$ of the one step", ylim=(-1, 34))
axes[0].set(ylabel=r"loss after the step", title="features: own variables")
axes[1].set(title="multi-task: one shared parameter")
axes[1].legend(loc="upper center", ncols=3)
show(figure, "Left, two separate variables: the three curves for c = 1, 0, −1 are one "
     "and the same, falling from 25 to 0. Right, one shared parameter: for c = 1 the "
     "loss falls to 0 at rate one half and rises to 25; for c = 0 it falls to 12.5; "
     "for c = −1 it stays at 25.", rates=rates, own=list(own.values()),
     shared=list(shared.values()))  # fmt: skip

# %% [markdown] id="first-order-discussed" tags=["slide"]
# One. In general: for a step $z_k \leftarrow z_k - \eta g_k$,
#
# $$\Delta \mathcal L = -\eta\,\bigl(\|g_i\|^2 + \|g_j\|^2\bigr) + O(\eta^2),$$
#
# with no $c$ in it. Let the ledger prove it, and see the product appear where it belongs:
# on shared parameters.

# %% id="first-order-proved"
prove("plane-first-order")

# %% [markdown] id="first-order-softmax-said"
# The same on 200 random models in which the two features do meet, in one softmax. Their
# cosines run from below $-0.9$ to above $0.9$. The slope of the loss along the joint
# step, by finite differences, is $-\|g_i\|^2 - \|g_j\|^2$.

# %% id="first-order-softmax"
worst, seen = 0.0, []
for _ in range(200):
    z, W = rng.normal(size=(2, 2)), rng.normal(size=(2, 2, 4))  # W_k of shape (d, K)
    y = np.eye(4)[0]
    g = np.stack(head_gradients(W, residual(to_logits(z, W).sum(axis=0), y)))

    def after(eta, z=z, W=W, g=g):
        """Loss after a joint step of rate η."""
        return -np.log(softmax(to_logits(z - eta * g, W).sum(axis=0))[0])

    slope = finite_difference(after, np.array(0.0))
    worst = max(worst, abs(slope + (g**2).sum()) / (g**2).sum())
    seen.append(plane.nonconflict(g)[0, 1])
assert worst < 1e-6
assert min(seen) < -0.9
assert max(seen) > 0.9

# %% [markdown] id="plane-2"
# ### Exercise plane-2 · predict · level 1
#
# Two gradients of lengths 3 and 1 point in opposite directions, $c = -1$. What is the slope
# of the loss in $\eta$ at $\eta = 0$, when both are (a) gradients of two features, and each
# moves its own; (b) gradients of two losses in one shared parameter, which moves by their
# sum? Give `slopes = (own, shared)`.

# %% tags=["exercise"] id="plane-2-answer"
### BEGIN SOLUTION
slopes = (-(3**2) - 1**2, -((3 - 1) ** 2))
### END SOLUTION

# %% tags=["check"] id="plane-2-check"
check("plane-2", slopes)

# %% [markdown] id="gauge" tags=["slide"]
# ## 6 · One model, two places
#
# > "$c_{ij} = 1$ indicates the most synergistic and $c_{ij} = -1$ implies the most severe
# > conflict" (after Eq. 6)
#
# Nothing ties the axes of audio's features to those of video's. Feature 5 of the one has
# no reason to correspond to feature 5 of the other. So take video's features, turn them by
# any rotation $Q$, and let the head turn them back:
#
# $$z_j \to Q z_j, \qquad W_j \to W_j Q^\top, \qquad W_j Q^\top Q z_j = W_j z_j.$$
#
# The logits stay. The loss stays. It is the same model, written in another basis. But its
# gradient is now $Q g_j$. By hand, with two classes and residual $r = (1, -1)$:
#
# - $W_i = W_j = \begin{pmatrix} 1 & 2 \\ 3 & 5 \end{pmatrix}$, so
#   $g_i = g_j = W^\top r = (1 - 3,\ 2 - 5) = (-2, -3)$ and $c = 1$;
# - $Q = \frac15 \begin{pmatrix} 3 & -4 \\ 4 & 3 \end{pmatrix}$ gives
#   $Q g_j = \frac15(-6 + 12,\ -8 - 9) = (\tfrac65, -\tfrac{17}5)$;
# - its squared length is $\frac{36 + 289}{25} = 13$, as before; but
#   $g_i \cdot Q g_j = \frac{-12 + 51}{5} = \frac{39}5$ and $c = \frac{39/5}{13} = 0.6$;
# - $z_j = (2, 1)$ becomes $(\tfrac25, \tfrac{11}5)$, $W_j$ becomes
#   $\frac15\begin{pmatrix} -5 & 10 \\ -11 & 27 \end{pmatrix}$, and the logits are
#   $(4, 11)$ in both.
#
# (We write head blocks as the ledger does, $K \times d$ with logits $W z$. The library
# stores the transpose, one row per feature, logits `z @ W`.)

# %% id="gauge-by-hand"
W_hand, r_hand = np.array([[1.0, 2], [3, 5]]), np.array([1.0, -1])
Q_hand, z_hand = np.array([[3.0, -4], [4, 3]]) / 5, np.array([2.0, 1])
g_hand = W_hand.T @ r_hand
assert np.allclose(Q_hand @ g_hand, [6 / 5, -17 / 5])
assert np.isclose((Q_hand @ g_hand) @ (Q_hand @ g_hand), 13)
assert np.isclose(g_hand @ Q_hand @ g_hand / 13, 0.6)

z_new, block_new = change_basis(z_hand, W_hand.T, Q_hand)  # the library does the same
assert np.allclose(block_new.T, np.array([[-5, 10], [-11, 27]]) / 5)
assert np.allclose(z_new @ block_new, W_hand @ z_hand)
assert np.allclose(z_new @ block_new, [4, 11])

# %% [markdown] id="gauge-move" tags=["slide"]
# Now the whole axis, on a random model with three classes. `turn_to(g, c)` finds an
# orthogonal $Q$ that brings the cosine to any wished value. **Move it:** set `wished` to
# any number from −1 to 1 and run the cell again.
#
# **Before you run the next two cells:** nine models at nine heights, and yours. How will
# their three logits compare?

# %% id="gauge-model"
shown_rng = np.random.default_rng(4)
features, blocks = shown_rng.normal(size=(2, 2)), shown_rng.normal(size=(2, 2, 3))
label = np.eye(3)[0]


def written_in(basis):
    """Logits and gradients of the same model, video's features in another basis."""
    z_j, W_j = change_basis(features[1], blocks[1], basis)
    heads_now = [blocks[0], W_j]
    logits = to_logits([features[0], z_j], heads_now).sum(axis=0)
    return logits, np.stack(head_gradients(heads_now, residual(logits, label)))


_, pair = written_in(np.eye(2))
nine = np.linspace(-1, 1, 9)

# %% id="gauge-figure"
wished = -0.9  # move it along the whole c axis

dragged = [written_in(turn_to(pair, c)) for c in (*nine, wished)]
points = np.array([plane.coordinates((g**2).sum(axis=1), g) for _, g in dragged])
all_logits = np.stack([logits for logits, _ in dragged])
assert np.allclose(all_logits, all_logits[0])  # the same model ...
assert np.allclose(points[:, 0], points[0, 0])  # ... the same balance ...
assert np.allclose(points[:, 1], [*nine, wished])  # ... any conflict you like

figure, axes = plt.subplots(1, 3, figsize=(8.6, 3.3), width_ratios=[1.1, 1.15, 0.8])
for _, g in dragged[:-1]:
    arrow(axes[0], g[1], "", "#e0b49a")
arrow(axes[0], pair[0], "audio", BLUE)
arrow(axes[0], dragged[-1][1][1], "video", RED, dash="--")
square(axes[0], 1.3 * np.linalg.norm(pair, axis=1).max())
axes[0].set(xlabel="first feature", ylabel="second feature")
draw_plane(axes[1], words=False)
axes[1].plot(*points[:9].T, "o", color="#d09a7b", ms=5, ls="-", lw=0.8)
axes[1].plot(*points[-1], "D", color=RED, ms=9)
for k, logits in enumerate(all_logits):
    mark, colour, size = ("D", RED, 5) if k == 9 else ("o", "#d09a7b", 25 - 2.2 * k)
    axes[2].plot([1, 2, 3], logits, mark, ms=size, color=colour, mfc="none", mew=0.7)
axes[2].set(xlabel="class", ylabel="logit", xlim=(0.4, 3.6))
axes[2].margins(0, 0.15)
axes[2].set_xticks([1, 2, 3])
show(figure, "Left: audio's gradient and video's, which points in ten directions at "
     "one length. Middle: ten points on a vertical line of the plane, c = −1 to 1, "
     f"the chosen one at {wished:g}. Right: the logits of the ten models coincide.",
     points=points, logits=all_logits)  # fmt: skip

# %% [markdown] id="gauge-discussed" tags=["slide"]
# They are the same, to the last digit that arithmetic keeps: on the right ten rings are
# drawn around each logit. One model; balance does not move either; and $c$ is whatever you
# wish. "The most synergistic" and "the most severe conflict" are **one model**.

# %% id="gauge-proved"
prove("plane-gauge")

# %% [markdown] id="quadrants"
# ### The run of section 4, three times
#
# One could hope that training takes care of it. It does not: gradient descent commutes with
# rotations. If video's encoder starts at $Q V_j$ and its head block at $W_j Q^\top$, every
# later step keeps this relation.
#
# **Before you run the next cell:** the run of section 4, once as it was, once with video's
# features mirrored ($Q = -1$), once turned at random. What happens to the three losses? To
# the quadrants?

# %% id="quadrants-figure"
at_random = haar_rotation(width, np.random.default_rng(4))
bases = {"as it was": np.eye(width), "mirrored": -np.eye(width),
         "turned at random": at_random}  # fmt: skip
same_run = {}
for name, basis in bases.items():
    encoder, block = change_basis(encoders[1], heads[1], basis)
    start_there = np.stack([encoders[0], encoder]), np.stack([heads[0], block])
    same_run[name] = train(data, *start_there, steps, rate=0.2)

for losses, balances, _ in same_run.values():
    assert np.allclose(losses, loss, rtol=1e-8)
    assert np.allclose(balances, w_path, rtol=1e-8)
assert np.allclose(same_run["mirrored"][2], -clouds)

figure, axes = plt.subplots(1, 3, figsize=(8.6, 3.2), sharey=True)
for axis, (name, result) in zip(axes, same_run.items(), strict=True):
    draw_plane(axis, words=False)
    draw_run(axis, *result[1:])
    axis.set_title(f"{name}: loss {result[0][-1]:.4f}", fontsize=11)
axes[1].set_ylabel("")
axes[2].set_ylabel("")
show(figure, "Three planes with the same run in three bases of video's features. As it "
     "was, the cloud ends in the upper right quadrant; mirrored, in the lower right; "
     "turned at random, elsewhere again. Balances and losses agree.",
     balance=w_path, conflict=[run[2] for run in same_run.values()])  # fmt: skip

# %% [markdown] id="quadrants-discussed" tags=["slide"]
# Losses and balances agree at each of the 200 steps; the quadrants do not. The mirrored run
# is the original one turned upside down, point by point. The seed was chosen so that the
# first cloud lies on top; a mirror is all it takes to put it at the bottom. (The ledger
# proves it: claim `plane-conflict-axis`.) So the
# *quadrant* of a cloud says nothing about collaboration, and to compare the heights of two
# methods' clouds, as Figs. 1(b) and 3 do, compares bases as much as methods.
#
# Two honest limits. **The balance axis is not free of this either:** it survives rotations,
# but not rescaling. $z_j \to t z_j$, $W_j \to W_j / t$ is again the same model, and divides
# $g_j$ by $t$ (section 8). And all of this is for concatenation followed by a trainable linear
# map, and for $d \ge 2$ (at $d = 1$ only the sign of $c$ is free). In **sum fusion** the
# two features share their axes; there $g_i = g_j$ always, so $c = 1$, $\bar w = 1$, and
# the plane shows a single point (notebook 01).
#
# RGM *reads* $c$ and acts on it. So its own step depends on the basis too: the step in
# turned features is not the turned step.

# %% id="rgm-reads-c"
flip = turn_to(pair, -0.9)
in_turned = synorth(np.stack([pair[0], flip @ pair[1]]), np.ones(2))
turned_step = flip @ synorth(pair, np.ones(2))[1]
gap = np.linalg.norm(in_turned[1] - turned_step) / np.linalg.norm(turned_step)
assert gap > 0.1
print(f"video's step in the other basis differs by {100 * gap:.0f} % of its length")

# %% [markdown] id="plane-3"
# ### Exercise plane-3 · break · level 2
#
# The toy again, $g_i = (3, 0)$ and $g_j = (0.6, 0.8)$ at $c = 0.6$. Move it to the very
# bottom: give the $2 \times 2$ **rotation** `Q` (no reflection) of video's features for
# which $c = -1$. If you want a hint:

# %% id="plane-3-hint"
hint("plane-3")

# %% tags=["exercise"] id="plane-3-answer"
### BEGIN SOLUTION
# g_j must go to (-1, 0): turn by 180 degrees minus its own angle
Q = np.array([[-0.6, -0.8], [0.8, -0.6]])
### END SOLUTION

# %% tags=["check"] id="plane-3-check"
check("plane-3", Q)

# %% [markdown] id="null"
# ## 7 · What the axis shows when it shows nothing
#
# If the bases are arbitrary, draw them at random: let $Q$ be uniform on the orthogonal
# group ("Haar"). In two dimensions you can do it in your head. $Q g_j$ points in a uniform
# direction $\theta$, $c = \cos\theta$, and the mean of $\cos^2\theta$ is $\tfrac12$. In one
# dimension $Q = \pm 1$, $c = \pm 1$, mean square 1. So $\mathbb E\,c^2 = 1, \tfrac12,
# \dots$
#
# **Before you run the next cell:** what is it at $d = 3$, and how wide is the cloud at
# $d = 128$?

# %% id="null-figure"
draws, widths = 1000, (3, 16, 128)
null = {}
for d in widths:
    x, y_j = rng.normal(size=(2, d))  # any two gradients will do
    turned_j = [haar_rotation(d, rng) @ y_j for _ in range(draws)]
    null[d] = [plane.nonconflict([x, y])[0, 1] for y in turned_j]
    square_of_c = np.square(null[d])
    error = square_of_c.std() / np.sqrt(draws)
    assert abs(square_of_c.mean() - null_variance(d)) < 4 * error
    assert null_variance(d) == 1 / d

figure, axes = plt.subplots(1, 3, figsize=(8.4, 3.0), sharex=True)
for axis, (d, found) in zip(axes, null.items(), strict=True):
    bins = np.linspace(-1, 1, 17 if d == 3 else 41)
    axis.hist(found, bins=bins, density=True, color=SKY, edgecolor="white")
    grid = np.linspace(-1, 1, 401)
    density = (1 - grid**2) ** ((d - 3) / 2)
    density /= density.sum() * (grid[1] - grid[0])
    axis.plot(grid, density, color="#1c1d1f", marker="", ls="-", lw=1.2)
    for side in (-1, 1):
        axis.axvline(side * d**-0.5, color=ORANGE, ls="--", lw=1.8, marker="")
    axis.set(title=rf"$d = {d}$, $1/\sqrt{{d}} = {d**-0.5:.3f}$", xlabel="cosine $c$")
axes[0].set(ylabel="density over rotations", ylim=(0, 0.9))
show(figure, "Histograms of the cosine over 1000 random rotations, centred at 0. At "
     "d = 3 it is flat from −1 to 1, at 16 a bell of half-width 0.25, at 128 a narrow "
     "bell of half-width 0.09; dashed lines at plus and minus one over root d.",
     **{f"d_{d}": found for d, found in null.items()})  # fmt: skip

# %% [markdown] id="null-discussed" tags=["slide"]
# $\tfrac13$ (in space $c$ is uniform on $[-1, 1]$, as Archimedes knew of the sphere), and
# $1/\sqrt{128} = 0.088$. The histograms are centred at zero with the variance $1/d$,
# whatever the two gradients are.
#
# > "the conflict factor remains widely distributed around zero, indicating unresolved
# > interference" (on Fig. 3(c))
#
# A cloud **around zero** is what the axis shows for unrelated bases; it indicates nothing
# by itself. A finding on this axis has to be compared with $1/d$ first; at $d = 512$ the
# standard deviation is $0.044$. A spread much wider than that would say that the bases are
# related, and the next question would be how. (The samples of one run all share *one* $Q$,
# so their cloud moves as a whole; do not count them as independent draws.)

# %% id="null-proved"
prove("plane-null-model")

# %% [markdown] id="plane-4"
# ### Exercise plane-4 · critique · level 2
#
# Someone writes: "The mean cosine of the two modalities' feature gradients was $-0.03$ in
# the run with joint training and is $+0.05$ in the run with our method ($d = 512$, concat
# fusion, linear head). The conflict is resolved." Which objection is decisive? Answer with
# `objection`, one letter.
#
# - **A** Cosines below 0.1 are too small to have any effect on training.
# - **B** Both values are about one standard deviation of what unrelated bases give, and
#   each run has its own bases.
# - **C** The mean must be taken over more training steps.
# - **D** None: the sign has changed from conflict to synergy.

# %% tags=["exercise"] id="plane-4-answer"
### BEGIN SOLUTION
# 1/√512 = 0.044: the two values are 0.7 and 1.1 standard deviations from 0
objection = "B"
### END SOLUTION

# %% tags=["check"] id="plane-4-check"
check("plane-4", objection)

# %% [markdown] id="invariant" tags=["slide"]
# ## 8 · Coordinates that stay
#
# What describes the model must be the same in every basis. The one space that all
# modalities share is that of the **logits**. Three quantities live there:
#
# - the **logit conflict**, the cosine of the *pushes* $u_k = W_k g_k$, which is where a step
#   along $g_k$ moves the logits;
# - the **curvature conflict** $c_p$, the correlation of the two pushes when a class is drawn
#   from the prediction, $y \sim p$;
# - the cosine of the **own residuals** $r_k = \mathrm{softmax}(W_k z_k + b) - y$: what each
#   modality gets wrong when it is asked alone.
#
# We change video's basis in three ways: turn it, stretch it by $t$, shear it.
#
# **Before you run the next cell:** five quantities ($\bar w$, $c$ and these three) and
# three changes. Which of the five stay flat in each panel?

# %% id="invariant-curves"
q_rng = np.random.default_rng(11)
z4, W4, y4 = q_rng.normal(size=(2, 4)), q_rng.normal(size=(2, 4, 5)), np.eye(5)[0]
START = np.stack(head_gradients(W4, residual(to_logits(z4, W4).sum(axis=0), y4)))


def five(basis):
    """Balance, c, logit conflict, c_p and cos of own residuals in another basis."""
    z_j, W_j = change_basis(z4[1], W4[1], basis)
    own_logits = to_logits([z4[0], z_j], [W4[0], W_j])
    l_joint = own_logits.sum(axis=0)
    g = head_gradients([W4[0], W_j], residual(l_joint, y4))
    return [
        plane.balance(np.array([x @ x for x in g]))[0, 1],
        plane.nonconflict(g)[0, 1],
        plane.logit_conflict(g, [W4[0], W_j])[0, 1],
        plane.curvature_conflict(g, [W4[0], W_j], softmax(l_joint))[0, 1],
        plane.nonconflict(residual(own_logits, np.stack([y4, y4])))[0, 1],
    ]


turns, stretches = np.linspace(-1, 1, 21), np.geomspace(1 / 4, 4, 21)
shears = np.linspace(-4, 4, 21)
shear = np.eye(4)[[0]].T @ np.eye(4)[[1]]  # adds the second feature to the first
changed = {
    "turn": (turns, [five(turn_to(START, c)) for c in turns]),
    "stretch": (stretches, [five(t * np.eye(4)) for t in stretches]),
    "shear": (shears, [five(np.eye(4) + s * shear) for s in shears]),
}

# %% id="invariant-figure"
spread = {name: np.ptp(values, axis=0) for name, (_, values) in changed.items()}
flat = {name: (np.round(moved, 9) == 0).tolist() for name, moved in spread.items()}
assert flat["turn"] == [True, False, True, True, True]
assert flat["stretch"] == [False, True, True, True, True]
assert flat["shear"] == [False, False, False, False, True]

names = [r"$\bar w$", "$c$", "logit conflict", "$c_p$", "own residuals"]
colours = ("grey", "#1c1d1f", GREEN, ORANGE, PINK)
dashes = ("--", "-", "-.", ":", (0, (5, 1)))
styles = [
    {"color": colour, "marker": marker, "ls": dash}
    for colour, marker, dash in zip(colours, "^osDv", dashes, strict=True)
]
figure, axes = plt.subplots(1, 3, figsize=(8.6, 3.6), sharey=True)
for axis, (x, values) in zip(axes, changed.values(), strict=True):
    for k, style in enumerate(styles):
        curve = np.transpose(values)[k]
        axis.plot(x, curve, label=names[k], markevery=(2 * k % 5, 5), **style)
axes[0].set(xlabel="turned so that $c$ is", ylabel="the five quantities")
axes[1].set(xlabel="stretched by $t$", xscale="log")
axes[1].set_xticks([0.25, 1, 4], ["¼", "1", "4"])
axes[1].minorticks_off()
axes[2].set(xlabel="sheared by $s$")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
show(figure, "Five quantities under three changes of video's basis. Turned: c runs "
     "along the diagonal from −1 to 1, the other four are flat. Stretched: balance "
     "moves, the other four are flat. Sheared: only the own residuals stay flat.",
     **{name: np.array(values) for name, (_, values) in changed.items()})  # fmt: skip

# %% [markdown] id="invariant-discussed" tags=["slide"]
# | | turn | stretch | shear |
# |---|:---:|:---:|:---:|
# | balance $\bar w$ | stays | moves | moves |
# | $c$ (Eq. 6) | **anything** | stays | moves |
# | logit conflict, $c_p$ | stays | stays | moves |
# | own residuals | stays | stays | stays |
#
# Only what is computed from predictions alone survives everything. The pushes do not
# survive a shear, and rightly so: a gradient *step* is not the same step in a sheared basis.
# Why they survive a turn takes one line:
# $u_j = W_j W_j^\top r \to W_j Q^\top Q W_j^\top r = u_j$.
#
# ### What $c_p$ says
#
# To first order the modalities do not meet (section 5). They meet in the **second**. With
# $H = \mathrm{diag}\,p - p p^\top$, the Hessian of cross-entropy in the logits,
#
# $$\mathcal L(z - \eta g) = \mathcal L - \eta\,(\|g_i\|^2 + \|g_j\|^2)
# + \tfrac{\eta^2}{2}\,(u_i + u_j)^\top H\,(u_i + u_j) + O(\eta^3),$$
#
# and the mixed part $u_i^\top H u_j$ is the covariance of the pushes under $y \sim p$.
# Divided by the two standard deviations it is $c_p$. Mind the sign: $c_p > 0$ means that
# both push the same logits, and a joint step **overshoots**; $c_p < 0$ *lowers* the loss
# further. "Aligned" is not "good".

# %% id="curvature-checked"
push = to_logits(START, W4)
p4 = softmax(to_logits(z4, W4).sum(axis=0))
H = np.diag(p4) - np.outer(p4, p4)


def loss_after(eta_i, eta_j):
    """Cross-entropy after steps of two different rates."""
    logits = to_logits(z4, W4).sum(axis=0)
    return -np.log(softmax(logits - eta_i * push[0] - eta_j * push[1])[0])


h = 1e-3  # mixed second difference: what neither modality's step does alone
signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
mixed = sum(s * t * loss_after(s * h, t * h) for s, t in signs) / (4 * h**2)
assert np.isclose(mixed, push[0] @ H @ push[1], rtol=1e-4)
covariance = np.cov(push, aweights=p4, bias=True)
assert np.allclose(covariance, push @ H @ push.T)
in_library = plane.curvature_conflict(START, W4, p4)[0, 1]
assert np.isclose(covariance[0, 1] / np.sqrt(np.prod(np.diag(covariance))), in_library)

# %% [markdown] id="plane-5"
# ### Exercise plane-5 · implement · level 3
#
# Write `curvature(g, heads, p)` in NumPy alone: $g$ holds two gradients, shape $(2, d)$;
# `heads` two blocks $(d, K)$, so that the pushes are `g[k] @ heads[k]`; $p$ a prediction
# $(K,)$. It returns $c_p$.


# %% tags=["exercise"] id="plane-5-answer"
def curvature(g, heads, p):
    ### BEGIN SOLUTION
    u = [g[k] @ heads[k] for k in (0, 1)]
    x, y = (push - p @ push for push in u)
    return (p @ (x * y)) / np.sqrt((p @ x**2) * (p @ y**2))
    ### END SOLUTION


# %% tags=["check"] id="plane-5-check"
check("plane-5", curvature)

# %% [markdown] id="labels" tags=["slide"]
# ## 9 · At the logits nobody disagrees
#
# Give up the features and stay at the logits. Two predictions $p$ and $p'$ of the same
# sample, with one hard label $y$, have the residuals $p - y$ and $p' - y$. How badly can
# they conflict? By hand, three classes, label 3:
#
# - $p = (t, 0, 1 - t)$ errs towards class 1: $p - y = t\,(1, 0, -1)$;
# - $p' = (0, s, 1 - s)$ errs towards class 2: $p' - y = s\,(0, 1, -1)$;
# - they err as differently as they can, and still
#   $\cos = \frac{t s}{\sqrt 2\, t \cdot \sqrt 2\, s} = \tfrac12$.
#
# The label's entry holds them together: both want *more* of the right class. With two
# classes there is only one wrong class to err towards, and the cosine is 1, always.
#
# The left panel draws this: for three classes a residual is a point in a plane, and those
# of hard labels fill a wedge of 60°. The right panel has soft labels.
# **Move it:** `smoothing` from 0 to 1.

# %% id="labels-figure"
smoothing = 0.3  # y = (1 - smoothing) one-hot + smoothing/3
flat_basis = np.array([[1, 1, -2], [1, -1, 0]]) / np.sqrt([[6], [2]])  # sums are 0


def residuals_of(y, classes=3, draws=600, seed=2):
    """Residuals of many predictions, some flat, some sure, right or wrong."""
    logits = np.random.default_rng(seed).normal(size=(draws, classes)) * 2.5
    return residual(logits, np.broadcast_to(y, logits.shape))


hard = np.eye(3)[2]
soft = (1 - smoothing) * hard + smoothing / 3
figure, axes = plt.subplots(1, 2, figsize=(8, 3.7), sharey=True)
for axis, y, name in zip(axes, (hard, soft), ("hard label", "soft label"), strict=True):
    xy = residuals_of(y) @ flat_basis.T
    axis.plot(*xy.T, "o", color=GREEN, ms=3, alpha=0.5)
    for turn in (-np.pi / 6, np.pi / 6):
        edge_of = 1.5 * np.array([np.cos(turn), np.sin(turn)])
        axis.plot([0, edge_of[0]], [0, edge_of[1]], "--", color="#1c1d1f", lw=1.3)
    axis.plot(0, 0, "P", color="#1c1d1f", ms=9)
    axis.set(title=name, aspect="equal", xlim=(-0.6, 1.5), ylim=(-0.85, 0.85))
    axis.set_xlabel("residual, against the label's class")
axes[0].set_ylabel("class 1 against class 2")
show(figure, "Residuals of three-class predictions as points of the plane, the origin "
     "marked by a cross. Hard label: all points lie in a wedge of 60 degrees that "
     "opens to the right. Soft label: points lie all around the origin.",
     hard=residuals_of(hard), soft=residuals_of(soft))  # fmt: skip

# %% [markdown] id="labels-more"
# **Before you run the next cell:** the left column of each pair shows the cosines of 2000
# pairs of residuals with a hard label, the right one with a soft label. Where does the
# left column end, for 2, 3, 5 and 10 classes?

# %% id="labels-scatter"
counts, lowest, softness = (2, 3, 5, 10), {}, 0.3
figure, strip = plt.subplots(figsize=(7, 3.6))
for place_x, K in enumerate(counts):
    hard_K = np.eye(K)[0]
    soft_K = (1 - softness) * hard_K + softness / K
    columns = (hard_K, -0.18, GREEN, "o"), (soft_K, 0.18, ORANGE, "s")
    for y, shift, colour, mark in columns:
        first, second = (residuals_of(y, K, 2000, seed) for seed in (K, 50 + K))
        cosines_K = plane.nonconflict([first, second])[0, 1]
        lowest[K, mark] = cosines_K.min()
        x = place_x + shift + rng.uniform(-0.13, 0.13, 2000)
        strip.plot(x, cosines_K, mark, ls="", ms=2, color=colour, alpha=0.3)
for colour, mark, word in ((GREEN, "o", "hard label"), (ORANGE, "s", "soft label")):
    strip.plot([], [], mark, ls="", ms=7, color=colour, label=word)
strip.axhline(0.5, color="#1c1d1f", lw=1.4, ls="--")
strip.set(xlabel="classes $K$", ylabel="cosine of two residuals", xlim=(-0.5, 4.3))
strip.set_xticks(range(4), counts)
strip.legend(loc="lower right")
show(figure, "Cosines of pairs of residuals for 2, 3, 5 and 10 classes. Hard labels: 1 "
     "for two classes, never below one half for more. Soft labels: down to −1 or "
     "nearly so for all four.",
     lowest=list(lowest.values()))  # fmt: skip
assert np.isclose(lowest[2, "o"], 1)
assert all(lowest[K, "o"] >= 0.5 for K in counts)
assert lowest[2, "s"] < -0.99
for K in counts:
    low_hard, low_soft = lowest[K, "o"], lowest[K, "s"]
    print(f"K = {K:2d}: lowest cosine {low_hard:5.2f} hard, {low_soft:5.2f} soft")

# %% [markdown] id="labels-discussed" tags=["slide"]
# At ½, and at 1 for two classes. So **per sample, with a hard label, there is no conflict
# at the logits**: a plane drawn from residuals has no lower half. The proof writes
# $p - y = t\,(\alpha - e_y)$, where $\alpha$ says how the wrong mass is shared out among
# the wrong classes. Then the cosine is
# $\frac{1 + \alpha \cdot \beta}{\sqrt{(1 + \|\alpha\|^2)(1 + \|\beta\|^2)}}$, the numerator
# is at least 1, and the root at most 2.

# %% id="labels-proved"
prove("plane-logit-conflict")

# %% [markdown] id="conditioning" tags=["slide"]
# ## 10 · Then where does a conflict come from?
#
# With hard labels, from three places: from the **basis** (section 6), from **adding up**
# samples on shared parameters, or from an ill-conditioned **head**. The last is about
# *one* modality and needs no second basis. Compare what the joint loss asks of video,
# $g_j = W_j^\top r$, with what video's own prediction would ask, $h_j = W_j^\top r_j$.
# Both live in video's features, and a rotation turns both. At the logits $r$ and $r_j$
# are at most 60° apart; $W_j^\top$ can open that angle. By how much is decided by its
# condition number $\kappa = \sigma_{\max}/\sigma_{\min}$ on residuals: to
# $2 \arctan(\kappa \tan 30°) = 2\arctan(\kappa/\sqrt 3)$ at most. So
#
# $$\kappa \le \sqrt 3 \;\Rightarrow\; g_j^\top h_j \ge 0.$$
#
# By hand, at $\kappa = 2$: label 3, $p = \frac{1}{20}(18, 1, 1)$ and
# $p_j = \frac{1}{20}(1, 18, 1)$. Take the head's directions
# $e = (1, 1, -2)/\sqrt 6$ and, stretched by 2, $f = (1, -1, 0)/\sqrt 2$.
#
# - along $e$, both residuals have $\frac{18 + 1 + 38}{20\sqrt 6} = \frac{57}{20 \sqrt 6}$;
# - along $f$, they have $\pm\frac{17}{20\sqrt 2}$, so $\pm\frac{34}{20\sqrt 2}$ after the
#   head;
# - $g_j^\top h_j = \frac{57^2}{2400} - \frac{34^2}{800} = \frac{3249 - 3468}{2400} =
#   -\frac{219}{2400} = -\frac{73}{800}$. A conflict, and a real one.

# %% id="conditioning-by-hand"
e_f = np.array([[1, 1, -2], [1, -1, 0]]) / np.sqrt([[6], [2]])
bad_head = np.diag([1, 2]) @ e_f  # (d, K) = (2, 3)
r_joint = np.array([18, 1, 1]) / 20 - np.eye(3)[2]
r_own = np.array([1, 18, 1]) / 20 - np.eye(3)[2]
g_joint, h_own = head_gradients([bad_head, bad_head], r_joint)[0], bad_head @ r_own
assert np.isclose(head_condition(bad_head), 2)
assert plane.nonconflict([r_joint, r_own])[0, 1] > 0.5  # no conflict at the logits
assert np.isclose(g_joint @ h_own, -73 / 800)

# %% [markdown] id="conditioning-move" tags=["slide"]
# First 3000 random heads and pairs of residuals: none breaks the bound. Then the picture:
# on the left, two residuals at 60° (dotted) and their images after a head that stretches
# one direction by $\kappa$; on the right the 3000 under the bound. **Move
# it:** set `kappa` to 1, to $\sqrt 3 = 1.732$, to 5.

# %% id="conditioning-random"
kappas, to_plane = rng.uniform(1, 5, 3000), on_residuals(np.eye(3)).T
stretched = [np.diag([k, 1]) @ haar_rotation(2, rng) @ to_plane for k in kappas]
logit_pairs = rng.normal(size=(2, 3000, 3)) * 6
pairs = residual(logit_pairs, np.broadcast_to(np.eye(3)[0], logit_pairs.shape))
images = np.einsum("kde,mke->mkd", np.stack(stretched), pairs)
angles = np.rad2deg(np.arccos(plane.nonconflict(images)[0, 1]))
bound = np.rad2deg([widest_angle(k) for k in kappas])
assert (angles <= bound + 1e-6).all()
assert angles[kappas <= np.sqrt(3)].max() <= 90
assert angles[kappas > np.sqrt(3)].max() > 90

# %% id="conditioning-figure"
kappa = 2.0
edge = np.array([[np.cos(np.pi / 6), s * np.sin(np.pi / 6)] for s in (1, -1)])
opened = edge * [1, kappa]
angle_now = 2 * np.arctan2(opened[0, 1], opened[0, 0])
assert np.isclose(angle_now, widest_angle(kappa))

figure, axes = plt.subplots(1, 2, figsize=(8, 3.5), width_ratios=[1, 1.4])
for k, (name, colour) in enumerate([("joint", GREEN), ("own", PINK)]):
    arrow(axes[0], edge[k], "", "grey", dash=":")
    arrow(axes[0], opened[k], name, colour)
reach = max(1.3, 0.5 * kappa + 0.35)
axes[0].set(xlim=(-0.3, 1.5), ylim=(-reach, reach), aspect="equal")
axes[0].set(xlabel="first feature", ylabel="second feature")
axes[0].set_title(rf"$\kappa = {kappa:g}$: 60° become {np.rad2deg(angle_now):.0f}°")
line = np.linspace(1, 5, 81)
widest = np.rad2deg([widest_angle(k) for k in line])
axes[1].plot(kappas, angles, "o", ms=2, color=GREEN, alpha=0.4, ls="")
axes[1].plot(line, widest, color="#1c1d1f", marker="", ls="-")
axes[1].axhline(90, color="grey", ls="--", lw=1.2)
axes[1].axvline(np.sqrt(3), color="grey", ls="--", lw=1.2)
axes[1].text(1.78, 126, r"$\kappa = \sqrt{3}$")
axes[1].set(xlabel=r"condition number $\kappa$ of the head block", ylim=(0, 145))
axes[1].set_ylabel("angle of joint and own (degrees)")
show(figure, "Left: two residuals 60 degrees apart and their images under a head of "
     f"condition number {kappa:g}, {np.rad2deg(angle_now):.0f} degrees apart. Right: "
     "angles of 3000 random cases over the condition number, all under a curve that "
     "rises from 60 degrees and crosses 90 at the root of 3.",
     kappas=kappas, angles=angles, bound=bound)  # fmt: skip

# %% [markdown] id="conditioning-discussed"
# The curve crosses 90° at $\kappa = \sqrt 3$, and no point lies above it. This coordinate
# has a threshold that one can look up in the head's weights, and a cure that has nothing
# to do with gradients: a better-conditioned head. (It is invariant under rotations, not
# under stretching one feature: that changes $\kappa$.)

# %% [markdown] id="plane-6"
# ### Exercise plane-6 · derive · level 2
#
# One sample, one hard label. How badly conditioned must a head block be before a modality's
# joint gradient and its own gradient can stand 120° apart? Give the smallest such `kappa_120`.

# %% tags=["exercise"] id="plane-6-answer"
### BEGIN SOLUTION
# half of 120 degrees has the tangent √3, and tan 30° = 1/√3 is multiplied by κ
kappa_120 = np.tan(np.deg2rad(60)) / np.tan(np.deg2rad(30))
### END SOLUTION

# %% tags=["check"] id="plane-6-check"
check("plane-6", kappa_120)

# %% [markdown] id="corner"
# ## 11 · The best corner, and nothing learned
#
# A last look at the corner $(1, 1)$, "perfect balance" and "most synergistic". Two
# classes, identity heads $W_i = W_j = I$. Audio is sure and right, with logits $(x, 0)$;
# video knows nothing, logits $(0, 0)$. Both share the joint residual, so $g_i = g_j = r$:
# the plane shows $(1, 1)$ for every $x$.
#
# By hand: video's own residual is $(-\tfrac12, \tfrac12)$, its squared length (a Brier
# score) $\tfrac12$, whatever audio does. The joint one, $\|r\|^2$, starts at ½ and goes to 0
# with growing $x$. Both gradients go with it, and video will not learn any more.

# %% id="corner-checked"
identity, right = [np.eye(2), np.eye(2)], np.eye(2)[0]
for x in (0.0, 2.0, 6.0, 12.0):
    own_logits = to_logits([np.array([x, 0]), np.zeros(2)], identity)
    r_shared = residual(own_logits.sum(axis=0), right)
    g_corner = np.stack(head_gradients(identity, r_shared))
    here = plane.coordinates((g_corner**2).sum(axis=1), g_corner)
    assert np.allclose(here, 1)
    brier = (residual(own_logits[1], right) ** 2).sum()
    assert brier == 0.5
    left = r_shared @ r_shared
    print(f"x = {x:4.0f}: plane (1, 1), joint |r|² {left:.5f}, video's own {brier:.1f}")

# %% [markdown] id="corner-discussed"
# The plane looks at the *shape* of the gradients, not at what is left to learn. A modality
# starves when the shared residual has vanished before it has learned; to see that, look at
# the level of each modality's own residual beside $\|r\|^2$. No bounded modulation of the
# gradients brings a signal back when $r = 0$ (ledger: `plane-shared-residual`). RGM does not
# either: where all gradients are zero it has nothing to scale, project or turn.

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. $\bar w = 8 w_i w_j - 1 = 1 - 2(w_i - w_j)^2 = -\cos 4\varphi$; it is negative as soon
#    as one modality holds 85.4 % of the energy, $5.83 : 1$.
# 2. $z_i$ and $z_j$ are different variables: to first order a step lowers the loss by
#    $\eta(\|g_i\|^2 + \|g_j\|^2)$, and $c$ does not occur.
# 3. Under concatenation and a linear map the same model stands at every height of the plane.
#    $c$ depends on the bases of the features; unrelated ones give mean 0, variance $1/d$.
# 4. Logit conflict and $c_p$ stay under turns and stretches, own residuals under
#    everything. $c_p > 0$ means overshoot, not help.
# 5. With one hard label two residuals have a cosine of at least ½. Conflict comes from
#    bases, from adding up samples, from soft labels, or from a head with $\kappa > \sqrt 3$.
#
# **Further reading.** The paper, *Reconcile Gradient Modulation* (AAAI 2026), sections
# "Balance–nonConflict Plane" and "Training Dynamics", Fig. 3. Yu et al. 2020 (PCGrad), where
# gradients of *tasks* conflict on shared parameters, the setting in which the cosine has
# its meaning. Sener and Koltun 2018, *Multi-Task Learning as Multi-Objective Optimization*.
# Mezzadri 2007, *How to Generate Random Matrices from the Classical Compact Groups*, for
# uniform rotations. Wei and Hu 2024 (MMPareto), on the conflict of multimodal and unimodal
# gradients within one modality, the comparison of section 10.
#
# Next: **04 · Rebalance**, where $\bar w$'s energies and $c$ decide how much each gradient
# is scaled.
