using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Lets streams without an end of their own end when the application stops; Kestrel would wait for them until
/// its shutdown timeout.</summary>
internal static class StoppingToken
{
    public static readonly Status Status = new(StatusCode.Unavailable, "The server is stopping.");

    /// <summary>Fires when the application begins to stop; never, if it has no lifetime service.</summary>
    public static CancellationToken Of(HttpContext http) =>
        http.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
}
