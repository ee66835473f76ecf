using Muster.Client.Picking;
using Muster.Client.Resilience;

namespace Muster.Client.Http;

/// <summary>What a call has tried so far. Made with the first failure, so a call that goes well has none.</summary>
internal sealed class CallHistory
{
    private readonly List<FailedAttempt> _attempts = [];

    public List<Member> Tried { get; } = [];

    public IReadOnlyList<FailedAttempt> Attempts => _attempts;

    /// <summary>Attempts that may have run at their instance.</summary>
    public int MayHaveRun { get; private set; }

    public FailedAttempt Last => _attempts[^1];

    public void Add(Member member, AttemptFailure failure, Exception? exception)
    {
        Tried.Add(member);
        _attempts.Add(new FailedAttempt(member.Id, member.Address, failure, exception));
        if (failure is AttemptFailure.Broken or AttemptFailure.Unavailable)
        {
            MayHaveRun++;
        }
    }
}
