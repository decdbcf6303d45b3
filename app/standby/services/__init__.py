"""What may be done with shifts, hand-overs and the calls of a night."""

from app.standby.services.calls import take_call as take_call
from app.standby.services.handovers import acknowledge as acknowledge
from app.standby.services.handovers import correct_handover as correct_handover
from app.standby.services.handovers import send_handover as send_handover
from app.standby.services.handovers import takes_over as takes_over
from app.standby.services.planning import cancel_shift as cancel_shift
from app.standby.services.planning import edit_shift as edit_shift
from app.standby.services.planning import plan_shifts as plan_shifts
from app.standby.services.planning import swap_shift as swap_shift
from app.standby.services.sheets import collect as collect
