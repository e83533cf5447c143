# %% [markdown] id="title"
# # 10 · The 22 methods in one picture
#
# *The rows of Tables 1 and 2 of the paper*
#
# **What you will do.** Hand one pair of gradients, small enough for a pencil, to every method
# that acts on gradients, and look at what comes back. Pin the other methods to the place of
# the training step where they act. Draw who generalises whom, and check every line of the
# drawing. Rebuild three faults that no error message shows, and the tests that find them.
#
# **What you will learn.** That "a pair of gradients" means two different things in these
# papers. That a dozen rules are small matrices. Which methods are the same method.
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
from rgm_ref.orthogonal import adjust
from rgm_ref.plane import balance, nonconflict
from rgm_ref.views import Views
from rgm_torch.data.batch import Clips, Corpus
from rgm_torch.methods import BESIDE, METHODS, PAPER, aggregators, create
from rgm_torch.methods.cggm import head_gradient
from rgm_torch.methods.ogm_ge import OGMGE
from rgm_torch.models.fusion import FUSIONS
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.training import Config
from rgm_torch.training.monitor import Monitor

GREY = "#6b6b68"
torch.set_num_threads(1)
_ = torch.manual_seed(0)

# %% [markdown] id="step" tags=["slide"]
# ## 1 · First the picture: where a method steps in
#
# One training step, from left to right. A batch of **data** enters the encoders; they make
# **features**; fusion and **head** make logits; these make a **loss**. The backward pass
# makes **gradients**, the optimizer changes **weights**, and a **schedule** says who trains
# when. A method may step in at any of the seven places.
#
# **Before you run the next cell:** Tables 1 and 2 compare RGM, a rule on gradients, with 21
# other ways to train. How many of the 22 touch a gradient before anything else?
#
# The drawing is made of the methods' own cards, which you will read in section 7. If a card
# names two places, the method stands at the first one.

# %% id="places"
PLACES = {"data": "data", "features": "features", "head": "classifier",
          "loss": "loss", "gradient": "gradient", "weights": "weights",
          "schedule": "schedule"}  # fmt: skip


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
    axis.set(xlim=(-0.6, 6.6), ylim=(-4.9, 1.2))
    axis.axis("off")
    return drawing


show(draw_places(), "Seven boxes in a row: data, features, head, loss, gradient, "
     "weights, schedule. Below them the 22 methods, most of them below loss and "
     "gradient; marks tell the methods against imbalance from those against "
     "conflict.",
     counts=[len(methods) for methods in pinned.values()])  # fmt: skip

# %% [markdown] id="places-read"
# Seven of 22 touch a gradient first; RGM, which does it at the features, is the eighth. Six
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
assert len(first_gradient) == 7
assert len(pinned["loss"]) - 1 == 6  # joint training is the loss that all others change
print("gradient:", ", ".join(title(m) for m in pinned["gradient"]))

# %% [markdown] id="two-pairs" tags=["slide"]
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
# The abstract of the paper speaks of "*modality conflict*, where opposing gradient directions
# hinder optimization", and means the first pair. What is true of it:

# %% id="first-order-proved"
prove("plane-first-order")

# %% [markdown] id="toy-pair" tags=["slide"]
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

# %% [markdown] id="between-hand" tags=["slide"]
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
    axis.set_yticks([])
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


