"""How jupyter_client gets a kernel's process: forked by the service's warm parent, or started as usual where that can't be."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from cpaudit import startup
from cpaudit.serving.processes.nursery import Unavailable

NAME = "cpaudit"


def register(config: Any) -> None:
    """Make :class:`ForkProvisioner` the default of a Jupyter configuration."""
    group = KernelProvisionerFactory.GROUP_NAME
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:{ForkProvisioner.__name__}", group)
    config.KernelProvisionerFactory.default_provisioner_name = NAME


class ForkProvisioner(LocalProvisioner):
    """Asks the nursery of the kernels' manager; without one, or when it can give none, a plain kernel is started."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Return the connection of a new kernel."""
        manager: Any = self.parent
        nursery = getattr(manager.parent, "nursery", None)
        env = kwargs.get("env") or {}
        if nursery is not None:
            new = {k: v for k, v in env.items() if os.environ.get(k) != v}
            argv = ["-f", manager.connection_file, "--HistoryManager.enabled=False"]
            try:
                self.process = await nursery.fork(argv, new, kwargs.get("cwd") or os.getcwd())  # noqa: PTH109
            except Unavailable:
                pass
            else:
                self.pid = self.process.pid
                # A child's group is its own only once it has called setsid: until then a signal to it would hit us.
                self.pgid = None
                return self.connection_info
        # A plain kernel of this very Python, whatever else is called python3 here: no module of the folder that the service
        # was started in, none beside the notebook.
        plain = [*startup.command("ipykernel_launcher"), "-f", manager.connection_file]
        return await super().launch_kernel(plain, **{**kwargs, "env": {**env, **startup.environment()}})
