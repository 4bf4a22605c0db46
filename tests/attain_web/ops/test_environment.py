"""What variables of the environment say is checked at the start, all of it at once."""

import pytest

from attain.errors import UsageError
from attain_web.environment import check_environment


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("ATTAIN_URL", "foo"),
        ("ATTAIN_URL", "ftp://attain.example.com"),
        ("ATTAIN_URL", "https://attain.example.com:port"),
        ("ATTAIN_MAIL", "smtp+ssl://mail.example.com"),
        ("ATTAIN_MAIL", "mail.example.com"),
        ("ATTAIN_TIME_ZONE", "Amsterdam"),
        ("ATTAIN_LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://localhost/attain"),
        ("ATTAIN_BEHIND_PROXY", "yes"),
    ],
)
def test_what_cannot_be_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(UsageError, match=f"^{name}: "):
        check_environment()


def test_everything_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTAIN_URL", "foo")
    monkeypatch.setenv("ATTAIN_TIME_ZONE", "Mars/Olympus")
    with pytest.raises(UsageError) as told:
        check_environment()
    assert [line.partition(":")[0] for line in str(told.value).splitlines()] == ["ATTAIN_URL", "ATTAIN_TIME_ZONE"]


def test_what_the_guide_shows_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, given in {
        "ATTAIN_URL": "https://attain.example.com:8443",
        "ATTAIN_MAIL": "smtp+tls://user:pass%20word@mail.example.com:587",
        "ATTAIN_TIME_ZONE": "Europe/Amsterdam",
        "ATTAIN_LOG_LEVEL": "INFO",
        "DATABASE_URL": "postgresql://user:password@db.example.com/attain",
        "ATTAIN_BEHIND_PROXY": "1",
    }.items():
        monkeypatch.setenv(name, given)
    check_environment()
