using Google.Protobuf;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Registry.Api;

/// <summary>An instance in wire form: its record, and what was known of it when it was last looked up.</summary>
/// <remarks>Thread-safe. A state is immutable and replaced by each report, so the same object has the same bytes, all but its ages.</remarks>
/// <param name="record">The record.</param>
internal sealed class EncodedInstance(InstanceRecord record)
{
    // Set by whoever encodes a newer one. Of two that do so at the same time one is kept, with the state that it is of.
    private volatile StateBytes? _state;

    public InstanceRecord Record => record;

    /// <summary>The record in wire form.</summary>
    public byte[] RecordBytes { get; } = record.ToWire().ToByteArray();

    /// <summary>A state in wire form, without its ages.</summary>
    public byte[] BytesOf(SoftState state)
    {
        if (_state is { } kept && ReferenceEquals(kept.State, state))
        {
            return kept.Bytes;
        }

        var wire = state.ToWire(record.Key.Id, default);
        (wire.LoadAgeMs, wire.DampedMs) = (0, 0);
        var encoded = new StateBytes(state, wire.ToByteArray());
        _state = encoded;
        return encoded.Bytes;
    }

    private sealed record StateBytes(SoftState State, byte[] Bytes);
}
