"""Clients: each makes an order, waits for its end, and is as patient as an SDK or a proxy would be.

A create is sent again under the same Idempotency-Key, at whatever node, until it is answered.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

import httpx
from msgspec import Struct

from tests.chaos.node import MODEL
from tests.chaos.receiver import Receiver
from tests.chaos.schedule import Order

_TIMEOUT = httpx.Timeout(8.0, connect=2.0)
_LATER = (408, 409, 429)
"""With all of 5xx: to be asked again."""
_OVER = ("succeeded", "failed", "cancelled")
_LOOK = 2.0
"""Seconds between two looks, where no webhook comes."""
_AGAIN = 0.3


class Outcome(Struct, kw_only=True):
    """What became of an order, as its client saw it."""

    order: Order
    job: str = ""
    state: str = ""
    code: str = ""
    """Why it failed."""
    removed: bool = False
    asked: int = 0
    """How often the create was sent."""
    wrong: str = ""
    """What must not happen."""


class TooLate(Exception):
    """The campaign is over."""


class Caller:
    """Requests to a cluster: at any node, and again where that may help, until the campaign's end."""

    def __init__(self, urls: Callable[[], list[str]], keys: Sequence[str], until: float) -> None:
        self._urls = urls
        self._keys = keys
        self.until = until
        self._http = httpx.Client(timeout=_TIMEOUT, trust_env=False)
        self.sent = 0

    def ask(self, method: str, path: str, account: int, **request: Any) -> httpx.Response:
        """One answer that is not "later". Raises TooLate."""
        headers = {"Authorization": f"Bearer {self._keys[account]}", **request.pop("headers", {})}
        last = "nothing"
        while time.monotonic() < self.until:
            url = random.choice(self._urls()) + path
            self.sent += 1
            try:
                answer = self._http.request(method, url, headers=headers, **request)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                last = repr(error)
            else:
                if answer.status_code < 500 and answer.status_code not in _LATER:
                    return answer
                last = f"{answer.status_code} {answer.text[:200]}"
            time.sleep(_AGAIN * (1 + random.random()))
        raise TooLate(f"{method} {path}: {last}")

    def close(self) -> None:
        self._http.close()


class Crowd:
    """`people` at a time work through the orders."""

    def __init__(self, orders: Sequence[Order], receiver: Receiver, new_caller: Callable[[], Caller]) -> None:
        self.outcomes: list[Outcome] = []
        self.over = 0
        self._receiver = receiver
        self._new_caller = new_caller
        self._left: SimpleQueue[Order] = SimpleQueue()
        for order in orders:
            self._left.put(order)
        self._people: list[threading.Thread] = []

    def start(self, people: int) -> None:
        self._people = [threading.Thread(target=self._work) for _ in range(people)]
        for person in self._people:
            person.start()

    @property
    def busy(self) -> bool:
        return any(person.is_alive() for person in self._people)

    def _work(self) -> None:
        caller = self._new_caller()
        try:
            while True:
                try:
                    order = self._left.get_nowait()
                except Empty:
                    return
                outcome = Outcome(order=order)
                self.outcomes.append(outcome)
                try:
                    self._live(caller, outcome)
                except TooLate as error:
                    outcome.wrong = outcome.wrong or f"too late: {error}"
                except Exception as error:
                    outcome.wrong = repr(error)
                self.over += 1
        finally:
            caller.close()

    def _live(self, caller: Caller, outcome: Outcome) -> None:
        order = outcome.order
        before = caller.sent
        outcome.job = self._create(caller, order)
        outcome.asked = caller.sent - before
        path = f"/rushes/v1/generations/{outcome.job}"
        if order.after == "cancel":
            time.sleep(order.wait)
            removed = caller.ask("DELETE", path, order.account)
            if removed.status_code == 404 or removed.json()["deleted"]:
                # It was over already. A 404: the answer to the DELETE before it was lost.
                outcome.removed, outcome.state = True, "removed"
                return
        seen = self._end(caller, path, outcome)
        outcome.state = seen["state"]
        outcome.code = seen.get("failure", {}).get("code", "")
        if outcome.state == "succeeded" and order.after == "read":
            outcome.wrong = read(caller, order, seen)[1]
        elif order.after == "remove":
            answer = caller.ask("DELETE", path, order.account)
            outcome.removed = True
            if answer.status_code == 200 and not answer.json()["deleted"]:
                outcome.wrong = f"removing: {answer.text}"

    def _create(self, caller: Caller, order: Order) -> str:
        headers = {"Idempotency-Key": f"order-{order.number}"}
        if order.kind == "edit":
            path, name = "/api/tools/trim-video", "job_id"
            body: dict[str, Any] = {"video_filename": self._receiver.clip, "start_time": 0.0, "end_time": 1.0}
            headers["Prefer"] = "respond-async"
        else:
            path, name = "/rushes/v1/generations", "id"
            body = {"prompt": order.prompt, "seconds": 5, "model": MODEL}
            if order.kind == "drawn":
                body |= {"model": "composer", "seconds": 1, "size": "128x72", "fps": 12, "sound": False}
            if order.called_back:
                body["callback_url"] = self._receiver.hook(order.account)
        answer = caller.ask("POST", path, order.account, json=body, headers=headers)
        if not answer.is_success:
            raise AssertionError(f"refused: {answer.status_code} {answer.text}")
        return str(answer.json()[name])

    def _end(self, caller: Caller, path: str, outcome: Outcome) -> dict[str, Any]:
        """The job once it is over: when a webhook says so, or by looking."""
        while True:
            told = self._receiver.wait(outcome.job, _LOOK)
            seen: dict[str, Any] = caller.ask("GET", path, outcome.order.account).json()
            if seen["state"] in _OVER:
                return seen
            if told:
                outcome.wrong = f"a webhook told of its end, and it is {seen['state']}"


def read(caller: Caller, order: Order, seen: dict[str, Any]) -> tuple[str, str]:
    """The sha256 of a job's only file as it is served, and what is wrong with it ("" for nothing)."""
    [file] = seen["outputs"]
    # Links name the node that was asked; another may have to answer.
    path = "/" + file["url"].split("/", 3)[3]
    answer = caller.ask("GET", path, order.account, headers={"Authorization": ""})
    if answer.status_code != 200:
        return "", f"reading: {answer.status_code} {answer.text[:200]}"
    found = hashlib.sha256(answer.content).hexdigest()
    if answer.headers["etag"].strip('"') != found or len(answer.content) != file["size"]:
        return found, f"reading: {len(answer.content)} of {file['size']} bytes, {found} for {answer.headers['etag']}"
    return found, ""
