namespace Muster.AspNetCore;

/// <summary>How far the app's leaving has come. Its responses tell those callers of it that hear nothing of the registry.</summary>
/// <remarks>Thread-safe. It only ever goes on: an app that has begun to stop stops.</remarks>
internal sealed class DrainState : IDisposable
{
    private readonly CancellationTokenSource _announced = new();
    private volatile bool _hasBegun;

    public DrainState() => Announced = _announced.Token;

    /// <summary>Whether the app is about to stop, so that nobody should choose it any more.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>Fires when all who watch know. Who still calls does not watch, and is shown the door.</summary>
    public CancellationToken Announced { get; }

    /// <summary>The app is about to stop.</summary>
    public void Begin() => _hasBegun = true;

    /// <summary>All who watch know it, or nobody can tell them.</summary>
    public void OnAnnounced()
    {
        Begin();
        _announced.Cancel();
    }

    public void Dispose() => _announced.Dispose();
}
