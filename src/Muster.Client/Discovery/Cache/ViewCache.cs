using Microsoft.Extensions.Logging;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Discovery.Cache;

/// <summary>Keeps the views of watched services on disk, and finds those of earlier processes.</summary>
/// <remarks>Thread-safe. All reads and writes are made by one thread of the pool at a time, so a disk that hangs costs one thread,
/// and nobody who watches or calls waits for it. A disk that refuses costs a line in the log.</remarks>
internal sealed partial class ViewCache : IAsyncDisposable
{
    /// <summary>How long the last writes may take when the client is disposed.</summary>
    public static readonly TimeSpan LastWritesMax = TimeSpan.FromSeconds(1);

    private readonly ViewFolder _folder;
    private readonly TimeProvider _time;
    private readonly Func<bool> _isUp;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    // One reader or writer at a time: the folder is not thread-safe.
    private readonly SemaphoreSlim _disk = new(1, 1);

    // Guards the step and the fields below it. Never held while the disk works.
    private readonly Lock _lock = new();
    private readonly ViewCacheStep _step;
    private TimeSpan? _armedFor;
    private bool _isWriting;
    private bool _isDisposed;

    // Written under the disk's turn alone.
    private bool _isFailing;

    /// <param name="options">Their cache directory is set.</param>
    /// <param name="isUp">Whether the registry is heard.</param>
    /// <param name="logger">Where problems go.</param>
    public ViewCache(MusterClientOptions options, Func<bool> isUp, ILogger logger)
    {
        _folder = new ViewFolder(options.CacheDirectory!, options.Registry, options.CacheAgeMax, options.TimeProvider);
        _time = options.TimeProvider;
        _isUp = isUp;
        _logger = logger;
        _step = new ViewCacheStep(options.CacheAgeMax);
        _timer = _time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What an earlier process kept of a service; null if that is nothing usable, which the log then explains.</summary>
    public async Task<KeptView?> ReadAsync(ServiceKey service, CancellationToken cancellationToken)
    {
        await _disk.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Read(service), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _disk.Release();
        }
    }

    /// <summary>The registry showed a view. Returns at once; it is written later.</summary>
    public void OnView(ServiceView view, string storeId)
    {
        lock (_lock)
        {
            _step.OnView(view, storeId, _time.Now());
            ArmLocked();
        }
    }

    /// <summary>Writes what is not written yet, if the disk lets it in time.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        try
        {
            await WriteAsync(isLast: true).WaitAsync(LastWritesMax, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogNotKept(_folder.Path, $"the disk took more than {LastWritesMax.TotalSeconds} s");
        }
    }

    private KeptView? Read(ServiceKey service)
    {
        var kept = _folder.Read(service, out var problem);
        if (!problem.IsNone)
        {
            var path = _folder.PathOf(service);
            LogIgnored(problem.IsExpected ? LogLevel.Information : LogLevel.Warning, service, path, problem);
        }

        if (kept is not null)
        {
            lock (_lock)
            {
                _step.OnRead(kept, _time.Now());
            }
        }

        return kept;
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _armedFor = null;
            if (_isWriting || _isDisposed)
            {
                return;
            }

            _isWriting = true;
        }

        _ = WriteAsync(isLast: false);
    }

    private async Task WriteAsync(bool isLast)
    {
        await _disk.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.Run(() => WriteDue(isLast)).ConfigureAwait(false);
        }
        finally
        {
            _disk.Release();
            lock (_lock)
            {
                _isWriting = false;
                ArmLocked();
            }
        }
    }

    private void WriteDue(bool isLast)
    {
        IReadOnlyList<KeptView> due;
        lock (_lock)
        {
            due = _step.TakeDue(_time.Now(), _isUp(), isLast);
        }

        foreach (var view in due)
        {
            var isKept = TryWrite(view);
            lock (_lock)
            {
                if (isKept)
                {
                    _step.OnKept(view, _time.Now());
                }
                else
                {
                    _step.OnFailed(view, _time.Now());
                }
            }
        }
    }

    private bool TryWrite(KeptView view)
    {
        try
        {
            if (view.Instances.IsEmpty)
            {
                _folder.Delete(view.Service);
            }
            else if (!_folder.Write(view))
            {
                LogTooLarge(view.Service, view.Instances.Length, Core.Limits.KeptServiceBytesMax);
            }

            _isFailing = false;
            return true;
        }
        catch (Exception e)
        {
            // Whatever it is, calls go on. Once, and again only after it worked in between: a full disk stays full for long.
            if (!_isFailing)
            {
                _isFailing = true;
                LogNotKept(_folder.Path, e.Message);
            }

            return false;
        }
    }

    private void ArmLocked()
    {
        if (_isDisposed || _isWriting || _step.WakeAt is not { } at || _armedFor <= at)
        {
            return;
        }

        _armedFor = at;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(1, (at - _time.Now()).TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(EventId = LogEventIds.KeptInstancesIgnored, Message = "{Service}: the instances kept in {Path} are ignored: {Problem}")]
    private partial void LogIgnored(LogLevel level, ServiceKey service, string path, ViewFileProblem problem);

    [LoggerMessage(LogEventIds.InstancesNotKept, LogLevel.Warning, "Instances cannot be kept in {Path}: {Reason}; a client that starts while the registry is away will not know them. It is tried again")]
    private partial void LogNotKept(string path, string reason);

    [LoggerMessage(LogEventIds.InstancesTooLarge, LogLevel.Warning, "{Service}: its {Count} instances take more than {BytesMax} bytes on disk, and are not kept")]
    private partial void LogTooLarge(ServiceKey service, int count, int bytesMax);
}
