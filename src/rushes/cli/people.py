"""The commands about people: keys, users, credits, the books."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from rushes.cli.common import MOST, Json, run, settings

keys = typer.Typer(no_args_is_help=True, help="API keys.")
users = typer.Typer(no_args_is_help=True, help="People and their accounts.")
credits = typer.Typer(no_args_is_help=True, help="Credits (1 credit = 1 cent).")
ledger = typer.Typer(no_args_is_help=True, help="The books.")
Switch = Annotated[Literal["on", "off"], typer.Argument(help="on or off.")]


@keys.command("create")
def keys_create(
    email: Annotated[str, typer.Option(help="Whose key; the account is made when missing.")],
    credits: Annotated[int, typer.Option(min=0, max=MOST, help="Credits to grant with it.")] = 0,
    tier: Annotated[str | None, typer.Option(help="Put the account on this tier.")] = None,
    dialect: Annotated[str, typer.Option(help="Whose style of key; every key opens every dialect.")] = "rushes",
    name: Annotated[str, typer.Option(help="A name to tell keys apart.")] = "command line",
    as_json: Json = False,
) -> None:
    """Make an API key. It is shown this once."""
    from rushes.cli import operator

    run(operator.create_key(settings(), email, credits, tier, dialect, name), as_json)


@keys.command("list")
def keys_list(email: Annotated[str, typer.Option(help="Whose keys.")], as_json: Json = False) -> None:
    """List a user's keys."""
    from rushes.cli import operator

    run(operator.list_keys(settings(), email), as_json)


@keys.command("revoke")
def keys_revoke(
    number: Annotated[int, typer.Argument(max=MOST, help="The key's number in `keys list`.")],
    email: Annotated[str, typer.Option(help="Whose key.")],
    as_json: Json = False,
) -> None:
    """Make a key useless from now on."""
    from rushes.cli import operator

    run(operator.revoke_key(settings(), email, number), as_json)


@users.command("list")
def users_list(as_json: Json = False) -> None:
    """List users with their tier and balance."""
    from rushes.cli import operator

    run(operator.list_users(settings()), as_json)


@users.command("create")
def users_create(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    tier: Annotated[str, typer.Option(help="Tier.")] = "free",
    as_json: Json = False,
) -> None:
    """Make a user with an account."""
    from rushes.cli import operator

    run(operator.create_user(settings(), email, tier), as_json)


@users.command("tier")
def users_tier(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    tier: Annotated[str, typer.Argument(help="Tier.")],
    as_json: Json = False,
) -> None:
    """Move a user's account to another tier."""
    from rushes.cli import operator

    run(operator.change_tier(settings(), email, tier), as_json)


@users.command("admin")
def users_admin(
    email: Annotated[str, typer.Argument(help="E-mail address.")], switch: Switch, as_json: Json = False
) -> None:
    """Give a user the admin role, or take it."""
    from rushes.cli import operator

    run(operator.change_admin(settings(), email, switch == "on"), as_json)


@users.command("allowance")
def users_allowance(
    email: Annotated[str, typer.Argument(help="E-mail address.")], switch: Switch, as_json: Json = False
) -> None:
    """Give a user's account its tier's credits every month, from this one on; or stop that."""
    from rushes.cli import operator

    run(operator.change_allowance(settings(), email, switch == "on"), as_json)


@credits.command("grant")
def credits_grant(
    email: Annotated[str, typer.Argument(help="To whom.")],
    amount: Annotated[int, typer.Argument(min=1, max=MOST, help="How many credits.")],
    note: Annotated[str, typer.Option(help="Why, for the books.")] = "",
    as_json: Json = False,
) -> None:
    """Give a user's account credits."""
    from rushes.cli import operator

    run(operator.grant(settings(), email, amount, note), as_json)


@ledger.command("audit")
def ledger_audit(as_json: Json = False) -> None:
    """Prove the books: recompute every sum, list anything odd, exit with 1 on a mismatch."""
    from rushes.cli import operator

    answer = run(operator.audit(settings()), as_json)
    if not answer["ok"]:
        raise typer.Exit(1)
