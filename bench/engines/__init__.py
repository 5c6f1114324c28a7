"""Each local engine beside the library it is made of, run plainly: time, processor time and memory, as ratios."""
