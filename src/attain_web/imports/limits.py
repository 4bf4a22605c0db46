"""How large a file may be that is brought in, and what reading it may cost."""

from __future__ import annotations

import gzip
import os
import resource
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer

from pyarrow import ArrowException
from pyarrow import parquet as pq

from attain.errors import AttainError, Fault
from attain.sources.files import unreadable

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What stands between the platform and a file too large for it; whoever may import is told which one was met."""

    size: int = 512 * MIB
    """Bytes of an upload."""
    unpacked: int = 1024 * MIB
    """Bytes of what the files of an upload hold once they are unpacked."""
    packed: int = 200
    """How many times larger than the workbook its contents may be."""
    rows: int = 2_000_000
    columns: int = 1_000
    cells: int = 60_000_000
    memory: int = 6 * 1024 * MIB
    """Bytes of address space of the process that reads."""
    workbook_memory: int = 768 * MIB
    seconds: int = 900


LIMITS = Limits()


def too_large(file: str, message: str, *, advice: str = "Split the file, and bring in its parts.") -> AttainError:
    """The error of a file beyond a limit."""
    return AttainError([Fault(check="too-large", file=file, message=message, advice=advice)])


def check_shape(file: str, *, rows: int, columns: int, limits: Limits) -> None:
    """Raise AttainError where a file has more rows, columns or cells than may be."""
    for count, most, what in (
        (rows, limits.rows, "rows"),
        (columns, limits.columns, "columns"),
        (rows * columns, limits.cells, "cells"),
    ):
        if count > most:
            raise too_large(file, f"it has {count:,} {what}; at most {most:,} are read at once")


def unpacked(file: Path, limits: Limits) -> int:
    """How many bytes a file holds once it is unpacked; raises AttainError where it cannot be, or they are too many.

    What a gzip file says of that may be a lie, so it is counted, and kept nowhere.
    """
    try:
        if file.suffix == ".parquet":
            told = pq.read_metadata(file)
            check_shape(file.name, rows=told.num_rows, columns=told.num_columns, limits=limits)
            size: int = sum(told.row_group(number).total_byte_size for number in range(told.num_row_groups))
        elif file.suffix == ".gz":
            with gzip.open(file) as opened:
                size = 0
                while size <= limits.unpacked and (block := opened.read(MIB)):
                    size += len(block)
        else:
            size = file.stat().st_size
    except (ArrowException, OSError, EOFError, zlib.error) as error:
        raise unreadable(file.name, f"it cannot be unpacked: {str(error).splitlines()[0]}") from None
    if size > limits.unpacked:
        raise too_large(file.name, f"it holds more than {limits.unpacked // MIB:,} MiB once it is unpacked")
    return size


def obey(limits: Limits, memory: int) -> None:
    """Take on limits of memory and time, in the process that reads: it asks for what nobody else could take from it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds * 2, limits.seconds * 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_apart(module: str, job: Path, file: str, told: Callable[[str], None], limits: Limits = LIMITS) -> None:
    """Run a module over the file of a job in a process of its own, passing on each line that it tells.

    Raises AttainError where the process comes to its end by the limits of memory or time.
    """
    command = [sys.executable, "-m", module, str(job)]
    settings = {**os.environ, "ATTAIN_LIMITS": ",".join(str(one) for one in asdict(limits).values())}
    with (
        TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=settings) as process,  # noqa: S603 - our own module
    ):
        timer = Timer(limits.seconds, process.kill)
        timer.start()
        try:
            for line in process.stdout or ():
                told(line.strip())
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
            is_late = not timer.is_alive()
            timer.cancel()
        if code:
            errors.seek(0)
            raise _stopped(file, code, errors.read().decode(errors="replace"), is_late=is_late, limits=limits)


def _stopped(file: str, code: int, errors: str, *, is_late: bool, limits: Limits) -> Exception:
    """Why a process that reads came to an early end."""
    if is_late or code == -signal.SIGXCPU:
        return too_large(file, f"it takes longer to read than {limits.seconds} seconds")
    if "MemoryError" in errors or "OutOfMemory" in errors or "bad_alloc" in errors or code < 0:
        return too_large(file, "it takes more memory to read than one file may")
    return RuntimeError(errors[-2000:] or f"the process that reads ended with {code}")


def limits_of_process() -> Limits:
    """The limits that the process was started with."""
    written = os.environ.get("ATTAIN_LIMITS")
    return Limits(*(int(one) for one in written.split(","))) if written else LIMITS
