"""Shim by the lead until the reader lands: replace this file."""
from rushes.engines.local.composer.spec import Camera, SceneSpec, Subject


def read_prompt(prompt, seed, *, codes=None, nearest=None):
    return SceneSpec(prompt=prompt, seed=seed, subjects=(Subject(noun="dog", art="1f415", main=True, action="run"),), camera=Camera())
