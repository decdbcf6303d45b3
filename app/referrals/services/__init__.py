"""What may be done with referrals; every verb writes one event into the case's book."""

from app.referrals.services.answers import accept_referral as accept_referral
from app.referrals.services.answers import ask_document as ask_document
from app.referrals.services.answers import complete_referral as complete_referral
from app.referrals.services.answers import decline_referral as decline_referral
from app.referrals.services.answers import start_referral as start_referral
from app.referrals.services.disclosures import send_update as send_update
from app.referrals.services.drafts import attach_document as attach_document
from app.referrals.services.drafts import choose_partner as choose_partner
from app.referrals.services.drafts import draft_referral as draft_referral
from app.referrals.services.drafts import enclose_document as enclose_document
from app.referrals.services.drafts import refer_on as refer_on
from app.referrals.services.drafts import referral_search_text as referral_search_text
from app.referrals.services.drafts import update_draft as update_draft
from app.referrals.services.drafts import waive_document as waive_document
from app.referrals.services.moves import cancel_referral as cancel_referral
from app.referrals.services.moves import confirm_referral as confirm_referral
from app.referrals.services.moves import dispute_referral as dispute_referral
from app.referrals.services.moves import reply_to_partner as reply_to_partner
from app.referrals.services.moves import send_referral as send_referral
from app.referrals.services.moves import settle_referral as settle_referral
from app.referrals.services.rules import escalate_referral as escalate_referral
