"""Parts: one file each, found by walking a folder; there is no list to keep."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType


def modules_in(package: str) -> Iterator[tuple[str, ModuleType]]:
    """Name and module of every part file in a package, in the order of their names."""
    folder = importlib.import_module(package)
    for found in sorted(pkgutil.iter_modules(folder.__path__), key=lambda one: one.name):
        module = importlib.import_module(f"{package}.{found.name}")
        if hasattr(module, "PART"):
            yield found.name, module


@cache
def parts_in(package: str) -> dict[str, ModuleType]:
    """Every part file of a package by its name."""
    return dict(modules_in(package))


def sentence(module: ModuleType) -> str:
    """What a part is, in the first line of its file."""
    return (module.__doc__ or "").strip().split("\n")[0]
