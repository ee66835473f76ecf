using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Bench.LoadLab.Engine;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>A calling process with the product's whole handler: retries, hedges and their budgets as shipped.</summary>
/// <remarks>All that it does happens in the simulation's events, on its thread, with one exception: the handler cancels the attempts
/// that lost a race on threads of their own. <see cref="Settle"/> waits for them, so that the same inputs give the same figures.</remarks>
internal sealed class HandlerClient : ICallObserver, IDisposable
{
    // Of real time, for what takes some microseconds: it is over only if something is wrong.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly Uri s_uri = new($"http://{LabDirectory.Fleet.Name}/");

    private readonly LabDirectory _directory = new();
    private readonly Simulation _simulation;
    private readonly HandlerFactory _factory;
    private readonly HttpMessageInvoker _invoker;
    private readonly int _thread = Environment.CurrentManagedThreadId;

    // Attempts that the handler has begun and not ended. Written by whichever thread ends them.
    private int _open;

    // Those of them that have no answer yet, and whose call is not over: as many, once all is done that an answer has set off.
    private int _unanswered;
    private Exception? _failure;

    public HandlerClient(Simulation simulation, BalancingOptions options, VirtualClock clock, ulong seed)
    {
        _simulation = simulation;
        _factory = new HandlerFactory(
            _directory, new MusterClientOptions { TimeProvider = clock, Seed = (int)(seed >> 33) }, NullLoggerFactory.Instance,
            (host, _) => new SimTransport(simulation, this, IndexOf(host)));

        // Connections are not simulated, so none is to be made before it is needed.
        _invoker = new HttpMessageInvoker(_factory.Create(options with { WarmUp = false, Observer = this }));
    }

    public void Show(ServiceView view) => _directory.Show(view);

    /// <summary>Makes a request.</summary>
    public void Call(int request)
    {
        _ = CallAsync(new SimCall(request));
        Settle();
    }

    /// <summary>An attempt of a call is sent.</summary>
    public void OnSent(SimCall call)
    {
        call.Sent++;
        call.Unanswered++;
        _unanswered++;
    }

    /// <summary>An attempt of a call has its answer.</summary>
    public void OnAnswered(SimCall call)
    {
        call.Unanswered--;
        _unanswered--;
    }

    /// <summary>Waits until all is done that an event has set off.</summary>
    public void Settle()
    {
        if (Volatile.Read(ref _open) != _unanswered && !SpinWait.SpinUntil(() => Volatile.Read(ref _open) == _unanswered, s_patience))
        {
            throw new InvalidOperationException($"{_open} attempts are open and {_unanswered} are under way: an attempt has not been ended.");
        }

        if (_failure is { } failure)
        {
            throw new InvalidOperationException("A call ended as none should.", failure);
        }
    }

    public void OnPicked(string service, string instanceId) => Interlocked.Increment(ref _open);

    public void OnCompleted(Muster.Client.Balancing.AttemptOutcome outcome) => Interlocked.Decrement(ref _open);

    public void Dispose()
    {
        _invoker.Dispose();

        // Nothing of it waits.
        _factory.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private async Task CallAsync(SimCall call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, s_uri);
        request.Options.Set(SimCall.Key, call);
        var outcome = AttemptOutcome.Failed;
        try
        {
            using var response = await _invoker.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
            outcome = response.IsSuccessStatusCode ? AttemptOutcome.Answered : AttemptOutcome.Failed;
        }
        catch (HttpRequestException)
        {
            // What it says is for people; that it failed is counted.
        }
        catch (Exception e)
        {
            _failure = e;
        }

        if (Environment.CurrentManagedThreadId != _thread)
        {
            // Whatever is counted from here on would depend on which of the two is faster.
            _failure ??= new InvalidOperationException("The handler has left the simulation's thread.");
        }

        // What has no answer now gets none: its attempt has lost.
        _unanswered -= call.Unanswered;
        call.Unanswered = 0;
        _simulation.Recorder.OnEnded(call.Request, null, outcome);
    }

    private static int IndexOf(string host)
    {
        var parts = host.Split('.');
        return (int.Parse(parts[2], CultureInfo.InvariantCulture) * 256) + int.Parse(parts[3], CultureInfo.InvariantCulture);
    }
}
