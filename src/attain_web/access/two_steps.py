"""The second step of signing in: codes of an authenticator app, by time, and recovery codes in their place."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from secrets import choice
from time import time

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

_STEP = 30
"""Seconds for which a code holds; the one before and the one after are taken as well, for clocks that differ."""
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
CODES = 10


def new_secret() -> str:
    """The secret that the app and the platform share."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """What the app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Attain")


def picture_of(address: str) -> str:
    """The picture for the app's camera as a data: address; dark on white in every theme, as cameras want it."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#111", light="#fff")


def step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is; None where it is none of now."""
    now = int(time()) // _STEP
    totp = pyotp.TOTP(secret)
    given = code.encode(errors="replace")  # of texts only ASCII is compared
    fitting = [step for step in (now - 1, now, now + 1) if compare_digest(totp.generate_otp(step).encode(), given)]
    return max(fitting, default=None)


def new_recovery_codes() -> list[str]:
    """Codes to keep on paper, such as ``k3mw9-x2rtp``: fifty bits each."""
    return ["-".join("".join(choice(_LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(CODES)]


def recovery_hash(code: str) -> str:
    """A recovery code as it is kept, however it was typed."""
    plain = "".join(code.lower().split()).replace("-", "")
    return salted_hmac("attain.access.recovery", plain, algorithm="sha256").hexdigest()


def seal(text: str) -> str:
    """A secret as it is kept: encrypted with the installation's key, so that the database alone does not tell it."""
    return _sealing().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The secret; None where the installation's key is no longer the one it was sealed with."""
    try:
        return _sealing().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _sealing() -> MultiFernet:
    keys = map(str, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(f"attain.seal.{key}".encode()).digest())) for key in keys])
