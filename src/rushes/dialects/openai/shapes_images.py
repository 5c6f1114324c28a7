"""The JSON of /images."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Background = Literal["auto", "opaque", "transparent"]
EventType = Literal["image_generation.completed", "image_edit.completed"]


class _Image(Struct, kw_only=True):
    prompt: str
    model: str | None = None
    n: int | None = None
    size: str | None = None
    """Width and height in pixels, "1536x1024", or "auto"."""
    output_format: str | None = None
    output_compression: Annotated[int, Meta(ge=0, le=100)] | None = None
    """Quality of JPEG and WebP."""
    background: Background | None = None
    response_format: Literal["url", "b64_json"] | None = None
    stream: bool | None = None
    quality: str | None = None
    partial_images: Annotated[int, Meta(ge=0, le=3)] | None = None
    moderation: str | None = None
    frame_count: int | None = None
    """Refused, like the next two: pictures here do not move, and are made of pixels."""
    frame_duration_ms: int | None = None
    svg: dict[str, Any] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    callback_url: str | None = None
    """Told with a signed POST when the images are done."""


class GenerateImages(_Image, kw_only=True):
    """What to draw. `quality`, `style`, `moderation` and `partial_images` have no effect here: the answer says so."""

    style: str | None = None


class EditImages(_Image, kw_only=True):
    """How to change pictures: files `image` (one, or several as `image[]`) and `mask` of the form."""

    input_fidelity: str | None = None


class Image(Struct, kw_only=True):
    """One picture, as base64 or as a link."""

    b64_json: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class TokenDetails(Struct, frozen=True, kw_only=True):
    """Tokens by kind."""

    image_tokens: int = 0
    text_tokens: int = 0


class ImageUsage(Struct, frozen=True, kw_only=True):
    """All zero: pictures are paid by the piece here (header x-rushes-cost), and no tokens are counted."""

    input_tokens: int = 0
    input_tokens_details: TokenDetails = TokenDetails()
    output_tokens: int = 0
    output_tokens_details: TokenDetails = TokenDetails()
    total_tokens: int = 0


class Images(Struct, kw_only=True):
    """The pictures."""

    created: int
    data: list[Image]
    output_format: str
    size: str
    usage: ImageUsage
    background: Literal["opaque", "transparent"] | UnsetType = UNSET


class ImageEvent(Struct, kw_only=True):
    """One picture of a stream."""

    type: EventType
    b64_json: str
    created_at: int
    size: str
    output_format: str
    background: Background
    usage: ImageUsage
    quality: Literal["auto"] = "auto"
