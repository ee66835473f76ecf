namespace Muster.Grpc.Tests;

/// <summary>How many of something are under way, and the moment when none is.</summary>
internal sealed class Gauge
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _none = Waits.NewEvent();
    private int _count;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>Completes when none is under way.</summary>
    public Task NoneAsync()
    {
        lock (_gate)
        {
            return _count == 0 ? Task.CompletedTask : _none.Task;
        }
    }

    public async Task DuringAsync(Func<Task> action) => await DuringAsync(async () =>
    {
        await action();
        return true;
    });

    public async Task<T> DuringAsync<T>(Func<Task<T>> action)
    {
        lock (_gate)
        {
            _count++;
        }

        try
        {
            return await action();
        }
        finally
        {
            lock (_gate)
            {
                if (--_count == 0)
                {
                    _none.SetResult();
                    _none = Waits.NewEvent();
                }
            }
        }
    }
}
