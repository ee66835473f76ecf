"""The messages of the interop tests, from a serialised FileDescriptorSet."""

import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def load(path):
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as stored:
        files.ParseFromString(stored.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    factory = message_factory.MessageFactory(pool)

    class Messages:
        pass

    for name in ("Empty", "Payload", "BoolValue", "EchoStatus", "SimpleRequest", "SimpleResponse", "StreamingInputCallRequest",
                 "StreamingInputCallResponse", "ResponseParameters", "StreamingOutputCallRequest", "StreamingOutputCallResponse"):
        setattr(Messages, name, factory.GetPrototype(pool.FindMessageTypeByName("grpc.testing." + name)))
    return Messages


pb = load(sys.argv[1])


def zeros(size):
    return pb.Payload(body=bytes(size))
