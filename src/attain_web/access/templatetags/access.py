"""Actions and roles in words, in templates."""

from __future__ import annotations

from django.template import Library

from attain_web.access.actions import in_words
from attain_web.access.roles import meaning

register = Library()
register.filter("in_words", in_words)
register.filter("meaning", meaning)
