# %% [markdown] id="title"
# # 10 · The 22 methods in one picture
#
# *The rows of Tables 1 and 2 of the paper*
#
# **What you will do.** Hand one pair of gradients, small enough for a pencil, to every method
# that acts on gradients, and look at what comes back. Pin the other methods to the place of
# the training step where they act. Draw who generalises whom, and check every line of the
# drawing. Rebuild three faults of public code and the tests that find them.
#
# **What you will learn.** That "a pair of gradients" means two different things in these
# papers. That fourteen rules are fourteen small matrices. Which methods are the same method.
# What a name in a table does not say: which tensors, which losses, which reading.
#
# **What you need.** The plane (03), the step as a matrix (07, 08), own losses (09).
#
# **How long.** The cells run in under half a minute. Reading takes 50 minutes, the six
# exercises another 40.
#
# **What you will not learn here** is which method is better. Nothing in this notebook says
# so; the comparison is notebook 11.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, prove, show, start

rng = start()

# %% id="imports"
import re
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch
from course.figure import BLUE, GREEN, ORANGE, PINK, RED, arrow, looks
from course.overview import table
from course.pairs import pair_at, panel
from IPython.display import Markdown, display
from torch import nn
from torch.nn.functional import cosine_similarity, cross_entropy

from rgm_ref import mixing
from rgm_ref.baselines import (
    agm,
    balgrad,
    cagrad,
    cggm,
    g_blending,
    gmd,
    gradnorm,
    imcl,
    inforeg,
    mgda,
    mmpareto,
    ogm_ge,
    pcgrad,
    pmr,
    upgrad,
)
from rgm_ref.baselines import diag_re as relearning
from rgm_ref.plane import balance, nonconflict
from rgm_ref.views import Views
from rgm_torch.data.batch import Clips, Corpus
from rgm_torch.methods import BESIDE, METHODS, PAPER, create
from rgm_torch.methods.ogm_ge import OGMGE
from rgm_torch.models.fusion import FUSIONS
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.training import Config
from rgm_torch.training.monitor import Monitor

GREY = "#6b6b68"
torch.set_num_threads(1)
_ = torch.manual_seed(0)

# %% [markdown] id="step"
# ## 1 · First the picture: where a method steps in
#
# One training step, from left to right. A batch of **data** enters the encoders; they make
# **features**; fusion and **head** make logits; these make a **loss**. The backward pass
# makes **gradients**, the optimizer changes **weights**, and a **schedule** says who trains
# when. A method may step in at any of the seven places.
#
# **Before you run the next cell:** the paper calls all of its rivals "gradient modulation"
# or compares them as such. How many of the 22 touch a gradient before anything else?
#
# The drawing is made of the methods' own cards, which you will read in section 7. If a card
# names two places, the method stands at the first one.

# %% id="places"
PLACES = {"data": "data", "features": "features", "head": "classifier", "loss": "loss",
          "gradient": "gradient", "weights": "weights", "schedule": "schedule"}  # fmt: skip


def title(method):
    """The name as people write it."""
    words = sys.modules[method.__module__].__doc__.split(":")[0]
    return re.sub(r" as a method| \(.*\)", "", words)


def place(method):
    """The place that the card names first."""
    found = {where: re.search(rf"\b{word}\b", method.card.acts)
             for where, word in PLACES.items()}  # fmt: skip
    named = {where: match.start() for where, match in found.items() if match}
    return min(named, key=named.get)


pinned = {where: [m for m in PAPER if place(m) == where] for where in PLACES}
assert sum(map(len, pinned.values())) == len(PAPER) == 22


# %% id="places-figure"
FAMILY = {"baseline": (GREY, "■"), "reconciling": ("black", "■"),
          "imbalance": (GREEN, "●"), "conflict": (PINK, "▲")}  # fmt: skip


