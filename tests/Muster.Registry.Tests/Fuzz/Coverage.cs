using System.Collections.Concurrent;
using Muster.Grpc;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>What was reached: a method that random requests never get right is not tested by them.</summary>
internal sealed class Coverage
{
    private readonly ConcurrentDictionary<(string Call, bool IsOk), int> _counts = new();

    public void Add(string call, StatusCode? status)
    {
        if (status is { } code)
        {
            _counts.AddOrUpdate((call, code == StatusCode.OK), 1, (_, count) => count + 1);
        }
    }

    /// <summary>What is missing until every call was answered and was refused, at least once each.</summary>
    public IReadOnlyList<string> Missing(IEnumerable<string> calls) =>
    [
        .. calls.SelectMany(call => new[] { (call, true), (call, false) }).Where(c => !_counts.ContainsKey(c))
            .Select(c => $"{c.call} was never {(c.Item2 ? "answered" : "refused")}"),
    ];
}
