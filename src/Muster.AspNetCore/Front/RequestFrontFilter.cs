using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;

namespace Muster.AspNetCore.Front;

/// <summary>Puts <see cref="RequestFront"/> in front of everything else in the pipeline: a drain has to know of all that run, and a
/// probe must cost nothing.</summary>
internal sealed class RequestFrontFilter(RequestFront front, DrainState drain, IHostApplicationLifetime lifetime) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // An app that announces itself elsewhere has no drain here, but its last responses can say that it goes.
        lifetime.ApplicationStopping.UnsafeRegister(static state => ((DrainState)state!).Begin(), drain);
        app.Use(inner => context => front.InvokeAsync(inner, context));
        next(app);
    };
}
