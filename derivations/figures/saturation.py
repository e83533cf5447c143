"""Fig. 5: does the cumulative gradient energy level off?"""

import numpy as np

from derivations.ledger import Claim
from rgm_ref.descent import History, MiniBatches, descend
from rgm_ref.toys import Classifier
from rgm_ref.views import Views

STEPS = 300

saturation = Claim(
    id="figure-5-saturation",
    place="Fig. 5",
    title="On the logistic toy at a constant rate, the energy of each modality grows monotonically and "
    "saturates, with the full batch and with mini-batches alike",
    statement=r"E_k^{(t)} \text{ never falls, and } E_k^{(T)} - E_k^{(T/2)} \ll E_k^{(T)}",
    quote="the CGE of each modality grows monotonically and gradually saturates as learning progresses",
    corrected=r"\text{With the full batch it saturates; with mini-batches whose noise does not vanish it"
    r" keeps growing in proportion to the steps.}",
    depends=("energy-monotone", "energy-saturation"),
    remark="The data are noisy enough that no model fits them all; where one can, the noise dies out "
    "with the loss and the energy saturates after all.",
)


@saturation.observation
def _() -> dict[str, bool]:
    data = Views.sample(np.random.default_rng(0), 200, signal=(1.0, 0.5))
    problem = Classifier(data, hidden=False)
    full = descend(problem, STEPS, 0.5)
    noisy = descend(MiniBatches(problem, 16, np.random.default_rng(1)), STEPS, 0.5)
    late_full, late_noisy = _late(full), _late(noisy)
    return {
        "the energy of both modalities never falls": bool(
            (full.raw >= 0).all() and (noisy.raw >= 0).all()
        ),
        f"full batch: the second half of the run adds {late_full:.1%} of the energy": late_full
        < 0.05,
        f"batches of 16: the second half adds {late_noisy:.0%}": late_noisy < 0.05,
    }


def _late(run: History) -> float:
    """Largest part of a modality's energy that was spent in the second half of the run."""
    return float((run.raw[:, STEPS // 2 :].sum(axis=-1) / run.raw.sum(axis=-1)).max())
