using FsCheck;
using FsCheck.Fluent;

namespace Muster.Grpc.Tests.RawHttp2.Cuts;

/// <summary>Random conversations, and how a test runs over them.</summary>
internal static class Conversations
{
    private const string SeedVariable = "MUSTER_TEST_SEED";

    /// <summary>With DATA frames and padding at their most, a response stays inside the 65,535 bytes of a new stream's
    /// window, which the scripted server does not watch.</summary>
    private const int MessageBytesMax = 8000;

    private static readonly Gen<Conversation> Any =
        from kind in Gen.Elements(Enum.GetValues<MethodKind>())
        from sizes in Gen.OneOf(Gen.Choose(0, 20), Gen.Choose(0, MessageBytesMax)).ArrayOf()
        from metadata in Gen.Choose(0, 5)
        from gzip in Gen.Elements(false, true)
        from dataFrames in Gen.Choose(1, 60)
        from blockBytes in Gen.Choose(1, 200)
        from padding in Gen.OneOf(Gen.Constant(0), Gen.Choose(1, 255))
        from cut in Gen.OneOf(Gen.Choose(0, 1000), Gen.Choose(0, 1200))
        from manner in Gen.Elements(Enum.GetValues<CutManner>())
        from code in Gen.Choose(0, 0xd)
        select new Conversation
        {
            Kind = kind,
            Sizes = [.. sizes.Take(5)],
            Metadata = metadata,
            Gzip = gzip,
            DataFrames = dataFrames,
            BlockBytes = blockBytes,
            Padding = (byte)padding,
            CutPermille = Math.Min(cut, 1000),
            Manner = manner,
            ResetCode = (uint)code,
        };

    /// <summary>Runs a property over random conversations; more of them under <c>./test --full</c>.</summary>
    /// <remarks>A failure names its seed: <c>MUSTER_TEST_SEED=seed,gamma,size</c> runs that case again.</remarks>
    public static Task ForAllAsync(Func<Conversation, Task> holds)
    {
        var cases = Environment.GetEnvironmentVariable("MUSTER_TEST_FULL") == "1" ? 10_000 : 300;
        var config = Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true);
        if (Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } seed)
        {
            var numbers = seed.Trim('(', ')').Split(',').Select(ulong.Parse).ToArray();
            config = config.WithReplay(numbers[0], numbers[1], (int)numbers[2]).WithMaxTest(1);
        }

        var hasHung = false;
        var property = Prop.ForAll(Arb.From(Any, Simpler), conversation =>
        {
            // Each smaller case of a hang would cost its whole bound again.
            if (hasHung)
            {
                return;
            }

            try
            {
                holds(conversation).GetAwaiter().GetResult();
            }
            catch (TimeoutException)
            {
                hasHung = true;
                throw;
            }
        });
        return Task.Run(() => property.Check(config));
    }

    private static IEnumerable<Conversation> Simpler(Conversation whole)
    {
        Conversation[] simpler =
        [
            whole with { Sizes = [.. whole.Sizes.SkipLast(1)] },
            whole with { Sizes = [.. whole.Sizes.Select(size => size / 2)] },
            whole with { Metadata = 0 },
            whole with { Gzip = false },
            whole with { Padding = 0 },
            whole with { DataFrames = 1 },
            whole with { BlockBytes = 200 },
            whole with { CutPermille = whole.CutPermille / 2 },
        ];
        return simpler.Where(conversation => conversation.ToString() != whole.ToString());
    }
}
