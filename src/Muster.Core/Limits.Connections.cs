namespace Muster.Core;

/// <content>Connections of a client to instances.</content>
public static partial class Limits
{
    /// <summary>Connections to instances that a client makes at a time, TLS handshakes included: one that meets a fleet of a thousand, or
    /// loses it, must not open a thousand at once. The next waits for its turn, as long as it may take to be made; services that wait take
    /// turns.</summary>
    public const int ConnectsMax = 16;

    /// <summary>How many of them may be to instances of one service, so that one that does not answer leaves turns to the others.</summary>
    public const int ConnectsPerServiceMax = 12;

    /// <summary>How many of those may be such as no call waits for yet.</summary>
    public const int SpareConnectsPerServiceMax = 4;

    /// <summary>Addresses of one instance that are tried, where its host is a name that has several.</summary>
    public const int ConnectAddressesMax = 4;

    /// <summary>How long one of them may take before the next is tried beside it (RFC 8305 §5); a quarter of the time to connect, where that
    /// is less, so that each has its chance.</summary>
    public static readonly TimeSpan ConnectAddressPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a client keeps a connection to an instance that nobody uses. Less than the 130 s after which Kestrel ends one,
    /// so that a request does not cross with that end; more than the pauses of ordinary traffic.</summary>
    public static readonly TimeSpan InstanceConnectionIdleMax = TimeSpan.FromSeconds(100);

    /// <summary>How often a client makes a connection to an instance before a call needs it, at most: where the last one has ended, and calls
    /// go to the service.</summary>
    public static readonly TimeSpan WarmUpIntervalMin = TimeSpan.FromSeconds(30);
}
