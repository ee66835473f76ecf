"""Calls the test service with grpcio, as bytes, and prints what it saw as one line of JSON.

usage: echo_client.py ADDRESS CASE
"""

import base64
import json
import sys

import grpc

SERVICE = "/muster.grpc.test.Echo/"
TIMEOUT = 20  # Seconds: only a bound on a hung test.


def note(number):
    """Note{number: N} on the wire, for 0 < N < 128."""
    return bytes([0x18, number])


def call(channel, kind, name):
    return getattr(channel, kind)(SERVICE + name, request_serializer=None, response_deserializer=None)


def metadata(entries):
    return [[k, base64.b64encode(v).decode() if isinstance(v, bytes) else v] for k, v in entries]


def failure(error):
    return {"code": error.code().name, "details": error.details(), "trailing": metadata(error.trailing_metadata() or [])}


def unary(channel):
    reply, done = call(channel, "unary_unary", "Unary").with_call(
        note(7), timeout=TIMEOUT, metadata=[("x-text", "a, b"), ("x-data-bin", bytes(range(256)))])
    return {"replies": [list(reply)], "initial": metadata(done.initial_metadata()), "trailing": metadata(done.trailing_metadata())}


def client_streaming(channel):
    reply = call(channel, "stream_unary", "Collect")((note(i) for i in (1, 2, 3)), timeout=TIMEOUT)
    return {"replies": [list(reply)]}


def server_streaming(channel):
    replies = call(channel, "unary_stream", "Expand")(note(3), timeout=TIMEOUT)
    return {"replies": [list(r) for r in replies]}


def duplex(channel):
    replies = call(channel, "stream_stream", "Chat")((note(i) for i in (1, 2, 3)), timeout=TIMEOUT)
    return {"replies": [list(r) for r in replies]}


def deadline(channel):
    try:
        call(channel, "unary_unary", "Unary")(note(1), timeout=0.2)
    except grpc.RpcError as error:
        return failure(error)


def error(channel):
    try:
        call(channel, "unary_unary", "Unary")(note(1), timeout=TIMEOUT)
    except grpc.RpcError as error:
        return failure(error)


def cancel(channel):
    replies = call(channel, "stream_stream", "Chat")((note(i) for i in (1,)), timeout=TIMEOUT)
    next(replies)
    replies.cancel()
    try:
        next(replies)
    except grpc.RpcError as error:
        return failure(error)


def unknown_method(channel):
    try:
        call(channel, "unary_unary", "Missing")(note(1), timeout=TIMEOUT)
    except grpc.RpcError as error:
        return failure(error)


def large(channel):
    payload = bytes(1_000_000)
    reply = call(channel, "unary_unary", "Unary")(b"\x12" + b"\xc0\x84\x3d" + payload, timeout=TIMEOUT)
    return {"length": len(reply)}


def compressed(channel):
    request = b"\x0a" + b"\xa0\x8d\x06" + b"a" * 100_000
    reply = call(channel, "unary_unary", "Unary")(request, timeout=TIMEOUT, compression=grpc.Compression.Gzip)
    return {"length": len(reply)}


with grpc.insecure_channel(sys.argv[1]) as shared:
    print(json.dumps(globals()[sys.argv[2]](shared)), flush=True)
