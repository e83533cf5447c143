"""The playground: drag two or three gradients, move the energies, see what each rule gives.

Plain JavaScript modules that the page and the widget share; their formulas are tested against
`rgm_ref` in a browser.

vectors, rules, faces, mixtures, methods   the closed forms, in the order of `rgm_ref`
svg, arena, plane, formulas, cards         what is seen
controls, panel, examples, playground      what is moved, and what follows from it
index.html, page, style.css                the page
bundle.py, widget.py, still.py             one file, a notebook's widget, a picture for print
"""
