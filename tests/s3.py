"""An S3 server on loopback: moto's, which keeps its buckets in memory (docs.getmoto.org, "Server Mode").

All servers of a process have the same buckets, so each has one of its own here, and none forgets them all.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

ACCESS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "aws_region": "us-east-1"}


class S3(Struct, frozen=True):
    """`url` is a bucket that exists, `options` are what obstore must know to reach it."""

    url: str
    endpoint: str

    @property
    def options(self) -> dict[str, str]:
        return {**ACCESS, "aws_endpoint": self.endpoint}


@contextmanager
def running_s3() -> Iterator[S3]:
    """The server, for as long as the block lasts."""
    import httpx
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    bucket = f"media-{secrets.token_hex(8)}"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        httpx.put(f"{endpoint}/{bucket}", headers={"Host": f"{host}:{port}"}).raise_for_status()
        yield S3(f"s3://{bucket}/rushes", endpoint)
    finally:
        server.stop()
