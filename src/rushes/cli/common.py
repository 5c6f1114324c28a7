"""What every command needs: the settings, a way to fail, a way to print."""

from __future__ import annotations

import os
from typing import Annotated, Any, NoReturn

import typer

from rushes.cli.variables import misspelt
from rushes.settings import Settings, SettingsError, load

MOST = 10**12
"""Larger numbers are no amount of credits, and no key has one."""
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error and exit with 1."""
    typer.secho(f"rushes: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(1)


def settings(**overrides: Any) -> Settings:
    """The effective settings, or a clear error."""
    try:
        found = load(os.environ, overrides)
    except SettingsError as error:
        fail(str(error))
    for sentence in misspelt(os.environ):
        typer.secho(f"rushes: {sentence}", fg=typer.colors.YELLOW, err=True)
    return found


def plainly(error: OSError) -> str:
    """What an operating system's error says, with the file where it is about one."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def run(work: Any, as_json: bool) -> Any:
    """Run an operator's command and print its answer: a mapping, or a list of mappings."""
    import asyncio

    import msgspec

    from rushes.cli.operator import Refused

    try:
        answer = asyncio.run(work)
    except Refused as error:
        fail(str(error))
    if as_json:
        typer.echo(msgspec.json.encode(answer))
    else:
        from rushes.cli.show import show

        show(answer)
    return answer
