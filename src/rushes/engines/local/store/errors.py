"""What can go wrong with a model file, each with the command that puts it right."""

from __future__ import annotations


class StoreError(Exception):
    """Any failure of the model store. The message is for the operator."""


class UnknownGroupError(StoreError):
    """No such group in the table of weights."""

    def __init__(self, group: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no model group {group!r}; there are: {', '.join(known)}")
        self.group = group


class ModelMissingError(StoreError):
    """The group was never pulled."""

    def __init__(self, group: str) -> None:
        super().__init__(f"model {group!r} is not installed; run `rushes models pull {group}`")
        self.group = group


class ModelDamagedError(StoreError):
    """A file of the group is not the one that was pinned: refused."""

    def __init__(self, group: str, what: str) -> None:
        super().__init__(f"model {group!r} is damaged ({what}); run `rushes models pull {group}` to replace it")
        self.group = group
        self.what = what


class StoreOfflineError(StoreError):
    """A pull was asked for while the server runs offline."""

    def __init__(self, group: str) -> None:
        super().__init__(
            f"model {group!r} is not installed and this server runs offline; "
            f"run `rushes models pull {group}` where there is a network and copy the folder here"
        )
        self.group = group


class LicenceError(StoreError):
    """The group's licence restricts its use, and the operator has not accepted that."""

    def __init__(self, group: str, licence: str, restricted: str) -> None:
        super().__init__(
            f"model {group!r} is off: its licence is {licence} ({restricted}). If that suits you, "
            f"run `rushes models pull {group} --accept-licence {licence}` or set RUSHES_ACCEPT_LICENCES={licence}"
        )
        self.group = group
        self.licence = licence


class PullError(StoreError):
    """No source gave the right bytes. `attempts` holds one line for each source that was tried."""

    def __init__(self, group: str, file: str, attempts: tuple[str, ...]) -> None:
        lines = "".join(f"\n  {line}" for line in attempts) or "\n  no source is usable with these settings"
        super().__init__(
            f"could not pull {file!r} of model {group!r}:{lines}\nto try again: `rushes models pull {group}`"
        )
        self.group = group
        self.file = file
        self.attempts = attempts


class SourceError(Exception):
    """One source did not deliver. Its text is one line; the next source is tried."""
