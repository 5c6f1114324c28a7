"""Reading what a server says at /metrics, by Prometheus' own parser."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Scraped:
    """One scrape: samples by name and labels, and every name that a query may use."""

    def __init__(self, text: str) -> None:
        self.names: set[str] = set()
        self._samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        self.labels: dict[str, set[str]] = {}
        for family in text_string_to_metric_families(text):
            self.names |= _names(family.name, family.type)
            for sample in family.samples:
                self._samples[sample.name, frozenset(sample.labels.items())] = sample.value
                self.labels.setdefault(sample.name, set()).update(sample.labels)

    def get(self, name: str, **labels: str) -> float | None:
        """The value of the one sample with exactly these labels."""
        return self._samples.get((name, frozenset(labels.items())))

    def sum(self, name: str, **labels: str) -> float:
        """The sum over the samples that have at least these labels."""
        wanted = set(labels.items())
        return sum(value for (found, having), value in self._samples.items() if found == name and wanted <= having)


def _names(name: str, kind: str) -> set[str]:
    if kind == "counter":
        return {f"{name}_total"}
    if kind == "histogram":
        return {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
    return {name}


def scrape(url: str) -> Scraped:
    """Ask a server."""
    answer = httpx.get(f"{url}/metrics", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return Scraped(answer.text)
