"""What the actions of runs are called in the audit trail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "runs.start": _("Started a run"),
    "runs.stop": _("Stopped a run"),
    "runs.resume": _("Took up a run that was cut off"),
    "runs.calculate": _("Calculated a run"),
    "runs.fail": _("A run came to no end"),
    "runs.compare": _("Compared a run with the one before"),
    "runs.compare_again": _("Had a run compared once more with the one before"),
    "runs.approve": _("Approved a run"),
    "runs.reject": _("Sent a run back"),
    "runs.export": _("Exported what a run found"),
    "runs.let_go": _("Took away the files of a run that no longer matters"),
    "runs.evidence": _("Took out what a run was calculated from"),
}