def draw_places():
    """Seven boxes in a row, below each the methods that step in there."""
    drawing, axis = plt.subplots(figsize=(8.8, 4.3))
    for x, (where, methods) in enumerate(pinned.items()):
        box = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": BLUE}
        axis.text(x, 0, where, ha="center", va="center", bbox=box, size=10.5)
        if x < 6:
            axis.annotate("", (x + 0.62, 0), (x + 0.46, 0),
                          arrowprops={"arrowstyle": "-|>", "color": GREY})  # fmt: skip
        for y, method in enumerate(methods, 1):
            colour, mark = FAMILY[method.family]
            axis.text(x - 0.42, -0.62 * y - 0.2, mark, color=colour, va="center")
            axis.text(x - 0.24, -0.62 * y - 0.2, title(method), va="center", size=9)
    for x, (family, (colour, mark)) in enumerate(FAMILY.items()):
        axis.text(1.5 * x, 0.95, mark, color=colour, va="center")
        axis.text(1.5 * x + 0.2, 0.95, family, va="center", size=9.5)
    axis.set(xlim=(-0.6, 6.6), ylim=(-5.1, 1.2))
    axis.axis("off")
    return drawing


show(draw_places(), "Seven boxes in a row: data, features, head, loss, gradient, weights, "
     "schedule. Below them the 22 methods, most of them below loss and gradient; marks "
     "tell the methods against imbalance from those against conflict.",
     counts=[len(methods) for methods in pinned.values()])  # fmt: skip

# %% [markdown] id="places-read"
# Eight of 22 touch a gradient first; RGM, which does it at the features, is the ninth. Seven
# others change the loss and leave the backward pass alone; of course every change of the
# loss changes gradients, but by way of a derivative and not by a rule. The rest choose data,
# rescale features, replace the classifier, pull weights back, or take turns.
#
# So a table of 22 rows compares things of different kinds. That is legitimate: all of them
# are ways to train the same model. But it is a reason to ask of each row what else changed
# with it. Methods that bring *additional losses* get information that joint training has
# not (notebook 09), whatever they then do with their gradients.

# %% id="places-checked"
first_gradient = [m.name for m in pinned["gradient"]]
assert len(first_gradient) == 8
assert len(pinned["loss"]) - 1 == 7  # joint training is the loss that all others change
print("gradient:", ", ".join(title(m) for m in pinned["gradient"]))

# %% [markdown] id="two-pairs"
# ## 2 · Two kinds of pair
#
# The papers say "conflict between gradients". Between which?
#
# - **Between modalities:** $g_a$ and $g_v$, the gradients that *one* loss sends to *two*
#   encoders. This is RGM's pair. OGM-GE, AGM and CGGM also look at it, from far away: they
#   multiply each side by a number.
# - **Within an encoder:** $g_{mm}$ and $g_u$, the gradients that *two* losses, joint and
#   unimodal, send to *one* encoder. This is the pair of MMPareto; and PCGrad, MGDA, CAGrad
#   and UPGrad, which were made for the tasks of a shared network, have no other pair to
#   work on here: separate encoders share no weights.
#
# The difference is not a detail. $g_a$ and $g_v$ change *different* weights, and a step along
# both lowers the loss to first order whatever their cosine (notebook 03). $g_{mm}$ and $g_u$
# change *the same* weights: there, a negative cosine means that to follow one loss is to
# raise the other.
#
# One toy pair serves both readings:
#
# $$g_1 = (2, 0), \qquad g_2 = (-1, 1); \qquad \|g_1\|^2 = 4,\quad \|g_2\|^2 = 2,\quad
# g_1 \cdot g_2 = -2,\quad c = -\tfrac{1}{\sqrt 2}.$$
#
# Every rule below turns it into $A \binom{g_1}{g_2}$, with a $2 \times 2$ matrix $A$. Within
# an encoder, the update is then the **sum of the two rows**.

# %% id="pair"
g = np.array([[2.0, 0.0], [-1.0, 1.0]])
G = g @ g.T
assert np.array_equal(G, [[4, -2], [-2, 2]])
assert np.isclose(nonconflict(g)[0, 1], -np.sqrt(0.5))

