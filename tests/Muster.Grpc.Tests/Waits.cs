namespace Muster.Grpc.Tests;

/// <summary>The one bound on real time: every wait is for an event, and this says when to give up on it.</summary>
internal static class Waits
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Awaits an event, or fails the test.</summary>
    public static Task Soon(this Task task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);

    /// <summary>Awaits an event, or fails the test.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);

    /// <summary>Awaits an event, or fails the test.</summary>
    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().Soon();

    /// <summary>Awaits an event, or fails the test.</summary>
    public static Task Soon(this ValueTask task) => task.AsTask().Soon();

    /// <summary>The RpcException that an operation ends with.</summary>
    public static Task<RpcException> RpcFailureAsync(Func<Task> action) =>
        Assert.ThrowsAsync<RpcException>(action).Soon();

    /// <summary>Completes when the token fires.</summary>
    public static Task FiredAsync(this CancellationToken token)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), fired);
        return fired.Task;
    }

    /// <summary>Something that happens once, in another thread.</summary>
    public static TaskCompletionSource NewEvent() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something that happens once and carries a value.</summary>
    public static TaskCompletionSource<T> NewEvent<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
