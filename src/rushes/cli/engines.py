"""`rushes engines`: what makes media here, what it costs, whether it works, and switching it off and on."""

from __future__ import annotations

from typing import Annotated

import typer

from rushes.cli.common import Json, run, settings

app = typer.Typer(no_args_is_help=True, help="Engines and routes to them.")

Target = Annotated[str, typer.Argument(help="An engine, or one route of it as engine:upstream; see `engines list`.")]


@app.command("list")
def list_routes(
    model: Annotated[str | None, typer.Option(help="Only routes of this model.")] = None, as_json: Json = False
) -> None:
    """Every route: its tag, cost, price and margin (for the order that leaves least), and whether it is on."""
    from rushes.cli import routes

    run(routes.list_routes(settings(), model), as_json)


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Engines; none: all of them.")] = None,
    as_json: Json = False,
) -> None:
    """Ask the engines now whether they would take a job, and what they lack for which model.

    Exits with 1 when one would take none.
    """
    from rushes.cli import routes

    found = run(routes.check(settings(), names or []), as_json)
    if not all(engine["ready"] for engine in found["engines"]):
        raise typer.Exit(1)


@app.command()
def disable(
    target: Target, reason: Annotated[str, typer.Option(help="For the list.")] = "", as_json: Json = False
) -> None:
    """No job begins there any more, on running servers too; those that have begun go on."""
    from rushes.cli import routes

    run(routes.disable(settings(), target, reason), as_json)


@app.command()
def enable(target: Target, as_json: Json = False) -> None:
    """Take jobs there again."""
    from rushes.cli import routes

    run(routes.enable(settings(), target), as_json)


@app.command()
def ambiguous(as_json: Json = False) -> None:
    """Paid starts whose outcome nobody knows: refunded here, to be asked for at the provider."""
    from rushes.cli import routes

    run(routes.ambiguous(settings()), as_json)


@app.command()
def earnings(
    days: Annotated[int, typer.Option(min=1, help="Finished in the last so many days.")] = 30, as_json: Json = False
) -> None:
    """What was charged and what providers asked for it, by engine and model."""
    from rushes.cli import routes

    run(routes.earnings(settings(), days), as_json)
