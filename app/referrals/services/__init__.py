"""What may be done with referrals; every verb writes one event into the case's book."""
