"""The proofs in a browser: JupyterLite with Python, SymPy and the ledger, served from one folder.

`python -m course.lite --out FOLDER` builds it; a page that is opened asks no other machine for
anything. NumPy is not there: no registry has it for this platform. So the symbolic legs of a
claim run, and what would need numbers is named and left out.

downloads     Pyodide's core by npm and pure wheels by pip, in the versions that Pyodide names
distribution  what the kernel loads: core, wheels, and their list
wheel         the ledger as a wheel
editable      a claim's proofs as a cell
pages         a notebook for each idea, written from the ledger
browser       what runs in the browser: `prove` a claim, `derive` from a changed proof
"""
