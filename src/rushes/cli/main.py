"""`rushes`: the command line's commands. Each does its imports itself, so that none pays for another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rushes.cli import engines, people
from rushes.cli.common import Json, fail, plainly, settings

app = typer.Typer(no_args_is_help=True, help="One self-hosted server for AI media.", pretty_exceptions_enable=False)
models = typer.Typer(no_args_is_help=True, help="Models and their weights.")
config = typer.Typer(no_args_is_help=True, help="Settings.")
database = typer.Typer(no_args_is_help=True, help="The database.")
for name, group in (
    ("keys", people.keys),
    ("users", people.users),
    ("credits", people.credits),
    ("ledger", people.ledger),
    ("models", models),
    ("engines", engines.app),
    ("config", config),
    ("db", database),
):
    app.add_typer(group, name=name)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from rushes import __version__

        typer.echo(f"rushes {__version__}")
        raise typer.Exit


@app.callback()
def _rushes(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Entry point of the `rushes` command."""
    try:
        app()
    except OSError as error:  # a folder or a file that cannot be used; the rest is a bug and shows itself as one
        typer.secho(f"rushes: {plainly(error)}", fg=typer.colors.RED, err=True)
        sys.exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    worker: Annotated[bool | None, typer.Option(help="Also run jobs in this process.")] = None,
    queues: Annotated[str | None, typer.Option(help="Of jobs, what to do here: local, edit, cloud, webhooks.")] = None,
) -> None:
    """Start the server."""
    from rushes import server
    from rushes.accounts import UnknownTier
    from rushes.mail import BadMailAddress
    from rushes.settings import SettingsError

    chosen = settings(host=host, port=port, worker=worker, queues=queues)
    try:
        server.serve(chosen, _announce)
    except SettingsError as error:
        fail(str(error))
    except UnknownTier as error:
        fail(f"signup_tier: {error}")
    except BadMailAddress as error:
        fail(f"smtp_url: {error}")
    except server.CannotListen as error:
        fail(f"cannot start: {error}; --host and --port, or RUSHES_HOST and RUSHES_PORT, choose another address")
    except OSError as error:
        fail(f"cannot start: {plainly(error)}")


def _announce(address: str, first: bool) -> None:
    typer.echo(f"Rushes is ready at {address}")
    typer.echo(f"API reference:      {address}/docs")
    if first:
        typer.echo("Get a key:          rushes keys create --email you@example.com --credits 1000")


@app.command()
def worker(
    queues: Annotated[
        str | None, typer.Option(help="What to do, separated by commas: local, edit, cloud, webhooks.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Renders at a time; 0: half the cores.", min=0)] = None,
) -> None:
    """Run jobs without serving HTTP: any number of these may share a data folder, or on many machines a database."""
    from rushes import server
    from rushes.settings import SettingsError

    try:
        server.work(settings(queues=queues, local_concurrency=concurrency))
    except SettingsError as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot start: {plainly(error)}")


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What to show, draw or say.")],
    model: Annotated[str, typer.Option("-m", "--model", help="See `rushes models list`.")] = "composer",
    image: Annotated[
        Path | None, typer.Option(help="Start from this picture.", exists=True, dir_okay=False, readable=True)
    ] = None,
    end_image: Annotated[
        Path | None, typer.Option(help="End at this picture.", exists=True, dir_okay=False, readable=True)
    ] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="Place this picture or clip into the scene.", exists=True, dir_okay=False, readable=True),
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Length.")] = None,
    size: Annotated[str | None, typer.Option(help="Width x height, like 1280x720.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same video.")] = None,
    sound: Annotated[bool, typer.Option(help="Add a sound bed that fits.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to save it.")] = None,
    server: Annotated[
        str | None, typer.Option(envvar="RUSHES_SERVER", help="A server's address; none: make it here.")
    ] = None,
    key: Annotated[str | None, typer.Option(envvar="RUSHES_KEY", help="API key for that server.")] = None,
    as_json: Json = False,
) -> None:
    """Make a video from a prompt (or a picture, speech, music: by the model), on a server or right here."""
    from rushes.cli.generate import Failure, Order, make
    from rushes.cli.operator import Refused
    from rushes.settings import SettingsError

    order = Order(
        prompt=prompt,
        model=model,
        image=image,
        end_image=end_image,
        references=tuple(reference or ()),
        seconds=seconds,
        size=size,
        seed=seed,
        sound=sound,
    )
    try:
        make(settings(), order, out, server=server, key=key, as_json=as_json)
    except (Failure, Refused, SettingsError) as error:
        fail(str(error))


@models.command("list")
def models_list(as_json: Json = False) -> None:
    """List the catalogue's models and the weights of the embedded engines."""
    from rushes.cli import weights

    weights.show_all(settings(), as_json=as_json)


@models.command("pull")
def models_pull(
    groups: Annotated[list[str] | None, typer.Argument(help="Groups of weights; see `models list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All groups.")] = False,
    accept_licence: Annotated[
        list[str] | None, typer.Option(help="Agree to a licence that restricts its use; may be given several times.")
    ] = None,
) -> None:
    """Download weights, with progress, each file checked by its sha256."""
    from rushes.cli import weights

    if not weights.pull(settings(), groups or [], everything=everything, licences=accept_licence or []):
        raise typer.Exit(1)


@models.command("verify")
def models_verify(
    groups: Annotated[list[str] | None, typer.Argument(help="Groups of weights; none: all present.")] = None,
    as_json: Json = False,
) -> None:
    """Check the weights that are here, byte by byte."""
    from rushes.cli import weights

    if not weights.verify(settings(), groups or [], as_json=as_json):
        raise typer.Exit(1)


@models.command("remove")
def models_remove(groups: Annotated[list[str], typer.Argument(help="Groups of weights.")]) -> None:
    """Delete weights."""
    from rushes.cli import weights

    if not weights.remove(settings(), groups):
        raise typer.Exit(1)


@config.command("show")
def config_show(as_json: Json = False) -> None:
    """Print the effective settings, secrets masked."""
    import msgspec

    from rushes.settings import shown

    values = shown(settings())
    if as_json:
        typer.echo(msgspec.json.encode(values))
        return
    for name, value in values.items():
        typer.echo(f"{name} = {msgspec.json.encode(value).decode()}")


@database.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables up to date, of SQLite or PostgreSQL. `serve` and `worker` do this by themselves."""
    from rushes.cli import moving

    typer.echo(moving.upgrade(settings()))


@database.command("agree")
def db_agree() -> None:
    """Let the next process to start say anew what all nodes have alike (secret, place of files), changed on purpose."""
    from rushes.cli import moving

    moving.agree_anew(settings())
    typer.echo("the next process to start says what all have alike")


@database.command("copy")
def db_copy(
    to: Annotated[str, typer.Option(help="postgresql://user:password@host:port/database, empty.")],
    files: Annotated[
        str, typer.Option(help="Where files go, like s3://bucket/prefix; storage_options and AWS_* hold for it.")
    ] = "",
) -> None:
    """Copy all that SQLite in the data folder holds to PostgreSQL, and files to `--files`; then prove it is the same.

    All or nothing in the database; files that are there already are not copied twice.
    """
    from rushes.cli import moving

    moving.copy(settings(), to, files, typer.echo)
