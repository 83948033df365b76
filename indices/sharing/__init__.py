"""Reports by a link, for readers without an account."""
