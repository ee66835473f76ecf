using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Muster.Grpc;

namespace Muster.Client.Connection;

/// <summary>Keeps one stream to the registry up while its driver wants one: connects, pumps messages both ways, and after a
/// loss waits and connects again, for ever.</summary>
internal sealed partial class StreamLoop<TRequest, TResponse> : IDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly GrpcMethod<TRequest, TResponse> _method;
    private readonly IStreamDriver<TRequest, TResponse> _driver;
    private readonly RegistryChannels _channels;
    private readonly TimeProvider _time;
    private readonly TimeSpan _answerTimeout;
    private readonly Backoff _backoff;
    private readonly ILogger _logger;
    private readonly AsyncSignal _signal = new();
    private readonly ITimer _timer;

    // When the running stream was first answered; null before. Written by the reader, read by the writer and, after both
    // have ended, by the loop.
    private volatile Answered? _answered;

    public StreamLoop(
        GrpcMethod<TRequest, TResponse> method, IStreamDriver<TRequest, TResponse> driver, RegistryChannels channels,
        MusterClientOptions options, Random random, ILogger logger)
    {
        _method = method;
        _driver = driver;
        _channels = channels;
        _time = options.TimeProvider;
        _backoff = new Backoff(random);
        _logger = logger;

        // A watch that resumes at a node which is behind is answered late, and rightly so.
        _answerTimeout = options.CallTimeout + Core.Limits.RevisionWaitMax;
        _timer = _time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Says that the driver may have something new.</summary>
    public void Wake() => _signal.Set();

    public void Dispose() => _timer.Dispose();

    /// <summary>Runs until the token fires; does not throw.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                while (!_driver.IsWanted)
                {
                    await _signal.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                var reason = await RunStreamAsync(cancellationToken).ConfigureAwait(false);
                await PauseAsync(reason, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client is being disposed.
        }
        catch (Exception e)
        {
            // A mistake in this library. The last view and the announcements stay as they are; the log says why.
            LogDied(_method.FullName, e);
        }
    }

    private async Task<string> RunStreamAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = _channels.For(_driver.Address);
        _answered = null;
        StreamEnd end;
        var call = channel.Streams.Streaming(_method, new GrpcCallOptions { CancellationToken = ended.Token });
        await using (call.ConfigureAwait(false))
        {
            _driver.OnOpened(channel);
            var reading = ReadAsync(call, ended.Token);
            var writing = WriteAsync(call, ended.Token);
            var first = await Task.WhenAny((Task)reading, writing).ConfigureAwait(false);

            if (first == reading || await writing.ConfigureAwait(false) is not null)
            {
                await ended.CancelAsync().ConfigureAwait(false);
            }

            // A write that failed says only that the stream is gone; why is what the reader hears.
            var heard = await reading.ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            end = await writing.ConfigureAwait(false) is { } own ? new StreamEnd(null, own) : heard;
        }

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _driver.OnLost(_answered is not null, end.Code);
        cancellationToken.ThrowIfCancellationRequested();
        return $"{channel.Address}: {end.Reason}";
    }

    /// <summary>Pumps messages to the driver. Returns why that ended; does not throw.</summary>
    private async Task<StreamEnd> ReadAsync(StreamingCall<TRequest, TResponse> call, CancellationToken cancellationToken)
    {
        try
        {
            while (await call.ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
            {
                if (_answered is null)
                {
                    _answered = new Answered(_time.Now());
                    LogUp(_method.FullName);
                }

                _driver.OnReceived(message);
                Wake();
            }

            return new StreamEnd(StatusCode.OK, "the registry ended the stream");
        }
        catch (RpcException e)
        {
            return new StreamEnd(e.Code, e.Message);
        }
        catch (OperationCanceledException e)
        {
            return new StreamEnd(null, e.Message);
        }
    }

    /// <summary>Pumps messages from the driver. Returns why this side ended the stream, or null if it was ended; does not
    /// throw.</summary>
    private async Task<string?> WriteAsync(StreamingCall<TRequest, TResponse> call, CancellationToken cancellationToken)
    {
        try
        {
            var answerBy = _time.Now() + _answerTimeout;
            while (true)
            {
                while (_driver.TakeNext() is { } message)
                {
                    await call.WriteAsync(message, cancellationToken).ConfigureAwait(false);
                }

                if (_driver.IsOver is { } reason)
                {
                    await call.CompleteWritesAsync().ConfigureAwait(false);
                    return reason;
                }

                TimeSpan? answerDue = _answered is null ? answerBy : null;
                if (answerDue <= _time.Now())
                {
                    return $"no answer within {_answerTimeout.TotalSeconds} s";
                }

                await SleepAsync(Earlier(_driver.WakeAt, answerDue), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            // The reader hears why.
            return null;
        }
    }

    private async Task PauseAsync(string reason, CancellationToken cancellationToken)
    {
        if (_answered is { } answered && _time.Now() - answered.At >= Backoff.StableAfter)
        {
            _backoff.Reset();
        }

        if (!_driver.IsWanted)
        {
            _backoff.Reset();
            return;
        }

        var delay = _backoff.Next(_driver.FirstDelayMax);
        LogLost(_method.FullName, reason, delay);
        var until = _time.Now() + delay;
        while (_driver.IsWanted && !_driver.TakeUrgency() && _time.Now() < until)
        {
            await SleepAsync(until, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a signal, which the timer gives at the latest.</summary>
    private ValueTask SleepAsync(TimeSpan? until, CancellationToken cancellationToken)
    {
        // Rounded up: a timer that fires a fraction of a millisecond early would make the loop spin.
        var left = until is { } at
            ? TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(1, (at - _time.Now()).TotalMilliseconds)))
            : Timeout.InfiniteTimeSpan;
        _timer.Change(left, Timeout.InfiniteTimeSpan);
        return _signal.WaitAsync(cancellationToken);
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;

    [LoggerMessage(LogEventIds.Connected, LogLevel.Information, "{Stream}: connected to the registry")]
    private partial void LogUp(string stream);

    [LoggerMessage(LogEventIds.Disconnected, LogLevel.Warning, "{Stream}: not connected to the registry ({Reason}); trying again in {Delay}")]
    private partial void LogLost(string stream, string reason, TimeSpan delay);

    [LoggerMessage(LogEventIds.LoopDied, LogLevel.Critical, "{Stream}: stopped by an error in this library")]
    private partial void LogDied(string stream, Exception exception);

    private sealed record Answered(TimeSpan At);

    /// <summary>Why a stream ended; the code is null where this side ended it.</summary>
    private readonly record struct StreamEnd(StatusCode? Code, string Reason);
}
