using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Muster.Client.Balancing;

/// <summary>An instance that may be picked.</summary>
/// <param name="Id">Its id, unique within the service.</param>
/// <param name="Weight">Its share of weighted traffic, 1 to 10,000.</param>
/// <param name="Zone">Its failure domain; empty means none.</param>
/// <param name="Statistics">What is known of it beyond the record. The same object for as long as the instance is listed, so
/// it survives changes of the candidates.</param>
public sealed record Candidate(string Id, int Weight, string Zone, InstanceStatistics Statistics)
{
    /// <summary>The id's hash (XXH64 over its UTF-16 code units), the same in every process of one byte order: the ground of all that
    /// places instances by hash.</summary>
    public ulong Hash { get; } = XxHash64.HashToUInt64(MemoryMarshal.AsBytes(Id.AsSpan()));
}
