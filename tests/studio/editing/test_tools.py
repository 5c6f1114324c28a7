"""POST /api/tools/remove-background: the form's one picture, whatever its field is called."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image

from tests.studio.editing.conftest import Make, needs
from tests.studio.editing.working import fetched, work
from tests.studio.generation.asking import balance


@needs("matte")
@pytest.mark.parametrize("field", ["image", "image_filename", "file"])
def test_a_pictures_background_is_removed(client: httpx.Client, picture: bytes, field: str) -> None:
    cut = work(client, "/api/tools/remove-background", None, files={field: ("a.png", picture, "image/png")})
    assert (cut["credits_charged"], cut["engine"]) == (1, "matting")
    with Image.open(io.BytesIO(fetched(client, cut))) as image:
        assert (image.size, image.mode) == ((192, 128), "RGBA")
        alpha = image.getchannel("A")
        assert alpha.getpixel((2, 2)) < 60 < 200 < alpha.getpixel((96, 70))


def test_which_picture_must_be_clear(user: Make, picture: bytes) -> None:
    client = user(credits=5)
    file = ("a.png", picture, "image/png")
    for files in ({"one": file, "other": file}, {}):
        answer = client.post("/api/tools/remove-background", files=files, json=None if files else {})
        assert (answer.status_code, answer.json()["field"]) == (400, "image_filename")
    answer = client.post("/api/tools/remove-background", files={"file": ("a.png", b"no picture", "image/png")})
    assert (answer.status_code, answer.json()["field"]) == (400, "image_filename")
    assert balance(client) == 5
