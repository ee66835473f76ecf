using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>A handler factory over a fake directory and a clock that the test moves.</summary>
internal sealed class HandlerFixture : IAsyncDisposable
{
    public HandlerFixture(params InstanceView[] instances)
        : this(new MusterClientOptions { Seed = 1 }, instances)
    {
    }

    public HandlerFixture(IMeterFactory meters, params InstanceView[] instances)
        : this(new MusterClientOptions { Seed = 1, MeterFactory = meters }, instances)
    {
    }

    public HandlerFixture(FakeNetwork network, params InstanceView[] instances)
        : this(new MusterClientOptions { Seed = 1, Policies = FirstPolicies }, network, instances)
    {
    }

    public HandlerFixture(MusterClientOptions options, params InstanceView[] instances)
        : this(options, (FakeNetwork?)null, instances)
    {
    }

    public HandlerFixture(MusterClientOptions options, FakeNetwork? network, params InstanceView[] instances)
        : this(options, network is null ? null : network.Connect, instances)
    {
    }

    public HandlerFixture(MusterClientOptions options, Func<string, int, HttpMessageHandler>? transport, params InstanceView[] instances)
    {
        Factory = new HandlerFactory(Directory, options with { TimeProvider = Clock }, Logged, transport);
        if (instances.Length > 0)
        {
            Watch.Show(instances);
        }
    }

    /// <summary>A policy by which a test knows the order, beside the built-in ones.</summary>
    public static ImmutableDictionary<string, Func<PickRandom, IBalancingPolicy>> FirstPolicies { get; } =
        ImmutableDictionary<string, Func<PickRandom, IBalancingPolicy>>.Empty.Add(FirstPolicy.PolicyName, _ => new FirstPolicy());

    public FakeDirectory Directory { get; } = new() { SinceLastContact = TimeSpan.FromSeconds(2) };

    public ManualTimeProvider Clock { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public LoggedEvents Logged { get; } = new();

    public HandlerFactory Factory { get; }

    public FakeWatch Watch => Directory.Watch("calculator");

    public Fleet Fleet => Factory.GetFleet(ServiceKey.Default("calculator"));

    // Retries do not wait: the clock stands still. Nothing is warmed up: tests wait for the timers that they know of.
    public BalancingOptions Options => new()
    {
        Policy = PolicyNames.RoundRobin, Observer = Observer, TagResponses = true, Retry = new RetryOptions { BackoffMin = TimeSpan.Zero },
        WarmUp = false,
    };

    public HttpMessageInvoker Invoker(BalancingOptions? options = null) => new(Factory.Create(options ?? Options));

    public HttpClient Client(BalancingOptions? options = null) =>
        new(Factory.Create(options ?? Options)) { BaseAddress = new Uri("http://calculator"), Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>Counts as many calls as a hedge costs.</summary>
    public void EarnHedges()
    {
        for (var i = 0; i < 40; i++)
        {
            Fleet.Budget.OnCall();
        }
    }

    public InstanceStatistics Statistics(string id) => Fleet.Roster.Members.Single(m => m.Id == id).Statistics;

    public ValueTask DisposeAsync() => Factory.DisposeAsync();
}
