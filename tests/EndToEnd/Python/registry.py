"""The registry as another implementation of gRPC sees it. Each function is one scenario."""
import queue
import threading

import grpc

from wire import Peer, equal, fails

INVALID = grpc.StatusCode.INVALID_ARGUMENT


class Registry:
    def __init__(self, wire, address):
        self._wire = wire
        self.peer = Peer(wire, address, "muster.v1.Registry")

    def new(self, kind, /, **fields):
        return self._wire.message(f"muster.v1.{kind}")(**fields)

    def instance(self, service, id, **fields):
        endpoint = self.new("Endpoint", name="default", scheme="http", protocol=2, port=fields.pop("port", 7001))
        return self.new("Instance", service=service, id=id, host=fields.pop("host", "192.0.2.7"), endpoints=[endpoint], **fields)

    def register(self, instance, **fields):
        return self.peer.Register(self.new("RegisterRequest", instance=instance, **fields))

    def list(self, service, **fields):
        return self.peer.ListInstances(self.new("ListInstancesRequest", service=service, **fields))

    def deregister(self, service, id, lease):
        return self.peer.Deregister(self.new("DeregisterRequest", service=service, instance_id=id, lease_id=lease))


class Stream:
    """A duplex call whose requests are sent one by one."""

    def __init__(self, method):
        self._requests = queue.Queue()
        self.call = method(iter(self._requests.get, None))
        self._responses = iter(self.call)

    def send(self, request):
        self._requests.put(request)

    def read(self):
        return next(self._responses)

    def read_until(self, wanted):
        for response in self._responses:
            if wanted(response):
                return response
        raise AssertionError("the stream ended before the expected message")

    def half_close(self):
        self._requests.put(None)


def registers_renews_lists_and_deregisters(wire, address):
    registry = Registry(wire, address)
    service = "py-life"

    registered = registry.register(
        registry.instance(service, "py-1", weight=7, zone="z1", metadata={"version": "2"}), ttl_ms=5000, health=1)
    equal((registered.instance_id, registered.ttl_ms), ("py-1", 5000))
    assert registered.lease_id > 0 and registered.revision > 0 and registered.store_id

    listed = registry.list(service, min_revision=registered.revision)
    assert listed.service_known
    equal(listed.token.store_id, registered.store_id)
    [state] = listed.instances
    equal((state.instance.host, state.instance.endpoints[0].port, state.instance.weight, state.instance.zone),
          ("192.0.2.7", 7001, 7, "z1"))
    equal(dict(state.instance.metadata), {"version": "2"})
    equal(len(registry.list(service, selector="version=2").instances), 1)
    equal(len(registry.list(service, selector="version=3").instances), 0)

    report = registry.new("LoadReport", health=1)
    report.load.cpu_utilization = 0.25
    renewed = registry.peer.KeepAlive(registry.new("KeepAliveRequest", lease_id=registered.lease_id, reports=[report]))
    equal(renewed.ttl_ms, 5000)
    [state] = registry.list(service).instances
    equal((state.soft.load.cpu_utilization, state.soft.liveness, state.soft.health), (0.25, 1, 1))

    services = registry.peer.ListServices(registry.new("ListServicesRequest")).services
    [summary] = [s for s in services if s.service == service]
    equal((summary.instances, summary.healthy), (1, 1))

    removed = registry.deregister(service, "py-1", registered.lease_id)
    assert removed.revision > registered.revision
    listed = registry.list(service, min_revision=removed.revision)
    equal((len(listed.instances), listed.service_known), (0, True))
    equal(registry.list("py-never-heard-of").service_known, False)


