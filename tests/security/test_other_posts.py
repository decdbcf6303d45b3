"""The forms that belong to no room, the log-in of programs and the partner's page, sent odd things."""

from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.extensions import limiter
from app.referrals.partner_page import STEPS
from tests.referrals.door import WHO, enter, linked
from tests.support import nasty
from tests.support.client import PortalClient

LogIn = Callable[[str], PortalClient]

ODDLY = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
odd = st.one_of(nasty.values, st.sampled_from(nasty.TEXTS).map(nasty.written))
WIRE = "application/x-www-form-urlencoded"

OWN = {
    "/profile/": ["first_name", "language"],
    "/password/": ["old_password", "new_password", "conf_password"],
    "/caseload/": ["worker", "successor", "reason"],
    "/language": ["language", "next"],
    "/login/": ["username", "password"],
}


def sent(names: list[str], typed: list[str]) -> str:
    return "&".join(f"{name}={value}" for name, value in zip(names, typed, strict=False))


@pytest.mark.parametrize("path", OWN)
def test_no_form_of_ones_own_breaks(app: Flask, as_user: LogIn, nobody: PortalClient, path: str) -> None:
    names = OWN[path]

    @ODDLY
    @given(st.lists(odd, min_size=len(names), max_size=len(names)))
    def run(typed: list[str]) -> None:
        limiter.reset()
        client = nobody if path == "/login/" else as_user("admin")
        answer = client.post(path, data=sent(names, typed), content_type=WIRE, checked=False)
        assert nasty.fault(answer) is None

    run()


def test_no_answer_of_a_partner_breaks(make: ModuleType, nobody: PortalClient) -> None:
    key = linked(make.sent())
    enter(nobody, key)
    fields = [*WHO, "message", "completed_on", "result", "text", "decline_reason", "note", "own_page", "code"]

    @ODDLY
    @given(st.sampled_from(sorted(STEPS)), st.lists(odd, min_size=9, max_size=9))
    def run(step: str, typed: list[str]) -> None:
        limiter.reset()
        for path in (f"{key.url}/{step}", key.url, f"/r/{typed[0]}", f"{key.url}/documents/{typed[1][:40]}"):
            answer = nobody.post(path, data=sent(fields, typed), content_type=WIRE, checked=False)
            assert nasty.fault(answer) is None
            assert answer.status_code < 500

    run()
    assert nasty.fault(nobody.get(key.url)) is None
