# %% [markdown] id="title"
# # 00 · Start here
#
# *The gradients of multimodal learning, in pictures; the map from the paper to the code;
# how to use this course*
#
# A model that learns from sound and from images at once follows two gradients at once.
# One of them may be much larger than the other: **imbalance**. They may point in opposite
# directions: **conflict**. The paper *Reconcile Gradient Modulation for Harmony
# Multimodal Learning* (Gao, Cao, Gong and Zhu, AAAI 2026), RGM for short, measures both
# and answers both with closed formulas. This course takes every formula apart, proves,
# refutes or tests what is said about it, says what stays open, and lets you repeat each
# check on your machine.
#
# **What you will do.** Watch two gradients over twenty steps of training. Follow the same
# run as a point on a plane. Apply the three tools of the paper, EAR, Syn and Orth, to one
# pair of vectors, with a pencil and in code. Run two claims of the ledger. Solve three
# small exercises.
#
# **What you will learn.** The story of the paper from end to end. Where each equation
# lives in the code. What *holds*, *holds if*, *fails* and *open* mean here, and how a
# verdict is reached. How exercises work.
#
# **What you need.** Vectors, inner products, gradients; what training a network means.
# Nothing of the paper.
#
# **How long.** The cells run in about ten seconds. Reading takes 40 minutes, the three
# exercises another 10.
#
# Every notebook begins with the cell below. It fixes the random seed, the number format
# and the look of the figures. If something is missing on your machine it says which
# command to run; so does `make doctor` on the command line.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, hint, prove, show, start

rng = start()

# %% id="imports"
import math
from functools import partial
from importlib import import_module

import matplotlib.pyplot as plt
import numpy as np
from course.figure import BLUE, GREEN, ORANGE, RED, arrow
from course.overview import NOTEBOOKS, PAPER, SYMBOLS, code, draw_order, table

from derivations import REGISTRY
from derivations.ledger import run
from rgm_ref import blocks, energy, orthogonal, plane, rebalance, synergy, synorth
from rgm_ref.descent import descend
from rgm_ref.toys import Classifier, Quadratic
from rgm_ref.views import Views

# %% [markdown] id="toy" tags=["slide"]
# ## 1 · The story in pictures
#
# ### Two arrows over twenty steps
#
# The smallest toy has two modalities. Call them *audio* (letter $i$, blue, the dominant
# one) and *video* (letter $j$, red, the weaker one). Each has two features,
# $z_k \in \mathbb R^2$. Each is pulled to its own target $t_k$, audio three times as hard:
#
# $$\mathcal L = \tfrac{\lambda_i}{2}\|z_i - t_i\|^2 + \tfrac{\lambda_j}{2}\|z_j - t_j\|^2,
# \qquad \lambda_i = 3,\; \lambda_j = 1,\; \|t_k\| = 1,\; t_i \cdot t_j = -\tfrac12 .$$
#
# The gradients are $g_k = \lambda_k (z_k - t_k)$. Start at $z = 0$ and take steps
# $z_k \leftarrow z_k - \eta g_k$ with $\eta = 0.1$. Then each gradient shrinks by the
# same factor in every step, and a pencil is enough:
#
# $$g_k^{(t)} = -\lambda_k\,(1 - \eta\lambda_k)^t\; t_k,\qquad
# \|g_i^{(t)}\| = 3 \cdot 0.7^t,\quad \|g_j^{(t)}\| = 0.9^t .$$
#
# At step 0 the lengths are $3$ and $1$, at step 2 they are $3 \cdot 0.49 = 1.47$ and
# $0.81$.
#
# **Before you run the next cells:** whose gradient is longer at step 5? Compute
# $3 \cdot 0.7^5$ and $0.9^5$, or guess.

# %% id="run-joint"
toy = Quadratic(imbalance=3, agreement=-0.5)
RATE, STEPS = 0.1, 21
pairs = []  # the gradients of every step, in order


def watch(gradients, energy):
    """A rule that changes nothing and keeps what it sees."""
    pairs.append(gradients)
    return gradients


joint = descend(toy, STEPS, RATE, rule=watch)
lengths = np.linalg.norm(pairs, axis=2)  # one row per step: audio, video
by_hand = np.array([(3 * 0.7**t, 0.9**t) for t in range(STEPS)])
assert np.allclose(lengths, by_hand)
for t in (0, 2, 5, 10, 20):
    print(f"step {t:2}   audio {lengths[t, 0]:.3f}   video {lengths[t, 1]:.3f}")

# %% id="figure-arrows"
SHOWN = [0, 2, 5, 20]
figure, axes = plt.subplots(1, 4, figsize=(9, 2.6), sharex=True, sharey=True)
for axis, t, zoom in zip(axes, SHOWN, (1, 1, 1, 10), strict=True):
    for vector, colour in zip(pairs[t], (BLUE, RED), strict=True):
        to_scale = {"angles": "xy", "scale_units": "xy", "scale": 1}
        axis.quiver(0, 0, *vector * zoom, color=colour, width=0.014, **to_scale)
    axis.set(xlim=(-3.3, 1.2), ylim=(-1.5, 1.6), aspect="equal")
    axis.set_xlabel(f"step {t}" + (f", enlarged {zoom} times" if zoom > 1 else ""))
axes[0].set_ylabel("second entry")
axes[0].text(-3.2, 1.2, "audio $g_i$", color=BLUE)
axes[0].text(-1.8, -1.2, "video $g_j$", color=RED)
show(
    figure,
    alt="Four panels with the two gradients at steps 0, 2, 5 and 20. Audio's arrow is "
    "three times as long at first. At step 5 video's is the longer one, at step 20 "
    "audio's is hardly there. The directions, 120 degrees apart, never change.",
    steps=SHOWN,
    audio=np.stack(pairs)[SHOWN, 0],
    video=np.stack(pairs)[SHOWN, 1],
)

