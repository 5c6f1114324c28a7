"""Links that prove themselves: an expiry and an HMAC over it and the path."""

from __future__ import annotations

import hmac
from collections.abc import Mapping


def sign(path: str, expires: int, secret: str) -> str:
    """The query that makes `path` readable until `expires` (seconds since 1970)."""
    return f"expires={expires}&signature={_mac(path, str(expires), secret)}"


def verify(path: str, query: Mapping[str, str], secret: str, now: int) -> bool:
    """Whether the link was made by `sign` and has not expired."""
    expires, signature = query.get("expires", ""), query.get("signature", "")
    if not hmac.compare_digest(_mac(path, expires, secret).encode(), signature.encode()):
        return False
    return now < int(expires)


def _mac(path: str, expires: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"file\n{path}\n{expires}".encode(), "sha256").hexdigest()
