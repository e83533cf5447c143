# %% [markdown] id="title"
# # 13 · What each modality knows
#
# *Fig. 4 of the paper, and what an accuracy drop can and cannot tell*
#
# **What you will do.** Split the information of two senses into four parts, with a pencil.
# Draw Fig. 4 on our data. Change what it says without changing a single answer of the
# model. Train two models on clips whose modalities need each other, and see late fusion
# fail. Ask when own losses help and when they hurt, and whether a training run shows
# which of the two it will be.
#
# **What you will learn.** What "specific information" means where it is defined. Why a drop
# belongs to the head as much as to the data. Why synergy, in bits, need not ask for a
# nonlinear fusion. What a high residual of one modality can mean: three different things.
#
# **What you need.** Residuals, late fusion and starvation (09); entropy and mutual
# information from a first course.
#
# **How long.** The cells run in about a minute (two trainings are most of it). Reading takes
# 45 minutes, the six exercises another 40.

# %% id="start"
# NBVAL_IGNORE_OUTPUT
from course import check, prove, show, start

rng = start()

# %% id="imports"
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from course.figure import BLUE, GREEN, ORANGE, PINK, RED
from course.overview import table as show_table

from rgm_torch import data
from rgm_torch.methods import METHODS
from rgm_torch.methods.outputs import outputs
from rgm_torch.study.families import judged
from rgm_torch.study.figures import fig4
from rgm_torch.study.figures.look import name as title
from rgm_torch.study.figures.series import over_epochs
from rgm_torch.study.knowledge import (
    FIG4,
    KNOWN,
    PAIR,
    added,
    decompose,
    drop,
    entropy,
    information,
    trained_alone,
    truth,
    variant,
)
from rgm_torch.study.results import committed, table
from rgm_torch.study.runs import over_seeds
from rgm_torch.study.statistics import interval, paired
from rgm_torch.training import train
from rgm_torch.training.assemble import assemble
from rgm_torch.training.checkpoint import load
from rgm_torch.training.display import Display
from rgm_torch.training.metrics import accuracy

GREY = "#6b6b68"
study, epochs = committed(), table("epochs")
box = tempfile.TemporaryDirectory()  # the runs of this notebook, gone when it ends
torch.set_num_threads(1)
_ = torch.manual_seed(0)


def mean(seeds):
    """Mean over seeds."""
    return interval(seeds.values()).mean


def points(found):
    """A mean and its 95 % interval, in percentage points."""
    return f"{100 * found.mean:+.1f} ± {100 * found.half_width:.1f}"


# %% [markdown] id="pencil"
# ## 1 · Pencil first: four ways to know
#
# Two senses, a bit each, and a label $y$. Four toys:
#
# | toy | rule | who knows? |
# |---|---|---|
# | copy | $y = a = v$ | both, the same: **redundant** |
# | each its own | $y = (a, v)$, four classes | each something else: **unique** |
# | XOR | $y = a \oplus v$ | neither alone, both together: **synergy** |
# | AND | $y = a \wedge v$ | ? |
#
# For the first three the words are clear. For AND we need a definition. There are three
# numbers that everybody agrees on, $I(y; a)$, $I(y; v)$ and $I(y; a, v)$, and four unknowns:
# redundant $R$, unique $U_a$ and $U_v$, synergetic $S$, with
#
# $$R + U_a = I(y; a), \qquad R + U_v = I(y; v), \qquad R + U_a + U_v + S = I(y; a, v).$$
#
# One equation is missing. That of Bertschinger and others (2014) rests on one idea: what is
# *unique* to audio should depend on how $y$ goes with each sense, and not on how the senses
# go with each other. So look at all laws $q$ that have the same tables $q(y, a)$ and
# $q(y, v)$ as ours, and take the most modest one:
#
# $$U_a = \min_q I_q(y; a \mid v).$$
#
# ### AND, by hand
#
# - $P(y = 1) = \tfrac14$, so $H(y) = 2 - \tfrac34 \log_2 3 = 0.811$ bit, and that is
#   $I(y; a, v)$.
# - If $a = 0$, surely $y = 0$. If $a = 1$, $y$ is a fair coin. So
#   $I(y; a) = 0.811 - \tfrac12 = 0.311$, and the same for $v$.
# - Which laws $q$ are allowed? All of $y = 1$ lies on $(1, 1)$. For $y = 0$ one number is
#   free, the mass $t$ on $(1, 1)$: then $(1, 0)$ and $(0, 1)$ have $\tfrac14 - t$ each and
#   $(0, 0)$ has $\tfrac14 + t$, with $0 \le t \le \tfrac14$. AND itself is $t = 0$.
# - At $t = \tfrac14$ the senses always agree, $a = v$. Who knows $v$ learns nothing from $a$:
#   $I_q(y; a \mid v) = 0$. It cannot be less, so $U_a = 0$, and $U_v = 0$ by symmetry.
# - Therefore $R = 0.311$ and $S = 0.811 - 0.311 = \tfrac12$.
#
# **Before you run the next cell:** it draws $I_q(y; a \mid v)$ over $t$. You know one end. What
# is the value at the other, AND itself?


# %% id="and-figure"
def law_of(rule, classes, seen=2):
    """The law (y, a, v) of a label that is a function of independent, even senses."""
    law = np.zeros((classes, 2, seen))
    for a, v in np.ndindex(2, seen):
        law[rule(a, v), a, v] = 1 / (2 * seen)
    return law


def and_moved(t):
    """The law with AND's tables (y, a), (y, v) and mass t on y = 0, (1, 1)."""
    q = law_of(lambda a, v: a & v, 2)
    q[0] += t * np.array([[1, -1], [-1, 1]])
    return q


def given_video(q):
    """I(y; a | v) = I(y; a, v) − I(y; v), in bits."""
    return information(q.reshape(len(q), -1)) - information(q.sum(axis=1))


free = np.linspace(0, 0.25, 101)
searched = np.array([given_video(and_moved(t)) for t in free])


def draw_and():
    """The curve, and its two ends."""
    drawing, axis = plt.subplots(figsize=(6, 3.2))
    axis.plot(free, searched, color=BLUE, marker="")
    axis.plot(0, searched[0], "o", color=ORANGE, ms=9, label="AND itself")
    axis.plot(0.25, searched[-1], "s", color=GREEN, ms=9, label="the most modest law")
    axis.set(xlabel="$t$, mass of $y = 0$ on $(1, 1)$", ylabel="$I_q(y; a | v)$, bits")
    axis.legend()
    return drawing


show(draw_and(), "A curve that falls from one half, at AND itself, to zero, where the "
     "two senses always agree.", ends=searched[[0, -1]])  # fmt: skip

# %% [markdown] id="and-read"
# It is $\tfrac12$ bit, which is $U_a + S$: *given video*, audio tells half a bit, and by this
# definition none of it is audio's own. It is told by the combination.
#
# The library's `decompose` does the minimisation for any small table. Hand, brute force and
# library in one cell:

# %% id="and-checked"
by_hand = {"redundant": 2 - 0.75 * np.log2(3) - 0.5, "unique audio": 0.0,
           "unique video": 0.0, "synergy": 0.5}  # fmt: skip
