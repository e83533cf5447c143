"""The pages of the API reference: which module stands on which, in the order of the course."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

from course.site import inventory
from derivations.ledger.report import HEADINGS
from rgm_torch.methods import METHODS


@dataclass(frozen=True)
class Page:
    """A page: its file, its title, a sentence, and its modules, by name or pattern."""

    name: str
    title: str
    about: str
    patterns: tuple[str, ...]


def _idea(name: str, *modules: str, more: tuple[str, ...] = ()) -> Page:
    """An idea of the paper: the reference, file by file, and its mirror on tensors."""
    both = [
        f"{room}.{module}" for room in ("rgm_ref", "rgm_torch.functional") for module in modules
    ]
    there = tuple(module for module in both if module in inventory.modules())
    about = "The reference in NumPy, one formula a function, then the same on tensors."
    return Page(name, HEADINGS.get(name) or HEADINGS["orth"], about, there + more)


def _family(*families: str) -> tuple[str, ...]:
    """Modules of the methods of some families, each after its closed form in NumPy."""
    chosen = []
    for method in METHODS.values():
        if method.family in families:
            name = method.__module__.rpartition(".")[2]
            closed = (m for m in inventory.modules() if m.startswith("rgm_ref.baselines."))
            chosen += [m for m in closed if name.startswith(m.rpartition(".")[2])]
            chosen.append(method.__module__)
    return tuple(dict.fromkeys(chosen))


LAYER = (
    "layer", "follow", "cge", "distributed", "recorder", "rows", "plane_figure", "inputs",
    "modulation", "backward", "uncompiled",
)  # fmt: skip

PAGES = (
    _idea("fusion", "fusion", "head"),
    _idea("energy", "energy", "bounds"),
    _idea("plane", "plane", "gauge"),
    _idea("rebalance", "rebalance"),
    _idea("synergy", "synergy", "alignment", "blocks", "partition"),
    _idea("orthogonal", "orthogonal", "frame"),
    _idea("synorth", "synorth", "mixing", more=("rgm_torch.functional*",)),
    Page(
        "toys",
        "Toys and oracles",
        "Problems small enough to see through, and optimizers that know no closed form.",
        tuple(f"rgm_ref.{name}" for name in ("toys", "views", "descent", "rules", "oracles")),
    ),
    Page(
        "layer",
        "The RGM layer",
        "`za, zv = rgm(za, zv)` in a model of your own, and what stands behind it.",
        ("rgm_torch", *(f"rgm_torch.{name}" for name in LAYER)),
    ),
    Page(
        "methods",
        "Methods: the protocol",
        "Methods by their names, where a method steps into training, and how it is described.",
        ("rgm_torch.methods", "rgm_torch.methods.base", "rgm_torch.methods.card"),
    ),
    Page(
        "methods_imbalance",
        "Methods against imbalance",
        "The twelve that the paper compares, each after its closed form in NumPy.",
        _family("imbalance"),
    ),
    Page(
        "methods_conflict",
        "Methods against conflict",
        "The eight that the paper compares, each after its closed form in NumPy.",
        _family("conflict"),
    ),
    Page(
        "methods_beside",
        "Joint training, RGM, controls and aggregators",
        "What a comparison needs beside the two families, and a rule of our own.",
        _family("baseline", "reconciling", "control", "aggregator", "ours"),
    ),
    Page(
        "methods_shared",
        "What methods share",
        "Heads, scores, gradients and coalitions; closed forms that no method here uses.",
        ("rgm_torch.methods.*", "rgm_ref.baselines", "rgm_ref.baselines.*"),
    ),
    Page(
        "models",
        "Models",
        "Encoders, fusions and the classifier that joins them.",
        ("rgm_torch.models", "rgm_torch.models.*"),
    ),
    Page(
        "readers",
        "Readers of data on disk",
        "CREMA-D, Kinetics-Sounds, UCF-101 and UCF-51, where you have them.",
        ("rgm_torch.data.readers", "rgm_torch.data.readers.*"),
    ),
    Page(
        "data",
        "Data",
        "Batches, and two sources that need no download: AV-Digits and BounceAV.",
        ("rgm_torch.data", "rgm_torch.data.batch", "rgm_torch.data.av*", "rgm_torch.data*"),
    ),
    Page(
        "training",
        "Training",
        '`train(Config(method="rgm"), "runs/x")`: the loop, its files, its measures.',
        ("rgm_torch.training", "rgm_torch.training.*"),
    ),
    Page(
        "figures",
        "The study's figures",
        "Drawn from the tables, each with its words.",
        ("rgm_torch.study.figures*", "rgm_torch.study.ablation_figures"),
    ),
    Page(
        "study",
        "The study",
        "What is compared, how it is searched and run, and what the seeds can tell.",
        ("rgm_torch.study", "rgm_torch.study.*"),
    ),
    Page(
        "bench",
        "Benchmark and doctor",
        "What RGM costs on this machine, and what is installed on it.",
        ("rgm_torch.bench*", "rgm_ref", "rgm_ref.doctor"),
    ),
    Page(
        "ledger",
        "The ledger's engine",
        "Claims, the legs they stand on, and how a verdict is computed.",
        ("derivations.ledger*",),
    ),
)


def shelved() -> dict[Page, list[str]]:
    """The modules of every page. Raises: ValueError where a module has no page."""
    placed = {module: page for page, module in _placed()}
    homeless = set(inventory.modules()) - set(placed)
    if homeless:
        raise ValueError(f"PAGES: no page for {sorted(homeless)}")
    return {page: [m for m, there in placed.items() if there is page] for page in PAGES}


def _placed() -> Iterator[tuple[Page, str]]:
    """Every module on the first page that names it, else on the first with a pattern for it."""
    left = dict.fromkeys(inventory.modules())
    named = {pattern for page in PAGES for pattern in page.patterns}
    for page in PAGES:
        for pattern in page.patterns:
            for module in [*left]:
                if module == pattern or (module not in named and fnmatch(module, pattern)):
                    del left[module]
                    yield page, module
