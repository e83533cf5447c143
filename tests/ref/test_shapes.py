"""The shapes in the signatures are executed: jaxtyping and beartype check a call of each.

The methods in `rgm_ref.baselines` have their own list of calls, in `tests/ref/baselines`.
"""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import TypeCheckError, jaxtyped

import rgm_ref

NEED_MORE_THAN_NUMPY = {"oracles", "doctor", "__main__"}


def modules(package):
    """The public modules of a package that need NumPy alone."""
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_") and module.name not in NEED_MORE_THAN_NUMPY:
            yield importlib.import_module(f"{package.__name__}.{module.name}")


def public_functions(package):
    """Every public function of a package's modules that has a shape in its signature."""
    for module in modules(package):
        for name, function in vars(module).items():
            ours = inspect.isfunction(function) and function.__module__ == module.__name__
            if ours and not name.startswith("_") and "Float[" in inspect.getsource(function):
                yield f"{module.__name__.split('.')[-1]}.{name}", function


FUNCTIONS = dict(public_functions(rgm_ref))


rng = np.random.default_rng(0)
g = rng.normal(size=(3, 4, 6))
pair = g[:2]
energy, weights = rng.uniform(1, 2, 3), rng.dirichlet([1, 1, 1])
lengths, cosines = rng.uniform(1, 2, (2, 5)), rng.uniform(-1, 1, 5)
z, x = rng.normal(size=(4, 6)), rng.normal(size=(4, 3))
scale, shift, heads = rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), rng.normal(size=(3, 6, 6))
probabilities = rng.dirichlet(np.ones(6), 4)
gram = np.einsum("i...d,j...d->ij...", g, g)[..., None]

# One legal call of every public function.
CALLS = {
    "fusion.concat": (z, x),
    "fusion.concat_vjp": ((2, 4), z),
    "fusion.add": (z, z),
    "fusion.add_vjp": (3, z),
    "fusion.gated": (z, z),
    "fusion.gated_vjp": (z, z, z),
    "fusion.film": (x, z, scale, shift),
    "fusion.film_vjp": (x, z, scale, shift, z),
    "energy.step_energy": (g, 0.1),
    "energy.cumulative_energy": (g, 0.1),
    "energy.shares": (energy,),
    "energy.pair_shares": (energy,),
    "energy.fisher_trace": (g,),
    "energy.synaptic_intelligence": (g, -0.1 * g),
    "plane.balance": (energy,),
    "plane.nonconflict": (g,),
    "plane.coordinates": (energy[:2], pair),
    "plane.logit_conflict": (g, heads),
    "plane.curvature_conflict": (g, heads, probabilities),
    "head.to_logits": (g, heads),
    "head.softmax": (z,),
    "head.residual": (z, probabilities),
    "head.head_gradients": (heads, z),
    "head.on_residuals": (scale,),
    "head.head_condition": (scale,),
    "head.energy_ratio_bounds": (scale, shift),
    "gauge.change_basis": (z, scale, np.eye(6)),
    "gauge.turn_to": (pair[:, 0], 0.5),
    "gauge.haar_rotation": (4, rng),
    "rebalance.ratio": (energy,),
    "rebalance.pair_ratio": (energy,),
    "rebalance.temper": (np.ones(5), cosines),
    "blocks.split": (g, 4),
    "blocks.block_norms": (g, 4),
    "blocks.block_cosines": (pair, 4),
    "blocks.block_gram": (g, 4),
    "synergy.alpha": (g, weights, 4),
    "synergy.project": (g, weights, 4),
    "synergy.printed_lengths": (lengths, 0.5, "unsquared"),
    "synergy.best_angle": (lengths,),
    "synergy.distortion": (lengths, 0.5),
    "orthogonal.adjust": (pair, weights[:2]),
    "frame.polar": (g,),
    "frame.fixed_length_frame": (g, weights),
    "frame.nearest_frame": (g, weights),
    "synorth.synorth": (g, energy, 2),
    "mixing.mixing_matrix": (gram, energy),
    "mixing.mix": (gram, g),
    "mixing.pcgrad_matrix": (gram[:, :, 0, 0], (2, 0, 1)),
    "mixing.mgda_matrix": (gram[:2, :2, 0, 0],),
    "bounds.displacement_bound": (rng.uniform(1, 2, (3, 4)),),
    "rebalance.trajectory": (energy, 0.5, 3),
    "synergy.best_angle_one_sided": (lengths,),
    "synergy.price": (lengths, 0.5),
    "alignment.cosine_before": (lengths, cosines),
    "alignment.cosine_after": (lengths, cosines),
    "alignment.improvement": (lengths, cosines),
    "alignment.cosine_floor": (lengths, cosines),
    "alignment.helpful": (lengths,),
    "alignment.cosine_after_one_sided": (lengths[1], cosines),
    "alignment.best_one_sided": (lengths[1], cosines),
    "alignment.best_one_sided_cosine": (lengths[1], cosines),
    "alignment.project_equalised": (g, weights, 4),
    "partition.best_partition": (pair[:, 0], 3),
}


def test_every_public_function_with_shapes_is_called():
    assert set(CALLS) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes_hold_when_executed(name):
    checked = jaxtyped(FUNCTIONS[name], typechecker=beartype)
    assert checked(*CALLS[name]) is not None


def test_a_wrong_shape_is_caught():
    checked = jaxtyped(FUNCTIONS["fusion.gated"], typechecker=beartype)
    with pytest.raises(TypeCheckError):
        checked(z, x)
