"""Rules for passwords."""

import pytest
from flask import Flask

from app.core.errors import PortalError
from app.security.rules import passwords


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "password1234",
        "Password1234!",
        "bismillahirrahmanirrahim",
        "Bismillah2026!",
        "qwertyuiop12",
        "123456789012",
        "indonesia1945",
        "Bontang123456",
        "aaaaaaaaaaaa",
        "abababababab",
        "kopi rina.kusuma pagi",
        "RINA.KUSUMA-2026",
        "x1!" * 100,
    ],
)
def test_easily_guessed_password_is_refused(app: Flask, password: str) -> None:
    with pytest.raises(PortalError) as refusal:
        passwords.validate_password(password, "rina.kusuma")
    assert refusal.value.field == "new_password"


@pytest.mark.parametrize("password", ["kuda lumping naik perahu", "k7wm-p3xz-hd9v", "Sungai Guntung 12"])
def test_long_password_is_accepted(app: Flask, password: str) -> None:
    passwords.validate_password(password, "rina.kusuma")


def test_a_temporary_password_passes_its_own_rules_and_is_never_the_same(app: Flask) -> None:
    made = {passwords.generate_temporary_password() for _each in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.validate_password(password, "rina")


def test_no_password_matches_an_account_without_one(app: Flask) -> None:
    assert not passwords.is_correct_password(None, "password")
    assert passwords.is_correct_password(passwords.hash_password("Sungai Guntung 12"), "Sungai Guntung 12")
