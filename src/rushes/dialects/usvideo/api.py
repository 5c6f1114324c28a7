"""The usvideo dialect's endpoints."""

from __future__ import annotations

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts import User, create_key, create_user, list_keys, normal_email, tokens
from rushes.accounts.login import check_login
from rushes.accounts.users import user_of_account
from rushes.catalog import make_plan
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Dialect, Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import Problem, not_found
from rushes.dialects.kit.reading import Body, Page, read_query
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.usvideo import shapes
from rushes.dialects.usvideo.translate import MODEL, NAMES, created, pricing, to_sources, to_wish, unused, video
from rushes.ledger import wallet
from rushes.services import Services


def usvideo(services: Services, gate: Gate, links: Links) -> Dialect:
    """The dialect over these services."""
    api = _Api(services, gate, links)
    at_create = (400, 402, 413, 429, 502)
    return Dialect(
        name="usvideo",
        title="US Video API",
        description="Text, image and reference to video, priced per second, balance in cents.",
        error=shapes.ErrorBody,
        render=render,
        names=NAMES,
        endpoints=[
            Endpoint(method="POST", path="/v1/videos", run=api.create_video, summary="Submit a generation",
                     body=shapes.CreateVideo, answer=shapes.CreatedVideo, errors=at_create, creates=True),
            Endpoint(method="GET", path="/v1/videos", run=api.list_videos, summary="List videos, newest first",
                     query=Page, answer=shapes.VideoList, errors=(400, 429)),
            Endpoint(method="GET", path="/v1/videos/{id}", run=api.get_video, summary="Get a video's status",
                     answer=shapes.Video, errors=(404, 429)),
            Endpoint(method="DELETE", path="/v1/videos/{id}", run=api.delete_video,
                     summary="Cancel a job, or delete a finished one", answer=shapes.Deleted, errors=(404, 429)),
            Endpoint(method="GET", path="/v1/account", run=api.get_account, summary="Balance and usage",
                     answer=shapes.Account, auth="key or token", errors=(429,)),
            Endpoint(method="POST", path="/v1/api-keys", run=api.create_key, summary="Create an API key",
                     body=shapes.CreateKey, answer=shapes.CreatedKey, auth="token", errors=(400, 413, 429)),
            Endpoint(method="GET", path="/v1/api-keys", run=api.list_keys, summary="List API keys",
                     answer=shapes.KeyList, auth="key or token", errors=(429,)),
            Endpoint(method="GET", path="/v1/pricing", run=api.get_pricing, summary="Prices per second",
                     answer=dict[str, shapes.Rate], auth="none"),
            Endpoint(method="POST", path="/v1/auth/register", run=api.register, summary="Register an account",
                     body=shapes.Credentials, answer=shapes.Session, auth="none", errors=(400, 403, 413, 429)),
            Endpoint(method="POST", path="/v1/auth/login", run=api.log_in, summary="Log in for a session token",
                     body=shapes.Credentials, answer=shapes.Session, auth="none", errors=(400, 401, 413, 429)),
        ],
    )  # fmt: skip


def render(problem: Problem) -> Response:
    """The dialect's error envelope."""
    body = shapes.ErrorBody(error=problem.message, code=problem.kind, field=problem.field or UNSET)
    return json(body, problem.status)


class _Api:
    def __init__(self, services: Services, gate: Gate, links: Links) -> None:
        self._services = services
        self._gate = gate
        self._links = links
        self._submitter = Submitter(services, links, "usvideo")
        limit = services.settings.max_body
        self._create_video = Body(shapes.CreateVideo, limit)
        self._create_key = Body(shapes.CreateKey, limit, optional=True)
        self._credentials = Body(shapes.Credentials, limit)

    async def create_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._create_video.read(request)
        wish = to_wish(self._services.catalog, body)
        plan = make_plan(self._services.catalog, wish, unused(body, wish.mode, unknown))
        job = await self._submitter.submit(request, caller, plan, to_sources(body, plan.mode))
        return json(created(job))

    async def get_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        job = await self._services.jobs.get(caller.who.account, request.path_params["id"])
        if job is None:
            raise not_found("video")
        return json(video(job, lambda output, of: self._links.file(request, output, of)))

    async def list_videos(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        query = read_query(request, Page)
        found = await self._services.jobs.recent(caller.who.account, query.limit + 1, query.offset)
        videos = [video(job, lambda output, of: self._links.file(request, output, of)) for job in found[: query.limit]]
        more = len(found) > query.limit
        return json(shapes.VideoList(videos=videos, limit=query.limit, offset=query.offset, has_more=more))

    async def delete_video(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        account, name = caller.who.account, request.path_params["id"]
        cancelled = await self._services.jobs.cancel(account, name)
        if cancelled is not None:
            return json(shapes.Deleted(id=name, deleted=False, cancelled=True, refunded_cents=cancelled.quote))
        if not await self._services.jobs.remove(account, name):
            raise not_found("video")
        await self._services.library.collect()
        return json(shapes.Deleted(id=name, deleted=True, cancelled=False, refunded_cents=0))

    async def get_account(self, request: Request) -> Response:
        caller = await self._gate.by_either(request)
        database = self._services.database
        money = await database.read(wallet(caller.who.account))
        user = await database.read(user_of_account(caller.who.account))
        account = shapes.Account(
            email=user.email if user else "",
            balance_cents=money.available,
            total_jobs=money.holds,
            total_spent_cents=money.spent,
            plan=caller.tier.name,
        )
        return json(account)

    async def create_key(self, request: Request) -> Response:
        caller, _ = await self._gate.by_token(request)
        body, _ = await self._create_key.read(request)
        key = await self._services.database.write(create_key(caller.who.account, "usvideo", body.name))
        return json(shapes.CreatedKey(id=key.number, name=key.name, key=key.key, masked_key=key.masked))

    async def list_keys(self, request: Request) -> Response:
        caller = await self._gate.by_either(request)
        found = await self._services.database.read(list_keys(caller.who.account))
        keys = [
            shapes.Key(
                id=key.number,
                name=key.name,
                masked_key=key.masked,
                created_at=iso(key.created_at),
                last_used_at=iso(key.last_used_at) if key.last_used_at is not None else None,
            )
            for key in found
        ]
        return json(shapes.KeyList(keys=keys))

    async def get_pricing(self, request: Request) -> Response:
        return json(pricing(self._services.catalog.models[MODEL]))

    async def register(self, request: Request) -> Response:
        await self._gate.open(request)
        settings = self._services.settings
        if settings.registration == "closed":
            raise Problem(403, "registration_closed", "registration is closed; ask the operator for an account")
        body, _ = await self._credentials.read(request)
        email = normal_email(body.email)
        hashed = await self._services.passwords.hash(body.password)
        user = await self._services.database.write(
            create_user(email, tier=settings.signup_tier, password_hash=hashed, credits=settings.signup_credits)
        )
        return self._session(user)

    async def log_in(self, request: Request) -> Response:
        await self._gate.open(request)
        body, _ = await self._credentials.read(request)
        user = await check_login(self._services.database, self._services.passwords, body.email, body.password)
        if user is None:
            raise Problem(401, "wrong_credentials", "e-mail address or password is wrong")
        return self._session(user)

    def _session(self, user: User) -> Response:
        token = tokens.issue(user.id, user.password_hash, self._services.secret)
        session = shapes.Session(token=token, token_type="Bearer", expires_in=tokens.LIFETIME, email=user.email)  # noqa: S106
        return json(session)
