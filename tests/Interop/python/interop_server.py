"""The interop service on grpcio. Prints its port; ends with its stdin.

usage: interop_server.py DESCRIPTORS
"""

import sys
from concurrent import futures

import grpc

from interop_messages import pb, zeros

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"


def echo_metadata(context):
    sent = dict(context.invocation_metadata())
    if INITIAL in sent:
        context.send_initial_metadata(((INITIAL, sent[INITIAL]),))
    if TRAILING in sent:
        context.set_trailing_metadata(((TRAILING, sent[TRAILING]),))


def check_status(request, context):
    if request.HasField("response_status") and request.response_status.code != 0:
        code = next(c for c in grpc.StatusCode if c.value[0] == request.response_status.code)
        context.abort(code, request.response_status.message)


def empty_call(request, context):
    return pb.Empty()


def unary_call(request, context):
    if request.response_compressed.value:
        context.set_compression(grpc.Compression.Gzip)
    echo_metadata(context)
    check_status(request, context)
    return pb.SimpleResponse(payload=zeros(request.response_size))


def streaming_input_call(requests, context):
    return pb.StreamingInputCallResponse(aggregated_payload_size=sum(len(r.payload.body) for r in requests))


def respond(request, context):
    check_status(request, context)
    for parameters in request.response_parameters:
        if parameters.HasField("compressed") and not parameters.compressed.value:
            context.disable_next_message_compression()
        yield pb.StreamingOutputCallResponse(payload=zeros(parameters.size))


def streaming_output_call(request, context):
    if any(p.compressed.value for p in request.response_parameters):
        context.set_compression(grpc.Compression.Gzip)
    yield from respond(request, context)


def full_duplex_call(requests, context):
    echo_metadata(context)
    for request in requests:
        yield from respond(request, context)


def method(handler, behaviour, request, response):
    return handler(behaviour, request_deserializer=request.FromString, response_serializer=lambda m: m.SerializeToString())


METHODS = {
    "EmptyCall": method(grpc.unary_unary_rpc_method_handler, empty_call, pb.Empty, pb.Empty),
    "UnaryCall": method(grpc.unary_unary_rpc_method_handler, unary_call, pb.SimpleRequest, pb.SimpleResponse),
    "StreamingInputCall": method(
        grpc.stream_unary_rpc_method_handler, streaming_input_call, pb.StreamingInputCallRequest, pb.StreamingInputCallResponse),
    "StreamingOutputCall": method(
        grpc.unary_stream_rpc_method_handler, streaming_output_call, pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse),
    "FullDuplexCall": method(
        grpc.stream_stream_rpc_method_handler, full_duplex_call, pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse),
}

server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.testing.TestService", METHODS),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(0)
