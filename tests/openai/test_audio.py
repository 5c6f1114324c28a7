"""/audio through the openai package."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest

import openai
from openai import OpenAI
from rushes.dialects.openai.translate_audio import text_events
from rushes.engines.contract import Segment, Transcript
from tests.e2e.server import Server
from tests.openai.conftest import client_of


@pytest.mark.parametrize(
    ("form", "media", "codec"),
    [
        (None, "audio/mpeg", "mp3"),
        ("mp3", "audio/mpeg", "mp3"),
        ("opus", "audio/ogg", "opus"),
        ("aac", "audio/aac", "aac"),
        ("flac", "audio/flac", "flac"),
        ("wav", "audio/wav", "pcm_s16le"),
    ],
)
def test_speech(client: OpenAI, form: Any, media: str, codec: str) -> None:
    asked = {"response_format": form} if form else {}
    answer = client.audio.speech.create(model="tts-1", voice="alloy", input="Good morning.", **asked)
    assert answer.response.headers["content-type"] == media
    data = answer.read()
    assert answer.response.headers["content-length"] == str(len(data))
    with av.open(io.BytesIO(data)) as sound:
        assert sound.streams.audio[0].codec_context.name.startswith(codec)


def test_bare_samples(client: OpenAI) -> None:
    answer = client.audio.speech.create(model="tts-1", voice="nova", input="x", response_format="pcm", speed=1.5)
    assert answer.response.headers["content-type"] == "audio/pcm"
    assert len(answer.read()) == 2 * 12_000, "half a second at 24 kHz"


def test_speech_is_streamed_into_a_file(client: OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice={"id": "alloy"}, input="x", instructions="whisper"
    ) as answer:
        assert answer.headers["x-rushes-warnings"].startswith("instructions: ignored")
        assert (answer.headers["x-rushes-engine"], answer.headers["x-rushes-draft"]) == ("speech", "true")
        answer.stream_to_file(path)
    with av.open(str(path)) as sound:
        assert sum(frame.samples for frame in sound.decode(audio=0)) >= 12_000


def test_speech_in_events(client: OpenAI, server: Server) -> None:
    asked = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Good morning.", "response_format": "wav"}
    with server.client(client.api_key) as http:
        answer = http.post("/openai/v1/audio/speech", json={**asked, "stream_format": "sse"})
        whole = http.post("/openai/v1/audio/speech", json=asked)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *pieces, done = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]
    assert b"".join(base64.b64decode(piece["audio"]) for piece in pieces) == whole.content
    assert {piece["type"] for piece in pieces} == {"speech.audio.delta"}
    assert done == {
        "type": "speech.audio.done", "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    }  # fmt: skip


def test_speech_is_paid_by_the_character(client: OpenAI) -> None:
    answer = client.audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input="x" * 4000)
    assert answer.headers["x-rushes-cost"] == "6", "4000 characters at 1500 a million"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": "x" * 4097}, "input"),
        ({"voice": "nobody"}, "voice"),
        ({"speed": 5}, "speed"),
        ({"response_format": "midi"}, "response_format"),
        ({"stream_format": "sse"}, "stream_format"),
        ({"model": "whisper-1"}, "model"),
    ],
)
def test_speech_that_cannot_be_is_named(client: OpenAI, change: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.audio.speech.create(**{"model": "tts-1", "voice": "alloy", "input": "x", **change})
    assert caught.value.param == param


def test_a_transcription(client: OpenAI, speech: bytes) -> None:
    raw = client.audio.transcriptions.with_raw_response.create(
        model="whisper-1", file=("a.wav", speech), language="en", prompt="hello there"
    )
    answer = raw.parse()
    assert answer.text == "transcribe en hello there"
    assert answer.usage is not None
    assert answer.usage.type == "duration"
    assert answer.usage.seconds == 3, "two and a half seconds, rounded up"
    assert raw.headers["x-rushes-engine"] == "hearing"


def test_a_transcription_with_times(client: OpenAI, speech: bytes) -> None:
    def asked(**more: Any) -> Any:
        return client.audio.transcriptions.create(
            model="whisper-1", file=("a.wav", speech), response_format="verbose_json", prompt="hello", **more
        )

    usual = asked()
    assert (usual.language, usual.duration, usual.words) == ("english", 2.5, None)
    [segment] = usual.segments
    assert (segment.id, segment.start, segment.end, segment.text) == (0, 0.0, 1.4, "transcribe any hello")
    assert (segment.avg_logprob, segment.no_speech_prob, segment.temperature) == (-0.2, 0.01, 0.0)
    assert segment.compression_ratio > 0
    words = asked(timestamp_granularities=["word"], temperature=0.4)
    assert [(word.word, word.start, word.end) for word in words.words] == [
        ("transcribe", 0.0, 0.4),
        ("any", 0.5, 0.9),
        ("hello", 1.0, 1.4),
    ]
    assert words.segments is None
    both = asked(timestamp_granularities=["word", "segment"], temperature=0.4)
    assert both.words
    assert both.segments[0].temperature == 0.4


def test_a_transcription_in_events(client: OpenAI, speech: bytes) -> None:
    *pieces, done = client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("a.wav", speech), prompt="hello", stream=True
    )
    assert done.type == "transcript.text.done"
    assert done.text == "transcribe any hello"
    assert [piece.type for piece in pieces] == ["transcript.text.delta"] * len(pieces)
    assert "".join(piece.delta for piece in pieces if piece.type == "transcript.text.delta") == done.text
    # "Streaming is not supported for the whisper-1 model and will be ignored."
    raw = client.audio.transcriptions.with_raw_response.create(
        model="whisper-1", file=("a.wav", speech), prompt="hello", extra_body={"stream": True}
    )
    assert raw.parse().text == "transcribe any hello"
    assert raw.headers["x-rushes-warnings"].startswith("stream: ignored")


def test_the_pieces_of_a_transcript_are_the_whole() -> None:
    parts = ("  Good morning. ", "How are", " you?")
    segments = tuple(Segment(start=at, end=at + 1, text=part) for at, part in enumerate(parts))
    whole = "Good morning.  How are you? (Applause.)"
    transcript = Transcript(language="en", duration=3, text=whole, segments=segments)
    *pieces, done = [msgspec.to_builtins(each) for each in text_events(transcript)]
    assert [piece["delta"] for piece in pieces] == ["Good morning.", "  How are", " you?", " (Applause.)"]
    assert done["text"] == whole


def test_subtitles_and_plain_text(client: OpenAI, speech: bytes) -> None:
    def asked(form: Any) -> Any:
        return client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=("a.wav", speech), response_format=form, prompt="hello"
        )

    assert asked("srt") == "1\n00:00:00,000 --> 00:00:01,400\ntranscribe any hello\n"
    assert asked("vtt") == "WEBVTT\n\n00:00:00.000 --> 00:00:01.400\ntranscribe any hello\n"
    assert asked("text") == "transcribe any hello\n"


def test_a_translation(client: OpenAI, speech: bytes) -> None:
    answer = client.audio.translations.create(model="whisper-1", file=("a.wav", speech))
    assert answer.text == "translate any"
    verbose: Any = client.audio.translations.create(
        model="whisper-1", file=("a.wav", speech), response_format="verbose_json"
    )
    assert (verbose.language, verbose.duration) == ("english", 2.5)
    assert client.audio.translations.create(model="whisper-1", file=("a.wav", speech), response_format="text")


def test_a_transcription_is_paid_by_its_length(server: Server, speech: bytes) -> None:
    minutes = io.BytesIO()
    import wave

    with wave.open(minutes, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10\x00\xf0" * 8000 * 75)  # 150 seconds
    client = client_of(server, server.key("payer@example.com", credits=3, dialect="openai"))
    make = client.audio.transcriptions.with_raw_response.create
    assert make(model="whisper-1", file=("a.wav", minutes.getvalue())).headers["x-rushes-cost"] == "2"
    with pytest.raises(openai.RateLimitError) as caught:
        make(model="whisper-1", file=("a.wav", minutes.getvalue()))
    assert caught.value.code == "insufficient_quota"
    assert server.audit()["findings"] == []


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"file": b"no recording"}, "file"),
        ({"response_format": "diarized_json"}, "response_format"),
        ({"language": "klingon"}, "language"),
        ({"stream": True, "model": "gpt-4o-transcribe", "response_format": "srt"}, "response_format"),
        ({"timestamp_granularities": ["word"]}, "timestamp_granularities"),
        ({"temperature": 2}, "temperature"),
        ({"model": "tts-1"}, "model"),
    ],
)
def test_transcriptions_that_cannot_be_are_named(
    client: OpenAI, speech: bytes, change: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.audio.transcriptions.create(**{"model": "whisper-1", "file": ("a.wav", speech), **change})
    assert caught.value.param == param


def test_a_recording_that_is_too_large(client: OpenAI, server: Server) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.audio.transcriptions.create(model="whisper-1", file=("a.wav", bytes(26_214_401)))
    assert (caught.value.status_code, caught.value.param) == (413, "file")
    with server.client(client.api_key) as http:
        nothing = http.post("/openai/v1/audio/transcriptions", files={"other": b"x"}, data={"model": "whisper-1"})
    assert nothing.json()["error"]["param"] == "file"


def test_own_voices_are_refused(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="built-in voices"):
        client.audio.voice_consents.list()


def test_the_same_key_speaks_once(client: OpenAI) -> None:
    headers = {"Idempotency-Key": "speech-once"}
    heard = [
        client.audio.speech.with_raw_response.create(
            model="tts-1", voice="alloy", input="x", extra_headers=headers
        ).headers["x-rushes-job"]
        for _ in range(2)
    ]
    assert len(set(heard)) == 1