U_a = searched.min()
R = information(and_moved(0).sum(axis=2)) - U_a
by_search = [R, U_a, U_a, entropy(np.array([0.25, 0.75])) - R - 2 * U_a]
by_library = decompose(and_moved(0))
assert np.allclose(by_search, list(by_hand.values()))
assert np.allclose(list(by_library.values()), by_search, atol=1e-4)

# %% [markdown] id="move-law"
# **Move it:** `chance[a, v]` is the probability of $y = 1$. Make it XOR, OR, or a rule that
# listens to audio alone.

# %% id="move-law-cell"
chance = np.array([[0.1, 0.1], [0.1, 0.9]])  # a noisy AND

noisy = np.stack([1 - chance, chance]) / 4
for part, bits in decompose(noisy).items():
    print(f"{part:13s} {abs(bits):.3f} bit")

# %% [markdown] id="know-1"
# ### Exercise know-1 · predict · level 2
#
# Four classes, $y = (a,\; a \oplus v)$: audio's bit, and the XOR of both. Give `atoms_mine`
# $= [R, U_a, U_v, S]$ in bits. Think before you compute: what is $I(y; v)$?

# %% tags=["exercise"] id="know-1-answer"
### BEGIN SOLUTION
atoms_mine = [0, 1, 1, 0]  # y tells (a, v) and (a, v) tells y: the classes are renamed
### END SOLUTION

# %% tags=["check"] id="know-1-check"
check("know-1", atoms_mine)

# %% [markdown] id="know-1-read" tags=["slide"]
# The XOR in the label is a question of names. Information does not see names. Remember this:
# it comes back in section 5.
#
# ## 2 · The paper's measure
#
# > "we treat the performance drop when removing one modality (e.g., audio or video) as an
# > empirical estimate of the specific task-relevant information that modality contributes"
# > (Mutual Information Analysis, Fig. 4)
#
# First ask for the ideal: not a network, but the best guess anyone could make. It is right
# with probability $\sum_x \max_y p(y, x)$. What does it lose without audio, and is that the
# unique information of audio?
#
# - **copy**: video says it all. Drop $0$, and $U_a = 0$.
# - **each its own**: without audio, two of four classes remain. Drop $\tfrac12$, $U_a = 1$.
# - **XOR**: without audio a coin toss. Drop $\tfrac12$, but $U_a = 0$.
# - **AND**: without audio, if $v = 0$ (half of the time) $y = 0$ for sure, else a coin toss:
#   right in $\tfrac12 + \tfrac14 = \tfrac34$. Drop $\tfrac14$, but $U_a = 0$.
#
# A fifth toy, for section 5, the **suppressor**: $y$ and $a$ fair and independent, and video
# shows the sum $v = y + a \in \{0, 1, 2\}$. Video's 0 and 2 are clear; its 1 needs audio. Here
# $I(y; a) = 0$, so $R = U_a = 0$; $U_v = I(y; v) = \tfrac12$; and $S = 1 - \tfrac12 = \tfrac12$.

# %% id="toys"
copy, suppressor = np.zeros((2, 2, 2)), np.zeros((2, 2, 3))
for bit, a in np.ndindex(2, 2):
    copy[bit, bit, bit] = 0.5
    suppressor[bit, a, bit + a] = 0.25
TOYS = {
    "copy": copy,
    "each its own": law_of(lambda a, v: 2 * a + v, 4),
    "XOR": law_of(lambda a, v: a ^ v, 2),
    "AND": law_of(lambda a, v: a & v, 2),
    "suppressor": suppressor,
}


def best_guess(law, *removed):
    """Accuracy of the best guess of y without the axes 1 (audio) or 2 (video)."""
    return law.sum(axis=removed).reshape(len(law), -1).max(axis=0).sum()


toy_atoms = {toy: decompose(law) for toy, law in TOYS.items()}
toy_drops = {toy: [best_guess(law) - best_guess(law, axis) for axis in (1, 2)]
             for toy, law in TOYS.items()}  # fmt: skip
assert toy_drops["copy"] == [0, 0]
assert toy_drops["each its own"] == toy_drops["XOR"] == [0.5, 0.5]
assert toy_drops["AND"] == [0.25, 0.25]
assert toy_drops["suppressor"] == [0.25, 0.5]
assert np.allclose(list(toy_atoms["suppressor"].values()), [0, 0, 0.5, 0.5], atol=1e-4)

# %% id="toys-figure"
ATOM_LOOKS = {"redundant": (GREY, ""), "unique audio": (BLUE, ""),
              "unique video": (RED, "///"), "synergy": (PINK, "...")}  # fmt: skip


