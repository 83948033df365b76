"""The classical families: SERVQUAL, Kano, NPS, top boxes, reliability, weights, series."""
