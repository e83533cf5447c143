"""What each table and figure needs: rows whose options are searched, and runs as they stand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import chain, combinations, product

from rgm_torch.methods import PAPER
from rgm_torch.study.runs import Run, over_seeds
from rgm_torch.study.search import trials, tuned
from rgm_torch.study.settings import SETTINGS, TABLE_SETTINGS
from rgm_torch.study.store import Store


@dataclass(frozen=True)
class Plan:
    """`searched`: pairs (setting, row) that get four trials each; `fixed`: runs without any."""

    searched: tuple[tuple[str, str], ...] = ()
    fixed: tuple[Run, ...] = ()

    def only(self, settings: Collection[str]) -> "Plan":
        """What the plan needs in some settings."""
        searched = (pair for pair in self.searched if pair[0] in settings)
        return Plan(tuple(searched), tuple(run for run in self.fixed if run.setting in settings))

    def trials(self) -> list[Run]:
        """All trials of the search."""
        return [run for setting, row in self.searched for run in trials(setting, row)]

    def runs(self, store: Store) -> list[Run]:
        """All runs whose test split is read, once the search is over."""
        found = [run for setting, row in self.searched for run in tuned(setting, row, store)]
        return found + list(self.fixed)


CONTROLS = (
    "joint", "unimodal audio", "unimodal video", "late-fusion", "multi-loss", "modality-dropout",
    "own-residual",
)  # fmt: skip
"""In every table: what needs no gradient rule at all, and a rule of our own."""

IMBALANCE = tuple(method.name for method in PAPER if method.family == "imbalance")
CONFLICT = tuple(method.name for method in PAPER if method.family == "conflict")
PARTS = ("ear", "syn", "orth")
READINGS: dict[str, dict[str, object]] = {
    "as the default": {},
    "orth=printed": {"orth": "printed"},
    "orth=exact": {"orth": "exact"},
    "energy=applied": {"energy": "applied"},
    "granularity=batch": {"granularity": "batch"},
    "slope=clamped": {"slope": "clamped"},
    "conflict=logit": {"conflict": "logit"},
    "blocks=4": {"blocks": 4},
    "blocks=16": {"blocks": 16},
}
"""The open readings of the paper, one at a time."""

SCALES = (0.0, 0.25, 1.0, 4.0)
ALONE = ("joint", "rgm", "multi-loss", "late-fusion")
ADDITIVE = ("cggm", "own-residual")
"""Rules that read the split logits of an additive head, which FiLM does not have."""


def fixed(rows: Iterable[list[Run]]) -> Plan:
    """A plan of rows that need no search."""
    return Plan(fixed=tuple(chain.from_iterable(rows)))


def table(methods: tuple[str, ...]) -> Plan:
    """Methods and controls in all columns."""
    return Plan(tuple(product(TABLE_SETTINGS, (*CONTROLS, "rgm", *methods))))


def parts() -> Plan:
    """Table 3: EAR, Syn and Orth on or off, 2³ rows; without any it is joint training."""
    chosen = [names for n in range(4) for names in combinations(PARTS, n)]
    runs = [
        over_seeds(setting, "rgm", "+".join(names), options={"parts": list(names)})
        if names
        else over_seeds(setting, "joint", "none")
        for setting, names in product(("av-digits", "dominant", "conflict"), chosen)
    ]
    return fixed(runs)


def readings() -> Plan:
    """RGM's open readings, at one learning rate; those of Orth also where labels conflict."""
    places = [("av-digits", name) for name in READINGS]
    places += [("conflict", name) for name in READINGS if name.startswith(("as", "orth"))]
    runs = [
        over_seeds(setting, "rgm", name, seeds=5, options=READINGS[name])
        for setting, name in places
    ]
    return fixed(runs)


def frontier() -> Plan:
    """Constant scales (s_a, s_v) of the encoders' gradients, audio only … video only."""
    grid = [pair for pair in product(SCALES, SCALES) if any(pair)]
    runs = [
        over_seeds("av-digits", "scaling", f"{a}:{v}", seeds=2, options={"scales": [a, v]})
        for a, v in grid
    ]
    return fixed(runs)


def imbalance() -> Plan:
    """Fig. 1(b): joint training where the video of ever more clips is missing."""
    runs = [
        over_seeds("redundant", "joint", f"missing={share}", seeds=3, dials={"miss_v": share})
        for share in (0.0, 0.2, 0.4, 0.6, 0.8)
    ]
    return fixed(runs)


def knowledge() -> Plan:
    """Fig. 4: what each modality knows where the truth is known."""
    runs = [
        over_seeds(setting, method)
        for setting, method in product(("redundant", "unique", "synergy"), ALONE)
    ]
    runs += [
        over_seeds(setting, method)
        for setting, method in product(("redundant", "unique"), ADDITIVE)
    ]
    return fixed(runs)


def questions() -> Plan:
    """Own losses and own residuals under dependence, synergy and noise."""
    runs = [
        over_seeds("synergy", "multi-loss", f"weight={weight:g}", lr=lr, options={"weight": weight})
        for weight, lr in ((0.25, 0.05), (9.0, 0.01))  # lr 0.05 diverges at such a weight
    ]
    runs += [
        over_seeds(setting, "own-residual", f"alpha={alpha}", options={"alpha": alpha})
        for setting, alpha in product(("dependent", "noise"), (0.5, 0.9))
    ]
    runs += [
        over_seeds(setting, row)
        for setting, row in product(
            ("dependent", "synergy", "noise"),
            ("joint", "rgm", "late-fusion", "multi-loss", "unimodal audio", "unimodal video"),
        )
    ]
    return fixed(runs)


def rates() -> Plan:
    """Joint training and RGM at twice the base rate: what of a gain is the learning rate's."""
    runs = [
        over_seeds(setting, row, "rate=2", lr=2 * SETTINGS[setting].base.lr)
        for setting, row in product(("conflict", "av-digits", "dominant"), ("joint", "rgm"))
    ]
    return fixed(runs)


def adamw() -> Plan:
    """AdamW divides a constant factor on a modality's gradient out again; SGD does not."""
    runs = [over_seeds("adamw", row) for row in ("joint", "rgm", "ogm-ge", "late-fusion")]
    return fixed(runs)


PLANS: dict[str, Plan] = {
    "table1": table(IMBALANCE),
    "table2": table(CONFLICT),
    "table3": parts(),
    "questions": questions(),
    "frontier": frontier(),
    "readings": readings(),
    "fig1": imbalance(),
    "fig3": Plan(tuple(("av-digits", row) for row in ("joint", "pcgrad", "arm", "cggm", "rgm"))),
    "fig4": knowledge(),
    "fig5": Plan(tuple(product(("av-digits", "dominant"), ("joint", "rgm")))),
    "rates": rates(),
    "adamw": adamw(),
}
