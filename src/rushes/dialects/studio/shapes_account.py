"""The JSON about people: signing up and logging in, settings, profiles, keys."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from rushes.accounts.profiles import Theme

_NO_NUL = "^[^\\x00]*$"
Login = Annotated[str, Meta(min_length=1, max_length=254, pattern=_NO_NUL)]
Password = Annotated[str, Meta(max_length=1024)]
Token = Annotated[str, Meta(min_length=1, max_length=200)]


class SignUp(Struct, kw_only=True):
    """A new account. The name has 3 to 32 characters, the password at least 8."""

    username: Annotated[str, Meta(max_length=32)]
    password: Password
    email: Annotated[str, Meta(max_length=254)]


class LogIn(Struct, kw_only=True):
    """`username` may be the e-mail address."""

    username: Login
    password: Password


class LoggedIn(Struct, kw_only=True):
    """Who is logged in now; the session itself is in the cookie."""

    success: bool = True
    username: str | None
    email: str
    tier: str
    balance: int


class Done(Struct, kw_only=True):
    """It was done."""

    success: bool = True
    message: str = ""


class TierLimits(Struct, kw_only=True):
    """What a tier may do; 0 means no limit. Resolution is the short side in pixels, sizes are bytes."""

    max_resolution: int
    max_frames: int
    watermark: bool
    requests_per_minute: int
    concurrent_jobs: int
    max_body_bytes: int


class AuthState(Struct, kw_only=True, omit_defaults=True):
    """Whether somebody is logged in, and who. Without credentials there is only `authenticated`."""

    authenticated: bool
    username: str | None = None
    email: str | None = None
    display_name: str | None = None
    tier: str | None = None
    balance: int | None = None
    limits: TierLimits | None = None
    features: dict[str, bool] | None = None
    is_admin: bool | None = None
    theme: Theme | None = None


class RequestReset(Struct, kw_only=True):
    """`username` may be the e-mail address."""

    username: Login


class ResetPassword(Struct, kw_only=True):
    """The token of the mail, and the password from now on."""

    token: Token
    new_password: Password


class ChangePassword(Struct, kw_only=True):
    """The password until now and from now on."""

    current_password: Password
    new_password: Password


class ChangeEmail(Struct, kw_only=True):
    """The address from now on."""

    email: Annotated[str, Meta(max_length=254)]


class Email(Struct, kw_only=True):
    """The address, in its one spelling."""

    success: bool = True
    email: str


class ThemeChoice(Struct, kw_only=True):
    """How the pages look."""

    theme: Theme


class Profile(Struct, kw_only=True):
    """How a user shows themselves, as they see it. `avatar` is a path on this server."""

    username: str | None
    display_name: str
    bio: str
    avatar: str | None
    profile_public: bool
    email: str
    theme: Theme
    tier: str
    created_at: str


class PublicProfile(Struct, kw_only=True):
    """What everybody may know of a user who lets them."""

    username: str
    display_name: str
    bio: str
    avatar: str | None
    created_at: str


class ChangeProfile(Struct, kw_only=True):
    """What is left out stays as it is."""

    display_name: Annotated[str, Meta(max_length=80, pattern=_NO_NUL)] | None = None
    bio: Annotated[str, Meta(max_length=1000, pattern=_NO_NUL)] | None = None
    profile_public: bool | None = None


class Avatar(Struct, kw_only=True):
    """Where the new picture is."""

    success: bool = True
    avatar: str


class CreateKey(Struct, kw_only=True):
    """A name to tell keys apart."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=_NO_NUL)]


class Key(Struct, kw_only=True):
    """A key as it may be shown: its first characters only."""

    id: str
    prefix: str
    name: str
    created_at: str
    last_used: str | None
    is_active: bool


class CreatedKey(Struct, kw_only=True):
    """A new key: `key` is shown this once."""

    id: str
    key: str
    prefix: str
    name: str
    created_at: str
    last_used: str | None = None
    is_active: bool = True


class Keys(Struct, kw_only=True):
    """All keys of the account, oldest first, revoked ones too."""

    keys: list[Key]
