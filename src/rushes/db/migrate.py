"""Bringing a database's tables up to date. Alembic is loaded only when there is something to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

HERE = Path(__file__).parent / "migrations"


def head() -> str:
    """The newest revision this code knows."""
    return max(path.stem for path in (HERE / "sql").glob("*.sql"))


def current(path: Path) -> str | None:
    """The revision of the database at `path`, None when it has no tables of ours yet."""
    if not path.exists():
        return None
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        connection.close()
    return str(row[0]) if row else None


def upgrade(path: Path) -> bool:
    """Migrate the SQLite database at `path`. True when something changed."""
    if current(path) == head():
        return False
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    config = Config()
    config.set_main_option("script_location", str(HERE))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    return True


def run_script(revision: str) -> None:
    """Run the statements of migrations/sql/<revision>.sql inside an Alembic migration."""
    from alembic import op

    text = (HERE / "sql" / f"{revision}.sql").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for statement in code.split(";"):
        if statement.strip():
            op.execute(statement)
