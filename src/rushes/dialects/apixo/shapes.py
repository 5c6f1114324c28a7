"""The JSON of the apixo dialect. Sections named are those of its document."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

State = Literal["pending", "processing", "success", "failed"]


class Input(Struct, kw_only=True):
    """ "Request Body": `input`. `image_urls`: one for the start, a second for the end frame."""

    prompt: str
    mode: str | None = None
    resolution: str | None = None
    duration: float | None = None
    sound: bool | None = None
    aspect_ratio: str | None = None
    fixed_lens: bool | None = None
    image_urls: Annotated[list[str], Meta(max_length=10)] | None = None
    seed: int | None = None
    negative_prompt: str | None = None


class GenerateTask(Struct, kw_only=True):
    """ "Parameters": async and auto unless said otherwise. `callback_url` is required with request_type callback."""

    input: Input
    request_type: Literal["async", "callback"] | None = None
    callback_url: str | None = None
    provider: Literal["auto", "value", "official"] | None = None


class Task(Struct, kw_only=True):
    """A new task."""

    taskId: str  # noqa: N815 - the document's name
    warnings: list[str] | UnsetType = UNSET


class TaskAnswer(Struct, kw_only=True):
    """The answer to a generateTask."""

    code: int
    message: str
    data: Task


class StatusQuery(Struct, kw_only=True):
    """The query of a statusTask."""

    taskId: str  # noqa: N815


class Status(Struct, kw_only=True):
    """ "Status Response Fields". Times in Unix milliseconds; `resultJson` is JSON in a string."""

    taskId: str  # noqa: N815
    state: State
    createTime: int  # noqa: N815
    resultJson: str | UnsetType = UNSET  # noqa: N815
    failCode: str | UnsetType = UNSET  # noqa: N815
    failMsg: str | UnsetType = UNSET  # noqa: N815
    completeTime: int | UnsetType = UNSET  # noqa: N815
    costTime: int | UnsetType = UNSET  # noqa: N815
    progress: float | UnsetType = UNSET
    engine: str | UnsetType = UNSET
    draft: bool | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


class StatusAnswer(Struct, kw_only=True):
    """The answer to a statusTask, and the body of a callback."""

    code: int
    message: str
    data: Status


class Balance(Struct, kw_only=True):
    """The balance in dollars."""

    code: int
    message: str
    data: float


class Results(Struct, kw_only=True):
    """What `resultJson` holds."""

    resultUrls: list[str]  # noqa: N815


class ErrorDetail(Struct, kw_only=True):
    """What is wrong with a request; `failCode` where "Fail Code" has one for it."""

    error: str
    failCode: str | UnsetType = UNSET  # noqa: N815


class ErrorBody(Struct, kw_only=True):
    """Every error: `code` is the HTTP status."""

    code: int
    message: str
    data: ErrorDetail | None
