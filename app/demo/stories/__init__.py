"""Five stories of this autumn, from the first knock to what is still to be done."""

from app.demo.stories.child import child_kept_secret
from app.demo.stories.debt import family_in_debt
from app.demo.stories.market import unidentified_man
from app.demo.stories.night import night_call
from app.demo.stories.wheelchair import wheelchair

STORIES = (unidentified_man, family_in_debt, child_kept_secret, night_call, wheelchair)
