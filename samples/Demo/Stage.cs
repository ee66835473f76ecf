using System.Collections.Immutable;
using Muster.Client;
using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Samples.Demo.Processes;
using Muster.Samples.Demo.Traffic;

namespace Muster.Samples.Demo;

/// <summary>All that takes part in a run, for those who act on it and those who show it.</summary>
/// <remarks>Thread-safe for readers; the fleet is changed by one loop.</remarks>
internal sealed class Stage
{
    // Starting seven processes at once on two cores takes a few seconds, and registration a few more if the registry was late.
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _timeProvider;
    private readonly ImmutableSortedDictionary<string, IServiceWatch> _watches;

    /// <summary>Sets the stage.</summary>
    public Stage(
        MusterClient muster, Fleet fleet, TrafficGenerator traffic, CallLog log, HandlerMeter handler, EventLog events, TimeProvider timeProvider)
    {
        Fleet = fleet;
        Traffic = traffic;
        Log = log;
        Handler = handler;
        Events = events;
        StartedAt = timeProvider.GetTimestamp();
        _timeProvider = timeProvider;
        _watches = ProgramKind.All.SelectMany(kind => kind.Services)
            .ToImmutableSortedDictionary(name => name, name => muster.Directory.Watch(ServiceKey.Default(name)), StringComparer.Ordinal);
    }

    /// <summary>The processes.</summary>
    public Fleet Fleet { get; }

    /// <summary>The calls.</summary>
    public TrafficGenerator Traffic { get; }

    /// <summary>The attempts.</summary>
    public CallLog Log { get; }

    /// <summary>What the handler says of itself.</summary>
    public HandlerMeter Handler { get; }

    /// <summary>What happened.</summary>
    public EventLog Events { get; }

    /// <summary>When the traffic began; a timestamp of the clock.</summary>
    public long StartedAt { get; private set; }

    /// <summary>For how long the traffic has run.</summary>
    public TimeSpan Elapsed => _timeProvider.GetElapsedTime(StartedAt);

    /// <summary>The newest view of each service.</summary>
    public IEnumerable<ServiceView> Views => _watches.Values.Select(watch => watch.Current);

    /// <summary>The last process that was killed, and when; null before.</summary>
    public (FleetMember Member, long At)? LastKill { get; private set; }

    /// <summary>Says that the traffic begins.</summary>
    public void Begin() => StartedAt = _timeProvider.GetTimestamp();

    /// <summary>Kills a process with SIGKILL.</summary>
    public void Kill(FleetMember member)
    {
        // Before the signal, so that no pick that follows it can be missed.
        LastKill = (member, _timeProvider.GetTimestamp());
        member.Kill();
        Events.Say($"Killed {member.Name} with SIGKILL.");
    }

    /// <summary>Waits until every process is listed as healthy.</summary>
    /// <exception cref="DemoException">One is not in time; the message holds what it said.</exception>
    public async Task AllHealthyAsync(CancellationToken cancellationToken)
    {
        var waits = Fleet.Members.SelectMany(member => member.Kind.Services.Select(
            service => HealthyAsync(_watches[service], member.InstanceIds[service], cancellationToken)));
        var early = Fleet.Members.Select(member => member.Program.Ended).ToList();
        var all = Task.WhenAll(waits);
        try
        {
            await Task.WhenAny([all, .. early]).WaitAsync(ReadyPatience, _timeProvider, cancellationToken);
            if (!all.IsCompleted)
            {
                var ended = Fleet.Members.First(member => !member.Program.IsRunning);
                throw new DemoException($"{ended.Name} ended before it was ready:\n{ended.Program.LastLines}");
            }

            await all;
        }
        catch (TimeoutException)
        {
            var said = Fleet.Members.Select(member => $"{member.Name}: {member.Program.LastLines}");
            throw new DemoException($"Not every process was registered within {ReadyPatience.TotalSeconds} s.\n{string.Join('\n', said)}");
        }
    }

    private static async Task HealthyAsync(IServiceWatch watch, string instance, CancellationToken cancellationToken)
    {
        var healthy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watch.Changed += Look;
        try
        {
            Look(watch.Current);
            await healthy.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            watch.Changed -= Look;
        }

        void Look(ServiceView view)
        {
            if (view.Instances.Any(i => i.Id == instance && i.Status == InstanceStatus.Healthy))
            {
                healthy.TrySetResult();
            }
        }
    }
}
