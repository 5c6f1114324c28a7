"""What the model writes, as pieces for the caller: text at once, and texts that are calls as calls."""

from __future__ import annotations

from rushes.engines.local.llm.calls import Offer, found, may_be_call
from rushes.engines.local.llm.wire import Ended
from rushes.engines.text import End, Finish, Piece


class Answer:
    """One answer as it grows. Where it may turn out to be a call, it is held back until that is clear."""

    def __init__(self, offer: Offer, model: str) -> None:
        self._offer = offer
        self._model = model
        self._held = ""
        self._holding = bool(offer.functions)

    def add(self, text: str) -> Piece | None:
        """The next piece, if there is one already."""
        if not self._holding:
            return Piece(text=text)
        self._held += text
        if self._offer.forced or may_be_call(self._held):
            return None
        self._holding = False
        return Piece(text=self._held)

    def end(self, ended: Ended) -> list[Piece | End]:
        """What was held back, and the end."""
        last: list[Piece | End] = []
        finish: Finish = "length" if ended.finish == "length" else "stop"
        if self._holding and self._held:
            text, calls = found(self._held, self._offer)
            if text.strip() or not calls:
                last.append(Piece(text=text))
            if calls:
                last.append(Piece(tool_calls=calls))
                finish = "length" if finish == "length" else "tool_calls"
        last.append(
            End(
                finish=finish,
                prompt_tokens=ended.prompt_tokens,
                completion_tokens=ended.completion_tokens,
                model=self._model,
            )
        )
        return last
