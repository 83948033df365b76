"""The report of a survey, as a page, and what is taken along of it."""
