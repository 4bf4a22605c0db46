"""The JSON Schema of a plan document, with the settings of every kind of component, for editors."""

from __future__ import annotations

from typing import Any

from attain.parts import parts_in, sentence
from attain.plans.document import COMPONENTS, Plan


def plan_schema() -> dict[str, Any]:
    """JSON Schema (2020-12): one branch per kind of component, chosen by ``pays``."""
    schema = Plan.model_json_schema()
    definitions = schema["$defs"]
    common = definitions.pop("ComponentSpec")
    branches = []
    for name, module in parts_in(COMPONENTS).items():
        own = module.PART.params.model_json_schema()
        definitions |= own.pop("$defs", {})
        definitions[name] = {
            "type": "object",
            "title": name,
            "description": sentence(module),
            "additionalProperties": False,
            "properties": {**common["properties"], "pays": {"const": name}, **own.get("properties", {})},
            "required": [*common["required"], *own.get("required", [])],
        }
        branches.append({"$ref": f"#/$defs/{name}"})
    schema["properties"]["components"]["items"] = {"oneOf": branches}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
