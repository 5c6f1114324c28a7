"""The package against a server with its own engine: what the composer draws."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from PIL import Image

import openai
from openai import AsyncOpenAI, OpenAI
from tests.e2e.peer import png
from tests.e2e.server import Server
from tests.openai.conftest import client_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("drawn") / "home"
    home.mkdir()
    running = Server(home).start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def artist(drawing: Server) -> OpenAI:
    return client_of(drawing, drawing.key(dialect="openai"))


def test_a_video_and_its_remix(artist: OpenAI, drawing: Server, tmp_path: Path) -> None:
    small = {"model": "composer", "seconds": "1", "size": "192x108"}
    made = artist.videos.create_and_poll(prompt="a red boat at sunset", poll_interval_ms=100, **small)  # type: ignore[arg-type]
    assert made.status == "completed", made.error
    path = tmp_path / "a.mp4"
    artist.videos.download_content(made.id).write_to_file(path)
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert (stream.width, stream.height, len(video.streams.audio)) == (192, 108, 1)
        assert sum(1 for _ in video.decode(video=0)) == 24
    remix = artist.videos.poll(artist.videos.remix(made.id, prompt="at night").id, poll_interval_ms=100)
    assert (remix.status, remix.remixed_from_video_id, remix.size) == ("completed", made.id, "192x108")
    assert drawing.audit()["findings"] == []


def test_a_picture_and_its_edit(artist: OpenAI) -> None:
    drawn = artist.images.generate(model="composer-still", prompt="a cat", size="256x256", response_format="b64_json")
    assert drawn.data
    data = base64.b64decode(drawn.data[0].b64_json or "")
    assert Image.open(io.BytesIO(data)).size == (256, 256)
    edited = artist.images.edit(
        model="composer-still", image=[data, png()], prompt="black and white", size="256x256", output_format="jpeg"
    )
    assert edited.output_format == "jpeg"


async def used(url: str, key: str) -> list[str]:
    async with AsyncOpenAI(api_key=key, base_url=f"{url}/openai/v1", max_retries=0) as client:
        return [video.id async for video in client.videos.list(limit=1)]


def test_the_asynchronous_client(artist: OpenAI, drawing: Server) -> None:
    import asyncio

    assert asyncio.run(used(drawing.url, artist.api_key)) == [video.id for video in artist.videos.list()]


def test_what_the_engine_refuses_names_its_field(artist: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="JPEG") as caught:
        artist.images.generate(prompt="x", background="transparent", output_format="jpeg")
    assert caught.value.param == "background"
    with pytest.raises(openai.BadRequestError, match="same size") as caught:
        artist.images.edit(prompt="x", image=png(64, 64), mask=png(32, 32))
    assert caught.value.param == "mask"
