"""Small archives and tables, so that the store's whole way runs without a network."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Members = dict[str, bytes]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def listing(files: Members) -> str:
    """What `sha256sum * | sort -k2 | sha256sum` prints."""
    return sha256("".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files)).encode())


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Members], Path]:
    """Builds wheels in a folder that the real pip looks into instead of the network."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")

    def build(name: str, members: Members) -> Path:
        path = folder / f"{name}-1.0-py3-none-any.whl"
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
            for member, data in members.items():
                wheel.writestr(member, data)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
        return path

    return build


class Web:
    """A web server for one folder, which counts what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        web = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range", "")
                web.asked.append((self.path, wanted))
                file = folder / self.path.lstrip("/").replace("%2f", "/")
                if not wanted or not file.is_file():
                    return super().do_GET()
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                data = file.read_bytes()
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                self.wfile.write(data[start:])
                return None

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    folder = tmp_path / "web"
    folder.mkdir()
    server = Web(folder)
    yield server
    server.close()


@pytest.fixture
def npm_package(web: Web, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Members], Path]:
    """Publishes npm packages on the local web server, where the real npm is sent."""
    monkeypatch.setenv("npm_config_registry", web.url)

    def publish(name: str, members: Members) -> Path:
        path = web.folder / f"{name}.tgz"
        meta = {"name": name, "version": "1.0.0"}
        with tarfile.open(path, "w:gz") as tarball:
            for member, data in {"package.json": json.dumps(meta).encode(), **members}.items():
                entry = tarfile.TarInfo(f"package/{member}")
                entry.size = len(data)
                tarball.addfile(entry, io.BytesIO(data))
        digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
        dist = {"tarball": f"{web.url}/{path.name}", "integrity": f"sha512-{digest}"}
        document = {
            "name": name,
            "dist-tags": {"latest": "1.0.0"},
            "versions": {"1.0.0": {**meta, "dist": dist}},
        }
        (web.folder / name).write_text(json.dumps(document))
        return path

    return publish


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "weights.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def one_file(table: Callable[[str], Path]) -> Callable[..., Path]:
    """A table with one group `g` of one file `w.bin`; the sources are given as TOML inline tables."""

    def write(data: bytes, *sources: str) -> Path:
        return table(
            '[g]\ntitle = "G"\nlicence = "MIT"\norigin = "here"\n'
            f'[[g.files]]\nname = "w.bin"\nsize = {len(data)}\nsha256 = "{sha256(data)}"\n'
            f"sources = [{', '.join(sources)}]\n"
        )

    return write
