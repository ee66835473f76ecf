namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>How the same things are said to a registry. What is written is one protobuf message; instances and services go by
/// number.</summary>
internal interface IDialect
{
    string Name { get; }

    /// <summary>Registers one instance with a lease of its own.</summary>
    IExchange NewRegistration(int ttlSeconds);

    /// <summary>Renews one lease by a call of its own.</summary>
    IExchange NewRenewal();

    /// <summary>Lists the instances of a service, from this node's memory.</summary>
    IExchange NewLookup();

    /// <summary>Changes one instance of a service, each time to something else.</summary>
    IExchange NewChange(int service);

    /// <summary>How many instances a node has.</summary>
    IExchange NewCount();

    /// <summary>The path of the stream that watches one service.</summary>
    string WatchPath { get; }

    /// <summary>The first message of a watch.</summary>
    byte[] Watch(int service);

    /// <summary>Whether a message of a watch tells of a change of an instance.</summary>
    bool IsChange(ReadOnlySpan<byte> message);
}
