"""The interop cases on grpcio. Exit code 77 with a reason: grpcio's API cannot express the case.

usage: interop_client.py DESCRIPTORS ADDRESS CASE
"""

import queue
import sys

import grpc

from interop_messages import pb, zeros

TIMEOUT = 50  # Seconds: only a bound on a hung test.
REQUEST_SIZES = (27182, 8, 1828, 45904)
RESPONSE_SIZES = (31415, 9, 2653, 58979)
INITIAL = ("x-grpc-test-echo-initial", "test_initial_metadata_value")
TRAILING = ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab")


class CannotExpress(Exception):
    pass


class Stub:
    def __init__(self, channel):
        def make(kind, name, response, service="TestService"):
            return getattr(channel, kind)(
                f"/grpc.testing.{service}/{name}",
                request_serializer=lambda m: m.SerializeToString(),
                response_deserializer=response.FromString)

        self.empty = make("unary_unary", "EmptyCall", pb.Empty)
        self.unary = make("unary_unary", "UnaryCall", pb.SimpleResponse)
        self.input = make("stream_unary", "StreamingInputCall", pb.StreamingInputCallResponse)
        self.output = make("unary_stream", "StreamingOutputCall", pb.StreamingOutputCallResponse)
        self.duplex = make("stream_stream", "FullDuplexCall", pb.StreamingOutputCallResponse)
        self.unimplemented = make("unary_unary", "UnimplementedCall", pb.Empty)
        self.unimplemented_service = make("unary_unary", "UnimplementedCall", pb.Empty, "UnimplementedService")


class Pipe:
    """A request stream that is written while the call runs."""

    def __init__(self):
        self._queue = queue.Queue()

    def write(self, message):
        self._queue.put(message)

    def close(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def large_request(**fields):
    return pb.SimpleRequest(response_size=314159, payload=zeros(271828), **fields)


def ask(response, request):
    return pb.StreamingOutputCallRequest(response_parameters=[pb.ResponseParameters(size=response)], payload=zeros(request))


def expect_error(code, action, details=None):
    try:
        action()
    except grpc.RpcError as error:
        assert error.code() == code, error
        assert details is None or error.details() == details, repr(error.details())
    else:
        raise AssertionError(f"expected {code}")


def empty_unary(stub):
    assert stub.empty(pb.Empty(), timeout=TIMEOUT) == pb.Empty()


def large_unary(stub):
    assert len(stub.unary(large_request(), timeout=TIMEOUT).payload.body) == 314159


def client_streaming(stub):
    requests = (pb.StreamingInputCallRequest(payload=zeros(size)) for size in REQUEST_SIZES)
    assert stub.input(requests, timeout=TIMEOUT).aggregated_payload_size == 74922


def server_streaming(stub):
    request = pb.StreamingOutputCallRequest(response_parameters=[pb.ResponseParameters(size=size) for size in RESPONSE_SIZES])
    assert [len(r.payload.body) for r in stub.output(request, timeout=TIMEOUT)] == list(RESPONSE_SIZES)


def ping_pong(stub):
    pipe = Pipe()
    responses = stub.duplex(iter(pipe), timeout=TIMEOUT)
    for response, request in zip(RESPONSE_SIZES, REQUEST_SIZES):
        pipe.write(ask(response, request))
        assert len(next(responses).payload.body) == response
    pipe.close()
    assert list(responses) == []


def empty_stream(stub):
    assert list(stub.duplex(iter(()), timeout=TIMEOUT)) == []


def custom_metadata(stub):
    metadata = (INITIAL, TRAILING)
    _, call = stub.unary.with_call(large_request(), timeout=TIMEOUT, metadata=metadata)
    assert INITIAL in [tuple(e) for e in call.initial_metadata()]
    assert TRAILING in [tuple(e) for e in call.trailing_metadata()]
    call = stub.duplex(iter((ask(314159, 271828),)), timeout=TIMEOUT, metadata=metadata)
    assert len(list(call)) == 1
    assert INITIAL in [tuple(e) for e in call.initial_metadata()]
    assert TRAILING in [tuple(e) for e in call.trailing_metadata()]


def status(stub, message, duplex):
    echo = pb.EchoStatus(code=2, message=message)
    expect_error(
        grpc.StatusCode.UNKNOWN, lambda: stub.unary(pb.SimpleRequest(response_status=echo), timeout=TIMEOUT), message)
    if duplex:
        request = pb.StreamingOutputCallRequest(response_status=echo)
        expect_error(grpc.StatusCode.UNKNOWN, lambda: list(stub.duplex(iter((request,)), timeout=TIMEOUT)), message)


def status_code_and_message(stub):
    status(stub, "test status message", duplex=True)


def special_status_message(stub):
    status(stub, "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \U0001F608\t\n", duplex=False)


def unimplemented_method(stub):
    expect_error(grpc.StatusCode.UNIMPLEMENTED, lambda: stub.unimplemented(pb.Empty(), timeout=TIMEOUT))


def unimplemented_service(stub):
    expect_error(grpc.StatusCode.UNIMPLEMENTED, lambda: stub.unimplemented_service(pb.Empty(), timeout=TIMEOUT))


def cancel_after_begin(stub):
    pipe = Pipe()
    call = stub.input.future(iter(pipe), timeout=TIMEOUT)
    call.cancel()
    pipe.close()
    assert call.cancelled()


def cancel_after_first_response(stub):
    pipe = Pipe()
    responses = stub.duplex(iter(pipe), timeout=TIMEOUT)
    pipe.write(ask(31415, 27182))
    assert len(next(responses).payload.body) == 31415
    responses.cancel()
    expect_error(grpc.StatusCode.CANCELLED, lambda: next(responses))
    pipe.close()


def timeout_on_sleeping_server(stub):
    pipe = Pipe()
    responses = stub.duplex(iter(pipe), timeout=0.001)
    pipe.write(pb.StreamingOutputCallRequest(payload=zeros(27182)))
    expect_error(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(responses))
    pipe.close()


def client_compressed_unary(stub):
    for compressed in (True, False):
        algorithm = grpc.Compression.Gzip if compressed else grpc.Compression.NoCompression
        request = large_request(expect_compressed=pb.BoolValue(value=compressed))
        assert len(stub.unary(request, timeout=TIMEOUT, compression=algorithm).payload.body) == 314159


def server_compressed_unary(stub):
    for compressed in (True, False):
        request = large_request(response_compressed=pb.BoolValue(value=compressed))
        assert len(stub.unary(request, timeout=TIMEOUT).payload.body) == 314159


def client_compressed_streaming(stub):
    raise CannotExpress("grpcio compresses all messages of a client's stream or none")


def server_compressed_streaming(stub):
    request = pb.StreamingOutputCallRequest(response_parameters=[
        pb.ResponseParameters(size=31415, compressed=pb.BoolValue(value=True)),
        pb.ResponseParameters(size=92653, compressed=pb.BoolValue(value=False))])
    assert [len(r.payload.body) for r in stub.output(request, timeout=TIMEOUT)] == [31415, 92653]


with grpc.insecure_channel(sys.argv[2]) as shared:
    try:
        globals()[sys.argv[3]](Stub(shared))
    except CannotExpress as reason:
        print(reason, flush=True)
        sys.exit(77)
