"""``python -m cpaudit``: the command line without its script."""

from cpaudit.cli import main

main()
