"""Signing up, logging in and out, who am I, and forgotten passwords."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts import User, normal_email, sessions
from rushes.accounts.login import check_login
from rushes.accounts.passwords import WeakPassword
from rushes.accounts.profiles import profile
from rushes.accounts.resets import known_reset, redeem
from rushes.accounts.signup import sign_up
from rushes.accounts.users import check_username
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.cookies import clear_session, set_session
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import COOKIE
from rushes.dialects.kit.origins import check_origin
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.kit.reading import Body
from rushes.dialects.studio import shapes_account as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.who import BODY_BYTES, tier_features, tier_limits, user_behind
from rushes.ids import now_ms
from rushes.ledger import wallet

_MAILED = "If there is such an account, a mail with a token is on its way to its address."


def endpoints(context: Context) -> list[Endpoint]:
    """ "Auth & Session"."""
    auth = _Auth(context)
    door = (400, 403, 429)
    return [
        Endpoint(method="GET", path="/api/auth/check", run=auth.check_auth, answer=shapes.AuthState, auth="none",
                 summary="Who is logged in: tier, balance, limits", errors=(401, 429)),
        Endpoint(method="POST", path="/api/signup", run=auth.sign_up, body=shapes.SignUp, answer=shapes.LoggedIn,
                 auth="none", summary="Create an account and log in", errors=door),
        Endpoint(method="POST", path="/api/login", run=auth.log_in, body=shapes.LogIn, answer=shapes.LoggedIn,
                 auth="none", summary="Log in with a name or an e-mail address", errors=(*door, 401)),
        Endpoint(method="POST", path="/api/logout", run=auth.log_out, answer=shapes.Done, auth="none",
                 summary="End the browser's session", errors=(403,)),
        Endpoint(method="POST", path="/api/password-reset/request", run=auth.request_reset, body=shapes.RequestReset,
                 answer=shapes.Done, auth="none", summary="Have a password reset token mailed", errors=door),
        Endpoint(method="POST", path="/api/password-reset/reset", run=auth.reset_password, body=shapes.ResetPassword,
                 answer=shapes.Done, auth="none", summary="Set a password with the mailed token", errors=door),
    ]  # fmt: skip


class _Auth:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._sign_up = Body(shapes.SignUp, BODY_BYTES)
        self._log_in = Body(shapes.LogIn, BODY_BYTES)
        self._request = Body(shapes.RequestReset, BODY_BYTES)
        self._reset = Body(shapes.ResetPassword, BODY_BYTES)

    async def check_auth(self, request: Request) -> Response:
        cookie = request.cookies.get(COOKIE)
        if "authorization" not in request.headers:
            if cookie is None:
                return json(shapes.AuthState(authenticated=False))
            if await self._services.database.read(sessions.find_session(cookie, now_ms())) is None:
                response = json(shapes.AuthState(authenticated=False))
                clear_session(response)
                return response
        caller = await self._context.gate.by_session(request)
        user = await user_behind(self._context, caller)
        shown = await self._services.database.read(profile(user.id))
        money = await self._services.database.read(wallet(caller.who.account))
        response = json(
            shapes.AuthState(
                authenticated=True,
                username=user.username,
                email=user.email,
                display_name=shown.display_name if shown else "",
                tier=caller.tier.name,
                balance=money.available,
                limits=tier_limits(self._services.tiers, caller.tier),
                features=tier_features(self._services.tiers, caller.tier),
                is_admin=caller.who.admin,
                theme=shown.theme if shown else "dark",
            )
        )
        if caller.who.session and cookie is not None:  # the browser keeps it as long as we do
            set_session(request, response, cookie, self._services.settings.public_url)
        return response

    async def sign_up(self, request: Request) -> Response:
        await self._context.gate.door(request)
        settings = self._services.settings
        if settings.registration == "closed":
            raise Problem(403, "registration_closed", "registration is closed; ask the operator for an account")
        body, _ = await self._sign_up.read(request)
        # What is wrong at first sight is said before the work of hashing.
        username, email = check_username(body.username), normal_email(body.email)
        hashed = await self._services.passwords.hash(body.password)
        user, token = await self._services.database.write(
            sign_up(
                username,
                email,
                hashed,
                tier=settings.signup_tier,
                credits=settings.signup_credits,
                tiers=self._services.tiers,
            )
        )
        return await self._logged_in(request, user, token)

    async def log_in(self, request: Request) -> Response:
        await self._context.gate.door(request)
        body, _ = await self._log_in.read(request)
        database = self._services.database
        user = await check_login(database, self._services.passwords, body.username, body.password)
        if user is None:
            raise Problem(401, "wrong_credentials", "username or password is wrong")
        token = await database.write(sessions.open_session(user.id, instead_of=request.cookies.get(COOKIE)))
        return await self._logged_in(request, user, token)

    async def log_out(self, request: Request) -> Response:
        check_origin(request)
        cookie = request.cookies.get(COOKIE)
        if cookie is not None:
            await self._services.database.write(sessions.end_session(cookie))
        response = json(shapes.Done(message="Logged out."))
        clear_session(response)
        return response

    async def request_reset(self, request: Request) -> Response:
        await self._context.gate.door(request)
        body, _ = await self._request.read(request)
        # Beside this request: whether there is such an account must not show, not even in the time this takes.
        self._services.notices.reset(body.username)
        return json(shapes.Done(message=_MAILED))

    async def reset_password(self, request: Request) -> Response:
        await self._context.gate.door(request)
        body, _ = await self._reset.read(request)
        database = self._services.database
        stale = invalid("token", "is not valid: it was used, is older than an hour, or never was one")
        if not await database.read(known_reset(body.token, now_ms())):
            raise stale
        try:
            hashed = await self._services.passwords.hash(body.new_password)
        except WeakPassword as error:
            raise invalid("new_password", str(error).removeprefix("password: ")) from None
        user = await database.write(redeem(body.token, hashed, now_ms()))
        if user is None:
            raise stale
        await self._services.passwords.forgive(user.id)
        self._services.notices.password_changed(user)
        return json(shapes.Done(message="The password was set; log in with it."))

    async def _logged_in(self, request: Request, user: User, token: str) -> Response:
        money = await self._services.database.read(wallet(user.account))
        response = json(
            shapes.LoggedIn(username=user.username, email=user.email, tier=user.tier, balance=money.available)
        )
        set_session(request, response, token, self._services.settings.public_url)
        return response
