"""``python -m aigcbench`` is the command line."""

import sys

from aigcbench.cli.main import main

sys.exit(main())
