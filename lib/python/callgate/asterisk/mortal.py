"""What makes a child die with us, however we die: SIGKILL included."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)


def dies_with_us() -> Callable[[], None]:
    """What `subprocess.Popen` is to call in the child, before the program, as `preexec_fn`.

    The kernel sends the child SIGKILL when the thread that started it ends (PR_SET_PDEATHSIG, prctl(2)): start it from
    the main thread.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return ask_the_kernel
