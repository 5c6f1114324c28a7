"""Saved prompt templates."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import UnknownModel
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import Problem, invalid, not_found
from rushes.dialects.kit.reading import Body
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.shapes_prompts import SaveTemplate, Template, TemplateDeleted, TemplateList
from rushes.gallery import templates


def endpoints(context: Context) -> list[Endpoint]:
    """List, save, delete."""
    api = _Templates(context)
    return [
        Endpoint(method="GET", path="/api/templates", run=api.list_templates, summary="List saved prompt templates",
                 answer=TemplateList, errors=(429,)),
        Endpoint(method="POST", path="/api/templates", run=api.save_template, summary="Save a prompt template",
                 body=SaveTemplate, answer=Template, errors=(400, 429)),
        Endpoint(method="DELETE", path="/api/templates/{id}", run=api.delete_template, summary="Delete a template",
                 answer=TemplateDeleted, errors=(404, 429)),
    ]  # fmt: skip


class _Templates:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._database = context.services.database
        self._save = Body(SaveTemplate, context.services.settings.max_body)

    async def list_templates(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        found = await self._database.read(templates.listed(caller.who.account))
        return json(TemplateList(templates=[_view(template) for template in found]))

    async def save_template(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._save.read(request)
        for field in ("name", "prompt"):
            if not getattr(body, field).strip():
                raise invalid(field, "must not be empty")
        if body.model and self._context.services.catalog.find(body.model) is None:
            raise UnknownModel(body.model)
        try:
            made = await self._database.write(
                templates.add(
                    caller.who.account,
                    name=body.name,
                    prompt=body.prompt,
                    negative_prompt=body.negative_prompt,
                    model=body.model,
                )
            )
        except templates.TooManyTemplates as error:
            raise Problem(400, "too_many_templates", str(error)) from None
        return json(_view(made))

    async def delete_template(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        name: str = request.path_params["id"]
        if not await self._database.write(templates.remove(caller.who.account, name)):
            raise not_found("template")
        return json(TemplateDeleted(id=name, deleted=True))


def _view(template: templates.Template) -> Template:
    return Template(
        id=template.id,
        name=template.name,
        prompt=template.prompt,
        negative_prompt=template.negative_prompt,
        model=template.model,
        created_at=iso(template.created_at),
    )
