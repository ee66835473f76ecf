using Google.Protobuf;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Registry.Store;

/// <summary>Records as bytes in the file: the wire form, which is made to stay readable.</summary>
internal static class SqliteRecords
{
    public static byte[] Write(InstanceRecord instance) => instance.ToWire().ToByteArray();

    public static InstanceRecord ReadInstance(byte[] body, LeaseId lease, Revision revision, string path)
    {
        try
        {
            var violation = Protocol.V1.Instance.Parser.ParseFrom(body).ToCore(out var record)
                ?? InstanceValidator.Validate(record);
            return violation is null
                ? record with { Lease = lease, Revision = revision }
                : throw new StoreUnavailableException($"{path} holds an instance that is not valid: {violation}");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new StoreUnavailableException($"{path} holds an instance that cannot be read: {e.Message}", e);
        }
    }
}
