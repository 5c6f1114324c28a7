"""From a path to its application by look-up: with a hundred routes, trying one after another costs more than the rest.

A path without parameters is found at once; others are tried among the routes that begin with the same segments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from starlette.routing import Route


class Paths:
    """The ASGI application of many routes. `missing` answers what none of them matches.

    Of routes that match, the one with the longest beginning before its first parameter has the path, then the one
    named first. A slash at the end makes no difference.
    """

    def __init__(self, routes: Sequence[Route], missing: Any) -> None:
        self._whole: dict[str, Route] = {}
        self._begun: dict[str, list[tuple[re.Pattern[str], Route]]] = {}
        self._missing = missing
        for route in routes:
            start, parameter, _ = route.path.partition("/{")
            if parameter:
                # Starlette's own pattern for the rest of a path ends at a line break, which a path may have in it.
                whole = re.compile(route.path_regex.pattern, re.DOTALL)
                self._begun.setdefault(start, []).append((whole, route))
            else:
                self._whole.setdefault(route.path, route)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        if path.endswith("/"):
            path = path.rstrip("/") or "/"
        route = self._whole.get(path)
        if route is None:
            route, scope["path_params"] = self._find(path)
        else:
            scope["path_params"] = {}
        if route is None:
            await self._missing(scope, receive, send)
            return
        scope["route"] = route
        await route.handle(scope, receive, send)

    def _find(self, path: str) -> tuple[Route | None, dict[str, Any]]:
        start = path
        while (cut := start.rfind("/")) >= 0:
            start = start[:cut]
            for whole, route in self._begun.get(start, ()):
                match = whole.fullmatch(path)
                if match is not None:
                    values = match.groupdict()
                    return route, {name: route.param_convertors[name].convert(text) for name, text in values.items()}
        return None, {}
