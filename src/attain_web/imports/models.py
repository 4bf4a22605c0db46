"""Files that were handed in, and mappings that were saved to be used again: rows and constraints, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attain_web.access.models import ImportBatch, User

_NAMED = 4
"""Files of an upload that are named one by one."""


class Profile(models.Model):
    """A mapping document that was saved under its name; what it was before stands in the audit trail."""

    name = models.TextField(_("name"), unique=True)
    mapping = models.TextField(_("mapping"))
    match = models.JSONField(default=dict)  # columns by which rows are found again, by table; empty: the key
    version = models.IntegerField(default=1)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """By name."""

        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        """The name."""
        return self.name


class Upload(models.Model):
    """One or several files handed in together, on their way into the tables that a mapping names."""

    class State(models.TextChoices):
        """How far it has come."""

        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Importing")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")

    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    key = models.UUIDField(default=uuid4, unique=True)  # the name of its folder
    files = models.JSONField(default=list)  # name, size, fingerprint of each file that was handed in
    mapping = models.TextField(blank=True, default="")
    match = models.JSONField(default=dict)  # columns by which rows are found again, by table; empty: the key
    again = models.BooleanField(default=False)  # also what is in already
    state = models.TextField(choices=State.choices, default=State.UPLOADED)
    told = models.JSONField(default=dict)  # what is being done, how far it is, what stopped it
    batches = models.ManyToManyField(ImportBatch, related_name="+")

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        """The files' names, or the first of many."""
        names = [file["name"] for file in self.files]
        if len(names) <= _NAMED:
            return ", ".join(names)
        return str(_("%(names)s and %(count)s others")) % {"names": ", ".join(names[:2]), "count": len(names) - 2}

    @property
    def folder(self) -> Path:
        """Where its files lie, workbooks as the text they hold."""
        return Path(settings.MEDIA_ROOT) / "imports" / str(self.key)

    @property
    def is_kept(self) -> bool:
        """Whether its files lie here: those of a folder that was brought in as a whole do not."""
        return (self.folder / "files").is_dir()
