"""What went wrong on a host, in words for the caller: no paths, no tracebacks, no addresses. The log has the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rushes.engines.comfyui.client import Entry
from rushes.engines.comfyui.graphs import Graph, files_of
from rushes.engines.contract import EngineError, Failed, FailureCode

_OUT_OF_MEMORY = ("outofmemory", "out of memory", "allocation on device", "can't allocate memory")
_SIZES = frozenset({"value_smaller_than_min", "value_bigger_than_max"})
_OTHER = "the workflow cannot be run by the ComfyUI host"


def missing_file(folder: str, name: str) -> str:
    """In words."""
    return f"the model file {name} is not in models/{folder} of the ComfyUI host"


def missing_node(name: str) -> str:
    """In words."""
    return f"the node {name} is not installed on the ComfyUI host"


def refusal(body: Mapping[str, Any], graph: Graph) -> EngineError:
    """The error for a prompt that was refused, or of which a part was."""
    if (absent := _absent_node(body.get("error"), graph)) is not None:
        return EngineError(FailureCode.MODEL_MISSING, missing_node(absent))
    found = [
        (str(node), fault)
        for node, faults in (body.get("node_errors") or {}).items()
        for fault in faults.get("errors") or ()
    ]
    told = [_fault(graph, node, fault) for node, fault in found]
    # A file that is not there explains the rest.
    told.sort(key=lambda each: each.code is not FailureCode.MODEL_MISSING)
    return told[0] if told else EngineError(FailureCode.INTERNAL, _OTHER)


def _absent_node(error: Any, graph: Graph) -> str | None:
    """The class that the host does not have, where that is what it says."""
    # 0.33 says missing_node_type and names the class; 0.3.75 says invalid_prompt and names it in a sentence.
    if not isinstance(error, Mapping) or error.get("type") not in ("missing_node_type", "invalid_prompt"):
        return None
    classes = {str(node.get("class_type")) for node in graph.values()}
    words = str(error.get("message", "")).replace("'", " ").split()
    named = (error.get("extra_info") or {}).get("class_type")
    return next((word for word in (named, *words) if word in classes), None)


def _fault(graph: Graph, node: str, fault: Mapping[str, Any]) -> EngineError:
    kind, extra = fault.get("type"), fault.get("extra_info") or {}
    field = str(extra.get("input_name", ""))
    given = (graph.get(node) or {}).get("inputs", {}).get(field)
    if kind == "value_not_in_list":
        # What the graph asks for, not what the host says: its answer lists whatever lies in its folders.
        for folder, name in sorted(files_of({node: graph[node]})) if node in graph else ():
            if name == given:
                return EngineError(FailureCode.MODEL_MISSING, missing_file(folder, name))
        return EngineError(FailureCode.INVALID_INPUT, f"{field} {given!r} is not known to the ComfyUI host")
    if kind in _SIZES:
        return EngineError(FailureCode.INVALID_INPUT, f"{field} {given!r} is out of the range that ComfyUI takes")
    if kind == "custom_validation_failed" and field in ("image", "audio", "video", "file"):
        return EngineError(FailureCode.INPUT_FORMAT, f"the ComfyUI host cannot use the {field} that was given")
    return EngineError(FailureCode.INTERNAL, _OTHER)


def out_of_memory(entry: Entry) -> bool:
    """Whether a prompt failed because the host's memory was too small."""
    told = _told(entry, "execution_error")
    said = f"{told.get('exception_type', '')} {told.get('exception_message', '')}".lower() if told else ""
    return any(words in said for words in _OUT_OF_MEMORY)


def failure(entry: Entry) -> Failed:
    """Why a prompt that ended without success did."""
    if out_of_memory(entry):
        return Failed(
            code=FailureCode.UNAVAILABLE,
            message="the ComfyUI host has too little memory for this: try a smaller picture or a shorter clip",
        )
    told = _told(entry, "execution_error")
    if told is None:
        if _told(entry, "execution_interrupted") is not None:
            return Failed(code=FailureCode.UNAVAILABLE, message="the generation was stopped on the ComfyUI host")
        return Failed(code=FailureCode.INTERNAL, message="the workflow failed on the ComfyUI host")
    kind, node = str(told.get("node_type", "")), str(told.get("node_id", ""))
    error = str(told.get("exception_type", "")).rpartition(".")[2]
    files = sorted(files_of({node: entry.graph[node]})) if node in entry.graph else []
    if files and error in ("FileNotFoundError", "SafetensorError", "UnpicklingError", "EOFError"):
        folder, name = files[0]
        message = f"the model file {name} in models/{folder} of the ComfyUI host is missing or damaged"
        return Failed(code=FailureCode.MODEL_MISSING, message=message)
    return Failed(code=FailureCode.INTERNAL, message=f"the workflow failed in {_plain(kind)} ({_plain(error)})")


def details(entry: Entry) -> dict[str, Any]:
    """What the operator's log is told of a failure."""
    told = _told(entry, "execution_error") or {}
    return {
        name: told[name] for name in ("node_id", "node_type", "exception_type", "exception_message") if name in told
    }


def _told(entry: Entry, event: str) -> Mapping[str, Any] | None:
    return next((data for kind, data in reversed(entry.messages) if kind == event), None)


def _plain(word: str) -> str:
    """A class's name, and nothing that came in its place."""
    return word[:80] if word.replace(" ", "_").replace(":", "_").isidentifier() else "a node"
