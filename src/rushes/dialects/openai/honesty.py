"""What OpenAI's shapes have no field for, as headers: what really ran, what it cost, what was ignored."""

from __future__ import annotations

import re

from starlette.responses import Response

from rushes.jobs import Job

_LONGEST = 2000
_UNSAFE = re.compile(r"[^ -~]+")


def tell(response: Response, job: Job) -> Response:
    """The response, with the headers of its job."""
    headers = {
        "x-rushes-job": job.id,
        "x-rushes-engine": job.engine,
        "x-rushes-draft": "true" if job.draft else "false",
    }
    if job.cost is not None:
        headers["x-rushes-cost"] = str(job.cost)
    if warnings := job.warning_list():
        headers["x-rushes-warnings"] = _UNSAFE.sub("?", "; ".join(warnings))[:_LONGEST]
    response.headers.update(headers)
    return response
