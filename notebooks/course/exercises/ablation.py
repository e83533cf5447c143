"""Exercises of 12_ablation: main effects, any effect, a critique, readings, a break, Adam."""

import math
from itertools import combinations

import numpy as np

from course.answers import Exercise

# The paper's UCF-51, by the parts that are on: e EAR, s Syn, o Orth.
UCF = {"": 68.23, "e": 71.28, "s": 69.53, "o": 72.14,
       "es": 73.09, "eo": 74.59, "so": 75.11, "eso": 76.30}  # fmt: skip


def _main(part: str) -> float:
    on, off = ([y for parts, y in UCF.items() if (part in parts) == there] for there in (1, 0))
    return float(np.mean(on) - np.mean(off))


MAIN = [_main(part) for part in "eso"]

Exercise(
    id="ablation-1",
    right=MAIN,
    wrong={
        "each part alone minus none: one edge of four": [UCF[part] - UCF[""] for part in "eso"],
        "all minus all without the part: one edge of four": [
            UCF["eso"] - UCF["eso".replace(part, "")] for part in "eso"
        ],
        "the mean of these two edges: two of four": [
            (UCF[part] - UCF[""] + UCF["eso"] - UCF["eso".replace(part, "")]) / 2 for part in "eso"
        ],
        "half of the effect, as the coefficient of ±1 in a regression": [y / 2 for y in MAIN],
        "the sum of the four edges, not their mean": [4 * y for y in MAIN],
        "without minus with": [-y for y in MAIN],
        "shares, not points": [y / 100 for y in MAIN],
    },
    hints=(
        "Four of the eight models have EAR. Which are the other four?",
        "Mean of the four with the part minus mean of the four without it.",
        "EAR: (71.28 + 73.09 + 74.59 + 76.30)/4 − (68.23 + 69.53 + 72.14 + 75.11)/4.",
    ),
    tolerance=1e-3,
)


def _effect(values, names, scale=None, coded=lambda part, parts: 1 if part in parts else -1):
    total = sum(y * math.prod(coded(part, parts) for part in names) for parts, y in values.items())
    return total * (2 / len(values) if scale is None else scale(names, values))


def _alone(values, names):
    """The interaction of differences where all other parts are off."""
    subsets = [some for size in range(len(names) + 1) for some in combinations(names, size)]
    return sum((-1) ** (len(names) - len(some)) * values[frozenset(some)] for some in subsets)


def _cases() -> list[tuple]:
    rng = np.random.default_rng(12)
    cases = []
    for parts, names in (("ab", "a"), ("ab", "ab"), ("abc", "b"), ("abc", "ac"), ("abc", "abc")):
        subsets = [some for size in range(len(parts) + 1) for some in combinations(parts, size)]
        values = {frozenset(some): float(y) for some, y in zip(
            subsets, rng.normal(70, 5, len(subsets)), strict=True)}  # fmt: skip
        cases.append((values, tuple(names)))
    return cases


Exercise(
    id="ablation-2",
    right=_effect,
    wrong={
        "divided by the number of models, not by half of it": lambda v, n: _effect(v, n) / 2,
        "not divided at all": lambda v, n: _effect(v, n, lambda names, values: 1),
        "the difference of differences: without the convention's ½ for each further part": (
            lambda v, n: _effect(v, n) * 2 ** (len(n) - 1)
        ),
        "the sign of an interaction added up: it is the product of its parts' signs": (
            lambda v, n: (
                sum(y * sum(1 if p in parts else -1 for p in n) for parts, y in v.items())
                * 2
                / len(v)
            )
        ),
        "models with all the named parts against all others": lambda v, n: float(
            np.mean([y for parts, y in v.items() if set(n) <= parts])
            - np.mean([y for parts, y in v.items() if not set(n) <= parts])
        ),
        "0 for off, and not −1": lambda v, n: _effect(v, n, coded=lambda p, parts: p in parts),
        "the corner where the other parts are off: the effect is the mean over them": _alone,
        "minus for on and plus for off": lambda v, n: _effect(
            v, n, coded=lambda p, parts: -1 if p in parts else 1
        ),
    },
    inputs=_cases(),
    hints=(
        "Loop over the models. Each gets a sign: the product of ±1 over the parts in `names`.",
        "There are len(values) = 2^k models; the sum is divided by 2^(k−1), half as many.",
    ),
)

