"""Trying again and again takes longer and longer, by account and by address, whether or not the account exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from attain_web.access.models import SignInAttempt

ACCOUNT, ADDRESS = 5, 20
"""Failures that cost no wait; an address may be a whole office's."""
_WINDOW = timedelta(days=1)
_FIRST, _LONGEST = 60, 3600
_LOCK = 4182


class ThrottledError(Exception):
    """Too many failures; the attempt was not looked at. ``seconds`` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} seconds")
        self.seconds = seconds

    @property
    def minutes(self) -> int:
        """The wait in words' units, rounded up."""
        return ceil(self.seconds / 60)


@dataclass(frozen=True)
class Attempt:
    """An attempt counts as failed from its beginning, so that a hundred at once count; success takes it back."""

    account: str
    rows: tuple[int, ...]
    costs_wait: bool
    """Whether the next one has to wait if this one fails."""

    def take_back(self) -> None:
        """Count it no more: it was no failure."""
        SignInAttempt.objects.filter(pk__in=self.rows).delete()

    def succeeded(self) -> None:
        """Forget the account's earlier failures as well; those of the address count on."""
        self.take_back()
        SignInAttempt.objects.filter(tried=self.account).delete()


def attempt(account: str, address: str) -> Attempt:
    """Begin an attempt on an account from an address; raises ThrottledError where it comes too early."""
    limits = {_hashed("account", account): ACCOUNT, _hashed("address", _line(address)): ADDRESS}
    with transaction.atomic():
        SignInAttempt.objects.filter(at__lte=timezone.now() - _WINDOW).delete()
        for tried in limits:  # the account first, always, so that no two wait for each other
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, tried])
        if seconds := max(_wait(tried, limit) for tried, limit in limits.items()):
            raise ThrottledError(seconds)
        rows = tuple(SignInAttempt.objects.create(tried=tried).pk for tried in limits)
        costs_wait = any(_wait(tried, limit) for tried, limit in limits.items())
    return Attempt(next(iter(limits)), rows, costs_wait)


def forget_failures(account: str | None = None) -> int:
    """Forget the failures of an account, or all there are; how many rows those were."""
    rows = SignInAttempt.objects.all()
    if account is not None:
        rows = rows.filter(tried=_hashed("account", account))
    return rows.delete()[0]


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: behind a proxy, the address that the proxy itself saw."""
    if settings.SECURE_PROXY_SSL_HEADER and (told := request.META.get("HTTP_X_FORWARDED_FOR")):
        address = str(told).rsplit(",", maxsplit=1)[-1].strip()
    else:
        address = str(request.META.get("REMOTE_ADDR") or "")
    try:
        return str(ip_address(address))
    except ValueError:
        return ""  # a socket's


def _line(address: str) -> str:
    """The line that an address belongs to: of IPv6 each line has 2⁶⁴ of them."""
    if address and isinstance(known := ip_address(address), IPv6Address) and not known.ipv4_mapped:
        return str(ip_network((known, 64), strict=False))
    return address


def _wait(tried: str, limit: int) -> int:
    """Seconds until the next attempt: none at first, then a minute, doubled by each failure, an hour at most."""
    told = SignInAttempt.objects.filter(tried=tried).aggregate(count=Count("pk"), last=Max("at"))
    if told["count"] < limit:
        return 0
    wait: int = min(_FIRST << min(told["count"] - limit, 10), _LONGEST)
    waited: timedelta = timezone.now() - told["last"]
    return max(0, ceil(wait - waited.total_seconds()))


def _hashed(kind: str, text: str) -> str:
    """A keyed hash: the table tells nobody's address."""
    return salted_hmac(f"attain.access.throttle.{kind}", text, algorithm="sha256").hexdigest()
