"""What every program over Jupyter's libraries does first: it spares itself an import that none of them needs."""

from __future__ import annotations

import sys


def skip_iri_grammar() -> None:
    """Keep jsonschema from building a grammar at import (0.9 s) that checks one format (``iri``) no notebook uses.

    Call it before nbformat, papermill or Voila is imported; None makes the import of the grammar fail, which jsonschema allows.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
