"""What every address answers to whom. Written from the table of roles and rights by hand, not from the program.

To declare a new address, add its name to ``ROUTES`` with one line for each method that it takes. The line says what it
is about and what somebody needs:

    reads AREA    whoever reads the area at all                          else 404
    sees AREA     whoever reads this very object                         else 404
    adds AREA     whoever writes for this owner                          sees the area: 403, else 404
    adds AREA …   (a form, without an owner) whoever writes at all       sees the area: 403, else 404
    changes AREA  whoever writes this very object                        sees it: 403, else 404
    all AREA      whoever writes the whole area                          sees it: 403, else 404
    own           everybody who is signed in, for what is theirs alone: somebody else's is 404
    everybody     everybody who is signed in
    anybody       without signing in as well

Whoever is not signed in is sent to the page for signing in (302); the API answers 401. What is done well answers 200;
a form that was taken 302; in the API 201 for what was made. Where an address differs, ``EXCEPT`` says so cell by cell.
"""

from __future__ import annotations

ROLES = ("administrator", "designer", "operations", "finance", "manager", "participant", "executive", "auditor")
TARGETS = ("own", "own team", "other team")

RIGHTS = """
             administrator designer operations finance manager participant executive auditor
users        W             -        -          -       -       -           -         R
people       R             R        W          R       R>      R.          R         R
records      -             R        W          R       W>      W.          R         R
splits       -             R        W          R       R>      R.          R         R
imports      -             -        W          W       -       -           -         R
quotas       -             R        W          R       R>      R.          R         R
measures     R             W        R          R       R       R           R         R
plans        -             W        R          R       R>      R.          R         R
runs         -             W        R          R       -       -           -         R
approval     -             R        R          W       -       -           -         R
attainment   -             R        R          R       R>      R.          R         R
pay          -             R        -          R       R>      R.          -         R
by_hand      -             R        -          W       R>      R.          -         R
pay_sums     -             R        -          R       -       -           R         R
audit        R             -        -          R.      -       -           -         R
names        R             R        R          R       R       R           R         R
"""
"""W writes, R reads, > of oneself and the people below, . of oneself, - is told nothing.

``approval`` is of runs: whoever sees them but may not approve them is refused.
``by_hand`` is what somebody entered that changes pay.
``names`` is what everybody may know of everybody: that they are here, and who their manager is.
"""

TABLES = {
    "participants": "people",
    "reporting_lines": "people",
    "territories": "people, nobody's",
    "coverage": "people",
    "accounts": "records",
    "products": "records, nobody's",
    "opportunities": "records",
    "stage_history": "records",
    "orders": "records",
    "order_lines": "records",
    "activities": "records",
    "splits": "splits",
    "quotas": "quotas",
    "assignments": "plans",
    "relationships": "people",
    "cancellations": "splits, nobody's",
    "exchange_rates": "splits, nobody's",
    "quota_adjustments": "quotas",
    "objectives": "quotas",
    "adjustments": "by_hand",
    "holds": "by_hand",
}
"""The area of each table. Nobody's rows are read by whoever reads the area, and written by whoever writes all."""

