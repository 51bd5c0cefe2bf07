"""Talks to the server in another language, with nothing but what reflection tells.

    foreign_client.py ENTENTE

starts that binary on free ports with the starting data, checks what every client relies on, and
stops it again. Needs the Python of scripts/install-tools.
"""

import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

SERVICES = [f"entente.v1.{name}Service" for name in ("Admin", "Body", "Event", "Partnership", "Publisher")]
ERROR_DETAILS = ["BadRequest", "DebugInfo", "ErrorInfo", "Help", "LocalizedMessage",
                 "PreconditionFailure", "QuotaFailure", "RequestInfo", "ResourceInfo", "RetryInfo",
                 "Status"]
TIMEOUT = 10


class Reflection:
    """Messages and methods as one version of server reflection describes them."""

    def __init__(self, channel, version):
        self.channel = channel
        # Both versions have the same messages under different names.
        self.ask = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        self.pool = descriptor_pool.DescriptorPool()
        self.files = {}

    def answer(self, **question):
        request = reflection_pb2.ServerReflectionRequest(**question)
        return next(self.ask(iter([request]), timeout=TIMEOUT))

    def services(self):
        answer = self.answer(list_services="")
        return sorted(service.name for service in answer.list_services_response.service)

    def load(self, **question):
        """Adds the file that has the symbol, or that name, after those that it imports."""
        answer = self.answer(**question)
        assert not answer.HasField("error_response"), f"{question}: {answer.error_response}"
        files = map(descriptor_pb2.FileDescriptorProto.FromString,
                    answer.file_descriptor_response.file_descriptor_proto)
        files = {file.name: file for file in files}
        for file in files.values():
            self.add(file, files)

    def add(self, file, others):
        if file.name in self.files:
            return
        self.files[file.name] = file
        for name in file.dependency:
            if name in others:
                self.add(others[name], others)
            elif name not in self.files:
                self.load(file_by_filename=name)
        self.pool.Add(file)

    def message(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def call(self, path, request, **options):
        """Calls Service/Method with a request as a dictionary; streams answer with an iterator."""
        service, name = path.split("/")
        method = self.pool.FindServiceByName(f"entente.v1.{service}").methods_by_name[name]
        request_type = message_factory.GetMessageClass(method.input_type)
        kind = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        stub = kind(
            f"/entente.v1.{path}",
            request_serializer=request_type.SerializeToString,
            response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
        )
        return stub(json_format.ParseDict(request, request_type()), **{"timeout": TIMEOUT} | options)


def check_reflection(channel):
    """Both versions describe every service, with comments, and the details of errors."""
    versions = [Reflection(channel, version) for version in ("v1", "v1alpha")]
    for reflection in versions:
        listed = reflection.services()
        for service in SERVICES + ["grpc.health.v1.Health"]:
            assert service in listed, f"{service} is not in {listed}"
        for service in SERVICES:
            reflection.load(file_containing_symbol=service)
            for method in reflection.pool.FindServiceByName(service).methods:
                reflection.load(file_containing_symbol=method.full_name)
        for detail in ERROR_DETAILS:
            reflection.load(file_containing_symbol=f"google.rpc.{detail}")
        for name, file in reflection.files.items():
            if name.startswith("entente/"):
                check_comments(file)
    assert versions[0].services() == versions[1].services()
    for reflection in versions:
        answer = reflection.answer(file_containing_symbol="entente.v1.Nothing")
        assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0], answer
    return versions[0]


def check_comments(file):
    commented = {tuple(it.path) for it in file.source_code_info.location if it.leading_comments}
    declared = [(4, index, 2, at) for index, message in enumerate(file.message_type)
                for at in range(len(message.field))]
    declared += [(6, index, 2, at) for index, service in enumerate(file.service)
                 for at in range(len(service.method))]
    for path in declared:
        assert path in commented, f"{file.name}: {path} has no comment"


def check_health(channel):
    health = health_pb2_grpc.HealthStub(channel)
    request = health_pb2.HealthCheckRequest
    serving = health_pb2.HealthCheckResponse.SERVING
    for service in ["", *SERVICES]:
        assert health.Check(request(service=service), timeout=TIMEOUT).status == serving, service
    error = refused(lambda: health.Check(request(service="nothing"), timeout=TIMEOUT))
    assert error.code() == grpc.StatusCode.NOT_FOUND
    listed = health.List(health_pb2.HealthListRequest(), timeout=TIMEOUT).statuses
    assert set(SERVICES) <= set(listed), listed
    watch = health.Watch(request(service="nothing"), timeout=TIMEOUT)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()
    return health.Watch(request(), timeout=10 * TIMEOUT)


