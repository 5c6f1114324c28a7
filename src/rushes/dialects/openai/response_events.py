"""One answer of /responses as it grows: the events of its stream, in the order that clients put together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rushes.dialects.openai import shapes_responses as shapes
from rushes.dialects.openai.texts import Call, Calls
from rushes.dialects.openai.translate_responses import changed
from rushes.engines.text import End, Piece
from rushes.ids import new_id


class Growing:
    """Turns pieces into events. The text is one item, each call another, in the order in which they begin."""

    def __init__(self, response: shapes.Response) -> None:
        self._response = response
        self._number = 0
        self._items: list[shapes.Item] = []
        self._text: list[str] = []
        self._message: int | None = None
        self._calls = Calls()
        self._call_items: dict[int, int] = {}

    def begin(self) -> Iterator[shapes.Event]:
        """Before the first piece."""
        yield self._life("response.created")
        yield self._life("response.in_progress")

    def add(self, piece: Piece) -> Iterator[shapes.Event]:
        """Some more."""
        if piece.text:
            if self._message is None:
                yield from self._open_message()
            yield self._text_delta(piece.text)
        for delta in piece.tool_calls:
            yield from self._add_call(delta)

    def finish(self, end: End, now: int) -> Iterator[shapes.Event]:
        """The items are whole, and so is the answer, unless it was cut. `now` in seconds since 1970."""
        if not self._items:
            yield from self._open_message()
        cut = end.finish in ("length", "content_filter")
        for index, item in enumerate(self._items):
            yield from self._close(index, item, "incomplete" if cut else "completed")
        reason: Any = "content_filter" if end.finish == "content_filter" else "max_output_tokens"
        self._response = changed(
            self._response,
            status="incomplete" if cut else "completed",
            output=list(self._items),
            usage=_usage(end),
            completed_at=None if cut else now,
            incomplete_details=shapes.Incomplete(reason=reason) if cut else None,
        )
        yield self._life("response.incomplete" if cut else "response.completed")

    def fail(self, message: str) -> Iterator[shapes.Event]:
        """It broke off."""
        error = shapes.Failure(message=message)
        self._response = changed(self._response, status="failed", output=list(self._items), error=error)
        yield self._life("response.failed")

    @property
    def response(self) -> shapes.Response:
        """The answer as it stands."""
        return self._response

    def _next(self) -> int:
        self._number += 1
        return self._number - 1

    def _life(self, kind: str) -> shapes.LifeEvent:
        return shapes.LifeEvent(type=kind, sequence_number=self._next(), response=self._response)

    def _added(self, item: shapes.Item) -> shapes.ItemEvent:
        index = len(self._items)
        self._items.append(item)
        return shapes.ItemEvent(
            type="response.output_item.added", sequence_number=self._next(), output_index=index, item=item
        )

    def _open_message(self) -> Iterator[shapes.Event]:
        self._message = len(self._items)
        item = shapes.OutputMessage(id=new_id("msg_"), status="in_progress", content=[])
        yield self._added(item)
        yield self._part("response.content_part.added", item.id, "")

    def _part(self, kind: Any, item: str, text: str) -> shapes.PartEvent:
        assert self._message is not None
        return shapes.PartEvent(
            type=kind,
            sequence_number=self._next(),
            output_index=self._message,
            item_id=item,
            part=shapes.OutputText(text=text),
        )

    def _text_delta(self, text: str) -> shapes.TextDelta:
        assert self._message is not None
        self._text.append(text)
        name = self._items[self._message].id
        return shapes.TextDelta(sequence_number=self._next(), output_index=self._message, item_id=name, delta=text)

    def _add_call(self, delta: dict[str, Any]) -> Iterator[shapes.Event]:
        index, call = self._calls.add(delta)
        if index not in self._call_items:
            self._call_items[index] = len(self._items)
            yield self._added(_call_item(new_id("fc_"), call, "in_progress"))
        at = self._call_items[index]
        more = str((delta.get("function") or {}).get("arguments") or "")
        if more:
            yield shapes.ArgumentsDelta(
                sequence_number=self._next(), output_index=at, item_id=self._items[at].id, delta=more
            )

    def _close(self, index: int, item: shapes.Item, status: shapes.ItemStatus) -> Iterator[shapes.Event]:
        done: shapes.Item
        if isinstance(item, shapes.OutputMessage):
            text = "".join(self._text)
            yield shapes.TextDone(sequence_number=self._next(), output_index=index, item_id=item.id, text=text)
            yield self._part("response.content_part.done", item.id, text)
            done = shapes.OutputMessage(id=item.id, status=status, content=[shapes.OutputText(text=text)])
        else:
            number = next(number for number, at in self._call_items.items() if at == index)
            call = self._calls.at(number)
            yield shapes.ArgumentsDone(
                sequence_number=self._next(),
                output_index=index,
                item_id=item.id,
                name=call.name,
                arguments=call.arguments,
            )
            done = _call_item(item.id, call, status, call.arguments)
        self._items[index] = done
        yield shapes.ItemEvent(
            type="response.output_item.done", sequence_number=self._next(), output_index=index, item=done
        )


def _call_item(name: str, call: Call, status: shapes.ItemStatus, arguments: str = "") -> shapes.FunctionCall:
    return shapes.FunctionCall(id=name, call_id=call.id, name=call.name, arguments=arguments, status=status)


def _usage(end: End) -> shapes.Usage:
    total = end.prompt_tokens + end.completion_tokens
    return shapes.Usage(input_tokens=end.prompt_tokens, output_tokens=end.completion_tokens, total_tokens=total)
