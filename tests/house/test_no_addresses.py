"""No file names a package registry or a path of one machine: the repository installs anywhere."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

REGISTRY = re.compile(rb"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org")
REGISTRY_OPTION = re.compile(rb"^\s*(--(extra-)?index-url|--find-links|--trusted-host|-i\s|-f\s)", re.MULTILINE)
MACHINE_PATH = re.compile(rb"(?<![\w.~/-])/(work|root)/|file://[/]")


def _files() -> list[str]:
    """Every file that is committed or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip(f"Not a git checkout: {listed.stderr.decode().strip()}")
    names = sorted(set(listed.stdout.decode().split("\0")))
    return [name for name in names if name and (ROOT / name).is_file()]


def _faults(pattern: re.Pattern[bytes], names: list[str]) -> list[str]:
    """Where a pattern occurs."""
    faults = []
    for name in names:
        text = (ROOT / name).read_bytes()
        for found in pattern.finditer(text):
            line = text.count(b"\n", 0, found.start()) + 1
            faults.append(f"{name}:{line}: {found.group().decode().strip()}")
    return faults


def test_no_registry_is_named() -> None:
    names = _files()
    assert names, "git lists no file: this test would check nothing."
    requirements = [name for name in names if name.startswith("requirements")]
    faults = _faults(REGISTRY, names) + _faults(REGISTRY_OPTION, requirements)
    assert not faults, "\n".join(
        [
            *faults,
            "Leave the address out: pip and uv know theirs from their own settings. `make lock` writes files without.",
        ]
    )


def test_no_path_of_one_machine() -> None:
    faults = _faults(MACHINE_PATH, _files())
    assert not faults, "\n".join([*faults, "Use a path relative to the repository, or an environment variable."])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY, b"from the simple index of " + b"pypi" + b".org"),
        (REGISTRY_OPTION, b"six==1.17\n--find-links wheels\n"),
        (REGISTRY_OPTION, b"-i somewhere\nsix==1.17\n"),
        (MACHINE_PATH, b"see " + b"/wo" + b"rk/main"),
        (MACHINE_PATH, b'"' + b"/ro" + b'ot/.cache"'),
    ],
)
def test_an_address_is_found(pattern: re.Pattern[bytes], text: bytes) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "text", [b"../work/plan.yaml", b"docs/work/plan.md", b"https://example.com/root/", b"# -c run.txt"]
)
def test_a_relative_path_is_left_alone(text: bytes) -> None:
    assert not MACHINE_PATH.search(text)
    assert not REGISTRY_OPTION.search(text)
