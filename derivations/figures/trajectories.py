"""Fig. 3: where joint training and RGM move on the plane."""

from collections.abc import Callable

import numpy as np
import sympy as sp

from derivations.figures.experiments import applied_balance, enough, finding, lowers, raw_balance
from derivations.figures.formulas import ENERGY_RATIO
from derivations.ledger import Claim, Proof, agree
from rgm_ref.descent import History, descend
from rgm_ref.rules import rgm
from rgm_ref.toys import Classifier
from rgm_ref.views import Views

MILD, SEVERE, SEEDS = -0.3, -0.9, 6

quadratic = Claim(
    id="figure-3-quadratic",
    place="ours, on Fig. 3(a)",
    title="On the quadratic, joint training drifts towards balance: the fast modality is done "
    "first",
    statement=r"\lambda > 1,\; \eta(\lambda + 1) < 2:\; E_i^{(t)}/E_j^{(t)} \text{ falls at every "
    r"step, from } \lambda^2 \text{ to } \lambda\,\frac{2 - \eta}{2 - \eta\lambda}",
    remark="Drift to imbalance is not a law of joint training: it needs modalities that compete "
    "for the same residual.",
)


@quadratic.proof
def _(proof: Proof) -> None:
    eta, excess, slack = sp.symbols("eta epsilon h", positive=True)
    lam = 1 + excess  # λ > 1
    q_i, q_j = (1 - eta * lam) ** 2, (1 - eta) ** 2
    proof.let(
        "z_k − t_k shrinks by 1 − ηλ_k a step, with λ_i = λ = 1 + ε and λ_j = 1, so that step s + "
        "1 has the energies η²λ² q_i^s and η² q_j^s"
    )
    below = 2 / ((lam + 1) * (1 + slack))
    proof.positive(
        "The fast modality's energy fades faster: η = 2/((λ + 1)(1 + h)) is any rate below 2/(λ + "
        "1)",
        (q_j - q_i).subs(eta, below),
        4 * excess * slack / ((lam + 1) * (1 + slack) ** 2),
        sp.factor,
    )  # fmt: skip
    proof.let(
        "So the energy ratio of the single steps, λ² (q_i/q_j)^s, falls with s; the cumulative "
        "ratio is a mean of theirs, to which every step adds a smaller one, and falls too"
    )
    proof.equal(
        "Summing both geometric series gives the limit",
        (lam**2 / (1 - q_i)) / (1 / (1 - q_j)), lam * (2 - eta) / (2 - eta * lam), sp.factor,
    )  # fmt: skip


@quadratic.numeric(
    ENERGY_RATIO,
    oracle="λ (2 − η)/(2 − ηλ)",
    tolerance=1e-12,
    because="200 steps at η ≥ 0.1 leave (1 − η)^400 < 1e-18 of the sum",
    samples=3,
)
def _(formula, rng):
    lam, eta = rng.uniform(2, 4), rng.uniform(0.1, 0.2)
    return agree(formula(lam, eta), lam * (2 - eta) / (2 - eta * lam))


vanilla = Claim(
    id="figure-3-vanilla",
    place="Fig. 3(a)",
    title="On the two-layer toy, joint training drifts to imbalance where one modality says next "
    "to nothing, and no such tendency shows where it is half as good or equally good",
    statement=r"\bar w^{(T)} < \bar w^{(1)} - 0.1",
    quote="the training process gradually shifts toward imbalance",
    depends=("figure-3-quadratic",),
    remark="The head's block of the poorer modality grows less, and the feature gradients are read "
    "off the head. The margin of 0.1 was set after a first look: without it most runs with equal "
    "modalities count as drifting too.",
)


@vanilla.observation
def _() -> dict[str, bool]:
    noise = _drifts(signal=(3.0, 0.0))
    dropped = _drifts(signal=(3.0, 3.0), dropout=0.9)
    half, equal = _drifts(signal=(3.0, 1.5)), _drifts(signal=(3.0, 3.0))
    fall = "w̄ falls by more than 0.1 in"
    return {
        f"{fall} {noise} of 10 runs where the second modality is pure noise": enough(noise, 10),
        f"{fall} {dropped} of 10 where it is blanked nine times in ten": enough(dropped, 10),
        f"{fall} only {half} of 10 where its signal is half as strong": not enough(half, 10),
        f"{fall} only {equal} of 10 where both are equally good": not enough(equal, 10),
    }


def _drifts(**data) -> int:
    """In how many of 10 joint runs w̄ ends more than 0.1 below where it began."""
    views = [Views.sample(np.random.default_rng(seed), 60, **data) for seed in range(10)]
    problems = [Classifier(view, seed=seed) for seed, view in enumerate(views)]
    ways = [descend(problem, 30, 2.0).raw_balance[0, 1] for problem in problems]
    return sum(int(way[-1] < way[0] - 0.1) for way in ways)


towards = Claim(
    id="figure-3-rgm",
    place="Fig. 3(e)",
    title="On the toys, RGM ends nearer to balance than joint training where conflict is mild, "
    "counted in applied energies",
    statement=r"\bar w^{\mathrm{applied}}_{\mathrm{RGM}} > \bar w_{\mathrm{joint}}"
    r" \text{ from a start at } c \approx -0.3",
    quote="RGM … drives the training trajectory toward a well-balanced region",
    depends=("rebalance-raw",),
    remark="The two starts, −0.3 here and −0.9 in figure-3-rgm-limits, were chosen after a scan: "
    "from 0.5 to −0.6 nearly every run ends higher, at −0.7 and −0.8 the toys disagree.",
)


@towards.observation
def _() -> dict[str, bool]:
    return finding(
        "from a mildly conflicting start w̄ of applied energies ends higher",
        _higher(applied_balance, MILD),
        SEEDS,
    )


beyond = Claim(
    id="figure-3-rgm-limits",
    place="Fig. 3(e)",
    title="On the toys, RGM ends nearer to balance than joint training also where conflict is "
    "severe, in applied energies and in raw ones",
    statement=r"\bar w_{\mathrm{RGM}} > \bar w_{\mathrm{joint}}"
    r" \text{ from a start at } c \approx -0.9",
    quote="drives the training trajectory toward a well-balanced region",
    corrected=r"\text{In applied energies it is the other way round on the quadratic and in }"
    r"\text{logistic regression; in raw energies there is no common tendency.}",
    depends=("figure-1a-one-step", "rebalance-temper"),
    remark="Near c = −1 the exponent (1 + c)/2 switches EAR off while Orth, which takes more from "
    "the weaker modality, is at its strongest. Raw energies are the model's own: RGM acts after "
    "them.",
)


@beyond.observation
def _() -> dict[str, bool]:
    start = "from a severely conflicting start"
    applied, raw = _higher(applied_balance, SEVERE), _higher(raw_balance, SEVERE)
    return finding(f"{start} w̄ of applied energies ends higher", applied, SEEDS) | finding(
        f"{start} w̄ of raw energies ends higher", raw, SEEDS
    )


def _higher(measure: Callable[[History], float], agreement: float) -> dict[str, int]:
    """In how many runs, per toy, RGM ends with a higher measure than joint training."""
    dials = {"agreement": agreement, "seeds": SEEDS}
    return lowers(rgm, lambda run: -measure(run), **dials)
