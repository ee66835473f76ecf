using Microsoft.Extensions.Logging;
using Muster.Client;

namespace Muster.AspNetCore;

/// <summary>The reporters of this app: one for its own responses, and one for each announcement that measures differently.</summary>
internal sealed class LoadReports
{
    private readonly RequestMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ILoadSource _processSource;

    public LoadReports(MusterClient client, RequestMeter meter, IEnumerable<RegistrationRequest> requests, ILogger<LoadReports> logger)
    {
        _meter = meter;
        _time = client.Options.TimeProvider;
        _logger = logger;
        _processSource = new ProcessLoadSource(_time);
        OfResponses = For(requests.Select(r => r.Options.LoadSource).FirstOrDefault(s => s is not null));
    }

    /// <summary>What responses carry: the first source that an announcement names, else the process's own load.</summary>
    public LoadReporter OfResponses { get; }

    /// <summary>A reporter for one source; null means the process's own load.</summary>
    public LoadReporter For(ILoadSource? source) => new(source ?? _processSource, _meter, _time, _logger);
}
