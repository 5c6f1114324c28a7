"""multipart/form-data bodies: texts and files by field."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from msgspec import Struct
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import read_bytes

_FILES = 20
_FIELDS = 100


class Upload(Struct, frozen=True):
    """One file of a form. Its name is only for messages."""

    name: str
    content: bytes


class Form(Struct, frozen=True):
    """A form's texts and files; a name may come several times, `a[]` counts as `a`."""

    texts: dict[str, list[str]]
    files: dict[str, list[Upload]]

    def text(self, name: str) -> str | None:
        """The last text called `name`."""
        found = self.texts.get(name)
        return found[-1] if found else None


def is_form(request: Request) -> bool:
    """Whether the body is multipart/form-data."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def read_form(request: Request, limit: int) -> Form:
    """The form in the body, of at most `limit` bytes. Answers 400, 413."""
    body = await read_bytes(request, limit)
    if not is_form(request):
        raise invalid("body", "must be multipart/form-data")
    if "boundary=" not in request.headers["content-type"]:
        raise invalid("body", "the Content-Type header names no boundary")

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    headers = Headers(raw=request.scope["headers"])
    parser = MultiPartParser(headers, stream(), max_files=_FILES, max_fields=_FIELDS, max_part_size=limit)
    try:
        data = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise invalid("body", f"not a valid form: {getattr(error, 'message', 'it is damaged')}") from None
    texts: dict[str, list[str]] = {}
    files: dict[str, list[Upload]] = {}
    for raw, value in data.multi_items():
        name = raw.removesuffix("[]")
        if isinstance(value, UploadFile):
            files.setdefault(name, []).append(Upload(value.filename or name, await value.read()))
        else:
            texts.setdefault(name, []).append(value)
    return Form(texts, files)
