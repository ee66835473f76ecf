using System.Text.Json;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.EndToEnd.Processes;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd;

/// <summary>Processes that leave in every way, and what the command says of them afterwards.</summary>
public sealed class WhyTests
{
    [Fact]
    public async Task Why_Killed_SaysThatTheConnectionBroke()
    {
        await using var system = await TestSystem.StartAsync();
        var calculator = await system.StartAsync("Calculator", "calculator-1", "--ttl", "1");

        calculator.Signal("KILL");
        await GoneAsync(system, "calculator-1");

        var why = await WhyAsync(system, "calculator-1");
        Assert.Matches(@"^calculator-1 of service calculator left \d+\.\d s ago \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d\)\.", why);
        Assert.Contains("Its connection broke and did not come back within its TTL", why, StringComparison.Ordinal);
        Assert.Matches(@"TTL 1 s, its session stream was lost \d\.\d s ago, provider 'calculator/\d+'", why);
    }

    [Fact]
    public async Task Why_Terminated_SaysThatItsOwnerDrainedAndDeregisteredIt()
    {
        await using var system = await TestSystem.StartAsync();
        var calculator = await system.StartAsync("Calculator", "calculator-1");

        calculator.Signal("TERM");
        Assert.Equal(0, await calculator.ExitAsync());

        var why = await WhyAsync(system, "calculator-1");
        Assert.Contains("It left by itself: its owner deregistered it", why, StringComparison.Ordinal);
        Assert.Contains("after it had announced that it drains", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_FrozenUntilItsLeaseLapsed_SaysThatItFellSilent()
    {
        await using var system = await TestSystem.StartAsync();
        var calculator = await system.StartAsync("Calculator", "calculator-1", "--ttl", "1");

        calculator.Signal("STOP");
        await GoneAsync(system, "calculator-1");

        var why = await WhyAsync(system, "calculator-1");
        Assert.Contains("It fell silent: no heartbeat came for its whole TTL", why, StringComparison.Ordinal);
        Assert.Contains("its session stream was open", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_Superseded_NamesTheSuccessorAndTheOldProcessStaysAway()
    {
        await using var system = await TestSystem.StartAsync();
        var old = await system.StartAsync("Calculator", "old", "--ttl", "8");
        var address = (await system.ViewAsync("calculator", v => v.Instances.Length == 1)).Instances[0].Record.Address;

        old.Signal("STOP");
        await system.ViewAsync("calculator", v => v.Instances.Any(i => i.Id == "old" && i.Status == InstanceStatus.Timeout));
        await system.StartAsync("Calculator", "new", "--address", address);
        old.Signal("CONT");

        await old.WaitForLineAsync("Another process took the place of calculator old; it stays unregistered.");
        var why = await WhyAsync(system, "old");
        Assert.Contains("Another registration took its place", why, StringComparison.Ordinal);
        Assert.Contains($"'new' registered {address}", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_SupersededWhileItStandsStill_SaysThatItDidNotAnswerAPing()
    {
        await using var system = await TestSystem.StartAsync();
        // Half of this TTL is longer than the test waits for anything: only the ping can show that the process hangs.
        var old = await system.StartAsync("Calculator", "old", "--ttl", "300");
        var address = (await system.ViewAsync("calculator", v => v.Instances.Length == 1)).Instances[0].Record.Address;

        old.Signal("STOP");
        await system.StartAsync("Calculator", "new", "--address", address);
        old.Signal("CONT");

        await old.WaitForLineAsync("Another process took the place of calculator old; it stays unregistered.");
        var why = await WhyAsync(system, "old");
        Assert.Contains($"'new' registered {address}, and this one did not answer a ping within 0.5 s; ", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_AddressOfALivingProcess_IsRefusedAndNamesTheHolderAndMyAddr()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "old");
        var address = (await system.ViewAsync("calculator", v => v.Instances.Length == 1)).Instances[0].Record.Address;

        await using var newcomer = Programs.Start(
            "Calculator", "muster-calculator", "--id", "new", "--registry", system.Registry, "--address", address);

        var refused = await newcomer.WaitForLineAsync("is held by living instance 'old'");
        Assert.Contains("set MY_ADDR", refused, StringComparison.Ordinal);
        Assert.Equal("old", (await system.ViewAsync("calculator", v => v.Instances.Length == 1)).Instances[0].Id);
    }

    [Fact]
    public async Task Remove_GivesTheReasonToHistoryAndProcessWhichStaysAway()
    {
        await using var system = await TestSystem.StartAsync();
        var calculator = await system.StartAsync("Calculator", "calculator-1");

        var remove = await system.CommandAsync("remove", "calculator-1", "--reason", "bad build");

        Assert.True(remove.ExitCode == 0, remove.Transcript);
        await calculator.WaitForLineAsync("An operator removed calculator calculator-1; it stays unregistered.");
        var why = await WhyAsync(system, "calculator-1");
        Assert.Contains("An operator removed it.", why, StringComparison.Ordinal);
        Assert.Contains("bad build", why, StringComparison.Ordinal);
        Assert.Contains(Environment.MachineName, why, StringComparison.Ordinal);
        Assert.Equal("[]", (await system.CommandAsync("instances", "calculator", "--json")).Output);
        var history = await system.CommandAsync("history", "calculator");
        Assert.Matches(@"calculator-1 +127\.0\.0\.1:\d+ +OPERATOR +operator '", history.Output);
    }

    [Fact]
    public async Task Drain_CallersAcknowledge_ReturnsAndInEndsIt()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "calculator-1");
        await using var muster = system.Connect();
        await TestSystem.SeesAsync(muster, "calculator", 1);

        var drain = await system.CommandAsync("drain", "calculator-1");

        Assert.True(drain.ExitCode == 0, drain.Transcript);
        Assert.Contains("All callers that watch the service have acknowledged: 1.", drain.Output, StringComparison.Ordinal);
        // Not seen later: acknowledged means that it is so already.
        Assert.Equal(InstanceStatus.Draining, muster.Directory.Watch(ServiceKey.Default("calculator")).Current.Instances.Single().Status);
        var why = await WhyAsync(system, "calculator-1");
        Assert.Contains("is listed, and is DRAINING.", why, StringComparison.Ordinal);
        Assert.Contains("asked for DRAINING", why, StringComparison.Ordinal);

        Assert.Equal(0, (await system.CommandAsync("in", "calculator-1")).ExitCode);
        await TestSystem.SeesAsync(muster, "calculator", 1);
        Assert.Contains("is listed, and is HEALTHY.", await WhyAsync(system, "calculator-1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Out_RegistryAndProviderRestart_IsOutAndRemembersUntilIn()
    {
        using var data = new TemporaryDirectory();
        await using var system = await TestSystem.StartAsync(data.Path);
        var calculator = await system.StartAsync("Calculator", "calculator-1", "--ttl", "1");
        Assert.Equal(0, (await system.CommandAsync("out", "calculator-1")).ExitCode);
        calculator.Signal("KILL");
        await GoneAsync(system, "calculator-1");

        await system.RestartRegistryAsync();
        Assert.Contains("Its connection broke", await WhyAsync(system, "calculator-1"), StringComparison.Ordinal);
        await system.StartAsync("Calculator", "calculator-1");

        var why = await WhyAsync(system, "calculator-1");
        Assert.Contains("is listed, and is OUT.", why, StringComparison.Ordinal);
        Assert.Contains("It stays out, whatever its owner announces, until an operator says: ./muster in calculator-1", why, StringComparison.Ordinal);
        Assert.Equal(0, (await system.CommandAsync("in", "calculator-1")).ExitCode);
        Assert.Contains("is listed, and is HEALTHY.", await WhyAsync(system, "calculator-1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Breakers_CallerSendsNoCalls_NamesItAndWhySaysSo()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "calculator-1");
        Assert.Contains("No caller that watches here", (await system.CommandAsync("breakers")).Output, StringComparison.Ordinal);
        await using var caller = system.Connect();
        await using var watch = caller.Registry.Streaming(RegistryMethods.Watch);
        await watch.WriteAsync(new WatchRequest { Subscribe = new Subscribe { Service = "calculator", Client = "shop" } });
        await watch.WriteAsync(new WatchRequest
        {
            CallStatistics = new CallStatistics
            {
                Service = "calculator", InstanceId = "calculator-1", Calls = 1000, Failures = 7,
                Breaker = Protocol.V1.BreakerState.Open, BreakerReason = "5 failures in a row", NextTrialMs = 3_600_000,
            },
        });
        // Handled before this is refused, which is answered.
        await watch.WriteAsync(new WatchRequest { CallStatistics = new CallStatistics { Service = "another", InstanceId = "x" } });
        while ((await watch.ReadAsync())!.StatisticsFault is null)
        {
        }

        var breakers = await system.CommandAsync("breakers", "calculator");
        var json = await system.CommandAsync("breakers", "--json");
        var why = await WhyAsync(system, "calculator-1");

        Assert.Matches(@"calculator +calculator-1 +OPEN +\d+\.\d s +in (59 min \d+ s|1 h 0 min) +5 failures in a row +shop at 127\.0\.0\.1:\d+", breakers.Output);
        using var document = JsonDocument.Parse(json.Output);
        var tripped = document.RootElement[0].GetProperty("calls").GetProperty("tripped")[0];
        Assert.Equal(("OPEN", 7ul), (tripped.GetProperty("state").GetString(), tripped.GetProperty("failures").GetUInt64()));
        Assert.Contains("One caller has told of its calls to it: 7 of 1,000 failed; within the last minute 7 of 1,000 failed.", why, StringComparison.Ordinal);
        Assert.Matches(@"The breaker of caller 'shop at 127\.0\.0\.1:\d+' is OPEN for it since \d+\.\d s: 5 failures in a row\. It tries one call in ", why);
        Assert.Contains("No caller", (await system.CommandAsync("breakers", "echo")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_IdInTwoServices_NamesThemAndServiceChooses()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "twin");
        await system.StartAsync("Echo", "twin");

        var unclear = await system.CommandAsync("why", "twin");
        var echo = await system.CommandAsync("why", "twin", "--service", "echo", "--json");
        var unknown = await system.CommandAsync("why", "nobody");

        Assert.Equal((2, ""), (unclear.ExitCode, unclear.Output));
        Assert.Contains("several services have one (calculator, echo); choose one with --service.", unclear.Transcript, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(echo.Output);
        Assert.Equal("echo", json.RootElement.GetProperty("service").GetString());
        Assert.Equal("HEALTHY", json.RootElement.GetProperty("status").GetString());
        Assert.Equal((1, ""), (unknown.ExitCode, unknown.Output));
        Assert.Equal("instance is 'nobody': no service lists it, and no removal of it is remembered.", unknown.Transcript);
    }

    [Theory]
    [InlineData("why")]
    [InlineData("history")]
    [InlineData("breakers")]
    [InlineData("out")]
    [InlineData("in")]
    [InlineData("drain")]
    [InlineData("remove")]
    public async Task Help_EachCommand_NamesItsOptions(string command)
    {
        await using var help = Programs.Start("Muster.Cli", "muster-cli", command, "--help");

        Assert.Equal(0, await help.ExitAsync());
        Assert.Contains("--registry", help.Transcript, StringComparison.Ordinal);
        Assert.Contains("--json", help.Transcript, StringComparison.Ordinal);
    }

    private static async Task<string> WhyAsync(TestSystem system, string id)
    {
        var why = await system.CommandAsync("why", id);
        Assert.True(why.ExitCode == 0, why.Transcript);
        return why.Output;
    }

    private static Task<ServiceView> GoneAsync(TestSystem system, string id) => system.ViewAsync("calculator", v => v.Instances.All(i => i.Id != id));
}
