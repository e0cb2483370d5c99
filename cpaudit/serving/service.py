"""What the handlers of the service share: who is let in, the files, the kernels, and the newest snapshot's version."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import workspace
from cpaudit.errors import CpauditError
from cpaudit.serving.definitions import Dashboard, home, notebooks, office
from cpaudit.serving.doors.access import Door, ProxyDoor, Viewer
from cpaudit.serving.processes import watch
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.serving.doors.allowance import Account
    from cpaudit.serving.processes.kernels import Kernels

_log = logging.getLogger(__name__)
#: How often open pages are held against the access file.
_RIGHTS_S = 1.0


class Service:
    """One running service; ``app`` is Voila, once it is made."""

    def __init__(
        self, listed: tuple[Dashboard, ...], door: Door, warehouse: Path, programme: str, folder: Path, port: int
    ) -> None:
        from cpaudit.serving.assets import Assets
        from cpaudit.serving.processes.nursery import Nursery

        self.listed, self.door, self.warehouse, self.programme, self.port = listed, door, warehouse, programme, port
        self.assets = Assets(folder / "assets")
        # One's own notebooks run in their readers' kernels alone: here each would have its way with everybody's data and time.
        self.nursery = Nursery([notebooks() / d.notebook for d in listed if not d.own])
        # Cookies know no ports: two services on one machine must not take each other's.
        self.cookie = f"cpaudit-{port}"
        self.newest = ""
        #: How many requests were answered with each status code.
        self.answers: Counter[str] = Counter()
        #: The connections of pages, to be cut off when their viewer's rights go.
        self.sockets: set[Any] = set()
        self.app: Any = None

    @property
    def kernels(self) -> Kernels:
        """The kernels and sessions."""
        found: Kernels = self.app.kernel_manager
        return found

    def account(self, viewer: Viewer | None, address: str) -> Account:
        """Return what counts the use of a user, or of an address where nobody has said who the user is."""
        known = viewer is not None and isinstance(self.door, ProxyDoor)
        return self.kernels.accounts.of(viewer.name if viewer and known else "", address)

    @property
    def prefix(self) -> str:
        """The address of the files, with their version."""
        return f"{self.app.base_url}s/{self.assets.version}/"

    @cached_property
    def exporter(self) -> Any:
        """What turns cells into HTML; its templates are compiled once."""
        from voila.exporter import VoilaExporter

        app = self.app
        made = VoilaExporter(
            template_paths=app.template_paths,
            template_name=app.voila_configuration.template,
            config=app.config,
            contents_manager=app.contents_manager,
            base_url=app.base_url,
            default_preprocessors=[],  # outputs are as our kernels made them
        )
        made.exclude_input = made.exclude_output_prompt = made.exclude_input_prompt = True
        return made

    def for_template(self) -> dict[str, Any]:
        """What the template needs: menu, addresses, and the errors whose text is meant for readers."""
        menu = [{"id": d.id, "title": d.title, "readers": d.readers} for d in self.listed]
        return {"prefix": self.prefix, "menu": menu, "office": office(), "errors": sorted(_error_names(CpauditError))}

    @cached_property
    def page_config(self) -> dict[str, Any]:
        """What Voila's software reads of a page: where its files are."""
        from voila.utils import get_page_config

        config: dict[str, Any] = get_page_config(
            base_url=self.app.base_url,
            settings=self.app.app.settings,
            log=self.app.log,
            voila_configuration=self.app.voila_configuration,
        )
        prefix = self.prefix.rstrip("/")
        # Jupyter's own would be fetched from another host as soon as a text holds a formula; pages of ours hold none.
        config["fullMathjaxUrl"] = f"{prefix}/no-formulas.js"
        return {**config, "fullStaticUrl": f"{prefix}/static", "fullLabextensionsUrl": f"{prefix}/labextensions"}

    def when_started(self, link: str, ready: Callable[[str], None]) -> None:
        """Have the warm parent, the spare kernels and the checks start with the event loop."""
        from tornado.ioloop import IOLoop, PeriodicCallback

        from cpaudit import snapshots

        async def started() -> None:
            self.kernels.nursery = self.nursery
            self.newest = snapshots.newest(self.warehouse, self.programme)
            self.nursery.start(self._stamp())
            # What the first viewer would wait for otherwise.
            _ = self.exporter.template, self.page_config
            self._packing = asyncio.create_task(asyncio.to_thread(self.assets.pack))
            self.kernels.fill()
            PeriodicCallback(self.check, settings().check_s * 1000).start()
            PeriodicCallback(self.check_rights, _RIGHTS_S * 1000).start()
            PeriodicCallback(self._look, watch.EVERY_S * 1000).start()
            ready(link)

        IOLoop.current().add_callback(started)

    async def _look(self) -> None:
        self.nursery.look()
        await watch.look(self.kernels)

    def check(self) -> None:
        """See what is new: a snapshot, the program's own files; take kernels back."""
        from cpaudit import snapshots

        self.newest = snapshots.newest(self.warehouse, self.programme)
        self.nursery.renew(self._stamp())
        self.kernels.fill()
        task = asyncio.ensure_future(self.kernels.sweep(self.allows))
        task.add_done_callback(_report)

    def _stamp(self) -> object:
        return self.newest, _code_stamp()

    async def check_rights(self) -> None:
        """Cut off at once whoever may see something else by now, or nothing: the connections first, then the kernels."""
        for socket in [s for s in self.sockets if not self.allows(s.page.viewer)]:
            socket.close(1008, "refused")
        gone = [s for s in self.kernels.sessions if not self.allows(s.viewer)]
        for session in gone:
            session.gone = True
        await asyncio.gather(*(self.kernels.close(session) for session in gone))

    def allows(self, viewer: Viewer) -> bool:
        """Return whether a viewer of an open page may still see the same."""
        return not isinstance(self.door, ProxyDoor) or self.door.viewer(viewer.name) == viewer


def _report(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("sweep", exc_info=error)


def _error_names(kind: type[CpauditError]) -> set[str]:
    return {kind.__name__}.union(*(_error_names(sub) for sub in kind.__subclasses__()))


def _code_stamp() -> str:
    """Return what changes with any file that a warm parent has read: the package, its definitions, the notebooks."""
    from cpaudit.reference import root

    stamp = hashlib.sha256()
    own = [place for what in ("definitions", "dashboards", "reports") if (place := workspace.place(what))]
    for folder in (Path(__file__).parent.parent, root(), notebooks(), home(), *own):
        for parent, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                if not name.endswith(".pyc"):
                    path = os.path.join(parent, name)  # noqa: PTH118 - some five hundred files, every few seconds
                    try:
                        stamp.update(f"{path} {os.stat(path).st_mtime_ns}\n".encode())  # noqa: PTH116
                    except OSError:
                        continue
    return stamp.hexdigest()