# %% [markdown] id="two-troubles" tags=["slide"]
# Both troubles are in the first panel.
#
# - **Imbalance** is about *lengths*: audio's arrow is three times as long, and audio
#   learns three times as fast. At step 5 it is nearly done, $3 \cdot 0.7^5 = 0.504$
#   against $0.9^5 = 0.590$, and video's arrow is now the longer one.
# - **Conflict** is about *directions*: the arrows stand at $120°$, their cosine is
#   $-\tfrac12$. On this toy it stays there for ever.
#
# Two numbers can say all this. The **energy** of a modality sums its squared steps,
# $E_k = \sum_t \|\eta\, g_k^{(t)}\|^2$ (Eq. 3), and $w_i = E_i/(E_i + E_j)$ is audio's
# share of it. Then
#
# $$\bar w_{ij} = 8\, w_i w_j - 1 \;\;\text{(Eq. 5, balance)},\qquad
# c_{ij} = \frac{g_i \cdot g_j}{\|g_i\|\,\|g_j\|} \;\;\text{(Eq. 6, nonConflict)} .$$
#
# Both lie between $-1$ and $1$; in the paper's reading, more is better. They are the
# coordinates of the **Balance–nonConflict Plane**. At step 0 the energies are
# $0.1^2 \cdot (9, 1)$, so $w = (0.9, 0.1)$ and $\bar w = 8 \cdot 0.09 - 1 = -0.28$. The
# first point is $(-0.28, -0.5)$.
#
# A formula becomes code in three steps, here and in every notebook: with loops, with
# arrays, from the library. The three must agree.


# %% id="three-ways"
def point_naive(history, rate):
    """Where a run stands on the plane, with loops: gradients of all steps so far."""
    E = [0.0, 0.0]
    for gradients in history:
        for k in range(2):
            for entry in gradients[k]:
                E[k] += (rate * entry) ** 2
    g_i, g_j = history[-1]
    inner = sum(x * y for x, y in zip(g_i, g_j, strict=True))
    norms = math.sqrt(sum(x * x for x in g_i) * sum(y * y for y in g_j))
    return 8 * E[0] * E[1] / (E[0] + E[1]) ** 2 - 1, inner / norms


def point_arrays(history, rate):
    """The same with arrays."""
    E = ((rate * np.stack(history)) ** 2).sum(axis=(0, 2))
    unit = history[-1] / np.linalg.norm(history[-1], axis=1, keepdims=True)
    return 8 * E.prod() / E.sum() ** 2 - 1, unit[0] @ unit[1]


for t in range(STEPS):
    history = pairs[: t + 1]
    spent = energy.cumulative_energy(np.stack(history, axis=1), RATE)[:, -1]
    library = plane.coordinates(spent, pairs[t])
    assert np.allclose(point_naive(history, RATE), library)
    assert np.allclose(point_arrays(history, RATE), library)
assert np.allclose(point_naive(pairs[:1], RATE), (-0.28, -0.5))  # by hand

# %% [markdown] id="ask-plane"
# ### One point on a plane
#
# **Before you run the next cell:** the run starts at $(-0.28, -0.5)$. Audio's gradient
# dies first. Where does the point go: left or right? Up or down?


# %% id="figure-plane"
def draw_plane(axis):
    """The empty plane: its quadrants, and the line where the balance changes sign."""
    axis.axhline(0, color="gray", lw=0.8, linestyle="-", marker="")
    axis.axvline(0, color="gray", lw=0.8, linestyle="-", marker="")
    axis.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
    axis.set(xlabel=r"balance $\bar w$", ylabel="nonConflict $c$ (cosine)")
    for x, y, words in (
        (-0.95, 0.9, "imbalanced, agreeing"),
        (0.05, 0.9, "balanced, agreeing"),
        (-0.95, -0.96, "imbalanced, fighting"),
        (0.05, -0.96, "balanced, fighting"),
    ):
        axis.text(x, y, words, fontsize=8, color="gray")


def draw_run(axis, path, colour, marker, dash="-", marks=(0, 2, 5, 20), label=""):
    """A run, (balance, cosine), as a line on the plane with markers at some steps."""
    look = {"color": colour, "marker": marker, "linestyle": dash, "label": label}
    axis.plot(*path, markevery=list(marks), **look)


joint_w, joint_c = joint.raw_balance[0, 1], joint.conflict[0, 1]
figure, axes = plt.subplots(figsize=(4.6, 4.4))
draw_plane(axes)
draw_run(axes, (joint_w, joint_c), BLUE, "o")
for t in SHOWN:
    axes.text(joint_w[t], joint_c[t] + 0.07, f"{t}", ha="center", color=BLUE)
show(
    figure,
    alt="The Balance–nonConflict Plane. Joint training moves along a horizontal line "
    "at cosine −0.5, from balance −0.28 at step 0 to 0.41 at step 20.",
    balance=joint_w,
    conflict=joint_c,
)

# %% [markdown] id="after-plane"
# The point moves **right** and neither up nor down: lengths change, angles do not. Joint
# training of this toy becomes *more* balanced by itself, because the fast modality is done
# first. The ledger has the proof (`figure-3-quadratic`), with the end of the road: the
# ratio of the energies falls from $\lambda^2 = 9$ to
# $\lambda\,\frac{2 - \eta}{2 - \eta\lambda} = 3 \cdot \frac{1.9}{1.7} = 3.353$.
#
# The paper reports the opposite for real data: joint training "gradually shifts toward
# imbalance" (Qualitative Analysis, on Fig. 3 (a)). Both can be true. In this toy no
# modality sees the other. In a classifier all modalities share one residual
# $p - y$: what audio explains is gone for video too. Here is such a toy, two layers with
# a common softmax head. Audio shows the label clearly. In one run video shows it just as
# clearly, in the other video is pure noise.
#
# **Move it:** change `video_signal` (3 is as clear as audio, 0 is noise) or `seed`.

# %% id="two-layer"
video_signal, seed = 0.0, 2


