namespace Muster.Registry.Store;

/// <summary>A caller's batch on its way to the disk.</summary>
internal sealed class PendingCommit(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
{
    // Continuations run elsewhere: the writer must not run callers' code between two commits.
    private readonly TaskCompletionSource<CommitResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<ConditionalChange> Batch => batch;

    /// <summary>Whether the caller has given up before the commit started.</summary>
    public bool IsAbandoned => cancellationToken.IsCancellationRequested;

    public Task<CommitResult> Result => _completion.Task;

    /// <summary>What became of it in the tables; set by the writer.</summary>
    public AppliedBatch Applied { get; set; } = AppliedBatch.Nothing;

    public void Complete(Core.Model.Revision revision) => _completion.TrySetResult(new CommitResult(revision, Applied.Committed));

    public void Abandon() => _completion.TrySetCanceled(cancellationToken);

    public void Fail(Exception error) => _completion.TrySetException(error);
}
