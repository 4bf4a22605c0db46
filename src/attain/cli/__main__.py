"""``python -m attain.cli`` is the command ``attain``."""

import sys

from attain.cli import main

sys.exit(main())
