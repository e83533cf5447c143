"""The study's figures, drawn from its tables: one file each, with `draw` and `alt`.

`draw(table)` makes the picture, `alt(table)` says in words what is seen in it, with the numbers;
both hold for whatever was measured. Needs matplotlib; nothing else of `rgm_torch.study` does.
"""
