"""`siaga escalate`: every breach is told once, however often the command runs."""

from tests.operations.conftest import Machine


def test_the_demos_late_referrals_are_told_once(laptop: Machine) -> None:
    assert laptop.siaga("demo").exit_code == 0
    first, second = laptop.siaga("--demo", "escalate"), laptop.siaga("--demo", "escalate")
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert "newly found late: 0." not in first.output
    assert "newly found late: 0." in second.output
    assert laptop.siaga("--demo", "check").exit_code == 0
