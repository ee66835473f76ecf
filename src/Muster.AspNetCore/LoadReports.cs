using Microsoft.Extensions.Logging;

namespace Muster.AspNetCore;

/// <summary>The reporters of this app: one for its own responses, and one for each announcement that measures differently.</summary>
internal sealed class LoadReports
{
    private readonly RequestMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ILoadSource _processSource;
    private volatile bool _isOn;

    public LoadReports(
        AppClock clock, RequestMeter meter, IEnumerable<RegistrationRequest> requests, IEnumerable<LoadReportsRequest> wishes,
        MusterLoadReportsOptions options, ILogger<LoadReports> logger)
    {
        _meter = meter;
        _time = clock.TimeProvider;
        _logger = logger;
        _isOn = wishes.Any();
        _processSource = new ProcessLoadSource(_time);
        OfResponses = For(options.LoadSource ?? requests.Select(r => r.Options.LoadSource).FirstOrDefault(s => s is not null));
    }

    /// <summary>Whether responses carry reports.</summary>
    public bool IsOn => _isOn;

    /// <summary>What responses carry: the source that the options name, else the first that an announcement names, else the
    /// process's own load.</summary>
    public LoadReporter OfResponses { get; }

    /// <summary>From now on responses carry reports.</summary>
    public void TurnOn() => _isOn = true;

    /// <summary>A reporter for one source; null means the process's own load.</summary>
    public LoadReporter For(ILoadSource? source) => new(source ?? _processSource, _meter, _time, _logger);
}
