"""Webhooks: signed delivery with retries, at least once, of events that other rooms put in the outbox."""

from rushes.webhooks.outbox import Callback, enqueue, enqueue_test
from rushes.webhooks.policies import Policy, load_policies
from rushes.webhooks.sender import Render, Sender

__all__ = ["Callback", "Policy", "Render", "Sender", "enqueue", "enqueue_test", "load_policies"]
