"""A Dask cluster as a team (extra: batch). Scheduler and workers run this same version of the coach.

Dask logs keys, and, of a task that failed, its arguments and exception: keys hold numbers alone, arguments hide what they hold,
and `read_job` never fails.
"""

import queue
import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from coach.batch.team import AHEAD, Read, read_job
from coach.batch.values import Job, Outcome
from coach.errors import BatchError, MissingDependency, RemoteRefused, UnknownValue
from coach.llm.address import is_near

_ADDRESS: Final = re.compile(r"(?P<scheme>tcp|tls)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}", re.ASCII)
_CONNECT_SECONDS: Final = 15
_WORKERS_SECONDS: Final = 60
_LOOK_SECONDS: Final = 5.0
_FETCH_SECONDS: Final = 120


def permit(address: str) -> str:
    """The address itself. Raises UnknownValue where it is none, RemoteRefused where notes would leave unencrypted."""
    shape = _ADDRESS.fullmatch(address)
    if not shape:
        raise UnknownValue("--scheduler must be an address such as tcp://127.0.0.1:8786 or tls://10.0.0.5:8786.")
    if shape["scheme"] == "tcp" and not is_near(shape["host"]):
        raise RemoteRefused(
            f"{shape['host']} is neither this machine nor the number of an address in a private network, and tcp:// sends the whole "
            "text of each note unencrypted. Name it by its number, or use tls:// with your cluster's certificates."
        )
    return address


class Cluster:
    """Workers of a Dask cluster. What a worker that dies was reading is read by another; the scheduler sees to that."""

    def __init__(self, address: str, tell: Callable[[str], None], read: Read = read_job) -> None:
        """Raises BatchError where scheduler or workers do not answer; `tell` is given a sentence while there is no worker."""
        try:
            from distributed import Client
        except ImportError:
            raise MissingDependency("distributed", "batch") from None
        self._tell, self._read = tell, read
        self._run = uuid.uuid4().hex[:12]
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()  # of Dask's futures
        self._jobs: dict[str, Any] = {}
        connect: Any = Client
        try:
            self._client = connect(permit(address), timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:  # ValueError: tls:// without certificates
            raise BatchError(f"no Dask scheduler answers at {address} ({type(error).__name__}).") from None
        try:
            self._client.wait_for_workers(1, timeout=_WORKERS_SECONDS)
        except TimeoutError:
            self.close()
            raise BatchError(f"the Dask scheduler at {address} has no workers; start some: dask worker {address}") from None

    def room(self) -> int:
        """By the threads that the cluster has now: workers may come and go."""
        return AHEAD * max(1, sum(int(threads) for threads in self._client.nthreads().values()))

    def submit(self, job: Job) -> None:
        key = f"coach-batch-{self._run}-{job.number:06d}"
        future = self._client.submit(self._read, job, key=key, pure=False)
        self._jobs[key] = future  # Dask drops what nobody holds
        future.add_done_callback(self._done.put)

    def take(self) -> list[Outcome]:
        while True:
            try:
                future = self._done.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self._look()
                continue
            del self._jobs[future.key]
            try:
                if future.status == "finished":
                    return [self._result(future)]
                why = _why(future)
            except BatchError:
                raise
            except Exception:  # cancelled or lost between the two calls
                why = _GONE
            raise BatchError(why)

    def _result(self, future: Any) -> Outcome:
        """The outcome, which is read anew where its worker died with it."""
        while True:
            try:
                outcome: Outcome = future.result(timeout=_FETCH_SECONDS)
                return outcome
            except TimeoutError:
                self._look()

    def close(self) -> None:
        self._jobs.clear()
        self._client.close()

    def _look(self) -> None:
        if self._client.status != "running":
            raise BatchError(_GONE)
        if not self._client.nthreads():
            self._tell("waiting: the cluster has no workers just now")


_GONE: Final = "the connection to the Dask scheduler was lost. The same command goes on from here."


def _why(future: Any) -> str:
    """What became of a task, without any of Dask's words for it, which may hold what the task was given."""
    if future.status != "error":
        return _GONE
    kind = type(future.exception()).__name__
    number = int(str(future.key).rpartition("-")[2])
    if kind == "KilledWorker":
        return f"chunk {number} was given up by Dask: every worker that read it died (too little memory?). Mend that and run it again."
    return f"chunk {number} could not be read by the workers ({kind}); do they run the coach of this machine? Run it again then."
