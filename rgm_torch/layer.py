"""RGM as one identity layer: features go through unchanged, their gradients come back modulated."""

from collections.abc import Collection, Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from rgm_torch.backward import History, Modulate
from rgm_torch.cge import CumulativeEnergy
from rgm_torch.functional._checks import one_of
from rgm_torch.functional.mixing import PARTS, Place, check_options
from rgm_torch.inputs import check_features, check_place, taking_part
from rgm_torch.modulation import Modulation, all_finite, keep_unwanted, together
from rgm_torch.recorder import Recorder
from rgm_torch.rows import PlaneRecorder, row, sample_columns, sample_rows


class RGM(nn.Module):
    """Reconcile Gradient Modulation: `za, zv = rgm(za, zv)` before the fusion, and nothing else.

    Forward: z_k → z_k, bit for bit. Backward: g_k = ∂L/∂z_k → g_k^mod of Eq. 15, with the energies
    E_k = Σ_t ‖η_t g_k^(t)‖² (Eq. 3) that the layer accumulates. In `eval()` and under `no_grad` the
    features themselves are returned.

    Shapes: M ≥ 2 features of one shape (..., d). All samples of a batch together are one g_k^(t).

    Options, where the paper leaves a reading open (the default comes first):
    blocks: l of Eq. 9, slices of the features.
    orth: 'linear' (Eq. 13, its indices put right), 'exact' (solves problem 12), 'printed'.
    energy: 'raw' accumulates g_k (Fig. 2), 'applied' accumulates g_k^mod.
    granularity: 'sample' gives every sample cosines and matrices of its own, 'batch' one for all.
    slope, scale, parts: as in `functional.synorth`.
    conflict: 'feature' (Eq. 6), or 'logit', the cosine, free of bases, of the pushes on the logits
    of `head`, an nn.Linear on the concatenated features.
    modulate: False watches and changes nothing.
    nonfinite: 'skip' lets a gradient that is not finite pass as it came and counts it, 'raise'
    stops there (and waits for a GPU to know).
    record: backward passes kept by `recorder`; record_samples: rows of `sample_recorder`, which
    keeps c of single samples.
    compile: the kernel goes through torch.compile, for large gradients.

    A step is, without `follow`, every backward pass, with η = 1 (a constant rate cancels in every
    share). Within a step: parts of an accumulated gradient are modulated one by one, each with the
    energies of those before it and its own; their raw energies add up to those of one batch.
    Backward passes through one forward are modulated one by one too, and spend the energy of their
    sum. A frozen encoder takes no part; a modality that the loss does not use has a gradient of 0.
    Data parallelism: see `distributed`. A compiled model has a graph break at the layer.
    Refused with an error: second derivatives, `torch.func`, DataParallel, fullgraph compilation.
    Raises: ValueError for unknown options and features that do not fit. Source: Eqs. 3–15, Fig. 2.
    """

    def __init__(
        self,
        modalities: int = 2,
        *,
        blocks: int = 1,
        orth: str = "linear",
        energy: str = "raw",
        granularity: str = "sample",
        slope: str = "paper",
        scale: str = "base",
        conflict: str = "feature",
        head: nn.Linear | None = None,
        parts: Collection[str] = PARTS,
        modulate: bool = True,
        nonfinite: str = "skip",
        record: int = 1024,
        record_samples: int = 0,
        compile: bool = False,
    ):
        super().__init__()
        if modalities < 2:
            raise ValueError(f"modalities: got {modalities}, expected at least 2")
        if blocks < 1:
            raise ValueError(f"blocks: got {blocks}, expected a whole number >= 1")
        check_options(orth, slope, scale, parts)
        one_of(granularity, ("sample", "batch"), "granularity")
        one_of(conflict, ("feature", "logit"), "conflict")
        if (conflict == "logit") != (head is not None):
            raise ValueError("head: needed for conflict='logit', and only for it")
        self.modalities, self.modulate = modalities, modulate
        one_of(energy, ("raw", "applied"), "energy")
        self.accumulate = energy if modulate else "raw"
        self.nonfinite = one_of(nonfinite, ("skip", "raise"), "nonfinite")
        options = {"orth": orth, "scale": scale, "parts": frozenset(parts)}
        self.modulation = Modulation(blocks, granularity == "batch", head, compile, slope, options)
        self.cge = CumulativeEnergy(modalities)
        self.recorder = PlaneRecorder(modalities, record)
        self.sample_recorder = Recorder(sample_columns(modalities), record_samples)

    def forward(self, *features: Tensor, present: Tensor | None = None) -> tuple[Tensor, ...]:
        """The features themselves; in training, their gradients will come back modulated.

        `present`: booleans (M,), or (M, n) for batches of n samples and so on, False where a sample
        lacks a modality: it is nobody's partner there, its gradient neither changes nor counts.
        """
        check_features(features, self.modalities, self.modulation.blocks)
        if not (self.training and torch.is_grad_enabled()):
            return features
        if not any(feature.requires_grad for feature in features):
            return features
        if getattr(self, "_is_replica", False):
            raise RuntimeError(
                "RGM: energies are lost under DataParallel, use DistributedDataParallel"
            )
        check_place(features, self.energy.device, self.modulation.head)
        mask = taking_part(features, present)
        self.cge.begin()
        if torch.compiler.is_compiling():
            from rgm_torch.uncompiled import modulate

            return modulate(self, mask, features)
        return Modulate.apply(self, mask, *features)

    def follow(
        self,
        optimizer: Optimizer,
        scaler: GradScaler | None = None,
        parameters: Sequence[Iterable[nn.Parameter]] | None = None,
        step: str = "rate",
    ) -> None:
        """Multiply by this optimizer's step sizes, and count its steps, from now on.

        η_k is the learning rate of modality k's parameter group (say which `parameters` are whose
        where the groups' rates differ), or with step='effective', the choice for Adam, what
        `Follower` measures. Under loss scaling give the `scaler`: energies are those of the
        unscaled gradient. Gradients thrown away without a step, as after an overflow, do not count
        if `zero_grad` comes before the next forward pass. Raises: ValueError as `Follower`.
        """
        self.cge.follow(optimizer, scaler, parameters, step)

    @property
    def energy(self) -> Tensor:
        """E_k (M,) spent by the steps taken."""
        return self.cge.energy

    def reset(self) -> None:
        """Forget all energy and all records."""
        self.cge.reset()
        self.recorder.clear()
        self.sample_recorder.clear()

    def extra_repr(self) -> str:
        """Options, for `print(model)`."""
        modulation = self.modulation
        given = {"modalities": self.modalities, "blocks": modulation.blocks}
        options = given | {"slope": modulation.slope} | modulation.options
        options["parts"] = sorted(options["parts"])  # a set's order is another in every process
        return ", ".join(f"{key}={value}" for key, value in options.items())

    def backward(
        self, history: History, given: Sequence[Tensor], mask: Tensor | None
    ) -> Sequence[Tensor]:
        """Modulated gradients of one pass, M of (..., d); energies grow and a row is recorded."""
        gradients = together(given, mask)
        measured = self.modulation.measure(gradients)
        finite = all_finite(measured.energy, self.nonfinite == "raise")
        spent, after, sent = measured.energy, measured.energy, given
        if self.accumulate == "raw":
            spent = history.join(spent, given, mask, self.cge.turn)
        energy = self._energy_seen(self.cge.unscaled(spent))
        at = self.modulation.place(measured, energy)
        if self.modulate:
            matrix = self.modulation.matrix(measured, at, mask)
            if self.recorder.capacity or self.accumulate == "applied":
                after = self.modulation.energy_after(matrix, measured, mask)
            mixed = self.modulation.apply(matrix, gradients)
            sent = keep_unwanted(mixed, gradients, given, finite, mask)
        if self.accumulate == "applied":
            spent = history.join(after, sent, mask, self.cge.turn)
            finite = finite & (spent.sum() < torch.inf)
        self._record(energy, measured.energy, after, at, mask)
        self.cge.spend(self.cge.unscaled(spent), finite)
        return sent

    def _energy_seen(self, raw: Tensor) -> Tensor:
        """Raw energies count at once; applied ones afterwards, but for the very first step."""
        if self.accumulate == "raw":
            return self.cge.seen(raw)
        spent = self.cge.seen(None)
        return torch.where(spent.sum() > 0, spent, self.cge.rate.square() * raw)

    def _record(
        self, energy: Tensor, before: Tensor, after: Tensor, at: Place, mask: Tensor | None
    ) -> None:
        if self.recorder.capacity:
            lengths2 = self.cge.unscaled(torch.cat([before, after]))
            self.recorder.append(row(self.cge.steps, energy, lengths2, at, mask))
        if self.sample_recorder.capacity:
            self.sample_recorder.append(sample_rows(at.conflict, self.cge.steps))
