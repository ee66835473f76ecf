using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.EndToEnd.Processes;
using Muster.Grpc;
using Muster.Samples.Contracts;
using Muster.Samples.V1;

namespace Muster.EndToEnd;

/// <summary>The samples as providers: how they come, and how they go.</summary>
public sealed class ProviderTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_UnderLoad_FailsNoCallAndExitsWith0(string signal)
    {
        await using var system = await TestSystem.StartAsync();
        var leaving = await system.StartAsync("Calculator", "calculator-1");
        await system.StartAsync("Calculator", "calculator-2");
        await using var muster = system.Connect();
        await TestSystem.SeesAsync(muster, "calculator", 2);
        using var load = new CalculatorLoad(muster);

        await load.AnsweredByAsync("calculator-1", 50);
        leaving.Signal(signal);
        var exitCode = await leaving.ExitAsync();
        await load.AnsweredByAsync("calculator-2", 50);
        await load.StopAsync();

        Assert.True(exitCode == 0, leaving.Transcript);
        Assert.Empty(load.Failures);
    }

    [Fact]
    public async Task Start_PortInUse_NamesThePortWithExitCode1()
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        await using var echo = Programs.Start("Echo", "muster-echo", "--port", port);

        Assert.Equal(1, await echo.ExitAsync());
        Assert.Contains($"Port {port} is in use by another program.", echo.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NoRegistryYet_SaysSoAndRegistersWhenItComes()
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        await using var echo = Programs.Start("Echo", "muster-echo", "--registry", $"127.0.0.1:{port}");
        await echo.WaitForLineAsync($"Not registered yet: the registry at 127.0.0.1:{port} does not answer.");

        await using var registry = Programs.Start("Muster.Cli", "muster-cli", "registry", "--port", port);

        await echo.WaitForLineAsync("Registered echo as echo-");
    }

    [Theory]
    [InlineData("Worker", "--load is 'none': one of simulated, real is needed.", "--load", "none")]
    [InlineData("Worker", "--redis is 'localhost': a port is needed", "--redis", "localhost")]
    [InlineData("Echo", "--weight is '10001': a whole number from 1 to 10000 is needed.", "--weight", "10001")]
    [InlineData("Echo", "--address is '10.0.0.1:0': '0' is not a port", "--address", "10.0.0.1:0")]
    [InlineData("Rest", "--ttl is '0.5': a number of seconds from 1 to 600 is needed.", "--ttl", "0.5")]
    public async Task Start_BadFlag_NamesFlagValueAndBoundWithExitCode2(string project, string message, params string[] arguments)
    {
        await using var provider = Programs.Start(project, $"muster-{project.ToLowerInvariant()}", arguments);

        Assert.Equal(2, await provider.ExitAsync());
        Assert.Contains(message, provider.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Worker")]
    [InlineData("Calculator")]
    [InlineData("Echo")]
    [InlineData("Rest")]
    public async Task Help_EachProvider_SaysWhatWins(string project)
    {
        await using var provider = Programs.Start(project, $"muster-{project.ToLowerInvariant()}", "--help");

        Assert.Equal(0, await provider.ExitAsync());
        var text = string.Join(' ', provider.StandardOutput);
        Assert.Contains("Flags win over environment variables, environment variables over defaults.", text, StringComparison.Ordinal);
        Assert.Contains("REGISTRY_ADDR", text, StringComparison.Ordinal);
        Assert.Contains("MY_ADDR", text, StringComparison.Ordinal);
    }

    /// <summary>Four callers without a pause, and what became of their calls.</summary>
    private sealed class CalculatorLoad : IDisposable
    {
        private const int Callers = 4;

        private readonly HttpMessageInvoker _invoker;
        private readonly GrpcClient _client;
        private readonly CancellationTokenSource _stop = new();
        private readonly Lock _lock = new();
        private readonly Dictionary<string, int> _answers = [];
        private readonly List<string> _failures = [];
        private readonly List<(string Instance, int Count, TaskCompletionSource Reached)> _waits = [];
        private readonly Task _running;

        public CalculatorLoad(Muster.Client.MusterClient muster)
        {
            _invoker = new HttpMessageInvoker(new MusterHandler(muster, new BalancingOptions { Policy = PolicyNames.RoundRobin }));
            _client = new GrpcClient(_invoker, new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
            _running = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync)));
        }

        public IReadOnlyList<string> Failures => _failures;

        /// <summary>Waits until an instance has answered so many more calls.</summary>
        public async Task AnsweredByAsync(string instance, int more)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                _waits.Add((instance, _answers.GetValueOrDefault(instance) + more, reached));
            }

            await reached.Task.WaitAsync(ChildProcess.WaitMax);
        }

        public Task StopAsync()
        {
            _stop.Cancel();
            return _running;
        }

        public void Dispose()
        {
            _stop.Cancel();
            _running.GetAwaiter().GetResult();
            _invoker.Dispose();
            _stop.Dispose();
        }

        private async Task CallAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    var response = await _client.UnaryAsync(
                        CalculatorMethods.Add, new CalculatorRequest { A = 2, B = 3 }, new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(10) });
                    Count(response.ServedBy);
                }
                catch (RpcException error)
                {
                    lock (_lock)
                    {
                        _failures.Add(error.Message);
                    }
                }
            }
        }

        private void Count(string instance)
        {
            lock (_lock)
            {
                var count = _answers[instance] = _answers.GetValueOrDefault(instance) + 1;
                foreach (var wait in _waits.Where(wait => wait.Instance == instance && count >= wait.Count))
                {
                    wait.Reached.TrySetResult();
                }
            }
        }
    }
}
