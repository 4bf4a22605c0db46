"""Addresses of access."""

from __future__ import annotations

from django.urls import URLPattern, path

from attain_web.access.links import Purpose
from attain_web.access.views import account, audit, signing_in, users

app_name = "access"
urlpatterns: list[URLPattern] = [
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/code/", signing_in.code, name="code"),
    path("sign-out/", signing_in.sign_out, name="sign_out"),
    path("invitation/<str:link>/", signing_in.choose_password, {"purpose": Purpose.INVITATION}, name="invitation"),
    path("reset/", signing_in.reset, name="reset"),
    path("reset/sent/", signing_in.reset_sent, name="reset_sent"),
    path("new-password/<str:link>/", signing_in.choose_password, {"purpose": Purpose.RESET}, name="new_password"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/two-steps/", account.two_steps, name="two_steps"),
    path("account/two-steps/off/", account.two_steps_off, name="two_steps_off"),
    path("account/recovery-codes/", account.recovery_codes, name="recovery_codes"),
    path("account/sessions/", account.sessions, name="sessions"),
    path("account/sessions/end-others/", account.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<int:pk>/end/", account.end_session, name="end_session"),
    path("account/tokens/", account.tokens, name="tokens"),
    path("account/tokens/new/", account.new_token, name="new_token"),
    path("account/tokens/<int:pk>/revoke/", account.end_token, name="revoke_token"),
    path("users/", users.users, name="users"),
    path("users/invite/", users.invite, name="invite"),
    path("users/<int:pk>/", users.user, name="user"),
    *(
        path(f"users/<int:pk>/{action}/", users.act_on_user, {"action": action}, name=action.replace("-", "_"))
        for action in users.ACTIONS
    ),
    path("audit/", audit.audit, name="audit"),
    path("audit/<int:number>/", audit.audit_event, name="audit_event"),
]