ROUTES: dict[str, dict[str, str]] = {
    "home": {"GET": "everybody"},
    "look:styleguide": {"GET": "everybody"},
    # signing in
    "access:sign_in": {"GET": "anybody", "POST": "anybody"},
    "access:code": {"GET": "anybody", "POST": "anybody"},
    "access:sign_out": {"POST": "anybody"},
    "access:reset": {"GET": "anybody", "POST": "anybody"},
    "access:reset_sent": {"GET": "anybody"},
    "access:invitation": {"GET": "anybody", "POST": "anybody"},
    "access:new_password": {"GET": "anybody", "POST": "anybody"},
    # one's own account
    "access:account": {"GET": "everybody", "POST": "everybody"},
    "access:password": {"GET": "everybody", "POST": "everybody"},
    "access:two_steps": {"GET": "everybody", "POST": "everybody"},
    "access:two_steps_off": {"GET": "everybody", "POST": "everybody"},
    "access:recovery_codes": {"GET": "everybody", "POST": "everybody"},
    "access:sessions": {"GET": "everybody"},
    "access:end_session": {"POST": "own"},
    "access:end_other_sessions": {"POST": "everybody"},
    "access:tokens": {"GET": "everybody"},
    "access:new_token": {"GET": "everybody", "POST": "everybody"},
    "access:revoke_token": {"POST": "own"},
    # what waits for one
    "notices:list": {"GET": "everybody"},
    "notices:count": {"GET": "everybody"},
    "notices:read_all": {"POST": "everybody"},
    "notices:settings": {"GET": "everybody", "POST": "everybody"},
    "notices:open": {"POST": "own"},
    # users and the audit trail
    "access:users": {"GET": "reads users"},
    "access:invite": {"GET": "all users", "POST": "all users"},
    "access:user": {"GET": "sees users", "POST": "all users"},
    "access:deactivate": {"POST": "all users"},
    "access:activate": {"POST": "all users"},
    "access:invite_again": {"POST": "all users"},
    "access:end_two_steps": {"POST": "all users"},
    "access:end_sessions": {"POST": "all users"},
    "access:audit": {"GET": "reads audit"},
    "access:audit_event": {"GET": "sees audit"},
    # people
    "people:list": {"GET": "reads names"},
    "people:chart": {"GET": "reads names"},
    "people:branch": {"GET": "reads names"},
    "people:join": {"GET": "all people", "POST": "all people"},
    "people:person": {"GET": "sees people"},
    "people:position": {"GET": "all people", "POST": "all people"},
    "people:manager": {"GET": "all people", "POST": "all people"},
    "people:leave": {"GET": "all people", "POST": "all people"},
    "people:stay": {"GET": "all people", "POST": "all people"},
    "people:link": {"GET": "all users", "POST": "all users"},
    "people:unlink": {"GET": "all users", "POST": "all users"},
    # bringing files in
    "imports:list": {"GET": "reads imports"},
    "imports:new": {"GET": "all imports", "POST": "all imports"},
    "imports:batch": {"GET": "sees imports"},
    "imports:undo": {"POST": "all imports"},
    "imports:result": {"GET": "sees imports"},
    "imports:faults": {"GET": "sees imports"},
    "imports:upload": {"GET": "sees imports"},
    "imports:mapping": {"POST": "all imports"},
    "imports:start": {"POST": "all imports"},
    "imports:progress": {"GET": "sees imports"},
    "imports:undo_upload": {"POST": "all imports"},
    # statements of the approved run
    "statements:list": {"GET": "reads pay"},
    "statements:statement": {"GET": "sees pay"},
    "statements:node": {"GET": "sees pay"},
    "statements:export": {"GET": "sees pay"},
    # runs
    "payouts:list": {"GET": "reads runs"},
    "payouts:new": {"GET": "all runs", "POST": "all runs"},
    "payouts:run": {"GET": "sees runs"},
    "payouts:progress": {"GET": "sees runs"},
    "payouts:stop": {"POST": "all runs"},
    "payouts:again": {"POST": "all runs"},
    "payouts:approve": {"POST": "all approval"},
    "payouts:reject": {"POST": "all approval"},
    "payouts:compare": {"GET": "sees runs", "POST": "all runs"},
    "payouts:evidence": {"GET": "sees runs"},
    "payouts:difference": {"GET": "sees runs"},
    **{f"payouts:{name}": {"GET": "sees runs"} for name in ("attainment", "earnings", "payouts", "comparison")},
    **{f"payouts:export_{name}": {"GET": "sees runs"} for name in ("attainment", "earnings", "payouts", "comparison")},
    # plans
    "plans:list": {"GET": "reads plans"},
    "plans:new": {"GET": "all plans", "POST": "all plans"},
    "plans:check": {"POST": "all plans"},
    "plans:words": {"GET": "all plans"},
    **{f"plans:{name}": {"GET": "sees plans"} for name in ("plan", "compare", "people", "version", "sql")},
    **{f"plans:{name}": {"GET": "all plans", "POST": "all plans"} for name in ("edit", "publish")},
    **{f"plans:{name}": {"POST": "all plans"} for name in ("assign", "retire", "discard", "end_assignment")},
    "plans:preview": {"GET": "all plans"},
    "plans:export_preview": {"GET": "all plans"},
    # measures and quotas
    **{f"measures:{name}": {"GET": "reads measures"} for name in ("list", "export", "measure", "calendar")},
    **{f"measures:{name}": {"GET": "reads attainment"} for name in ("values", "facts")},
    **{f"measures:{name}": {"GET": "all measures", "POST": "all measures"} for name in ("new", "edit")},
    **{f"measures:{name}": {"POST": "all measures"} for name in ("check", "remove")},
    "quotas:grid": {"GET": "reads quotas", "POST": "all quotas"},
    "quotas:export": {"GET": "reads quotas"},
    "quotas:import": {"POST": "all quotas"},
    "quotas:history": {"GET": "sees quotas"},
    # tables, once for each
    "rows:index": {"GET": "everybody"},
    "rows:search": {"GET": "everybody"},
    "rows:list": {"GET": "reads table"},
    "rows:new": {"GET": "adds table …", "POST": "adds table"},
    "rows:export_csv": {"GET": "reads table"},
    "rows:export_xlsx": {"GET": "reads table"},
    "rows:suggest": {"GET": "reads table"},
    "rows:row": {"GET": "sees table"},
    "rows:edit": {"GET": "changes table", "POST": "changes table"},
    # the API
    "api-1:api-root": {},
    "api-1:unknown": {},
    "api-1:openapi": {"GET": "everybody"},
    "api-1:users": {"GET": "reads users"},
    "api-1:user": {"GET": "sees users"},
    "api-1:audit_events": {"GET": "reads audit"},
    "api-1:audit_event": {"GET": "sees audit"},
    "api-1:people": {"GET": "reads names", "POST": "all people"},
    "api-1:person": {"GET": "sees people"},
    "api-1:person_position": {"POST": "all people"},
    "api-1:person_manager": {"POST": "all people"},
    "api-1:person_stay": {"POST": "all people"},
    "api-1:person_leave": {"POST": "all people"},
    "api-1:measures": {"GET": "reads measures"},
    "api-1:measure": {"GET": "reads measures"},
    "api-1:measure_values": {"GET": "reads attainment"},
    "api-1:imports": {"GET": "reads imports", "POST": "all imports"},
    "api-1:import": {"GET": "sees imports"},
    "api-1:import_start": {"POST": "all imports"},
    "api-1:import_undo": {"POST": "all imports"},
    "api-1:statements": {"GET": "reads pay"},
    "api-1:statement": {"GET": "sees pay"},
    "api-1:statement_lines": {"GET": "sees pay"},
    "api-1:statement_file": {"GET": "sees pay"},
    "api-1:runs": {"GET": "reads runs", "POST": "all runs"},
    "api-1:run": {"GET": "sees runs"},
    "api-1:run_stop": {"POST": "all runs"},
    "api-1:run_approve": {"POST": "all approval"},
    "api-1:run_reject": {"POST": "all approval"},
    **{f"api-1:run_{name}": {"GET": "sees runs"} for name in ("attainment", "earnings", "payouts")},
    "api-1:plans": {"GET": "reads plans", "POST": "all plans"},
    "api-1:plans_check": {"POST": "all plans"},
    "api-1:plan": {"GET": "sees plans"},
    "api-1:plan_draft": {"PATCH": "all plans"},
    "api-1:plan_publish": {"POST": "all plans"},
    "api-1:plan_version": {"GET": "sees plans"},
    "api-1:<table>-list": {"GET": "reads table", "POST": "adds table"},
    "api-1:<table>-row": {"GET": "sees table", "PATCH": "changes table"},
    "api-1:<table>-history": {"GET": "sees table"},
}

