"""Jobs: the record, its state machine, who runs it, how it ends."""

from rushes.jobs.model import Job, JobOutput
from rushes.jobs.routing import NoEngine
from rushes.jobs.service import Jobs, QuotaExceeded, TooManyJobs
from rushes.jobs.states import State

__all__ = ["Job", "JobOutput", "Jobs", "NoEngine", "QuotaExceeded", "State", "TooManyJobs"]
