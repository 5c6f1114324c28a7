"""The translations by themselves: what needs no server to be judged."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rushes.catalog import InvalidParameter, Plan, load_catalog
from rushes.dialects.apixo import shapes as apixo_shapes
from rushes.dialects.apixo.codes import load_codes
from rushes.dialects.apixo.translate import to_wish
from rushes.dialects.kit.problems import Problem
from rushes.dialects.series.translate import judge_videos
from rushes.dialects.xpilot import shapes, translate
from rushes.engines.contract import FailureCode, Mode, Role
from rushes.jobs import Job
from rushes.library import Asset

CATALOG = load_catalog()
PLAN = Plan(model="videos", mode=Mode.REFERENCE_TO_VIDEO, prompt="a cat", seed=1, quote=60)


def reference(**values: Any) -> Asset:
    base = {"kind": "video", "mime": "video/mp4", "width": 1280, "height": 720, "duration": 5.0, "size": 1_000_000}
    names = {
        "id": "asset_x",
        "account_id": "a",
        "job_id": "j",
        "role": "reference_video",
        "sha256": "0",
        "created_at": 0,
    }
    return Asset(**{**names, **base, **values})


class TestClipsOfSeries:
    @pytest.mark.parametrize(
        "clips",
        [
            [{"duration": 15.0}],
            [{"duration": 15.04}],  # a frame more than fifteen seconds
            [{"duration": 5.0}] * 3,
            [{"width": 720, "height": 720}, {"width": 2160, "height": 2160}],
            [{"width": 720, "height": 4000}],
            [{"size": 100 * 1024 * 1024}] * 2,
            [{"kind": "image", "width": 64, "height": 64, "duration": 0.0, "size": 300 * 1024 * 1024}, {}],
        ],
    )
    def test_allowed(self, clips: list[dict[str, Any]]) -> None:
        assert judge_videos(PLAN, [reference(**clip) for clip in clips]) is PLAN

    @pytest.mark.parametrize(
        ("clips", "word"),
        [
            ([{"duration": 15.2}], "15 seconds"),
            ([{"duration": 5.1}] * 3, "15 seconds"),
            ([{"width": 719}, {}], "pixels"),
            ([{}, {"height": 719}], "pixels"),
            ([{"width": 2161, "height": 2161}], "pixels"),
            ([{"size": 100 * 1024 * 1024}, {"size": 100 * 1024 * 1024 + 1}], "200 MB"),
        ],
    )
    def test_refused(self, clips: list[dict[str, Any]], word: str) -> None:
        with pytest.raises(InvalidParameter, match=word) as refusal:
            judge_videos(PLAN, [reference(**clip) for clip in clips])
        assert refusal.value.field == "referenceVideos"


class TestCodesOfApixo:
    WHOLE = frozenset(
        "CONTENT_VIOLATION NSFW_DETECTED PROMPT_TOO_LONG INVALID_PROMPT INVALID_IMAGE_URL IMAGE_TOO_LARGE"
        " UNSUPPORTED_FORMAT IMAGE_DOWNLOAD_FAILED PROCESSING_TIMEOUT MODEL_UNAVAILABLE GENERATION_FAILED"
        " INSUFFICIENT_CREDITS".split()
    )

    def test_every_failure_has_one_of_the_documents(self) -> None:
        failures = load_codes().failures
        assert set(failures) == {*FailureCode, "cancelled"}
        assert set(failures.values()) | set(load_codes().failures_of_texts.values()) <= self.WHOLE

    def test_every_problem_has_a_documented_status(self) -> None:
        problems = load_codes().problems
        assert {"unknown_model", "insufficient_credits", "too_many_jobs", "unavailable"} <= set(problems)
        assert {row.status for row in problems.values()} <= {400, 401, 403, 404, 405, 409, 429, 500, 503}
        assert {row.fail for row in problems.values()} - {""} <= self.WHOLE
        assert problems["insufficient_credits"].status == 400  # the document's own example


class TestModesOfApixo:
    """ "Mode Options": image-to-video takes one picture or two; a task without a mode has one with a use for them."""

    @staticmethod
    def wish(model: str, pictures: int, **given: Any) -> tuple[str, list[str]]:
        urls = [f"http://host/{number}.png" for number in range(pictures)]
        body = apixo_shapes.GenerateTask(input=apixo_shapes.Input(prompt="p", image_urls=urls or None, **given))
        wish, sources, warnings = to_wish(CATALOG.models[model], body)
        assert warnings or [source.url for source in sources] == urls
        return wish.mode, warnings

    @pytest.mark.parametrize(
        ("model", "pictures", "mode"),
        [
            ("seedance-1-5-pro", 0, Mode.TEXT_TO_VIDEO),
            ("seedance-1-5-pro", 1, Mode.IMAGE_TO_VIDEO),
            ("seedance-1-5-pro", 2, Mode.FIRST_LAST_FRAME),
            ("veo-3.1", 3, Mode.REFERENCE_TO_VIDEO),
            ("sora-2", 2, Mode.REFERENCE_TO_VIDEO),
            ("videos", 1, Mode.REFERENCE_TO_VIDEO),
            ("videos", 2, Mode.FIRST_LAST_FRAME),
            ("videos", 4, Mode.REFERENCE_TO_VIDEO),
            ("wan-flf", 2, Mode.FIRST_LAST_FRAME),
            ("bytedance/seedream-4.5", 0, Mode.TEXT_TO_IMAGE),
            ("bytedance/seedream-4.5", 1, Mode.IMAGE_TO_IMAGE),
            ("bytedance/seedream-4.5", 3, Mode.IMAGE_TO_IMAGE),
        ],
    )
    def test_that_nobody_named(self, model: str, pictures: int, mode: Mode) -> None:
        assert self.wish(model, pictures) == (mode, [])

    def test_a_named_one_is_kept(self) -> None:
        assert self.wish("wan-flf", 2, mode="image-to-video") == (Mode.FIRST_LAST_FRAME, [])
        assert self.wish("videos", 2, mode="reference-to-video") == (Mode.REFERENCE_TO_VIDEO, [])
        ignored = ["input.image_urls: ignored for text-to-image"]
        assert self.wish("bytedance/seedream-4.5", 1, mode="text-to-image") == (Mode.TEXT_TO_IMAGE, ignored)

    @pytest.mark.parametrize(
        ("model", "pictures", "words"),
        [
            ("wan-flf", 0, "is required for image-to-video"),
            ("wan-flf", 1, "at least 2 for image-to-video, got 1"),
            ("seedance-1-5-pro", 3, "at most 2 for image-to-video, got 3"),
            ("gen-4-turbo", 2, "at most 1 for image-to-video, got 2"),
        ],
    )
    def test_too_few_or_too_many_pictures(self, model: str, pictures: int, words: str) -> None:
        with pytest.raises(Problem, match=words) as refusal:
            self.wish(model, pictures)
        assert refusal.value.field == "input.image_urls"

    def test_a_size_for_what_has_none_is_told(self) -> None:
        _, warnings = self.wish("kokoro", 0, resolution="720p", aspect_ratio="16:9")
        assert warnings == [
            "input.resolution: ignored for text-to-speech",
            "input.aspect_ratio: ignored for text-to-speech",
        ]


class TestXpilot:
    @pytest.mark.parametrize(
        ("kind", "status", "code"),
        [
            ("invalid_parameter", 400, "INVALID_PARAMS"),
            ("too_large", 413, "INVALID_PARAMS"),
            ("content_violation", 400, "INVALID_PARAMS"),
            ("quota_exceeded", 400, "INVALID_PARAMS"),
            ("unknown_model", 400, "INVALID_MODEL"),
            ("unauthorized", 401, "UNAUTHORIZED"),
            ("insufficient_credits", 402, "INSUFFICIENT_CREDITS"),
            ("rate_limited", 429, "RATE_LIMITED"),
            ("too_many_jobs", 429, "RATE_LIMITED"),
            ("unavailable", 500, "GENERATION_FAILED"),
            ("model_missing", 500, "GENERATION_FAILED"),
            ("timeout", 500, "GENERATION_FAILED"),
            ("generation_failed", 500, "GENERATION_FAILED"),
            ("no_price", 500, "GENERATION_FAILED"),
            ("internal", 500, "GENERATION_FAILED"),
        ],
    )
    def test_codes_are_the_documents(self, kind: str, status: int, code: str) -> None:
        answered, body = translate.error(Problem(599, kind, "so"))
        assert (answered, body.error.code) == (status, code)

    @pytest.mark.parametrize("state", ["queued", "running", "succeeded", "failed", "cancelled"])
    def test_an_error_only_when_failed(self, state: str) -> None:
        task = translate.task(job(state), "wavespeed", lambda output, _: output.asset)
        assert task.status in ("processing", "completed", "failed")
        assert (task.error is msgspec.UNSET) == (task.status != "failed")
        assert task.outputs == (["asset_1"] if state == "succeeded" else [])

    def test_sources_of_an_image(self) -> None:
        model = CATALOG.models["wavespeed-ai/uno"]
        body = shapes.GenerateImage(prompt="p", image_url="a", image_urls=["b", "a", "c"])
        wish, sources, warnings = translate.image_wish(model, body)
        assert (wish.mode, warnings) == (Mode.IMAGE_TO_IMAGE, [])
        assert [(source.url, source.role) for source in sources] == [
            ("a", Role.IMAGE),
            ("b", Role.REFERENCE_IMAGE),
            ("c", Role.REFERENCE_IMAGE),
        ]

    def test_a_poll_url_quotes_what_it_carries(self) -> None:
        made = translate.video_poll_url(job("queued"))
        assert made == (
            "/api/v1/video/job_1?provider=wavespeed&pollUrl=http%3A%2F%2Fhost%3A1%2Fapi%2Fv1%2Fvideo%2Fjob_1"
        )
        assert translate.image_poll_url(job("queued")) == made.replace("provider=wavespeed&", "")


def job(state: str) -> Job:
    outputs = [{"asset": "asset_1", "kind": "video", "mime": "video/mp4"}] if state == "succeeded" else []
    values: dict[str, Any] = {
        "id": "job_1",
        "account_id": "a",
        "dialect": "xpilot",
        "model": "alibaba/wan-2.6/text-to-video",
        "mode": "text-to-video",
        "request": "{}",
        "state": state,
        "progress": 0.0,
        "quote": 1,
        "cost": None,
        "engine": "composer",
        "draft": 1,
        "queue": "local",
        "submission": "none",
        "operation": None,
        "attempts": 0,
        "lease_owner": None,
        "outputs": msgspec.json.encode(outputs).decode(),
        "warnings": "[]",
        "error_code": None,
        "error_message": None,
        "created_at": 0,
        "started_at": None,
        "finished_at": None,
        "expires_at": None,
        "origin": "http://host:1",
    }
    return Job(**values)
