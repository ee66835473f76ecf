"""Serves the test service with grpcio, as bytes, on a free loopback port, and prints the port. Ends with its stdin."""

import sys
import threading
from concurrent import futures

import grpc


def unary(request, context):
    sent = dict(context.invocation_metadata())
    if "x-fail" in sent:
        context.set_trailing_metadata([("x-why-bin", b"\x00\xff")])
        context.abort(grpc.StatusCode[sent["x-fail"]], "50 % of ünïcode 漢字")
    if "x-wait" in sent:
        gone = threading.Event()
        context.add_callback(gone.set)
        gone.wait()
        return b""
    echoed = [(k, v) for k, v in context.invocation_metadata() if k.startswith("x-")]
    context.send_initial_metadata(echoed)
    context.set_trailing_metadata(echoed)
    return request


def collect(requests, context):
    # The numbers are below 128, so each message is b"\x18" and one byte.
    return bytes([0x18, sum(r[1] for r in requests)])


def expand(request, context):
    for i in range(1, request[1] + 1):
        yield bytes([0x18, i])


def chat(requests, context):
    for request in requests:
        yield request


METHODS = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Collect": grpc.stream_unary_rpc_method_handler(collect),
    "Expand": grpc.unary_stream_rpc_method_handler(expand),
    "Chat": grpc.stream_stream_rpc_method_handler(chat),
}

server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), compression=grpc.Compression.Gzip)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("muster.grpc.test.Echo", METHODS),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(0)