def train_two_layers(signal, seed):
    """Joint training of a small audio-visual classifier, all samples at once."""
    data = Views.sample(np.random.default_rng(seed), 60, signal=(3.0, signal))
    return descend(Classifier(data, seed=seed), steps=30, rate=2.0)


poor, equal = train_two_layers(video_signal, seed), train_two_layers(3.0, seed)
figure, axes = plt.subplots(figsize=(6.4, 2.8))
for history_, colour, marker, words in (
    (joint, BLUE, "o", "quadratic toy"),
    (equal, GREEN, "^", "classifier, video as clear as audio"),
    (poor, RED, "s", f"classifier, video signal {video_signal:g}"),
):
    look = {"color": colour, "marker": marker, "linestyle": "-", "markevery": 5}
    axes.plot(history_.raw_balance[0, 1], label=words, **look)
axes.set(xlabel="step", ylabel=r"balance $\bar w$", ylim=(-0.5, 1.05))
axes.legend(fontsize=9, loc="lower right")
show(
    figure,
    alt="Balance over the steps for three joint trainings. It rises on the quadratic "
    "toy, stays near 0.85 on the classifier with two equally clear modalities, and "
    "falls from 0.84 to 0.13 on the classifier whose video is noise.",
    quadratic=joint.raw_balance[0, 1],
    equal=equal.raw_balance[0, 1],
    poor=poor.raw_balance[0, 1],
)

# %% [markdown] id="after-two-layer"
# So drift to imbalance is no law of joint training; on this toy it appears where one
# modality says next to nothing, and no such tendency shows where it is half as clear or
# equally clear (`figure-3-vanilla`, an observation on ten seeds each).
#
# Remember a caution. The paper says that accuracy-based measures "cannot reveal whether a
# modality is truly under-optimized or simply less informative" (Related Work). On this toy
# the balance coordinate cannot tell either: video's gradients stay small *because it is
# noise*, and $\bar w$ sinks all the same. Nor can the energies in general: the ledger has two
# trainings with equal energies and cosines at every step, where video is uninformative in
# the one and under-trained in the other (`energy-diagnosis`). To tell the two apart one
# must know what video could learn alone.
#
# ### Exercise start-1 · predict · level 1
#
# Take the quadratic toy again, but let the targets agree: $t_i \cdot t_j = +\tfrac12$.
# What does its path on the plane look like, beside that of the figure?
#
# - `"a"`: it climbs towards $c = 1$, because agreeing gradients reinforce each other;
# - `"b"`: the same values of $\bar w$ step by step, but on the line $c = +\tfrac12$;
# - `"c"`: it ends nearer to perfect balance, because agreeing modalities share the work.
#
# Put the letter into `prediction`, then run the cell after it. If you are stuck,
# `hint("start-1")` prints a hint, `hint("start-1", 2)` a stronger one.

# %% id="start-1" tags=["exercise"]
### BEGIN SOLUTION
prediction = "b"
### END SOLUTION

# %% id="start-1-check" tags=["check"]
check("start-1", prediction)

# %% id="start-1-run"
agreeing = descend(Quadratic(imbalance=3, agreement=+0.5), STEPS, RATE)
assert np.allclose(agreeing.raw_balance, joint.raw_balance)
assert np.allclose(agreeing.conflict[0, 1], +0.5)
print("same balance at every step, cosine +0.5 throughout")

# %% [markdown] id="tools" tags=["slide"]
# ### What EAR, Syn and Orth do to one pair
#
# RGM changes the gradients on their way from the fusion back to the encoders. It has three
# tools. Take one pair whose numbers stay small:
#
# $$g_i = (3, 1),\quad g_j = (-1, 1),\qquad E = (4, 1) \;\Rightarrow\; w = (0.8, 0.2),\;
# \bar w = 8 \cdot 0.16 - 1 = 0.28 .$$
#
# The inner product is $s = -3 + 1 = -2$, the lengths are $\sqrt{10}$ and $\sqrt 2$, so
# $c = -2/\sqrt{20} = -0.447$: a conflict.
#
# **EAR**, *Energy-Aware Rebalancing* (Eqs. 7–8), changes lengths. The ratio
# $r_i = \frac{E_i + E_j}{2E_i}$ is $\frac58$ for audio and $\frac52$ for video. In
# conflict only a part of it is used, $\tilde r = r^{(1+c)/2}$, here
# $\tilde r = (0.878, 1.288)$.
#
# **Syn**, *Synergistic Enhanced Projection* (Eqs. 9–11), cuts the gradients into blocks,
# here one block per coordinate, and makes the lengths of all pairs of blocks proportional
# as $\sqrt{w_i} : \sqrt{w_j} = 2 : 1$, while $S_k = \|g_i^{(k)}\|^2 + \|g_j^{(k)}\|^2$
# stays. First coordinates: $S_1 = 10$, so $3 \to \sqrt{8}$ and $-1 \to -\sqrt 2$. Second
# coordinates: $S_2 = 2$, so $1 \to \sqrt{1.6}$ and $1 \to \sqrt{0.4}$.
#
# **Orth**, *Conflict Orthogonalization Projection* (Eqs. 12–13), turns each gradient away
# from the other by the least that makes them orthogonal, if the small product
# $\mathcal O_i \cdot \mathcal O_j$ is dropped; the weights $w$ say whose change is dear:
# $\mathcal O_i = -\frac{w_j\, s}{A}\, g_j$, $\mathcal O_j = -\frac{w_i\, s}{A}\, g_i$
# with $A = w_i\|g_i\|^2 + w_j\|g_j\|^2 = 0.8 \cdot 10 + 0.2 \cdot 2 = 8.4$. So
# $\mathcal O_i = \frac{0.4}{8.4}\, g_j = \frac1{21}\, g_j$ and
# $\mathcal O_j = \frac{1.6}{8.4}\, g_i = \frac4{21}\, g_i$.
#
# **Before you run the next cell:** which of the three tools change the angle between the
# two arrows, and in which direction? Theorem 2 says of Syn that it "can provably improve
# their overall cosine similarity".

