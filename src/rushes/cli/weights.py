"""`rushes models`: the catalogue, and the weights of the embedded engines."""

from __future__ import annotations

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from rushes.catalog import load_catalog
from rushes.cli.show import show
from rushes.engines.local.store import ModelStore, PullProgress, StoreError
from rushes.settings import Settings


def _store(settings: Settings) -> ModelStore:
    return ModelStore(settings.home_path / "models", offline=settings.models_offline)


def show_all(settings: Settings, *, as_json: bool) -> None:
    """Print the models of the catalogue and the groups of weights."""
    groups = [msgspec.structs.asdict(group) for group in _store(settings).groups()]
    catalogue = [
        {"id": model.id, "label": model.label, "modes": ", ".join(model.modes)}
        for model in load_catalog().models.values()
    ]
    if as_json:
        print(msgspec.json.encode({"models": catalogue, "weights": groups}).decode())
        return
    show({"models": catalogue, "weights": [{**g, "bytes": f"{g['bytes'] / 1e6:.1f} MB"} for g in groups]})


def pull(settings: Settings, groups: list[str], *, everything: bool) -> bool:
    """Download groups with a progress bar. False when one could not be had."""
    store = _store(settings)
    names = [group.name for group in store.groups()]
    console = Console(stderr=True)
    ok = True
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[note]}"),
    )
    for group in names if everything or not groups else groups:
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
    try:
        for group in groups:
            _store(settings).remove(group)
    except StoreError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return False
    return True