def draw_toys():
    """Atoms stacked, and beside them what the best guess loses."""
    drawing, axes = plt.subplots(1, 2, figsize=(8.8, 3.2), sharey=True)
    below = np.zeros(len(TOYS))
    for part, (colour, hatch) in ATOM_LOOKS.items():
        bits = np.array([abs(found[part]) for found in toy_atoms.values()])
        axes[0].barh(list(TOYS), bits, left=below, color=colour, hatch=hatch,
                     label=part)  # fmt: skip
        below += bits
    places, lost = np.arange(len(TOYS)), np.array(list(toy_drops.values()))
    axes[1].barh(places - 0.2, lost[:, 0], 0.38, color=BLUE, label="audio removed")
    axes[1].barh(places + 0.2, lost[:, 1], 0.38, color=RED, hatch="///",
                 label="video removed")  # fmt: skip
    axes[0].invert_yaxis()
    axes[0].set_xlabel("information on $y$, bits")
    axes[1].set_xlabel("accuracy the best guess loses")
    for axis in axes:
        axis.grid(visible=False, axis="y")
        axis.legend(fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    return drawing


show(draw_toys(), "Left, stacked bars of the four kinds of information for five toys. "
     "Right, the accuracy lost without audio and without video: XOR loses as much as "
     "the toy of two unique bits, AND and the suppressor lose without audio although "
     "audio has nothing of its own.", drops=list(toy_drops.values()))  # fmt: skip

# %% [markdown] id="toys-read"
# Even for the best guess a drop is not unique information; it mixes $U$ with $S$. And a
# modality may tell something without moving any best guess. The ledger has the theorem that
# remains:

# %% id="removal-proved"
prove("figure-4-removal")

# %% [markdown] id="know-2"
# ### Exercise know-2 · implement · level 1
#
# Write `best_drop(law, axis)`: what the best guess loses when `axis` (1 audio, 2 video) is
# removed, for a law $p(y, a, v)$ of any shape. Do not use `best_guess`.


# %% tags=["exercise"] id="know-2-answer"
def best_drop(law, axis):
    ### BEGIN SOLUTION
    left = law.sum(axis=axis)  # p(y, the other)
    return law.max(axis=0).sum() - left.max(axis=0).sum()
    ### END SOLUTION


# %% tags=["check"] id="know-2-check"
check("know-2", best_drop)

# %% [markdown] id="same-answers" tags=["slide"]
# ## 3 · The same answers, any drop
#
# A network is not the best guess. It has a head, and the head was fitted to *both* features.
# Nothing has taught it what to say when one is set to zero.
#
# Take the copy toy with $a = v = \pm 1$, the sign being the label, and an additive head
#
# $$o = \tau\,a + (1 - \tau)\,v + \beta, \qquad \text{answer: the sign of } o .$$
#
# On the data $o = \pm 1 + \beta$. So for *every* $\tau$, and every $|\beta| < 1$, all answers
# are right. These models cannot be told apart by any clip. By hand:
#
# | $\tau$ | $\beta$ | without audio, $o = (1-\tau) v + \beta$ | drop of audio | drop of video |
# |---|---|---|---|---|
# | 0.5 | 0 | $\pm 0.5$: all right | 0 | 0 |
# | 0.9 | 0.5 | $0.6$ and $0.4$: half right | ½ | 0 |
# | 1.5 | 0 | $\mp 0.5$: all wrong | 1 | 0 |
# | 0.5 | 0.8 | $1.3$ and $0.3$: half right | ½ | ½ |
#
# The last row has large drops for *both* modalities. By Fig. 4's reading both are full of
# specific information. The data are a copy: $U_a = U_v = 0$.
#
# **Before you run the next cell:** $\tau$ to the right, $\beta$ upwards, the colour is the drop
# of audio. Where are the borders?


# %% id="same-answers-figure"
def copy_accuracy(tau, beta, removed=None):
    """Share of right answers on the copy toy, with one feature set to zero."""
    a = v = np.array([-1.0, 1.0])
    heard = 0 * a if removed == "audio" else tau * a
    seen = 0 * v if removed == "video" else (1 - tau) * v
    return float(np.mean(np.sign(heard + seen + beta) == a))


taus, betas = np.linspace(-1, 2, 181) + 1e-3, np.linspace(-0.99, 0.99, 121) + 1e-4
maps = {removed: np.array([[copy_accuracy(tau, beta) - copy_accuracy(tau, beta, removed)
                            for tau in taus] for beta in betas])
        for removed in PAIR}  # fmt: skip


def draw_maps():
    """The two maps, and the four rows of the table."""
    drawing, axes = plt.subplots(1, 2, figsize=(8.8, 3.4), sharey=True)
    for axis, (removed, drops) in zip(axes, maps.items(), strict=True):
        colours = axis.pcolormesh(taus, betas, drops, cmap="cividis", rasterized=True)
        for place, mark in zip(((0.5, 0), (0.9, 0.5), (1.5, 0), (0.5, 0.8)), "os^D",
                               strict=True):  # fmt: skip
            axis.plot(*place, mark, mfc="white", mec="black", mew=1.2, ms=8)
        axis.set_xlabel(rf"$\tau$;   drop of {removed}")
        axis.grid(visible=False)
    axes[0].set_ylabel(r"$\beta$")
    drawing.colorbar(colours, ax=axes, ticks=[0, 0.5, 1], label="drop")
    return drawing


show(draw_maps(), "Two maps of three flat regions. The drop of audio is 0 in a "
     "triangle to the left, 1 in one to the right and one half between; that of video "
     "is the mirror image. Four marks lie in different regions.",
     audio=np.unique(maps["audio"]), video=np.unique(maps["video"]))  # fmt: skip

# %% id="same-answers-checked"
hand_rows = {(0.5, 0.0): (0, 0), (0.9, 0.5): (0.5, 0), (1.5, 0.0): (1, 0),
             (0.5, 0.8): (0.5, 0.5)}  # fmt: skip
for place, drops_here in hand_rows.items():
    assert copy_accuracy(*place) == 1  # all models answer alike
    assert drops_here == tuple(1 - copy_accuracy(*place, removed) for removed in PAIR)
assert set(np.unique(maps["audio"])) == {0, 0.5, 1}

# %% [markdown] id="know-3"
# ### Exercise know-3 · break · level 1
#
# Find `(tau, beta)` of a head that answers every clip of the copy toy rightly and has the
# drop 1 for **video** and ½ or more for **audio**, or set `tau_beta = "impossible"`.

# %% tags=["exercise"] id="know-3-answer"
### BEGIN SOLUTION
tau_beta = "impossible"  # video's needs τ < −|β|; then 1 − τ > |β|: audio's is 0
### END SOLUTION

# %% tags=["check"] id="know-3-check"
check("know-3", tau_beta)

# %% [markdown] id="fig4"
# ## 4 · Fig. 4 on our data
#
# Now the trained models of the study: every seed is another draw of the data, another start
# and another order of the batches at once. A modality is removed by setting its *features* to
# zero. The bars are what the paper draws. The diamonds answer another question: how much
# better is this model than a network *trained on the other modality alone*?
#
# **Before you run the next cell:** a method that trains both encoders better makes each
# modality able to stand in for the other. Will its bars be longer or shorter?

# %% id="fig4-figure"
show(fig4.draw(study), fig4.alt(study),
     audio=[mean(drop(study, "av-digits", m, "audio")) for m in FIG4],
     video=[mean(drop(study, "av-digits", m, "video")) for m in FIG4])  # fmt: skip

# %% [markdown] id="fig4-claim" tags=["slide"]
# The paper says of its figure:
#
# > "RGM consistently yields the highest modality-specific information values for both audio
# > and video modalities, significantly outperforming CGGM and other baselines."
#
# Is it so here? Paired differences of the drops, RGM minus each other row, in percentage
# points; a star where the seeds tell it from 0 after Holm's correction within a column.


# %% id="fig4-against"
def against_rgm(setting, modality):
    """RGM's drop minus that of every other row, as one family."""
    ours = drop(study, setting, "rgm", modality)
    rest = {m: drop(study, setting, m, modality) for m in FIG4 if m != "rgm"}
    return judged({m: paired(ours, theirs) for m, theirs in rest.items() if theirs})


COLUMNS = [(setting, k) for setting in ("av-digits", "dominant") for k in PAIR]
ahead = {column: against_rgm(*column) for column in COLUMNS}


def starred(found):
    """Points, and a star if significant."""
    return points(found) + (" *" if found.significant else "")


show_table(["RGM minus", *(" · ".join(column) for column in COLUMNS)],
           [[title(m), *(starred(ahead[column][m]) for column in COLUMNS)]
            for m in FIG4 if m != "rgm"])  # fmt: skip

# %% id="fig4-claim-checked"
higher = {column: sum(found.mean > 0 and found.significant for found in rows.values())
          for column, rows in ahead.items()}  # fmt: skip
for column, count in higher.items():
    where = " · ".join(column)
    print(f"{where:17s} RGM is higher than {count} of {len(ahead[column])}")
assert all(count < len(ahead[column]) for column, count in higher.items())
assert not any(rows["joint"].significant for rows in ahead.values())
for k in PAIR:  # on AV-Digits CGGM's bars are the longest,
    lengths = {m: mean(drop(study, "av-digits", m, k)) for m in FIG4}
    assert max(lengths, key=lengths.get) == "cggm"
    for away in ("late-fusion", "multi-loss", "own-residual"):  # RGM's longer than these
        for where in ("av-digits", "dominant"):
            beyond = ahead[where, "audio"][away]
            assert beyond.mean > 0
            assert beyond.significant
accurate = {m: mean(study.seeds("av-digits", m)) for m in FIG4}
assert min(accurate, key=accurate.get) == "cggm"  # and it is the least accurate of these

# %% [markdown] id="fig4-claim-read"
# On our data the sentence does not hold. In no column is RGM told apart from all others, and
# nowhere from joint training, of which it changes so little. On AV-Digits CGGM's bars are the
# longest, and CGGM is the least accurate of these rows. RGM's bars do exceed those of late
# fusion, own losses and own residuals when audio is removed. Whether that is to its credit is
# asked below.

# %% [markdown] id="fig4-orth"
# The paper goes on: "This confirms that our orthogonal projection mechanism prevents
# destructive interference and over-alignment". Its figure compares whole methods. What Orth
# does to the drops is answered by RGM with Orth and RGM without, on the same seeds:

# %% id="orth-drops"
for modality in PAIR:
    pair_of = (drop(study, "av-digits", "rgm", modality, name)
               for name in ("ear+syn+orth", "ear+syn"))  # fmt: skip
    found_orth = paired(*pair_of)
    print(f"what Orth adds to the drop of {modality}: {points(found_orth)} points")
    assert found_orth.p > 0.05  # not told apart from nothing

# %% id="confirms-proved"
prove("figure-4-confirms")

# %% [markdown] id="who-knows"
# ### Who drops less may know more
#
# Each dot below is a method, and here are all that ran on AV-Digits. To the right: how much
# *video's encoder* knows, by a linear probe on its frozen features. Upwards: the drop when
# *audio* is removed.

# %% id="who-knows-figure"
known_dropped = {
    m: (mean(study.seeds("av-digits", m, metric="probe_video")), mean(lost))
    for m in METHODS if (lost := drop(study, "av-digits", m, "audio"))
}  # fmt: skip
NAMED = {"joint": (BLUE, "o"), "rgm": (PINK, "s"), "late-fusion": (ORANGE, "D"),
         "own-residual": (GREEN, "^")}  # fmt: skip


def draw_known():
    """Drop of audio over the probe of video."""
    drawing, axis = plt.subplots(figsize=(6.6, 3.8))
    everyone = np.array(list(known_dropped.values())).T
    axis.plot(*everyone, ".", color=GREY, ms=9, ls="none", label="the others")
    for m, (colour, mark) in NAMED.items():
        axis.plot(*known_dropped[m], mark, color=colour, ms=10, ls="none",
                  label=title(m))  # fmt: skip
    axis.set(xlabel="linear probe of video's features, test accuracy",
             ylabel="test accuracy lost without audio")  # fmt: skip
    axis.legend(fontsize=9)
    return drawing


probe_and_drop = np.array(list(known_dropped.values()))
show(draw_known(), "A dot per method: the more video's encoder knows, the less is lost "
     "when audio is removed. Joint training and RGM are at the upper left, late fusion "
     "and own residuals at the lower right.", dots=probe_and_drop)  # fmt: skip

# %% id="who-knows-checked"
correlation = np.corrcoef(probe_and_drop.T)[0, 1]
print(f"{len(known_dropped)} methods, correlation {correlation:.2f}")
assert correlation < -0.5
late, joint = (known_dropped[m] for m in ("late-fusion", "joint"))
assert late[0] > joint[0] + 0.05  # video knows more
assert late[1] < joint[1] - 0.05  # and audio is missed less
for modality in PAIR:  # late fusion loses what a network without it would lose
    honest = mean(added(study, "av-digits", "late-fusion", modality))
    assert abs(mean(drop(study, "av-digits", "late-fusion", modality)) - honest) < 0.02

# %% [markdown] id="who-knows-read"
# The order is reversed. A large drop of audio is here the mark of a *starved video*. Where both
# encoders have learned, either can stand in for the other. Read as the paper reads it, the
# figure would prefer the model that has learned less.
#
# Late fusion's bars are honest by construction: bars and diamonds agree, because no head has
# learned to rely on anybody.

# %% [markdown] id="know-4"
# ### Exercise know-4 · critique · level 2
#
# A report says: "Without audio, model P falls from 88 % to 40 %, model Q from 92 % to 65 %.
# So P extracts more audio-specific information." Both saw the same data. Which comment
# fits? Answer with `comment = "A"`, …
#
# - **A** True: a drop of 48 points against 27.
# - **B** Wrong: relative to the whole, the drops are 55 % and 29 %; these must be compared.
# - **C** Not shown: what differs is first of all what is left. Q answers 65 % by video, P 40 %.
# - **D** Wrong: Q must have the better audio encoder, since it is more accurate.

# %% tags=["exercise"] id="know-4-answer"
### BEGIN SOLUTION
comment = "C"
### END SOLUTION

# %% tags=["check"] id="know-4-check"
check("know-4", comment)

# %% [markdown] id="truth" tags=["slide"]
# ### Where the truth is known
#
# BounceAV is generated, and so its four numbers are known: for noiseless clips exactly
# (`bounce_labels.atoms` has the argument). Beside them what the best guess would lose, and
# three measurements on the joint model.
#
# - **drop**: the paper's, features set to zero.
# - **to a probe**: joint accuracy minus the linear probe of the *other* modality's features.
# - **to a network without it**: joint accuracy minus a network trained on the other alone.
#
# In the clips there *is* noise. A second noisy sense helps even where it tells nothing new, so
# in the redundant setting the honest answer is above the noiseless 0.


# %% id="truth-table" tags=["slide"]
def asked(setting, modality, method="joint"):
    """Drop, distance to the other's probe, and to a network trained on the other."""
    other = PAIR[1 - PAIR.index(modality)]
    place = (setting, method, variant(setting))
    to_probe = paired(study.seeds(*place), study.seeds(*place, f"probe_{other}"))
    return (mean(drop(study, *place[:2], modality)), to_probe.mean,
            mean(added(study, *place[:2], modality)))  # fmt: skip


measured = {(setting, k): asked(setting, k) for setting in KNOWN for k in PAIR}
rows = []
for (setting, k), values in measured.items():
    true = truth(setting)
    bits = [true.bits[part] for part in ("redundant", f"unique {k}", "synergy")]
    rows.append([setting, k, *(f"{b:.2f}" for b in bits), f"{true.added(k):.2f}",
                 *(f"{value:.2f}" for value in values)])  # fmt: skip
show_table(["setting", "removed", "$R$", "$U_k$", "$S$", "best guess loses", "drop",
            "to a probe", "to a network without it"], rows)  # fmt: skip

# %% id="truth-checked"
lost = {column: values[0] for column, values in measured.items()}
for k in PAIR:
    assert truth("synergy").bits[f"unique {k}"] == 0  # nothing unique,
    assert lost["synergy", k] > 0.4  # and a large drop
    assert truth("redundant").bits[f"unique {k}"] == 0
    drop_here, _, without = measured["redundant", k]
    assert drop_here > without + 0.03  # more than a network without it would lose
assert truth("dependent").bits["unique audio"] == 0
assert lost["dependent", "audio"] > 0.2

# %% [markdown] id="truth-read" tags=["slide"]
# Three settings with no unique information in audio have large drops of audio. In
# *redundant*, the joint model loses clearly more than one that was trained without audio would:
# the difference is the head's reliance, which no data has asked for.
#
# So ask for what you want to know. *What can be told from this modality?* Train on it alone.
# *What does it add?* Train without it. *What is in the features?* Probe. *What does this head
# read?* Remove, and call it that.
#
# ## 5 · Modalities that need each other
#
# On AV-Digits late fusion was hard to beat (notebooks 09 and 11). There is a reason: if the
# senses are **independent given the class**, then
#
# $$p(y \mid a, v) \propto \frac{p(y \mid a)\, p(y \mid v)}{p(y)},$$
#
# so the product of two ideal experts, each trained alone, is the best answer there is.
# AV-Digits pairs sounds and pictures at random *within* a class: independent by construction.
# (Ideal experts. Trained ones can stay behind; section 6 has a case.)
#
# Now take away the condition. In the setting **dependent** the label is the size of a body.
# The picture shows size over distance. The sound tells the distance, and nothing of the size.
# It is the suppressor of section 2. With logarithms, $\text{size} = v - u$, $u$ the log
# loudness, and the best logits are
#
# $$\log p(y \mid v, u) = c_1\, y\,(v - u) - c_2\, y^2 + \dots$$
#
# a term of $v$ plus a term of $u$. **An additive head can say this exactly.** Late fusion
# cannot: the sound alone tells nothing, so its expert is the prior, and the product is what
# video says alone.
#
# By hand, in the toy $v = y + a$: the head $o = v - a - \tfrac12$ is right always. Late
# fusion is right if $v$ is 0 or 2, and tosses a coin if it is 1: in $\tfrac34$.

# %% id="suppressor-checked"
for bit, a in np.ndindex(2, 2):
    seen = bit + a
    assert (seen - a - 0.5 > 0) == bit  # additive, and always right
video_expert = suppressor.sum(axis=1)  # p(y, v)
audio_expert = suppressor.sum(axis=2)  # p(y, a)
assert np.allclose(audio_expert, 0.25)  # tells nothing
late_odds = video_expert[:, None, :] * audio_expert[:, :, None] / 0.5
right = [late_odds[bit, a, bit + a] / late_odds[:, a, bit + a].sum()
         for bit, a in np.ndindex(2, 2)]  # fmt: skip
assert np.isclose(np.mean(right), 0.75)

# %% [markdown] id="synergy-additive" tags=["slide"]
# Note what has happened to a word. In bits, the label of *dependent* is mostly **synergy**:
# $S = 1.29$ against $U_v = 0.53$. One often reads that synergy needs a nonlinear fusion. XOR
# does. This does not: it needs *joint training* of an additive head. Information does not see
# which functions are simple (exercise know-1).
#
# **Before you run the next cell:** four classes. Late fusion, joint training: guess both test
# accuracies. The noiseless ceilings are in the last line.


# %% id="live"
# NBVAL_IGNORE_OUTPUT
def trained(method, setting="dependent"):
    """Seed 0 of the study again: the result, the method, its test outputs."""
    (run,) = over_seeds(setting, method, seeds=1)
    folder = Path(box.name) / method
    result = train(run.config, folder, corpus=corpus, display=Display(quiet=True),
                   draw=False)  # fmt: skip
    learned = assemble(run.config, corpus).method
    learned.load_state_dict(load(folder / "last.pt", run.config)["method"])
    return result, learned.eval(), outputs(learned, corpus.test)


(first_run,) = over_seeds("dependent", "joint", seeds=1)
corpus = data.load(first_run.config.data, seed=0, **first_run.config.dials)
live = {m: trained(m) for m in ("joint", "late-fusion")}
for m, (result, *_) in live.items():
    print(f"{title(m):12s} {result['test']['accuracy']:.3f}")
known = truth("dependent")
print(f"best guess from video {known.alone['video']:.3f}, from both {known.both:.3f}")

# %% id="live-checked"
right_of = {m: result["test"]["accuracy"] for m, (result, *_) in live.items()}
assert right_of["late-fusion"] < known.alone["video"] + 0.05  # video's ceiling
assert right_of["joint"] > right_of["late-fusion"] + 0.15
for m in right_of:  # the committed run of this seed, on another machine perhaps
    assert abs(right_of[m] - study.seeds("dependent", m, "default")[0]) < 0.05

# %% [markdown] id="dependent-all"
# One seed is one seed. All of them, and all that was tried there, against late fusion:

# %% id="dependent-table" tags=["slide"]
ROWS = {
    "Joint": ("joint", "default"),
    "RGM": ("rgm", "default"),
    "Joint + own losses, λ = 1": ("multi-loss", "default"),
    "Own residuals, α = ½": ("own-residual", "alpha=0.5"),
    "Own residuals, α = 0.9": ("own-residual", "alpha=0.9"),
}


def percent(setting, place):
    """Mean test accuracy of a row, in percent."""
    return f"{100 * mean(study.seeds(setting, *place)):.1f}"


def compared_with(control, setting, rows=ROWS):
    """Test accuracies of the rows minus the control's, as one family."""
    base = study.seeds(setting, control, "default")
    return judged({row: paired(study.seeds(setting, *place), base)
                   for row, place in rows.items() if place[0] != control})  # fmt: skip


over_late = compared_with("late-fusion", "dependent")
show_table(["dependent", "accuracy", "minus late fusion"],
           [[row, percent("dependent", ROWS[row]), starred(found)]
            for row, found in over_late.items()])  # fmt: skip

# %% id="dependent-checked"
assert over_late["Joint"].significant
assert over_late["Joint"].mean > 0.1
video_only = study.seeds("dependent", "unimodal video", "default")
late_seeds = study.seeds("dependent", "late-fusion", "default")
assert abs(paired(late_seeds, video_only).mean) < 0.05  # late fusion is video alone
falling = [row.mean for row in over_late.values()]
joint_over, rgm_over, light, half, heavy = falling
assert abs(joint_over - rgm_over) < 0.02  # RGM is where joint training is
assert joint_over > light > half > heavy  # own terms, from free heads to heavy ones
assert light > 0.8 * joint_over  # heads of their own cost little,
assert half < 0.2 * joint_over  # the same logits nearly everything

# %% [markdown] id="dependent-read" tags=["slide"]
# **Plain joint training can beat late fusion, and by far**: here the modalities are dependent
# given the class. Late fusion is at what video alone tells, as by hand in the toy. RGM stands
# where joint training stands.
#
# And see what the own terms do. They cost little where they have heads *of their own* (the row
# $\lambda = 1$): the joint head stays free to combine. They cost nearly everything where the
# *same* logits $l_k$ must answer together and alone (own residuals), and the heavier they
# weigh, the nearer the model comes to late fusion. The theory says so. The loss of own
# residuals is
#
# $$\mathcal L_\alpha = 2\,[(1 - \alpha)\,\mathrm{CE}(\textstyle\sum_k l_k + b)
# + \alpha \sum_k \mathrm{CE}(l_k + b)].$$
#
# Independence given the class lets one set of $l_k$ minimise both parts: $\alpha$ then changes
# the way and not the goal. Under dependence the parts disagree, and $\alpha$ buys a
# compromise.

# %% [markdown] id="shift" tags=["slide"]
# ### One model, any drop, again
#
# The joint model that you have just trained is a good place to repeat section 3. Add a constant
# $s$ to audio's features, and let the bias take it off again:
#
# $$W_a (z_a + s) + W_v z_v + (b - W_a s) = W_a z_a + W_v z_v + b .$$
#
# The same model, clip by clip. But "without audio" now means $W_v z_v + b - W_a s$.
#
# **Move it:** $s$ is chosen such that $W_a s = -\text{push}$ times the first class.

# %% id="shift-cell"
# NBVAL_IGNORE_OUTPUT
push = 500.0

_, joint_model, seen_out = live["joint"]
head = joint_model.model.head
W_a, W_v = (block.detach() for block in joint_model.model.fusion.blocks(head.weight))
wanted = torch.zeros(4)
wanted[0] = -push
s = torch.linalg.lstsq(W_a, wanted[:, None]).solution[:, 0]
z_a, z_v = (seen_out.features[k] for k in PAIR)


def answer(heard, seen, bias):
    """Accuracy of the head on such features."""
    return accuracy(heard @ W_a.T + seen @ W_v.T + bias, seen_out.labels)


b = head.bias.detach()
whole = answer(z_a, z_v, b), answer(z_a + s, z_v, b - W_a @ s)
nothing = answer(0 * z_a, z_v, b), answer(0 * z_a, z_v, b - W_a @ s)
print(f"as trained: {whole[0]:.3f}, without audio {nothing[0]:.3f}")
print(f"shifted   : {whole[1]:.3f}, without audio {nothing[1]:.3f}")

# %% id="shift-checked"
assert abs(whole[0] - whole[1]) < 0.002  # up to rounding the same answers
assert nothing[1] < 0.3  # always the same class: about a quarter
assert nothing[0] - nothing[1] > 0.05

# %% [markdown] id="other-removals" tags=["slide"]
# Zero has no meaning for a feature. Two ways to remove a modality do not see the shift:
# put in its **mean**, or the features of **another clip**, drawn at random. They ask
# different questions, and give different numbers.

# %% id="other-removals-cell"
# NBVAL_IGNORE_OUTPUT
shuffled = torch.from_numpy(rng.permutation(len(z_a)))


def removals(shift):
    """The drop of audio by three kinds of removal, with features shifted by `shift`."""
    here, bias = z_a + shift, b - W_a @ shift
    instead = {"zero": 0 * here, "mean": here.mean(dim=0).expand_as(here),
               "another clip": here[shuffled]}  # fmt: skip
    full = answer(here, z_v, bias)
    return {how: full - answer(there, z_v, bias) for how, there in instead.items()}


as_trained, shifted = removals(0 * s), removals(s)
for how in as_trained:
    print(f"{how:13s} {as_trained[how]:.3f}   shifted {shifted[how]:.3f}")
for how in ("mean", "another clip"):
    assert abs(as_trained[how] - shifted[how]) < 0.01

# %% [markdown] id="own-terms"
# ## 6 · When do own losses help, and when do they hurt?
#
# Own losses are the cure of starvation (notebook 09). Here is the cure in seven settings, as
# the difference to joint training on the same seeds.
#
# **Before you run the next cell:** in *synergy* neither modality alone says anything. In
# *noise* video is nothing but noise, and 2000 clips are few enough to learn by heart. What
# will an own loss on video do there?
#
# (Own losses have one head per modality of their own, and weight $\lambda$ beside the joint
# loss. The row $\lambda = 9$ runs at a fifth of the learning rate, since at that of the
# others it diverges. A run that ended in NaN has no accuracy, and its seed drops out.)

# %% id="own-terms-figure"
TUNED = {"own losses": ("multi-loss", "tuned"), "late fusion": ("late-fusion", "tuned"),
         "RGM": ("rgm", "tuned")}  # fmt: skip
PLAIN = {"own losses, λ = 1": ("multi-loss", "default"),
         "late fusion": ("late-fusion", "default"), "RGM": ("rgm", "default")}  # fmt: skip
SPLIT = {"own residuals, α = ½": ("own-residual", "alpha=0.5"),
         "own residuals, α = 0.9": ("own-residual", "alpha=0.9")}  # fmt: skip
FILM = {"own losses, λ = ¼": ("multi-loss", "weight=0.25"),
        "own losses, λ = 9": ("multi-loss", "weight=9")}  # fmt: skip
OWN = {
    "av-digits": TUNED,
    "dominant": TUNED,
    "redundant": PLAIN,
    "unique": PLAIN,
    "dependent": PLAIN | SPLIT,
    "synergy": PLAIN | FILM,
    "noise": PLAIN | SPLIT,
}


def gain(setting, method, name):
    """A row minus joint training on the same seeds."""
    joint_seeds = study.seeds(setting, "joint", variant(setting))
    return paired(study.seeds(setting, method, name), joint_seeds)


gains = {(setting, row): gain(setting, *place)
         for setting, shown in OWN.items() for row, place in shown.items()}  # fmt: skip


def draw_gains():
    """Differences to joint training, a line each, settings from above to below."""
    drawing, axis = plt.subplots(figsize=(8, 6.4))
    looks = {"own": (GREEN, "^"), "late": (ORANGE, "D"), "RGM": (PINK, "s")}
    y, places = -1.0, {}
    for (setting, row), found in gains.items():
        y += 1.6 if row == next(iter(OWN[setting])) else 1  # a gap between settings
        places[y] = f"{setting} · {row}"
        colour, mark = looks[row.split()[0]]
        axis.errorbar(100 * found.mean, y, xerr=100 * found.half_width, color=colour,
                      marker=mark, ms=7, ls="none", capsize=3)  # fmt: skip
    axis.axvline(0, color=GREY, lw=1, marker="")
    axis.set_yticks(list(places), list(places.values()), fontsize=9)
    axis.grid(visible=False, axis="y")
    axis.invert_yaxis()
    axis.set_xlabel("test accuracy minus that of joint training, points")
    return drawing


show(draw_gains(), "Differences to joint training with intervals. In AV-Digits, dominant "
     "and redundant own losses and late fusion gain some points. In dependent and "
     "synergy late fusion loses about 30 to 50 points, and so do own residuals and own "
     "losses of the largest weight. RGM is near zero everywhere.",
     gains=[found.mean for found in gains.values()])  # fmt: skip

# %% id="own-terms-checked"
for setting in ("av-digits", "dominant", "redundant"):  # starvation: they help
    both_gain = [found for (place, row), found in gains.items()
                 if place == setting and row != "RGM"]  # fmt: skip
    assert all(found.mean > 0 and found.p < 0.05 for found in both_gain)
assert gains["unique", "own losses, λ = 1"].p > 0.05
assert gains["unique", "late fusion"].mean < -0.04
assert gains["unique", "late fusion"].p < 0.05
free_heads, half_way, most = (gains["dependent", row] for row in
                              ("own losses, λ = 1", *SPLIT))  # fmt: skip
assert -0.1 < free_heads.mean < 0
assert free_heads.p < 0.05
assert most.mean < half_way.mean < -0.2
for row in ("late fusion", "own losses, λ = 9"):
    assert gains["synergy", row].mean < -0.3
for row in ("own losses, λ = ¼", "own losses, λ = 1"):
    assert abs(gains["synergy", row].mean) < 0.02
for row in OWN["noise"]:  # nothing there is told from joint training
    assert gains["noise", row].p > 0.05
smallest = min(OWN["noise"], key=lambda row: gains["noise", row].p)
assert smallest == "own losses, λ = 1"  # the nearest to it is a gain
assert gains["noise", smallest].mean > 0
assert all(abs(gains[setting, "RGM"].mean) < 0.03 for setting in OWN)

# %% [markdown] id="failed-runs"
# Which runs ended in NaN, and how many seeds are left to compare?

# %% id="failed-runs-shown"
for setting in OWN:
    for row, place in {"joint": ("joint", variant(setting)), **OWN[setting]}.items():
        if lost_runs := study.seeds(setting, *place, "failed"):
            print(f"{setting} · {row}: failed for seed {sorted(lost_runs)}")
print("fewest seeds in common:", min(found.n for found in gains.values()))
assert all(found.n >= 3 for found in gains.values())
# %% [markdown] id="failed-runs-read"
# With $\lambda = 9$ two things differ from the other rows, the weight and the smaller steps. The
# row shows that the combination was not found, and cannot say which of the two is to blame.

# %% [markdown] id="noise-alone"
# In *noise* there is a better model than all of these: the one that has never met the video.
# The last column asks each model once more, with video's features set to zero.

# %% id="noise-table"
NOISE = {**ROWS, "Late fusion": ("late-fusion", "default")}
beside_audio = compared_with("unimodal audio", "noise", NOISE)
muted = {row: mean(study.seeds("noise", *place, "kept_audio"))
         for row, place in NOISE.items()}  # fmt: skip
show_table(["noise", "accuracy", "minus audio alone", "with video muted"],
           [[row, percent("noise", NOISE[row]), starred(found), f"{100 * muted[row]:.1f}"]
            for row, found in beside_audio.items()])  # fmt: skip

# %% id="noise-checked"
audio_alone = mean(study.seeds("noise", "unimodal audio", "default"))
for row, found in beside_audio.items():
    assert found.significant  # every model loses that was given the noise
    assert found.mean < -0.05
    if row in ("Joint", "RGM"):
        assert muted[row] < audio_alone - 0.05  # audio's part has learned less
    else:
        assert abs(muted[row] - audio_alone) < 0.03  # audio's part is unharmed
by_heart, no_use = (
    mean(study.seeds("noise", "late-fusion", "default", f"{split}_own_residual_video"))
    for split in ("train", "test")
)
assert by_heart < 0.2  # pure noise, learned by heart
assert no_use > 7 / 8  # and worse than saying nothing

# %% [markdown] id="own-terms-read" tags=["slide"]
# The pattern follows from two questions: *is the own question answerable*, and *must the own
# answer be used?*
#
# - **Each modality can answer by itself** (AV-Digits, dominant, redundant): own losses help,
#   for joint training stops asking too early.
# - **Each knows its half** (unique): the halves are independent given the class, and ideal
#   experts would lose nothing. The trained ones do: late fusion stays behind joint training.
#   With heads of their own the own losses are not told from nothing.
# - **It can answer a part** (dependent: video 0.53 of 1.82 bits): own losses pull towards
#   experts, and away from what only both together tell.
# - **It can answer nothing** (synergy, noise): the best own answer is the prior. A network
#   with enough weights does not stop there. It learns the training clips by heart, and what
#   it says of a new clip is a confident guess. In *synergy* the joint head needs no guess,
#   and with light own losses beside it comes to no harm.
#
# In *noise* you may have expected harm from own losses, and none is resolved. No row is
# told apart from joint training, and what comes nearest to it is a *gain* (own losses,
# $\lambda = 1$). For joint training has learned its clips together with the noise, too. Every
# row loses to audio alone. With own losses the loss is all in the vote: mute video, and audio is as
# good as if it had never met it. In joint training audio's part itself has learned less.
#
# ## 7 · Does it show in time?
#
# Notebook 09 recommends to watch $e_k = \mathbb E \|p_k - y\|^2$, the residual of modality $k$'s
# own read-out, beside $\|r\|^2$. "$\|r\|^2 \approx 0$ while $e_v$ is large" was starvation. Is it
# always?
#
# Two marks on the scale, by hand, for $K$ even classes. Who always answers with the prior
# has $e = (1 - \tfrac1K)^2 + (K - 1)\tfrac1{K^2} = 1 - \tfrac1K$. Who is *sure*, and right only
# by chance, has $e = 2\,(1 - \tfrac1K)$: twice as much.

# %% [markdown] id="know-5"
# ### Exercise know-5 · compute · level 1
#
# $K = 8$. A video encoder knows nothing of new clips, but answers each with probability 1 for
# some class, evenly drawn. Another always gives $\tfrac12$ each to two classes, drawn
# evenly. Compute `two_levels`, their $e$ on new clips.

# %% tags=["exercise"] id="know-5-answer"
### BEGIN SOLUTION
two_levels = [
    2 * 7 / 8,  # wrong with 7/8: the vector (1, −1) has the squared length 2
    2 / 8 * 1 / 2 + 6 / 8 * 3 / 2,  # label among the two: ¼ + ¼; not: ¼ + ¼ + 1
]
### END SOLUTION

# %% tags=["check"] id="know-5-check"
check("know-5", two_levels)

# %% [markdown] id="three-cases" tags=["slide"]
# Three joint trainings, each with a modality whose own residual is large:
#
# - **AV-Digits, video**: starved. It could know much more.
# - **noise, video**: empty. There is nothing to know.
# - **dependent, audio**: used to the full, and silent by itself.
#
# **Before you run the next cell:** $e_k$ and $\|r\|^2$, both on the validation clips and in
# units of $1 - \tfrac1K$. Which curve will tell the three apart?

# %% id="three-cases-figure"
CASES = {"starved": ("av-digits", "video", 10), "empty": ("noise", "video", 8),
         "needed": ("dependent", "audio", 4)}  # fmt: skip


def curve(setting, metric, classes):
    """Mean over seeds after every epoch, in units of what the prior gets."""
    found = over_epochs(epochs, setting, "joint", metric, variant(setting))
    return np.array([mean(found[epoch]) for epoch in sorted(found)]) / (1 - 1 / classes)


levels = {case: [curve(setting, metric, K) for metric in
                 (f"own_residual_{k}", "validation_residual")]
          for case, (setting, k, K) in CASES.items()}  # fmt: skip


def draw_cases():
    """A panel per case."""
    drawing, axes = plt.subplots(1, 3, figsize=(8.8, 3.1), sharey=True)
    for axis, (case, (own, shared)) in zip(axes, levels.items(), strict=True):
        passed = np.arange(1, len(own) + 1)
        axis.plot(passed, own, color=RED, marker="s", ls="--", label="$e_k$")
        axis.plot(passed, shared, color=BLUE, marker="o", label=r"$\|r\|^2$")
        axis.axhline(1, color=GREY, lw=1, ls=":")
        axis.set_xlabel("epoch")
        axis.set_title(f"{case}: {CASES[case][0]}, {CASES[case][1]}", fontsize=10)
    axes[0].set_ylabel("held-out, prior = 1")
    axes[0].legend(fontsize=9)
    return drawing


show(draw_cases(), "Three panels over the epochs. In each the joint residual ends at "
     "half of the prior's level or less, and the modality's own residual on held-out "
     "clips far above it: in the first panel just below the level of the prior, in the "
     "others above that level.",
     own_at_the_end=[own[-1] for own, _ in levels.values()])  # fmt: skip

# %% id="three-cases-checked"
for case, (own, shared) in levels.items():
    assert shared[-1] < own[-1] - 0.2, case  # the same sign in all three
    assert own[-1] > 0.85, case
assert levels["starved"][0][-1] < 1 < levels["empty"][0][-1] < levels["needed"][0][-1]

# %% [markdown] id="cannot" tags=["slide"]
# $e_k$ far above $\|r\|^2$ in all three. **It is an alarm, and not a diagnosis.** Is there a
# better reading of the same run? Above the dotted line a modality is worse than silent. That
# may be noise learned by heart, but the read-out of a *needed* modality lies there, too: its
# slice of the joint head was never meant to answer alone. And a starved one is here just below
# the line, where one that knows nothing and says nothing would be.
#
# That it cannot be read off the joint run has a theorem behind it. The paper says that
# energies can tell "whether certain modalities dominate, collapse, or are under-trained";
# here are two problems with the same run, in one of which the silent modality could
# answer everything:

# %% id="diagnosis-proved"
prove("energy-diagnosis")

# %% [markdown] id="what-tells"
# What does tell? Every other instrument of this notebook, side by side. "Trained alone" is
# late fusion's part, and its train and held-out residuals stand beside it.


# %% id="what-tells-table" tags=["slide"]
def instruments(case):
    """What each instrument reads, in units where the prior or chance is 1."""
    setting, k, K = CASES[case]
    level = f"own_residual_{k}"
    place = (setting, "joint", variant(setting))
    late_fusion = (setting, "late-fusion", variant(setting))
    unit = 1 - 1 / K
    return {
        "$e_k$, training clips": mean(study.seeds(*place, f"train_{level}")) / unit,
        "$e_k$, test clips": mean(study.seeds(*place, f"test_{level}")) / unit,
        "drop of the joint model": mean(drop(study, setting, "joint", k)),
        "probe, times chance": K * mean(study.seeds(*place, f"probe_{k}")),
        "trained alone, times chance": K * mean(trained_alone(study, setting, k)),
        "its $e_k$, training clips":
            mean(study.seeds(*late_fusion, f"train_{level}")) / unit,
        "its $e_k$, test clips":
            mean(study.seeds(*late_fusion, f"test_{level}")) / unit,
    }  # fmt: skip


read = {case: instruments(case) for case in CASES}
show_table(["", *CASES], [[how, *(f"{read[case][how]:.2f}" for case in CASES)]
                          for how in read["starved"]])  # fmt: skip

# %% id="what-tells-checked"
probe, alone = "probe, times chance", "trained alone, times chance"
for case in ("empty", "needed"):
    assert read[case][probe] < 1.3  # nothing to be read, with one's own probe
    assert read[case][alone] < 1.3
assert read["starved"][probe] > 2  # half-learned features, and still far above chance
assert read["starved"][alone] > read["starved"][probe]
assert read["needed"]["drop of the joint model"] > 0.2  # the joint model lives on it
assert abs(read["empty"]["drop of the joint model"]) < 0.1

# %% [markdown] id="what-tells-read" tags=["slide"]
# - A **probe** on the features tells *starved* from the other two, without another training
#   run. It must be scored on held-out clips: on its training clips it can learn noise by heart.
# - The **drop** tells *needed* from *empty*. So it has a use after all: as a question about
#   *this model*, beside another instrument.
# - **Training on the modality alone** answers fully what it could know, at the price of a run.
# - Own residuals *of a modality trained on its own loss* need both splits. Small on
#   the training clips and at the prior's level or above on new ones: it learned by heart.
#   Clearly below the prior's level on both: it knows. The training residual alone would
#   praise the noise.
#
# "In time?" The probe costs a logistic regression and can be asked after every epoch. $e_k$
# rings, the probe decides; only then add own losses, with heads of their own and a small
# weight where the drop says that modalities need each other.

# %% [markdown] id="know-6"
# ### Exercise know-6 · critique · level 3
#
# You train jointly. $\|r\|^2$ on the training clips is nearly 0. For video: $e_v$ is at the
# prior's level on new clips, a held-out probe of its features is at chance, and removing it
# costs 30 points. Name the most fitting next step by `next_step`:
#
# - **A** Add an own loss for video with a large weight: it is starved.
# - **B** Drop video from the model: a probe at chance shows that it is noise.
# - **C** Keep joint training as it is; own losses could destroy what both tell together.
# - **D** Replace joint training by late fusion, which is never worse.

# %% tags=["exercise"] id="know-6-answer"
### BEGIN SOLUTION
next_step = "C"
### END SOLUTION

# %% tags=["check"] id="know-6-check"
check("know-6", next_step)

# %% [markdown] id="open" tags=["slide"]
# ## 8 · What this does not show
#
# - The settings are small, generated or half generated, with small CNNs and a fixed budget.
#   Nothing here says that the bars of the paper's Fig. 4 are wrong for Kinetics-Sounds. It says
#   what such bars can mean.
# - Five or six seeds. What is not told apart in *noise* may be told apart by twenty.
# - *dependent* was made to hold a dependence that an additive head can express. How much of it
#   real audio-visual data have, nobody has measured here.
# - The four numbers of the decomposition are those of one definition. Others exist, and differ
#   where the senses share information.
# - In the settings with known truth no learning rate was searched: the rate is the setting's,
#   the same for all rows.
#
# ## What to remember, in five lines
#
# 1. Redundant, unique, synergetic: three agreed numbers, four unknowns, one definition; by
#    hand for AND: $R = 0.311$, $U = 0$, $S = \tfrac12$.
# 2. A drop belongs to head and data together. Models with equal answers can have any drop,
#    and a larger one is often the mark of a partner that was trained worse.
# 3. Independent given the class: the product of ideal experts is best. Dependent: joint training
#    beats it, even with an additive head, even where the information is called synergy.
# 4. Own losses help where each modality can answer by itself. Where they need each other they
#    cost, little with free heads and a small weight, and up to everything without.
# 5. $e_k$ beside $\|r\|^2$ is an alarm: starved, empty and needed look alike. A held-out probe
#    and a drop, read together, tell them apart.
#
# ## Further reading
#
# - The paper: *Reconcile Gradient Modulation*, AAAI 2026, Fig. 4.
# - Williams and Beer (2010), *Nonnegative Decomposition of Multivariate Information*.
# - Bertschinger, Rauh, Olbrich, Jost and Ay (2014), *Quantifying Unique Information*.
# - Liang et al. (2023), *Quantifying & Modeling Multimodal Interactions*: the decomposition on
#   multimodal data, to which the paper refers.
# - Horst (1941), *The Prediction of Personal Adjustment*: the suppressor variable.
# - Hinton (2002), *Training Products of Experts by Minimizing Contrastive Divergence*.
# - In the ledger: `figure-4-removal`, `figure-4-confirms`, `energy-diagnosis`,
#   `plane-shared-residual`.
