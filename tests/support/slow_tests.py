"""Option `--slow`: without it, tests marked `slow` are deselected. `.ci/run` runs all tests."""

import pytest

OPTION = "--slow"
_skipped_count = pytest.StashKey[int]()


def add_option(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="run the tests marked slow, too")


def deselect_slow(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the slow tests unless `--slow` is given."""
    if config.getoption(OPTION):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.stash[_skipped_count] = len(slow)
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def send_count_to_controller(session: pytest.Session) -> None:
    """Send the count to the controller: only workers collect tests, but it writes the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[OPTION] = session.config.stash.get(_skipped_count, 0)


def receive_count_from_worker(node: object) -> None:
    """Store the count of a worker; all workers collect the same tests and send the same count."""
    count = getattr(node, "workeroutput", {}).get(OPTION, 0)
    node.config.stash[_skipped_count] = count  # type: ignore[attr-defined]


def write_summary(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write at the end of the run how many tests were deselected."""
    if count := config.stash.get(_skipped_count, 0):
        reporter.write_line(
            f"{count} slow tests were left out (see the mark `slow` in pyproject.toml);"
            f" `pytest {OPTION}` runs all tests, `pytest {OPTION} -m slow` these alone.",
            yellow=True,
        )