EXCEPT: dict[tuple[str, str], dict[str, int]] = {
    # Who reads all plans and all pay sees what a draft would pay, and the SQL of plans is for who reads all of them.
    **{(f"plans:{name}", "GET"): dict.fromkeys(("finance", "auditor"), 200) for name in ("preview", "export_preview")},
    ("plans:sql", "GET"): {"manager": 404, "participant": 404},
    ("plans:new", "POST"): {"designer": 422},  # asked with a text that names no plan
    ("plans:check", "POST"): {"designer": 200},
    ("api-1:plans_check", "POST"): {"designer": 200},
    ("api-1:plan_publish", "POST"): {"designer": 200},
    ("payouts:new", "POST"): {"designer": 422},  # asked without a plan
    ("people:stay", "POST"): {"operations": 422},  # nobody entered that they leave
    ("api-1:person_stay", "POST"): {"operations": 422},
    ("payouts:stop", "POST"): {"designer": 422},  # it has come to its end
    ("payouts:evidence", "GET"): {
        **dict.fromkeys(("designer", "finance", "auditor"), 302),
        "operations": 403,
    },  # not kept
    # Sales operations see runs, and nobody's pay.
    **{
        (name, "GET"): {"operations": 404}
        for name in (
            *(f"payouts:{one}" for one in ("compare", "difference", "earnings", "payouts", "comparison")),
            *(f"payouts:export_{one}" for one in ("earnings", "payouts", "comparison")),
            *(f"api-1:run_{one}" for one in ("earnings", "payouts")),
        )
    },
    ("api-1:runs", "POST"): {"designer": 202},
    ("api-1:run_stop", "POST"): {"designer": 409},  # it has ended
    ("api-1:run_approve", "POST"): {"finance": 200},
    ("api-1:run_reject", "POST"): {"finance": 200},
    # Whoever is signed in has nothing to do on these pages; their own links in mails are nobody's here.
    ("access:sign_in", "GET"): {"anonymous": 200, "*": 302},
    ("access:sign_in", "POST"): {"anonymous": 422, "*": 302},
    ("access:code", "GET"): {"*": 302},
    ("access:code", "POST"): {"*": 302},
    ("access:sign_out", "POST"): {"*": 302},
    ("access:reset", "POST"): {"*": 302},
    ("access:invitation", "GET"): {"*": 410},
    ("access:invitation", "POST"): {"*": 410},
    ("access:new_password", "GET"): {"*": 410},
    ("access:new_password", "POST"): {"*": 410},
    # Asked without the password or code that they want, these come back with the form.
    **{
        (f"access:{name}", "POST"): {"anonymous": 302, "*": 200}
        for name in ("password", "two_steps", "two_steps_off", "recovery_codes")
    },
    ("access:new_token", "POST"): {"anonymous": 302, "*": 200},  # the page that shows the token, once
    ("people:link", "POST"): {"administrator": 200},  # asked without a user, as everybody here has one already
    ("measures:edit", "POST"): {"designer": 422},  # asked without the version that is changed
    ("measures:check", "POST"): {"designer": 200},
    # Finance may import, but only orders: undoing an import of accounts is not theirs.
    ("imports:undo", "POST"): {"finance": 403},
    ("imports:new", "POST"): {"operations": 200, "finance": 200},  # asked without a file
    ("imports:mapping", "POST"): {"operations": 422, "finance": 422},  # and without a mapping
    # In the API, too: finance may not bring accounts in; who may is told that a worker does it.
    ("api-1:imports", "POST"): {"operations": 202, "finance": 403},
    ("api-1:import_start", "POST"): {"operations": 409, "finance": 409},  # nobody had it checked
    ("api-1:import_undo", "POST"): {"operations": 409, "finance": 409},  # nothing of it is in
    # What changes somebody makes nobody.
    **{(f"api-1:person_{flow}", "POST"): {"operations": 200} for flow in ("position", "manager", "leave")},
    # Somebody else's token is ended by whoever writes users, and seen by whoever reads them.
    ("access:revoke_token", "POST"): {
        "administrator, own team": 302,
        "administrator, other team": 302,
        "auditor, own team": 403,
        "auditor, other team": 403,
    },
}
"""Statuses by route, method, and role (with a target after a comma where it matters); ``*``: everybody else."""