def check_list(api):
    """A filter of two terms, page by page."""
    request = {"filter": 'party:JP AND date >= "2025"', "pageSize": 7, "view": "VIEW_FULL"}
    events = []
    while True:
        page = api.call("EventService/ListEvents", request)
        assert len(page.events) <= 7
        events += page.events
        if not page.next_page_token:
            break
        request["pageToken"] = page.next_page_token
    assert len(events) == page.total_size > 7
    assert len({event.name for event in events}) == len(events)
    for event in events:
        assert "JP" in [party.country_code for party in event.parties], event.name
        assert event.date.earliest >= "2025-01-01", event.name


def check_compression(api):
    """What is sent and accepted compressed is the same as what is not."""
    request = {"filter": "party:JP", "pageSize": 50, "view": "VIEW_FULL"}
    plain = api.call("EventService/ListEvents", request)
    gzip = api.call("EventService/ListEvents", request, compression=grpc.Compression.Gzip)
    assert gzip.events == plain.events
    error = refused(lambda: api.call("EventService/ListEvents", request,
                                     compression=grpc.Compression.Deflate))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
    assert error_info(api, error).reason == "ENCODING_UNSUPPORTED"


def check_refusals_fit(api):
    """A refusal with as many violations as there can be arrives as it was sent."""
    paths = ",".join(f"noSuchField{n}{'x' * 200}" for n in range(20))
    name = api.call("EventService/ListEvents", {"pageSize": 1}).events[0].name
    update = {"event": {"name": name}, "updateMask": paths}
    for _ in range(20):
        error = refused(lambda: api.call("PublisherService/UpdateEvent", update))
        assert error_info(api, error).reason == "FIELD_INVALID", error


def check_errors(api):
    """The details of an error say what a program needs to know."""
    error = refused(lambda: api.call("EventService/ListEvents", {"filter": "partey:JP"}))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "party" in error.details(), error.details()
    assert error_info(api, error).reason == "FILTER_INVALID"
    error = refused(lambda: api.call("EventService/GetEvent", {"name": "events/nothing"}))
    assert error.code() == grpc.StatusCode.NOT_FOUND
    info = error_info(api, error)
    assert (info.reason, info.metadata["name"]) == ("EVENT_NOT_FOUND", "events/nothing")
    for path, request, reason in [("GetEvent", bytes(5 << 20), "MESSAGE_TOO_LARGE"),
                                  ("GetEvent", b"\xff\xff", "MESSAGE_UNREADABLE"),
                                  ("Nothing", b"", "METHOD_UNKNOWN")]:
        call = api.channel.unary_unary(f"/entente.v1.EventService/{path}")
        error = refused(lambda: call(request, timeout=TIMEOUT))
        assert error_info(api, error).reason == reason, error


def error_info(api, error):
    """The google.rpc.ErrorInfo of a status."""
    trailers = dict(error.trailing_metadata())
    status = api.message("google.rpc.Status").FromString(trailers["grpc-status-details-bin"])
    info = api.message("google.rpc.ErrorInfo")()
    assert any(detail.Unpack(info) for detail in status.details), status
    return info


