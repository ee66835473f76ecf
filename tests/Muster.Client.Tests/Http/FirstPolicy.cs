using System.Collections.Immutable;
using Muster.Client.Balancing;

namespace Muster.Client.Tests.Http;

/// <summary>Takes the instance whose id comes first, so that a test knows the order.</summary>
internal sealed class FirstPolicy : IBalancingPolicy
{
    public const string PolicyName = "first";

    public string Name => PolicyName;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new First();

    private sealed class First : IPicker
    {
        public int Pick(in PickContext context) => 0;
    }
}
