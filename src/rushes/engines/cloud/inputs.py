"""Input files as providers take them in JSON."""

from __future__ import annotations

import base64
from pathlib import Path

from rushes.engines.contract import EngineError, FailureCode, Input, Request, Role


def given(request: Request, role: Role) -> tuple[Input, ...]:
    """The inputs of a role, in the caller's order."""
    return tuple(each for each in request.inputs if each.role is role)


def first(request: Request, role: Role) -> Input | None:
    """The only input of a role, or None."""
    return next(iter(given(request, role)), None)


def encoded(file: Input, *, longest: int = 30 << 20) -> str:
    """The file in base64. Raises EngineError where the provider would not take so much."""
    size = Path(file.path).stat().st_size
    if size > longest:
        raise EngineError(FailureCode.INPUT_SIZE, f"the {file.role} has {size} bytes; at most {longest} are taken here")
    return base64.b64encode(Path(file.path).read_bytes()).decode()


def data_uri(file: Input, *, longest: int = 30 << 20) -> str:
    """The file as a data: address (RFC 2397). Raises EngineError as `encoded`."""
    return f"data:{file.mime};base64,{encoded(file, longest=longest)}"
