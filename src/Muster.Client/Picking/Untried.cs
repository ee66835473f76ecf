namespace Muster.Client.Picking;

/// <summary>Whom a call that goes on may be sent to.</summary>
/// <param name="tried">Not to those whom it has tried.</param>
/// <param name="wellOnly">Nor to those who are set aside.</param>
/// <param name="inFlightMax">Nor to those who have as many calls in flight.</param>
internal readonly struct Untried(IReadOnlyList<Member> tried, bool wellOnly, int inFlightMax)
{
    public IReadOnlyList<Member> Tried => tried;

    public bool Allows(Member member, TimeSpan now) =>
        !tried.Contains(member)
        && (!wellOnly || member.Breaker.SetAside(now) is null)
        && member.Statistics.InFlight < inFlightMax;

    /// <summary>The same, and not to one more.</summary>
    public Untried Without(Member member) => new([.. tried, member], wellOnly, inFlightMax);
}
