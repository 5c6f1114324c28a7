"""Fields and files as the parts of a multipart form, and what the API's errors say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rushes.engines.cloud.exchange import Garbage, Part, Reply
from rushes.engines.cloud.faults import message_of
from rushes.engines.cloud.openai.shapes import Refusal
from rushes.engines.contract import Input


def parts(fields: Mapping[str, Any], files: Mapping[str, list[Input]]) -> tuple[Part, ...]:
    """A form: fields as text, files by the name of their field."""
    made = [Part(name=name, value=_text(value)) for name, value in fields.items()]
    for name, given in files.items():
        for each in given:
            path = Path(each.path)
            made.append(Part(name=name, file=path, filename=_named(path, each.mime), mime=each.mime))
    return tuple(made)


def said(reply: Reply) -> tuple[str, str]:
    """The code and the sentence of a refusal; the kind where there is no code, and the status does not say more."""
    try:
        error = reply.read(Refusal).error
    except Garbage:
        return "", message_of(reply)
    kind = "" if reply.status in (401, 403) else error.type
    return str(error.code or kind or ""), error.message


def by_field(names: Mapping[Any, str], inputs: tuple[Input, ...]) -> dict[str, list[Input]]:
    """The files under the fields that a model has for their roles."""
    found: dict[str, list[Input]] = {}
    for each in inputs:
        found.setdefault(names[each.role], []).append(each)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _named(path: Path, mime: str) -> str:
    """Services go by the ending of a file's name: it says what the file is, whatever it is called here."""
    kind = {"audio/mpeg": "mp3", "video/quicktime": "mov", "audio/x-wav": "wav", "audio/mp4": "m4a"}.get(mime)
    return f"{path.stem}.{kind or mime.rpartition('/')[2].removeprefix('x-')}"
