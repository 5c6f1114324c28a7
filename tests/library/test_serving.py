"""Ranges and validators: the plan for every kind of request."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.library.serving import ServePlan, plan_response
from rushes.library.signing import sign, verify

SHA = "ab" * 32
MODIFIED = 1_700_000_000_000


def plan(method: str = "GET", size: int = 1000, **headers: str) -> ServePlan:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return plan_response(method, named, size=size, sha256=SHA, modified_ms=MODIFIED, mime="video/mp4", filename="a.mp4")


def test_the_whole_file() -> None:
    whole = plan()
    assert (whole.status, whole.start, whole.end) == (200, 0, 1000)
    assert whole.headers["Content-Length"] == "1000"
    assert whole.headers["ETag"] == f'"{SHA}"'
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"


def test_head_has_the_headers_and_no_body() -> None:
    head = plan("HEAD")
    assert (head.status, head.headers["Content-Length"], head.start, head.end) == (200, "1000", 0, 0)


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=990-", 990, 1000), ("bytes=-5", 995, 1000),
     ("bytes=-5000", 0, 1000), ("bytes=5-99999", 5, 1000)],
)  # fmt: skip
def test_one_range(wanted: str, start: int, end: int) -> None:
    part = plan(range=wanted)
    assert (part.status, part.start, part.end) == (206, start, end)
    assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/1000"
    assert part.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("wanted", ["bytes=1000-", "bytes=2000-3000", "bytes=-0"])
def test_a_range_beyond_the_end(wanted: str) -> None:
    refused = plan(range=wanted)
    assert refused.status == 416
    assert refused.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "items=0-1", "bytes=9-3", "bytes=-", "bytes", "bytes=a-b"])
def test_what_is_no_single_range_is_ignored(wanted: str) -> None:
    assert plan(range=wanted).status == 200


def test_unchanged_files_are_not_sent_again() -> None:
    assert plan(if_none_match=f'"{SHA}"').status == 304
    assert plan(if_none_match=f'"other", W/"{SHA}"').status == 304
    assert plan(if_none_match="*").status == 304
    assert plan(if_none_match='"other"').status == 200
    assert plan(if_modified_since=formatdate(MODIFIED // 1000, usegmt=True)).status == 304
    assert plan(if_modified_since=formatdate(MODIFIED // 1000 - 1, usegmt=True)).status == 200
    assert plan(if_modified_since="not a date").status == 200


def test_a_range_of_a_changed_file_is_the_whole_file() -> None:
    assert plan(range="bytes=0-9", if_range=f'"{SHA}"').status == 206
    assert plan(range="bytes=0-9", if_range='"other"').status == 200
    assert plan(range="bytes=0-9", if_range=formatdate(MODIFIED // 1000, usegmt=True)).status == 206
    assert plan(range="bytes=0-9", if_range=formatdate(0, usegmt=True)).status == 200


@given(st.integers(0, 50), st.text("bytes=-0123456789, ", max_size=20))
def test_any_range_header_gives_bytes_of_the_file_or_416(size: int, wanted: str) -> None:
    answer = plan(size=size, range=wanted)
    assert answer.status in (200, 206, 416)
    assert 0 <= answer.start <= answer.end <= size
    if answer.status != 416:
        assert answer.headers["Content-Length"] == str(answer.end - answer.start)


def test_a_signed_link_opens_its_own_path_until_it_expires() -> None:
    query = dict(part.split("=") for part in sign("/files/a.mp4", 100, "secret").split("&"))
    assert verify("/files/a.mp4", query, "secret", 99)
    assert not verify("/files/a.mp4", query, "secret", 100)
    assert not verify("/files/b.mp4", query, "secret", 99)
    assert not verify("/files/a.mp4", query, "other", 99)
    assert not verify("/files/a.mp4", {**query, "expires": "99999"}, "secret", 99)
    assert not verify("/files/a.mp4", {"expires": "x", "signature": "é"}, "secret", 99)
    assert not verify("/files/a.mp4", {}, "secret", 99)


def test_a_head_ignores_ranges() -> None:
    head = plan("HEAD", range="bytes=0-9")
    assert (head.status, head.headers["Content-Length"]) == (200, "1000")
    assert "Content-Range" not in head.headers
    assert plan("HEAD", range="bytes=5000-").status == 200


def test_units_are_read_in_any_case() -> None:
    assert plan(range="Bytes=0-1").status == 206


@pytest.mark.parametrize("wanted", [f"bytes=0-{2**63 - 1}", f"bytes=0-{2**64 - 1}"])
def test_the_largest_numbers_of_clients_mean_the_end(wanted: str) -> None:
    assert (plan(range=wanted).status, plan(range=wanted).end) == (206, 1000)


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=" + "9" * 5000 + "-"},
        {"range": "bytes=0-" + "9" * 5000},
        {"if_modified_since": "Sun, 06 Nov " + "9" * 5000 + " 08:49:37 GMT"},
        {"if_modified_since": "Sun, 06 Nov 0001 08:49:37 -0000"},
        {"range": "bytes=0-1", "if_range": "x" * 5000},
        {"if_none_match": "," * 5000},
    ],
)
def test_absurd_headers_are_ignored(headers: dict[str, str]) -> None:
    assert plan(**headers).status == 200


@pytest.mark.parametrize(
    ("mime", "shown"),
    [
        ("video/mp4", True),
        ("image/png", True),
        ("audio/wav", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("application/octet-stream", False),
    ],
)
def test_only_media_is_shown_by_the_browser_itself(mime: str, shown: bool) -> None:
    answer = plan_response("GET", {}, size=1, sha256=SHA, modified_ms=0, mime=mime, filename="a")
    assert answer.headers["Content-Disposition"].startswith("inline" if shown else "attachment")


def test_a_file_name_cannot_leave_its_header() -> None:
    answer = plan_response(
        "GET", {}, size=1, sha256=SHA, modified_ms=0, mime="video/mp4", filename='a"\r\nSet-Cookie: b/é.mp4'
    )
    assert answer.headers["Content-Disposition"] == 'inline; filename="a___Set-Cookie__b__.mp4"'
