"""Grants: funding sources, budgets, disbursements, commitments, expenditures, assets, published figures."""
