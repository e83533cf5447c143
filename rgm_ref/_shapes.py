"""Shapes in the signatures: `Float[np.ndarray, "M *batch d"]` is executed by the tests.

The reference needs NumPy alone, so where jaxtyping is not installed a shape is only a comment.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING or find_spec("jaxtyping"):
    from jaxtyping import Float
else:

    class Float:
        """Stand-in: `Float[array_type, "shape"]` is just `array_type`."""

        def __class_getitem__(cls, item):
            return item[0]


__all__ = ["Float"]
