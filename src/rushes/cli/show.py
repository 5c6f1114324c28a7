"""Answers for people: mappings as lines, lists of mappings as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def show(answer: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Print an answer on standard output."""
    console = Console(highlight=False)
    if isinstance(answer, Mapping):
        for name, value in answer.items():
            if value == []:
                console.print(f"{name}: none")
                continue
            if isinstance(value, list) and value and isinstance(value[0], Mapping):
                console.print(f"{name}:")
                console.print(_table(value))
            else:
                console.print(f"{name}: {value}", soft_wrap=True, markup=False)
    elif answer:
        console.print(_table(answer))
    else:
        console.print("none")


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    return table
