"""Metering on several machines: each takes a share of the outlets, by their names.

Every worker goes through all files and meters the rows of its outlets, so the files must
lie where all of them can read. The last hour that any outlet reported is found before the
open gaps are ended, so that the numbers are those of one machine.
"""

from __future__ import annotations

from scenarios.monitoring.files.meter_files import Asked, Pass, start
from scenarios.monitoring.files.meter_result import Outcome
from scenarios.workers import open_cluster


def meter_in_shares(asked: Asked, count: int) -> Outcome:
    """The outcome of `meter_files`, from `count` shares one after the other."""
    passes = [start(asked, (n, count)) for n in range(count)]
    until = max(one.last_hour for one in passes)
    return joined([one.finish(until) for one in passes])


def meter_on_cluster(asked: Asked, scheduler: str) -> Outcome:
    """The outcome of `meter_files`, from the workers of a Dask cluster.

    Raises: InputError if Dask is not installed or the cluster does not answer.
    """
    # Not `map_jobs`: what a pass has read stays with its worker until the last hour of all
    # is known, since it would be far too much to send here and back.
    with open_cluster(scheduler) as client:
        count = max(len(client.nthreads()), 1)
        passes = [client.submit(start, asked, (n, count), pure=False) for n in range(count)]
        until = max(client.gather(client.map(_last_hour, passes, pure=False)))
        ended = [client.submit(_finished, one, until, pure=False) for one in passes]
        return joined(client.gather(ended))


def joined(outcomes: list[Outcome]) -> Outcome:
    """Shares of the outlets as one outcome."""
    whole, *others = outcomes
    for other in others:
        whole.join(other)
    return whole


def _last_hour(one: Pass) -> int:
    return one.last_hour


def _finished(one: Pass, until_h: int) -> Outcome:
    return one.finish(until_h)
