"""One claim of the paper (or of ours): the statement, and the legs it stands or falls on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from derivations.ledger.numeric import Formula, NumericLeg
from derivations.ledger.proof import Proof

REGISTRY: dict[str, "Claim"] = {}
"""All claims by id, in the order in which they were made."""


@dataclass(frozen=True)
class Speed:
    """A closed form beside the optimizer that confirms it, called on the same input."""

    label: str
    closed: Callable[[], object]
    optimizer: Callable[[], object]


@dataclass
class Claim:
    """A statement with a place in the paper; its verdict is computed from its legs.

    `title` is a plain sentence, `statement` its LaTeX. A claim that needs a hypothesis the paper
    does not state gives it as `condition`; one that is wrong gives the right form as `corrected`.
    `quote` is what the paper says in its own words, where the words are the claim.
    """

    id: str
    place: str
    title: str
    statement: str
    quote: str = ""
    condition: str = ""
    corrected: str = ""
    depends: tuple[str, ...] = ()
    remark: str = ""
    proofs: list[Callable[[Proof], None]] = field(default_factory=list)
    refutations: list[Callable[[Proof], None]] = field(default_factory=list)
    numerics: list[NumericLeg] = field(default_factory=list)
    searches: list[NumericLeg] = field(default_factory=list)
    observations: list[Callable[[], dict[str, bool]]] = field(default_factory=list)
    speeds: list[Speed] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.id in REGISTRY:
            raise ValueError(f"id: {self.id!r} names two claims")
        REGISTRY[self.id] = self

    @property
    def idea(self) -> str:
        """First word of the id: the idea, or the part of the paper, that the claim belongs to."""
        return self.id.split("-")[0]

    @property
    def legs(self) -> list[NumericLeg]:
        """Every check with numbers, of what is proved and of what is only searched."""
        return [*self.numerics, *self.searches]

    def proof(self, function: Callable[[Proof], None]) -> Callable[[Proof], None]:
        """Decorator: a proof of the statement, or of its repaired form where that is wrong."""
        self.proofs.append(function)
        return function

    def counterexample(self, function: Callable[[Proof], None]) -> Callable[[Proof], None]:
        """Decorator: exact numbers for which the statement as printed is false."""
        self.refutations.append(function)
        return function

    def observation(self, function: Callable[[], dict[str, bool]]) -> Callable:
        """Decorator: an experiment; returns each finding as a sentence and whether it was seen."""
        self.observations.append(function)
        return function

    def numeric(
        self, formula: Formula, *, oracle: str, tolerance: float, because: str, samples: int = 50
    ) -> Callable:
        """Decorator: `check(formula, rng) -> Sample` against an oracle that is not the formula."""
        return _appending(self.numerics, formula, oracle, tolerance, because, samples)

    def search(
        self, formula: Formula, *, oracle: str, tolerance: float, because: str, samples: int = 1000
    ) -> Callable:
        """Decorator: like `numeric`, but a hunt for a counterexample to what nobody has proved."""
        return _appending(self.searches, formula, oracle, tolerance, because, samples)

    def speed(self, label: str, closed: Callable, optimizer: Callable) -> None:
        """Time the closed form against the optimizer at the end of `verify`."""
        self.speeds.append(Speed(label, closed, optimizer))


def _appending(legs: list[NumericLeg], formula, oracle, tolerance, because, samples) -> Callable:
    """Decorator that adds a check to `legs`."""

    def register(check: Callable) -> Callable:
        legs.append(NumericLeg(formula, check, oracle, tolerance, because, samples))
        return check

    return register


def by_idea() -> list[str]:
    """All ids, those of one idea together, ideas in the order in which they were registered."""
    ideas = list(dict.fromkeys(claim.idea for claim in REGISTRY.values()))
    return sorted(REGISTRY, key=lambda claim_id: ideas.index(REGISTRY[claim_id].idea))
