"""A report on paper: what it says as data, its drawings in print, and the setting of both as a PDF."""
