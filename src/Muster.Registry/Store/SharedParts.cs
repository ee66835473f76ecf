using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Lets records share what many of them say alike: zone, endpoints, keys and short values of metadata. Each would otherwise bring
/// its own, which is some 400 bytes an instance.</summary>
/// <remarks>Not thread-safe. A table of fixed size, where a newer text takes the place of an older one: never more than it, and
/// where many differ they are shared less.</remarks>
internal sealed class SharedParts
{
    private const int Places = 4096;

    // Longer ones are rarely alike.
    private const int CharsMax = 64;

    private readonly string[] _texts = new string[Places];
    private readonly ImmutableArray<Endpoint>[] _endpoints = new ImmutableArray<Endpoint>[Places];

    /// <summary>An equal text.</summary>
    public string Of(string text)
    {
        if (text.Length > CharsMax)
        {
            return text;
        }

        ref var place = ref _texts[PlaceOf(text.GetHashCode())];
        return place == text ? place : place = text;
    }

    /// <summary>Equal entries.</summary>
    public InstanceMetadata Of(InstanceMetadata metadata) => metadata.WithTexts(Of);

    /// <summary>Equal endpoints.</summary>
    public ImmutableArray<Endpoint> Of(ImmutableArray<Endpoint> endpoints)
    {
        ref var place = ref _endpoints[PlaceOf(endpoints.IsEmpty ? 0 : endpoints[0].GetHashCode())];
        return !place.IsDefault && place.AsSpan().SequenceEqual(endpoints.AsSpan()) ? place : place = endpoints;
    }

    private static int PlaceOf(int hash) => (int)((uint)hash % Places);
}
