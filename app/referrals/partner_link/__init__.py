"""The page that a partner opens by a link, without an account: who may open it, what it shows and answers."""