def refuses_bad_input_with_a_sentence(wire, address):
    registry = Registry(wire, address)
    service = "py-bad"

    def refuses(code, *parts, **change):
        instance = registry.instance(service, "py-bad-1")
        request = registry.new("RegisterRequest", instance=instance)
        for name, value in change.items():
            if name == "ttl_ms":
                request.ttl_ms = value
            elif name == "lease_id":
                request.lease_id = value
            elif name == "metadata":
                request.instance.metadata.update(value)
            elif name == "port":
                request.instance.endpoints[0].port = value
            elif name == "no_endpoints":
                del request.instance.endpoints[:]
            else:
                setattr(request.instance, name, value)
        with fails(code, *parts):
            registry.peer.Register(request)

    refuses(INVALID, "service", "empty", "63", service="")
    refuses(INVALID, "service", "64 characters", "63", service="s" * 64)
    refuses(INVALID, "service", "Py Bad", service="Py Bad")
    refuses(INVALID, "namespace", "65 characters", namespace="n" * 65)
    refuses(INVALID, "id", "129 characters", "128", id="i" * 129)
    refuses(INVALID, "host", "empty", host="")
    refuses(INVALID, "host", "not a host!", host="not a host!")
    refuses(INVALID, "host", host="192.0.2.7:80")
    refuses(INVALID, "endpoints", "0 entries", no_endpoints=True)
    refuses(INVALID, "endpoints[0].port", "0", "65535", port=0)
    refuses(INVALID, "endpoints[0].port", "65536", port=65536)
    refuses(INVALID, "endpoints[0].port", "-1", port=-1)
    refuses(INVALID, "weight", "-1", weight=-1)
    refuses(INVALID, "weight", "0", "10000", weight=0)
    refuses(INVALID, "weight", "10001", weight=10001)
    refuses(INVALID, "zone", "64 characters", zone="z" * 64)
    refuses(INVALID, "metadata", "1024", metadata={"k": "v" * 1025})
    refuses(INVALID, "metadata", "65 entries", "64", metadata={f"k{n}": "v" for n in range(65)})
    refuses(INVALID, "ttl_ms", "999", "1000", ttl_ms=999)
    refuses(INVALID, "ttl_ms", "600001", ttl_ms=600001)
    refuses(grpc.StatusCode.NOT_FOUND, "lease", "987654321", lease_id=987654321)
    with fails(INVALID, "instance"):
        registry.peer.Register(registry.new("RegisterRequest"))
    with fails(INVALID, "selector"):
        registry.list(service, selector="no equals sign")

    # Nothing of all that may have left a trace.
    equal(registry.list(service).service_known, False)

    good = registry.register(registry.instance(service, "py-good"))
    other = registry.register(registry.instance(service, "py-other", port=7002))
    for figure, text in ((float("nan"), "NaN"), (float("inf"), "Infinity"), (-0.5, "-0.5"), (100.5, "100.5")):
        report = registry.new("LoadReport")
        report.load.cpu_utilization = figure
        with fails(INVALID, "cpu_utilization", text):
            registry.peer.KeepAlive(registry.new("KeepAliveRequest", lease_id=good.lease_id, reports=[report]))
    with fails(grpc.StatusCode.NOT_FOUND, "lease"):
        registry.peer.KeepAlive(registry.new("KeepAliveRequest", lease_id=987654321))
    with fails(grpc.StatusCode.NOT_FOUND, "py-nobody"):
        registry.deregister(service, "py-nobody", good.lease_id)
    with fails(grpc.StatusCode.FAILED_PRECONDITION, "lease"):
        registry.deregister(service, "py-good", other.lease_id)
    equal(len(registry.list(service).instances), 2)
    registry.deregister(service, "py-good", good.lease_id)
    registry.deregister(service, "py-other", other.lease_id)


def watches_one_service(wire, address):
    registry = Registry(wire, address)
    service = "py-watched"
    stream = registry.peer.WatchService(registry.new("WatchServiceRequest", service=service, with_load=True), timeout=60)
    events = iter(stream)

    def until(kind):
        for event in events:
            if event.WhichOneof("event") == kind:
                return event
        raise AssertionError(f"the stream ended before {kind}")

    equal(next(events).WhichOneof("event"), "service_unknown")
    registered = registry.register(registry.instance(service, "py-1"), ttl_ms=1000)
    upserted = until("upserted").upserted
    equal((upserted.id, upserted.revision), ("py-1", registered.revision))
    progress = until("progress").progress
    equal((progress.token.store_id, progress.token.revision), (registered.store_id, registered.revision))

    # Nobody renews the lease: it runs out, and the reason says so.
    removed = until("removed").removed
    equal((removed.instance_id, removed.reason), ("py-1", 3))
    assert removed.evidence, "an expiry says what it rests on"
    stream.cancel()


def a_deadline_ends_a_watch(wire, address):
    registry = Registry(wire, address)
    with fails(grpc.StatusCode.DEADLINE_EXCEEDED):
        for _ in registry.peer.WatchService(registry.new("WatchServiceRequest", service="py-deadline"), timeout=0.5):
            pass


def watches_many_services_on_one_stream(wire, address):
    registry = Registry(wire, address)
    stream = Stream(registry.peer.Watch)
    subscribe = lambda service: stream.send(registry.new("WatchRequest", subscribe=registry.new("Subscribe", service=service)))

    registered = registry.register(registry.instance("py-many-a", "py-a"))
    subscribe("py-many-a")
    subscribe("py-many-b")
    snapshot = stream.read_until(lambda r: r.service == "py-many-a" and r.WhichOneof("event") == "snapshot").snapshot
    equal(([i.id for i in snapshot.instances], snapshot.last), (["py-a"], True))
    stream.read_until(lambda r: r.service == "py-many-b" and r.WhichOneof("event") == "service_unknown")

    other = registry.register(registry.instance("py-many-b", "py-b", port=7003))
    stream.read_until(lambda r: r.service == "py-many-b" and r.WhichOneof("event") == "upserted")
    progress = stream.read_until(lambda r: r.service == "py-many-b" and r.WhichOneof("event") == "progress").progress
    stream.send(registry.new("WatchRequest", ack=registry.new("Ack", revision=progress.token.revision)))

    # A bad subscription fails alone; the stream goes on. Requests are handled in order, so its answer also says that the
    # service before it is no longer watched.
    stream.send(registry.new("WatchRequest", unsubscribe=registry.new("Unsubscribe", service="py-many-b")))
    subscribe("Not A Name")
    fault = stream.read_until(lambda r: r.WhichOneof("event") == "fault").fault
    equal(fault.code, INVALID.value[0])
    assert "Not A Name" in fault.message, fault.message

    registry.deregister("py-many-b", "py-b", other.lease_id)
    registry.deregister("py-many-a", "py-a", registered.lease_id)
    seen = []
    stream.read_until(lambda r: seen.append(r) or r.WhichOneof("event") == "removed")
    equal(seen[-1].service, "py-many-a")
    stream.half_close()
    stream.call.cancel()


