using System.Collections.Immutable;
using System.Globalization;
using Muster.Samples.Contracts;
using Muster.Samples.Shared.Calls;

namespace Muster.Samples.Demo.Traffic;

/// <summary>The calls that the demo makes. Each answer is checked: a wrong one is a failure.</summary>
internal static class TrafficKinds
{
    /// <summary>One kind for each service.</summary>
    /// <param name="counter">The counter of this run.</param>
    public static ImmutableArray<TrafficKind> All(string counter) =>
    [
        new(SumMethods.ServiceName, async (client, n, token) => Expect(
            n + 1, await client.SumAsync(n, 1, SamplePolicies.DefaultOf(SumMethods.ServiceName), token))),
        new(IncrementMethods.ServiceName, (client, n, token) => client.IncrementAsync(
            counter, string.Create(CultureInfo.InvariantCulture, $"{n}"), SamplePolicies.DefaultOf(IncrementMethods.ServiceName), token)),
        new(CalculatorMethods.ServiceName, async (client, n, token) => Expect(
            2.0 * n, await client.CalculateAsync(
                CalculatorMethods.Multiply, n, 2, SamplePolicies.DefaultOf(CalculatorMethods.ServiceName), token))),
        new(EchoMethods.ServiceName, async (client, n, token) => Expect(
            $"hello {n}", await client.EchoAsync($"hello {n}", SamplePolicies.DefaultOf(EchoMethods.ServiceName), token))),
    ];

    private static Answer Expect(object expected, Answer answer) => answer.Result.Equals(expected)
        ? answer
        : throw new WrongAnswerException($"{answer.ServedBy} answered {answer.Text} where {expected} is right.");
}
