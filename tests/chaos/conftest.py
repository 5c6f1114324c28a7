"""The cluster's fixtures, for stories about one fault."""

from tests.cluster.conftest import cluster, empty, peer, s3, server

__all__ = ["cluster", "empty", "peer", "s3", "server"]