# %% id="pair"
g = np.array([[3.0, 1.0], [-1.0, 1.0]])
E = np.array([4.0, 1.0])
w = energy.shares(E)
w_bar, c = plane.coordinates(E, g)
r = rebalance.temper(rebalance.ratio(E), c)
after_ear = r[:, None] * g
after_syn = synergy.project(g, w, blocks=2)
after_orth = g + orthogonal.adjust(g, w, "linear")

assert np.allclose((w_bar, c), (0.28, -2 / math.sqrt(20)))
assert np.allclose(rebalance.ratio(E), (5 / 8, 5 / 2))
assert np.allclose(after_syn, [[8**0.5, 1.6**0.5], [-(2**0.5), 0.4**0.5]])
assert np.allclose(after_orth, g + np.array([[1 / 21], [4 / 21]]) * g[::-1])

# %% [markdown] id="ask-move-tools" tags=["slide"]
# Now the picture. **Move it:** change the two gradients, `move_g`, their energies `move_E`
# or the number of blocks, and run the cell again. Can you find a pair for which Syn raises
# the cosine?


# %% id="figure-tools"
def draw_change(axis, before, after):
    """A pair before (dotted) and after (solid), audio blue, video red."""
    names = ("audio", "video")
    for raw, new, colour, name in zip(before, after, (BLUE, RED), names, strict=True):
        arrow(axis, raw, "", colour, dash=":")
        arrow(axis, new, "", colour)
        axis.text(new[0], 1.6, name, color=colour, ha="center")
    axis.set(xlim=(-2.2, 3.6), ylim=(-0.3, 2.0), aspect="equal")


def draw_tools(g, E, blocks=2):
    """Before (dotted) and after (solid) for each of the three tools."""
    w, c = energy.shares(E), plane.nonconflict(g)[0, 1]
    r = rebalance.temper(rebalance.ratio(E), c)
    changed = {
        "EAR": r[:, None] * g,
        "Syn": synergy.project(g, w, blocks),
        "Orth": g + orthogonal.adjust(g, w, "linear"),
    }
    figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharex=True, sharey=True)
    for axis, (name, after) in zip(axes, changed.items(), strict=True):
        draw_change(axis, g, after)
        cosine = plane.nonconflict(after)[0, 1]
        words = f"{name}: cosine {c:.3f} → {cosine:.3f}"
        axis.set_xlabel(words.replace("-", "−"))
    return figure, changed


move_g, move_E, move_blocks = [[3.0, 1.0], [-1.0, 1.0]], [4.0, 1.0], 2
figure, changed = draw_tools(np.array(move_g), np.array(move_E), move_blocks)
show(
    figure,
    alt="Three panels with a pair of gradients before, dotted, and after, solid. EAR "
    "shortens audio's and lengthens video's and keeps the angle. Syn opens the angle: the "
    "cosine falls from −0.447 to −0.667. Orth turns both until they are almost "
    "orthogonal, video by far more.",
    before=move_g,
    **changed,
)

# %% [markdown] id="after-tools" tags=["slide"]
# - **EAR** keeps the angle. It shortens audio and lengthens video.
# - **Syn** changes lengths of blocks only, never a direction inside a block, and the angle
#   follows. Here the cosine *falls*, from $-0.447$ to $-0.667$: the first coordinates
#   fight, the second ones agree, and Syn gives the larger block the larger say. As a law,
#   Theorem 2 fails; notebook 05 finds what is true instead, and repairs it.
# - **Orth** turns video, the weaker one, by more than audio: $\frac{4}{21}\sqrt{10}$ of a
#   length $\sqrt 2$, against $\frac{1}{21}\sqrt 2$ of $\sqrt{10}$. The paper says
#   "dominant modalities are rotated more" (after Eq. 12); its own formula does the
#   opposite here (`orth-dominant`).
# - After Orth the pair is $\frac1{21}(62, 22)$ and $\frac1{21}(-9, 25)$, with the inner
#   product $\frac{-558 + 550}{441} = -0.018$: nearly, not exactly, orthogonal.
#
# One more thing about Orth. We used $A = w_i\|g_i\|^2 + w_j\|g_j\|^2$ below the line. The
# paper prints Eq. 13 with $B = w_i\|g_j\|^2 + w_j\|g_i\|^2$, the indices exchanged. For
# our pair $B = 0.8 \cdot 2 + 0.2 \cdot 10 = 3.6$, so that
# $\mathcal O_i = \frac19 g_j$ and $\mathcal O_j = \frac49 g_i$.
#
# **Before you run the next cell:** the printed form moves both gradients by
# $A/B = \frac73$ times as much. The conflict was $s = -2$. What is left of it?

# %% id="printed"
after_printed = g + orthogonal.adjust(g, w, "printed")
left = after_printed[0] @ after_printed[1]
assert np.allclose(after_printed, [[26 / 9, 10 / 9], [1 / 3, 13 / 9]])
assert math.isclose(left, 208 / 81)
forms = {"before": g, "as printed": after_printed, "corrected": after_orth}
for form, pair in forms.items():
    cosine = plane.nonconflict(pair)[0, 1]
    print(f"{form:<11} inner product {pair[0] @ pair[1]:+.3f}, cosine {cosine:+.3f}")

# %% [markdown] id="after-printed" tags=["slide"]
# From $-2$ to $+2.568$: the printed form overshoots and leaves more interference than it
# found, with the other sign. This is most likely a slip of the pen, and one that is easy
# to mend. The reference follows the corrected form unless you ask for
# `orth="printed"`, and says so. We come back to the proof in section 3.
#
# ### The whole step
#
# Eq. 15 joins the tools. Soft gates $\gamma = \sigma(4\bar w\, c)$ (Eq. 14) decide how much
# of each is used: much Syn where a block agrees, much Orth where the whole pair fights.
#
# $$g_i^{\mathrm{mod}} = \tilde r_i \Big\{ \mathcal G_k \big[\gamma_l\, \mathcal P_i^{(k)}
# + (1 - \gamma_l)\, g_i^{(k)}\big] \Big\} + (1 - \gamma_g)\, \mathcal O_i$$
#
# ($\mathcal G_k$ joins the blocks together again.) For our pair the slope is
# $4\bar w = 1.12$. The first block has cosine $-1$ and gate $\sigma(-1.12) = 0.246$, the
# second has cosine $+1$ and gate $0.754$, and $1 - \gamma_g = \sigma(1.12 \cdot 0.447) =
# 0.623$.

