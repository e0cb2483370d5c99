"""The tests; with ``CPAUDIT_PLAIN`` they see the package as it is where there is no fork, no POSIX signal, lock or link."""

import tests.support.plain.sitecustomize  # noqa: F401