# %% [markdown] id="between-hand"
# ### Between modalities, by hand
#
# Rules that read more than the two gradients need numbers of the same step: audio gives the
# true class a probability of 0.8, video of 0.4; audio's classifier has improved from 0.50 to
# 0.60, video's from 0.40 to 0.42.
#
# - **OGM-GE**, $\alpha = \tfrac12$: $\rho_a = 0.8/0.4 = 2 > 1$, so
#   $\kappa_a = 1 - \tanh(1) = 0.238$. Video: $\rho_v = \tfrac12$, $\kappa_v = 1$. (And noise,
#   which is no matrix: the rule is affine.)
# - **AGM**, $\alpha = \tfrac12$, no lead so far, so $\tau = 1$: $r_a = 0.8/0.4 = 2$,
#   $r_v = \tfrac12$; $\kappa_a = e^{-1/2} = 0.607$, $\kappa_v = e^{1/4} = 1.284$.
# - **CGGM**, $\rho = 1.3$: $\Delta = (0.10, 0.02)$, so $B = (\tfrac16, \tfrac56)$ and the
#   factors are 0.217 and 1.083.
# - **RGM**, one block, energies $(4, 2)$: shares $(\tfrac23, \tfrac13)$, $\bar w = \tfrac79$.
#   Both $\alpha$ of Syn are 1: $\sqrt{\tfrac23 \cdot 6} = 2$ is what $g_1$ has already. EAR:
#   $(\tfrac34)^{0.146} = 0.959$ and $(\tfrac32)^{0.146} = 1.061$. The gate
#   $1 - \sigma(4 \cdot \tfrac79 c) = 0.900$, times $\tfrac13 \cdot 2 / \tfrac{10}{3} = 0.2$
#   and $0.4$: beside the diagonal 0.180 and 0.360.
# - **PCGrad**, read between modalities as in Fig. 3 of the paper: of $g_2$ the part along
#   $g_1$ goes, and the other way round; $-s/\|g_2\|^2 = 1$ and $-s/\|g_1\|^2 = \tfrac12$.
#
# **Before you run the next cell:** which of these matrices can change the *cosine* of the
# pair? It is enough to look at their shape.

# %% id="between"
p_true = np.array([0.8, 0.4])
kappa_ogm = ogm_ge.coefficients(ogm_ge.ratios(p_true), alpha=0.5)
kappa_agm = agm.coefficients(-np.log(p_true), np.zeros(2), alpha=0.5)
rho_B = 1.3 * cggm.balance(np.array([0.60, 0.42]), np.array([0.50, 0.40]))
between = {
    "Joint": np.eye(2),
    "OGM-GE (no noise)": np.diag(kappa_ogm),
    "AGM": np.diag(kappa_agm),
    "CGGM": np.diag(rho_B),
    "RGM": mixing.mixing_matrix(G[..., None], np.diag(G))[..., 0],
    "PCGrad": mixing.pcgrad_matrix(G, [0, 1]),
}
assert np.allclose(kappa_ogm, [0.238, 1], atol=5e-4)
assert np.allclose(kappa_agm, [np.exp(-1 / 2), np.exp(1 / 4)])
assert np.allclose(rho_B, [0.217, 1.083], atol=5e-4)
assert np.allclose(between["RGM"], [[0.959, 0.180], [0.360, 1.061]], atol=5e-4)
assert np.allclose(between["PCGrad"], [[1, 1], [0.5, 1]])

# %% id="between-figure"
SIDES = {"between": (r"$g_a$", r"$g_v$"), "within": (r"$g_{mm}$", r"$g_u$")}


def heat(axis, matrix, name, kind, limit=2.2):
    """A matrix as colours, with its numbers written in."""
    axis.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit)
    for (row, column), value in np.ndenumerate(matrix):
        number = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
        ink = "white" if abs(value) > 0.62 * limit else "black"
        axis.text(column, row, number, ha="center", va="center", color=ink, size=9.5)
    axis.set_xticks([0, 1], SIDES[kind])
    axis.set_yticks([0, 1], ["", ""])
    axis.grid(visible=False)
    axis.set_title(name, fontsize=9.5)


