"""The page that a partner opens by a link, without an account: authentication, content and answers."""
