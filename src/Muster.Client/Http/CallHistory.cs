using Muster.Client.Picking;
using Muster.Client.Resilience;

namespace Muster.Client.Http;

/// <summary>What a call has tried so far. Made with the first failure, so a call that goes well has none.</summary>
internal sealed class CallHistory
{
    private readonly List<FailedAttempt> _attempts = [];

    // Attempts that no application can have seen.
    private int _unseen;

    /// <summary>Everybody that the call was sent to, those that have not failed yet included.</summary>
    public List<Member> Tried { get; } = [];

    /// <summary>The attempts that failed.</summary>
    public IReadOnlyList<FailedAttempt> Attempts => _attempts;

    public AttemptCounts Counts { get; private set; }

    /// <summary>Attempts before the newest that an application may have seen, as gRFC A6 counts them: not those that never left, nor the
    /// first that was refused unread. Fewer than <see cref="AttemptCounts.Counted"/>, which also counts a second one that got no turn to
    /// connect: that has to end somewhere.</summary>
    public int Previous => Math.Max(0, Tried.Count - 1 - _unseen);

    /// <summary>Retries that cost the budget.</summary>
    public int Retries { get; set; }

    public FailedAttempt Last => _attempts[^1];

    public void Add(Member member, AttemptFailure failure, Reply reply)
    {
        AddTried(member);
        _attempts.Add(new FailedAttempt(member.Id, member.Address, failure, reply.Exception, reply.Describe()));
        _unseen += IsUnseen(failure) ? 1 : 0;
        Counts = new AttemptCounts(
            Counts.All + 1,
            Counts.NeverRan + (failure is AttemptFailure.NeverRan or AttemptFailure.NoTurn ? 1 : 0),
            Counts.ConnectFailed + (failure == AttemptFailure.ConnectFailed ? 1 : 0));
    }

    private bool IsUnseen(AttemptFailure failure) =>
        failure is AttemptFailure.ConnectFailed or AttemptFailure.NoTurn || (failure == AttemptFailure.NeverRan && Counts.NeverRan == 0);

    public void AddTried(Member member)
    {
        if (!Tried.Contains(member))
        {
            Tried.Add(member);
        }
    }
}
