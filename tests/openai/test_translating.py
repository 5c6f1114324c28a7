"""The parts that turn one shape into another, on what no engine of these tests makes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from starlette.responses import Response

from rushes.catalog import Plan, load_catalog
from rushes.dialects.kit.problems import Problem
from rushes.dialects.openai import shapes_responses as shapes
from rushes.dialects.openai.callbacks import callback
from rushes.dialects.openai.finishing import Finisher
from rushes.dialects.openai.honesty import tell
from rushes.dialects.openai.response_events import Growing
from rushes.dialects.openai.sizes import parse_size
from rushes.dialects.openai.texts import Calls, text_of
from rushes.dialects.openai.translate_audio import by_length, text, verbose
from rushes.dialects.openai.translate_responses import begun
from rushes.dialects.openai.translate_videos import video, video_modes
from rushes.engines.contract import Mode, Segment, Transcript, Word
from rushes.engines.text import End, Piece
from rushes.jobs import Job, State
from rushes.library import Asset
from rushes.webhooks.outbox import Callback


def job(state: State = State.SUCCEEDED, **more: Any) -> Job:
    plan = Plan(model="sora-2", mode=Mode.TEXT_TO_VIDEO, prompt="x", seed=1, quote=40, seconds=4, width=2, height=2)
    known: dict[str, Any] = {
        "id": "job_1", "account_id": "a", "dialect": "openai", "model": "sora-2", "mode": "text-to-video",
        "request": msgspec.json.encode(plan).decode(), "state": state, "progress": 0.999, "quote": 40, "cost": 40,
        "engine": "composer", "draft": 1, "queue": "local", "submission": "none", "operation": None, "attempts": 1,
        "lease_owner": None, "outputs": "[]", "warnings": "[]", "error_code": None, "error_message": None,
        "created_at": 1_000, "started_at": 2_000, "finished_at": 3_000, "expires_at": None,
    }  # fmt: skip
    return Job(**{**known, **more})


def test_a_video_that_runs_is_never_said_to_be_whole() -> None:
    assert video(job(State.RUNNING)).progress == 99
    assert video(job(State.QUEUED, progress=0.0)).progress == 0
    cancelled = video(job(State.CANCELLED, error_code="cancelled", error_message="cancelled by request"))
    assert (cancelled.status, cancelled.error and cancelled.error.code) == ("failed", "cancelled")
    assert (cancelled.completed_at, cancelled.expires_at) == (None, None)


def test_modes_that_make_videos_make_nothing_else() -> None:
    catalog = load_catalog()
    assert {Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.REFERENCE_TO_VIDEO} <= video_modes(catalog)
    for model in catalog.models.values():
        assert model.kind == "video" or video_modes(catalog).isdisjoint(model.modes)


def test_headers_hold_no_foreign_characters() -> None:
    warnings = msgspec.json.encode(["größe: ignored", "line\r\nx-evil: 1", "x" * 5000]).decode()
    headers = tell(Response(), job(warnings=warnings)).headers
    said = headers["x-rushes-warnings"]
    assert said.startswith("gr?e: ignored; line?x-evil: 1; xxx")
    assert len(said) == 2000
    assert "x-evil" not in headers


@pytest.mark.parametrize(
    ("state", "mode", "kind"),
    [
        (State.SUCCEEDED, Mode.FIRST_LAST_FRAME, "video.completed"),
        (State.CANCELLED, Mode.TEXT_TO_VIDEO, "video.failed"),
        (State.FAILED, Mode.IMAGE_TO_IMAGE, "image.failed"),
    ],
)
def test_events_of_callbacks(state: State, mode: Mode, kind: str) -> None:
    body = callback(None)(msgspec.json.encode(job(state, mode=mode)), "msg_1", "generation.x", 5_999)  # type: ignore[arg-type]
    assert msgspec.json.decode(body) == {
        "id": "msg_1", "object": "event", "created_at": 5, "type": kind, "data": {"id": "job_1"},
    }  # fmt: skip


def growing() -> Growing:
    return Growing(begun(shapes.CreateResponse(model="m", input="x"), "job_1", 7))


def test_text_and_two_calls_that_come_mixed() -> None:
    grown = growing()
    pieces = [
        Piece(text="let me "),
        Piece(tool_calls=({"index": 0, "id": "c0", "function": {"name": "f", "arguments": "{"}},)),
        Piece(text="see"),
        Piece(tool_calls=({"index": 1, "id": "c1", "function": {"name": "g"}},)),
        Piece(tool_calls=({"index": 0, "function": {"arguments": "}"}},)),
        Piece(tool_calls=({"index": 1, "function": {"arguments": "[]"}},)),
    ]  # fmt: skip
    events = [event for piece in pieces for event in grown.add(piece)]
    events += grown.finish(End(finish="tool_calls", prompt_tokens=1, completion_tokens=2, model="m"), 9)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    added = [event for event in events if event.type == "response.output_item.added"]
    assert [(event.output_index, event.item.status) for event in added] == [
        (0, "in_progress"),
        (1, "in_progress"),
        (2, "in_progress"),
    ]
    message, first, second = grown.response.output
    assert isinstance(message, shapes.OutputMessage)
    assert [part.text for part in message.content] == ["let me see"]
    assert isinstance(first, shapes.FunctionCall)
    assert isinstance(second, shapes.FunctionCall)
    assert (first.call_id, first.name, first.arguments) == ("c0", "f", "{}")
    assert (second.call_id, second.name, second.arguments) == ("c1", "g", "[]")
    done = [(e.output_index, e.arguments) for e in events if isinstance(e, shapes.ArgumentsDone)]
    assert done == [(1, "{}"), (2, "[]")]
    assert grown.response.status == "completed"


def test_an_answer_of_nothing_is_an_empty_message() -> None:
    grown = growing()
    list(grown.finish(End(finish="stop", prompt_tokens=1, completion_tokens=0, model="m"), 9))
    [message] = grown.response.output
    assert isinstance(message, shapes.OutputMessage)
    assert [part.text for part in message.content] == [""]


def test_calls_without_an_index_are_the_first() -> None:
    calls = Calls()
    calls.add({"id": "a", "function": {"name": "f", "arguments": "{}"}})
    assert [(call.id, call.name, call.arguments) for call in calls.all()] == [("a", "f", "{}")]


def test_contents() -> None:
    assert text_of(None, "c") == ""
    assert text_of([{"type": "refusal", "refusal": "no"}, {"type": "input_text", "text": "!"}], "c") == "no!"
    for wrong in ([5], [{"type": "text"}], {"text": "x"}):
        with pytest.raises(Problem):
            text_of(wrong, "c")


def test_sizes() -> None:
    assert [parse_size(size) for size in ("1280x720", "auto", None)] == [(1280, 720), (None, None), (None, None)]
    for wrong in ("1280", "x", "-1x5", "1280 x 720", "123456x1"):
        with pytest.raises(Problem):
            parse_size(wrong)


def test_transcripts_without_words_have_segments_as_cues() -> None:
    long = Segment(start=1, end=3, text=" A < B ")
    spoken = Segment(start=3, end=5, text="yes", words=(Word(word=" yes", start=3.5, end=4),))
    heard = Transcript(language="xx", duration=5.2, text="A < B yes", segments=(long, spoken))
    assert text(heard, "vtt") == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nA &lt; B\n\n00:00:03.500 --> 00:00:04.000\nyes\n"
    )
    plan = Plan(
        model="m", mode=Mode.SPEECH_TO_TEXT, prompt="", seed=1, quote=0,
        extra={"task": "transcribe", "temperature": 0.0},
    )  # fmt: skip
    shown = verbose(heard, plan, ["word", "segment"])
    assert (shown.language, shown.usage.seconds) == ("xx", 6)
    assert [word.word for word in shown.words or ()] == ["yes"]


def test_recordings_are_priced_by_their_length() -> None:
    catalog = load_catalog()
    plan = Plan(model="whisper-1", mode=Mode.SPEECH_TO_TEXT, prompt="", seed=1, quote=0)
    asset = Asset(
        id="i", account_id="a", job_id="j", role="audio", kind="audio", mime="audio/wav", sha256="", size=1,
        duration=601.0,
    )  # fmt: skip
    priced = by_length(catalog)(plan, [asset])
    assert (priced.seconds, priced.quote) == (601.0, 7)


@dataclass
class Waiting:
    """Jobs that are never done."""

    cancelled: list[str] = field(default_factory=list)

    async def wait(self, account: str, name: str, seconds: float) -> Job:
        return job(State.RUNNING)

    async def cancel(self, account: str, name: str) -> None:
        self.cancelled.append(name)

    async def submit(self, *_: Any, **__: Any) -> Job:
        return job(State.QUEUED)


@pytest.mark.parametrize("callback", [None, Callback(url="https://example.com", format="openai")])
def test_what_takes_too_long_is_cancelled_unless_somebody_is_told(callback: Callback | None) -> None:
    jobs = Waiting()
    services: Any = type("Services", (), {"jobs": jobs})
    caller: Any = type("Caller", (), {"who": type("Who", (), {"account": "a"})})
    submitter: Any = jobs
    request: Any = None
    finisher = Finisher(services, submitter, patience=0.0)
    with pytest.raises(Problem, match="not done after 0 seconds") as caught:
        asyncio.run(finisher.finish(request, caller, job().plan(), callback=callback))
    assert (caught.value.status, caught.value.kind) == (504, "timeout")
    assert jobs.cancelled == ([] if callback else ["job_1"])
