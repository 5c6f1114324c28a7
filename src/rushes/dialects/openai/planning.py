"""What every endpoint needs on the way to a plan: the model, and errors in the words of its own body."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rushes.catalog import Catalog, InvalidParameter, Model, Plan, Wish, make_plan
from rushes.dialects.kit.problems import Problem, invalid
from rushes.engines.contract import Mode

_DOES = {"video": "videos", "image": "images", "audio": "speech", "text": "texts"}


def find_model(catalog: Catalog, name: str, modes: Collection[Mode]) -> Model:
    """The named model. Raises a Problem when there is none, or when it can do none of `modes`."""
    model = catalog.find(name)
    if model is None:
        message = f"The model `{name[:200]}` does not exist; GET /openai/v1/models lists what there is"
        raise Problem(404, "unknown_model", message, field="model")
    if not any(mode in model.modes for mode in modes):
        wanted = " or ".join(modes)
        raise invalid("model", f"{name[:200]} makes {_DOES[model.kind]} ({', '.join(model.modes)}), not {wanted}")
    return model


def planned(catalog: Catalog, wish: Wish, names: Mapping[str, str], warnings: Sequence[str] = ()) -> Plan:
    """The plan of a wish. `names` are the endpoint's words for the core's fields, for errors."""
    try:
        return make_plan(catalog, wish, warnings)
    except InvalidParameter as error:
        raise invalid(names.get(error.field, error.field), error.reason) from None
