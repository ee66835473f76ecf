using Muster.Client.Registration;

namespace Muster.AspNetCore;

/// <summary>Holds the app's announcements.</summary>
internal sealed class Registrations : IMusterRegistrations
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written once, when the app has started; read by every request.
    private volatile InstanceRegistration[] _all = [];

    public IReadOnlyList<InstanceRegistration> All => _all;

    public async Task<IReadOnlyList<InstanceRegistration>> StartedAsync(CancellationToken cancellationToken)
    {
        await _started.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _all;
    }

    public void Set(InstanceRegistration[] all)
    {
        _all = all;
        _started.TrySetResult();
    }
}
