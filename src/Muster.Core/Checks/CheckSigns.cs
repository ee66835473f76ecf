using Muster.Core.Model;

namespace Muster.Core.Checks;

/// <summary>What the probes of an instance showed.</summary>
/// <param name="Health">What the check makes of it; <see cref="Health.Unknown"/> before the first result.</param>
/// <param name="Successes">Successes in a row, up to now.</param>
/// <param name="Failures">Failures in a row, up to now.</param>
/// <param name="Last">The last result; null before the first.</param>
/// <param name="SinceLast">How long that was ago.</param>
/// <param name="FailingFor">How long it was seen to fail without a success in between; zero if the last result was one.</param>
public sealed record CheckSigns(
    Health Health, int Successes, int Failures, ProbeResult? Last, TimeSpan SinceLast, TimeSpan FailingFor);