# %% id="whole-step"
g_mod = synorth.synorth(g, E, blocks=2)

step = np.zeros((2, 2))  # Eq. 15, letter by letter
for k, kappa in enumerate((-1, +1)):
    gamma_l = 1 / (1 + math.exp(-4 * w_bar * kappa))
    step[:, k] = r * (gamma_l * after_syn[:, k] + (1 - gamma_l) * g[:, k])
gamma_g = 1 / (1 + math.exp(-4 * w_bar * c))
step += (1 - gamma_g) * (after_orth - g)
assert np.allclose(step, g_mod)

figure, axes = plt.subplots(figsize=(5.6, 2.8))
draw_change(axes, g, g_mod)
change = f"cosine {c:.3f} → {plane.nonconflict(g_mod)[0, 1]:.3f}"
axes.set_xlabel(change.replace("-", "−"))
show(
    figure,
    alt="The pair before, dotted, and after the whole step of RGM, solid. Audio's arrow "
    "is shorter and stands a little steeper, video's hardly changes; the cosine goes from "
    "−0.447 to −0.383.",
    before=g,
    after=g_mod,
)

# %% [markdown] id="after-step"
# The whole step is milder than its parts: the gates let each tool act in part, and Syn
# and Orth pull the angle in opposite directions here.
#
# ### The first run again, with RGM
#
# Now let the step act on the first toy, at every step of training. The main text of the
# paper does not give the number of blocks $l$, so take both that exist for two features,
# $l = 1$ and $l = 2$.
#
# **Before you run the next cell:** joint training moved along the line $c = -0.5$ to the
# right. Where will RGM go: up or down? Will it end further right than joint training?

# %% id="run-rgm"
two = descend(toy, STEPS, RATE, rule=partial(synorth.synorth, blocks=2))
one = descend(toy, STEPS, RATE, rule=partial(synorth.synorth, blocks=1))
figure, (left_axis, right_axis) = plt.subplots(1, 2, figsize=(9, 4.1))
draw_plane(left_axis)
for run_, colour, marker, dash, words in (
    (joint, BLUE, "o", "-", "joint training"),
    (two, GREEN, "^", "--", "RGM, two blocks"),
    (one, ORANGE, "D", "-.", "RGM, one block"),
):
    path = run_.raw_balance[0, 1, :11], run_.conflict[0, 1, :11]
    draw_run(left_axis, path, colour, marker, dash, (0, 2, 5, 10), words)
    look = {"color": colour, "marker": marker, "linestyle": dash, "markevery": 5}
    right_axis.plot(run_.raw_balance[0, 1], **look)
look = {"color": GREEN, "marker": "^", "linestyle": ":", "mfc": "white", "mew": 1}
right_axis.plot(two.applied_balance[0, 1], markevery=5, **look)
right_axis.text(7, 0.85, "RGM, two blocks, after the step", color=GREEN, fontsize=9)
right_axis.text(8, 0.02, "all three, before the step", fontsize=9)
right_axis.set(xlabel="step", ylabel=r"balance $\bar w$", ylim=(-0.4, 1))
left_axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(0, 0.65))
show(
    figure,
    alt="Left, ten steps on the plane. Joint training keeps the cosine −0.5. RGM with two "
    "blocks climbs to a cosine near 0, RGM with one block sinks to −0.83; both end left "
    "of joint training. Right, balance over twenty steps: before the step joint training "
    "ends highest, at 0.41; after the step RGM with two blocks reaches 0.77.",
    joint=[joint_w, joint_c],
    two=[two.raw_balance[0, 1], two.conflict[0, 1], two.applied_balance[0, 1]],
    one=[one.raw_balance[0, 1], one.conflict[0, 1]],
)

# %% id="rgm-numbers"
raw_w, applied_w = two.raw_balance[0, 1, -1], two.applied_balance[0, 1, -1]
print(f"balance at step 20: joint {joint_w[-1]:.3f}")
print(f"  two blocks, before the step {raw_w:.3f}, after it {applied_w:.3f}")
print(f"cosine at step 0, before RGM {two.before[0, 1, 0]:.3f}")
print(f"  after RGM with two blocks {two.after[0, 1, 0]:.3f}")
for t in (5, 20):
    print(f"loss at step {t}: joint {joint.loss[t]:.4f}, two blocks {two.loss[t]:.4f}")
assert raw_w < joint_w[-1] < applied_w
assert two.conflict[0, 1, 10] > -0.5 > one.conflict[0, 1, 10]

# %% [markdown] id="after-rgm"
# There is a lot in this picture, and most of the course explains it.
#
# - **Up or down depends on $l$.** With two blocks the path leaves the conflict. With one
#   block it sinks: Orth takes from each step a part of what points along the other
#   gradient, so that this part is learned last, and what remains to be learned fights all
#   the more.
# - **More balanced depends on what is counted.** In the gradients that the encoders
#   receive, after the step, yes: $0.77$ against $0.41$. In the gradients before the step,
#   no: $0.23$. Fig. 2 of the paper computes the energies from the raw gradients; the tables
#   do not say which energies their balance factors count. The code offers both
#   (notebook 04).
# - **The first step makes the conflict worse** with two blocks, from $-0.5$ to $-0.956$.
#   Audio's share is $0.9$, so $\bar w$ is negative, the slope of the gates too, and they
#   work the wrong way round: a fighting block gets *more* synergy (`synorth-flip`,
#   notebook 07).
# - **No free lunch:** the loss is higher than joint training's at step 5, lower at step 20.
#
# This is one run on one toy. What happens over many runs, on three toys, is in the ledger
# (`figure-3-rgm`, `figure-3-rgm-limits`).
#
# The paper opens with another pair of pictures, its **Fig. 1 (a)** and **(b)**: a method
# that mends only the conflict makes the imbalance worse, a method that mends only the
# balance makes more conflict. Notebook 07 draws both on the toys, and reports what holds.

