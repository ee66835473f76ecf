"""Generic gRPC calls from a FileDescriptorSet: no generated code, so grpcio and protobuf may be of any age."""
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

# What a call may take before it counts as hanging: far more than a loaded machine needs.
CALL_SECONDS = 20


class Wire:
    """Message classes and methods by their full names."""

    def __init__(self, descriptor_set):
        files = descriptor_pb2.FileDescriptorSet()
        with open(descriptor_set, "rb") as stream:
            files.ParseFromString(stream.read())
        self._pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self._pool.AddSerializedFile(file.SerializeToString())
        self._factory = message_factory.MessageFactory(self._pool)

    def message(self, name):
        return self._class(self._pool.FindMessageTypeByName(name))

    def _class(self, descriptor):
        # protobuf 3 and 4 know the first, protobuf 5 and later the second.
        if hasattr(self._factory, "GetPrototype"):
            return self._factory.GetPrototype(descriptor)
        return message_factory.GetMessageClass(descriptor)

    def method(self, channel, service, name):
        descriptor = self._pool.FindServiceByName(service).methods_by_name[name]
        proto = descriptor_pb2.MethodDescriptorProto()
        descriptor.CopyToProto(proto)
        kind = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
            (True, True): channel.stream_stream,
        }[(proto.client_streaming, proto.server_streaming)]
        return kind(
            f"/{service}/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self._class(descriptor.output_type).FromString,
        )


class Peer:
    """One service at one address."""

    def __init__(self, wire, address, service):
        self.wire = wire
        self.service = service
        self.channel = grpc.insecure_channel(address, options=[("grpc.max_send_message_length", -1)])

    def __getattr__(self, name):
        method = self.wire.method(self.channel, self.service, name)
        return lambda request, **options: method(request, **{"timeout": CALL_SECONDS, **options})

    def raw(self, path):
        """A method without messages: bytes in, bytes out."""
        return self.channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)


def fails(code, *parts):
    """A context that expects the call inside to end with the code and a sentence with the parts."""
    return _Fails(code, parts)


class _Fails:
    def __init__(self, code, parts):
        self._code = code
        self._parts = parts

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if not isinstance(error, grpc.RpcError):
            assert kind is not None, f"expected {self._code}, but the call succeeded"
            return False
        assert error.code() == self._code, f"expected {self._code}, got {error.code()}: {error.details()}"
        for part in self._parts:
            assert part in error.details(), f"expected {part!r} in {error.details()!r}"
        return True


def equal(actual, expected):
    assert actual == expected, f"expected {expected!r}, got {actual!r}"


def note(*words):
    print(*words, file=sys.stderr, flush=True)
