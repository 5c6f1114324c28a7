"""Between the apixo dialect's words and the core's. No input or output happens here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from msgspec import UNSET

from rushes.catalog import Catalog, Model, Wish
from rushes.dialects.apixo import shapes
from rushes.dialects.apixo.codes import Codes, ProblemRow, load_codes
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem, invalid, not_found
from rushes.engines.contract import Mode, Role
from rushes.jobs import Job, JobOutput
from rushes.jobs.intake import Source

FORMAT = "apixo"
"""The format and the policy of its callbacks."""
LINK_SECONDS = 15 * 24 * 3600
"""Result URLs are valid for 15 days ("Tips")."""
NAMES = {
    "mode": "input.mode",
    "prompt": "input.prompt",
    "negative_prompt": "input.negative_prompt",
    "seconds": "input.duration",
    "resolution": "input.resolution",
    "ratio": "input.aspect_ratio",
    "sound": "input.sound",
    "fixed_lens": "input.fixed_lens",
    "seed": "input.seed",
}
"""The core's field names in this dialect's words."""
STATES: dict[str, shapes.State] = {
    "queued": "pending",
    "running": "processing",
    "succeeded": "success",
    "failed": "failed",
    "cancelled": "failed",
}
_IMAGE_BYTES = 10 * 1024 * 1024
_WITH_IMAGES = (Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME, Mode.REFERENCE_TO_VIDEO, Mode.IMAGE_TO_IMAGE)
_MEDIA = (Mode.TEXT_TO_VIDEO, *_WITH_IMAGES, Mode.TEXT_TO_IMAGE, Mode.TEXT_TO_SPEECH)


def find_model(catalog: Catalog, name: str) -> Model:
    """The model of a path. Raises a Problem when there is none, or when it makes no media."""
    model = catalog.find(name)
    if model is None or not any(mode in _MEDIA for mode in model.modes):
        raise not_found(f"model {name[:100]!r}")
    return model


def to_wish(model: Model, body: shapes.GenerateTask) -> tuple[Wish, list[Source], list[str]]:
    """What a generateTask asks for, its inputs and warnings. Raises a Problem naming the field at fault."""
    given = body.input
    urls = given.image_urls or []
    mode = _mode(model, given.mode, len(urls))
    warnings = []
    if urls and mode not in _WITH_IMAGES:
        warnings.append(f"input.image_urls: ignored for {mode}")
        urls = []
    if not model.resolutions:
        sizes = {"resolution": given.resolution, "aspect_ratio": given.aspect_ratio}
        warnings += [f"input.{name}: ignored for {mode}" for name, value in sizes.items() if value is not None]
    if body.callback_url and body.request_type != "callback":
        warnings.append("callback_url: ignored, request_type is async")
    wish = Wish(
        model=model.id,
        prompt=given.prompt,
        mode=mode,
        negative_prompt=given.negative_prompt or "",
        seconds=given.duration,
        resolution=given.resolution,
        ratio=given.aspect_ratio,
        sound=given.sound,
        fixed_lens=given.fixed_lens,
        seed=given.seed,
        prefer=body.provider or "auto",
    )
    return wish, _sources(mode, urls), warnings


def _mode(model: Model, named: str | None, images: int) -> Mode:
    named = named if named is not None else _by_pictures(model, images)
    allowed = _named_modes(model)
    if named not in allowed:
        raise invalid("input.mode", f"must be one of {', '.join(allowed)}")
    mode = Mode(named)
    if mode in _WITH_IMAGES and not images:
        raise invalid("input.image_urls", f"is required for {mode}")
    if mode is Mode.IMAGE_TO_VIDEO:
        least, most = _pictures(model)
        if not least <= images <= most:
            bound = f"at least {least}" if images < least else f"at most {most}"
            raise invalid("input.image_urls", f"must have {bound} for {mode}, got {images}")
        if images == 2:
            return Mode.FIRST_LAST_FRAME
    return mode


def _named_modes(model: Model) -> list[Mode]:
    """What `mode` may say. A first and a last frame are image-to-video too, with two pictures ("Mode Options")."""
    modes = [Mode.IMAGE_TO_VIDEO if mode is Mode.FIRST_LAST_FRAME else mode for mode in model.modes if mode in _MEDIA]
    return list(dict.fromkeys(modes))


def _by_pictures(model: Model, images: int) -> Mode:
    """The mode of a task that names none: the first that has a use for so many pictures."""
    modes = _named_modes(model)
    takers = [mode for mode in modes if mode in _WITH_IMAGES] if images else []
    least, most = _pictures(model)
    fitting = [mode for mode in takers if mode is not Mode.IMAGE_TO_VIDEO or least <= images <= most]
    return (fitting or takers or modes)[0]


def _pictures(model: Model) -> tuple[int, int]:
    """How many pictures the model's image-to-video takes, from and to."""
    return 1 if Mode.IMAGE_TO_VIDEO in model.modes else 2, 2 if Mode.FIRST_LAST_FRAME in model.modes else 1


