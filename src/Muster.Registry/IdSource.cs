using System.Globalization;
using System.Security.Cryptography;
using Muster.Core.Model;

namespace Muster.Registry;

/// <summary>Makes ids. The default takes them from the operating system, since a lease id is a secret; tests and simulation
/// derive from it and count.</summary>
/// <remarks>Thread-safe.</remarks>
public class IdSource
{
    /// <summary>A lease id that was never used before: 64 random bits, never 0. At a million leases an hour a repeat is expected
    /// after some 10^9 years, and the store's "must not exist" condition refuses a repeat of one that still runs.</summary>
    public virtual LeaseId NextLease()
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong value;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            value = BitConverter.ToUInt64(bytes);
        }
        while (value == 0);
        return new LeaseId(value);
    }

    /// <summary>Eight hexadecimal digits, for the ids of nodes, stores and instances that bring none.</summary>
    public virtual string NextName() =>
        RandomNumberGenerator.GetInt32(int.MaxValue).ToString("x8", CultureInfo.InvariantCulture);
}