def refused(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call was not refused")


def check_watch(api):
    """What is written is seen as it happens, and again by whoever resumes."""
    watched = {"filter": "topic:foreign-client", "start": "START_LATEST"}
    frames = api.call("EventService/WatchEvents", watched)
    first = next(frames)
    assert first.frame == 1 and first.WhichOneof("payload") == "started"
    written = publish_correct_retract(api)
    live = changes(frames, 3)
    frames.cancel()
    assert [change.event.position for change in live] == written
    kinds = [change.type for change in live]
    assert kinds == [1, 2, 3], f"created, updated and retracted, not {kinds}"
    resumed = {"filter": watched["filter"], "resumeToken": first.resume_token}
    resumed = api.call("EventService/WatchEvents", resumed | {"stopWhenCaughtUp": True})
    assert changes(resumed, 3) == live
    ending = list(resumed)[-1]
    assert ending.WhichOneof("payload") == "ending" and resumed.code() == grpc.StatusCode.OK


def publish_correct_retract(api):
    event = {"kind": "KIND_STATEMENT", "status": "STATUS_OCCURRED", "title": "A statement",
             "topics": ["foreign-client"], "sources": [{"id": "test"}]}
    request = {"eventId": "a-statement", "event": event, "requestId": "foreign-client-1"}
    created = api.call("PublisherService/CreateEvent", request)
    again = api.call("PublisherService/CreateEvent", request)
    assert again.replayed and again.event == created.event and not created.replayed
    name = created.event.name
    update = {"event": {"name": name, "title": "A joint statement", "etag": created.event.etag}}
    updated = api.call("PublisherService/UpdateEvent", update)
    error = refused(lambda: api.call("PublisherService/UpdateEvent", update))
    info = error_info(api, error)
    assert (info.reason, info.metadata["currentEtag"]) == ("ETAG_MISMATCH", updated.event.etag)
    retracted = api.call("PublisherService/RetractEvent", {"name": name})
    return [answer.event.position for answer in (created, updated, retracted)]


def changes(frames, count):
    found = (frame.change for frame in frames if frame.WhichOneof("payload") == "change")
    return [next(found) for _ in range(count)]


def check_bodies(api):
    """A name of a body finds the events that name it by id, as of when it had the name; an event is
    read as it was known at a time."""
    body = {"displayName": "Ministry of Examples", "kind": "BODY_KIND_GOVERNMENT", "countryCode": "JP",
            "names": [{"text": "MOEX"}], "sources": [{"id": "test"}]}
    api.call("BodyService/CreateBody", {"bodyId": "moex", "body": body})
    event = {"kind": "KIND_MEETING", "status": "STATUS_OCCURRED", "title": "A meeting",
             "topics": ["foreign-body"], "sources": [{"id": "test"}],
             "parties": [{"type": "PARTY_TYPE_ORGANISATION", "body": "bodies/moex"}]}
    created = api.call("PublisherService/CreateEvent", {
        "eventId": "a-meeting", "event": event, "knownSince": "2024-01-10T00:00:00Z",
        "precondition": {"filter": "topic:foreign-body"}}).event
    found = lambda **more: [event.name for event in api.call(
        "EventService/ListEvents", {"filter": "organisation:MOEX"} | more).events]
    assert found() == [created.name]
    assert found(knownAt="2024-01-09T00:00:00Z") == []
    assert found(knownAt="2024-01-11T00:00:00Z") == [created.name]
    api.call("BodyService/UpdateBody", {"body": {"name": "bodies/moex"}, "updateMask": "names"})
    assert found() == [] and found(asOfPosition=created.position) == [created.name]


class Server:
    """The binary on free ports, with a store of its own."""

    def __init__(self, binary, directory):
        arguments = ["serve", "--demo", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
                     f"--data-dir={directory}/store"]
        names = {name: value for name, value in os.environ.items() if "ENTENTE_" not in name}
        self.process = subprocess.Popen(
            [binary, *arguments], stdout=subprocess.PIPE, text=True, env=names)
        lines = queue.Queue()
        threading.Thread(
            target=lambda: [lines.put(line) for line in self.process.stdout], daemon=True).start()
        self.address = re.search(r"gRPC on (\S+),", lines.get(timeout=60))[1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def check_drain(api, server, health):
    """A server that stops says so to every stream."""
    frames = api.call("EventService/WatchEvents", {}, timeout=10 * TIMEOUT)
    next(frames)
    assert next(health).status == health_pb2.HealthCheckResponse.SERVING
    assert server.stop() == 0
    assert next(health).status == health_pb2.HealthCheckResponse.NOT_SERVING
    seen = []
    error = refused(lambda: drain_into(seen, frames))
    assert seen[-1].WhichOneof("payload") == "ending" and seen[-1].resume_token
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert error_info(api, error).reason == "DRAINING"


def drain_into(seen, frames):
    for frame in frames:
        seen.append(frame)


def main():
    with tempfile.TemporaryDirectory() as directory:
        server = Server(sys.argv[1], directory)
        try:
            with grpc.insecure_channel(server.address) as channel:
                api = check_reflection(channel)
                health = check_health(channel)
                check_list(api)
                check_compression(api)
                check_refusals_fit(api)
                check_errors(api)
                check_watch(api)
                check_bodies(api)
                check_drain(api, server, health)
        finally:
            if server.process.poll() is None:
                server.process.kill()
    print("reflection, health, lists, errors, writes, watches, bodies and the drain: as a client expects")


if __name__ == "__main__":
    main()
