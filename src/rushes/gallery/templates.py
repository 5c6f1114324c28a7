"""Prompts that a user keeps for later."""

from __future__ import annotations

from msgspec import Struct

from rushes.db import Steps, lock_account, one, rows, run
from rushes.ids import new_id, now_ms

MOST = 500


class TooManyTemplates(Exception):
    """The account keeps as many templates as it may."""

    def __init__(self) -> None:
        super().__init__(f"at most {MOST} templates are kept; delete some first")


class Template(Struct, frozen=True):
    """One template; created in milliseconds since 1970."""

    id: str
    name: str
    prompt: str
    negative_prompt: str
    model: str
    created_at: int


_FIELDS = ", ".join(Template.__struct_fields__)


def add(account: str, *, name: str, prompt: str, negative_prompt: str, model: str) -> Steps[Template]:
    """Keep one. Raises TooManyTemplates."""
    yield from lock_account(account)
    row = yield from one("SELECT count(*) FROM templates WHERE account_id = :account", account=account)
    if row and row[0] >= MOST:
        raise TooManyTemplates
    template = Template(new_id("tpl_"), name, prompt, negative_prompt, model, now_ms())
    yield from run(
        f"INSERT INTO templates (account_id, {_FIELDS})"
        " VALUES (:account, :id, :name, :prompt, :negative_prompt, :model, :created_at)",
        account=account,
        id=template.id,
        name=name,
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=model,
        created_at=template.created_at,
    )
    return template


def listed(account: str) -> Steps[list[Template]]:
    """The account's templates, newest first."""
    found = yield from rows(
        f"SELECT {_FIELDS} FROM templates WHERE account_id = :account ORDER BY id DESC", account=account
    )
    return [Template(*row) for row in found]


def remove(account: str, template: str) -> Steps[bool]:
    """Delete one. False when the account has none of this id."""
    row = yield from one(
        "DELETE FROM templates WHERE id = :id AND account_id = :account RETURNING id", id=template, account=account
    )
    return row is not None
