"""A claim of priority: two sentences of the paper side by side. A reading, not a proof."""

from derivations.ledger import Claim

# What the paper's own prose says that an earlier method regulates.
SAYS_OF = {
    "OGM-GE": {"imbalance": "aim to rescale the magnitude of gradients"},
    "AGM": {"imbalance": "aim to rescale the magnitude of gradients"},
    "ARM": {"imbalance": "ARM targets only imbalance correction"},
    "PCGrad": {"conflict": "explicitly enforces alignment to increase gradient similarity"},
    "MMPareto": {"conflict": "attempt to reconcile gradient directions across modalities"},
    "MMCosine": {"conflict": "dynamically adjusts gradient similarity"},
    "CGGM": {
        "imbalance": "attempt to jointly modulate both gradient magnitude",
        "conflict": "and direction",
    },
    "BALGRAD": {
        "imbalance": "a soft-switch mechanism to promote underused modalities",
        "conflict": "when conflicts emerge",
    },
}

claim = Claim(
    id="reading-first-framework",
    place="Introduction",
    title="No method before RGM regulates imbalance and conflict together",
    statement=r"\text{no earlier method regulates both}",
    quote="the first framework to simultaneously and adaptively regulate modality imbalance and "
    "conflict from a unified perspective",
    remark="A reading, not a proof: the paper itself says of CGGM (Introduction; Fig. 3d) that it "
    "jointly adjusts gradient magnitude and direction, and of BALGRAD that it promotes underused "
    "modalities when conflicts emerge. What is left of the claim is the unified perspective.",
)


@claim.observation
def _() -> dict[str, bool]:
    both = [method for method, words in SAYS_OF.items() if {"imbalance", "conflict"} <= set(words)]
    return {
        "no earlier method is said in the paper itself to regulate both (read so of "
        f"{', '.join(both) or 'none'})": not both
    }