def a_session_keeps_and_resumes_a_lease(wire, address):
    registry = Registry(wire, address)
    service = "py-session"
    watch = iter(registry.peer.WatchService(registry.new("WatchServiceRequest", service=service), timeout=60))

    def until(wanted):
        for event in watch:
            if wanted(event):
                return event
        raise AssertionError("the watch ended before the expected event")

    def liveness(event, expected):
        return event.WhichOneof("event") == "soft" and any(
            s.instance_id == "py-s" and s.liveness == expected for s in event.soft.states)

    first = Stream(registry.peer.Session)
    first.send(registry.new("SessionRequest", request_id=1, open=registry.new("Open", ttl_ms=8000, client="python")))
    opened = first.read().opened
    equal((opened.resumed, opened.ttl_ms), (False, 8000))
    register = registry.new("RegisterRequest", instance=registry.instance(service, "py-s"), health=1)
    first.send(registry.new("SessionRequest", request_id=2, register=register))
    answer = first.read_until(lambda r: r.request_id == 2)
    equal((answer.WhichOneof("response"), answer.registered.lease_id), ("registered", opened.lease_id))
    first.send(registry.new("SessionRequest", request_id=3, renew=registry.new("Renew")))
    equal(first.read_until(lambda r: r.request_id == 3).renewed.ttl_ms, 8000)
    until(lambda e: e.WhichOneof("event") == "upserted")

    # A request that fails leaves the session as it is.
    bad = registry.new("RegisterRequest", instance=registry.instance(service, "py-bad", host=""))
    first.send(registry.new("SessionRequest", request_id=4, register=bad))
    fault = first.read_until(lambda r: r.request_id == 4).fault
    equal(fault.code, INVALID.value[0])
    assert "host" in fault.message, fault.message

    # The stream breaks: TIMEOUT, not removed; the same lease goes on over a new stream.
    first.call.cancel()
    until(lambda e: liveness(e, 2))
    second = Stream(registry.peer.Session)
    second.send(registry.new("SessionRequest", request_id=1, open=registry.new("Open", lease_id=opened.lease_id)))
    resumed = second.read().opened
    equal((resumed.resumed, resumed.lease_id), (True, opened.lease_id))
    second.send(registry.new("SessionRequest", request_id=2, renew=registry.new("Renew")))
    until(lambda e: liveness(e, 1))

    leave = registry.new("DeregisterRequest", service=service, instance_id="py-s")
    second.send(registry.new("SessionRequest", request_id=3, deregister=leave))
    equal(second.read_until(lambda r: r.request_id == 3).WhichOneof("response"), "deregistered")
    removed = until(lambda e: e.WhichOneof("event") == "removed").removed
    equal((removed.instance_id, removed.reason), ("py-s", 1))
    second.half_close()
    second.call.cancel()


def what_is_not_grpc_gets_the_right_status(wire, address):
    registry = Registry(wire, address)
    timeout = {"timeout": 20}
    with fails(grpc.StatusCode.UNIMPLEMENTED):
        registry.peer.raw("/muster.v1.Registry/NoSuchMethod")(b"", **timeout)
    with fails(grpc.StatusCode.UNIMPLEMENTED):
        registry.peer.raw("/no.such.Service/Method")(b"", **timeout)
    # Field 1 claims 127 bytes and brings none.
    with fails(grpc.StatusCode.INTERNAL):
        registry.peer.raw("/muster.v1.Registry/Register")(b"\x0a\x7f", **timeout)
    with fails(grpc.StatusCode.RESOURCE_EXHAUSTED, "4194304"):
        registry.peer.raw("/muster.v1.Registry/Register")(bytes(4 * 1024 * 1024 + 1), **timeout)
    # The connection and the registry are as good as before.
    assert registry.list("py-after-garbage").token.store_id


def many_callers_at_once(wire, address):
    registry = Registry(wire, address)
    errors = []

    def one(number):
        try:
            own = Registry(wire, address)
            for turn in range(20):
                id = f"py-{number}-{turn}"
                registered = own.register(own.instance("py-crowd", id, port=10000 + number * 20 + turn))
                assert id in [s.instance.id for s in own.list("py-crowd", min_revision=registered.revision).instances]
                own.deregister("py-crowd", id, registered.lease_id)
        except Exception as error:  # reported below, with the caller's number
            errors.append(f"caller {number}: {error}")

    callers = [threading.Thread(target=one, args=(number,)) for number in range(16)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    equal(errors, [])
    equal(len(registry.list("py-crowd").instances), 0)
