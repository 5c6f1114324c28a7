"""Jobs that an operator should look at."""

from __future__ import annotations

from typing import Any

from rushes.db import Steps, rows

_COLUMNS = ("job", "account", "model", "engine", "upstream", "begun", "refunded")


def ambiguous() -> Steps[list[dict[str, Any]]]:
    """Paid starts that may or may not have been accepted, latest first: refunded, and never sent again.

    `begun` is in milliseconds since 1970, `refunded` in credits.
    """
    found = yield from rows(
        "SELECT id, account_id, model, engine, upstream, taken_at, quote FROM jobs"
        " WHERE state = 'failed' AND submission = 'sending' AND error_code = 'lost' ORDER BY id DESC LIMIT 1000"
    )
    return [dict(zip(_COLUMNS, row, strict=True)) for row in found]
