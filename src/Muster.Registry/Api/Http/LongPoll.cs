using System.Globalization;
using Microsoft.AspNetCore.Http;
using Muster.Grpc;
using Muster.Protocol.V1;

namespace Muster.Registry.Api.Http;

/// <summary>The instances of a service once they have changed: a watch for tools without streams.</summary>
internal sealed class LongPoll(CatalogFeed feed, ListCalls lists, WatchCalls watches, MonotonicClock clock)
{
    /// <summary>The longest wait, in milliseconds: under the minute after which many proxies give up.</summary>
    public const int WaitMsMax = 55_000;

    private const int WaitMsDefault = 30_000;

    public async Task<ListInstancesResponse> RunAsync(HttpContext http)
    {
        var query = http.Request.Query;
        var request = new ListInstancesRequest
        {
            Namespace = query["namespace"].ToString(),
            Service = $"{http.Request.RouteValues["service"]}",
            Selector = query["selector"].ToString(),
        };
        var caller = ApiCaller.Of(http);
        if (query["after"].ToString() is not { Length: > 0 } text)
        {
            return await lists.ListInstancesAsync(request, caller);
        }

        // Now, and not when the wait is over.
        ListCalls.Read(request, out var key, out _);
        var after = ResumeTokens.Parse(text);
        using var place = watches.Reserve(caller);
        var until = clock.Now + Wait(query["wait_ms"].ToString());
        while (true)
        {
            var snapshot = feed.Current;
            var isNewer = snapshot.Services.TryGetValue(key, out var service) && service.Revision > after.Revision;
            var left = until - clock.Now;
            if (snapshot.StoreId != after.StoreId || isNewer || left <= TimeSpan.Zero)
            {
                return await lists.ListInstancesAsync(request, caller);
            }

            await feed.WaitForAsync(snapshot.Revision.Next, left, caller.CancellationToken);
        }
    }

    private static TimeSpan Wait(string text)
    {
        if (text.Length == 0)
        {
            return TimeSpan.FromMilliseconds(WaitMsDefault);
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var wait) && wait <= WaitMsMax
            ? TimeSpan.FromMilliseconds(wait)
            : throw new RpcException(StatusCode.InvalidArgument, $"wait_ms is '{text}': 0 to {WaitMsMax} are allowed.");
    }
}
