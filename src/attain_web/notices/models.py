"""Notices: what waits for somebody or was decided about them, and by which of them they want mail."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from attain_web.access.models import User


class Notice(models.Model):
    """Something that one user should know of; it stays until it is read, and says where to go."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    kind = models.TextField()  # one of notices.kinds.KINDS
    about = models.JSONField(default=dict)  # what the kind's sentence is filled in with
    url = models.TextField()  # a path of this platform
    made_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        """Its kind."""
        return self.kind


class Muted(models.Model):
    """A user wants no mail of a kind of notice."""

    user = models.ForeignKey(User, models.CASCADE, related_name="muted")
    kind = models.TextField()

    class Meta:
        """Each once."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="muted_key")]

    def __str__(self) -> str:
        """Its kind."""
        return self.kind
