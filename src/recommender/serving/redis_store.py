"""The event store in Redis Streams, for workers on several machines."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from recommender.serving.store import PAGE, Erasure, Outcome, StoredEvent, StoreError

try:
    import redis
    from redis.backoff import ConstantBackoff
    from redis.retry import Retry
except ModuleNotFoundError as error:
    raise StoreError("redis://: the package redis is missing; install it: pip install '.[redis]'") from error

SECONDS = 5.0
"""How long a call may take."""
NEEDED = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "stream-node-max-entries": "1",
}
"""Settings of the server: what is acknowledged is on the disk, nothing is dropped, what is deleted is overwritten."""
_STREAM, _IDS, _ERASED, _LAST = _KEYS = [f"recommender:{name}" for name in ("events", "ids", "erased", "last")]

# A script runs in one step. KEYS: the stream; the set of event ids; erased users with their numbers; the last number;
# and for each event the hash of its user, with its numbers and ids. ARGV: for each event its id, its user and itself.
_APPEND = """
local outcomes = {}
for at = 1, #ARGV / 3 do
    local id, user, event = ARGV[3 * at - 2], ARGV[3 * at - 1], ARGV[3 * at]
    if redis.call('HEXISTS', KEYS[3], user) == 1 then
        outcomes[at] = 'erased'
    elseif redis.call('SADD', KEYS[2], id) == 0 then
        outcomes[at] = 'repeated'
    else
        local number = redis.call('INCR', KEYS[4])
        redis.call('XADD', KEYS[1], number .. '-0', 'event', event)
        redis.call('HSET', KEYS[4 + at], number, id)
        outcomes[at] = 'stored'
    end
end
return outcomes
"""
_ERASE = """
local found = redis.call('HGETALL', KEYS[5])
for at = 1, #found, 2 do
    redis.call('XDEL', KEYS[1], found[at] .. '-0')
    redis.call('SREM', KEYS[2], found[at + 1])
end
redis.call('DEL', KEYS[5])
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 0 then
    local number = redis.call('INCR', KEYS[4])
    redis.call('HSET', KEYS[3], ARGV[1], number)
    redis.call('XADD', KEYS[1], number .. '-0', 'erased', ARGV[1])
end
return #found / 2
"""


class RedisStore:
    """Events in one stream, whose ids are the sequence numbers; all calls may be repeated, so the client may retry."""

    def __init__(self, url: str) -> None:
        """Connect, and check that the server keeps what it acknowledges.

        Raises:
            StoreError: no server answers, or it has other settings than NEEDED.
        """
        self._where = url.rpartition("@")[2]  # without a password
        with self._explained():
            self._redis = redis.Redis.from_url(
                url, decode_responses=True, socket_timeout=SECONDS, socket_connect_timeout=SECONDS,
                retry=Retry(ConstantBackoff(0.05), 2),  # a connection that was lost is opened again
            )  # fmt: skip
            found = {name: self._redis.config_get(name).get(name) for name in NEEDED}
        if wrong := [f"{name} {value}" for name, value in found.items() if value != NEEDED[name]]:
            wanted = " ".join(f"--{name} {value}" for name, value in NEEDED.items())
            raise StoreError(
                f"{self._where}: found {', '.join(wrong)}, so acknowledged events could be lost or erased ones kept; "
                f"start redis-server with {wanted}"
            )
        self._append, self._erase = (self._redis.register_script(script) for script in (_APPEND, _ERASE))

    def append(self, events: Sequence[StoredEvent]) -> list[Outcome]:
        """See `Store`."""
        if not events:
            return []
        keys = [*_KEYS, *(_key_of(event.user) for event in events)]
        rows = [(event.event_id, json.dumps(event.user), json.dumps(astuple(event))) for event in events]
        with self._explained():
            return self._append(keys, [value for row in rows for value in row])

    def since(self, seq: int) -> list[tuple[int, StoredEvent | Erasure]]:
        """See `Store`."""
        with self._explained():
            rows = self._redis.xrange(_STREAM, min=f"{seq + 1}-0", count=PAGE)
        return [(int(number.partition("-")[0]), _found(fields)) for number, fields in rows]

    def erase(self, user: int | str) -> int:
        """See `Store`; the server is asked to write its file anew, as the old one holds what was deleted."""
        with self._explained():
            deleted = int(self._erase([*_KEYS, _key_of(user)], [json.dumps(user)]))
            try:
                self._redis.bgrewriteaof()
            except redis.ResponseError as error:  # it is writing already, and maybe what it began with holds the user
                if "in progress" not in str(error):
                    raise
        return deleted

    def erased(self) -> list[int | str]:
        """See `Store`."""
        with self._explained():
            found = self._redis.hgetall(_ERASED)
        return [json.loads(user) for user in sorted(found, key=lambda user: int(found[user]))]

    def last(self) -> int:
        """See `Store`."""
        with self._explained():
            return int(self._redis.get(_LAST) or 0)

    def close(self) -> None:
        """See `Store`."""
        self._redis.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, OSError, ValueError) as error:
            raise StoreError(
                f"{self._where}: the event store cannot be used ({error}); check that redis-server runs there, "
                "its disk and its settings"
            ) from error


def _key_of(user: int | str) -> str:
    """Return the key of a user's hash; 4 and "4" differ."""
    return f"recommender:user:{json.dumps(user)}"


def _found(fields: dict[str, Any]) -> StoredEvent | Erasure:
    if "erased" in fields:
        return Erasure(json.loads(fields["erased"]))
    return StoredEvent(*json.loads(fields["event"]))
