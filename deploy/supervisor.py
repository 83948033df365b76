"""What deploy/run hands over to. Started by its path before anything is installed: standard library only."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Python put this folder first, where our celery.py would hide the package of that name.
sys.path[0] = str(ROOT)

from deploy.launch.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(ROOT))
