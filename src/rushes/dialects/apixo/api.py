"""The apixo dialect's endpoints."""

from __future__ import annotations

from functools import partial

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import make_plan
from rushes.dialects.apixo import shapes
from rushes.dialects.apixo.codes import load_codes
from rushes.dialects.apixo.translate import FORMAT, LINK_SECONDS, NAMES, answer, error, find_model, to_wish
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem, invalid, not_found
from rushes.dialects.kit.reading import Body, ignored, read_query
from rushes.dialects.kit.submitting import Submitter
from rushes.ledger import wallet
from rushes.services import Services
from rushes.webhooks.outbox import Callback


def apixo(services: Services, gate: Gate, links: Links) -> Dialect:
    """The dialect over these services."""
    api = _Api(services, gate, links)
    return Dialect(
        name="apixo",
        title="APIXO",
        description="Tasks for every model, polled or called back; balance in dollars.",
        error=shapes.ErrorBody,
        render=api.render,
        names=NAMES,
        endpoints=[
            Endpoint(method="POST", path="/api/v1/generateTask/{model:path}", run=api.generate, summary="Create a task",
                     body=shapes.GenerateTask, answer=shapes.TaskAnswer, errors=(400, 404, 429, 503), creates=True),
            Endpoint(method="GET", path="/api/v1/statusTask/{model:path}", run=api.status, summary="A task's status",
                     query=shapes.StatusQuery, answer=shapes.StatusAnswer, errors=(400, 404, 429)),
            Endpoint(method="GET", path="/api/v1/apikeys/current-balance", run=api.balance,
                     summary="The balance in dollars", answer=shapes.Balance, errors=(429,)),
        ],
    )  # fmt: skip


class _Api:
    def __init__(self, services: Services, gate: Gate, links: Links) -> None:
        self._services = services
        self._gate = gate
        self._links = links
        self._submitter = Submitter(services, links, "apixo")
        self._codes = load_codes()
        self._task = Body(shapes.GenerateTask, services.settings.max_body)

    def render(self, problem: Problem) -> Response:
        """The dialect's error envelope."""
        status, body = error(problem, self._codes)
        return json(body, status)

    async def generate(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._task.read(request)
        model = find_model(self._services.catalog, request.path_params["model"])
        callback = None
        if body.request_type == "callback":
            if not body.callback_url:
                raise invalid("callback_url", "is required")
            callback = Callback(url=body.callback_url, format=FORMAT, policy=FORMAT)
        wish, sources, warnings = to_wish(model, body)
        plan = make_plan(self._services.catalog, wish, [*ignored(unknown), *warnings])
        job = await self._submitter.submit(
            request, caller, plan, sources, callback=callback, keep_bad_inputs=True, keep_refused=True
        )
        task = shapes.Task(taskId=job.id, warnings=job.warning_list() or UNSET)
        return json(shapes.TaskAnswer(code=200, message="success", data=task))

    async def status(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        query = read_query(request, shapes.StatusQuery)
        find_model(self._services.catalog, request.path_params["model"])
        job = await self._services.jobs.get(caller.who.account, query.taskId)
        if job is None:
            raise not_found("task")
        return json(answer(job, self._codes, partial(self._links.file, request, seconds=LINK_SECONDS)))

    async def balance(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        available = (await self._services.database.read(wallet(caller.who.account))).available
        return json(shapes.Balance(code=200, message="success", data=available / 100))
