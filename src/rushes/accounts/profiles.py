"""Profiles: how a user shows themselves, and how they like their pages."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rushes.db import Row, Steps, one, run

Theme = Literal["dark", "light"]


class Profile(Struct, frozen=True):
    """What a user tells of themselves. `avatar` is an asset's id, `created_at` in milliseconds since 1970."""

    user: str
    account: str
    username: str | None
    email: str
    display_name: str
    bio: str
    avatar: str | None
    theme: Theme
    created_at: int
    public: bool


_SELECT = (
    "SELECT id, account_id, username, email, display_name, bio, avatar, theme, created_at, profile_public FROM users"
)


def _profile(row: Row | None) -> Profile | None:
    return Profile(*(*row[:-1], bool(row[-1]))) if row else None


def profile(user: str) -> Steps[Profile | None]:
    """A user's profile, for themselves."""
    return _profile((yield from one(f"{_SELECT} WHERE id = :user", user=user)))


def public_profile(username: str) -> Steps[Profile | None]:
    """The profile behind a name, when its owner lets everybody see it."""
    return _profile(
        (yield from one(f"{_SELECT} WHERE lower(username) = lower(:name) AND profile_public = 1", name=username))
    )


def profile_of_avatar(asset: str) -> Steps[Profile | None]:
    """Whose avatar a file is."""
    return _profile((yield from one(f"{_SELECT} WHERE avatar = :asset", asset=asset)))


def change_profile(user: str, *, display_name: str | None, bio: str | None, public: bool | None) -> Steps[None]:
    """Change what is given, keep what is None."""
    yield from run(
        "UPDATE users SET display_name = coalesce(:name, display_name), bio = coalesce(:bio, bio),"
        " profile_public = coalesce(:public, profile_public) WHERE id = :user",
        user=user,
        name=display_name,
        bio=bio,
        public=None if public is None else int(public),
    )


def set_avatar(user: str, asset: str) -> Steps[str | None]:
    """Another avatar. Answers the id of the one it replaces."""
    old = yield from one("SELECT avatar FROM users WHERE id = :user /*+ FOR NO KEY UPDATE */", user=user)
    yield from run("UPDATE users SET avatar = :asset WHERE id = :user", user=user, asset=asset)
    return old[0] if old else None


def set_theme(user: str, theme: Theme) -> Steps[None]:
    """Dark or light."""
    yield from run("UPDATE users SET theme = :theme WHERE id = :user", user=user, theme=theme)