# %% [markdown] id="map"
# ## 2 · From the paper to the code
#
# The NumPy reference, `rgm_ref`, has one file per idea, in the order of the paper. The
# ledger, `derivations`, and the notebooks have the same names in the same order. So if you
# know one, you know all three. The last column names functions, with a dot, and some of
# the claims, with hyphens; there are more. Notebooks 11–13 set the paper's tables and Fig. 4
# beside small ones of our own.
#
# A table of names is a claim too, so the cell fails if one of them does not exist.

# %% id="map-table"
for row in PAPER:
    for name in row.functions:
        module, function = name.split(".")
        assert callable(getattr(import_module(f"rgm_ref.{module}"), function)), name
    for claim_id in row.claims:
        assert claim_id in REGISTRY, claim_id
table(
    ("In the paper", "Symbol", "What it is", "Notebook", "Functions and claims"),
    [(p.place, p.symbol, p.name, p.notebook, code(*p.functions, *p.claims)) for p in PAPER],
)

# %% [markdown] id="letters"
# ### The letters
#
# The same for the symbols. $M$ is the number of modalities, $d$ the width of the features,
# $l$ the number of blocks. Units: $L$ is the unit of the loss, $Z$ that of a feature; a
# gradient is loss per feature, and the learning rate has the unit that makes
# $\eta\, g$ a step in the features. Between modality and width an array may have any
# number of further axes (samples, steps).
#
# Shapes and units can be checked, and the cell does so before it shows the table. Shapes:
# compute every quantity for $M = 3$, $d = 6$, $l = 2$ and look. Units: measure the loss in
# a unit that makes its numbers 5 times as large, the features in one that makes theirs
# twice as large. Then a quantity with the unit $L/Z$ must become $5/2$ times as large, and
# a pure number must stay.


# %% id="letters-check"
def quantities(g, E, rate):
    """Every letter of the table, by its name in code."""
    c, w_bar, w = plane.nonconflict(g), plane.balance(E), energy.shares(E)
    return {
        "gradients": g, "energy": E, "rate": np.array(rate), "shares": w,
        "balance": w_bar, "nonconflict": c, "ratio": rebalance.ratio(E),
        "temper": rebalance.temper(rebalance.pair_ratio(E), c),
        "block_norms": blocks.block_norms(g, 2),
        "block_cosines": blocks.block_cosines(g[:2], 2),
        "alpha": synergy.alpha(g, w, 2), "project": synergy.project(g, w, 2),
        "adjust": orthogonal.adjust(g[:2], w[:2]),
        "gate": synorth.gate(c, w_bar), "synorth": synorth.synorth(g, E, 2),
    }  # fmt: skip


some_g, some_E = rng.normal(size=(3, 6)), rng.uniform(1, 2, size=3)
old = quantities(some_g, some_E, 0.1)
new = quantities(some_g * 5 / 2, some_E * 2**2, 0.1 * 2**2 / 5)
for row in SYMBOLS:
    shape = tuple({"M": 3, "d": 6, "l": 2}.get(size, size) for size in row.shape)
    factor = 5.0**row.loss * 2.0**row.feature
    assert old[row.code].shape == shape, row.code
    assert np.allclose(new[row.code], old[row.code] * factor), row.code
table(
    ("Symbol", "Meaning", "Name in code", "Shape", "Unit"),
    [(row.symbol, row.meaning, code(row.code), row.size, row.unit) for row in SYMBOLS],
)

# %% [markdown] id="start-2-task"
# ### Exercise start-2 · compute · level 1
#
# Two modalities have spent the energies $E = (3, 1)$. Their present gradients are
# $g_i = (4, 3)$ and $g_j = (0, -2)$. Where do they stand on the plane? Compute the two
# coordinates with a pencil and put them into `point`, balance first.

# %% id="start-2" tags=["exercise"]
### BEGIN SOLUTION
point = (8 * 3 / 4 * 1 / 4 - 1, (4 * 0 + 3 * -2) / (5 * 2))
### END SOLUTION

# %% id="start-2-check" tags=["check"]
check("start-2", point)

# %% [markdown] id="wrong-answer"
# What do a hint and a wrong answer look like? Say you forgot to divide by the lengths.
# `check` stops the cell and names the mistake, if it is one that it knows:

# %% id="wrong-answer-check"
hint("start-2")
try:
    check("start-2", (0.5, -6.0))
except AssertionError as told:
    print(told)

# %% [markdown] id="ledger" tags=["slide"]
# ## 3 · The ledger: how a verdict is reached
#
# Every equation, theorem and quantitative sentence of the paper is a **claim** in the
# ledger, beside claims of our own. Each has a name such as `orth-denominator`. Nobody
# types a verdict. A claim has *legs* to stand on, and what the legs show decides.
#
# | Verdict | when |
# | --- | --- |
# | **holds** | the statement was proved, or an experiment showed it |
# | **holds if** | refuted as stated; proved under a condition that the statement lacks |
# | **fails** | a counterexample refutes it, or an experiment did not show it |
# | **open** | neither proved nor refuted here; a search found no counterexample |
#
# The evidence is a second word, because these are different kinds of knowing:
#
# | Evidence | what was done |
# | --- | --- |
# | proved | every line of a derivation was confirmed by computer algebra (SymPy) |
# | proved on a box | an inequality was proved on an interval, with rounding to the safe side |
# | refuted | exact numbers for which the statement is false |
# | tested | compared or searched on many random inputs: not a proof |
# | observed | seen in more runs of an experiment than chance gives: not a proof |
#
# Beside its proof almost every formula is compared with an independent oracle: SciPy's
# constrained optimizers on the paper's own problem, finite differences, brute force. Here
# is one claim of each kind, run now.

