"""A papermill engine that runs the cells in this very process: true outputs, errors and counts, without kernel and sockets.

Meant for a process that was forked for one report and ends with it: whatever a notebook does to it is gone afterwards.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from papermill.engines import Engine, papermill_engines

NAME = "cpaudit-in-process"


class Outputs:
    """The outputs of the cell at work, and where an updated display stands."""

    def __init__(self) -> None:
        self.cell: list[Any] = []
        self._displayed: dict[str, list[Any]] = {}
        self._clear_first = False

    def start(self) -> list[Any]:
        """Begin a cell."""
        self.cell, self._clear_first = [], False
        return self.cell

    def add(self, kind: str, display_id: str = "", **content: Any) -> None:
        """Add an output (checked with the whole notebook, not one by one)."""
        if self._clear_first:
            self.clear(wait=False)
        output = NotebookNode({"output_type": kind, **content})  # type: ignore[no-untyped-call]
        self.cell.append(output)
        if display_id:
            self._displayed.setdefault(display_id, []).append(output)

    def write(self, name: str, text: str) -> None:
        """Add to a stream."""
        last = self.cell[-1] if self.cell else None
        if last is not None and last.output_type == "stream" and last.name == name and not self._clear_first:
            last.text += text
        else:
            self.add("stream", name=name, text=text)

    def update(self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Put other content in place of a display shown before, also in an earlier cell."""
        for output in self._displayed.get(display_id, ()):
            output["data"], output["metadata"] = data, metadata

    def clear(self, wait: bool) -> None:
        """Remove the cell's outputs, now or when the next one comes."""
        self._clear_first = wait
        if not wait:
            self.cell.clear()


class _Stream(io.TextIOBase):
    """Standard output or error, as an output."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._outputs.write(self._name, text)
        return len(text)


class _Publisher(DisplayPublisher):
    def publish(self, data: Any, metadata: Any = None, *_: Any, transient: Any = None, update: bool = False, **__: Any) -> None:
        display_id = str((transient or {}).get("display_id") or "")
        if update:
            self.shell.outputs.update(display_id, _plain(data), metadata or {})
        else:
            self.shell.outputs.add("display_data", display_id, data=_plain(data), metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait)


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        """Have no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        data = _plain(format_dict)
        self.shell.outputs.add("execute_result", data=data, metadata=md_dict or {}, execution_count=self.prompt_count)  # type: ignore[union-attr]

    def finish_displayhook(self) -> None:
        """Have nothing to flush."""


class _Shell(InteractiveShell):
    """A shell whose displays, results and errors become ``outputs``, and that keeps everything it writes in one folder."""

    outputs: Outputs

    def enable_gui(self, gui: Any = None) -> None:
        """Have no windows."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.outputs.add("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))

    def init_history(self) -> None:
        self.config.HistoryManager.enabled = False
        super().init_history()  # type: ignore[no-untyped-call]


def _shell(outputs: Outputs, folder: Path) -> _Shell:
    """Return a fresh shell that writes into ``folder`` alone and knows no user's profile."""
    _Shell.clear_instance()
    shell = _Shell.instance(display_pub_class=_Publisher, displayhook_class=_Hook, ipython_dir=str(folder))
    shell.outputs = outputs
    shell.user_ns["input"] = _no_input
    return shell


def _no_input(prompt: str = "") -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle with its pictures as text."""
    return {kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value for kind, value in data.items()}


class InProcess(Engine):  # type: ignore[misc]
    """The engine; ``folder`` is for what the shell writes."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, folder: str, **given: Any) -> None:
        """Run cell by cell; the first error ends the notebook."""
        outputs = Outputs()
        shell = _shell(outputs, Path(folder))
        for at, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, at)
            if cell.cell_type != "code" or not cell.source.strip():
                nb_man.cell_complete(cell, at)
                continue
            cell["outputs"] = outputs.start()
            cell["execution_count"] = shell.execution_count
            streams = sys.stdout, sys.stderr
            sys.stdout, sys.stderr = _Stream("stdout", outputs), _Stream("stderr", outputs)
            try:
                result = shell.run_cell(cell.source, store_history=True)  # type: ignore[no-untyped-call]
            finally:
                sys.stdout, sys.stderr = streams
            if not result.success:
                nb_man.cell_exception(cell, at)
                break
            nb_man.cell_complete(cell, at)


papermill_engines.register(NAME, InProcess)
