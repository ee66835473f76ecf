using Google.Protobuf;
using Muster.Grpc;
using Muster.Protocol.V1;

namespace Muster.Registry.Api;

/// <summary>Puts a <see cref="ListInstancesResponse"/> together from records that are encoded already.</summary>
/// <param name="rest">Its other fields.</param>
internal sealed class InstanceListing(ListInstancesResponse rest)
{
    private static readonly uint s_entryTag = WireFormat.MakeTag(
        ListInstancesResponse.InstancesFieldNumber, WireFormat.WireType.LengthDelimited);

    private static readonly uint s_recordTag = WireFormat.MakeTag(
        InstanceState.InstanceFieldNumber, WireFormat.WireType.LengthDelimited);

    private readonly List<(byte[] Record, InstanceState Others, int Size)> _entries = [];
    private int _size;

    /// <summary>Adds an instance.</summary>
    /// <param name="record">Its record, encoded.</param>
    /// <param name="others">All but its record.</param>
    public void Add(byte[] record, InstanceState others)
    {
        var size = CodedOutputStream.ComputeTagSize(InstanceState.InstanceFieldNumber)
            + CodedOutputStream.ComputeLengthSize(record.Length) + record.Length + others.CalculateSize();
        _entries.Add((record, others, size));
        _size += CodedOutputStream.ComputeTagSize(ListInstancesResponse.InstancesFieldNumber)
            + CodedOutputStream.ComputeLengthSize(size) + size;
    }

    public EncodedMessage Encode() => EncodedMessage.Create(_size + rest.CalculateSize(), this, static (bytes, listing) =>
    {
        foreach (var (record, others, size) in listing._entries)
        {
            Write(ref bytes, s_entryTag);
            Write(ref bytes, (uint)size);
            Write(ref bytes, s_recordTag);
            Write(ref bytes, (uint)record.Length);
            record.CopyTo(bytes);
            bytes = bytes[record.Length..];
            var othersSize = others.CalculateSize();
            others.WriteTo(bytes[..othersSize]);
            bytes = bytes[othersSize..];
        }

        listing.Rest.WriteTo(bytes);
    });

    private ListInstancesResponse Rest => rest;

    // A varint (https://protobuf.dev/programming-guides/encoding/#varints).
    private static void Write(ref Span<byte> bytes, uint value)
    {
        var length = 0;
        for (; value >= 128; value >>= 7)
        {
            bytes[length++] = (byte)(value | 128);
        }

        bytes[length++] = (byte)value;
        bytes = bytes[length..];
    }
}
