using Muster.Client.Registration;

namespace Muster.AspNetCore;

/// <summary>The app's announced instances. Resolve it from the app's services.</summary>
public interface IMusterRegistrations
{
    /// <summary>The announcements, empty until the server's ports are bound.</summary>
    IReadOnlyList<InstanceRegistration> All { get; }

    /// <summary>Completes when all announcements exist (not necessarily acknowledged).</summary>
    Task<IReadOnlyList<InstanceRegistration>> StartedAsync(CancellationToken cancellationToken);
}
