"""The tables of a report, apart from how they are shown: as CSV, in a workbook, and on paper."""
