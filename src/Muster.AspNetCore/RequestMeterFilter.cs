using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Muster.AspNetCore;

/// <summary>Counts every request, in front of everything else in the pipeline: a drain has to know of all that run.</summary>
internal sealed class RequestMeterFilter(RequestMeter meter) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(inner => context => CountAsync(inner, context));
        next(app);
    };

    private async Task CountAsync(RequestDelegate next, HttpContext context)
    {
        var start = meter.Begin();
        var hasFailed = true;
        try
        {
            await next(context).ConfigureAwait(false);
            hasFailed = context.Response.StatusCode >= StatusCodes.Status500InternalServerError;
        }
        finally
        {
            meter.End(start, hasFailed);
        }
    }
}
