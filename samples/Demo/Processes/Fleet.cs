using System.Collections.Immutable;
using System.Globalization;

namespace Muster.Samples.Demo.Processes;

/// <summary>The copies of the samples that the demo has started.</summary>
/// <remarks>Not thread-safe for changes, which come from one loop; <see cref="Members"/> is one volatile read.</remarks>
internal sealed class Fleet(
    ProcessGuard guard, string registry, string redis, TimeSpan ttl, Random random, TimeProvider timeProvider)
{
    // Every copy is a process of some 60 MB.
    private const int MembersMax = 32;

    // A drain waits up to 5 s for watchers and 10 s for calls; what takes longer hangs.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(12);

    private readonly Dictionary<ProgramKind, int> _started = [];
    private volatile ImmutableList<FleetMember> _members = [];

    /// <summary>All that were started, the ended ones included.</summary>
    public ImmutableList<FleetMember> Members => _members;

    /// <summary>Starts one more copy.</summary>
    /// <returns>Its name; null if there are as many as there may be.</returns>
    public string? Add(ProgramKind kind)
    {
        if (_members.Count(member => member.Program.IsRunning) >= MembersMax)
        {
            return null;
        }

        var number = _started[kind] = _started.GetValueOrDefault(kind) + 1;
        var name = string.Create(CultureInfo.InvariantCulture, $"{kind.Name}-{number}");
        var environment = new Dictionary<string, string>
        {
            // Without a port each takes a free one, and loopback is where all of them are.
            ["PORT"] = "", ["MY_ADDR"] = "127.0.0.1", ["REGISTRY_ADDR"] = registry, ["REDIS_ADDR"] = redis,
            // Nobody will look for what they knew of a registry that ends with the demo.
            ["MUSTER_CACHE_DIR"] = "off",
        };
        var program = ChildProgram.Start(
            name, guard, environment,
            [.. ProgramFiles.Sample(kind.Project), "--id", name, "--ttl", ttl.TotalSeconds.ToString(CultureInfo.InvariantCulture)]);
        _members = _members.Add(new FleetMember(kind, program));
        return name;
    }

    /// <summary>A random copy that may go without leaving its services without any; null if there is none.</summary>
    /// <param name="kind">Only of this kind; null for any.</param>
    public FleetMember? ChooseVictim(ProgramKind? kind = null)
    {
        var serving = _members.Where(member => member.IsServing).ToList();
        var victims = serving
            .Where(member => kind is null || member.Kind == kind)
            .Where(member => serving.Count(other => other.Kind == member.Kind) > 1)
            .ToList();
        return victims.Count == 0 ? null : victims[random.Next(victims.Count)];
    }

    /// <summary>Drains and ends all of them; kills what does not end in time.</summary>
    public async Task StopAsync()
    {
        var running = _members.Where(member => member.Program.IsRunning).ToList();
        foreach (var member in running)
        {
            member.Program.Terminate();
            if (member.IsFrozen)
            {
                member.Thaw();
            }
        }

        try
        {
            await Task.WhenAll(running.Select(member => member.Program.Ended)).WaitAsync(StopPatience, timeProvider);
        }
        catch (TimeoutException)
        {
            foreach (var member in running.Where(member => member.Program.IsRunning))
            {
                member.Program.Kill();
            }
        }
    }
}
