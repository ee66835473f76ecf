using System.Globalization;
using Muster.Core.Model;
using Muster.Registry.Store;

namespace Muster.Registry.Tests.Store;

public sealed class SharedPartsTests
{
    private readonly SharedParts _parts = new();

    [Fact]
    public void Of_EqualTexts_AreOneObject()
    {
        var first = _parts.Of(new string('a', 64));

        Assert.Same(first, _parts.Of(new string('a', 64)));
        Assert.NotSame(_parts.Of(new string('a', 65)), _parts.Of(new string('a', 65)));
    }

    [Fact]
    public void Of_ManyMoreTextsThanPlaces_AreEqualToWhatWasGiven()
    {
        for (var i = 0; i < 20_000; i++)
        {
            var text = (i % 7_000).ToString(CultureInfo.InvariantCulture);
            Assert.Equal(text, _parts.Of(text));
        }
    }

    [Fact]
    public void Of_Endpoints_AreOneObjectIfAllAreEqual()
    {
        Endpoint[] two = [new("default", "http", EndpointProtocol.Http2, 80), new("admin", "http", EndpointProtocol.Http1, 81)];
        var first = _parts.Of([.. two]);

        Assert.Equal(two, first);
        Assert.True(first == _parts.Of([.. two]));
        Assert.Equal([two[0]], _parts.Of([two[0]]));
        Assert.Equal([two[0], two[1] with { Port = 82 }], _parts.Of([two[0], two[1] with { Port = 82 }]));
        Assert.Empty(_parts.Of([]));
    }

    [Fact]
    public void Of_Metadata_SharesKeysAndShortValues()
    {
        var (one, other) = (_parts.Of(Make()), _parts.Of(Make()));

        Assert.Equal([KeyValuePair.Create("pad", new string('x', 70)), KeyValuePair.Create("version", "2.1")], one);
        Assert.Same(one.Keys.Last(), other.Keys.Last());
        Assert.Same(one["version"], other["version"]);

        static InstanceMetadata Make() => InstanceMetadata.Of(
            [KeyValuePair.Create(new string("version"), new string("2.1")), KeyValuePair.Create(new string("pad"), new string('x', 70))]);
    }
}
