"""The command line: ``attain run``, ``explain``, ``check``, ``measure``, ``demo``, and what prints the reference."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Sequence

from attain.cli.arguments import parser
from attain.errors import AttainError, UsageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 for errors in a plan or in data, 2 for wrong use."""
    spare_looks_for_garbage()
    asked = parser().parse_args(arguments)
    as_json = getattr(asked, "json", False)
    try:
        code: int = asked.command(asked)
    except AttainError as error:
        _tell([fault.as_record() for fault in error.faults], [str(fault) for fault in error.faults], as_json=as_json)
        return 1
    except UsageError as error:
        _tell([{"check": "usage", "severity": "error", "message": str(error)}], [f"attain: {error}"], as_json=as_json)
        return 2
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()
            return 0
        told = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        _tell([{"check": "file", "severity": "error", "message": told}], [f"attain: {told}"], as_json=as_json)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def spare_looks_for_garbage() -> None:
    """Let Python look for garbage seldom: a command is short, and makes trees of many small parts that all stay."""
    gc.set_threshold(100_000, 20, 20)


def _tell(records: list[dict[str, object]], lines: list[str], *, as_json: bool) -> None:
    """Errors on standard error: as JSON where that was asked for."""
    if as_json:
        print(json.dumps({"faults": records}, ensure_ascii=False, indent=1, default=str), file=sys.stderr)
    else:
        print("\n".join(lines), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
