"""Profiles and avatars."""

from __future__ import annotations

import io
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from tests.e2e.server import Server, files_on_disk
from tests.studio.people import browser, signed_up


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that renders nothing."""
    home = tmp_path_factory.mktemp("profile") / "home"
    home.mkdir()
    running = Server(home, trusted_proxies="127.0.0.1").start("--no-worker")
    yield running
    running.close()


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 320)) -> bytes:
    """Left half red, right half blue; marked as lying on its side, with a place and a comment in its metadata."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    exif[0x010E] = "secret words"
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    image.save(file, kind, exif=exif, comment=b"secret words")
    return file.getvalue()


def upload(client: httpx.Client, content: bytes, field: str = "avatar", name: str = "me.jpg") -> httpx.Response:
    return client.post("/api/profile/avatar", files={field: (name, content, "image/jpeg")})


def test_a_profile_is_changed_field_by_field(server: Server) -> None:
    client = signed_up(server, "Ada")
    first = client.get("/api/profile").json()
    assert first | {"created_at": ""} == {
        "username": "Ada", "display_name": "", "bio": "", "avatar": None, "profile_public": False,
        "email": "ada@example.com", "theme": "dark", "tier": "free", "created_at": "",
    }  # fmt: skip
    client.post("/api/profile", json={"display_name": "Ada L.", "bio": "Engines.\nLine two."})
    changed = client.post("/api/profile", json={"bio": ""}).json()
    assert (changed["display_name"], changed["bio"]) == ("Ada L.", "")
    assert client.get("/api/profile").json() == changed


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"display_name": "x" * 81}, "display_name"),
        ({"display_name": 5}, "display_name"),
        ({"display_name": "a\x00b"}, "display_name"),
        ({"bio": "x" * 1001}, "bio"),
        ({"profile_public": "yes"}, "profile_public"),
    ],
)
def test_what_a_profile_cannot_say(server: Server, body: dict[str, object], field: str) -> None:
    client = browser(server)
    if client.post("/api/login", json={"username": "Bad", "password": "correct horse"}).status_code != 200:
        client = signed_up(server, "Bad")
    answer = client.post("/api/profile", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_profiles_are_seen_by_others_only_when_public(server: Server) -> None:
    client = signed_up(server, "Shy")
    upload(client, picture())
    avatar = client.get("/api/profile").json()["avatar"]
    stranger, known = browser(server), signed_up(server, "Other")
    assert stranger.get("/api/profile/Shy").status_code == 404
    assert stranger.get("/api/profile/nobody").json() == stranger.get("/api/profile/Shy").json()
    assert stranger.get(avatar).status_code == 401
    assert known.get(avatar).status_code == 404
    assert known.get(avatar).json() == known.get("/api/profile/avatar/asset_missing.webp").json()
    client.post("/api/profile", json={"profile_public": True, "display_name": "Not so shy"})
    shown = stranger.get("/api/profile/sHY").json()
    assert shown.keys() == {"username", "display_name", "bio", "avatar", "created_at"}
    assert (shown["username"], shown["display_name"], shown["avatar"]) == ("Shy", "Not so shy", avatar)
    assert stranger.get(avatar).status_code == 200
    client.post("/api/profile", json={"profile_public": False})
    assert stranger.get("/api/profile/Shy").status_code == 404
    assert stranger.get(avatar).status_code == 401
    assert stranger.get("/api/profile").status_code == 401


def test_an_avatar_is_drawn_anew_without_its_metadata(server: Server) -> None:
    client = signed_up(server, "Face")
    before = files_on_disk(server.home)
    given = picture()
    assert b"secret words" in given
    path = upload(client, given).json()["avatar"]
    assert path == client.get("/api/profile").json()["avatar"]
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert b"secret words" not in answer.content
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get(path, headers={"Range": "bytes=0-3"}).content == b"RIFF"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile"} & image.info.keys()
        upright = image.convert("RGB")
    # Turned clockwise, what was left is on top.
    top, bottom = upright.getpixel((128, 20)), upright.getpixel((128, 235))
    assert top[0] > 200 > 60 > top[2], top
    assert bottom[2] > 200 > 60 > bottom[0], bottom
    # Another one takes its place, and the file of the old one is gone.
    second = upload(client, picture("PNG", (300, 300)), "file").json()["avatar"]
    assert client.get(path).status_code == 404
    assert client.get(second).status_code == 200
    assert len(files_on_disk(server.home) - before) == 1


def test_what_is_no_avatar(server: Server) -> None:
    client = signed_up(server, "Prankster")
    damaged = picture()[:2000]
    gif = io.BytesIO()
    Image.new("RGB", (64, 64)).save(gif, "GIF")
    for content in (b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", damaged, gif.getvalue()):
        answer = upload(client, content)
        assert (answer.status_code, answer.json()["field"]) == (400, "avatar"), content[:20]
    assert client.post("/api/profile/avatar", files={"a": b"x", "b": b"y"}).status_code == 400
    assert client.post("/api/profile/avatar", content=picture()).status_code == 400
    assert upload(client, b"\xff\xd8\xff" + bytes(5_200_000)).status_code == 400
    assert client.get("/api/profile").json()["avatar"] is None
    assert upload(browser(server), picture()).status_code == 401
    assert [path for path in (server.home / "tmp").rglob("*") if path.is_file()] == []
