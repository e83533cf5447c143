"""IMCL (I²MCL): one modality learns from the task, the others from teachers; easy samples first."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.functional._checks import one_of
from rgm_torch.functional._safe import widened
from rgm_torch.functional.mixing import mgda_matrix
from rgm_torch.methods._rehearsal import rehearse, twin
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.easy_first import sample_weights
from rgm_torch.methods.late_fusion import LateFusion
from rgm_torch.methods.outputs import outputs
from rgm_torch.methods.timed import as_amount, several
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.recorder import Recorder


class IMCL(Method):
    """Losses ℓ_i0 = CE(o_i, y_i) of the task and ℓ_ik = ‖z_i^k − t_i^k‖²/d_k to frozen teachers:

    ∇_k = ∂/∂z^k mean_i ℓ_ik,  ∇_0 = ∂/∂z^k mean_i ℓ_i0,  m* = argmax_k α_k,
    α_k = argmin_{α in [0, 1]} ‖α ∇_k + (1 − α) ∇_0‖,
    L = mean_i w_i0 ℓ_i0 + Σ_{k≠m*} mean_i w_ik ℓ_ik,  the z^k of all k ≠ m* cut off from ℓ_0.

    So head and encoder m* learn from the task, every other encoder from its teacher. With Lambert's
    W and the running mean λ_m ← γ λ_m + (1 − γ) L_m of the plain loss (its first value to begin)

    w_im = exp[−W((ℓ_im − λ_m) / 2β)], and e where the argument of W is <= −1/e.

    `beta`: β; `momentum`: γ; 1 and 0.9 as in the paper. `means`: "all", every λ_m moves in every
    step (the paper); "used", that of a distillation loss only if it is in L (the code).
    `distance`: "mean", ℓ_ik per entry of the feature, or "sum", ‖z − t‖² as published; `clip`:
    largest length of the gradient, inf for none, 0.25 in the authors' code. They trained with
    AdamW, whose steps do not know how long a gradient is. SGD's do: on AV-Digits, at the rate 0.05,
    it diverges with the sum and hardly moves once that is clipped. So our default is for SGD, and
    `distance="sum", clip=0.25` for AdamW.

    The paper leaves the teachers' training open. Ours start as copies of the encoders, each learns
    the labels with a linear head of its own for as long as the run, and is kept as it was at the
    end of its best epoch on the validation split. They are trained before the first epoch.
    A tie of α goes to the first modality. Any fusion, M ≥ 2.
    Source: Zhou et al. 2023 and the authors' code.
    """

    name = "imcl"
    family = "imbalance"
    variant = "distance per entry"
    card = Card(
        idea="At each step the modality nearest to solving the task learns from it, the others "
        "from unimodal teachers; easy samples weigh more in every loss.",
        formula=r"L = \overline{w_0 \ell_0} + \sum_{k \neq m^*} \overline{w_k \lVert z_k - t_k "
        r"\rVert^2 / d_k}, \qquad m^* = \arg\max_k \alpha_k",
        acts="loss, weights of samples, which loss reaches which encoder",
        cost="1 forward, 1 backward, the teachers' 1 forward, the head twice; before, one training "
        "of all encoders as long as the run, with an evaluation per epoch",
        watch="The teachers are trained unimodal models: most of the gain may be distillation. "
        "Encoders that only copy a teacher end where the teacher is, as in late fusion.",
        paper="Teachers trained on the same task, of the same architecture; running means move in "
        "every step.",
        official="The code covers two-modality interaction tasks; α is cut off at 0.001 and 0.999; "
        "means of distillation move when used; the gradient is clipped to 0.25, for AdamW.",
        ours="Teachers trained within the run by its own optimizer and schedule; exact α; means as "
        "in the paper. Distance per entry and no clipping, because SGD at 0.05 diverges with the "
        "sum, and hardly moves when that is clipped; the published form by option.",
        source="Zhou et al. 2023",
    )

    means: Tensor
    started: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        beta: float = 1.0,
        momentum: float = 0.9,
        means: str = "all",
        distance: str = "mean",
        clip: float = float("inf"),
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        if not 0 < beta < float("inf"):
            raise ValueError(f"beta: got {beta}, expected a finite positive number")
        if not as_amount(momentum, "momentum") < 1:
            raise ValueError(f"momentum: got {momentum}, expected a number in [0, 1)")
        if not clip > 0:
            raise ValueError(f"clip: got {clip}, expected a positive length, or inf for none")
        self.beta, self.momentum, self.clip = beta, momentum, clip
        self.always = one_of(means, ("all", "used"), "means") == "all"
        self.per_entry = one_of(distance, ("mean", "sum"), "distance") == "mean"
        self.teachers = twin(model).encoders.requires_grad_(False).eval()
        losses = ["task", *model.modalities]
        self.register_buffer("means", torch.zeros(len(losses), dtype=torch.float64))
        self.register_buffer("started", torch.zeros(len(losses), dtype=torch.bool))
        parts = [f"share_{name}" for name in model.modalities] + [f"mean_{name}" for name in losses]
        self.recorder = Recorder(["task_modality", *parts], 1024)

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """What the teachers will be trained on, and how."""
        self.corpus, self.settings = corpus, settings

    def start_epoch(self, epoch: int) -> None:
        """Train the teachers, once."""
        if epoch == 0:
            self.teach()

    def teach(self) -> None:
        """All teachers side by side; each is kept as it was at the end of its best epoch."""
        pupil = LateFusion(twin(self.model), generator=self.generator).to(self.means.device)
        best = dict.fromkeys(self.teachers, -1.0)

        def keep() -> None:
            seen = outputs(pupil, self.corpus.validation)
            for name, logits in seen.alone.items():
                accuracy = (logits.argmax(dim=-1) == seen.labels).float().mean().item()
                if accuracy > best[name]:
                    best[name] = accuracy
                    learned = pupil.model.encoders[name].state_dict()
                    self.teachers[name].load_state_dict(learned)

        rehearse(pupil, self.corpus, self.settings, range(self.settings.epochs), keep)

    def train(self, mode: bool = True) -> "IMCL":
        """The teachers stay in evaluation mode."""
        super().train(mode)
        self.teachers.eval()
        return self

    def loss(self, batch: Batch) -> Tensor:
        """The weighted task loss, and the weighted distillation of all modalities but one."""
        features = self.model.features(batch.inputs)
        z, targets = list(features.values()), self.targets(batch)
        task = self.task_gradients(features, batch.labels)
        alpha = shares(self.teacher_gradients(z, targets), task)
        chosen = int(alpha.argmax())
        routed = [z_k if k == chosen else z_k.detach() for k, z_k in enumerate(z)]
        logits = self.model.head(self.model.fusion(routed))
        losses = [cross_entropy(logits, batch.labels, reduction="none")]
        losses += [self.distances(*pair) for pair in zip(z, targets, strict=True)]
        used = [k != chosen + 1 for k in range(len(losses))]
        self.average(torch.stack([loss.detach().mean() for loss in losses]), used)
        self.recorder.append(torch.cat([alpha.argmax()[None], alpha, self.means])[None])
        weighted = [
            (sample_weights(loss.detach(), mean, self.beta) * loss).mean()
            for loss, mean in zip(losses, self.means, strict=True)
        ]
        return torch.stack([loss for loss, use in zip(weighted, used, strict=True) if use]).sum()

    def targets(self, batch: Batch) -> list[Tensor]:
        """The teachers' features of the same clips."""
        with torch.no_grad():
            return [widened(teach(batch.inputs[name])) for name, teach in self.teachers.items()]

    def distances(self, z: Tensor, target: Tensor) -> Tensor:
        """ℓ_ik of one modality. Shapes: (B, d_k) twice → (B,)."""
        squares = (widened(z) - target).square()
        return squares.mean(dim=-1) if self.per_entry else squares.sum(dim=-1)

    def teacher_gradients(self, z: list[Tensor], targets: list[Tensor]) -> list[Tensor]:
        """∇_k of every modality, 2 (z − t) / B, per entry or not."""
        parts = [len(z_k) * (z_k.shape[-1] if self.per_entry else 1) for z_k in z]
        both = zip(z, targets, parts, strict=True)
        return [2 * (widened(z_k.detach()) - t_k) / part for z_k, t_k, part in both]

    def task_gradients(self, features: dict[str, Tensor], labels: Tensor) -> list[Tensor]:
        """∇_0 of every modality: of the plain joint loss, with which nothing else is done."""
        leaves = {name: z.detach().requires_grad_() for name, z in features.items()}
        loss = self.scaler.scale(cross_entropy(self.classify(leaves), labels))
        found = torch.autograd.grad(loss, list(leaves.values()))
        return [widened(gradient) / self.scaler.get_scale() for gradient in found]

    def average(self, losses: Tensor, used: list[bool]) -> None:
        """λ_m ← γ λ_m + (1 − γ) L_m, or L_m the first time. Shapes: L (M + 1,), task first."""
        losses = losses.double()
        moving = torch.tensor([use or self.always for use in used], device=losses.device)
        moved = torch.where(self.started, self.means.lerp(losses, 1 - self.momentum), losses)
        self.means = torch.where(moving, moved, self.means)
        self.started = self.started | moving

    def edit(self) -> None:
        """Clip the gradient of the whole model."""
        clip_grad_norm_(self.model.parameters(), self.clip)


def shares(distillation: list[Tensor], task: list[Tensor]) -> Tensor:
    """α_k (M,), near 1 where the task's gradient is the longer one. Shapes: M times (B, d_k)."""
    grams = []
    for own, joint in zip(distillation, task, strict=True):
        pair = torch.stack([own, joint]).flatten(1).double()
        grams.append(pair @ pair.T)
    return mgda_matrix(torch.stack(grams, dim=-1))[0, 0]
