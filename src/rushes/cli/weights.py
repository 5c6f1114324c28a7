"""`rushes models`: the catalogue, and the weights of the embedded engines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from rushes.catalog import load_catalog
from rushes.cli.show import show
from rushes.disk import own_folder
from rushes.engines.local.store import GroupInfo, ModelStore, PullProgress, StoreError
from rushes.settings import Settings


def _store(settings: Settings, licences: Iterable[str] = ()) -> ModelStore:
    accepted = {*settings.licences, *licences}
    with contextlib.suppress(OSError):  # what is only read needs no folder; where one is made, it is ours alone
        own_folder(settings.home_path)
    return ModelStore(settings.home_path / "models", offline=settings.models_offline, accepted=accepted)


def show_all(settings: Settings, *, as_json: bool) -> None:
    """Print the models of the catalogue and the groups of weights; in JSON with every file's licence and origin."""
    groups = _store(settings).groups()
    catalogue = [
        {"id": model.id, "label": model.label, "modes": ", ".join(model.modes)}
        for model in load_catalog().models.values()
    ]
    if as_json:
        print(msgspec.json.encode({"models": catalogue, "weights": groups}).decode())
        return
    show({"models": catalogue, "weights": [_row(group) for group in groups]})


def _row(group: GroupInfo) -> dict[str, str]:
    """A group as a line for people. What is not to be had without a word of the operator's says so."""
    here = "yes" if group.present else "no" if group.accepted else "off"
    restricted = f" (restricted: {group.restricted})" if group.restricted else ""
    return {
        "name": group.name,
        "here": here,
        "size": f"{group.bytes / 1e6:.1f} MB",
        "licence": f"{group.licence}{restricted}",
        "title": group.title,
        "origin": group.origin,
    }


def pull(settings: Settings, groups: list[str], *, everything: bool, licences: Iterable[str] = ()) -> bool:
    """Download groups with a progress bar. False when one could not be had.

    Of everything, groups whose licence is restricted come only if it is accepted: by the settings, or in `licences`.
    """
    store = _store(settings, licences)
    console = Console(stderr=True)
    if not groups and not everything:
        names = ", ".join(group.name for group in store.groups())
        console.print(f"which? --all, or some of: {names}", style="red", markup=False)
        return False
    if everything:
        groups = [group.name for group in store.groups() if group.accepted or group.present]
        for off in (group for group in store.groups() if group.name not in groups):
            console.print(f"{off.name}: left out, {off.licence}: {off.restricted}", style="yellow", markup=False)
    ok = True
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[note]}"),
    )
    for group in groups:
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(group, note="")

            def tell(news: PullProgress, bar: Progress = bar, task: TaskID = task) -> None:
                bar.update(task, completed=news.done_bytes, total=news.total_bytes, note=news.note)

            try:
                store.pull(group, tell)
            except StoreError as error:
                console.print(f"{group}: {error}", style="red", markup=False)
                ok = False
    return ok


def verify(settings: Settings, groups: list[str], *, as_json: bool) -> bool:
    """Check groups byte by byte. False when something is wrong."""
    store = _store(settings)
    chosen = groups or [group.name for group in store.groups() if group.present]
    try:
        problems = [problem for group in chosen for problem in store.verify(group)]
    except StoreError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return False
    if as_json:
        print(msgspec.json.encode(problems).decode())
    else:
        for problem in problems:
            print(f"{problem.group}: {problem.file} {problem.what}")
        print(f"{len(chosen)} groups checked, {len(problems)} problems")
    return not problems


def remove(settings: Settings, groups: list[str]) -> bool:
    """Delete groups. False when one is unknown."""
    store = _store(settings)
    try:
        for group in groups:
            store.remove(group)
    except StoreError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return False
    return True
