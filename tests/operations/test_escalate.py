"""`siaga escalate` records each breach once, however often it runs."""

from tests.operations.conftest import Installation


def test_late_referrals_of_the_demo_are_escalated_once(default_installation: Installation) -> None:
    assert default_installation.run_siaga("demo").exit_code == 0
    first, second = (
        default_installation.run_siaga("--demo", "escalate"),
        default_installation.run_siaga("--demo", "escalate"),
    )
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert "newly found late: 0." not in first.output
    assert "newly found late: 0." in second.output
    assert default_installation.run_siaga("--demo", "check").exit_code == 0
