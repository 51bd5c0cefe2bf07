"""Follows the log and keeps its place in a file, through every interruption.

    follow.py HOST:PORT TOKEN_FILE [FILTER]

The token is stored after the line of its change: killed in between, the program prints that line
again. Where that matters, store both in one transaction of a database.
"""

import os
import random
import sys
import threading
import time

import grpc
from entente.v1 import event_service_pb2 as api
from entente.v1 import event_service_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2
from grpc_status import rpc_status

HEARTBEAT = 5
# The server promises no silence longer than a heartbeat and a second. The rest is for the network.
SILENCE_MAX = HEARTBEAT + 5
FIRST_WAIT, LONGEST_WAIT = 0.1, 30
HEALTHY_AGE = 10
# What may pass by itself. Transports report a lost connection as UNKNOWN or INTERNAL too.
PASSING = {
    grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.ABORTED,
    grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
}
OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.keepalive_time_ms", 20000),
    ("grpc.keepalive_timeout_ms", 10000),
    ("grpc.max_receive_message_length", 16 << 20),
]


class Gap(Exception):
    """Frames are missing or came twice. What came before is whole."""


def frames(stub, request):
    """The frames of one stream, none missing. Silence ends it with CANCELLED."""
    call = stub.WatchEvents(request)
    expected = 1
    try:
        while True:
            watchdog = threading.Timer(SILENCE_MAX, call.cancel)
            watchdog.start()
            try:
                frame = next(call, None)
            finally:
                watchdog.cancel()
            if frame is None:
                return
            if frame.frame != expected:
                raise Gap(f"frame {frame.frame} came where {expected} was next")
            expected += 1
            yield frame
    finally:
        call.cancel()


def follow(address, filter_, token):
    """Every change with its token, for ever. An error that waiting cannot cure is raised."""
    request = api.WatchEventsRequest(
        filter=filter_, client_label="example follow.py",
        heartbeat_interval=Duration(seconds=HEARTBEAT))
    if token:
        request.resume_token = token
    else:
        request.start = api.START_EARLIEST
    attempts = 0
    with grpc.insecure_channel(address, OPTIONS) as channel:
        stub = event_service_pb2_grpc.EventServiceStub(channel)
        while True:
            opened, planned, asked = time.monotonic(), False, 0
            try:
                for frame in frames(stub, request):
                    # Replaces the start, and the token before.
                    request.resume_token = frame.resume_token
                    kind = frame.WhichOneof("payload")
                    if kind == "change":
                        yield frame.change, frame.resume_token
                    elif kind == "ending":
                        planned = frame.ending.reason == api.END_REASON_MAX_AGE
                why = "the stream ended"
            except Gap as gap:
                why = str(gap)
            except grpc.RpcError as error:
                if error.code() not in PASSING:
                    raise
                why, asked = error.details(), retry_delay(error)
            if planned or time.monotonic() - opened > HEALTHY_AGE:
                attempts = 0
            longest = min(FIRST_WAIT * 2 ** min(attempts, 16), LONGEST_WAIT)
            wait = max(longest, asked) * random.uniform(1, 1.25)
            attempts += 0 if planned else 1
            print(f"interrupted: {why}; again in {wait:.1f} s", file=sys.stderr, flush=True)
            time.sleep(wait)


def detail(error, kind):
    """The google.rpc detail of this type in an error, if there is one."""
    status = rpc_status.from_call(error)
    found = kind()
    return next((found for packed in status.details if packed.Unpack(found)), None) if status else None


def retry_delay(error):
    """How many seconds the server asked to be given."""
    info = detail(error, error_details_pb2.RetryInfo)
    return info.retry_delay.ToTimedelta().total_seconds() if info else 0


def store(place, token):
    """The file holds the old token or the new one, never half of one."""
    with open(place + ".new", "w", encoding="ascii") as file:
        file.write(token)
        file.flush()
        os.fsync(file.fileno())
    os.replace(place + ".new", place)


def main():
    address, place, filter_ = (sys.argv[1:] + [""])[:3]
    token = ""
    if os.path.exists(place):
        with open(place, encoding="ascii") as file:
            token = file.read().strip()
    try:
        for change, token in follow(address, filter_, token):
            resource = change.event if change.HasField("event") else change.partnership
            print(resource.position, api.ChangeType.Name(change.type), resource.name, flush=True)
            store(place, token)
    except grpc.RpcError as error:
        info = detail(error, error_details_pb2.ErrorInfo)
        # Among them STORE_EPOCH_CHANGED, RESUME_TOKEN_FILTER_MISMATCH and POSITION_IN_FUTURE: what
        # to do about them is for people to decide, so nothing is decided here.
        sys.exit(f"{info.reason if info else error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