# %% id="verdicts"
EXAMPLES = (
    "plane-balance-forms",  # Eq. 5
    "energy-theorem1",  # Theorem 1
    "orth-denominator",  # Eq. 13
    "synorth-descent-tight",  # a conjecture of ours
    "synorth-descent-outside",  # if EAR scaled the whole step
    "figure-1a-orth",  # Orth alone, on three toys
)
results = {claim_id: run(REGISTRY[claim_id]) for claim_id in EXAMPLES}
for claim_id, result in results.items():
    print(f"{claim_id:<24} {result.verdict:<9} {result.evidence}")
seen = {result.verdict for result in results.values()}
assert seen == {"holds", "holds if", "fails", "open"}

# %% [markdown] id="prove-intro"
# `prove("name")` runs a claim and displays its derivation. It fails if the verdict is not
# the recorded one. First one that holds: Eq. 5 in three forms. The second form shows why
# $\bar w = 1$ at equal shares and nowhere else: a square is subtracted. The third shows
# where $\bar w$ changes sign, at shares of $0.146$ and $0.854$.

# %% id="prove-balance"
prove("plane-balance-forms")

# %% [markdown] id="prove-orth-intro"
# And one that fails: Eq. 13. The idea of the proof fits in a paragraph. Dropping the small
# product $\mathcal O_i \cdot \mathcal O_j$, the constraint of problem (12) is a straight
# line in the unknowns. It does not see a part of $\mathcal O_i$ across $g_j$, but the cost
# does, so $\mathcal O_i = x\, g_j$ and $\mathcal O_j = y\, g_i$. Two unknowns, a quadratic
# cost, a linear constraint: a Lagrange multiplier ends it. Then the machine shows that any
# other point on the line costs more, and that the printed form is not even on the line.

# %% id="prove-orth"
prove("orth-denominator")

# %% [markdown] id="twins" tags=["slide"]
# ### Wrong twins
#
# A check that accepts everything proves nothing. So each formula of the ledger comes with
# **wrong twins**: the formula with one named mistake in it, such as an exchanged index, a
# norm for a squared norm, a missing ½. The same checks must reject each of them. For
# Eq. 13 there are two oracles: SciPy's optimizers, and the stationarity conditions solved
# as linear equations. The table shows how many of the two reject each twin.

# %% id="twins-killed"
kills = results["orth-denominator"].kills
for twin, verdicts in kills.items():
    print(f"{sum(verdicts.values())} of {len(verdicts)}   {twin.split(': ')[1]}")
assert all(any(verdicts.values()) for verdicts in kills.values())

# %% [markdown] id="start-3-task"
# The first twin on the list is the formula as printed. The twins have a second life in
# the exercises: when your answer equals one of them, `check` tells you which.
#
# ### Exercise start-3 · implement · level 1
#
# Write `turn(g, w)`, which returns the two adjustments of Eq. 13, corrected, as an array
# with the rows $\mathcal O_i$ and $\mathcal O_j$:
#
# $$\mathcal O_i = -\frac{w_j\, (g_i \cdot g_j)}{w_i\|g_i\|^2 + w_j\|g_j\|^2}\; g_j ,\qquad
# \mathcal O_j = -\frac{w_i\, (g_i \cdot g_j)}{w_i\|g_i\|^2 + w_j\|g_j\|^2}\; g_i .$$
#
# `g` is an array of two rows, `w` has two entries. Two lines are enough. Afterwards,
# exchange the weights in the denominator on purpose, and read what `check` says.


# %% id="start-3" tags=["exercise"]
### BEGIN SOLUTION
def turn(g, w):
    A = (w[:, None] * g**2).sum()
    return -(g[0] @ g[1]) / A * w[::-1, None] * g[::-1]


### END SOLUTION

# %% id="start-3-check" tags=["check"]
check("start-3", turn)

# %% [markdown] id="use" tags=["slide"]
# ## 4 · How to use the course
#
# The picture shows which notebook needs which.
# Open one: [01](01_fusion.ipynb), [02](02_energy.ipynb), [03](03_plane.ipynb),
# [04](04_rebalance.ipynb), [05](05_synergy.ipynb), [06](06_orthogonal.ipynb),
# [07](07_synorth.ipynb), [08](08_from_numpy_to_torch.ipynb), [09](09_train_a_model.ipynb),
# [10](10_methods.ipynb), [11](11_tables.ipynb), [12](12_ablation.ipynb),
# [13](13_what_each_modality_knows.ipynb), [14](14_your_own_model.ipynb).

# %% id="order"
figure, axes = plt.subplots(figsize=(8, 4.4))
draw_order(axes)
show(
    figure,
    alt="A map of the notebooks. 00 leads to 01 fusion, 02 energy and 03 plane in a row. "
    "From 03 three arrows lead to 04 rebalance, 05 synergy and 06 orthogonal, and from "
    "these to 07 synorth, and on to 08, 09, 10, 11, 12 and 13; from 08 also to 14.",
    places=[notebook.place for notebook in NOTEBOOKS],
)

# %% [markdown] id="readers"
# **As a student.** Take the notebooks in order; 04, 05 and 06 in any order among
# themselves. Before each cell that follows a question, answer it, on paper, in a sentence.
# Do the exercises when they come. Where the text says *move it*, move it. If you only have
# an evening: 00, 03 and 06.
#
# **As a teacher.** Two plans to start from:
#
# | 90 minutes | minutes |
# | --- | --- |
# | 00, section 1: arrows, plane, three tools; let the class predict each picture | 25 |
# | 03: the plane, and why the cosine depends on the basis | 20 |
# | 06: Eq. 13 on the board, the slip found by the class (`start-3` with the printed form) | 35 |
# | what holds, what fails: `make verify` running on the screen | 10 |
#
# | Half a day | minutes |
# | --- | --- |
# | 00, sections 1 and 3 | 35 |
# | 02 and 03: energy, Theorem 1 and where it breaks; the plane | 50 |
# | break | 15 |
# | groups: one each on 04, 05, 06, with the exercises; five minutes of report per group | 75 |
# | 07: the whole step; what was repaired; what is open | 45 |
#
# The exercises have levels 1 to 3. Kinds: *derive, compute, implement, predict, break,
# critique*.
#
# **As a researcher.** Look up your claim: `make verify` prints them all and writes a page
# with every proof. Then use the reference in your own code. It needs NumPy alone:

