"""The files of deploy/: they are read whole, name only what exists, and agree with each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Metric

from rushes.net.forwarded import networks
from rushes.observing.metrics import Metrics
from rushes.settings import Settings, load
from tests.conformance.engines import ScriptedServer
from tests.observe.exposition import Scraped, scrape

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCUMENTS = Path(__file__).parents[2] / "docs"
_METRIC = re.compile(r"\b(?:rushes|process|python)_[a-z0-9_]+\b")
_SELECTED = re.compile(r"\b((?:rushes|process)_[a-z0-9_]+)\{([^}]*)\}")
_SCRAPED_WITH = {"job", "instance", "le"}
_PATH = re.compile(r"COPY (?!--from)(.+) \./?\S*$", re.MULTILINE)


def _yaml(path: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all((DEPLOY / path).read_text()) if one]


def _dashboard() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((DEPLOY / "grafana/rushes.json").read_text())
    return made


def _rules() -> list[dict[str, Any]]:
    [rules] = _yaml("prometheus/alerts.yml")
    return [rule for group in rules["groups"] for rule in group["rules"]]


def _queries() -> list[str]:
    panels = [target["expr"] for panel in _dashboard()["panels"] for target in panel.get("targets", ())]
    return panels + [rule["expr"] for rule in _rules()]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    home = tmp_path_factory.mktemp("deploy") / "home"
    home.mkdir()
    server = ScriptedServer(home, text_model="off")
    server.start()
    yield scrape(server.url)
    server.close()


def test_every_metric_that_is_asked_for_exists(said: Scraped) -> None:
    asked = {name for query in _queries() for name in _METRIC.findall(query)}
    assert len(asked) > 25
    assert asked - said.names == set()


def test_the_documents_list_the_metrics_that_exist(said: Scraped) -> None:
    text = (DOCUMENTS / "operating.md").read_text()
    listed = {_stem(name) for name in re.findall(r"`(rushes_[a-z0-9_]+)`", text)}
    assert listed == {_stem(name) for name in said.names if name.startswith("rushes_") and not _made(name)}


def _made(name: str) -> bool:
    return name.endswith("_created")


def test_every_metric_of_ours_is_on_the_dashboard(said: Scraped) -> None:
    shown = " ".join(_queries())
    stems = {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in said.names}
    unseen = {name for name in stems if name.startswith("rushes_") and name not in shown}
    unseen = {name for name in unseen if not _made(name)}
    assert unseen == {"rushes_info", "rushes_ledger_audits_broken_total", "rushes_readings_broken_total"}


def test_queries_ask_for_labels_that_there_are() -> None:
    labels = _labels()
    for query in _queries():
        named = set(_METRIC.findall(query))
        having = set().union(*(labels.get(_stem(name), set()) for name in named)) | _SCRAPED_WITH
        for group in re.findall(r"by \(([^)]*)\)", query):
            assert {label.strip() for label in group.split(",")} <= having, query
        for name, selectors in _SELECTED.findall(query):
            wanted = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selectors))
            assert wanted <= labels.get(_stem(name), set()) | _SCRAPED_WITH, query
        assert query.count("(") == query.count(")"), query


def _labels() -> dict[str, set[str]]:
    """The labels of each metric, by its name without the ending of a counter or a histogram."""
    metrics = Metrics()
    found: dict[str, set[str]] = {}
    for collector in vars(metrics).values():
        if hasattr(collector, "_labelnames"):
            [family] = collector.describe()
            assert isinstance(family, Metric)
            found[family.name] = set(collector._labelnames)
    return found


def _stem(name: str) -> str:
    return re.sub(r"_(total|bucket|sum|count)$", "", name)


def test_alerts_say_what_is_wrong() -> None:
    rules = _rules()
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule
        assert rule["annotations"]["summary"], rule


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    panels = _dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + right, at["y"] + down) for right in range(at["w"]) for down in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_every_setting_that_is_named_exists() -> None:
    known = {f"RUSHES_{name.upper()}" for name in Settings.__struct_fields__} | {"RUSHES_PROVIDERS", "RUSHES_CONFIG"}
    for path in [*DEPLOY.rglob("*"), DOCUMENTS / "deploying.md"]:
        if path.is_file():
            named = set(re.findall(r"\bRUSHES_[A-Z_]+\b", path.read_text()))
            assert named <= known, path


def test_the_settings_of_kubernetes_can_be_used(tmp_path: Path) -> None:
    [config] = _yaml("kubernetes/config.yaml")
    loaded = load({**config["data"], "RUSHES_HOME": str(tmp_path)})
    assert networks(loaded.trusted_proxies)
    for document in _yaml("kubernetes/api.yaml") + _yaml("kubernetes/workers.yaml"):
        if document["kind"] == "Deployment":
            pod = document["spec"]["template"]["spec"]
            pause = loaded.drain_seconds + loaded.shutdown_grace_seconds + 3
            assert pod["terminationGracePeriodSeconds"] > pause, document["metadata"]["name"]
            assert pod["enableServiceLinks"] is False, "Kubernetes would set RUSHES_PORT"


def test_kubernetes_objects_belong_together(tmp_path: Path) -> None:
    [kustomization] = _yaml("kubernetes/kustomization.yaml")
    files = [*kustomization["resources"], "comfyui.yaml"]
    assert {path.name for path in (DEPLOY / "kubernetes").iterdir()} == {
        *files, "kustomization.yaml", "secret.example.yaml",
    }  # fmt: skip
    objects = [one for name in files for one in _yaml(f"kubernetes/{name}")]
    pods = [one["spec"]["template"] for one in objects if one["kind"] in ("Deployment", "StatefulSet", "Job")]
    for one in objects:
        selector = one.get("spec", {}).get("selector") or one.get("spec", {}).get("podSelector")
        if selector and one["kind"] != "Job":
            wanted = selector.get("matchLabels", selector).items()
            assert any(wanted <= pod["metadata"]["labels"].items() for pod in pods), one["metadata"]["name"]
        if one["kind"] == "HorizontalPodAutoscaler":
            target = one["spec"]["scaleTargetRef"]
            assert any(
                (other["kind"], other["metadata"]["name"]) == (target["kind"], target["name"]) for other in objects
            )
    for pod in pods:
        [container] = pod["spec"]["containers"]
        ports = {port["name"] for port in container.get("ports", ())}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe in container:
                assert container[probe]["httpGet"]["port"] in ports
        volumes = {volume["name"] for volume in pod["spec"].get("volumes", ())} | {"models"}
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        if container["image"] == "rushes" and container["args"] == ["worker"]:
            queues = {one["name"]: one["value"] for one in container["env"]}["RUSHES_QUEUES"]
            assert load({"RUSHES_QUEUES": queues, "RUSHES_HOME": str(tmp_path)}).queue_names


def test_workers_do_all_there_is() -> None:
    """Every queue has somebody, in the compose file and in Kubernetes."""
    all_queues = set(Settings().queue_names)
    [compose] = _yaml("compose/compose.yaml")
    environs = [service.get("environment", {}) for service in compose["services"].values()]
    named = {queue for environ in environs for queue in environ.get("RUSHES_QUEUES", "").split(",") if queue}
    assert named == all_queues
    text = (DEPLOY / "kubernetes/workers.yaml").read_text()
    assert {
        q for found in re.findall(r'RUSHES_QUEUES, value: "([a-z,]+)"', text) for q in found.split(",")
    } == all_queues


def test_the_compose_file_is_whole() -> None:
    [compose] = _yaml("compose/compose.yaml")
    services = compose["services"]
    example = (DEPLOY / "compose/.env.example").read_text()
    for name, service in services.items():
        needed = service.get("depends_on", {})
        assert set(needed) <= set(services), name
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            if source.startswith("."):
                assert (DEPLOY / "compose" / source).exists(), mount
            else:
                assert source in compose["volumes"], mount
        for value in map(str, service.get("environment", {}).values()):
            for variable in re.findall(r"\$\{(\w+):\?", value):
                assert f"{variable}=" in example, variable
    trusted = services["api-1"]["environment"]["RUSHES_TRUSTED_PROXIES"]
    [subnet] = compose["networks"]["default"]["ipam"]["config"]
    assert trusted == subnet["subnet"]
    [prometheus] = _yaml("prometheus/prometheus.yml")
    [job] = prometheus["scrape_configs"]
    assert {target.partition(":")[0] for target in job["static_configs"][0]["targets"]} <= set(services)
    proxied = (DEPLOY / "compose/Caddyfile").read_text()
    assert set(re.findall(r"\b(api-\d)\b", proxied)) == {name for name in services if name.startswith("api-")}


def test_the_image_takes_what_there_is() -> None:
    root = DEPLOY.parent
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = {name for found in _PATH.findall(dockerfile) for name in found.split()}
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "src"}
    allowed = {line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((root / name).exists() for name in copied)
