"""Speech to text: a recording → mono blocks cut in its pauses (`listen`) → words with their times (`hear`)."""
