"""Every write of access: signing in and out, one's own account, users and roles, tokens."""

from attain_web.access.services.tokens import make_token, revoke_token, token_viewer
from attain_web.access.services.users import end_waits, make_administrator, make_user

__all__ = ["end_waits", "make_administrator", "make_token", "make_user", "revoke_token", "token_viewer"]
