# Times lavaan on a CSV: Rscript peer_lavaan.R DATA MODEL listwise|ml TIMES; prints seconds, best of TIMES.
arguments <- commandArgs(trailingOnly = TRUE)
suppressMessages(library(lavaan))
data <- read.csv(arguments[1])
model <- paste(readLines(arguments[2]), collapse = "\n")
seconds <- sapply(seq_len(as.integer(arguments[4])), function(i) {
  system.time(suppressWarnings(sem(model, data = data, missing = arguments[3])))["elapsed"]
})
cat(min(seconds), "\n")
