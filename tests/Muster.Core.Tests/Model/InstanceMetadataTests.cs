using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Muster.Core.Model;

namespace Muster.Core.Tests.Model;

public sealed class InstanceMetadataTests
{
    private static readonly string[] s_keys = ["", "a", "B", "b", "version", "ä", "a.b", "\ud83d\ude00", "zone"];

    [Fact]
    public void Of_AnyEntries_ReadsLikeAnOrdinalSortedDictionary() => Prop.ForAll(
        Gen.Elements(s_keys).ArrayOf().Select(keys => keys.Distinct().ToArray()).ToArbitrary(), keys =>
        {
            var entries = keys.Select((k, i) => KeyValuePair.Create(k, $"v{i}")).ToList();
            var model = entries.ToImmutableSortedDictionary(StringComparer.Ordinal);

            foreach (var metadata in new[] { InstanceMetadata.Of(entries), model, InstanceMetadata.Of(entries).WithTexts(t => new string(t)) })
            {
                Assert.Equal(model.ToList(), metadata.ToList());
                Assert.Equal(model.Count, metadata.Count);
                Assert.Equal(model.Keys, metadata.Keys);
                Assert.Equal(model.Values, metadata.Values);
                foreach (var key in s_keys)
                {
                    Assert.Equal(model.GetValueOrDefault(key), metadata.GetValueOrDefault(key));
                    Assert.Equal(model.ContainsKey(key), metadata.ContainsKey(key));
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_KeyTwice_IsRefused() => Assert.Throws<ArgumentException>(
        () => InstanceMetadata.Of([KeyValuePair.Create("a", "1"), KeyValuePair.Create("b", "1"), KeyValuePair.Create("a", "2")]));

    [Fact]
    public void Indexer_UnknownKey_Throws() => Assert.Throws<KeyNotFoundException>(() => InstanceMetadata.Empty["a"]);
}
