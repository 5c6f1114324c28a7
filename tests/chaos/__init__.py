"""Chaos: nodes are killed, paused and cut off while clients work, and then the books are read.

`python -m tests.chaos` (`make chaos`) runs the long campaign; `test_short.py` a short one through the same code.
"""
