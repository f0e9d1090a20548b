"""A notebook kernel that is a fork of this process: nothing has to start or be imported.

The fork is made while this process has one thread, no event loop and no sockets, and waits. When
jupyter_client launches a kernel, it is told its connection file and becomes that kernel.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from importlib.metadata import EntryPoint
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from typing_extensions import override

from corr.show.many.warm import end_together

NAME = "corr-forked"


class _Fork:
    """A forked child with what jupyter_client asks of a process (as `subprocess.Popen`)."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        theirs, self._tell = Pipe(duplex=False)
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            self._tell.close()
            _become_kernel(theirs)
        theirs.close()

    def launch(self, argv: list[str], cwd: str, env: dict[str, str]) -> None:
        """Tell the child which kernel it is."""
        self._tell.send_bytes(json.dumps([argv, cwd, env]).encode())
        self._tell.close()

    def poll(self) -> int | None:
        """The exit code; None while it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int | None:
        """Wait for its end."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """End it."""
        self.send_signal(signal.SIGTERM)


class ForkedKernel(LocalProvisioner):
    """Launches the fork that `prepare` made."""

    prepared: _Fork | None = None

    @override
    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        fork, ForkedKernel.prepared = ForkedKernel.prepared, None
        if fork is None:
            return await super().launch_kernel(cmd, **kwargs)
        env = {**kwargs.get("env", os.environ), "JPY_PARENT_PID": str(os.getpid())}
        fork.launch(cmd[cmd.index("-f") :], kwargs.get("cwd") or ".", env)
        self.process: Any = fork
        self.pid = fork.pid
        return self.connection_info


def prepare() -> None:
    """Fork a kernel for the next notebook that is executed in this process."""
    factory = KernelProvisionerFactory.instance()
    value = f"{__name__}:{ForkedKernel.__name__}"
    factory.provisioners[NAME] = EntryPoint(NAME, value, "jupyter_client.kernel_provisioners")
    factory.default_provisioner_name = NAME
    ForkedKernel.prepared = _Fork()


def _become_kernel(told: Connection) -> None:
    """Wait to be told which kernel this is, and be it; never comes back."""
    end_together(os.getppid())
    code = 1
    with contextlib.suppress(EOFError):
        argv, cwd, env = json.loads(told.recv_bytes())
        told.close()
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from ipykernel.kernelapp import IPKernelApp

        try:
            IPKernelApp.launch_instance(argv=argv)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
    sys.stdout.flush()
    os._exit(code)
