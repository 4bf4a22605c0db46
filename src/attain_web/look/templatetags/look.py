"""Tags that draw components: icons, badges, fields, charts."""

from __future__ import annotations

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

from attain_web.look.icons import ICONS

register = Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon beside words that say the same; readers of the screen hear the words only."""
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.filter
def in_words(name: str) -> str:
    """A column of the company's own as people read it: ``base_salary`` is Base salary, ``ownerID`` OwnerID."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] or name


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word of a name."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
