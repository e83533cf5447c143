"""The exercises of the course, a module per notebook: right answers, wrong twins, hints."""

from course.exercises import (  # noqa: F401  (importing registers them)
    energy,
    fusion,
    methods,
    orthogonal,
    own_model,
    plane,
    rebalance,
    start_here,
    synergy,
    synorth,
    torch_layer,
    training,
)
