"""How fast is the engine beside what researchers use? Ratios of one run, on one machine.

    python tests/bench/peers.py --peers PYTHON --rscript Rscript

`PYTHON` is that of a virtual environment with plspm 0.5.7, pandas 2 and semopy 2.3.11; `Rscript` has lavaan.
Every figure is the best of several calls within a fresh process, without reading the file or importing.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.scale import Scale
from scoring.structural.blocks import pack, sums
from scoring.structural.fit import fit, fit_moments
from scoring.structural.lavaan_syntax import parse
from scoring.structural.moments import from_rows

HERE = Path(__file__).parent
REFERENCE = HERE.parent / "reference"
MODEL_FILE = REFERENCE / "model_mobi.lav"
MODEL = parse(MODEL_FILE.read_text(encoding="utf-8"))
SCALES = dict.fromkeys(MODEL.items, Scale(1, 10))
SIZES = (250, 10_000, 1_000_000)
PLSPM_RESAMPLES = 100

Rows = NDArray[np.float64]


def row(what: str, ours: float, beside: str, theirs: float) -> str:
    return f"| {what} | {ours:.3f} | {beside} | {theirs:.3f} | {theirs / ours:.1f} |"


def best(call: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def read(name: str) -> tuple[list[str], Rows]:
    path = REFERENCE / name
    header = path.read_text(encoding="utf-8").split("\n", 1)[0].replace('"', "").split(",")
    return header, np.genfromtxt(path, delimiter=",", skip_header=1)


def peer(*command: str) -> float:
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(ended.stdout.split()[-1])


def saved(folder: Path, header: list[str], rows: Rows) -> str:
    path = folder / f"{len(rows)}_{int(np.isnan(rows).sum())}.csv"
    text = np.where(np.isnan(rows), "", np.nan_to_num(rows).astype(int).astype(str))
    lines = [",".join(header), *(",".join(row) for row in text)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def pls_lines(python: str) -> Iterator[str]:
    header, rows = read("mobi.csv")
    ours = best(lambda: fit(MODEL, rows, header, SCALES, estimator="pls", resamples=1000, seed=1), 5)
    some = peer(python, str(HERE / "peer_plspm.py"), str(REFERENCE / "mobi.csv"), str(PLSPM_RESAMPLES))
    theirs = some * 1000 / PLSPM_RESAMPLES
    yield row("pls and 1,000 resamples, n = 250", ours, "plspm for Python ¹", theirs)


def ml_lines(python: str, rscript: str, folder: Path) -> Iterator[str]:
    header, base = read("sim_10000.csv")
    rng = np.random.default_rng(1)
    for n in SIZES:
        rows = base[rng.integers(0, len(base), n)] if n > len(base) else base[:n]
        times = 1 if n > 10_000 else 5
        file = saved(folder, header, rows)
        moments = from_rows(rows[:, [header.index(item) for item in MODEL.items]])
        ours = best(lambda moments=moments: fit_moments(MODEL, moments, MODEL.items, SCALES), 5)
        robust = best(lambda rows=rows: fit(MODEL, rows, header, SCALES), times)
        what = f"ml from moments, n = {n:,}"
        yield row(what, ours, "ours from raw rows, with robust errors", robust)
        peers = {
            "semopy from raw rows": peer(
                python, str(HERE / "peer_semopy.py"), file, str(MODEL_FILE), str(times)
            ),
            "lavaan from raw rows": peer(
                rscript, str(HERE / "peer_lavaan.R"), file, str(MODEL_FILE), "listwise", str(times)
            ),
        }
        for name, theirs in peers.items():
            yield row(what, ours, name, theirs)


def fiml_lines(rscript: str, folder: Path) -> Iterator[str]:
    header, rows = read("sim_10000.csv")
    rows[np.random.default_rng(5).random(rows.shape) < 0.05] = np.nan
    ours = best(lambda: fit(MODEL, rows, header, SCALES, missing="fiml"), 2)
    file = saved(folder, header, rows)
    theirs = peer(rscript, str(HERE / "peer_lavaan.R"), file, str(MODEL_FILE), "ml", "1")
    yield row("full information, 5 % missing, n = 10,000", ours, "lavaan", theirs)


def moment_lines() -> Iterator[str]:
    header, base = read("sim_10000.csv")
    rows = base[np.random.default_rng(1).integers(0, len(base), 1_000_000)]
    block = pack(rows, header, [1] * len(header))
    ours = best(lambda: sums(block), 5)
    numpy = best(lambda: rows.T @ rows, 5)
    yield row("moments of 1,000,000 rows held as uint8", ours, "numpy's float64 XᵀX", numpy)


def lines(python: str, rscript: str) -> Iterator[str]:
    yield "| what | ours, s | beside | its, s | times faster |"
    yield "|---|---:|---|---:|---:|"
    yield from pls_lines(python)
    with tempfile.TemporaryDirectory() as folder:
        yield from ml_lines(python, rscript, Path(folder))
        yield from fiml_lines(rscript, Path(folder))
    yield from moment_lines()
    yield f"\n¹ {PLSPM_RESAMPLES} resamples timed, times {1000 // PLSPM_RESAMPLES}."


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", required=True, help="Python with plspm, pandas 2 and semopy")
    parser.add_argument("--rscript", default="Rscript", help="Rscript with lavaan")
    asked = parser.parse_args()
    for line in lines(asked.peers, asked.rscript):
        print(line, flush=True)
