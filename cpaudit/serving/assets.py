"""The files that pages load: known beforehand, compressed once, named by their content so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cpaudit.serving.definitions import home

#: What can be made smaller; pictures and fonts are compressed already.
_TEXT = {".js", ".css", ".json", ".svg", ".html", ".map"}
_SERVED = {".js", ".css", ".json", ".svg", ".png", ".woff", ".woff2", ".ttf"}
#: The software of the widgets that a page shows.
_EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")


@dataclass(frozen=True)
class Asset:
    """One file; ``content`` and ``packed`` are read when first asked for."""

    path: Path
    type: str

    @cached_property
    def content(self) -> bytes:
        """The file's bytes."""
        return self.path.read_bytes()

    @cached_property
    def packed(self) -> bytes | None:
        """The same, gzipped; None where that would save nothing."""
        return gzip.compress(self.content, 6, mtime=0) if self.path.suffix in _TEXT else None

    @cached_property
    def etag(self) -> str:
        """A name of the content."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:20]}"'


class Assets:
    """All that may be asked for, by name: ``page.css``, ``static/voila.js``, ``labextensions/…``; no name leads to the disk."""

    def __init__(self, folder: Path) -> None:
        """Put the pages' own files into ``folder``, an empty one, and find those of the libraries."""
        from jupyter_core.paths import jupyter_path
        from voila.paths import collect_static_paths

        from cpaudit.render.web import html

        self._known: dict[str, Asset] = {}
        html.write_assets(folder)
        self._add_all("", folder)
        self._add_all("", home() / "static")
        for place in reversed(collect_static_paths(["voila", "nbconvert"], "lab")):
            self._add_all("static", Path(place))
        places = [Path(p) / "labextensions" for base in ("voila", "") for p in jupyter_path(base)]
        for extension in _EXTENSIONS:
            found = next((p / extension for p in places if (p / extension).is_dir()), None)
            if found:
                self._add_all(f"labextensions/{extension}", found)
        stamp = hashlib.sha256()
        for name, asset in sorted(self._known.items()):
            stamp.update(f"{name} {hashlib.sha256(asset.path.read_bytes()).hexdigest()}\n".encode())
        #: Changes with any of the files; stands in their addresses.
        self.version = stamp.hexdigest()[:12]

    def get(self, name: str) -> Asset | None:
        """Return the file of that name, None if there is none."""
        return self._known.get(name)

    def pack(self) -> None:
        """Compress what every page loads; the rest follows when it is asked for."""
        for name, asset in self._known.items():
            if name.count("/") == 0 or name.startswith("static/voila"):
                _ = asset.packed, asset.etag

    def _add(self, name: str, path: Path) -> None:
        if path.suffix in _SERVED:
            kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            self._known[name] = Asset(path, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)

    def _add_all(self, prefix: str, folder: Path) -> None:
        for path in folder.rglob("*") if folder.is_dir() else ():
            if path.is_file():
                self._add(f"{prefix}/{path.relative_to(folder).as_posix()}".lstrip("/"), path)
