"""The exercises of the course, a module per notebook: right answers, wrong twins, hints."""

from course.exercises import (  # noqa: F401  (importing registers them)
    ablation,
    energy,
    fusion,
    knowledge,
    methods,
    orthogonal,
    own_model,
    plane,
    rebalance,
    start_here,
    synergy,
    synorth,
    tables,
    torch_layer,
    training,
)
