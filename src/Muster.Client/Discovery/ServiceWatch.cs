using Microsoft.Extensions.Logging;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Discovery;

/// <summary>Publishes the views of one service.</summary>
internal sealed partial class ServiceWatch(ServiceKey service, ILogger logger) : IServiceWatch
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written by the watch's reader alone, read by every call: a reader sees the old view or the new one, never a mixture.
    private volatile ServiceView _current = ServiceView.Pending(service);

    public event Action<ServiceView>? Changed;

    public ServiceKey Service => service;

    public ServiceView Current => _current;

    public async Task<ServiceView> FirstViewAsync(CancellationToken cancellationToken)
    {
        await _first.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _current;
    }

    /// <summary>Shows a view to all. Returns once every handler has.</summary>
    public void Publish(ServiceView view)
    {
        _current = view;
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(view);
            }
            catch (Exception e)
            {
                // One handler's mistake must neither stop the others nor the watch.
                LogHandlerFailed(service, e);
            }
        }

        _first.TrySetResult();
    }

    [LoggerMessage(LogEventIds.WatchHandlerFailed, LogLevel.Error, "{Service}: a handler of Changed failed")]
    private partial void LogHandlerFailed(ServiceKey service, Exception exception);
}
