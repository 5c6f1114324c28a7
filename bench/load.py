"""A load generator: one request over and over on a number of connections, from a process of its own.

python -m bench.load HOST PORT SECONDS CONNECTIONS < request-bytes   prints {"rate", "p50", "p99", "bad"}
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import Any


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, until: float, times: list[float], bad: list[int]) -> None:
        self._request = request
        self._until = until
        self._times = times
        self._bad = bad
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        self._buffer = body[length:]
        now = time.perf_counter()
        self._times.append(now - self._sent)
        if not head.startswith(b"HTTP/1.1 2"):
            self._bad[0] += 1
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _run(host: str, port: int, seconds: float, connections: int, request: bytes) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    bad = [0]
    started = time.perf_counter()
    until = started + seconds
    made = [
        await loop.create_connection(lambda: _Connection(request, until, times, bad), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    took = time.perf_counter() - started
    times.sort()
    return {
        "rate": len(times) / took,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
        "bad": bad[0],
    }


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """An HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def load(url: str, wanted: bytes, *, seconds: float = 4.0, connections: int = 32) -> dict[str, float]:
    """Requests a second (and latency in ms) of one request, measured from another process."""
    host, port = url.removeprefix("http://").split(":")
    answer = subprocess.run(
        [sys.executable, "-m", "bench.load", host, port, str(seconds), str(connections)],
        input=wanted,
        capture_output=True,
        check=True,
    )
    result: dict[str, float] = json.loads(answer.stdout)
    return result


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(
            json.dumps(
                runner.run(
                    _run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.stdin.buffer.read())
                )
            )
        )
