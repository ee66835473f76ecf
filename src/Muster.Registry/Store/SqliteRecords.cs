using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Registry.Store;

/// <summary>Records as bytes in the file: the wire form, which is made to stay readable, with a checksum behind it.</summary>
/// <remarks>SQLite notices a page that makes no sense, and not one flipped bit in a value: without the checksum that would be
/// another address, and callers would be sent there.</remarks>
internal static class SqliteRecords
{
    private const int ChecksumBytes = sizeof(uint);

    public static byte[] Write(InstanceRecord instance) => Seal(instance.ToWire().ToByteArray());

    /// <summary>Puts the checksum (CRC-32C, little-endian) behind a body.</summary>
    public static byte[] Seal(byte[] body)
    {
        var sealedBody = new byte[body.Length + ChecksumBytes];
        body.CopyTo(sealedBody, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(sealedBody.AsSpan(body.Length), Checksum(body));
        return sealedBody;
    }

    /// <summary>Reads an instance.</summary>
    /// <param name="bytes">As they were written.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="revision">The revision of its last change.</param>
    /// <exception cref="FormatException">The bytes are not what was written.</exception>
    public static InstanceRecord ReadInstance(byte[] bytes, LeaseId lease, Revision revision)
    {
        var body = bytes.AsSpan(0, Math.Max(0, bytes.Length - ChecksumBytes));
        if (bytes.Length < ChecksumBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(body.Length)) != Checksum(body))
        {
            throw new FormatException("the checksum of an instance is wrong");
        }

        try
        {
            var violation = Protocol.V1.Instance.Parser.ParseFrom(body).ToCore(out var record)
                ?? InstanceValidator.Validate(record);
            return violation is null
                ? record with { Lease = lease, Revision = revision }
                : throw new FormatException($"it holds an instance that is not valid: {violation}");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FormatException($"it holds an instance that cannot be read: {e.Message}", e);
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return ~checksum;
    }
}
