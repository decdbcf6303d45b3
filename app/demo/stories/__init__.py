"""Five demo stories of recent weeks, from the first contact to the open follow-ups."""

from app.demo.stories.child import create_secret_child_case
from app.demo.stories.debt import create_debt_case
from app.demo.stories.market import create_unidentified_man_case
from app.demo.stories.night import create_night_call_case
from app.demo.stories.wheelchair import create_wheelchair_case

STORIES = (
    create_unidentified_man_case,
    create_debt_case,
    create_secret_child_case,
    create_night_call_case,
    create_wheelchair_case,
)
