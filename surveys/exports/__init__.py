"""Raw answers taken along: as CSV, XLSX and SPSS files with their codebook, made by workers."""
