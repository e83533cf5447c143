"""Measured numbers in words, for the texts beside the figures."""

from collections.abc import Sequence

from rgm_torch.study.statistics import Difference, Interval


def plus_minus(found: Interval, digits: int = 3) -> str:
    """ "0.931 ± 0.012"; "0.931 (one seed)" where there is no interval."""
    mean = f"{found.mean:.{digits}f}"
    return f"{mean} ± {found.half_width:.{digits}f}" if found.n > 1 else f"{mean} (one seed)"


def compared(found: Difference, digits: int = 3) -> str:
    """ "higher by 0.021 ± 0.010", "lower by …", or that the seeds do not tell."""
    size = f"{abs(found.mean):.{digits}f} ± {found.half_width:.{digits}f}"
    if found.n < 2:
        return "not to be compared (fewer than two seeds in common)"
    if abs(found.mean) <= found.half_width:
        return f"not told apart ({'−' if found.mean < 0 else '+'}{size})"
    return f"{'higher' if found.mean > 0 else 'lower'} by {size}"


def listed(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
