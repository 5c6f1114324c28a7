"""Links to files: signed when they are read, so a stored answer never outlives its right to be seen."""

from __future__ import annotations

from starlette.requests import Request

from rushes.ids import now_ms
from rushes.jobs import Job, JobOutput
from rushes.library.service import suffix
from rushes.library.signing import sign

LINK_SECONDS = 24 * 3600
"""How long a link to a file that is kept for ever works; other links work as long as their file exists."""


class Links:
    """Makes links on this server."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._secret = secret

    def base(self, request: Request) -> str:
        """The server's address as the caller sees it, no slash at the end."""
        if self._public_url:
            return self._public_url
        return f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"

    def file(self, request: Request, output: JobOutput, job: Job, *, seconds: int | None = None) -> str:
        """A link to one result, for `seconds` or as long as the file exists."""
        return self.at(self.base(request), output, job, seconds=seconds)

    def at(self, origin: str, output: JobOutput, job: Job, *, seconds: int | None = None) -> str:
        """A link to one result on a server that is reached at `origin`."""
        expires = now_ms() // 1000 + (seconds or LINK_SECONDS)
        if job.expires_at is not None:
            gone = job.expires_at // 1000
            expires = gone if seconds is None else min(expires, gone)
        path = f"/files/{output.asset}{suffix(output.mime)}"
        return f"{origin}{path}?{sign(path, expires, self._secret)}"
