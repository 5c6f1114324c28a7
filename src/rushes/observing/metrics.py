"""Every metric of a process, by Prometheus' conventions (prometheus.io/docs/practices/naming): base units, totals.

`rushes_cluster_…` is read from the database and says the same on every node: take `max`, never `sum`. All others are
of the process that answers. Labels hold what the catalogue, the settings and the code name, never what callers send.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from rushes import __version__

_REQUEST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_CALL = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_JOB = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_WRITE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Metrics:
    """The metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        Info("rushes", "The program", registry=self.registry).info({"version": __version__})
        self._requests()
        self._jobs()
        self._engines()
        self._inside()
        self._cluster()

    def _requests(self) -> None:
        self.requests = self._counter(
            "rushes_http_requests",
            "Requests answered; 429: refused for a limit",
            "dialect",
            "method",
            "route",
            "status",
        )
        self.request_seconds = self._histogram(
            "rushes_http_request_seconds", "Time to the end of the answer", _REQUEST, "dialect", "route"
        )
        self.requests_now = self._gauge("rushes_http_requests_in_progress", "Requests being answered, streams included")

    def _jobs(self) -> None:
        self.ended = self._counter(
            "rushes_jobs_ended", "Jobs that ended here", "model", "engine", "upstream", "tag", "outcome", "code"
        )
        self.waited = self._histogram(
            "rushes_job_waiting_seconds", "Time from acceptance until a worker took the job", _JOB, "queue"
        )
        self.ran = self._histogram(
            "rushes_job_running_seconds", "Time from there to its end", _JOB, "engine", "outcome"
        )
        self.running = self._gauge("rushes_jobs_running_here", "Jobs in this process's hands", "queue")
        self.worker = self._gauge("rushes_worker", "1 where this process runs jobs")

    def _engines(self) -> None:
        self.calls = self._histogram("rushes_engine_call_seconds", "Calls to engines", _CALL, "engine", "call")
        self.faults = self._counter("rushes_engine_faults", "Calls that failed", "engine", "call", "fault")
        self.engine_ready = self._gauge("rushes_engine_ready", "1 where an engine's latest check was well", "engine")
        self.breaker = self._gauge(
            "rushes_breaker_open", "1 where a circuit breaker keeps jobs away", "engine", "upstream"
        )

    def _inside(self) -> None:
        self.attempts = self._counter(
            "rushes_webhook_attempts", "Attempts to deliver, by what became of the delivery", "policy", "outcome"
        )
        self.attempt_seconds = self._histogram(
            "rushes_webhook_attempt_seconds", "Time of an attempt to deliver", _CALL, "policy"
        )
        self.writes = self._histogram(
            "rushes_database_write_seconds", "Transactions that write, waiting included", _WRITE
        )
        self.writes_waiting = self._gauge("rushes_database_writes_waiting", "Transactions that wait for their turn")
        self.connections = self._gauge("rushes_database_connections", "Connections of this process", "state")
        self.disk_free = self._gauge("rushes_disk_free_bytes", "Free space where the data folder lies")
        self.disk_size = self._gauge("rushes_disk_bytes", "Size of the disk where the data folder lies")
        self.mismatches = self._gauge("rushes_ledger_mismatches", "What the latest audit found wrong")
        self.audited = self._gauge("rushes_ledger_audit_timestamp_seconds", "When the latest whole audit was over")
        self.audit_took = self._gauge("rushes_ledger_audit_seconds", "How long it took")
        self.audits_broken = self._counter("rushes_ledger_audits_broken", "Audits that did not come to an end")

    def _cluster(self) -> None:
        self.jobs = self._gauge("rushes_cluster_jobs", "Unfinished jobs of all nodes", "queue", "state")
        self.oldest = self._gauge(
            "rushes_cluster_oldest_waiting_seconds", "Age of the oldest job that waits and may begin", "queue"
        )
        self.holding = self._gauge("rushes_cluster_wallets_holding", "Wallets with credits in open holds")
        self.held = self._gauge("rushes_cluster_held_credits", "Credits in open holds")
        self.deliveries = self._gauge("rushes_cluster_webhooks_waiting", "Deliveries that wait, further attempts too")
        self.oldest_due = self._gauge(
            "rushes_cluster_webhook_overdue_seconds", "For how long the longest due delivery has been due"
        )
        self.stored = self._gauge("rushes_cluster_storage_bytes", "Size of all accounts' files")
        self.readings_age = self._gauge("rushes_readings_age_seconds", "Age of what rushes_cluster_… says")
        self.readings_broken = self._counter("rushes_readings_broken", "Readings that failed or took too long")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, registry=self.registry, buckets=buckets)
