"""Session tokens: signed JWTs (HS256) that say which user logged in and until when."""

from __future__ import annotations

import time

LIFETIME = 24 * 3600
_AUDIENCE = "rushes"


def issue(user: str, secret: str) -> str:
    """A token for `user`, good for LIFETIME seconds."""
    import jwt

    now = int(time.time())
    return jwt.encode({"sub": user, "aud": _AUDIENCE, "iat": now, "exp": now + LIFETIME}, secret, "HS256")


def read(token: str, secret: str) -> str | None:
    """The user a token was issued to; None when it is forged, expired or not a token."""
    import jwt

    try:
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], audience=_AUDIENCE, options={"require": ["exp", "sub"]}
        )
    except jwt.InvalidTokenError:
        return None
    return str(claims["sub"])
