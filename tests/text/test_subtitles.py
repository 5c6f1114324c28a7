"""Subtitles translated through the studio API: by the translator that ships, really, and by a text service."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.e2e.server import Server
from tests.media.filmed import film
from tests.studio.editing.working import bring, work
from tests.studio.generation.asking import balance
from tests.text.listening import HEARD
from tests.text.peer import KEY, Peer, peer
from tests.text.translating import needs_translator

_TIMES = re.compile(r"^(\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3})$", re.MULTILINE)
Serve = Callable[..., httpx.Client]


class Listening(Server):
    """A server whose ear is tests/text/listening.py; all else is real."""

    program = (sys.executable, "-m", "tests.text.listening")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server with these settings; a client of a new account on it."""
    running = []

    def start(**settings: str) -> httpx.Client:
        server = Listening(tmp_path / "home", **{"text_model": "off", **settings})
        server.home.mkdir()
        running.append(server.start())
        return server.client(server.key(dialect="studio"))

    yield start
    for server in running:
        assert server.audit()["ok"]
        server.close()


@pytest.fixture
def service() -> Iterator[Peer]:
    """The text service of tests/text/peer.py, in a thread of its own."""
    found: list[Peer] = []
    ready, over = threading.Event(), threading.Event()

    async def run() -> None:
        async with peer() as made:
            found.append(made)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(20)
    yield found[0]
    over.set()
    thread.join()


def heard(client: httpx.Client, folder: Path) -> str:
    """The name of new subtitles."""
    pictures = [np.full((96, 128, 3), 80, np.uint8)] * 24
    clip = film(folder / "clip.mp4", pictures, sound="aac", seconds=1.0).read_bytes()
    body = {"video_filename": bring(client, clip)["filename"], "language": "en"}
    return str(work(client, "/api/subtitles/generate", body)["srt_filename"])


def translated(client: httpx.Client, name: str, language: str) -> tuple[str, str]:
    """Both forms of a translation."""
    made = work(client, "/api/subtitles/translate", {"srt_filename": name, "target_language": language})
    return client.get(made["url"]).text, client.get(made["vtt_url"]).text


@needs_translator
def test_english_becomes_portuguese_with_its_times_and_marks(serve: Serve, tmp_path: Path) -> None:
    client = serve()
    name = heard(client, tmp_path)
    before = client.get(f"/api/subtitles/{name}").text
    srt, vtt = translated(client, name, "pt-BR")
    assert (
        _TIMES.findall(srt)
        == _TIMES.findall(before)
        == [
            "00:00:00,500 --> 00:00:01,750",
            "00:00:02,000 --> 00:00:03,250",
            "00:00:03,500 --> 00:00:04,000",
            "00:00:04,250 --> 00:00:06,125",
        ]
    )
    assert vtt.startswith("WEBVTT")
    # What is heard has no marks of its own, so the writer of files makes them harmless; the translator left them.
    assert re.search(r"^‹i>Onde .*\?‹/i>$", srt, re.MULTILINE)
    assert "casa" in srt
    assert "porta" in srt
    assert "♪ ♪" in srt
    assert re.search(r"^\(\\an8\}- .*sozinh.*\?\n- Sim", srt, re.MULTILINE)
    assert not {"where", "door", "alone"} & set(re.findall("[a-z]+", srt.lower()))


@needs_translator
def test_a_pair_that_does_not_ship_is_refused_and_costs_nothing(serve: Serve, tmp_path: Path) -> None:
    client = serve()
    name = heard(client, tmp_path)
    before = balance(client)
    answer = client.post("/api/subtitles/translate", json={"srt_filename": name, "target_language": "fr"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert "unsupported pair: this server does not translate English into French" in error
    assert "RUSHES_TEXT_UPSTREAM" in error
    assert balance(client) == before


def test_a_text_service_translates_the_other_pairs(serve: Serve, service: Peer, tmp_path: Path) -> None:
    client = serve(text_upstream=service.url, text_upstream_key=KEY, text_upstream_model="french")
    srt, _ = translated(client, heard(client, tmp_path), "fr")
    assert len(_TIMES.findall(srt)) == len(HEARD)
    assert "‹i>Where are you?‹/i> (fr)" in srt
    assert "(\\an8}- Are you alone?\n- Yes, I am alone. (fr)" in srt
    assert "♪ ♪\n" in srt
    assert [body["model"] for _, _, body in service.asked] == ["french"]
    assert "from English into French" in service.asked[0][2]["messages"][0]["content"]


def test_a_text_service_that_makes_no_translation_is_a_failure_with_a_refund(
    serve: Serve, service: Peer, tmp_path: Path
) -> None:
    client = serve(text_upstream=service.url, text_upstream_key=KEY, text_upstream_model="good")
    name = heard(client, tmp_path)
    before = balance(client)
    answer = client.post("/api/subtitles/translate", json={"srt_filename": name, "target_language": "fr"},
                         headers={"Prefer": "wait=60"})  # fmt: skip
    assert answer.status_code >= 500
    assert "could not be translated" in answer.json()["error"]
    assert balance(client) == before
