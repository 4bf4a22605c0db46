"""``attain tables``, ``attain parts`` and ``attain schema``: what there is, from the parts themselves."""

from __future__ import annotations

import argparse
import json
from typing import Any

from attain.cli.terminal import table
from attain.tables import TABLES


def tables(asked: argparse.Namespace) -> int:
    """Print the schema of every table."""
    if asked.json:
        print(json.dumps(table_records(), ensure_ascii=False, indent=1))
        return 0
    for name, one in TABLES.items():
        print(f"{name}: {one.grain}\n  key: {', '.join(one.key)}" + (f"; lines of {one.parent}" if one.parent else ""))
        rows = [
            (column.name, column.type, "required" if column.required else "", column.refers_to or "", column.meaning)
            for column in one.columns
        ]
        print(
            "\n".join(f"  {line}" for line in table(("column", "type", "", "refers to", "meaning"), rows).splitlines()),
            "\n",
        )
    print("Further columns are attributes: formulas may use them.")
    return 0


def table_records() -> list[dict[str, Any]]:
    """Every table as plain data."""
    return [
        {
            "table": name,
            "grain": one.grain,
            "key": one.key,
            "parent": one.parent,
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "required": column.required,
                    "refers_to": column.refers_to,
                    "meaning": column.meaning,
                }
                for column in one.columns
            ],
        }
        for name, one in TABLES.items()
    ]


def parts(asked: argparse.Namespace) -> int:
    """Print the measures of the catalogue and the kinds of components."""
    records = part_records()
    if asked.json:
        print(json.dumps(records, ensure_ascii=False, indent=1, default=str))
        return 0
    for kind, found in records.items():
        print(
            f"{kind}\n"
            + "\n".join(
                f"  {line}"
                for line in table(
                    ("name", "what it is"), [(one["name"], one["sentence"]) for one in found]
                ).splitlines()
            ),
            "\n",
        )
    return 0


def part_records() -> dict[str, list[dict[str, Any]]]:
    """Every part by its kind, as plain data."""
    from attain.parts import parts_in, sentence
    from attain.plans.document import COMPONENTS

    measures = parts_in("attain.measures.catalog")
    return {
        "measures": [
            {
                "name": name,
                "sentence": sentence(module),
                "kind": module.PART.measure.kind,
                **module.PART.measure.model_dump(exclude_none=True, exclude_defaults=True),
            }
            for name, module in measures.items()
        ],
        "components": [
            {"name": name, "sentence": sentence(module), "settings": module.PART.params.model_json_schema()}
            for name, module in parts_in(COMPONENTS).items()
        ],
    }


def schema(asked: argparse.Namespace) -> int:
    """Print the JSON Schema of plan or mapping documents."""
    print(json.dumps(document_schema(asked.document), ensure_ascii=False, indent=1))
    return 0


def document_schema(document: str) -> dict[str, Any]:
    """The JSON Schema of a document; for plans with the settings of every kind of component."""
    if document == "mapping":
        from attain.sources.mapping import Mapping

        return Mapping.model_json_schema()
    from attain.plans.schema import plan_schema

    return plan_schema()
