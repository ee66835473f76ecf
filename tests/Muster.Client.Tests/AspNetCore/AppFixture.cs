using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>A small web app that announces itself.</summary>
internal static class AppFixture
{
    public static async Task<WebApplication> StartAsync(
        string registry, Action<WebApplication> map, HttpProtocols protocols = HttpProtocols.Http1,
        Func<MusterRegistrationOptions, MusterRegistrationOptions>? configure = null, TimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o => o.Protocols = protocols));
        builder.Services.AddMuster(o => o with { Registry = registry, TimeProvider = clock ?? o.TimeProvider });
        builder.Services.AddMusterRegistration("calculator", configure);
        var app = builder.Build();
        app.UseMusterLoadReports();
        map(app);
        await app.StartAsync();
        return app;
    }

    public static Uri Address(this WebApplication app) => new(app.Urls.Single());

    public static IMusterRegistrations Registrations(this WebApplication app) =>
        app.Services.GetRequiredService<IMusterRegistrations>();
}
