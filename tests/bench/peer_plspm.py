"""Times plspm for Python on mobi.csv: python peer_plspm.py DATA RESAMPLES; prints seconds of one call."""

import sys
import time

import pandas as pd
import plspm.config as c
from plspm.mode import Mode
from plspm.plspm import Plspm
from plspm.scale import Scale
from plspm.scheme import Scheme

PATHS = {
    "Expectation": ["Image"],
    "Quality": ["Expectation"],
    "Value": ["Expectation", "Quality"],
    "Satisfaction": ["Image", "Expectation", "Quality", "Value"],
    "Complaints": ["Satisfaction"],
    "Loyalty": ["Image", "Satisfaction", "Complaints"],
}
BLOCKS = {"Image": "IMAG", "Expectation": "CUEX", "Quality": "PERQ", "Value": "PERV", "Satisfaction": "CUSA",
          "Complaints": "CUSCO", "Loyalty": "CUSL"}  # fmt: skip


def config() -> c.Config:
    structure = c.Structure()
    for target, sources in PATHS.items():
        structure.add_path(sources, [target])
    made = c.Config(structure.path(), default_scale=Scale.NUM)
    for name, prefix in BLOCKS.items():
        made.add_lv_with_columns_named(name, Mode.A, data, prefix)
    return made


data = pd.read_csv(sys.argv[1])
resamples = int(sys.argv[2])
started = time.perf_counter()
Plspm(data, config(), Scheme.PATH, bootstrap=resamples > 0, bootstrap_iterations=max(resamples, 10))
print(time.perf_counter() - started)
