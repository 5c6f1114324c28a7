"""Shim by the lead until the art room lands: replace this file."""
import numpy as np


class ArtIndex:
    def __init__(self, folder): self.codes = set()
    def names(self): return {}


class Sprites:
    def __init__(self, index): ...
    def picture(self, subject, height):
        a = np.zeros((height, height, 4), np.uint8); a[..., 0] = 200; a[..., 3] = 255
        return a
