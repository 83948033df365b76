"""Open links with a name for each place: their addresses, codes to scan, and the questionnaire in a page."""
