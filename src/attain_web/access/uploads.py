"""Files on their way in: taken from whoever may bring files in, and kept from the disk of everybody else's requests."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer

MOST = 1024**3
"""Bytes of a request with files; an import itself takes fewer, and says so."""


class Uploads(TemporaryFileUploadHandler):
    """Writes a file to a temporary one, once it is known that its sender may hand files in.

    Django reads forms before any view asks who sends them, also those of browsers in which nobody has signed in.
    """

    def handle_raw_input(self, _data: Any, _meta: Any, content_length: int, *_more: Any) -> None:
        """Refuse a request that is too large before it is read."""
        if content_length > MOST:
            raise RequestDataTooBig("The files are larger than any that are taken.")

    def new_file(self, *args: Any, **more: Any) -> None:
        """Begin a file, or leave it and what follows unread: the view then answers as it does without one."""
        program: Viewer | None = getattr(self.request, "auth", None)
        if program:
            program.must_write(Area.IMPORTS, reach=Reach.ALL)
        viewer: Viewer | None = program or getattr(self.request, "viewer", None)
        if viewer is None or viewer.right(Area.IMPORTS).write < Reach.ALL:
            raise StopUpload(connection_reset=True)
        super().new_file(*args, **more)
