"""Libraries used as their own documents show, in one process and without ours.

Each module has `load(models)`, which answers the work: (given paths, text, folder for results).
"""
