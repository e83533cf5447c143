"""The kill matrix: which check tells which named wrong twin from the right formula."""

from derivations.ledger.claim import REGISTRY
from derivations.ledger.judge import Result


def kill_matrix(results: list[Result]) -> dict[str, dict[str, bool]]:
    """Rows are twins ("formula: mistake"), columns the checks that were given them."""
    matrix: dict[str, dict[str, bool]] = {}
    for result in results:
        for twin, killers in result.kills.items():
            matrix.setdefault(twin, {}).update(killers)
    return matrix


def survivors(results: list[Result]) -> list[str]:
    """Twins that no check rejected, among the formulas all of whose checks ran."""
    missing = set(REGISTRY) - {result.id for result in results}
    unfinished = {leg.formula.name for claim_id in missing for leg in REGISTRY[claim_id].legs}
    return [
        twin
        for twin, killers in kill_matrix(results).items()
        if not any(killers.values()) and twin.split(": ")[0] not in unfinished
    ]
