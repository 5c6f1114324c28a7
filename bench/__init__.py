"""`make bench`: how fast, how much memory, beside what else there is, in one run on one machine."""
