using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>The best that some instances have to offer.</summary>
/// <param name="Targets">Those of the best rank that anybody has, in the order of the roster.</param>
/// <param name="Rank">That rank (<see cref="Eligibility"/>).</param>
/// <param name="IsPanic">Whether open circuits do not count, because there are too many of them.</param>
/// <param name="IsThin">Whether so many are set aside, for whatever reason, that all calls would run over those that are left.</param>
internal readonly record struct Standing(List<Target> Targets, int Rank, bool IsPanic, bool IsThin)
{
    /// <summary>Whether those that may be picked are set aside themselves.</summary>
    public bool IsDesperate => IsPanic || (Targets.Count > 0 && Rank >= Eligibility.SetAsideRank);

    /// <summary>Whether there is nobody, or nobody of whom much can be hoped: timed out, or set aside.</summary>
    public bool IsPoor => Targets.Count == 0 || IsPanic || Rank >= Eligibility.TimedOutRank;

    /// <summary>Whether it is better than another.</summary>
    public bool Beats(in Standing other) =>
        Targets.Count > 0 && (Grade < other.Grade || (Grade == other.Grade && other.IsThin && !IsThin));

    private int Grade => Targets.Count == 0 ? int.MaxValue : IsPanic ? Rank + Eligibility.SetAsideRank : Rank;
}
