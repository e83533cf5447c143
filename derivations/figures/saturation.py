"""Fig. 5: does the cumulative gradient energy level off?"""

import numpy as np

from derivations.ledger import Claim
from rgm_ref.descent import MiniBatches, Problem, descend
from rgm_ref.toys import Classifier
from rgm_ref.views import Views

STEPS, RATE = 300, 0.5

saturation = Claim(
    id="figure-5-saturation",
    place="Fig. 5",
    title="On the logistic toy at a constant rate the energy of each modality levels off, with the "
    "full batch and with mini-batches, for parameters and for features alike",
    statement=r"E_k^{(T)} - E_k^{(T/2)} < \tfrac{1}{10} E_k^{(T)}, \quad T = 300",
    quote="the CGE of each modality grows monotonically and gradually saturates",
    corrected=r"\text{It does for the parameters under full-batch descent. Mini-batch noise keeps "
    r"it}\text{ growing, and so do the feature gradients of samples that are never fitted.}",
    depends=("energy-monotone", "energy-saturation", "energy-features"),
    remark="The tenth and the 300 steps are our reading of 'levels off'. The classes overlap, so "
    "that no model fits every sample: at the optimum the parameter gradient is zero, the gradients "
    "of the single samples and of the batches are not.",
)


@saturation.observation
def _() -> dict[str, bool]:
    data = Views.sample(np.random.default_rng(0), 100, signal=(1.0, 0.5))
    full = Classifier(data, hidden=False)
    batches = MiniBatches(full, 16, np.random.default_rng(1))
    late = {
        "parameters, full batch": _late(_parameter_energy(full)),
        "parameters, batches of 16": _late(_parameter_energy(batches)),
        "features of all samples, full batch": _late(descend(full, STEPS, RATE).raw),
    }
    return {
        f"{case}: level off, the second half of the run adds {part:.0%}": part < 0.1
        for case, part in late.items()
    }


def _parameter_energy(problem: Problem) -> np.ndarray:
    """Energy (2, T) of every step of plain descent, of the two encoders' gradients."""
    parameters, rows = problem.start(), []
    for _ in range(STEPS):
        now = problem.evaluate(parameters)
        moves = [RATE * g for g in now.pull(now.gradients)]
        parameters = [p - move for p, move in zip(parameters, moves, strict=True)]
        rows.append([(move**2).sum() for move in moves[:2]])
    return np.array(rows).T


def _late(energy: np.ndarray) -> float:
    """Largest part of a modality's energy that falls in the second half of the run."""
    return float((energy[:, STEPS // 2 :].sum(axis=-1) / energy.sum(axis=-1)).max())
