"""A text service behind HTTP: what it is asked, what comes of its answers, and of its failures."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.text import Piece
from rushes.engines.upstream_text.engine import UpstreamText
from tests.text.asking import Said, chat, refused, said, until
from tests.text.peer import KEY, Peer, peer


def with_peer(use: Callable[[Peer, UpstreamText], Awaitable[None]], **settings: Any) -> None:
    async def run() -> None:
        async with peer() as found, httpx.AsyncClient() as client:
            await use(found, UpstreamText(client, found.url, KEY, **settings))

    asyncio.run(run())


def answer_of(model: str) -> Said:
    answers = []

    async def use(_: Peer, text: UpstreamText) -> None:
        answers.append(await said(text, chat(model=model)))
        assert (await text.health()).ready

    with_peer(use)
    return answers[0]


def test_a_chat_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = {"type": "function", "function": {"name": "add"}}

    async def use(found: Peer, text: UpstreamText) -> None:
        full = chat(
            "Hi", model="ours", stop=("x",), seed=0, tools=(tool,), tool_choice="required", temperature=0.0, top_p=0.5
        )
        await said(text, full)
        await said(text, chat("Hi", model="other"))
        (path, headers, body), (_, _, plain) = found.asked
        assert path == "/v1/chat/completions"
        assert headers["authorization"] == f"Bearer {KEY}"
        assert body == {
            "model": "good",
            "messages": [{"role": "user", "content": "Hi"}],
            "max_tokens": 30,
            "temperature": 0.0,
            "top_p": 0.5,
            "stop": ["x"],
            "seed": 0,
            "tools": [tool],
            "tool_choice": "required",
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        assert plain["model"] == "crlf"
        assert not {"stop", "seed", "tools", "tool_choice", "response_format"} & set(plain)

    with_peer(use, models={"ours": "good"}, model="crlf")


def test_without_a_key_none_is_sent_and_the_limit_goes_by_its_name() -> None:
    async def run() -> None:
        async with peer() as found, httpx.AsyncClient() as client:
            await said(
                UpstreamText(client, f"{found.url}/", "", limit_field="max_completion_tokens"), chat(model="good")
            )
            [(path, headers, body)] = found.asked
            assert path == "/v1/chat/completions"
            assert "authorization" not in headers
            assert body["max_completion_tokens"] == 30
            assert "max_tokens" not in body

    asyncio.run(run())


@pytest.mark.parametrize("model", ["good", "no-empty-line-at-the-end", "crlf"])
def test_an_answer_is_pieces_and_a_count(model: str) -> None:
    answer = answer_of(model)
    assert [piece.text for piece in answer.pieces] == ["Hel", "lo"]
    end = answer.end
    assert (end.finish, end.prompt_tokens, end.completion_tokens, end.model) == ("stop", 11, 3, "upstream-7b")


def test_the_cuts_of_the_network_do_not_show() -> None:
    assert answer_of("cut-anywhere").text == "Hello – né"


def test_characters_that_look_like_line_ends_are_text() -> None:
    assert answer_of("line-separators").text == "a\u2028b\u0085c"


def test_usage_may_come_with_the_last_choice() -> None:
    end = answer_of("usage-with-last-choice").end
    assert (end.finish, end.prompt_tokens, end.completion_tokens) == ("length", 1, 2)


def test_calls_are_handed_on() -> None:
    answer = answer_of("calls")
    assert [call["function"] for call in answer.calls] == [{"name": "add", "arguments": ""}, {"arguments": '{"a":1}'}]
    assert answer.end.finish == "tool_calls"


def test_a_refusal_of_the_model_is_shown() -> None:
    answer = answer_of("filtered")
    assert (answer.text, answer.end.finish) == ("No.", "content_filter")


@pytest.mark.parametrize(
    ("model", "code", "message", "retryable"),
    [
        ("401", FailureCode.UNAVAILABLE, "the text service is not available", False),
        ("403", FailureCode.UNAVAILABLE, "the text service is not available", False),
        ("404", FailureCode.UNAVAILABLE, "the text service is not available", False),
        ("500", FailureCode.UNAVAILABLE, "the text service is not available", False),
        ("503", FailureCode.UNAVAILABLE, "the text service is not available", True),
        ("redirect", FailureCode.UNAVAILABLE, "the text service is not available", False),
        ("400", FailureCode.INVALID_INPUT, "temperature must be below 2", False),
        ("400-key", FailureCode.INVALID_INPUT, "bad request with …", False),
        ("422", FailureCode.INVALID_INPUT, "messages must not be empty", False),
        ("400-page", FailureCode.INVALID_INPUT, "the text service refused the request", False),
        ("402", FailureCode.QUOTA, "the text service takes no more requests", False),
        ("429", FailureCode.QUOTA, "the text service takes no more requests at the moment", True),
        ("200-json", FailureCode.UNAVAILABLE, "the text service did not send a stream", False),
        ("hangs-up", FailureCode.UNAVAILABLE, "the text service broke off", False),
        ("silent", FailureCode.UNAVAILABLE, "the text service did not answer in time", False),
        ("no-usage", FailureCode.UNAVAILABLE, "the text service did not say how many tokens it used", False),
        ("half-usage", FailureCode.UNAVAILABLE, "the text service did not say how many tokens it used", False),
        ("no-finish", FailureCode.UNAVAILABLE, "the text service broke off in the middle of the answer", False),
        ("broken-off", FailureCode.UNAVAILABLE, "the text service broke off in the middle of the answer", False),
        ("error-within", FailureCode.UNAVAILABLE, "the text service is not available", False),
        ("quota-within", FailureCode.QUOTA, "the text service takes no more requests at the moment", True),
        ("nonsense", FailureCode.UNAVAILABLE, "the text service sent something that is not a chat completion", False),
        (
            "endless-line",
            FailureCode.UNAVAILABLE,
            "the text service sent something that is not a chat completion",
            False,
        ),
        ("endless", FailureCode.UNAVAILABLE, "the text service did not come to an end", False),
    ],
)
def test_failures_are_told_in_our_words_and_not_sent_again(
    model: str, code: FailureCode, message: str, retryable: bool
) -> None:
    async def use(found: Peer, text: UpstreamText) -> None:
        error = await refused(text, chat(model=model))
        assert (error.code, error.message, error.retryable) == (code, message, retryable)
        assert len(found.asked) == 1
        assert (await text.health()).ready is (code is FailureCode.INVALID_INPUT)
        await said(text, chat(model="good"))
        assert (await text.health()).ready

    with_peer(use, silence_seconds=0.5, limit_seconds=1.0)


def test_closing_early_hangs_up() -> None:
    async def use(found: Peer, text: UpstreamText) -> None:
        answer = text.write(chat(model="endless"))
        assert isinstance(await anext(answer), Piece)
        assert found.hung_up == 0
        await answer.aclose()  # type: ignore[attr-defined]
        await until(lambda: found.hung_up == 1, 5)

    with_peer(use)


def test_a_service_that_is_not_there_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rushes.engines.upstream_text.engine._PAUSES", (0.0, 0.0))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: connecting is refused
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        tries = []

        async def run() -> None:
            class Counting(httpx.AsyncHTTPTransport):
                async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                    tries.append(request.url)
                    return await super().handle_async_request(request)

            async with httpx.AsyncClient(transport=Counting()) as client:
                text = UpstreamText(client, url, KEY)
                error = await refused(text, chat())
                assert error.code is FailureCode.UNAVAILABLE
                assert error.retryable
                assert url not in error.message
                assert not (await text.health()).ready

        asyncio.run(run())
    assert len(tries) == 3


def test_a_service_that_comes_back_between_two_tries_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rushes.engines.upstream_text.engine._PAUSES", (0.0, 0.0))

    async def use(found: Peer, _: UpstreamText) -> None:
        class Late(httpx.AsyncHTTPTransport):
            tries = 0

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                self.tries += 1
                if self.tries == 1:
                    raise httpx.ConnectError("refused")
                return await super().handle_async_request(request)

        async with httpx.AsyncClient(transport=Late()) as client:
            assert (await said(UpstreamText(client, found.url, KEY), chat(model="good"))).text == "Hello"
        assert len(found.asked) == 1

    with_peer(use)


def test_what_came_before_a_failure_was_handed_on() -> None:
    async def use(_: Peer, text: UpstreamText) -> None:
        answer = text.write(chat(model="broken-off"))
        assert [await anext(answer), await anext(answer)] == [Piece(text="Hel"), Piece(text="lo")]
        with pytest.raises(EngineError):
            await anext(answer)

    with_peer(use)
