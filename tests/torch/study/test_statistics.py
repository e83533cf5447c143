"""Intervals, paired differences, Holm and factorial effects against SciPy, brute force and draws.

Each statement that many draws check is a function of the implementation, so that the well-known
mistakes can be put in its place and must fail it.
"""

import itertools
import math

import numpy as np
import pytest
from scipy import special, stats

from rgm_torch.study.statistics import difference, factorial_effects, holm, interval, paired

RNG = np.random.default_rng(0)
DRAWS, SEEDS = 10_000, 5
NORMAL = RNG.normal(3.0, 2.0, (DRAWS, SEEDS))
LUCK = RNG.normal(80.0, 3.0, (DRAWS, SEEDS, 1))  # of a seed, shared by both methods
PAIRS = LUCK + RNG.normal(0.0, 0.5, (DRAWS, SEEDS, 2))  # the methods are equally good
M = 21

close = pytest.approx


def near(hits: int, draws: int, rate: float) -> bool:
    """Whether hits/draws is the rate up to four standard errors: wrong once in 16 000 times."""
    return abs(hits / draws - rate) < 4 * math.sqrt(rate * (1 - rate) / draws)


def by_seed(values) -> dict[int, float]:
    return dict(enumerate(map(float, values)))


# --- what must be true, of ours and of no twin ---------------------------------------------------


def covers(implementation) -> bool:
    """In 95 % of draws the interval holds the true mean."""
    found = [implementation(x) for x in NORMAL]
    return near(sum(abs(mean - 3.0) <= half for mean, half, *_ in found), DRAWS, 0.95)


def rejects_rarely(implementation) -> bool:
    """Between equally good methods p ≤ 0.05 in 5 % of draws, and so misses the interval 0."""
    found = [implementation(by_seed(x[:, 0]), by_seed(x[:, 1])) for x in PAIRS]
    missed = sum(abs(mean) > half for mean, half, _, _ in found)
    return near(sum(p <= 0.05 for _, _, p, _ in found), DRAWS, 0.05) and near(missed, DRAWS, 0.05)


def closure(p) -> list[float]:
    """Holm's p̃ as the closure of Bonferroni's test: H_i falls when every ∩ H_S with i ∈ S does.

    Another definition than the step-down formula, and 2^m tests instead of m.
    """
    members = range(len(p))
    joint = {
        S: min(1.0, len(S) * min(p[j] for j in S))
        for size in range(1, len(p) + 1)
        for S in itertools.combinations(members, size)
    }
    return [max(level for S, level in joint.items() if i in S) for i in members]


SIX = [*RNG.uniform(0, 0.2, (40, 6)).tolist(), [0.02] * 6, [0.0, 0.01, 0.01, 0.5, 1.0, 1.0]]


def is_the_closure(implementation) -> bool:
    return all(implementation(p) == close(closure(p), rel=1e-14) for p in SIX)


# --- the twins -----------------------------------------------------------------------------------


def normal_quantile(x):
    return x.mean(), special.ndtri(0.975) * x.std(ddof=1) / math.sqrt(len(x))


def biased_variance(x):
    return x.mean(), special.stdtrit(len(x) - 1, 0.975) * x.std(ddof=0) / math.sqrt(len(x))


def unpaired(ours, control):
    x, y = np.array([*ours.values()]), np.array([*control.values()])
    error, freedom = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / len(x)), 2 * len(x) - 2
    mean = x.mean() - y.mean()
    half = special.stdtrit(freedom, 0.975) * error
    return mean, half, 2 * special.stdtr(freedom, -abs(mean) / error), len(x)


def paired_normal(ours, control):
    d = np.array([ours[s] - control[s] for s in ours])
    mean, half = normal_quantile(d)
    return mean, half, 2 * special.ndtr(special.ndtri(0.025) * abs(mean) / half), len(d)


def bonferroni(p):
    return [min(1.0, len(p) * each) for each in p]


def step_up(p):
    """Hochberg's, which needs more than Holm does of how the tests depend on each other."""
    order = np.argsort(p)[::-1]
    adjusted = np.minimum.accumulate(np.arange(1, len(p) + 1) * np.asarray(p)[order])
    return np.minimum(1, adjusted)[np.argsort(order)].tolist()


def not_monotone(p):
    """Holm's without the running maximum."""
    order = np.argsort(p)
    return np.minimum(1, np.arange(len(p), 0, -1) * np.sort(p))[np.argsort(order)].tolist()


# --- intervals -----------------------------------------------------------------------------------


def test_interval_is_scipys():
    for n in (2, 3, 8, 50):
        x = RNG.normal(size=n)
        low, high = stats.t.interval(0.95, n - 1, loc=x.mean(), scale=stats.sem(x))
        # 1e-12: the two invert Student's distribution by different routines
        assert interval(x) == close((x.mean(), (high - low) / 2, n), rel=1e-12)


