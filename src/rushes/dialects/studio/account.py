"""Settings: password, e-mail address, theme."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts.passwords import WeakPassword
from rushes.accounts.profiles import set_theme
from rushes.accounts.resets import forget_resets, new_password
from rushes.accounts.users import set_email
from rushes.db import Steps
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import Body
from rushes.dialects.studio import shapes_account as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.who import BODY_BYTES, user_behind


def endpoints(context: Context) -> list[Endpoint]:
    """ "Settings"."""
    account = _Account(context)
    return [
        Endpoint(method="POST", path="/api/settings/change-password", run=account.change_password,
                 body=shapes.ChangePassword, answer=shapes.Done, errors=(400, 403, 429),
                 summary="Change the password; other browsers are logged out"),
        Endpoint(method="POST", path="/api/settings/email", run=account.change_email, body=shapes.ChangeEmail,
                 answer=shapes.Email, summary="Change the e-mail address", errors=(400, 403, 429)),
        Endpoint(method="POST", path="/api/settings/theme", run=account.change_theme, body=shapes.ThemeChoice,
                 answer=shapes.ThemeChoice, summary="Dark or light", errors=(400, 403, 429)),
    ]  # fmt: skip


class _Account:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._password = Body(shapes.ChangePassword, BODY_BYTES)
        self._email = Body(shapes.ChangeEmail, BODY_BYTES)
        self._theme = Body(shapes.ThemeChoice, BODY_BYTES)

    async def change_password(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._password.read(request)
        user = await user_behind(self._context, caller)
        passwords = self._services.passwords
        if not await passwords.check(user.id, body.current_password, user.password_hash):
            raise invalid("current_password", "is wrong")
        try:
            hashed = await passwords.hash(body.new_password)
        except WeakPassword as error:
            raise invalid("new_password", str(error).removeprefix("password: ")) from None
        await self._services.database.write(new_password(user.id, hashed, session=caller.who.session))
        self._services.notices.password_changed(user)
        return json(shapes.Done(message="The password was changed; other browsers are logged out."))

    async def change_email(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._email.read(request)
        user = await user_behind(self._context, caller)

        def steps() -> Steps[str]:
            email = yield from set_email(user.id, body.email)
            if email != user.email:
                yield from forget_resets(user.id)  # they were mailed to the old address
            return email

        email = await self._services.database.write(steps())
        if email != user.email:
            self._services.notices.email_changed(user, email)
        return json(shapes.Email(email=email))

    async def change_theme(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._theme.read(request)
        user = await user_behind(self._context, caller)
        await self._services.database.write(set_theme(user.id, body.theme))
        return json(body)
