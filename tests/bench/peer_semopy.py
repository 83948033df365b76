"""Times semopy from raw rows, same tolerance: python peer_semopy.py DATA MODEL TIMES; best of TIMES."""

import sys
import time
from pathlib import Path

import pandas as pd
import semopy

data = pd.read_csv(sys.argv[1])
text = Path(sys.argv[2]).read_text(encoding="utf-8")
seconds = []
for _ in range(int(sys.argv[3])):
    started = time.perf_counter()
    semopy.Model(text).fit(data, obj="MLW", solver="SLSQP", options={"ftol": 1e-12})
    seconds.append(time.perf_counter() - started)
print(min(seconds))
