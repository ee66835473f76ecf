using Muster.Core.Model;

namespace Muster.Client.Discovery;

/// <summary>Knows how the calls to instances went. What it knows goes up the watch; that something is new it says through
/// <see cref="CallNews"/>, so that nobody asks an idle one.</summary>
internal interface ICallStatisticsSource
{
    /// <summary>Adds what is known of the instances of a service, each once. Called by one thread at a time, under no lock. Must not
    /// throw.</summary>
    /// <param name="service">The service.</param>
    /// <param name="into">Takes them; empty at first.</param>
    void Collect(ServiceKey service, List<InstanceCalls> into);
}
