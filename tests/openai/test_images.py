"""/images through the openai package."""

from __future__ import annotations

import base64
import io

import httpx
import pytest
from PIL import Image

import openai
from openai import OpenAI
from tests.e2e.peer import png
from tests.e2e.server import Server


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def of(answer: openai.types.ImagesResponse) -> list[Image.Image]:
    """The pictures of an answer in base64."""
    assert answer.data
    return [opened(base64.b64decode(image.b64_json or "")) for image in answer.data]


def test_a_picture(client: OpenAI) -> None:
    answer = client.images.generate(model="gpt-image-1", prompt="a red boat")
    [picture] = of(answer)
    assert (picture.format, picture.size) == ("PNG", (1024, 1024))
    assert answer.data
    assert answer.data[0].url is None
    assert (answer.size, answer.output_format) == ("1024x1024", "png")
    assert answer.usage is not None
    assert answer.usage.total_tokens == 0
    assert answer.created > 1_700_000_000


def test_several_in_another_format_and_size(client: OpenAI) -> None:
    answer = client.images.generate(
        model="gpt-image-1", prompt="x", n=3, size="1536x1024", output_format="webp", background="opaque"
    )
    assert [(picture.format, picture.size) for picture in of(answer)] == [("WEBP", (1536, 1024))] * 3
    assert (answer.output_format, answer.background) == ("webp", "opaque")
    assert client.images.generate(prompt="x", size="auto", output_format="jpeg").size == "1024x1024"


def test_dall_e_answers_links(client: OpenAI) -> None:
    answer = client.images.generate(model="dall-e-2", prompt="x", size="256x256", n=2)
    assert answer.data
    links = [image.url for image in answer.data]
    assert [opened(httpx.get(link or "").content).size for link in links] == [(256, 256)] * 2
    base = client.images.generate(model="dall-e-3", prompt="x", size="1792x1024", response_format="b64_json")
    assert [picture.size for picture in of(base)] == [(1792, 1024)]


def test_any_image_model_has_its_own_name(client: OpenAI) -> None:
    answer = client.images.with_raw_response.generate(model="composer-still", prompt="x", size="512x288")
    assert answer.headers["x-rushes-engine"] == "composer"
    assert answer.headers["x-rushes-draft"] == "false"
    assert answer.parse().size == "512x288"


def test_headers_say_what_ran_and_what_was_ignored(client: OpenAI) -> None:
    answer = client.images.with_raw_response.generate(
        model="gpt-image-1", prompt="x", quality="high", n=2, extra_body={"mood": "blue"}
    )
    assert answer.headers["x-rushes-draft"] == "true"
    assert answer.headers["x-rushes-cost"] == "8"
    assert answer.headers["x-rushes-warnings"] == "mood: ignored; quality: has no effect here"
    assert answer.headers["x-rushes-job"].startswith("job_")


def test_an_edit_of_one_picture_or_several(client: OpenAI) -> None:
    one = client.images.edit(model="gpt-image-1", image=png(), prompt="x")
    assert [picture.getpixel((0, 0)) for picture in of(one)] == [(0, 10, 10)]
    several = client.images.edit(
        model="gpt-image-1",
        image=[("a.png", png()), ("b.png", png(80, 80)), io.BytesIO(png(90, 90))],
        mask=png(),
        prompt="x",
        n=2,
        size="1024x1024",
    )
    # Four files in three roles: the picture, two to look at, the mask.
    assert [picture.getpixel((0, 0)) for picture in of(several)] == [(0, 40, 30), (20, 40, 30)]
    assert several.size == "1024x1024"


@pytest.mark.parametrize(
    ("width", "height", "size"), [(640, 480, "1536x1024"), (300, 600, "1024x1536"), (500, 480, "1024x1024")]
)
def test_an_edit_has_the_shape_of_its_picture(client: OpenAI, width: int, height: int, size: str) -> None:
    assert client.images.edit(image=png(width, height), prompt="x", size="auto").size == size


def test_a_stream_is_the_finished_pictures(client: OpenAI) -> None:
    stream = client.images.generate(model="gpt-image-1", prompt="x", n=2, stream=True, partial_images=2)
    events = list(stream)
    assert [event.type for event in events] == ["image_generation.completed"] * 2
    assert [opened(base64.b64decode(event.b64_json)).size for event in events] == [(1024, 1024)] * 2
    assert events[0].size == "1024x1024"
    [edited] = client.images.edit(image=png(), prompt="x", stream=True)
    assert edited.type == "image_edit.completed"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"n": 11}, "n"),
        ({"n": 0}, "n"),
        ({"size": "1000x1000"}, "size"),
        ({"size": "huge"}, "size"),
        ({"output_format": "svg"}, "output_format"),
        ({"response_format": "url"}, "response_format"),
        ({"background": "blue"}, "background"),
        ({"model": "sora-2"}, "model"),
        ({"frame_count": 4}, "frame_count"),
        ({"frame_duration_ms": 100}, "frame_duration_ms"),
        ({"svg": {"model": "gpt-5"}}, "svg"),
    ],
)
def test_what_cannot_be_made_is_named(client: OpenAI, change: dict[str, object], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**{"model": "gpt-image-1", "prompt": "x", **change})  # type: ignore[call-overload]
    assert caught.value.param == param


def test_edits_that_cannot_be(client: OpenAI, server: Server) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=b"no picture", prompt="x")
    assert caught.value.param == "image"
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=[], prompt="x")
    assert caught.value.param == "image"
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=png(), prompt="x", model="dall-e-3")
    assert caught.value.param == "model"
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=png(), prompt="x", markup=png())
    assert caught.value.param == "markup"
    with pytest.raises(openai.BadRequestError, match="images/edits") as caught:
        client.images.create_variation(image=png())
    assert caught.value.code == "unsupported"
    with server.client(client.api_key) as http:
        assert http.post("/openai/v1/images/edits", json={"prompt": "x"}).status_code == 400


def test_a_failure_is_an_error_and_costs_nothing(server: Server, client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt="forbidden")
    assert caught.value.code == "content_policy_violation"
    with pytest.raises(openai.InternalServerError) as broken:
        client.images.generate(prompt="broken")
    assert broken.value.code == "generation_failed"
    assert broken.value.response.headers["x-should-retry"] == "false"
    assert server.audit()["findings"] == []


def test_the_same_key_makes_one_picture(client: OpenAI) -> None:
    headers = {"Idempotency-Key": "image-once"}
    jobs = {
        client.images.with_raw_response.generate(prompt="once", n=2, extra_headers=headers).headers.get("x-rushes-job")
        for _ in range(2)
    }
    assert len(jobs - {None}) == 1
