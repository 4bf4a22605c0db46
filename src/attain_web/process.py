"""A process that `attain serve` starts: it ends when the one that started it has ended, however that came about."""

from __future__ import annotations

import os
import signal
import sys
from threading import Thread


def follow_parent() -> None:
    """Stop in good order as soon as standard input closes, which the starting process holds open while it lives."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()