def test_interval_by_hand():
    # x̄ = 2, s = 1, and the quantile of two degrees of freedom is 0.95 √(2 / (1 − 0.95²)) = 4.3027
    assert interval([1.0, 2.0, 3.0]) == close((2, 0.95 * math.sqrt(2 / (1 - 0.95**2) / 3), 3))


def test_interval_covers_the_mean_in_95_of_100_draws():
    assert covers(interval)


@pytest.mark.parametrize("twin", [normal_quantile, biased_variance])
def test_a_wrong_interval_does_not(twin):
    assert not covers(twin)


def test_one_seed_has_a_mean_and_no_interval():
    mean, half_width, n = interval([0.7])
    assert (mean, n) == (0.7, 1)
    assert math.isnan(half_width)
    assert difference([0.7]) == close((0.7, math.nan, math.nan, 1), nan_ok=True)
    assert interval([]) == close((math.nan, math.nan, 0), nan_ok=True)


def test_interval_wants_a_list():
    with pytest.raises(ValueError, match=r"values: got shape \(2, 3\)"):
        interval(np.zeros((2, 3)))


# --- differences ---------------------------------------------------------------------------------


def test_paired_is_scipys():
    for ours, control in RNG.normal(size=(5, 2, 6)):
        test = stats.ttest_rel(ours, control)
        low, high = test.confidence_interval()
        expected = ((low + high) / 2, (high - low) / 2, test.pvalue, 6)
        assert paired(by_seed(ours), by_seed(control)) == close(expected, rel=1e-12)


def test_far_tails_are_right():
    # p = P(|T| > t) = 1 − (2/π) arctan t = (2/π) arctan(1/t) for one degree of freedom
    found = difference([1.0, 1.0 + 1e-9])
    t = found.mean / 0.5e-9
    assert found.p == close(2 / math.pi * math.atan(1 / t), rel=1e-6)  # 1.0 + 1e-9 is rounded


def test_paired_rejects_equal_methods_in_5_of_100_draws():
    assert rejects_rarely(paired)


@pytest.mark.parametrize("twin", [unpaired, paired_normal])
def test_a_wrong_comparison_does_not(twin):
    assert not rejects_rarely(twin)


def test_pairs_are_found_by_seed_not_by_order():
    ours, control = {3: 5.0, 1: 2.0, 9: 100.0}, {1: 1.0, 4: -50.0, 3: 3.0}
    assert paired(ours, control) == difference([1.0, 2.0])
    assert paired(ours, {4: 0.0}) == close((math.nan, math.nan, math.nan, 0), nan_ok=True)


def test_differences_without_variance():
    run = by_seed(RNG.normal(size=5))
    assert paired(run, run) == (0.0, 0.0, 1.0, 5)  # the same run: nothing speaks for a difference
    assert difference([0.25] * 5) == (0.25, 0.0, 0.0, 5)  # t = ∞
    ps = [difference([0.25, 0.25 + 2.0**-k]).p for k in range(2, 40)]
    assert ps == sorted(ps, reverse=True)
    assert ps[-1] < 1e-11, "p → 0 as s → 0: the value at s = 0 is the limit"


def test_a_value_that_is_no_number_is_not_hidden():
    assert difference([1.0, math.nan]) == close((math.nan, math.nan, math.nan, 2), nan_ok=True)


# --- Holm ----------------------------------------------------------------------------------------


def test_holm_is_the_closure_of_bonferroni():
    assert is_the_closure(holm)


@pytest.mark.parametrize("twin", [bonferroni, step_up, not_monotone])
def test_another_correction_is_not(twin):
    assert not is_the_closure(twin)


def test_holm_is_its_formula():
    p = RNG.permutation(np.r_[RNG.uniform(0, 0.01, 8), RNG.uniform(0, 1, M - 8)])
    ranked = sorted(p)
    for value, adjusted in zip(p, holm(p), strict=True):
        i = ranked.index(value)
        assert adjusted == max(min(1, (M - j) * ranked[j]) for j in range(i + 1))


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == close([0.03, 0.06, 0.06])
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_holm_errs_anywhere_in_at_most_5_of_100_families():
    families = RNG.uniform(size=(4000, M))
    wrong = sum(min(holm(p)) <= 0.05 for p in families)
    assert near(wrong, 4000, 1 - (1 - 0.05 / M) ** M)  # 4.9 %, exact for independent tests
    unadjusted = sum(min(p) <= 0.05 for p in families)
    assert unadjusted > 0.6 * 4000, "what it is for: 66 % without a correction"


def test_holm_finds_more_than_bonferroni_and_errs_no_more():
    p = RNG.uniform(size=(4000, M))
    p[:, :15] = stats.norm.sf(RNG.normal(3.0, 1.0, (4000, 15)))  # fifteen true differences
    ours = np.array([holm(each) for each in p])
    theirs = np.array([bonferroni(each) for each in p])
    assert np.all(ours <= theirs)
    assert np.mean(ours[:, :15] <= 0.05) > np.mean(theirs[:, :15] <= 0.05) + 0.03
    errors = np.sum(np.any(ours[:, 15:] <= 0.05, axis=1))
    assert errors / 4000 <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)


