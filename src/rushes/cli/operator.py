"""The operator's commands on the data folder itself; a running server sees the changes at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from rushes import accounts, ledger
from rushes.accounts.allowance import start_allowance, stop_allowance
from rushes.accounts.keys import PREFIXES, KeyRecord
from rushes.accounts.keys import revoke_key as revoke
from rushes.accounts.users import set_admin
from rushes.db import Database, Misused, Steps, Unavailable
from rushes.db.opening import open_database
from rushes.ids import new_id, now_ms
from rushes.jobs import audit as jobs_audit
from rushes.settings import Settings

_AUDIT = 3600.0
"""Seconds that an audit may take."""


class Refused(Exception):
    """The command cannot be carried out; the message says why."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, its tables up to date."""
    try:
        database = await open_database(
            settings.home_path,
            settings.database_url,
            direct=settings.database_direct_url,
            sync=settings.database_sync,
            connections=2,
        )
    except (Misused, Unavailable) as error:
        raise Refused(str(error)) from None
    try:
        yield database
    except (accounts.InvalidEmail, accounts.EmailTaken, accounts.UnknownTier, Unavailable) as error:
        raise Refused(str(error)) from None
    finally:
        await database.close()


async def create_key(
    settings: Settings, email: str, credits: int, tier: str | None, dialect: str, name: str
) -> dict[str, Any]:
    """Make a key, and the account when it is missing."""
    if dialect not in PREFIXES:
        raise Refused(f"unknown dialect {dialect!r}; one of: {', '.join(PREFIXES)}")

    def steps() -> Steps[dict[str, Any]]:
        user = yield from _user(email, tier)
        if credits:
            yield from ledger.grant(user.account, credits, key=new_id("cli_"), note="with a key")
        key = yield from accounts.create_key(user.account, dialect, name)
        money = yield from ledger.wallet(user.account)
        return {
            "key": key.key,
            "id": key.number,
            "name": key.name,
            "email": user.email,
            "tier": tier or user.tier,
            "balance": money.available,
        }

    async with opened(settings) as database:
        return await database.write(steps())


def _user(email: str, tier: str | None) -> Steps[accounts.User]:
    if tier is not None:
        _ = accounts.load_tiers()[tier]  # a wrong name is refused before anything is made
    user = yield from accounts.find_user(accounts.normal_email(email))
    if user is None:
        return (yield from accounts.create_user(email, tier=tier or "free"))
    if tier is not None:
        yield from accounts.set_tier(user.account, tier)
    return user


def _existing(email: str) -> Steps[accounts.User]:
    user = yield from accounts.find_user(accounts.normal_email(email))
    if user is None:
        raise Refused(f"no user has the address {email}")
    return user


async def list_keys(settings: Settings, email: str) -> list[dict[str, Any]]:
    """A user's keys, never their text."""

    def steps() -> Steps[list[KeyRecord]]:
        user = yield from _existing(email)
        return (yield from accounts.list_keys(user.account))

    async with opened(settings) as database:
        return [msgspec.structs.asdict(key) for key in await database.read(steps())]


async def revoke_key(settings: Settings, email: str, number: int) -> dict[str, Any]:
    """Revoke a key by its number."""

    def steps() -> Steps[bool]:
        user = yield from _existing(email)
        return (yield from revoke(user.account, number))

    async with opened(settings) as database:
        if not await database.write(steps()):
            raise Refused(f"{email} has no working key number {number}")
    return {"revoked": number}


async def list_users(settings: Settings) -> list[dict[str, Any]]:
    """All users with tier and money."""

    def steps() -> Steps[list[dict[str, Any]]]:
        found = []
        offset = 0
        while page := (yield from accounts.list_users(500, offset)):
            offset += len(page)
            for user in page:
                money = yield from ledger.wallet(user.account)
                found.append(
                    {
                        "email": user.email,
                        "username": user.username,
                        "tier": user.tier,
                        "admin": user.admin,
                        "available": money.available,
                        "held": money.held,
                        "spent": money.spent,
                        "account": user.account,
                    }
                )
        return found

    async with opened(settings) as database:
        return await database.read(steps())


async def create_user(settings: Settings, email: str, tier: str) -> dict[str, Any]:
    """Make a user; EmailTaken is refused."""
    async with opened(settings) as database:
        _ = accounts.load_tiers()[tier]
        user = await database.write(accounts.create_user(email, tier=tier))
    return {"email": user.email, "tier": user.tier, "account": user.account}


async def change_tier(settings: Settings, email: str, tier: str) -> dict[str, Any]:
    """Move a user's account to another tier."""

    def steps() -> Steps[None]:
        user = yield from _existing(email)
        yield from accounts.set_tier(user.account, tier)

    async with opened(settings) as database:
        _ = accounts.load_tiers()[tier]
        await database.write(steps())
    return {"email": email, "tier": tier}


async def change_admin(settings: Settings, email: str, admin: bool) -> dict[str, Any]:
    """Give or take the admin role."""

    def steps() -> Steps[None]:
        user = yield from _existing(email)
        yield from set_admin(user.id, admin)

    async with opened(settings) as database:
        await database.write(steps())
    return {"email": email, "admin": admin}


async def change_allowance(settings: Settings, email: str, on: bool) -> dict[str, Any]:
    """Begin or end the monthly credits; this month's come at once."""
    tiers = accounts.load_tiers()

    def steps() -> Steps[int]:
        user = yield from _existing(email)
        if on:
            yield from start_allowance(user.account, tiers, now_ms())
        else:
            yield from stop_allowance(user.account)
        return (yield from ledger.wallet(user.account)).available

    async with opened(settings) as database:
        return {"email": email, "allowance": on, "balance": await database.write(steps())}


async def grant(settings: Settings, email: str, amount: int, note: str) -> dict[str, Any]:
    """Give credits."""

    def steps() -> Steps[int]:
        user = yield from _existing(email)
        yield from ledger.grant(user.account, amount, key=new_id("cli_"), note=note)
        return (yield from ledger.wallet(user.account)).available

    async with opened(settings) as database:
        return {"email": email, "granted": amount, "balance": await database.write(steps())}


async def audit(settings: Settings) -> dict[str, Any]:
    """Every check of the ledger, and of the jobs against it."""

    def steps() -> Steps[list[ledger.Finding]]:
        return (yield from ledger.audit()) + (yield from jobs_audit.audit())

    async with opened(settings) as database:
        findings = await database.aside(steps(), _AUDIT)
    ok = not any(finding.mismatch for finding in findings)
    return {"ok": ok, "findings": [msgspec.structs.asdict(finding) for finding in findings]}
