"""Prints what reflection tells about a symbol, comments included: describe.py HOST:PORT SYMBOL"""

import sys

import grpc
from google.protobuf import descriptor_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc


def file_of(address, symbol):
    """The descriptor of the file that declares the symbol."""
    with grpc.insecure_channel(address) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol)
        answer = next(stub.ServerReflectionInfo(iter([request]), timeout=10))
    if answer.HasField("error_response"):
        sys.exit(f"{symbol}: {answer.error_response.error_message}")
    files = map(descriptor_pb2.FileDescriptorProto.FromString,
                answer.file_descriptor_response.file_descriptor_proto)
    return next(file for file in files if paths(file, symbol))


def paths(file, symbol):
    """Where the symbol is in its file, as source_code_info counts; empty when it is not there."""
    for field, declared in ((4, file.message_type), (5, file.enum_type), (6, file.service)):
        for index, item in enumerate(declared):
            name = f"{file.package}.{item.name}"
            if symbol == name:
                return [field, index]
            for at, method in enumerate(item.method if field == 6 else ()):
                if symbol == f"{name}.{method.name}":
                    return [field, index, 2, at]
    return []


def comment(file, path):
    """The comment before the declaration at the path."""
    for location in file.source_code_info.location:
        if list(location.path) == path:
            return location.leading_comments
    return ""


def main():
    address, symbol = sys.argv[1:]
    file = file_of(address, symbol)
    path = paths(file, symbol)
    text = comment(file, path)
    if not text.strip():
        sys.exit(f"{symbol} has no comment")
    item = file
    for field, index in zip(path[::2], path[1::2]):
        name = item.DESCRIPTOR.fields_by_number[field].name
        item = getattr(item, name)[index]
    print("".join(f"//{line}\n" for line in text.splitlines()), end="")
    print(f"{symbol}\n{item}")


if __name__ == "__main__":
    main()
