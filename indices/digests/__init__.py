"""What is new in an organisation, by e-mail."""
