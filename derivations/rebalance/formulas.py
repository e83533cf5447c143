"""The formulas of EAR and their named wrong twins."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref.rebalance import pair_ratio, ratio, settled_exponent, temper

RATIO = Formula(
    "Eq. 7",
    ratio,
    {
        "missing 1/M": lambda energy: len(energy) * ratio(energy),
        "inverted: own energy over the mean": lambda energy: 1 / ratio(energy),
        "mean of the others only": lambda energy: (
            (energy.sum() - energy) / (len(energy) - 1) / energy
        ),
        "lengths for energies": lambda energy: ratio(np.sqrt(energy)),
        "modalities exchanged": lambda energy: ratio(energy)[::-1],
    },
)

TEMPER = Formula(
    "Eq. 8",
    temper,
    {
        "sign of the conflict": lambda r, c: temper(r, -c),
        "missing half in the exponent": lambda r, c: r ** (1 + c),
        "exponent c": lambda r, c: r**c,
        "straight line from 1 to r instead of a power": lambda r, c: 1 + (r - 1) * (1 + c) / 2,
        "size of the conflict, sign lost": lambda r, c: temper(r, np.abs(c)),
    },
)

PAIR_RATIO = Formula(
    "Eq. 7, pair by pair",
    pair_ratio,
    {
        "mean over all modalities, as for M = 2": lambda energy: np.broadcast_to(
            ratio(energy)[:, None], (len(energy),) * 2
        ),
        "partner's energy in the denominator": lambda energy: pair_ratio(energy).T,
        "missing half": lambda energy: 2 * pair_ratio(energy),
    },
)


def _exponent(power):
    """The settled exponent if an energy were scaled by r^power(c)."""

    def twin(c, accumulate):
        return 1 - power(c) if accumulate == "raw" else 1 / (1 + power(c))

    return twin


SETTLED = Formula(
    "settled exponent of EAR",
    settled_exponent,
    {
        "raw and applied energies exchanged": lambda c, accumulate: settled_exponent(
            c, "applied" if accumulate == "raw" else "raw"
        ),
        "energy scaled by r instead of r squared": _exponent(lambda c: (1 + c) / 2),
        "missing half in the exponent of Eq. 8": _exponent(lambda c: 2 * (1 + c)),
        "sign of the conflict": lambda c, accumulate: settled_exponent(-c, accumulate),
        "conflict ignored": _exponent(lambda c: 2 + 0 * c),
    },
)
