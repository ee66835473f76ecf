using Muster.Core.Model;

namespace Muster.Client.Registration;

/// <summary>An announced instance. Dispose takes it back.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class InstanceRegistration : IAsyncDisposable
{
    /// <summary>The instance's id, fixed from the start.</summary>
    public string InstanceId => throw new NotImplementedException();

    /// <summary>The advertised <c>host:port</c>; null until the address is known.</summary>
    public string? Address => throw new NotImplementedException();

    /// <summary>Where the announcement stands.</summary>
    public RegistrationState State => throw new NotImplementedException();

    /// <summary>What the registry said last when it refused; null if it did not.</summary>
    public string? LastError => throw new NotImplementedException();

    /// <summary>What is wanted of the instance.</summary>
    public Intent Intent => throw new NotImplementedException();

    /// <summary>Fires when <see cref="State"/> changes. Handlers must not block.</summary>
    public event Action<RegistrationState>? StateChanged
    {
        add => throw new NotImplementedException();
        remove => throw new NotImplementedException();
    }

    /// <summary>Fires when an operator asks the instance to drain. Handlers must not block.</summary>
    public event Action? DrainRequested
    {
        add => throw new NotImplementedException();
        remove => throw new NotImplementedException();
    }

    /// <summary>Completes once the registry has acknowledged the announcement; throws if the state became final otherwise.</summary>
    public Task WaitRegisteredAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Takes the instance out, puts it back, or announces that it drains; completes when the registry has
    /// acknowledged. Remembered over reconnects.</summary>
    public Task SetIntentAsync(Intent intent, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Sends load and health now instead of with the next heartbeat. Cheap: reports within 50 ms merge.</summary>
    public void ReportSoon() => throw new NotImplementedException();

    /// <summary>Takes the announcement back; completes when the registry has acknowledged or the token fires.</summary>
    public Task DeregisterAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
