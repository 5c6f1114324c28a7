"""A plain request in each mode, to see what a model's graph is made of. None of it is ever sent."""

from __future__ import annotations

from rushes.engines.contract import Input, Mode, Request, Role

_MIMES = {
    Role.IMAGE: "image/png",
    Role.END_IMAGE: "image/png",
    Role.REFERENCE_IMAGE: "image/png",
    Role.MASK: "image/png",
    Role.VIDEO: "video/mp4",
    Role.REFERENCE_VIDEO: "video/mp4",
    Role.AUDIO: "audio/wav",
}
_ROLES: dict[Mode, tuple[Role, ...]] = {
    Mode.IMAGE_TO_VIDEO: (Role.IMAGE,),
    Mode.FIRST_LAST_FRAME: (Role.IMAGE, Role.END_IMAGE),
    Mode.REFERENCE_TO_VIDEO: (Role.REFERENCE_IMAGE,),
    Mode.VIDEO_TO_VIDEO: (Role.REFERENCE_VIDEO,),
    Mode.SOUND_TO_VIDEO: (Role.IMAGE, Role.AUDIO),
    Mode.MOTION_TRANSFER: (Role.IMAGE, Role.REFERENCE_VIDEO),
    Mode.IMAGE_TO_3D: (Role.IMAGE,),
    Mode.IMAGE_TO_IMAGE: (Role.IMAGE,),
    Mode.SPEECH_TO_TEXT: (Role.AUDIO,),
    Mode.UPSCALE_IMAGE: (Role.IMAGE,),
    Mode.UPSCALE_VIDEO: (Role.VIDEO,),
    Mode.INTERPOLATE_VIDEO: (Role.VIDEO,),
    Mode.REMOVE_BACKGROUND: (Role.IMAGE,),
    Mode.FACE_SWAP: (Role.IMAGE, Role.REFERENCE_IMAGE),
    Mode.DENOISE_AUDIO: (Role.AUDIO,),
}
"""What each mode takes in; the others take none."""
_SECONDS = 2.0


def sample(model: str, mode: Mode) -> Request:
    """A request that any model of this mode can be asked. Its files do not exist."""
    inputs = tuple(
        Input(role=role, path="", mime=_MIMES[role], width=832, height=480, duration=_SECONDS)
        for role in _ROLES.get(mode, ())
    )
    return Request(
        job="sample",
        model=model,
        mode=mode,
        prompt="a red fox",
        width=832,
        height=480,
        seconds=_SECONDS,
        seed=1,
        fps=16,
        inputs=inputs,
    )
