"""How many templates an account may keep."""

from __future__ import annotations

import pytest

from rushes.accounts import create_user
from rushes.gallery import templates
from tests.driving import Database


def test_an_account_keeps_so_many_and_no_more(database: Database) -> None:
    ada, bob = (database.do(create_user(f"{name}@example.com", tier="free")).account for name in ("ada", "bob"))

    def keep(account: str) -> templates.Template:
        return database.do(templates.add(account, name="n", prompt="p", negative_prompt="", model=""))

    first = keep(ada)
    for _ in range(templates.MOST - 1):
        keep(ada)
    with pytest.raises(templates.TooManyTemplates):
        keep(ada)
    keep(bob)
    assert not database.do(templates.remove(bob, first.id))
    assert database.do(templates.remove(ada, first.id))
    keep(ada)
    assert len(database.do(templates.listed(ada))) == templates.MOST
