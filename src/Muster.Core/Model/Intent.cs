namespace Muster.Core.Model;

/// <summary>What is wanted of an instance. Part of the record: durable and revisioned. In the order of their strength: see
/// <see cref="Intents.Stronger"/>.</summary>
public enum Intent
{
    /// <summary>Send it calls.</summary>
    Serving,

    /// <summary>It is leaving: no new calls, running ones may end.</summary>
    Draining,

    /// <summary>An operator or its owner took it out.</summary>
    Out,
}
