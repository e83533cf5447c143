"""Both floors at once: every function of the mirror, its model in the reference, calls of both."""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

FILES = (
    "fusion", "energy", "plane", "rebalance", "blocks",
    "synergy", "orthogonal", "synorth", "mixing", "head",
)  # fmt: skip


def public_functions(package: str) -> dict[str, Callable]:
    """Functions of the ten files by "file.name", also those a file takes from elsewhere."""
    return {
        f"{file}.{name}": value
        for file in FILES
        for name, value in vars(importlib.import_module(f"{package}.{file}")).items()
        if inspect.isroutine(value) and not name.startswith("_")
    }


def own_functions(package: str) -> set[str]:
    """Names "file.name" of the public functions that a file of the package defines itself."""
    return {
        name
        for name, function in public_functions(package).items()
        if function.__module__ == f"{package}.{name.split('.')[0]}"
    }


REFERENCE = public_functions("rgm_ref")
MIRROR = public_functions("rgm_torch.functional")


def tensors(value, dtype=None):
    """Arrays, alone or in lists and tuples, as tensors; anything else as it is."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy()).to(dtype)
    if isinstance(value, list | tuple):
        return type(value)(tensors(one, dtype) for one in value)
    return value


def arrays(value):
    """Tensors, alone or in lists and tuples, as float64 arrays, which hold every dtype exactly."""
    if isinstance(value, torch.Tensor):
        return value.detach().double().numpy()
    if isinstance(value, list | tuple):
        return type(value)(arrays(one) for one in value)
    return value


def leaves(value) -> list:
    """The arrays or tensors in an answer, one after the other; none in None."""
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in leaves(one)]
    return [] if value is None else [value]


@dataclass(frozen=True)
class Call:
    """One call of a function of both floors; its arguments hold NumPy arrays."""

    name: str
    arguments: tuple
    options: dict = field(default_factory=dict)

    def __str__(self) -> str:
        """The same id in every process: a set prints in another order each time."""
        words = (sorted(v) if isinstance(v, frozenset) else [v] for v in self.options.values())
        return "-".join([self.name, *(word for several in words for word in several)])

    def reference(self):
        """What the reference answers."""
        return REFERENCE[self.name](*self.arguments, **self.options)

    def mirror(self, dtype=None):
        """What the mirror answers, as tensors."""
        return MIRROR[self.name](*tensors(self.arguments, dtype), **self.options)


def calls(g: np.ndarray, rng: np.random.Generator, blocks: int = 3) -> list[Call]:
    """A legal call of every function that takes a batch, on gradients g (M, ..., d), d >= 4."""
    modalities, *batch, width = g.shape
    energy, shares = rng.gamma(1, size=(modalities, *batch)), simplex(rng, modalities, batch)
    pair, (cosines, w_bar) = g[:2], (rng.uniform(-1, 1, (*batch,)) for _ in range(2))
    shared = energy.reshape(modalities, -1)[:, 0]
    steps = np.stack([g, -2 * g[..., ::-1], g / 2], axis=-2)
    heads = rng.normal(size=(modalities, width, 5))
    scale, shift = rng.normal(size=(2, width, 3))
    probabilities, target = (np.moveaxis(simplex(rng, n, batch), 0, -1) for n in (5, width))
    gram = REFERENCE["blocks.block_gram"](g, blocks)
    matrix = rng.normal(size=gram.shape)
    return [
        Call("fusion.concat", (g[0], g[1, ..., :3])),
        Call("fusion.concat_vjp", ((3, width - 3), g[0])),
        Call("fusion.add", tuple(g)),
        Call("fusion.add_vjp", (modalities, g[0])),
        Call("fusion.sigmoid", (g[0],)),
        Call("fusion.gated", (g[0], g[1])),
        Call("fusion.gated_vjp", (g[0], g[1], g[0])),
        Call("fusion.film", (g[0, ..., :3], g[1], scale, shift)),
        Call("fusion.film_vjp", (g[0, ..., :3], g[1], scale, shift, g[0])),
        Call("energy.step_energy", (g, 0.1)),
        Call("energy.step_energy", (g, rng.uniform(0.1, 1, batch))),
        Call("energy.cumulative_energy", (steps, rng.uniform(0.1, 1, 3))),
        Call("energy.shares", (energy,)),
        Call("energy.pair_shares", (energy,)),
        Call("energy.fisher_trace", (steps,)),
        Call("energy.synaptic_intelligence", (steps, -0.1 * steps[..., ::-1, :])),
        Call("plane.balance", (energy,)),
        Call("plane.nonconflict", (g,)),
        Call("plane.coordinates", (energy[:2], pair)),
        Call("plane.logit_conflict", (g, heads)),
        Call("plane.curvature_conflict", (list(g), list(heads), probabilities)),
        Call("rebalance.ratio", (energy,)),
        Call("rebalance.pair_ratio", (energy,)),
        Call("rebalance.temper", (shares, cosines)),
        Call("rebalance.settled_exponent", (cosines,)),
        Call("rebalance.settled_exponent", (cosines, "applied")),
        Call("blocks.split", (g, blocks)),
        Call("blocks.block_norms", (g, blocks)),
        Call("blocks.block_cosines", (pair, blocks)),
        Call("blocks.block_gram", (g, blocks)),
        Call("synergy.alpha", (g, shares, blocks)),
        Call("synergy.project", (g, shares, blocks)),
        *(
            Call("orthogonal.adjust", (pair, simplex(rng, 2, batch)), {"form": form})
            for form in ("printed", "linear", "exact")
        ),
        Call("synorth.gate", (cosines, w_bar)),
        Call("synorth.gate", (cosines, w_bar), {"slope": "clamped"}),
        Call("synorth.check_options", ("exact", "paper", "all", {"ear"})),
        Call("synorth.synorth", (g, shared, blocks)),
        *(
            Call("synorth.synorth", (g, energy, blocks), {"orth": form})
            for form in ("printed", "linear", "exact")
        ),
        Call("mixing.mixing_matrix", (gram, energy)),
        Call("mixing.mixing_matrix", (gram, shared)),
        Call("mixing.mix", (matrix, g)),
        Call("head.to_logits", (g, heads)),
        Call("head.softmax", (g[0],)),
        Call("head.residual", (g[0], target)),
        Call("head.head_gradients", (list(heads), probabilities)),
        *_without_batch(g.reshape(modalities, -1, width)[:, 0], scale, rng),
    ]


def simplex(rng: np.random.Generator, size: int, batch: list[int]) -> np.ndarray:
    """Positive shares (size, ...) that sum to 1 in every dtype: whole numbers of 128ths."""
    counts = rng.multinomial(128 - size, rng.dirichlet(np.ones(size)), batch)
    return (1 + np.moveaxis(counts, -1, 0)) / 128


def _without_batch(g: np.ndarray, head: np.ndarray, rng: np.random.Generator) -> list[Call]:
    """Calls of the functions that the reference has for one sample only."""
    lengths = rng.uniform(0.1, 2, (2, 5))
    gram, order = g @ g.T, tuple(int(j) for j in rng.permutation(len(g)))
    return [
        Call("synergy.best_angle", (lengths,)),
        Call("synergy.best_angle_one_sided", (lengths,)),
        Call("synergy.distortion", (lengths, 0.4)),
        Call("synergy.price", (lengths, 0.4)),
        Call("mixing.pcgrad_matrix", (gram, order)),
        Call("mixing.mgda_matrix", (gram[:2, :2],)),
        Call("head.on_residuals", (head,)),
    ]
