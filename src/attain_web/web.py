"""The process that answers browsers: gunicorn with several workers, as `attain serve` starts it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from attain_web.process import follow_parent


class Web(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """Gunicorn over the platform."""

    def __init__(self, given: dict[str, Any], told: str) -> None:
        self.given, self.told = given, told
        super().__init__()

    def load_config(self) -> None:
        """Settings by gunicorn's names."""
        for name, value in (_settings() | self.given | {"when_ready": self.tell}).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """What answers a request."""
        from attain_web.wsgi import application  # noqa: PLC0415 - after gunicorn is set up

        return application

    def tell(self, _server: Any) -> None:
        """Say that browsers may come."""
        print(self.told, flush=True)  # noqa: T201 - on the terminal of `attain serve`


def _settings() -> dict[str, Any]:
    """What holds for every installation."""
    return {
        "worker_class": "gthread",
        "threads": 4,
        "preload_app": True,
        "timeout": 120,
        "graceful_timeout": 15,
        "max_requests": 10_000,
        "max_requests_jitter": 1_000,
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - gunicorn's advice
        "umask": 0o077,
        "loglevel": "warning",
        "accesslog": "-" if os.environ.get("ATTAIN_ACCESS_LOG") == "1" else None,
        "control_socket_disable": True,
        "forwarded_allow_ips": "",  # the settings judge a proxy's word
        "proc_name": "attain",
    }


if __name__ == "__main__":
    follow_parent()
    Web(json.loads(sys.argv[1]), sys.argv[2]).run()
