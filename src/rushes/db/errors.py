"""What goes wrong with a database that is nobody's fault here."""

from __future__ import annotations


class Unavailable(Exception):
    """Something that the server needs cannot be reached now, or could not do it now; later it may.

    Whether a write that was cut off has happened is not known: send it again under the same keys.
    """

    retry_after = 2
    """Seconds after which it is worth trying again."""


class Misused(Exception):
    """The database cannot be used as it was asked to: the message is for the operator."""
