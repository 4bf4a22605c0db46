"""Write docs/reference from the parts themselves: tables, measures, components, checks, and the schemas for editors."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from attain.cli.reference import document_schema
from attain.measures.measure import MeasureExample
from attain.parts import parts_in
from attain.plans.component import ComponentExample
from attain.plans.document import COMPONENTS
from attain.plans.lint import CHECKS
from attain.run import CHECKS as RUN_CHECKS
from attain.sources.check import SEVERITIES
from attain.tables import TABLES

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- Made by `make reference` from the source; change it there. -->\n\n"


def pages() -> dict[str, str]:
    """Every page of the reference that is made, by its path under docs/reference."""
    found = {"tables.md": _tables(), "checks.md": _checks()}
    found |= {
        f"measures/{name}.md": _measure(name, module) for name, module in parts_in("attain.measures.catalog").items()
    }
    found |= {f"components/{name}.md": _component(name, module) for name, module in parts_in(COMPONENTS).items()}
    for document in ("plan", "mapping"):
        found[f"{document}.schema.json"] = json.dumps(document_schema(document), ensure_ascii=False, indent=1) + "\n"
    return found


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _head(*names: str) -> str:
    return _row(*names) + _row(*("---" for _ in names))


def _tables() -> str:
    text = MADE + "# Tables\n\nFurther columns are attributes, which formulas may use.\n"
    for name, one in TABLES.items():
        lines = f" These are lines of {one.parent}, whose columns measures may use too." if one.parent else ""
        text += f"\n## {name}\n\n{one.grain[0].upper()}{one.grain[1:]}. Key: {', '.join(one.key)}.{lines}\n\n"
        text += _head("column", "type", "may be empty", "refers to", "meaning")
        text += "".join(
            _row(f"`{c.name}`", c.type, "" if c.required else "yes", c.refers_to or "", c.meaning) for c in one.columns
        )
    return text


def _checks() -> str:
    text = MADE + "# Checks\n\nAn error stops; a warning is told, and the run goes on.\n\n## Of data\n\n"
    text += _head("check", "severity", "what it finds")
    text += "".join(_row(f"`{name}`", severity, told) for name, (severity, told) in SEVERITIES.items())
    text += "\n## Of plan documents\n\n" + _head("check", "severity", "what it finds")
    text += "".join(_row(f"`{name}`", *told.split(": ", 1)) for name, told in CHECKS.items())
    text += "\n## Of a calculation\n\n" + _head("check", "severity", "what it finds")
    return text + "".join(_row(f"`{name}`", *told.split(": ", 1)) for name, told in RUN_CHECKS.items())


def _measure(name: str, module: ModuleType) -> str:
    definition = module.PART.measure.model_dump(exclude_none=True, exclude_defaults=True)
    text = f"{MADE}# {name}\n\n{inspect.getdoc(module)}\n\n```yaml\nmeasures:\n  {name}:\n"
    text += "".join(f"    {key}: {_yaml(value)}\n" for key, value in definition.items()) + "```\n"
    return text + "".join(_measure_example(example) for example in module.PART.examples)


def _yaml(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)


def _measure_example(example: MeasureExample) -> str:
    text = "\n## Worked example\n"
    for table, rows in example.rows.items():
        names = list(dict.fromkeys(key for row in rows for key in row))
        text += f"\n{table}\n\n{_head(*names)}" + "".join(
            _row(*(_shown(row.get(name)) for name in names)) for row in rows
        )
    text += f"\nValue by participant in 2026\n\n{_head('participant', 'value')}"
    return text + "".join(_row(who, _shown(value)) for who, value in example.expect.items())


def _shown(value: object) -> object:
    return "" if value is None else value


def _component(name: str, module: ModuleType) -> str:
    schema = module.PART.params.model_json_schema()
    text = f"{MADE}# {name}\n\n{inspect.getdoc(module)}\n\n## Settings\n\n{_head('setting', 'default', 'meaning')}"
    for key, told in schema.get("properties", {}).items():
        default = "" if key in schema.get("required", []) else told.get("default", "")
        text += _row(f"`{key}`", default, told.get("description") or told.get("title") or "")
    text += f"\n## Worked examples\n\n{_head('settings', 'measure', 'quota', 'attributes', 'pays')}"
    return text + "".join(_component_row(example) for example in module.PART.examples)


def _component_row(example: ComponentExample) -> str:
    settings = "; ".join(f"{key}: {json.dumps(value, default=str)}" for key, value in example.settings.items())
    attributes = ", ".join(f"{key} = {value}" for key, value in example.attributes.items())
    return _row(f"`{settings}`", example.value, _shown(example.quota), attributes, example.pays)


def main() -> None:
    """Write every page; pages of parts that are gone are taken away."""
    made = pages()
    for folder in ("measures", "components"):
        for page in (REFERENCE / folder).glob("*.md"):
            if f"{folder}/{page.name}" not in made:
                page.unlink()
    for name, text in made.items():
        page = REFERENCE / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
