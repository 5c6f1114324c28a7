"""A table that asks for something unsafe or unpinned is refused when it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rushes.engines.local.store.table import load_table

HEAD = '[g]\ntitle = "G"\nlicence = "MIT"\norigin = "here"\n'
FILE = HEAD + "[[g.files]]\nname = '{name}'\nsize = 1\nsha256 = '{sha}'\nsources = [{source}]\n"
GOOD = {"name": "a/b.onnx", "sha": "0" * 64, "source": "{ hub = 'https://example.org/a' }"}


def test_a_sound_entry_is_read(table: Callable[[str], Path]) -> None:
    group = load_table(table(FILE.format(**GOOD)))["g"]
    assert group.files[0].sources[0].label == "https://example.org/a"
    assert group.bytes == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../b.onnx"),
        ("name", "/b.onnx"),
        ("name", ".hidden"),
        ("sha", "0" * 63),
        ("source", "{ pip = ['a'], member = 'x' }"),
        ("source", "{ pip = ['a>=1'], member = 'x' }"),
        ("source", "{ pip = ['--index-url==x'], member = 'x' }"),
        ("source", "{ npm = ['@a/b@latest'], member = 'x' }"),
        ("source", "{ pip = ['a==1'] }"),
        ("source", "{ pip = ['a==1'], member = 'x', join = true }"),
        ("source", "{ hub = 'https://example.org/a', npm = ['a@1'], member = 'x' }"),
        ("source", "{ mirror = 'x' }"),
    ],
)
def test_an_unsound_entry_is_refused(table: Callable[[str], Path], field: str, value: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        load_table(table(FILE.format(**{**GOOD, field: value})))


def test_a_derived_file_needs_its_source(table: Callable[[str], Path]) -> None:
    text = FILE.format(**GOOD) + "[[g.derived]]\nname = 'c'\nsource = 'nowhere'\nby = 'rife'\nsize = 1\n"
    with pytest.raises(msgspec.ValidationError, match="does not pull"):
        load_table(table(text))
