"""The exercises of the course, a module per notebook: right answers, wrong twins, hints."""
