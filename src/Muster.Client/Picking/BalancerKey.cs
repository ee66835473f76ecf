using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Picking;

/// <summary>What a handler asks of a service; handlers that ask the same share one balancer, so that its sequence goes on when
/// handlers are replaced.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="Selector">Pairs that an instance's metadata must hold.</param>
/// <param name="Except">Instances that match this are left out; <see cref="MetadataSelector.All"/> leaves out nobody.</param>
/// <param name="EndpointName">The endpoint; null is the default one.</param>
/// <param name="Scheme">What it must speak.</param>
/// <param name="ConnectTimeout">How long a connection may take to be made.</param>
internal sealed record BalancerKey(
    string Policy, SelectorKey Selector, SelectorKey Except, string? EndpointName, string Scheme, TimeSpan ConnectTimeout)
{
    /// <summary>A share of calls that goes to those that match a selector, while the others go to those that do not; null splits
    /// nothing.</summary>
    public SplitKey? Split { get; init; }

    /// <summary>To how many instances this process keeps; null is all.</summary>
    public int? SubsetSize { get; init; }

    /// <summary>How calls keep to this process's zone; null does not matter.</summary>
    public ZonePreference? ZonePreference { get; init; }

    /// <summary>Whether connections are made before calls need them.</summary>
    public bool WarmUp { get; init; }

    /// <summary>Whether it is only asked: one that calls are picked by would lose turns to the questions.</summary>
    public bool IsShadow { get; init; }

    /// <summary>The demand of the side that gets the split's share. There must be a split.</summary>
    public BalancerKey OfSplit => this with
    {
        Selector = Selector.And(Split!.Value.Selector),
        Split = null,
    };

    /// <summary>The demand of the other side; without a split this one.</summary>
    public BalancerKey OfRest => Split is { } split ? this with { Except = split.Selector, Split = null } : this;

    /// <summary>What an instance must offer, for error messages.</summary>
    public string Demand
    {
        get
        {
            var endpoint = EndpointName is null ? $"{Scheme} at their default endpoint" : $"an endpoint '{EndpointName}' with {Scheme}";
            var match = Selector.Text.Length == 0 ? endpoint : $"{endpoint} and match '{Selector.Text}'";
            return Except.Text.Length == 0 ? match : $"{match} and do not match '{Except.Text}'";
        }
    }

    /// <summary>Whether an instance is one of those that are asked for.</summary>
    public bool Matches(InstanceRecord record) =>
        Selector.Parsed.Matches(record) && (Except.Text.Length == 0 || !Except.Parsed.Matches(record));
}

/// <summary>A traffic split, as part of a demand.</summary>
/// <param name="Selector">Who gets the share.</param>
/// <param name="Share">It, 0 to 1.</param>
internal readonly record struct SplitKey(SelectorKey Selector, double Share);

/// <summary>A selector that is equal to another of the same text.</summary>
internal readonly struct SelectorKey(MetadataSelector selector) : IEquatable<SelectorKey>
{
    /// <summary>Asks for nothing.</summary>
    public static readonly SelectorKey None = new(MetadataSelector.All);

    public MetadataSelector Parsed { get; } = selector;

    public string Text { get; } = selector.ToString();

    /// <summary>Asks for what both ask for.</summary>
    public SelectorKey And(SelectorKey other) => new(Parsed.And(other.Parsed));

    public bool Equals(SelectorKey other) => Text == other.Text;

    public override bool Equals(object? obj) => obj is SelectorKey other && Equals(other);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