def draw_changes(matrices, kind, draw):
    """Every method twice: its matrix, and below it what becomes of the pair."""
    columns = len(matrices) if kind == "between" else len(matrices) // 2
    rows = 2 * len(matrices) // columns
    drawing, axes = plt.subplots(rows, columns, figsize=(8.8, 1.75 * rows))
    for k, (name, matrix) in enumerate(matrices.items()):
        top = 2 * (k // columns)
        heat(axes[top, k % columns], matrix, name, kind)
        draw(axes[top + 1, k % columns], matrix)
    return drawing


def draw_pair(axis, matrix):
    """The pair before (broad, pale) and after (arrows)."""
    panel(axis, g, matrix @ g, names=("", ""))
    axis.set(xlim=(-1.3, 2.3), ylim=(-0.4, 1.6), xlabel="", xticks=[], yticks=[])


show(draw_changes(between, "between", draw_pair), "Six small matrices above six pairs of "
     "arrows. Joint is the identity. OGM-GE, AGM and CGGM are diagonal: arrows get "
     "shorter or longer and keep their directions. RGM and PCGrad have entries beside "
     "the diagonal and turn the arrows towards one another.",
     **{name.split()[0]: matrix for name, matrix in between.items()})  # fmt: skip

# %% [markdown] id="between-read"
# A positive diagonal keeps directions: OGM-GE, AGM and CGGM cannot change a cosine, whatever
# they read. RGM here does less than PCGrad. PCGrad turns $c$ into $-c$: from 135° apart to
# 45°. On this pair EAR holds audio back by 4 %, because in conflict ($\tfrac{1+c}{2} = 0.15$)
# little of its ratio is applied.

# %% id="between-checked"
cosine_after = {n: float(nonconflict(A @ g)[0, 1]) for n, A in between.items()}
for name in ("Joint", "OGM-GE (no noise)", "AGM", "CGGM"):
    assert np.isclose(cosine_after[name], -np.sqrt(0.5))
assert np.isclose(cosine_after["PCGrad"], np.sqrt(0.5))
print(f"cosine after RGM {cosine_after['RGM']:.3f}")

# %% [markdown] id="plane"
# ### Where the step lands on the plane
#
# The modulated pair has energies of its own and a cosine of its own: a place on the plane.
# (One step only: the energies are the squared lengths of this one pair.)

# %% id="plane-figure"
everything = {**between, "MGDA": mixing.mgda_matrix(G)}
landed = {
    name: (float(balance(np.diag(A @ G @ A.T))[0, 1]), float(nonconflict(A @ g)[0, 1]))
    for name, A in everything.items()
}


def draw_landed():
    """The place of the pair before and after each rule."""
    drawing, axis = plt.subplots(figsize=(6.6, 4.2))
    styles = [*looks(6), {"color": GREY, "marker": "X"}]
    for (name, point), style in zip(landed.items(), styles, strict=True):
        style = {**style, "linestyle": ""}
        axis.plot(*point, ms=10, **style, label=name, clip_on=False)
        axis.annotate("", point, landed["Joint"], zorder=0, arrowprops={
            "arrowstyle": "-", "color": style["color"], "alpha": 0.5})  # fmt: skip
    axis.axvline(0, color=GREY, lw=0.8, ls=":")
    axis.axhline(0, color=GREY, lw=0.8, ls=":")
    axis.set(xlim=(-1, 1), ylim=(-1, 1.05), xlabel=r"balance $\bar w$ after the step",
             ylabel="nonconflict $c$ after the step")  # fmt: skip
    axis.legend(fontsize=9, loc="upper left")
    return drawing


show(draw_landed(), "The plane. Joint training at 0.78 and −0.71. The diagonal rules move "
     "along a horizontal line only, CGGM and OGM-GE far to the left; RGM a little up; "
     "PCGrad to the cosine 0.71; MGDA to the upper right corner.",
     points=list(landed.values()))  # fmt: skip

# %% [markdown] id="plane-read"
# The diagonal rules move along a horizontal line. OGM-GE and CGGM, which shorten audio by a
# factor of four and more, move this pair *away* from balance: what they equalise is how well
# the modalities predict, not how long their gradients are, and here the longer gradient
# belonged to audio by a little only. A rule can be right by its own measure and wrong by
# another's.
#
# **Move it:** lengths, cosine, and what audio and video give the true class.

# %% id="plane-move"
length_a, length_v, c_here = 3.0, 1.0, -0.5
p_here = np.array([0.9, 0.3])

pair_here = pair_at(length_a, length_v, c_here)
scaled = ogm_ge.coefficients(ogm_ge.ratios(p_here), 0.5)[:, None] * pair_here
for label, two in (("joint", pair_here), ("OGM", scaled)):
    print(f"{label:6s} balance {balance((two**2).sum(axis=1))[0, 1]:6.3f}  "
          f"cosine {nonconflict(two)[0, 1]:.3f}")  # fmt: skip

# %% [markdown] id="methods-3"
# ### Exercise methods-3 · predict · level 2
#
# Which of these change the *cosine* between audio's and video's gradients, for some pair
# that is neither parallel nor orthogonal? (1) OGM-GE without noise, (2) AGM, (3) CGGM with
# accuracies that go from 0.50 to 0.45 and from 0.50 to 0.58, without a guard, (4) RGM with
# EAR alone, (5) RGM with Orth alone, (6) PCGrad between the modalities where $c > 0$. Answer
# as `changes`, six booleans. Write the matrices down first.

# %% tags=["exercise"] id="methods-3-answer"
### BEGIN SOLUTION
changes = np.array([False, False, True, False, True, False])
assert (cggm.balance(np.array([0.45, 0.58]), np.full(2, 0.5)) * [1, -1] > 0).all()
### END SOLUTION

# %% tags=["check"] id="methods-3-check"
check("methods-3", changes)

# %% [markdown] id="within-hand"
# ### Within an encoder, by hand
#
# Now $g_1 = g_{mm}$ and $g_2 = g_u$ of one encoder; $g_{mm} + g_u = (1, 1)$ is what the plain
# sum of the losses does.
#
# - **G-Blending** weighs the losses by $\Delta G / \Delta O^2$. With gains $(0.4, 0.3)$ and
#   overfitting $(0.2, 0.1)$: $10 : 30$, weights $(\tfrac14, \tfrac34)$.
# - **GradNorm** moves the weights towards equal lengths. Lengths 2 and 1.41, equal progress,
#   rate 0.1: $(1 - 0.2,\; 1 + 0.141)$, scaled to the sum 2: $(0.824, 1.176)$.
# - **PCGrad**: as above, rows $(1, 1)$ and $(\tfrac12, 1)$; the sum of the rows is
#   $1.5\,g_{mm} + 2\,g_u = (1, 2)$.
# - **BalGrad** projects one side only: the task's gradient makes way for $g_2$, here the
#   gradient of the mutual teaching, which stays. Sum: $g_{mm} + 2 g_2 = (0, 2)$.
# - **MGDA**: $\lambda = (2 + 2)/(4 + 2 + 4) = 0.4$; the mix $0.4\,g_{mm} + 0.6\,g_u$ is
#   $(0.2, 0.6)$, in both rows.
# - **MMPareto**, $\gamma = 1.5$: twice this mix, $h = (0.4, 1.2)$, made as long as the plain
#   sum, $\kappa = \sqrt 2 / \sqrt{1.6} = 1.118$, times $\gamma$: $(0.671, 2.012)$.
# - **CAGrad**, $c = \tfrac12$: the mean $(\tfrac12, \tfrac12)$, and half of its length along
#   $g_u$, the direction in which the worse-off loss falls: $(0.25, 0.75)$.
#
# **Before you run the next cell:** for which of these updates does a small step raise one of
# the two losses? Form the products with $g_{mm}$ and $g_u$ in your head.

# %% id="within"
weight_gb = g_blending.weights(np.array([0.2, 0.1]), np.array([0.4, 0.3]))
lengths = np.sqrt(np.diag(G))
aims = gradnorm.targets(np.ones(2), lengths, np.ones(2), np.ones(2))
slope = gradnorm.weight_gradient(np.ones(2), lengths, aims)
lam = mgda.weights(g)
longer = np.linalg.norm(mmpareto.mmpareto(*g)) / np.linalg.norm(2 * lam @ g)
nudge = np.linalg.norm(g.mean(axis=0)) / np.linalg.norm(g[1])
within = {
    "plain sum": np.eye(2),
    "G-Blending": np.diag(weight_gb),
    "GradNorm": np.diag(gradnorm.step(np.ones(2), slope, rate=0.1)),
    "PCGrad": mixing.pcgrad_matrix(G, [0, 1]),
    "BalGrad": np.array([[1, -min(G[0, 1], 0) / G[1, 1]], [0, 1]]),
    "MGDA": mixing.mgda_matrix(G),
    "MMPareto": np.stack([longer * lam] * 2),
    "CAGrad (c = ½)": np.array([[1, nudge / 2], [1, nudge / 2]]) / 2 + [[0, 0.25]] * 2,
}

# %% [markdown] id="within-ladder"
# Each matrix is now held against the library's own update: the sum of the rows is what the
# closed forms return. (CAGrad's rows are $\tfrac12 d$ each; its entry was written as a guess
# and is put right below, from $d = \tfrac12 g_{mm} + (\tfrac12 + \tfrac14) g_u$ or not.)

# %% id="within-checked"
d_cagrad = cagrad.cagrad(g, c=0.5)