Exercise(
    id="ablation-3",
    right="B",
    wrong={
        "adding up is no evidence about causes: three extra learning-rate changes could add up": (
            "A"
        ),
        "complementary parts may simply add up; a positive interaction would be more than that": (
            "C"
        ),
        "too hard on the table: all twelve edges of three cubes go up, which luck rarely does": (
            "D"
        ),
    },
    hints=(
        "Which control would tell a gain by balance from a gain by anything else?",
        "What is switched off is a piece of a formula. What the sentence names is a reason.",
    ),
)

ALTERS = np.array([False, False, True, False, True, False])

Exercise(
    id="ablation-4",
    right=ALTERS,
    wrong={
        "(1): clamping acts where w̄ < 0, and w̄ = 8 · 0.56 · 0.44 − 1 = 0.97": ALTERS
        | (np.arange(6) == 0),
        "(2): in the first step nothing has been applied yet, and both readings use the raw "
        "energies": ALTERS | (np.arange(6) == 1),
        "(3): the linear form leaves a part of the cosine, the exact one does not": ALTERS
        & (np.arange(6) != 2),
        "(4): at equal weights the printed indices make no difference": ALTERS
        | (np.arange(6) == 3),
        "(5): c is not 0, so there is an Orth part, and r̃ is not 1": ALTERS & (np.arange(6) != 4),
        "(6): at equal shares and lengths Syn with one block gives every gradient its own length": (
            ALTERS | (np.arange(6) == 5)
        ),
    },
    hints=(
        "Compute w̄ for (1). Ask for (2) what has been applied before the first step.",
        "For (4) the claim orth-agree names three cases. For (6): √(w_i (a² + b²)) with a = b.",
        "(3) and (5) act through Orth, which is not zero because c = 0.05 is not.",
    ),
)

Exercise(
    id="ablation-5",
    right=True,
    wrong={"a pair and a share that do not qualify: the two steps are within 30 %": False},
    hints=(
        "The claim orth-agree names three cases in which the two forms agree. Avoid all three.",
        "Strong conflict, c near −1; the first gradient some three times as long as the second.",
        "And w_1 near 0.8: nearer to 0.5 the forms agree, and beyond 0.85 the gate closes.",
    ),
)

Exercise(
    id="ablation-6",
    right=lambda g, s, eps: s * (g + eps) / (s * g + eps),
    wrong={
        "ε forgotten: exactly 1 only without it": lambda g, s, eps: 1.0,
        "SGD's answer: Adam divides by √v, which is scaled as well": lambda g, s, eps: s,
        "the inverse": lambda g, s, eps: (s * g + eps) / (s * (g + eps)),
        "the new step itself, not its ratio to the old one": lambda g, s, eps: (
            s * g / (s * g + eps)
        ),
        "√s: v is a square, and its root is taken": lambda g, s, eps: math.sqrt(s),
        "ε inside the root": lambda g, s, eps: (
            s * math.sqrt(g**2 + eps) / math.sqrt((s * g) ** 2 + eps)
        ),
        "v left as it was: it is scaled in the same step": lambda g, s, eps: s * g / (g + eps),
    },
    inputs=[(1.0, 0.25, 1e-2), (0.3, 4.0, 0.1), (2.0, 0.5, 0.5), (1e-3, 0.25, 1e-3)],
    hints=(
        "After the correction m̂ = g and v̂ = g², so the step is η g/(g + ε).",
        "Put s g for g and divide by the old step.",
    ),
)