between_changes = draw_changes(between, "between", draw_pair)
show(between_changes, "Six small matrices above six pairs of arrows. Joint is the "
     "identity. OGM-GE, AGM and CGGM are diagonal: arrows get shorter or longer and "
     "keep their directions. RGM and PCGrad have entries beside the diagonal and "
     "turn the arrows towards one another.",
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


show(draw_landed(), "The plane. Joint training at 0.78 and −0.71. The diagonal "
     "rules move along a horizontal line only, CGGM and OGM-GE far to the left; RGM "
     "up to −0.21; PCGrad to the cosine 0.71; MGDA to the upper right corner.",
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

# %% [markdown] id="methods-1"
# ### Exercise methods-1 · predict · level 2
#
# Which of these change the *cosine* between audio's and video's gradients, for some pair
# that is neither parallel nor orthogonal? (1) OGM-GE without noise, (2) AGM, (3) CGGM with
# accuracies that go from 0.50 to 0.45 and from 0.50 to 0.58, without a guard, (4) RGM with
# EAR alone, (5) RGM with Orth alone, (6) PCGrad between the modalities where $c > 0$. Answer
# as `changes`, six booleans. Write the matrices down first.

# %% tags=["exercise"] id="methods-1-answer"
### BEGIN SOLUTION
changes = np.array([False, False, True, False, True, False])
assert (cggm.balance(np.array([0.45, 0.58]), np.full(2, 0.5)) * [1, -1] > 0).all()
### END SOLUTION

# %% tags=["check"] id="methods-1-check"
check("methods-1", changes)

# %% [markdown] id="within-hand" tags=["slide"]
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
#   $g_u$, which is worse off: $d = (\tfrac14, \tfrac34) = \tfrac12 g_{mm} + \tfrac34 g_u$.
#
# MGDA and CAGrad are means; with one of it in *each* row the sum of the rows is twice that,
# and compares with the plain sum.
#
# **Before you run the next cell:** for which of these updates does a small step *raise* one
# of the two losses? Form the products with $g_{mm}$ and $g_u$ in your head.

# %% id="within"
weight_gb = g_blending.weights(np.array([0.2, 0.1]), np.array([0.4, 0.3]))
lengths, ones = np.sqrt(np.diag(G)), np.ones(2)
aims = gradnorm.targets(ones, lengths, ones, ones)
weight_gn = gradnorm.step(ones, gradnorm.weight_gradient(ones, lengths, aims), rate=0.1)
long_cut = 1.5 * np.sqrt(2 / 1.6)  # MMPareto's γ κ
within = {
    "plain sum": np.eye(2),
    "G-Blending": np.diag(weight_gb),
    "GradNorm": np.diag(weight_gn),
    "PCGrad": mixing.pcgrad_matrix(G, [0, 1]),
    "BalGrad": np.array([[1.0, 1.0], [0.0, 1.0]]),
    "MGDA": mixing.mgda_matrix(G),
    "MMPareto": long_cut * mixing.mgda_matrix(G),
    "CAGrad (c = ½)": np.array([[0.5, 0.75], [0.5, 0.75]]),
}
updates = {name: (A @ g).sum(axis=0) for name, A in within.items()}
assert np.allclose(weight_gb, [0.25, 0.75])
assert np.allclose(weight_gn, [0.824, 1.176], atol=5e-4)

# %% [markdown] id="within-ladder"
# The matrices were read off by hand. What they give must be what the closed forms give that
# know nothing of matrices, and what `rgm_torch`'s kernels give on tensors:

# %% id="within-checked"
parts = [g[0], g[0]], [np.zeros(2)] * 2, [g[1], g[1]]  # two encoders alike
taught = balgrad.combine(*parts, weights=np.ones(2))[0]
by_form = {"PCGrad": pcgrad.pcgrad(g), "BalGrad": taught, "MGDA": 2 * mgda.mgda(g),
           "MMPareto": mmpareto.mmpareto(*g, gamma=1.5),
           "CAGrad (c = ½)": 2 * cagrad.cagrad(g, c=0.5)}  # fmt: skip
rules = {"PCGrad": aggregators.pcgrad, "MGDA": aggregators.mgda,
         "CAGrad (c = ½)": lambda table: aggregators.cagrad(table, 0.5)}  # fmt: skip
for name, update in by_form.items():
    assert np.allclose(update, updates[name]), name
for name, rule in rules.items():
    on_tensors = aggregators.aggregate(torch.from_numpy(g), rule)
    factor = 1 if name == "PCGrad" else 2
    assert np.allclose(factor * on_tensors, updates[name]), name


# %% id="within-figure"
def draw_update(axis, matrix):
    """The two gradients (broad, pale), the plain sum (dotted) and the update."""
    for vector, colour in ((g[0], GREEN), (g[1], ORANGE)):
        axis.plot([0, vector[0]], [0, vector[1]], "-", color=colour, lw=7, alpha=0.35,
                  marker="", solid_capstyle="butt")  # fmt: skip
    axis.plot([0, 1], [0, 1], ":", color=GREY, marker="")
    arrow(axis, (matrix @ g).sum(axis=0), "", "black")
    axis.set(xlim=(-1.4, 2.2), ylim=(-0.3, 2.3), aspect="equal", xticks=[], yticks=[])


within_changes = draw_changes(within, "within", draw_update)
show(within_changes, "Eight small matrices, each above the pair (green the joint, "
     "orange the unimodal gradient), the plain sum (dotted) and the update (black). "
     "G-Blending's update leans far to the unimodal side; the others lie between the "
     "sum and the upright; BalGrad's is upright.",
     **{name.split()[0]: value for name, value in updates.items()})  # fmt: skip

# %% id="within-products" tags=["slide"]
rows = []
for name, update in updates.items():
    joint, own = g @ update
    there = f"({update[0]:.2f}, {update[1]:.2f})"
    rows.append([name, there, f"{joint:.2f}", f"{own:.2f}"])
table(["rule", "update", "· $g_{mm}$", "· $g_u$"], rows)
raises = [name for name, update in updates.items() if (g @ update).min() < -1e-12]
assert raises == ["G-Blending"]

# %% [markdown] id="within-read"
# Only G-Blending's update raises a loss, the joint one: its weights come from losses on
# held-out data and never look at a gradient. That is what it is for, and no fault. The plain
# sum stands exactly on the border here ($g_u \cdot (1,1) = 0$), and BalGrad on the other one.
#
# MGDA and MMPareto treat both losses alike: equal products. They are one direction; MMPareto
# only says how long. CAGrad with $c = \tfrac12$ ends *in the same direction* on this pair, by
# chance of the numbers; the tree below says when it must.
#
# **Move it:** another pair. Try a cosine near −1, and one above 0.

# %% id="within-move"
long_mm, long_u, c_pair = 3.0, 1.0, -0.9

moved = pair_at(long_mm, long_u, c_pair)
for name, update in {"plain sum": moved.sum(axis=0), "PCGrad": pcgrad.pcgrad(moved),
                     "2 MGDA": 2 * mgda.mgda(moved),
                     "MMPareto": mmpareto.mmpareto(*moved)}.items():  # fmt: skip
    print(f"{name:9s} length {np.linalg.norm(update):.3f}  products "
          f"{moved[0] @ update:6.3f} {moved[1] @ update:6.3f}")  # fmt: skip

# %% [markdown] id="methods-2"
# ### Exercise methods-2 · compute · level 1
#
# One encoder, $g_{mm} = (3, 0)$, $g_u = (-1, 2)$. Compute MMPareto's update with
# $\gamma = 1$ and one $\kappa$ for the encoder, as `update_mine`, two numbers.

# %% tags=["exercise"] id="methods-2-answer"
### BEGIN SOLUTION
lam_mine = (5 + 3) / (9 + 5 + 6)  # (‖g_u‖² − s) / ‖g_mm − g_u‖²
h_mine = 2 * lam_mine * np.array([3, 0]) + 2 * (1 - lam_mine) * np.array([-1, 2])
update_mine = h_mine * np.sqrt(8) / np.linalg.norm(h_mine)  # as long as (2, 2)
### END SOLUTION

# %% tags=["check"] id="methods-2-check"
check("methods-2", update_mine)

# %% [markdown] id="methods-3"
# ### Exercise methods-3 · implement · level 2
#
# Write `one_sided(G)`: from the Gram matrix of a pair $(g_T, g_{kl})$, BalGrad's mixing
# matrix. Row one is what becomes of the task's gradient, row two the teaching's, which is
# never projected. Without conflict it is the identity.


# %% tags=["exercise"] id="methods-3-answer"
### BEGIN SOLUTION
def one_sided(G):
    matrix = np.eye(2)
    matrix[0, 1] = -min(G[0, 1], 0) / G[1, 1]
    return matrix


### END SOLUTION


# %% tags=["check"] id="methods-3-check"
check("methods-3", one_sided)

# %% [markdown] id="proved-said"
# Which of these matrices need more than the Gram matrix? The ledger has the answer, with the
# reason why OGM-GE and AGM do: two networks may have the *same* gradients and different
# coefficients.

# %% id="others-proved"
prove("synorth-mixing-others")

# %% [markdown] id="tree"
# ## 3 · Who generalises whom
#
# An arrow from A to B says: *under a stated condition A is B*. The letters are those of the
# cells after the drawing, which fail if the arrow is false. Seven of the 22 are missing
# (Greedy, AL, LFM, ARM, Remixing, MMCosine, ReconBoost): they change data, features, the
# classifier, the loss or the turns, and no identity ties them to a rule on gradients.
#
# **Before you run the next cell:** PCGrad (2020) and UPGrad (2024) are different programs.
# For two gradients, how different are their directions?

# %% id="tree-figure"
NODES = {
    "Joint": (1.6, 3.0), "OGM-GE": (0, 5.0), "AGM": (0, 4.0), "CGGM": (0, 3.0),
    "PMR": (0, 2.0), "RGM": (3.1, 5.0), "multi-loss": (3.1, 3.0),
    "own residual": (3.1, 1.4),
    "late fusion": (1.6, 0.2), "PCGrad": (4.8, 4.2), "G-Blending": (4.8, 2.7),
    "GradNorm": (4.8, 1.8), "MGDA": (4.8, 0.2),
    "UPGrad": (6.5, 5.0), "BalGrad": (6.5, 4.2),
    "GMD": (6.5, 3.4), "MMPareto": (6.5, 1.6), "CAGrad": (6.5, 0.7),
    "IMCL": (6.5, -0.2),
    "InfoReg": (0, 0.9), "Diag&Re": (0, -0.2),
}  # fmt: skip
EDGES = {
    "a": ("OGM-GE", "Joint"), "b": ("AGM", "Joint"), "c": ("CGGM", "Joint"),
    "d": ("PMR", "Joint"), "e": ("RGM", "Joint"), "f": ("multi-loss", "Joint"),
    "g": ("own residual", "Joint"), "h": ("own residual", "late fusion"),
    "i": ("own residual", "multi-loss"), "j": ("G-Blending", "multi-loss"),
    "k": ("GradNorm", "multi-loss"), "l": ("PCGrad", "multi-loss"),
    "m": ("RGM", "PCGrad"),
    "n": ("UPGrad", "PCGrad"), "o": ("BalGrad", "PCGrad"), "p": ("GMD", "PCGrad"),
    "q": ("MMPareto", "MGDA"), "r": ("CAGrad", "MGDA"), "s": ("IMCL", "MGDA"),
    "t": ("InfoReg", "Diag&Re"),
}  # fmt: skip
HERE = {title(method) for method in PAPER}


APART = {"Greedy", "AL", "LFM", "ARM", "Remixing", "MMCosine", "ReconBoost"}
assert HERE - set(NODES) == APART | {"Joint training"}


def draw_tree():
    """Boxes (broad: rows of the tables; dashed: not in them) and lettered arrows."""
    drawing, axis = plt.subplots(figsize=(8.8, 5.2))
    boxes = {}
    for name, spot in NODES.items():
        known = name in HERE or name == "Joint"
        look = {"ec": BLUE, "ls": "-"} if known else {"ec": GREY, "ls": "--"}
        boxes[name] = axis.text(
            *spot,
            name,
            ha="center",
            va="center",
            size=10,
            zorder=3,
            bbox={"boxstyle": "round,pad=0.35", "fc": "white", **look},
        )
    axis.set(xlim=(-0.6, 7.1), ylim=(-0.6, 5.4))
    axis.axis("off")
    drawing.draw_without_rendering()
    for letter, (tail, head) in EDGES.items():
        middle = (np.array(NODES[tail]) + NODES[head]) / 2
        axis.annotate("", NODES[head], NODES[tail], arrowprops={
            "arrowstyle": "-|>", "color": GREY, "patchA": boxes[tail].get_bbox_patch(),
            "patchB": boxes[head].get_bbox_patch()})  # fmt: skip
        axis.text(
            *middle,
            letter,
            size=10,
            color=RED,
            ha="center",
            va="center",
            zorder=4,
            bbox={"boxstyle": "circle,pad=0.12", "fc": "white", "ec": "none"},
        )
    return drawing


show(draw_tree(), "A graph of named boxes. OGM-GE, AGM, CGGM, PMR, RGM, multi-loss "
     "and own residual point to joint training; PCGrad, G-Blending and GradNorm to "
     "multi-loss; UPGrad, BalGrad, GMD and RGM to PCGrad; MMPareto, CAGrad and IMCL "
     "to MGDA; InfoReg to Diag&Re. A letter stands on every arrow.",
     nodes=list(NODES.values()))  # fmt: skip

# %% [markdown] id="tree-joint" tags=["slide"]
# **To joint training.** (a) OGM-GE with $\alpha = 0$ and no noise. (b) AGM with $\alpha = 0$.
# (c) CGGM with equal progress and $\rho = 2$, without its direction term (with $\rho = 1.3$
# it is joint training at 0.65 of the rate). (d) PMR with $\alpha = \mu = 0$. (e) RGM with all
# parts off.

# %% id="tree-joint-checked"
some = rng.normal(size=(200, 2, 5))  # 200 random pairs
scores_any = rng.uniform(0.1, 0.9, size=2)
assert (ogm_ge.coefficients(ogm_ge.ratios(scores_any), alpha=0) == 1).all()  # a
assert (agm.coefficients(-np.log(scores_any), np.zeros(2), alpha=0) == 1).all()  # b
even = cggm.balance(np.array([0.6, 0.6]), np.array([0.5, 0.5]))
assert np.allclose(2 * even, 1)  # c
assert np.allclose(1.3 * even, 0.65)
betas = pmr.coefficients(scores_any)
assert pmr.loss(0.7, np.ones(2), np.ones(2), betas, alpha=0, mu=0) == 0.7  # d
for pair in some:
    table_off = (pair @ pair.T)[..., None]
    off = mixing.mixing_matrix(table_off, np.array([3.0, 1.0]), parts=())
    assert np.array_equal(off[..., 0], np.eye(2))  # e

# %% [markdown] id="tree-loss" tags=["slide"]
# **To the plain sum of losses** ("multi-loss", the control of notebook 09). (j) G-Blending
# where all gain and overfit alike: the same direction, with weights $1/m$. (k) GradNorm with
# rate 0. (l) PCGrad without conflict. (And MMPareto without conflict: the sum times
# $\gamma$, that is, another learning rate.)

# %% id="tree-loss-checked"
assert np.allclose(g_blending.weights(np.full(3, 0.2), np.full(3, 0.1)), 1 / 3)  # j
still = gradnorm.step(np.ones(3), rng.normal(size=3), rate=0)
assert np.array_equal(still, np.ones(3))  # k
agreeing = [pair for pair in some if pair[0] @ pair[1] > 0]
for pair in agreeing:
    assert np.array_equal(pcgrad.pcgrad(pair), pair.sum(axis=0))  # l
    assert np.allclose(mmpareto.mmpareto(*pair, gamma=1.5), 1.5 * pair.sum(axis=0))

# %% [markdown] id="tree-surgery" tags=["slide"]
# **To PCGrad.** (m) Orth of RGM, when all the weight is the partner's: then audio moves as
# in PCGrad and video not at all (notebook 06). (n) UPGrad for a pair: the mean for the sum,
# the same direction. (o) BalGrad: the projection on one side. (p) GMD, for two losses that
# reach every parameter: the mean again.
#
# **To MGDA.** (q) MMPareto under conflict: the same direction, longer. (r) CAGrad as
# $c \to \infty$. (s) IMCL computes MGDA's share and then does not mix by it: it only asks in
# which modality it is largest.
#
# **To one another.** (t) InfoReg pulls an encoder to its weights at the epoch's start by way
# of the gradient, Diag&Re pulls it to its initial weights directly. With plain descent at
# rate $\eta$ the two pulls are one formula, $\omega = \eta\alpha$; what differs is *where to*
# and *when*.

# %% id="tree-surgery-checked"
fighting = [pair for pair in some if pair[0] @ pair[1] < -0.1]
for pair in fighting:
    surgery = pcgrad.project(pair)
    alone = pair + adjust(pair, np.array([1e-13, 1 - 1e-13]))
    assert np.allclose(alone, [surgery[0], pair[1]])  # m
    assert np.allclose(2 * upgrad.upgrad(pair), surgery.sum(axis=0))  # n
    assert np.allclose(balgrad.project(*pair), surgery[0])  # o
    everywhere = np.ones(pair.shape, bool)
    assert np.allclose(2 * gmd.decouple(pair, everywhere), surgery.sum(axis=0))  # p
    shortest = mgda.mgda(pair)
    lifted, wide = mmpareto.mmpareto(*pair), cagrad.cagrad(pair, c=1e9)
    for other in (lifted, wide):  # q, r: parallel
        assert np.isclose(nonconflict(np.stack([other, shortest]))[0, 1], 1)
    assert np.linalg.norm(lifted) >= 1.5 * np.linalg.norm(pair.sum(axis=0)) - 1e-12
    assert np.isclose(imcl.task_share(*pair), mgda.weights(pair)[0])  # s
theta, began = rng.normal(size=(2, 7))
pulled = theta - 0.05 * inforeg.regulator(theta, began, alpha=1.4)
assert np.allclose(pulled, relearning.relearn(theta, began, 0.05 * 1.4))  # t

# %% [markdown] id="limit-said"
# Of these, (m) is the least obvious. Its proof:

# %% id="limit-proved"
prove("orth-one-sided-limit")

# %% [markdown] id="tree-classes" tags=["slide"]
# The rest needs a network, since it is about losses: (f), (g), (h), (i). The toy has two
# dense encoders and a linear head; the classes are those that train in notebook 11.
#
# The **own residual** (ours, not in the paper) gives each modality $2[(1-\alpha) r + \alpha
# r_k]$ with $r_k$ what it alone still gets wrong. (g) $\alpha = 0$: joint training, twice.
# (h) $\alpha = 1$: late fusion, on slices of one head: no modality sees the other. (i)
# $\alpha = \tfrac12$: joint plus own losses, on those slices. So it is unimodal losses in
# another dress, and must be judged beside them.


# %% id="toy"
class Dense(nn.Sequential):
    """An encoder without convolutions: z = tanh(V x + v)."""

    def __init__(self, inputs=8, width=6):
        super().__init__(nn.Linear(inputs, width), nn.Tanh())
        self.width = width


def toy_model(agreement=-0.8):
    """Two encoders under one head whose blocks have about this cosine."""
    torch.manual_seed(1)
    encoders = {"audio": Dense(), "video": Dense()}
    model = Multimodal(encoders, FUSIONS["concat"]([6, 6]), 4)
    with torch.no_grad():
        first, second = model.head.weight.split(6, dim=1)
        second.copy_(agreement * first + (1 - agreement**2) ** 0.5 * second)
        model.head.bias.zero_()
    return model


views = Views.sample(np.random.default_rng(1), 160, signal=(3, 1))
tensors = torch.from_numpy(views.views).float()
inputs = dict(zip(("audio", "video"), tensors, strict=True))
toy_clips = Clips(inputs, torch.from_numpy(views.labels).long())
toy = Corpus("toy", ("audio", "video"), tuple("0123"), *[toy_clips] * 3)
whole = toy_clips.__getitems__(range(160))


# %% id="tree-classes-checked"
def gradients(name, **options):
    """All gradients of a method's first step on the toy."""
    method = create(name, toy_model(), **options)
    method.begin(toy, Config())
    method.start_epoch(0)
    method.backward(method.loss(whole))
    method.edit()
    return gradients_of(method.model)


def gradients_of(model):
    """By name, but for the head's bias, in which (g), (h) and (i) differ."""
    return {k: p.grad for k, p in model.named_parameters() if k != "head.bias"}


def same(found, expected, factor=1.0):
    """Equal up to rounding in float32."""
    pairs = [(found[k], factor * expected[k]) for k in expected]
    return all(torch.allclose(one, other, atol=1e-6) for one, other in pairs)


plain = gradients("joint")
unweighted = gradients("multi-loss", weight=0.0)
assert all(torch.equal(unweighted[k], plain[k]) for k in plain)  # f, bit for bit
assert same(gradients("own-residual", alpha=0.0), plain, 2)  # g
half = gradients("own-residual", alpha=0.5)
assert same(half, gradients("multi-loss", heads="split"))  # i, at bias 0
on_slices = toy_model()
split = on_slices.split_logits(on_slices.features(whole.inputs))
sum(2 * cross_entropy(own, whole.labels) for own in split.values()).backward()
apart = gradients_of(on_slices)
assert same(gradients("own-residual", alpha=1.0), apart)  # h, at bias 0
assert not same(half, plain, 2)

# %% [markdown] id="methods-4"
# ### Exercise methods-4 · break · level 2
#
# "CAGrad never raises a loss." With $c \ge 1$ that is a theorem; a library's default is
# $c = \tfrac12$. Find two gradients of the plane for which CAGrad's update with
# $c = \tfrac12$ has a product below $-0.1$ with one of them, where both have at most length
# 2. Give them as the rows of `pair_broken`.

# %% tags=["exercise"] id="methods-4-answer"
### BEGIN SOLUTION
pair_broken = np.array([[2.0, 0.0], [-0.3, 0.05]])  # long, short, nearly opposed
### END SOLUTION


# %% tags=["check"] id="methods-4-check"
def raises_a_loss(pair):
    """Whether CAGrad, c = ½, moves against one of two gradients of length 2 at most."""
    pair = np.asarray(pair, float)
    lowest = (pair @ cagrad.cagrad(pair, c=0.5)).min()
    return bool(np.linalg.norm(pair, axis=1).max() <= 2 and lowest < -0.1)


check("methods-4", pair_broken, judge=raises_a_loss)

# %% [markdown] id="motion" tags=["slide"]
# ## 4 · Moving over the plane
#
# The same toy, trained for eighty full-batch steps by each rule from the same start: audio
# strong, video weak, head blocks that fight. Drawn is the trajectory of what arrives at the
# features: accumulated energies to the right, mean cosine of the samples upwards, read by a
# layer that watches (notebook 08).
#
# **Before you run the next cell:** PCGrad and MMPareto act on pairs *within* an encoder. Will
# they move the cosine *between* the modalities?


# %% id="motion-run"
def train_toy(name, steps=80, **options):
    """The path (2, steps) as recorded at the features, and the trained method."""
    draw = torch.Generator().manual_seed(0)
    method = create(name, toy_model(), generator=draw, **options)
    method.begin(toy, Config(epochs=1, batch_size=160))
    monitor = Monitor(method)
    optimizer = torch.optim.SGD(method.parameters_to_train(), lr=0.5)
    method.attach(optimizer)
    monitor.attach(method, optimizer, method.scaler)
    method.start_epoch(0)
    for _ in range(steps):
        optimizer.zero_grad()
        method.backward(method.loss(whole))
        method.edit()
        optimizer.step()
        method.stepped()
    seen = monitor.layer.recorder.numpy()
    return np.stack([seen["balance_0_1"], seen["conflict_0_1"]]), method


MOVERS = {"joint": {}, "rgm": {}, "ogm-ge": {"alpha": 0.5, "noise": False},
          "agm": {"alpha": 0.5}, "cggm": {}, "multi-loss": {}, "pcgrad": {},
          "mmpareto": {}, "own-residual": {}}  # fmt: skip
runs = {name: train_toy(name, **options) for name, options in MOVERS.items()}
paths = {name: path for name, (path, _) in runs.items()}


# %% id="motion-figure"
def draw_motion():
    """Left the rules between modalities, right those with own losses; joint in both."""
    drawing, axes = plt.subplots(1, 2, figsize=(8.8, 4), sharex=True, sharey=True)
    sides = (("joint", "rgm", "ogm-ge", "agm", "cggm"),
             ("joint", "multi-loss", "pcgrad", "mmpareto", "own-residual"))  # fmt: skip
    for axis, names in zip(axes, sides, strict=True):
        for name, style in zip(names, looks(5), strict=True):
            axis.plot(*paths[name], **style, markevery=[-1], ms=9, lw=1.6, label=name)
        axis.plot(*paths["joint"][:, 0], "o", mfc="white", mec="black", mew=1.2, ms=8)
        axis.axhline(0, color=GREY, lw=0.8, ls=":")
        axis.set(xlabel=r"balance $\bar w$", ylim=(-1, 1))
        axis.legend(fontsize=9, loc="upper left")
    axes[0].set_ylabel("nonconflict $c$, mean over samples")
    return drawing


show(draw_motion(), "Two panels of the plane with five trajectories each, all from "
     "one start at balance 0.98 and cosine −0.84. Joint training goes left and up to "
     "0.56 and −0.37. RGM goes furthest up, to −0.04. AGM and own residual stay near "
     "balance; the others end between.",
     ends=[path[:, -1] for path in paths.values()])  # fmt: skip

# %% [markdown] id="motion-read" tags=["slide"]
# **Left.** OGM-GE changes the encoders' steps and not what arrives at the features, so it
# leaves joint training's path only as its encoders become others. AGM changes the gradient of
# the logits, which is what arrives. RGM turns gradients that fight, and the *raw* ones (drawn)
# fight less from step to step; it does not move this run towards balance.
#
# **Right.** The own losses alone (multi-loss) move the path; what PCGrad adds to them hardly
# shows, although within video's encoder the two losses come to fight in most of the steps.
# Between the modalities PCGrad removes nothing: it never looks there. The own residual reads
# each modality's own errors (drawn is what arrives, $\rho_k$) and stays near balance.
#
# One toy, one start: the drawing shows what *moves*, not what *helps*.

# %% id="motion-checked"
ends = {name: path[:, -1] for name, path in paths.items()}
assert all(np.allclose(path[:, 0], paths["joint"][:, 0], atol=0.05) for name, path
           in paths.items() if name not in ("agm", "own-residual"))  # fmt: skip
assert max(ends, key=lambda name: ends[name][1]) == "rgm"
assert abs(ends["pcgrad"] - ends["multi-loss"]).max() < 0.1
assert ends["rgm"][0] < ends["joint"][0]  # not towards balance
assert min(ends["agm"][0], ends["own-residual"][0]) > 0.85
fights = runs["pcgrad"][1].recorder.numpy()["cosine_video"] < 0
assert fights.mean() > 0.5

# %% [markdown] id="faults" tags=["slide"]
# ## 5 · Three faults, and the tests that find them
#
# Public code departs from its papers in places. Most departures are choices, and the cards
# name them. Below are two that make a method do nothing of its own, and a third that waits
# for whoever writes a formula down word for word; each in a few lines beside the right form,
# with an assert that tells them apart. They are easy to make, run without an error, and cost
# nothing visible: training goes on, only not by the method. What finds them is a test of what
# the method *is for*.
#
# **1 · OGM-GE that does nothing.** The authors' code multiplies gradient tensors with four
# axes: the kernels of their convolutions. On an encoder of dense layers there are none.


# %% id="fault-ogm"
def damp(encoder, kappa, axes):
    """OGM's step on the tensors with one of these numbers of axes."""
    for parameter in encoder.parameters():
        if parameter.grad.ndim in axes:
            parameter.grad *= kappa


def relative_change(encoder, axes, kappa=0.24):
    """How much of the gradient is taken away."""
    encoder(torch.ones(2, *encoder.shape)).sum().backward()
    old = torch.cat([p.grad.flatten().clone() for p in encoder.parameters()])
    damp(encoder, kappa, axes)
    new = torch.cat([p.grad.flatten() for p in encoder.parameters()])
    return ((old - new).norm() / old.norm()).item()


dense = nn.Sequential(nn.Flatten(), nn.Linear(64, 5))
kernels = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten())
dense.shape = kernels.shape = (1, 8, 8)
assert relative_change(dense, {4}) == 0  # the fault: nothing happens
assert relative_change(dense, {2, 3, 4}) > 0.5  # all weights
assert relative_change(kernels, {4}) > 0.5  # where it was written for
try:
    OGMGE(toy_model(), parameters="convolutions")
except ValueError as refused:
    print(refused)

# %% [markdown] id="fault-mmpareto" tags=["slide"]
# The library's default takes all weight tensors, and the authors' reading, by option, is
# refused where it would be joint training under another name.
#
# **2 · MMPareto that never sees a conflict.** A port in a public benchmark calls `backward()`
# for every loss without clearing `.grad` in between and copies afterwards. Both copies are
# the sum: their cosine is 1, and the branch for conflict is never reached.
#
# To make it visible, two losses that are linear in the weights, with our pair for gradients.

# %% id="fault-mmpareto-run"
weights_of = nn.Parameter(torch.zeros(2))
losses_of = [weights_of @ torch.tensor(row).float() for row in g]


def copied_at_the_end():
    """The fault: `.grad` adds up, and both copies are of the total."""
    weights_of.grad = None
    for loss in losses_of:
        loss.backward(retain_graph=True)
    return [weights_of.grad.clone(), weights_of.grad.clone()]


def one_by_one():
    """A gradient per loss."""
    each = [torch.autograd.grad(loss, weights_of, retain_graph=True)
            for loss in losses_of]  # fmt: skip
    return [gradient for (gradient,) in each]


assert np.isclose(cosine_similarity(*copied_at_the_end(), dim=0), 1)  # always
assert np.isclose(cosine_similarity(*one_by_one(), dim=0), -np.sqrt(0.5))
port, ours = (mmpareto.mmpareto(*(x.double().numpy() for x in pair))
              for pair in (copied_at_the_end(), one_by_one()))  # fmt: skip
total = g.sum(axis=0)
assert np.allclose(port, 3 * total)  # 2 γ times the plain sum: a learning rate
assert not np.isclose(ours @ total, np.linalg.norm(ours) * np.linalg.norm(total))
print("port", port.round(3), " ours", ours.round(3))

# %% [markdown] id="fault-cggm" tags=["slide"]
# **3 · A direction without a derivative.** CGGM's second half is a loss on
# $\cos(u_k, u_\Omega)$, "directions of gradients". What autograd leaves in `.grad` is a
# number without a history: a loss made of it has no derivative, and adding it to another
# loss changes nothing. The authors' code takes the *weights* in place of their gradients;
# that has a derivative, but it is another quantity: it does not depend on the labels at all.
# For a linear head the gradient is $\frac1n (P - Y)^\top Z$, and this formula can be
# differentiated.

# %% id="fault-cggm-run"
z_toy, y_toy = torch.randn(32, 6), torch.arange(32) % 4
head, own_head = nn.Linear(6, 4), nn.Linear(6, 4)


def from_grad(y):
    """The formula at its word, with what stands in `.grad`."""
    for layer in (head, own_head):
        layer.zero_grad()
        cross_entropy(layer(z_toy), y).backward()
    left, right = (layer.weight.grad.flatten() for layer in (head, own_head))
    return cosine_similarity(left, right, dim=0)


def from_weights(y):
    """The authors' code: the weights themselves."""
    return cosine_similarity(head.weight.flatten(), own_head.weight.flatten(), dim=0)


def from_formula(y):
    """Ours: the gradients as a formula of the joint head."""
    target = head_gradient(own_head(z_toy).detach(), y, z_toy)
    return cosine_similarity(head_gradient(head(z_toy), y, z_toy).flatten(),
                             target.flatten(), dim=0)  # fmt: skip


# %% id="fault-cggm-checked"
other_labels = (y_toy + 1) % 4
assert not from_grad(y_toy).requires_grad  # a number: no derivative
assert from_weights(y_toy).requires_grad
assert from_weights(y_toy) == from_weights(other_labels)  # not about the labels
assert from_formula(y_toy).requires_grad
assert torch.isclose(from_formula(y_toy), from_grad(y_toy), atol=1e-5)  # one number
assert not torch.isclose(from_formula(y_toy), from_formula(other_labels), atol=1e-3)
(turn,) = torch.autograd.grad(from_formula(y_toy), head.weight)
print(f"length of the derivative {turn.norm():.3f}")
assert turn.norm() > 0.01

# %% [markdown] id="faults-read"
# The three tests are of one kind. *Does it change the gradient of a dense encoder? Under
# conflict, does it change the direction? Is there a derivative?* A test of shapes, of a
# falling loss, or of accuracy above chance passes in all three cases.

# %% [markdown] id="methods-5"
# ### Exercise methods-5 · critique · level 3
#
# Write `blind(rule)`: true if an aggregation rule `rule(g_mm, g_u)` never leaves the
# direction of the plain sum, *under conflict*. It must find the port above (whose update is
# three times the sum) and acquit rules that work. One well-chosen pair will do; a random one
# may agree.


# %% tags=["exercise"] id="methods-5-answer"
### BEGIN SOLUTION
def blind(rule):
    g_mm, g_u = np.array([2.0, 0.3]), np.array([-1.0, 1.0])  # unlike lengths
    update, total = rule(g_mm, g_u), g_mm + g_u
    along = update @ total / (np.linalg.norm(update) * np.linalg.norm(total))
    return bool(along > 0.999)


### END SOLUTION


# %% tags=["check"] id="methods-5-check"
check("methods-5", blind)

# %% [markdown] id="costs"
# ## 6 · What a step costs
#
# Encoders are nearly all of the work. A forward pass through all of them is one *traversal*,
# a backward pass another (really about two; we count calls). Joint training: 1 + 1.
#
# Gradients *within* an encoder need one backward pass per kind of loss: 1 + 2 for PCGrad and
# MMPareto (the unimodal losses share one pass, since loss $k$ reaches encoder $k$ only).
# GMD's coalitions: $1 + 2^{M-1}$, if passes are shared as far as they can be. BalGrad has
# three kinds of gradient. Others pay elsewhere: G-Blending trains everything about three
# times, IMCL first trains its teachers, Diag&Re clusters now and then.

# %% id="costs-table"
table(["method", "per step"], [[title(m), m.card.cost] for m in PAPER])
costs = {name: METHODS[name].card.cost for name in ("pcgrad", "mmpareto")}
assert set(costs.values()) == {"1 forward, 2 backward"}

# %% [markdown] id="methods-6"
# ### Exercise methods-6 · compute · level 1
#
# A budget of 90 epochs of joint training, counted in traversals. How many epochs may, for the
# same budget, (1) PCGrad, (2) GMD with two modalities, (3) GMD with four, (4) BalGrad train?
# Answer as `epochs`, four numbers.

# %% tags=["exercise"] id="methods-6-answer"
### BEGIN SOLUTION
epochs = [180 / 3, 180 / (1 + 2), 180 / (1 + 8), 180 / 4]
### END SOLUTION

# %% tags=["check"] id="methods-6-check"
check("methods-6", epochs)

# %% [markdown] id="cards"
# ## 7 · A card per method
#
# Made from the code: every class carries its card, and `docs/methods.md` is made of the same
# text. Words in italics after the name are the *variant*: what a table row must add, because the
# row is not the published whole. Read the lines *Paper, Official code, Ours* before you trust
# any number under a name, ours included.


# %% id="card"
def show_card(method):
    """One card as Markdown."""
    card = method.card
    label = f" · *{method.variant}*" if method.variant else ""
    lines = [f"**{title(method)}**{label} · `{method.name}` · {card.source}", card.idea,
             f"$${card.formula}$$",
             f"*Acts on:* {card.acts}. *Costs:* {card.cost}.", f"*Watch:* {card.watch}",
             f"*Paper:* {card.paper} *Official code:* {card.official} *Ours:* {card.ours}",
             "---"]  # fmt: skip
    display(Markdown("\n\n".join(lines)))


for method in PAPER[:2]:
    show_card(method)

# %% [markdown] id="cards-imbalance"
# ### Against imbalance: twelve

# %% id="cards-imbalance-shown"
twelve = [method for method in PAPER if method.family == "imbalance"]
assert len(twelve) == 12
_ = [show_card(method) for method in twelve]

# %% [markdown] id="cards-conflict"
# ### Against conflict: eight

# %% id="cards-conflict-shown"
eight = [method for method in PAPER if method.family == "conflict"]
assert len(eight) == 8
_ = [show_card(method) for method in eight]

# %% [markdown] id="cards-beside"
# ### Beside the 22
#
# Controls, general aggregators, and one rule of our own. No row of notebook 11 can be read
# without the controls.

# %% id="cards-beside-shown"
table(["method", "family", "idea", "watch"],
      [[title(m), m.family, m.card.idea, m.card.watch] for m in BESIDE])  # fmt: skip
labelled = {title(m): m.variant for m in PAPER if m.variant}
for name, label in labelled.items():
    print(f"{name}: {label}")
assert {"Greedy", "AL", "ARM", "BalGrad"} <= set(labelled)

# %% [markdown] id="remember" tags=["slide"]
# ## What to remember, in five lines
#
# 1. Two kinds of pair: between modalities (one loss, two encoders) and within an encoder (two
#    losses, the same weights). Only in the second does a negative cosine cost a loss anything.
# 2. Rules on gradients are small matrices: diagonal ones rescale and keep every cosine, those
#    with entries beside the diagonal turn, those with equal rows agree on one direction.
# 3. Many names are one rule under a condition: UPGrad is PCGrad for a pair, MMPareto under
#    conflict is MGDA made longer, the own residual is late fusion at $\alpha = 1$.
# 4. A name is not a method: which tensors, which losses, which sign, which reading. Say it.
# 5. Test what a method is *for*: a fault that only makes a method do nothing looks like
#    training.
#
# Which of them is better? Nothing above says so. That takes equal budgets, tuned baselines,
# seeds and intervals: notebook 11.
#
# ## Further reading
#
# - The paper: *Reconcile Gradient Modulation*, AAAI 2026, Tables 1 and 2 and Related Work.
# - Peng et al. (2022), *Balanced Multimodal Learning via On-the-fly Gradient Modulation*:
#   OGM-GE.
# - Yu et al. (2020), *Gradient Surgery for Multi-Task Learning*: PCGrad. Sener & Koltun
#   (2018), *Multi-Task Learning as Multi-Objective Optimization*: MGDA.
# - Wei & Hu (2024), *MMPareto: Boosting Multimodal Learning with Innocent Unimodal
#   Assistance*. Guo et al. (2024), *Classifier-guided Gradient Modulation for Enhanced
#   Multimodal Learning*: CGGM.
# - Quinton & Rey (2024), *Jacobian Descent for Multi-Objective Optimization*: UPGrad.
# - `docs/methods.md`: paper, official code and ours, for all of them, in one table.
