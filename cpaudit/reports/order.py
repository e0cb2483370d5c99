"""What a call for reports asks for, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cpaudit.reports.own import Value

Engine = Literal["local", "processes", "dask"]
#: A report that takes longer than this is taken for hung.
LIMIT_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """一次生成报告的要求：哪一种、哪些单位（行业、企业）、哪一天、写到哪里、要哪些格式。

    ``subjects``: units, trades or plants by any of their names; none means all. ``as_of`` None is the newest snapshot's day,
    ``programme`` None its programme, ``notebook`` another one than the kind's own,
    ``parameters`` those of a workspace's own kind that differ from what its notebook says. ``formats`` besides ``html`` and the
    executed ``ipynb``: ``docx``, ``pdf``, ``xlsx``. ``seconds``: a report that takes longer is given up. ``archive``: a ZIP of
    all beside them. ``force``: what is unchanged is made again too. ``reference_doc``: a Word file whose styles, page, header and
    footer documents take, in the place of the workspace's ``templates/reference.docx``.

    ``engine``: ``local`` forks from a warm parent, at most ``jobs`` reports at once (None: the processors, not more than four),
    where a system can fork, else it is ``processes``, a plain Jupyter kernel per report; ``dask`` sends the same tasks to the
    cluster at ``scheduler``. All give the same bytes.

    >>> from pathlib import Path
    >>> Order(warehouse=Path("data/warehouse"), out=Path("output"), subjects=["石家庄市"]).kind
    'city'
    """

    warehouse: Path
    out: Path
    subjects: Sequence[str] = ()
    kind: str = "city"
    as_of: dt.date | None = None
    programme: str | None = None
    notebook: Path | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    formats: Sequence[str] = ("html",)
    reference_doc: Path | None = None
    one_file: bool = False
    archive: bool = True
    force: bool = False
    seconds: int = LIMIT_S
    engine: Engine = "local"
    jobs: int | None = None
    scheduler: str = ""
