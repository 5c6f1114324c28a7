"""What must hold between jobs, money and files. Read together with the ledger's own audit."""

from __future__ import annotations

from rushes.db import Steps, rows
from rushes.jobs.states import DIRECT
from rushes.ledger import Finding

_CHECKS: tuple[tuple[str, str], ...] = (
    (
        "each unfinished job has its open hold",
        "SELECT j.id, 'no open hold of ' || j.quote FROM jobs j"
        " LEFT JOIN postings h ON h.key = 'hold:' || j.id LEFT JOIN postings s ON s.key = 'settle:' || j.id"
        " WHERE j.state IN ('queued', 'running')"
        " AND (h.key IS NULL OR h.amount <> j.quote OR s.key IS NOT NULL)",
    ),
    (
        "each finished job is settled once, at its cost",
        "SELECT j.id, j.state || ', cost ' || coalesce(j.cost, -1) || ', settled '"
        " || coalesce(s.kind || ' ' || s.amount, 'never') FROM jobs j"
        " LEFT JOIN postings s ON s.key = 'settle:' || j.id"
        " WHERE j.state IN ('succeeded', 'failed', 'cancelled') AND (s.key IS NULL OR s.amount <> j.cost"
        " OR s.kind <> CASE WHEN j.state = 'succeeded' THEN 'capture'"
        # A text whose reader went away is paid for as far as it was written.
        f" WHEN j.state = 'cancelled' AND j.queue = '{DIRECT}' THEN s.kind ELSE 'release' END)",
    ),
    (
        "each open hold belongs to an unfinished job",
        "SELECT h.subject, 'hold of ' || h.amount || ' is open' FROM postings h"
        " LEFT JOIN postings s ON s.key = 'settle:' || h.subject LEFT JOIN jobs j ON j.id = h.subject"
        " WHERE h.kind = 'hold' AND s.key IS NULL AND (j.id IS NULL OR j.state NOT IN ('queued', 'running'))",
    ),
    (
        "each account's storage equals its files",
        "SELECT a.id, 'account says ' || a.stored_bytes || ', files say ' || coalesce(f.size, 0)"
        " FROM accounts a LEFT JOIN (SELECT account_id, sum(size) AS size FROM assets WHERE state = 'ready'"
        " GROUP BY account_id) f ON f.account_id = a.id WHERE a.stored_bytes <> coalesce(f.size, 0)",
    ),
)

_UNKNOWN_STARTS = "SELECT id FROM jobs WHERE state = 'failed' AND submission = 'sending' AND error_code = 'lost'"


def audit() -> Steps[list[Finding]]:
    """Everything odd about jobs and their money and files; empty when all is well."""
    findings = []
    for name, sql in _CHECKS:
        for subject, detail in (yield from rows(sql)):
            findings.append(Finding(name, str(subject), str(detail)))
    for (subject,) in (yield from rows(_UNKNOWN_STARTS)):
        detail = "refunded; ask the provider whether it ran"
        findings.append(Finding("a paid start has a known outcome", str(subject), detail, mismatch=False))
    return findings
