using System.Globalization;
using Muster.Client;
using Muster.Client.Discovery;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Samples.Shared.Calls;
using Spectre.Console;

namespace Muster.Samples.Shell;

/// <summary>What is registered, as tables; and how old that knowledge is.</summary>
internal sealed class ServiceOverview(MusterClient muster, IAnsiConsole console)
{
    private static readonly TimeSpan StatusPatience = TimeSpan.FromMilliseconds(500);

    private readonly SortedSet<string> _services = new(StringComparer.Ordinal);

    /// <summary>Asks the registry which services there are, and shows each with its instances. If the registry does not
    /// answer, shows what was known before.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var response = await muster.Registry.UnaryAsync(
                RegistryMethods.ListServices, new ListServicesRequest(),
                new GrpcCallOptions { Timeout = muster.Options.CallTimeout, CancellationToken = cancellationToken });
            _services.Clear();
            _services.UnionWith(response.Services.Select(service => service.Service));
        }
        catch (RpcException error)
        {
            console.MarkupLineInterpolated($"[red]The registry at {muster.Options.Registry} does not answer: {StatusText.Of(error)}[/]");
        }

        await ShowAsync(cancellationToken);
    }

    /// <summary>Shows the circuit breakers that are not closed, of all callers that the registry has heard of.</summary>
    public async Task ShowBreakersAsync(CancellationToken cancellationToken)
    {
        var response = await muster.Registry.UnaryAsync(
            RegistryMethods.ListCallTotals,
            new ListCallTotalsRequest { Namespace = "*", OnlyTripped = true, Limit = Limits.CallTotalsPerAnswerMax },
            new GrpcCallOptions { Timeout = muster.Options.CallTimeout, CancellationToken = cancellationToken });
        var table = new Table().AddColumns("Service", "Instance", "State", "Reason", "Caller");
        foreach (var instance in response.Instances)
        {
            foreach (var breaker in instance.Tripped)
            {
                table.AddRow(
                    Markup.Escape(instance.Service), Markup.Escape(instance.InstanceId),
                    breaker.State == Protocol.V1.BreakerState.Open ? "[red]OPEN[/]" : "[yellow]HALF_OPEN[/]",
                    Markup.Escape(breaker.Reason), Markup.Escape(breaker.Caller));
            }
        }

        console.Write(response.Instances.Count == 0 ? new Text("All are closed: nobody is kept from calls.\n") : table);
    }

    /// <summary>Says so if the list may be out of date.</summary>
    public void ShowStaleNotice()
    {
        if (muster.Directory.IsStale)
        {
            var age = muster.Directory.SinceLastContact is { } since
                ? string.Create(CultureInfo.InvariantCulture, $"{since.TotalSeconds:0} s ago")
                : "never";
            console.MarkupLineInterpolated(
                $"[yellow]The list is stale: the registry at {muster.Options.Registry} was last heard {age}. Calls go on with what is known.[/]");
        }
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        var table = new Table().AddColumns("Service", "Instance", "Address", "Status", "CPU", "Weight");
        foreach (var service in _services)
        {
            AddRows(table, service, await ViewAsync(service, cancellationToken));
        }

        console.Write(table);
    }

    private async Task<ServiceView> ViewAsync(string service, CancellationToken cancellationToken)
    {
        var watch = muster.Directory.Watch(ServiceKey.Default(service));
        try
        {
            await watch.FirstViewAsync(cancellationToken)
                .WaitAsync(muster.Options.CallTimeout, muster.Options.TimeProvider, cancellationToken);
            await StatusesAsync(watch, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What is known is shown.
        }

        return watch.Current;
    }

    // Records come first and how their instances stand right behind, so a table drawn between the two would call all of them
    // UNKNOWN.
    private async Task StatusesAsync(IServiceWatch watch, CancellationToken cancellationToken)
    {
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watch.Changed += Look;
        try
        {
            Look(watch.Current);
            await known.Task.WaitAsync(StatusPatience, muster.Options.TimeProvider, cancellationToken);
        }
        finally
        {
            watch.Changed -= Look;
        }

        void Look(ServiceView view)
        {
            if (view.Instances.All(instance => instance.Status != InstanceStatus.Unknown))
            {
                known.TrySetResult();
            }
        }
    }

    private static void AddRows(Table table, string service, ServiceView view)
    {
        if (view.Instances.IsEmpty)
        {
            table.AddRow(Markup.Escape(service), "[grey]none[/]", "", "", "", "");
        }

        foreach (var instance in view.Instances)
        {
            var cpu = instance.Soft.Load?.CpuUtilization is { } share
                ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %")
                : "";
            table.AddRow(
                Markup.Escape(service), Markup.Escape(instance.Id), Markup.Escape(instance.Record.Address), Colored(instance.Status), cpu,
                instance.Record.Weight.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static string Colored(InstanceStatus status)
    {
        var text = status.ToString().ToUpperInvariant();
        return status switch
        {
            InstanceStatus.Healthy => $"[green]{text}[/]",
            InstanceStatus.Timeout or InstanceStatus.Unhealthy => $"[red]{text}[/]",
            _ => $"[yellow]{text}[/]",
        };
    }
}
