"""Users, roles, tokens, invitations, the audit trail and import batches: rows and constraints, nothing else."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Role


class User(AbstractBaseUser):
    """Somebody who signs in, by e-mail. ``is_active`` off ends every session and token at once."""

    email = models.EmailField(_("e-mail"), unique=True)  # in small letters
    name = models.TextField(_("name"))
    is_active = models.BooleanField(_("active"), default=True)
    totp_secret = models.TextField(blank=True, default="")  # sealed; empty: no second step
    totp_used = models.BigIntegerField(default=0)  # the last time step used, so that a code counts once
    made_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = BaseUserManager["User"]()

    class Meta:
        """Addresses in small letters, so that two users never share one."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_small")
        ]
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        """The name."""
        return self.name


class RoleGrant(models.Model):
    """A user has a role."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.TextField(choices=Role.choices)

    class Meta:
        """Each once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role"], name="role_grant"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_known"),
        ]

    def __str__(self) -> str:
        """The role's words."""
        return str(Role(self.role).label)


class UserSession(models.Model):
    """A signed-in browser, so that it can be listed and ended; the session itself is Django's."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    session_key = models.TextField(unique=True)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now=True)
    device = models.TextField(blank=True, default="")  # browser and system, as it told
    address = models.GenericIPAddressField(null=True)

    def __str__(self) -> str:
        """The device."""
        return self.device


class RecoveryCode(models.Model):
    """A code that takes the place of the second step once, for who has lost their device; kept as a keyed hash."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    hashed = models.TextField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Whether it may still be used."""
        return "used" if self.used_at else "unused"


class ApiToken(models.Model):
    """A key to the API for one user, kept as a hash; ``scopes`` are words like ``records:read``."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.TextField()
    hashed = models.TextField(unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """The name it was given."""
        return self.name


class SignInAttempt(models.Model):
    """A failed sign-in or code, for throttling: by account tried and by address, whether or not the account exists."""

    tried = models.TextField(db_index=True)  # a keyed hash: the table tells nobody's address
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        """When."""
        return f"{self.at}"


class ChainLink(models.Model):
    """Somebody is above a participant in ``[start, end)``, by key; made anew whenever reporting lines change."""

    participant = models.TextField()
    above = models.TextField()
    start = models.DateField()
    end = models.DateField()

    class Meta:
        """Asked for by who is above, and by who is below."""

        indexes: ClassVar = [
            models.Index(fields=["above", "participant", "start", "end"], name="chain_by_above"),
            models.Index(fields=["participant", "above"], name="chain_by_participant"),
        ]

    def __str__(self) -> str:
        """Who under whom."""
        return f"{self.participant} under {self.above}"


class AuditEvent(models.Model):
    """One action or batch: who, when, what, before and after; each row holds the hash of the one before it."""

    number = models.BigIntegerField(unique=True)  # 1, 2, 3 … without a gap
    at = models.DateTimeField()
    actor = models.BigIntegerField(null=True)  # the user's id; empty: the system itself
    actor_name = models.TextField()
    action = models.TextField(db_index=True)  # orders.change, imports.undo, access.sign_in …
    subject = models.TextField(blank=True, default="", db_index=True)  # orders/SO43659
    details = models.JSONField(default=dict)
    before_hash = models.TextField()
    own_hash = models.TextField()

    class Meta:
        """Nothing is ever changed or taken out."""

        ordering: ClassVar = ["number"]
        indexes: ClassVar = [
            models.Index(fields=["actor", "number"], name="audit_by_actor"),
            models.Index(fields=["at"], name="audit_by_day"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="audit_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="audit_not_emptied",
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'the audit trail cannot be emptied';",
            ),
        ]

    def __str__(self) -> str:
        """Number and action."""
        return f"{self.number} {self.action}"


class ImportBatch(models.Model):
    """A file brought in: every row that it made or changed holds its id, so that it can be undone whole."""

    class State(models.TextChoices):
        """How far it has come."""

        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Importing")
        DONE = "done", _("Imported")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    file_name = models.TextField()
    fingerprint = models.TextField(db_index=True)  # SHA-256 of the file
    table = models.TextField()  # the library's table it feeds
    mapping = models.TextField(blank=True, default="")  # the mapping document used, as text
    state = models.TextField(choices=State.choices, default=State.UPLOADED)
    told = models.JSONField(default=dict)  # progress, counts of rows made, changed, left, faults

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        """The file's name."""
        return self.file_name
