"""Our addresses as an OpenAPI document, for scanners: made from the applications' own routes, forms and models, so that
there is nothing to keep in step. Not shipped: pages are for people, and the one address for programs is in the docs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from robot_library.model.workflow import Declared
from tests.web.probing import OPEN

Json = dict[str, Any]
_ENDS = re.compile(r"/(leave|events)$")
"""Signs whoever scans out; never ends."""
_ANSWERS = {
    "200": "a page", "303": "done, look there", "400": "what was sent does not fit", "401": "nobody is in",
    "403": "not allowed", "404": "not there", "405": "not so", "409": "it has changed", "413": "too large",
    "421": "not by that name", "422": "what was sent does not fit", "429": "too often", "503": "not now",
}  # fmt: skip


def _document(title: str, paths: Json, security: Json) -> Json:
    return {
        "openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths,
        "components": {"securitySchemes": security},
    }  # fmt: skip


def pages(title: str, routes: Sequence[tuple[str, list[str]]], names: Collection[str], values: Collection[str],
          cookie: str) -> Json:  # fmt: skip
    """An application's pages and forms. `names` of fields, `values` that are there to be asked for."""
    text = {"type": "string"}
    form = {"type": "object", "properties": dict.fromkeys(sorted(names), text), "additionalProperties": False}
    paths: Json = {}
    for path, methods in routes:
        if _ENDS.search(path):
            continue
        inside = re.findall(r"{(\w+)(:int)?(?::path)?}", path)
        plain = re.sub(r":\w+}", "}", path)
        here = paths.setdefault(plain, {})
        if inside:
            here["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0} if whole else
                 {"anyOf": [{"enum": sorted(values)}, {"type": "string", "minLength": 1}]}}
                for name, whole in inside
            ]  # fmt: skip
        for method in methods:
            if method == "HEAD":
                continue
            one: Json = {"responses": {status: {"description": what} for status, what in _ANSWERS.items()}}
            if not OPEN.match(path):
                one["security"] = [{"in": []}]
            if method == "POST":
                one["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": form}}}
            else:
                one["parameters"] = [{"name": "asked", "in": "query", "style": "form", "explode": True, "schema": form}]
            here[method.lower()] = one
    return _document(title, paths, {"in": {"type": "apiKey", "in": "cookie", "name": cookie}})


def _json(schema: Json, what: str) -> Json:
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def programs(hook: str, inputs: Mapping[str, Declared]) -> Json:
    """What programs ask an office: a hook of a bot with these inputs, signs of life, metrics."""
    item: Json = {
        "type": "object", "additionalProperties": False,
        "properties": {name: {"type": "string", "pattern": "\\S"} for name in inputs},
        "required": [name for name, how in inputs.items() if not how.optional],
    }  # fmt: skip
    body: Json = {
        "type": "object", "additionalProperties": False, "required": ["key"],
        "properties": {"key": {"type": "string", "pattern": "^[!-~]{1,200}$"}, "item": item,
                       "priority": {"enum": ["stat", "urgent", "routine", "", "1", "50", 99]}},
    }  # fmt: skip
    taken: Json = {"type": "object", "properties": {"taken": {"type": "boolean"}}, "required": ["taken"]}
    wrong: Json = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    life: Json = {"type": "object", "properties": {"ok": {"type": "boolean"}, "state": {"type": "string"}},
                  "required": ["ok", "state"]}  # fmt: skip
    paths: Json = {
        f"/hooks/{hook}": {"post": {
            "security": [{"token": []}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {
                "200": _json(taken, "done already"), "202": _json(taken, "taken"),
                **{status: _json(wrong, _ANSWERS[status]) for status in ("401", "413", "422", "429", "503")},
            },
        }},
        **{path: {"get": {"responses": {"200": _json(life, "well"), "503": _json(life, "not well")}}}
           for path in ("/health", "/alive")},
        "/metrics": {"get": {"responses": {"200": {"description": "Prometheus", "content": {"text/plain": {}}}}}},
    }  # fmt: skip
    return _document("office", paths, {"token": {"type": "http", "scheme": "bearer"}})
