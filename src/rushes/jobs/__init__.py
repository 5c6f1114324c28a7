"""Jobs: the record, its state machine, who runs it, how it ends."""

from rushes.jobs.headroom import QuotaExceeded, TooManyJobs
from rushes.jobs.model import Job, JobOutput
from rushes.jobs.routing import NoEngine
from rushes.jobs.service import Jobs, Order
from rushes.jobs.states import State
from rushes.jobs.texts import Texts, Written, text_plan

__all__ = [
    "Job",
    "JobOutput",
    "Jobs",
    "NoEngine",
    "Order",
    "QuotaExceeded",
    "State",
    "Texts",
    "TooManyJobs",
    "Written",
    "text_plan",
]
