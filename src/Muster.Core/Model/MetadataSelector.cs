using System.Collections.Immutable;

namespace Muster.Core.Model;

/// <summary>Chooses instances by metadata: every pair must be there. The empty selector chooses all.</summary>
public sealed class MetadataSelector
{
    /// <summary>Chooses all.</summary>
    public static readonly MetadataSelector All = new([]);

    private readonly ImmutableArray<KeyValuePair<string, string>> _pairs;

    private MetadataSelector(ImmutableArray<KeyValuePair<string, string>> pairs) => _pairs = pairs;

    /// <summary>Whether it chooses all.</summary>
    public bool IsAll => _pairs.IsEmpty;

    /// <summary>Reads <c>key=value,key2=value2</c>; empty or null chooses all.</summary>
    /// <returns>The violation, or null if the text was read.</returns>
    public static Violation? TryParse(string? text, out MetadataSelector selector)
    {
        selector = All;
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text.Length > Limits.SelectorCharsMax)
        {
            return new Violation("selector", $"{text.Length} characters", $"at most {Limits.SelectorCharsMax}");
        }

        var pairs = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var part in text.Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return new Violation("selector", $"'{part}'", "written key=value,key2=value2");
            }

            pairs.Add(new(part[..equals].Trim(), part[(equals + 1)..].Trim()));
        }

        selector = new MetadataSelector(pairs.DrainToImmutable());
        return null;
    }

    /// <summary>Chooses what both choose.</summary>
    public MetadataSelector And(MetadataSelector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new([.. _pairs, .. other._pairs]);
    }

    /// <summary>Whether the instance is chosen.</summary>
    public bool Matches(InstanceRecord instance)
    {
        foreach (var (key, value) in _pairs)
        {
            if (!instance.Metadata.TryGetValue(key, out var actual) || actual != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc />
    public override string ToString() => string.Join(',', _pairs.Select(p => $"{p.Key}={p.Value}"));
}
