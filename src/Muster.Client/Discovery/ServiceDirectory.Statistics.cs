using Muster.Core.Model;
using Muster.Protocol.V1;

namespace Muster.Client.Discovery;

/// <summary>How calls went, on its way up the watch.</summary>
internal sealed partial class ServiceDirectory
{
    /// <summary>Says who knows how the calls went. Once, before <see cref="NewsOf"/>; without it the watch tells nothing of calls.</summary>
    public void UseStatistics(ICallStatisticsSource source) => _statistics = source;

    /// <summary>Where the source says that there is something new about a service; the same object for the same service, which is
    /// watched from now on.</summary>
    public CallNews NewsOf(ServiceKey service)
    {
        if (_statistics is null)
        {
            throw new InvalidOperationException("There is no source of call statistics to ask when there is news.");
        }

        Watch(service);
        lock (_lock)
        {
            if (!_news.TryGetValue(service, out var news))
            {
                _news[service] = news = new CallNews(isUrgent => OnNews(service, isUrgent));
            }

            return news;
        }
    }

    // By the loop's writer alone.
    private WatchRequest? TakeStatistics()
    {
        while (_statistics is { } source)
        {
            ServiceKey service;
            lock (_lock)
            {
                if (!_step.TryBeginToTell(_time.Now(), out service))
                {
                    return null;
                }

                _news[service].Take();
            }

            // Under no lock: the source may say that there is news while it holds its own.
            _seen.Clear();
            source.Collect(service, _seen);
            lock (_lock)
            {
                _step.Tell(service, _seen);
                if (_step.TakeNext(_time.Now()) is { } next)
                {
                    return next;
                }
            }
        }

        return null;
    }

    private void OnNews(ServiceKey service, bool isUrgent)
    {
        lock (_lock)
        {
            _step.OnNews(service, isUrgent);
        }

        _loop.Wake();
    }
}
