using Google.Protobuf;

namespace Muster.Etcd;

/// <summary>Ranges of keys, as etcd takes them.</summary>
public static class EtcdKeys
{
    /// <summary>The exclusive end of the range of all keys that begin with a prefix.</summary>
    /// <param name="prefix">The prefix; empty means every key.</param>
    /// <returns>The prefix with its last byte that is not 0xff raised by one, and what follows that byte cut off; one zero byte, which
    /// etcd reads as "to the last key", if there is none.</returns>
    public static ByteString PrefixEnd(ByteString prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var end = prefix.Span.TrimEnd((byte)0xff).ToArray();
        if (end.Length == 0)
        {
            return ByteString.CopyFrom(0);
        }

        end[^1]++;
        return UnsafeByteOperations.UnsafeWrap(end);
    }
}
