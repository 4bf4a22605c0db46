"""The organisation that the other tests use is as its description says."""

from collections.abc import Callable

from attain_web.access.viewer import Viewer
from attain_web.rows.queries import visible
from attain_web.rows.table import row_tables


def _orders(viewer: Viewer) -> set[str]:
    return {str(row) for row in visible(row_tables()["orders"], viewer)}


def test_who_sees_which_orders(viewer_of: Callable[[str], Viewer]) -> None:
    alices = {"O-alice", "O-alice-before"}
    assert _orders(viewer_of("participant")) == alices
    assert _orders(viewer_of("manager")) == {"O-ann", "O-alice", "O-adam", "O-recorded"}
    assert _orders(viewer_of("bea")) == {"O-ann", "O-alice", "O-adam", "O-recorded"}
    assert _orders(viewer_of("dan")) == {"O-charlie", "O-alice-before"}
    assert _orders(viewer_of("charlie")) == {"O-charlie"}
    assert _orders(viewer_of("operations")) == alices | {"O-ann", "O-adam", "O-charlie", "O-recorded"}
    assert _orders(viewer_of("administrator")) == set()
