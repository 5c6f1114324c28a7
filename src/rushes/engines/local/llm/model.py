"""A model in this process: llama.cpp by way of xllamacpp. Imported in the child only.

xllamacpp starts llama.cpp's HTTP server along with the model and cannot be told not to. So that nobody can knock,
it listens on a socket in a private folder, under a random key, and the socket's name is removed before the first
request: from then on nothing can connect to it. Requests go in by function calls.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.llm.wire import Ended, Reading, Report, Wrote
from rushes.processors import processors

_SOCKET = "llm.sock"
_BATCH = 64
"""Prompt tokens computed in one go. Stopping waits for the end of one (below a second on two cores);
batches of 512 were measured to be no faster."""
_QUIET = 1
"""Errors only: llama.cpp's log would otherwise show prompts."""


class Model:
    """A loaded model. `name` is that of its file."""

    def __init__(self, file: Path, *, private: Path, context_tokens: int, threads: int) -> None:
        """Load `file` (GGUF); threads 0: one for each core but one. Changes the working folder. Raises RuntimeError."""
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(file.absolute())
        params.n_ctx = context_tokens
        params.n_batch = params.n_ubatch = _BATCH
        # llama.cpp's threads wait for each other after every step, so one that has to share its core slows all of
        # them: with both of two cores busy, two threads were measured to write 1 to 7 tokens a second, one 11 to 19.
        params.cpuparams.n_threads = threads or max(1, processors() - 1)
        # One answer at a time. Two cores gain little from computing two together, each would have half of the
        # context, and the same seed would not give the same text, since sums come out differently in company.
        params.n_parallel = 1
        params.n_threads_http = 1
        params.cache_ram_mib = 0
        params.fit_params = False
        params.prefill_assistant = False
        params.warmup = False
        params.ui = False
        params.endpoint_slots = False
        params.verbosity = _QUIET
        params.api_keys = [secrets.token_hex(32)]
        # A name relative to the working folder, since the paths of sockets are limited to about 100 bytes.
        params.hostnames = [_SOCKET]
        os.chdir(private)
        self._server = xllamacpp.Server(params)
        (private / _SOCKET).unlink()
        os.chdir("/")
        self.name = file.stem

    def answer(self, body: dict[str, Any], tell: Callable[[Report], None], stopped: Callable[[], bool]) -> Ended:
        """Write until the end, or until `stopped`. Raises EngineError."""
        finish = ""
        usage: dict[str, int] = {}
        fault: EngineError | None = None

        def hear(data: bytes) -> bool:
            # An exception raised in here is lost on its way through llama.cpp.
            nonlocal finish, usage, fault
            try:
                chunk = msgspec.json.decode(data)
                if "error" in chunk:
                    fault = _fault(chunk["error"])
                    return True
                for choice in chunk["choices"]:
                    finish = choice["finish_reason"] or finish
                    if text := choice["delta"].get("content"):
                        tell(Wrote(text=text))
                if progress := chunk.get("prompt_progress"):
                    tell(Reading(done=progress["processed"], total=progress["total"]))
                usage = chunk.get("usage") or usage
            except Exception as error:
                fault = EngineError(FailureCode.INTERNAL, f"the text model's answer was not understood: {error!r}")
                return True
            return stopped()

        try:
            self._server.handle_chat_completions(msgspec.json.encode(body), hear)
        except (ValueError, RuntimeError) as error:
            # Raised before anything is computed: the request itself cannot be used.
            raise EngineError(FailureCode.INVALID_INPUT, _plain(str(error))) from error
        if fault is not None:
            raise fault
        if not usage and not stopped():
            raise EngineError(FailureCode.INTERNAL, "the text model's answer broke off")
        return Ended(
            finish=finish,
            prompt_tokens=usage.get("prompt_tokens", 0),
            completion_tokens=usage.get("completion_tokens", 0),
        )


def _fault(error: dict[str, Any]) -> EngineError:
    if error.get("type") == "exceed_context_size_error":
        has, most = error["n_prompt_tokens"], error["n_ctx"]
        what = f"the messages have {has} tokens: this model takes at most {most} tokens, with the answer"
        return EngineError(FailureCode.INVALID_INPUT, what)
    if error.get("type") == "invalid_request_error":
        return EngineError(FailureCode.INVALID_INPUT, _plain(str(error.get("message"))))
    return EngineError(FailureCode.INTERNAL, "the text model failed")


def _plain(message: str) -> str:
    """llama.cpp's message without the story of how it got there."""
    return message.rpartition("failed: ")[2].partition("\n")[0][:300]
