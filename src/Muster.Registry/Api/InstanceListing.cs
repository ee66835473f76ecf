using Google.Protobuf;
using Muster.Grpc;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;

namespace Muster.Registry.Api;

/// <summary>Puts a <see cref="ListInstancesResponse"/> together from instances that are encoded already.</summary>
/// <param name="rest">Its other fields.</param>
/// <param name="now">The monotonic time, for the ages.</param>
internal sealed class InstanceListing(ListInstancesResponse rest, TimeSpan now)
{
    private static readonly uint s_entryTag = WireFormat.MakeTag(
        ListInstancesResponse.InstancesFieldNumber, WireFormat.WireType.LengthDelimited);

    private static readonly uint s_recordTag = WireFormat.MakeTag(
        InstanceState.InstanceFieldNumber, WireFormat.WireType.LengthDelimited);

    private static readonly uint s_softTag = WireFormat.MakeTag(InstanceState.SoftFieldNumber, WireFormat.WireType.LengthDelimited);

    private static readonly uint s_loadAgeTag = WireFormat.MakeTag(
        Protocol.V1.SoftState.LoadAgeMsFieldNumber, WireFormat.WireType.Varint);

    private static readonly uint s_dampedTag = WireFormat.MakeTag(Protocol.V1.SoftState.DampedMsFieldNumber, WireFormat.WireType.Varint);

    private readonly List<Entry> _entries = [];
    private int _size;

    private ListInstancesResponse Rest => rest;

    /// <summary>Adds an instance.</summary>
    /// <param name="instance">Its record.</param>
    /// <param name="state">What is known of it.</param>
    /// <param name="check">What its check shows; null without one.</param>
    public void Add(EncodedInstance instance, Core.Model.SoftState state, CheckState? check)
    {
        var soft = instance.BytesOf(state);
        var (loadAge, damped) = (state.LoadAgeMs(now), state.DampedMs(now));
        var softSize = soft.Length + SizeOf(s_loadAgeTag, loadAge) + SizeOf(s_dampedTag, damped);
        // What is rare goes the usual way.
        var checkBytes = check is null ? [] : new InstanceState { Check = check }.ToByteArray();
        var size = SizeOf(s_recordTag, instance.RecordBytes) + CodedOutputStream.ComputeRawVarint32Size(s_softTag)
            + CodedOutputStream.ComputeLengthSize(softSize) + softSize + checkBytes.Length;
        _entries.Add(new Entry(instance.RecordBytes, soft, softSize, loadAge, damped, checkBytes, size));
        _size += CodedOutputStream.ComputeRawVarint32Size(s_entryTag) + CodedOutputStream.ComputeLengthSize(size) + size;
    }

    public EncodedMessage Encode() => EncodedMessage.Create(_size + rest.CalculateSize(), this, static (bytes, listing) =>
    {
        foreach (var entry in listing._entries)
        {
            entry.Write(ref bytes);
        }

        listing.Rest.WriteTo(bytes);
    });

    // As a message has it: a field of its default value is left out.
    private static int SizeOf(uint tag, uint value) => value == 0
        ? 0
        : CodedOutputStream.ComputeRawVarint32Size(tag) + CodedOutputStream.ComputeRawVarint32Size(value);

    private static int SizeOf(uint tag, byte[] content) =>
        CodedOutputStream.ComputeRawVarint32Size(tag) + CodedOutputStream.ComputeLengthSize(content.Length) + content.Length;

    private readonly record struct Entry(
        byte[] Record, byte[] Soft, int SoftSize, uint LoadAgeMs, uint DampedMs, byte[] Check, int Size)
    {
        public void Write(ref Span<byte> bytes)
        {
            Write(ref bytes, s_entryTag);
            Write(ref bytes, (uint)Size);
            Write(ref bytes, s_recordTag);
            Write(ref bytes, (uint)Record.Length);
            Write(ref bytes, Record);
            Write(ref bytes, s_softTag);
            Write(ref bytes, (uint)SoftSize);
            Write(ref bytes, Soft);
            WriteUnlessZero(ref bytes, s_loadAgeTag, LoadAgeMs);
            WriteUnlessZero(ref bytes, s_dampedTag, DampedMs);
            Write(ref bytes, Check);
        }

        private static void WriteUnlessZero(ref Span<byte> bytes, uint tag, uint value)
        {
            if (value != 0)
            {
                Write(ref bytes, tag);
                Write(ref bytes, value);
            }
        }

        private static void Write(ref Span<byte> bytes, byte[] content)
        {
            content.CopyTo(bytes);
            bytes = bytes[content.Length..];
        }

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
}
