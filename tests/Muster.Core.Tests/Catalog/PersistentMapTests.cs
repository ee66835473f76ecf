using FsCheck;
using FsCheck.Fluent;
using Muster.Core.Catalog;

namespace Muster.Core.Tests.Catalog;

/// <summary>The map against a dictionary that is copied before each change.</summary>
public sealed class PersistentMapTests
{
    private const int Keys = 60;

    // What a key's hash keeps of its number: all, nothing (all keys share one), and what puts them apart at the first, at the last and
    // below the last level only.
    private static readonly Func<int, int>[] s_hashes = [n => n * -1640531527, _ => 0, n => n % 3, n => n << 27, n => (n % 7) << 30, n => -n];

    private sealed record Key(int Number, Func<int, int> Hash)
    {
        public bool Equals(Key? other) => other?.Number == Number;

        public override int GetHashCode() => Hash(Number);
    }

    private sealed record Value(Key Key, int Version);

    [Fact]
    public void AnyChanges_EveryVersion_HoldsWhatTheModelHolds() => ForAll((steps, hash) =>
    {
        var map = new PersistentMap<Key, Value>(v => v.Key);
        var versions = new List<(PersistentMap<Key, Value> Map, Dictionary<int, Value> Model)> { (map, []) };
        for (var i = 0; i < steps.Length; i++)
        {
            var model = new Dictionary<int, Value>(versions[^1].Model);
            var value = new Value(new Key(Math.Abs(steps[i]) % Keys, hash), i);
            if (steps[i] % 3 == 0)
            {
                map = map.Without(value.Key);
                model.Remove(value.Key.Number);
            }
            else
            {
                map = map.With(value);
                model[value.Key.Number] = value;
            }

            versions.Add((map, model));
        }

        // The earlier ones too, after all that was derived from them.
        Assert.All(versions, v => AssertSame(v.Model, v.Map, hash));
    });

    [Fact]
    public void AnyChanges_InOneBuilder_LeaveTheMapThatItCameFrom() => ForAll((steps, hash) =>
    {
        var half = steps.Length / 2;
        var before = new PersistentMap<Key, Value>(v => v.Key).WithAll(steps[..half].Select((s, i) => Make(s, i, hash)));
        var modelBefore = new Dictionary<int, Value>();
        foreach (var (step, i) in steps[..half].Select((s, i) => (s, i)))
        {
            modelBefore[Make(step, i, hash).Key.Number] = Make(step, i, hash);
        }

        var model = new Dictionary<int, Value>(modelBefore);
        var builder = before.ToBuilder();
        var between = before;
        var modelBetween = modelBefore;
        for (var i = half; i < steps.Length; i++)
        {
            var value = Make(steps[i], i, hash);
            if (steps[i] % 3 == 0)
            {
                Assert.Equal(model.Remove(value.Key.Number), builder.Remove(value.Key));
            }
            else
            {
                builder.Set(value);
                model[value.Key.Number] = value;
            }

            Assert.Equal(model.Count, builder.Count);
            if (steps[i] % 7 == 0)
            {
                // A map that was taken on the way stays as it is when the builder goes on.
                between = builder.ToMap();
                modelBetween = new(model);
            }
        }

        AssertSame(model, builder.ToMap(), hash);
        AssertSame(modelBetween, between, hash);
        AssertSame(modelBefore, before, hash);
    });

    [Fact]
    public void ToMap_NothingChanged_IsTheSameMap()
    {
        var map = new PersistentMap<string, string>(s => s).WithAll(["a", "b"]);

        Assert.Same(map, map.ToBuilder().ToMap());
        Assert.Same(map, map.Without("c"));
    }

    [Fact]
    public void Indexer_UnknownKey_Throws() =>
        Assert.Throws<KeyNotFoundException>(() => new PersistentMap<string, string>(s => s).With("a")["b"]);

    private static Value Make(int step, int version, Func<int, int> hash) => new(new Key(Math.Abs(step) % Keys, hash), version);

    private static void AssertSame(Dictionary<int, Value> model, PersistentMap<Key, Value> map, Func<int, int> hash)
    {
        Assert.Equal(model.Count, map.Count);
        Assert.Equal(model.Count == 0, map.IsEmpty);
        Assert.Equal(model.Values.OrderBy(v => v.Version), map.Values.OrderBy(v => v.Version));
        for (var number = 0; number < Keys; number++)
        {
            Assert.Equal(model.GetValueOrDefault(number), map.GetValueOrDefault(new Key(number, hash)));
        }
    }

    private static void ForAll(Action<int[], Func<int, int>> property)
    {
        foreach (var hash in s_hashes)
        {
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ArrayOf(80).ToArbitrary(), steps => property(steps, hash)).QuickCheckThrowOnFailure();
        }
    }
}