# %% id="researcher"
gradients = rng.normal(size=(2, 64, 128))  # modality, sample, feature
energy_so_far = energy.step_energy(gradients.reshape(2, -1), rate=0.01)
modulated = synorth.synorth(gradients, energy_so_far, blocks=8, orth="exact")
assert modulated.shape == gradients.shape

# %% [markdown] id="exercise-rules" tags=["slide"]
# **Exercises.** A task stands in the text; below it a cell holds the answer, and the cell
# after that calls `check`. In a copy for students the answers are taken out. `check`
# accepts numbers, arrays, choices and functions. It says *right*, or names the mistake, or
# says that it does not know this one. `hint("start-2", 3)` prints the third hint. Nothing
# is sent anywhere and nothing is scored.
#
# **Outputs.** The outputs you see were made by the cells above them; a test runs every
# notebook again and compares. If yours differ in the last digit, look at the first cell:
# another version of a library may round differently.
#
# **If something is missing** run this in the folder of the course:
#
# ```sh
# make doctor    # what is missing, and the command that mends it
# make verify    # checks every claim on your machine
# make lab       # opens this notebook
# ```
#
# Without `make`: `python -m rgm_ref doctor` and `python -m rgm_ref verify`.

# %% [markdown] id="honest"
# ## 5 · What this course does not show, and where RGM loses
#
# **Not reproduced.** The accuracies of Tables 1–3 come from ResNet-18 and ViT-Base trained
# on Kinetics-Sounds, CREMA-D and UCF-51. That takes these data sets and GPUs. We have not
# repeated it and say nothing about whether the numbers can be had. What the ledger checks
# is the arithmetic: whether the sentences of the text agree with the tables. The proofs of
# the paper's appendix are not part of the text we worked from, so the derivations are ours.
#
# **Where RGM loses or a statement fails**, each a claim with its counterexample:
#
# - *In the tables.* On CREMA-D with CNNs RGM reaches 74.91 %, MMPareto and Diag&Re 75.13 %.
#   With Transformers ARM has the higher balance factor on Kinetics-Sounds, 0.82 against
#   0.78, and Remixing on CREMA-D, 0.68 against 0.67.
# - *With sum fusion* every modality receives the same gradient, and all of RGM is a
#   multiplication by 0.991 (if the energies start equal; they then stay equal). So
#   "independent of … feature fusion strategy" is true of the code, not of the effect.
# - *The cosine $c$ depends on the bases* of the features: under concatenation and a linear
#   layer the same model can be placed anywhere on the vertical axis.
# - *The energies do not tell* an under-trained modality from an uninformative one.
# - *In the worst conflict* Eq. 13, put right, helps least: of two exactly opposed gradients
#   it leaves the cosine at $-1$. (The exact solution of problem (12) then deletes one.)
# - *Where one share exceeds 0.854* $\bar w$ is negative and the gates flip: fighting blocks
#   get more synergy, agreeing ones less. The joint training runs of Table 1 end there.
# - *On the toys* RGM ends nearer to balance than joint training where conflict is mild and
#   applied energies are counted. From a severe conflict it ends farther from balance on two
#   of the three toys; there raw energies show no common tendency.
# - *Descent.* RGM's step descends jointly in the features (proved, for EAR and Syn on), but
#   not always for the weights of the encoders.

# %% id="honest-check"
LOST = (
    "tables-best-everywhere", "tables-highest-balance",
    "fusion-independent", "plane-gauge", "energy-diagnosis",
    "orth-near-orthogonal", "synorth-flip",
    "synorth-descent-weights", "figure-3-rgm-limits",
)  # fmt: skip
lost = {claim_id: run(REGISTRY[claim_id]).verdict for claim_id in LOST}
assert set(lost.values()) == {"fails", "holds if"}
for claim_id, verdict in lost.items():
    print(f"{claim_id:<24} {verdict:<9} {REGISTRY[claim_id].place}")

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. Imbalance is about the lengths of the modalities' gradients, conflict about their
#    angle; energies and a cosine make them the two axes of a plane.
# 2. EAR changes lengths, Syn the lengths of blocks, Orth directions; soft gates mix them.
# 3. Which energies are counted, before or after modulation, can reverse a conclusion.
# 4. Eq. 13 has two indices exchanged; corrected, it does what its problem asks, nearly.
# 5. A verdict comes from what ran: *proved*, *tested* and *observed* are not the same.
#
# ## Further reading
#
# - X. Gao, B. Cao, B. Gong, P. Zhu. *Reconcile Gradient Modulation for Harmony Multimodal
#   Learning.* AAAI 2026. The paper of this course.
# - X. Peng, Y. Wei, A. Deng, D. Wang, D. Hu. *Balanced multimodal learning via on-the-fly
#   gradient modulation.* CVPR 2022. Imbalance, and the idea of scaling gradients.
# - N. Wu, S. Jastrzebski, K. Cho, K. J. Geras. *Characterizing and overcoming the greedy
#   nature of learning in multi-modal deep neural networks.* ICML 2022.
# - T. Yu, S. Kumar, A. Gupta, S. Levine, K. Hausman, C. Finn. *Gradient surgery for
#   multi-task learning.* NeurIPS 2020. Conflict, and the idea of projecting it away.
#
# Next: notebook 01, what a fusion does to the gradients that pass through it.
