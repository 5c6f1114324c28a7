"""Favourites, public and shared generations, templates; indexes for histories and estimates."""

from rushes.db.migrate import run_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_script("0005")
