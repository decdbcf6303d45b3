"""Views of referrals: list, detail page, letters, links, documents and terms."""