def test_a_failed_comparison_stays_in_the_family():
    found = holm([0.01, math.nan, 0.03])
    assert math.isnan(found[1])
    assert [found[0], found[2]] == holm([0.01, 1.0, 0.03])[::2]
    assert all(map(math.isnan, holm([math.nan, math.nan])))


@pytest.mark.parametrize("wrong", [[0.1, 1.2], [-0.1], [[0.1, 0.2]]])
def test_holm_wants_probabilities(wrong):
    with pytest.raises(ValueError, match="p_values: got"):
        holm(wrong)


# --- the 2³ design -------------------------------------------------------------------------------

PARTS = ("ear", "syn", "orth")
EFFECTS = [s for size in (1, 2, 3) for s in itertools.combinations(PARTS, size)]
MODELS = [frozenset(s) for s in [(), *EFFECTS]]


def design_matrix() -> np.ndarray:
    """±1 for each part, and products of columns: 8 models × (mean, 7 effects)."""
    main = {part: np.array([1.0 if part in A else -1.0 for A in MODELS]) for part in PARTS}
    columns = [np.prod([np.ones(8), *(main[f] for f in S)], axis=0) for S in [(), *EFFECTS]]
    return np.stack(columns, axis=1)


def runs_of(y) -> dict[frozenset[str], dict[int, float]]:
    return {model: by_seed(row) for model, row in zip(MODELS, y, strict=True)}


def test_effects_are_those_of_least_squares():
    y = RNG.normal(70, 3, (8, 6))
    slopes = np.linalg.lstsq(design_matrix(), y, rcond=None)[0][1:]  # per seed; an effect is two
    effects = factorial_effects(PARTS, runs_of(y))
    assert list(effects) == EFFECTS
    for found, per_seed in zip(effects.values(), 2 * slopes, strict=True):
        test = stats.ttest_1samp(per_seed, 0)
        low, high = test.confidence_interval()
        # 1e-9: least squares loses some digits of 70 in effects of about one
        assert found == close((per_seed.mean(), (high - low) / 2, test.pvalue, 6), rel=1e-9)


def test_a_planted_effect_comes_back():
    planted = dict(zip(EFFECTS, (4.0, -2.0, 0.0, 1.0, 0.0, 0.0, 0.5), strict=True))
    mean = design_matrix() @ [70.0, *(value / 2 for value in planted.values())]
    noise = RNG.normal(0, 0.1, (8, 8)) + RNG.normal(0, 5, 8)  # a seed's luck drops out
    for effect, found in factorial_effects(PARTS, runs_of(mean[:, None] + noise)).items():
        # per seed the noise of an effect is 0.1 √8 / 4, over 8 seeds 0.1 / 4; five times that
        assert abs(found.mean - planted[effect]) < 5 * 0.1 / 4
        assert (found.p < 0.001) == (planted[effect] != 0)


def test_main_effect_is_with_minus_without_and_interaction_half_the_change():
    y = {"": 10.0, "ear": 12.0, "syn": 11.0, "ear syn": 19.0}
    runs = {frozenset(k.split()): {0: v, 1: v} for k, v in y.items()}
    found = factorial_effects(("ear", "syn"), runs)
    assert found["ear",].mean == ((12 - 10) + (19 - 11)) / 2
    assert found["syn",].mean == ((11 - 10) + (19 - 12)) / 2
    assert found["ear", "syn"].mean == ((19 - 11) - (12 - 10)) / 2


def test_odd_effects_add_up_to_all_minus_none():
    y = RNG.normal(size=(8, 4))
    effects = factorial_effects(PARTS, runs_of(y))
    odd = sum(effects[S].mean for S in EFFECTS if len(S) % 2)
    whole = paired(by_seed(y[-1]), by_seed(y[0]))
    assert odd == close(whole.mean, abs=1e-14)


def test_a_part_that_does_nothing_has_effect_zero_exactly():
    y = RNG.uniform(0.6, 0.9, (2, 2, 5))  # EAR × Syn; Orth adds nothing
    runs = {A: by_seed(y[int("ear" in A), int("syn" in A)]) for A in MODELS}
    for effect, found in factorial_effects(PARTS, runs).items():
        if "orth" in effect:
            assert found == (0.0, 0.0, 1.0, 5)


def test_only_seeds_that_all_models_have():
    y = RNG.normal(size=(8, 5))
    runs = runs_of(y)
    del runs[MODELS[3]][2]
    assert factorial_effects(PARTS, runs) == factorial_effects(
        PARTS, runs_of(np.delete(y, 2, axis=1))
    )


def test_an_incomplete_design_is_named():
    runs = runs_of(np.zeros((8, 2)))
    del runs[MODELS[-1]]
    with pytest.raises(ValueError, match=r"runs: got .*'none'.*, expected every set of the parts"):
        factorial_effects(PARTS, runs)
