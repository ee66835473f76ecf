using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Muster.Client.Balancing;

namespace Muster.Client;

/// <summary>Checks all options when the application starts, so that a wrong one stops it then and not the first call.</summary>
internal sealed class StartupCheck(IServiceProvider services, IEnumerable<StartupCheck.Handler> handlers) : IHostedService
{
    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Made here, it checks its own; nothing is sent by that.
        var client = services.GetRequiredService<MusterClient>();
        var wrong = new List<string>();
        foreach (var handler in handlers)
        {
            try
            {
                BalancingOptionsValidator.Validate(handler.Options, client.Options.Policies.Keys);
            }
            catch (ArgumentException e)
            {
                wrong.Add($"HttpClient '{handler.Client}': {e.Message}");
            }
        }

        return wrong.Count == 0 ? Task.CompletedTask : throw new ArgumentException(string.Join(" ", wrong));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A client whose requests are balanced.</summary>
    /// <param name="Client">Its name.</param>
    /// <param name="Options">How.</param>
    internal sealed record Handler(string Client, BalancingOptions Options);
}
