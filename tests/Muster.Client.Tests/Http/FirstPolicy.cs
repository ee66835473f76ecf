using System.Collections.Immutable;
using Muster.Client.Balancing;

namespace Muster.Client.Tests.Http;

/// <summary>Takes the instance whose id comes first, so that a test knows the order.</summary>
internal sealed class FirstPolicy : IBalancingPolicy
{
    public const string PolicyName = "first";

    public string Name => PolicyName;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new First(candidates.Length);

    private sealed class First(int count) : IRankingPicker
    {
        public int Pick(in PickContext context) => 0;

        public int PickNext(in PickContext context, ReadOnlySpan<int> tried)
        {
            for (var i = 0; i < count; i++)
            {
                if (!tried.Contains(i))
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
