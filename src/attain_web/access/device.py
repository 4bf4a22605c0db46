"""What a browser says it is, in words such as “Firefox on Windows”."""

from __future__ import annotations

from django.utils.translation import gettext as _

_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_of(told: str) -> str:
    """Browser and system from a User-Agent; the first that fits counts, for each browser also names its forerunners."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in told), "")
    system = next((name for sign, name in _SYSTEMS.items() if sign in told), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or told[:60] or _("Unknown browser")
