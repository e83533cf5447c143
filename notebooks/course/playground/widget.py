"""The playground in a notebook: `Playground()`, the same modules as the page, without a request.

Its gradients and energies are traits: move the arrows and read them, or set them and see them move.
Needs anywidget. A notebook shows `still` beside it, for print and for whoever cannot run it.
"""

import anywidget
import numpy as np
import traitlets

from course.playground.bundle import read, script
from rgm_ref._checks import as_energy, as_gradients

RENDER = """
function render({ model, el }) {
  const names = ["gradients", "energy", "method", "options"];
  const state = () => ({ ...model.get("options"), gradients: model.get("gradients"),
    energy: model.get("energy"), method: model.get("method") });
  let busy = false; // what one side has just told is not told back
  const board = playground_js.createPlayground(el, state(), (now) => {
    if (busy) return;
    busy = true;
    for (const name of ["gradients", "energy", "method"]) model.set(name, now[name]);
    const options = Object.keys(model.get("options")).map((name) => [name, now[name]]);
    model.set("options", Object.fromEntries(options));
    model.save_changes();
    busy = false;
  });
  const follow = () => {
    if (busy) return;
    busy = true;
    board.set(state());
    busy = false;
  };
  for (const name of names) model.on(`change:${name}`, follow);
  return () => names.forEach((name) => model.off(`change:${name}`, follow));
}
export default { render };
"""
OPTIONS = {
    "orth": "linear",
    "blocks": 1,
    "slope": "paper",
    "scale": "base",
    "parts": ["ear", "syn", "orth"],
}


class Playground(anywidget.AnyWidget):
    """Two or three gradients of the plane to drag, shapes (M, 2) and (M,), entries from −3 to 3.

    `options` are those of `rgm_ref.synorth.synorth`. Raises: ValueError for other shapes.
    """

    _esm = script("playground") + RENDER
    _css = read("style.css")

    gradients = traitlets.List([[2.0, 0.0], [-1.0, 1.0]]).tag(sync=True)
    energy = traitlets.List([4.0, 2.0]).tag(sync=True)
    method = traitlets.Unicode("rgm").tag(sync=True)
    options = traitlets.Dict(OPTIONS).tag(sync=True)

    def __init__(self, gradients=((2, 0), (-1, 1)), energy=(4, 2), method="rgm", **options):
        g, spent = as_gradients(gradients), as_energy(energy)
        if g.shape not in ((2, 2), (3, 2)) or spent.shape != g.shape[:1]:
            raise ValueError(
                f"gradients: got shapes {g.shape} and {spent.shape}, expected (M, 2) and (M,), "
                "M = 2 or 3"
            )
        if np.abs(g).max() > 3 or not (spent > 0).all():
            raise ValueError("gradients: expected entries from -3 to 3 and energies above 0")
        if unknown := options.keys() - OPTIONS.keys():
            raise ValueError(f"options: got {sorted(unknown)}, expected {sorted(OPTIONS)}")
        super().__init__(
            gradients=g.tolist(), energy=spent.tolist(), method=method, options=OPTIONS | options
        )
