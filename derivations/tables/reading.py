"""A claim of priority: two sentences of the paper side by side. A reading, not a proof."""

from derivations.ledger import Claim

OF_RGM = (
    "the first framework to simultaneously and adaptively regulate modality imbalance and conflict"
)
OF_CGGM = "CGGM, which jointly adjusts gradient magnitude and direction"

claim = Claim(
    id="reading-first-framework",
    place="Introduction",
    title="RGM is the first framework to regulate imbalance and conflict simultaneously and "
    "adaptively from a unified perspective",
    statement=r"\text{RGM is the first framework to simultaneously and adaptively regulate }"
    r"\text{modality imbalance and conflict from a unified perspective}",
    quote=f"{OF_RGM} from a unified perspective",
    corrected=r"\text{the unified perspective is new; by the paper's own words CGGM}"
    r"\text{ already adjusts magnitude and direction jointly}",
    remark="A reading; the machine only shows the two sentences side by side, and the verdict on "
    "them is ours. Magnitude is where the paper places imbalance, direction is where it places "
    "conflict. Whether CGGM is 'adaptive' in the paper's sense it does not say.",
)


@claim.observation
def _() -> dict[str, bool]:
    # read by a person, computed by nothing
    return {
        f"“{OF_RGM}” (Introduction) agrees with “{OF_CGGM}” (Fig. 3d)": False,
        "“from a unified perspective” is said in the paper of RGM alone": True,
    }
