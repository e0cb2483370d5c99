"""cpaudit: the analytics workbench for mandatory cleaner-production audits.

>>> import cpaudit as cp
>>> cp.Selection.of(unit="辛集").units
('xinji',)
"""

import sys

# Nothing may be imported before this, not even from __future__: `python -m cpaudit` has put the folder that it was started
# in before the standard library. (argv is so while Python looks for the module; a user's own one keeps its folder.)
if (
    sys.argv[:1] == ["-m"]
    and not sys.flags.safe_path
    and sys.orig_argv[-len(sys.argv)].removeprefix("-m").split(".")[0] == "cpaudit"
):
    del sys.path[0]

from typing import TYPE_CHECKING

from cpaudit import lazy
from cpaudit.version import VERSION

if TYPE_CHECKING:
    from cpaudit import analysis, indicators, programme, style, testing, views
    from cpaudit.dataset import Dataset
    from cpaudit.dataset import open_dataset as open
    from cpaudit.desk.batches import compare, open_batches
    from cpaudit.desk.example import example
    from cpaudit.desk.programmes import new_programme, try_programme
    from cpaudit.desk.start import start
    from cpaudit.desk.systems import new_system, try_system
    from cpaudit.labels import labelled
    from cpaudit.render.notebook.show import show
    from cpaudit.render.paper.frames import xlsx
    from cpaudit.render.saving import save
    from cpaudit.render.widgets.page import explore
    from cpaudit.render.widgets.what_if import what_if
    from cpaudit.selection import Selection
    from cpaudit.views.figures.own import bars, tile_map
    from cpaudit.views.pages.own import page
    from cpaudit.workspace import project

__version__ = VERSION

_PUBLIC = {
    "Dataset": "cpaudit.dataset:Dataset",
    "Selection": "cpaudit.selection:Selection",
    "example": "cpaudit.desk.example:example",
    "open": "cpaudit.dataset:open_dataset",
    "project": "cpaudit.workspace:project",
    "start": "cpaudit.desk.start:start",
    "compare": "cpaudit.desk.batches:compare",
    "open_batches": "cpaudit.desk.batches:open_batches",
    "new_system": "cpaudit.desk.systems:new_system",
    "try_system": "cpaudit.desk.systems:try_system",
    "new_programme": "cpaudit.desk.programmes:new_programme",
    "try_programme": "cpaudit.desk.programmes:try_programme",
    "show": "cpaudit.render.notebook.show:show",
    "explore": "cpaudit.render.widgets.page:explore",
    "what_if": "cpaudit.render.widgets.what_if:what_if",
    "analysis": "cpaudit.analysis",
    "indicators": "cpaudit.indicators",
    "programme": "cpaudit.programme",
    "views": "cpaudit.views",
    "labelled": "cpaudit.labels:labelled",
    "xlsx": "cpaudit.render.paper.frames:xlsx",
    "page": "cpaudit.views.pages.own:page",
    "save": "cpaudit.render.saving:save",
    "tile_map": "cpaudit.views.figures.own:tile_map",
    "bars": "cpaudit.views.figures.own:bars",
    "style": "cpaudit.style",
    "testing": "cpaudit.testing",
}

__all__ = [
    "Dataset",
    "Selection",
    "analysis",
    "bars",
    "compare",
    "example",
    "explore",
    "indicators",
    "labelled",
    "new_programme",
    "new_system",
    "open",
    "open_batches",
    "page",
    "programme",
    "project",
    "save",
    "show",
    "start",
    "style",
    "testing",
    "tile_map",
    "try_programme",
    "try_system",
    "views",
    "what_if",
    "xlsx",
]


__getattr__, __dir__ = lazy.public(__name__, _PUBLIC)