def _sources(mode: Mode, urls: list[str]) -> list[Source]:
    roles = {Mode.FIRST_LAST_FRAME: (Role.IMAGE, Role.END_IMAGE), Mode.REFERENCE_TO_VIDEO: (Role.REFERENCE_IMAGE,)}
    first, *others = roles.get(mode, (Role.IMAGE, Role.REFERENCE_IMAGE))
    return [
        Source(
            field=f"input.image_urls[{number}]",
            role=first if number == 0 or not others else others[0],
            url=url,
            max_bytes=_IMAGE_BYTES,
        )
        for number, url in enumerate(urls)
    ]


def status(job: Job, codes: Codes, link: Callable[[JobOutput, Job], str]) -> shapes.Status:
    """A task as it stands. `link` makes the results' addresses."""
    done = job.finished_at
    answer = shapes.Status(
        taskId=job.id,
        state=STATES[job.state],
        createTime=job.created_at,
        completeTime=done if done is not None else UNSET,
        costTime=done - job.created_at if done is not None else UNSET,
        engine=job.engine,
        draft=bool(job.draft),
        warnings=job.warning_list() or UNSET,
    )
    if job.succeeded:
        results = shapes.Results(resultUrls=[link(output, job) for output in job.output_list()])
        answer.resultJson = msgspec.json.encode(results).decode()
    elif job.terminal:
        answer.failCode = codes.fail(job.error_code or "", pictures=job.mode in _WITH_IMAGES)
        answer.failMsg = job.error_message or "generation failed"
    else:
        answer.progress = round(job.progress, 3)
    return answer


def answer(job: Job, codes: Codes, link: Callable[[JobOutput, Job], str]) -> shapes.StatusAnswer:
    """The envelope around a task's status."""
    return shapes.StatusAnswer(code=200, message="success", data=status(job, codes, link))


def callback(links: Links) -> Callable[[bytes, str, str, int], bytes]:
    """Writes the bodies of callbacks: what a statusTask would answer."""
    codes = load_codes()

    def write(snapshot: bytes, delivery: str, event: str, created: int) -> bytes:
        job = msgspec.json.decode(snapshot, type=Job)
        link = partial(_link, links)
        return msgspec.json.encode(answer(job, codes, link))

    return write


def _link(links: Links, output: JobOutput, job: Job) -> str:
    return links.at(job.origin, output, job, seconds=LINK_SECONDS)


def error(problem: Problem, codes: Codes) -> tuple[int, shapes.ErrorBody]:
    """The status and envelope of a problem."""
    row = codes.problems.get(problem.kind) or ProblemRow(problem.status)
    detail = None
    if problem.kind in ("invalid_parameter", "content_violation", "too_large", "unavailable", "model_missing"):
        missing = problem.field and problem.message == f"{problem.field}: is required"
        text = f"Missing required field: {problem.field}" if missing else problem.message
        detail = shapes.ErrorDetail(error=text, failCode=row.fail or _prompt_code(problem) or UNSET)
    return row.status, shapes.ErrorBody(code=row.status, message=row.message or problem.message, data=detail)


def _prompt_code(problem: Problem) -> str:
    if problem.field != NAMES["prompt"]:
        return ""
    return "PROMPT_TOO_LONG" if "at most" in problem.message else "INVALID_PROMPT"
