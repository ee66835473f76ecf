using Muster.Client.Discovery;
using Muster.Core.Replica;

namespace Muster.Client.Tests;

/// <summary>The views that a watch has shown, in their order, and a wait for the next that is of interest.</summary>
internal sealed class Views
{
    private readonly Lock _lock = new();
    private readonly List<(Func<ServiceView, bool> Wanted, TaskCompletionSource<ServiceView> Found)> _waiting = [];
    private readonly List<ServiceView> _seen = [];

    public Views(IServiceWatch watch)
    {
        watch.Changed += OnChanged;
        OnChanged(watch.Current);
    }

    public IReadOnlyList<ServiceView> Seen
    {
        get
        {
            lock (_lock)
            {
                return [.. _seen];
            }
        }
    }

    /// <summary>The newest view if it is wanted, else the first one from now on that is.</summary>
    public Task<ServiceView> FirstAsync(Func<ServiceView, bool> wanted)
    {
        lock (_lock)
        {
            if (wanted(_seen[^1]))
            {
                return Task.FromResult(_seen[^1]);
            }

            var found = new TaskCompletionSource<ServiceView>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, found));
            return found.Task.InTime();
        }
    }

    private void OnChanged(ServiceView view)
    {
        lock (_lock)
        {
            _seen.Add(view);
            foreach (var waiting in _waiting.FindAll(w => w.Wanted(view)))
            {
                waiting.Found.TrySetResult(view);
                _waiting.Remove(waiting);
            }
        }
    }
}
