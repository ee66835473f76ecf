using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Muster.Client;

namespace Muster.AspNetCore;

/// <summary>The clock of this app's side of Muster: the client's where the app has one, so that both tell the same time; else the
/// one among the app's services; else the system's.</summary>
internal sealed record AppClock(TimeProvider TimeProvider)
{
    [SuppressMessage("ApiDesign", "RS0030", Justification = "The app is the composition root, and has named no other clock.")]
    public static AppClock Of(IServiceProvider services) => new(
        services.GetService<MusterClient>()?.Options.TimeProvider ?? services.GetService<TimeProvider>() ?? TimeProvider.System);
}
