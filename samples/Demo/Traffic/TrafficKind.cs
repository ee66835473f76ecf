using Muster.Samples.Shared.Calls;

namespace Muster.Samples.Demo.Traffic;

/// <summary>One kind of call.</summary>
/// <param name="Service">The service that it goes to.</param>
/// <param name="Call">Makes the call numbered so, and throws if the answer is wrong.</param>
internal sealed record TrafficKind(string Service, Func<SampleClient, long, CancellationToken, Task<Answer>> Call);
