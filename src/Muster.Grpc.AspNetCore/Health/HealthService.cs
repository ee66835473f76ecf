using System.Collections.Immutable;
using Muster.Grpc.AspNetCore.Calls;
using Muster.Grpc.Health;
using Muster.Grpc.Health.Protos;

namespace Muster.Grpc.AspNetCore;

/// <summary>The standard health service, <c>grpc.health.v1.Health</c>. Map it like any other; it answers what was
/// set.</summary>
/// <remarks>Thread-safe. At first the server as a whole (the empty name) is <see cref="HealthStatus.Serving"/> and
/// nothing else is known.</remarks>
public sealed class HealthService : IGrpcService
{
    private readonly Lock _gate = new();

    // Replaced under _gate by writers, read without it by checks and watches: each reader sees one state whole.
    private volatile State _state = new(ImmutableDictionary<string, HealthStatus>.Empty.Add("", HealthStatus.Serving));

    /// <summary>Sets the status of a service and tells its watchers.</summary>
    /// <param name="service">The full name of the gRPC service; empty means the server as a whole.</param>
    /// <param name="status">Any but <see cref="HealthStatus.ServiceUnknown"/>, which <see cref="Remove"/> brings
    /// about.</param>
    public void Set(string service, HealthStatus status)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (status is < HealthStatus.Unknown or > HealthStatus.NotServing)
        {
            throw new ArgumentOutOfRangeException(
                nameof(status), status, "Only Unknown, Serving and NotServing can be set.");
        }

        Change(statuses => statuses.SetItem(service, status));
    }

    /// <summary>Sets every known service, the server as a whole included: before a shutdown, for instance.</summary>
    public void SetAll(HealthStatus status)
    {
        foreach (var service in _state.Statuses.Keys)
        {
            Set(service, status);
        }
    }

    /// <summary>Forgets a service; its watchers are told that it is unknown.</summary>
    public void Remove(string service) => Change(statuses => statuses.Remove(service));

    /// <inheritdoc />
    public void Bind(GrpcServiceBinder binder)
    {
        ArgumentNullException.ThrowIfNull(binder);
        binder.Unary(HealthMethods.Check, (request, _) => Task.FromResult(Check(request)));
        binder.ServerStreaming(HealthMethods.Watch, WatchAsync);
        binder.Unary(HealthMethods.List, (_, _) => Task.FromResult(List()));
    }

    private static HealthCheckResponse Response(HealthStatus status) =>
        new() { Status = (HealthCheckResponse.Types.ServingStatus)(int)status };

    private HealthCheckResponse Check(HealthCheckRequest request) =>
        _state.Statuses.TryGetValue(request.Service, out var status)
        ? Response(status)
        : throw new RpcException(
            StatusCode.NotFound, $"This server knows nothing of the health of '{request.Service}'.");

    private HealthListResponse List()
    {
        var response = new HealthListResponse();
        foreach (var (service, status) in _state.Statuses)
        {
            response.Statuses.Add(service, Response(status));
        }

        return response;
    }

    /// <summary>A slow watcher skips states in between; it always gets the last one.</summary>
    private async Task WatchAsync(
        HealthCheckRequest request, IResponseWriter<HealthCheckResponse> responses, GrpcServerContext context)
    {
        var stopping = StoppingToken.Of(context.HttpContext);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.CancellationToken);
        HealthStatus? sent = null;
        try
        {
            while (true)
            {
                var state = _state;
                var status = state.Statuses.GetValueOrDefault(request.Service, HealthStatus.ServiceUnknown);
                if (status != sent)
                {
                    await responses.WriteAsync(Response(status), end.Token).ConfigureAwait(false);
                    sent = status;
                }

                await state.Replaced.Task.WaitAsync(end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (
            stopping.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(StoppingToken.Status);
        }
    }

    private void Change(
        Func<ImmutableDictionary<string, HealthStatus>, ImmutableDictionary<string, HealthStatus>> change)
    {
        State replaced;
        lock (_gate)
        {
            replaced = _state;
            _state = new State(change(replaced.Statuses));
        }

        replaced.Replaced.SetResult();
    }

    private sealed record State(ImmutableDictionary<string, HealthStatus> Statuses)
    {
        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
