"""Pages of runs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from attain_web.look.request import PageRequest
from attain_web.payouts import queries


def run(request: PageRequest, pk: int) -> HttpResponse:
    """A run."""
    return render(request, "payouts/run.html", {"run": queries.run_seen(request.viewer, pk)})
