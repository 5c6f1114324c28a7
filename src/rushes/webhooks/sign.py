"""Standard Webhooks signatures, version 1 (standardwebhooks.com): HMAC-SHA256 over id, time and body.

Own lines: the standardwebhooks package signs text only and takes a local time for UTC. The tests hold them
against its verification.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence


def headers(delivery: str, seconds: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers of a delivery sent at `seconds` since 1970, signed with each of `secrets` (`whsec_…`)."""
    signed = f"{delivery}.{seconds}.".encode() + body
    signatures = [hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, "sha256") for secret in secrets]
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join("v1," + base64.b64encode(signature).decode() for signature in signatures),
    }
