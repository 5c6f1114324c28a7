"""Session tokens: signed JWTs (HS256) that say which user logged in, with which password, and until when.

A token is good as long as the password that it was issued for: changing or resetting it ends all of them.
"""

from __future__ import annotations

import time
from hashlib import sha256

from msgspec import Struct

LIFETIME = 24 * 3600
_AUDIENCE = "rushes"


class Claim(Struct, frozen=True):
    """What a genuine token says: a user, and the stamp of the password of then."""

    user: str
    stamp: str


def stamp(password_hash: str | None) -> str:
    """A password's mark in a token; it tells nothing of the password."""
    return sha256(f"token {password_hash}".encode()).hexdigest()[:16]


def issue(user: str, password_hash: str | None, secret: str) -> str:
    """A token for `user`, good for LIFETIME seconds."""
    import jwt

    now = int(time.time())
    claims = {"sub": user, "pwd": stamp(password_hash), "aud": _AUDIENCE, "iat": now, "exp": now + LIFETIME}
    return jwt.encode(claims, secret, "HS256")


def read(token: str, secret: str) -> Claim | None:
    """What a token says; None when it is forged, expired or not a token."""
    import jwt

    try:
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], audience=_AUDIENCE, options={"require": ["exp", "sub", "pwd"]}
        )
    except jwt.InvalidTokenError:
        return None
    return Claim(str(claims["sub"]), str(claims["pwd"]))
