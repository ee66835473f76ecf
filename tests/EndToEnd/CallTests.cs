using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>The samples called from the command line: what a script gets to see.</summary>
public sealed class CallTests
{
    [Fact]
    public async Task Call_EachService_PrintsTheResultAlone()
    {
        await using var system = await TestSystem.StartAsync();
        await using var redis = await RedisServer.StartRedisAsync();
        await system.StartAsync("Calculator", "calculator-1");
        await system.StartAsync("Echo", "echo-1");
        await system.StartAsync("Rest", "rest-1");
        await system.StartAsync("Worker", "worker-1", "--redis", redis.Address);

        Assert.Equal("5", await OutputAsync(system, "calculator", "add", "2", "3"));
        Assert.Equal("-0.5", await OutputAsync(system, "calculator", "divide", "-1", "2"));
        Assert.Equal("1", await OutputAsync(system, "sum", "-2", "3"));
        Assert.Equal("hello there", await OutputAsync(system, "echo", "hello", "there"));
        Assert.Equal("Hello, Ann.", await OutputAsync(system, "rest", "Ann"));
        Assert.Equal("1", await OutputAsync(system, "increment"));
        Assert.Equal("2\n3\n4", await OutputAsync(system, "increment", "--count", "3"));
        Assert.Equal("4", await OutputAsync(system, "get"));
        Assert.Equal("1", await OutputAsync(system, "increment", "--counter", "muster:other"));
    }

    [Fact]
    public async Task Call_Verbose_SaysOnStderrWhoAnswered()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "calculator-1");

        var one = await system.CallAsync("calculator", "add", "2", "3", "--verbose", "--policy", "round_robin");
        var several = await system.CallAsync("calculator", "add", "2", "3", "--verbose", "--count", "4");

        Assert.Equal("5", one.Output);
        Assert.Contains("answered by calculator-1 in", one.Transcript, StringComparison.Ordinal);
        Assert.Contains("(round_robin)", one.Transcript, StringComparison.Ordinal);
        Assert.Equal("5\n5\n5\n5", several.Output);
        Assert.Contains("calculator-1: 4 calls, 100.0 %", several.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_SelectorSplitAffinityAndShadow_ChooseAsTheySay()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "calculator-1", "--metadata", "version=1");
        await system.StartAsync("Calculator", "calculator-2", "--metadata", "version=2,canary=true");

        Assert.Contains("calculator-2: 20 calls", await SpreadAsync(system, "--selector", "version=2"), StringComparison.Ordinal);
        Assert.Contains("calculator-2: 20 calls", await SpreadAsync(system, "--split", "canary=true:100"), StringComparison.Ordinal);
        Assert.Contains("calculator-1: 20 calls", await SpreadAsync(system, "--split", "canary=true:0"), StringComparison.Ordinal);
        Assert.Matches("calculator-[12]: 20 calls", await SpreadAsync(system, "--policy", "rendezvous", "--affinity", "user-17"));
        Assert.Matches(
            "the shadow policy would have chosen the same instance [0-9]+ of [0-9]+ times",
            await SpreadAsync(
                system, "--policy", "round_robin", "--shadow", "least_request", "--hedge", "--attempt-timeout", "2", "--no-retries", "--caller", "0/1",
                "--out-of-band", "0.1"));
    }

    [Fact]
    public async Task Call_Zone_PrefersItsOwn()
    {
        await using var system = await TestSystem.StartAsync();
        // Zones matter from six instances on.
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => system.StartAsync(
            "Calculator", FormattableString.Invariant($"{(i < 3 ? "here" : "there")}-{i}"), "--zone", i < 3 ? "a" : "b")));

        var spread = await SpreadAsync(system, "--zone", "a", "--count", "100");

        var stayed = Regex.Matches(spread, "here-[0-9]: ([0-9]+) calls").Sum(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
        // 97 on average; without a zone 50, and 75 once in a million times.
        Assert.InRange(stayed, 80, 100);
    }

    [Fact]
    public async Task Call_Json_PrintsAnObjectPerCall()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Echo", "echo-1");

        var result = await system.CallAsync("echo", "hello", "--json", "--count", "2");

        var lines = result.Output.Split('\n');
        Assert.Equal(2, lines.Length);
        using var json = JsonDocument.Parse(lines[1]);
        Assert.Equal("hello", json.RootElement.GetProperty("result").GetString());
        Assert.Equal("echo-1", json.RootElement.GetProperty("served_by").GetString());
        Assert.Equal("weighted_random", json.RootElement.GetProperty("policy").GetString());
        Assert.True(json.RootElement.GetProperty("milliseconds").GetDouble() > 0);
    }

    [Fact]
    public async Task Call_ServiceRefuses_GoesToStderrWithExitCode1()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "calculator-1");

        var result = await system.CallAsync("calculator", "divide", "7", "0");

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("INVALID_ARGUMENT: b is 0: 7 cannot be divided by it.", result.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_NobodyOffersTheService_SaysWhichWithExitCode1()
    {
        await using var system = await TestSystem.StartAsync();

        var result = await system.CallAsync("echo", "hello");

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("echo", result.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_NoRegistry_NamesItsAddressWithExitCode1()
    {
        var address = FormattableString.Invariant($"127.0.0.1:{FreePort.Next()}");

        await using var call = Programs.Start("Shell", "muster-shell", "call", "echo", "hello", "--registry", address);

        Assert.Equal(1, await call.ExitAsync());
        Assert.Empty(call.StandardOutput);
        Assert.Contains(address, call.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a is 'x': a whole number from", "sum", "x", "3")]
    [InlineData("b is '9223372036854775808': a whole number from", "sum", "1", "9223372036854775808")]
    [InlineData("--policy is 'best': one of adaptive,", "sum", "1", "2", "--policy", "best")]
    [InlineData("--count is '0': a whole number from 1 to 1000000 is needed.", "sum", "1", "2", "--count", "0")]
    [InlineData("--selector is '=': ", "sum", "1", "2", "--selector", "=")]
    [InlineData("--split is 'canary=true': a selector and a percentage from 0 to 100 are needed, as in canary=true:5.", "sum", "1", "2", "--split", "canary=true")]
    [InlineData("--split is 'canary=true:101': a selector", "sum", "1", "2", "--split", "canary=true:101")]
    [InlineData("--subset is '0': a whole number from 1 to 100000 is needed.", "sum", "1", "2", "--subset", "0")]
    [InlineData("--caller is '3/3': two whole numbers are needed", "sum", "1", "2", "--caller", "3/3")]
    [InlineData("--caller is '1': two whole numbers are needed", "sum", "1", "2", "--caller", "1")]
    [InlineData("--attempt-timeout is '0':", "sum", "1", "2", "--attempt-timeout", "0")]
    [InlineData("--out-of-band is '0': a number of seconds from 0.1 to 600 is needed", "sum", "1", "2", "--out-of-band", "0")]
    [InlineData("--shadow is 'best': one of adaptive,", "sum", "1", "2", "--shadow", "best")]
    [InlineData("--registry is 'nowhere': a port is needed", "sum", "1", "2", "-registry=nowhere")]
    public async Task Call_BadCommandLine_NamesValueAndBoundWithExitCode2(string message, params string[] arguments)
    {
        await using var call = Programs.Start("Shell", "muster-shell", ["call", .. arguments]);

        Assert.Equal(2, await call.ExitAsync());
        Assert.Empty(call.StandardOutput);
        Assert.Contains(message, call.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_RedisIsAway_IsUnavailableInTime()
    {
        await using var system = await TestSystem.StartAsync();
        var address = FormattableString.Invariant($"127.0.0.1:{FreePort.Next()}");
        await system.StartAsync("Worker", "worker-1", "--redis", address);

        var increment = await system.CallAsync("increment");
        var sum = await system.CallAsync("sum", "2", "3");

        Assert.Equal((1, ""), (increment.ExitCode, increment.Output));
        Assert.Contains($"UNAVAILABLE: Redis at {address} does not answer", increment.Transcript, StringComparison.Ordinal);
        Assert.Equal("5", sum.Output);
    }

    [Fact]
    public async Task CallByReflection_FindsWhoOffersTheMethod()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "calculator-1");
        await system.StartAsync("Rest", "rest-1");

        var found = await system.CommandAsync(
            "call",
            "muster.samples.v1.CalculatorService/Add", """{"a": 2, "b": 3}""", "--json", "--count", "2", "--verbose");
        var named = await system.CommandAsync(
            "call",
            "muster.samples.v1.CalculatorService/Divide", """{"a": 1, "b": 0}""", "--service", "calculator");
        var registry = await system.CommandAsync(
            "call",
            "muster.v1.Registry/ListServices", "--json", "--address", system.Registry);

        Assert.Equal(
            """{"result":5,"servedBy":"calculator-1"}""" + "\n" + """{"result":5,"servedBy":"calculator-1"}""", found.Output);
        Assert.Contains("OK from service calculator in", found.Transcript, StringComparison.Ordinal);
        Assert.Contains("header muster-instance: calculator-1", found.Transcript, StringComparison.Ordinal);
        Assert.Equal((1, ""), (named.ExitCode, named.Output));
        Assert.Contains("b is 0: 1 cannot be divided by it.", named.Transcript, StringComparison.Ordinal);
        Assert.Contains("\"service\":\"calculator\"", registry.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "target is 'Registry': it is written some.package.Service/Method.", "Registry")]
    [InlineData(2, "The message is not JSON:", "muster.v1.Registry/ListServices", "{")]
    [InlineData(2, "takes one message, and 2 were given.", "muster.v1.Registry/ListServices", "{}", "{}")]
    [InlineData(2, "name: muster.v1.ListServicesRequest has no such field. It has: namespace, minRevision.", "muster.v1.Registry/ListServices", "{\"name\":1}")]
    [InlineData(2, "--metadata is 'x': it is written key=value.", "muster.v1.Registry/ListServices", "--metadata", "x")]
    [InlineData(2, "--timeout is 0: 0.01 to 3600 are allowed.", "muster.v1.Registry/ListServices", "--timeout", "0")]
    [InlineData(2, "--address is 'nowhere':", "muster.v1.Registry/ListServices", "--address", "nowhere")]
    [InlineData(1, "muster.v1.Registry has no method 'List'. It has: Register,", "muster.v1.Registry/List")]
    [InlineData(1, "says that it offers 'no.such.Service'", "no.such.Service/Method")]
    [InlineData(1, "There is no service 'no.such.Service'. The server offers: grpc.health.v1.Health,", "no.such.Service/Method", "--address", "REGISTRY")]
    public async Task CallByReflection_WhatDoesNotFit_SaysWhatWould(int exitCode, string message, params string[] arguments)
    {
        await using var system = await TestSystem.StartAsync();

        var result = await system.CommandAsync(["call", .. arguments.Select(a => a == "REGISTRY" ? system.Registry : a)]);

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Contains(message, result.Transcript, StringComparison.Ordinal);
    }

    private static async Task<string> SpreadAsync(TestSystem system, params string[] how)
    {
        var result = await system.CallAsync(["calculator", "add", "2", "3", "--verbose", .. how.Contains("--count") ? how : [.. how, "--count", "20"]]);
        Assert.True(result.ExitCode == 0, result.Transcript);
        return result.Transcript;
    }

    private static async Task<string> OutputAsync(TestSystem system, params string[] arguments)
    {
        var result = await system.CallAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Transcript);
        Assert.Equal(result.Output, result.Transcript);
        return result.Output;
    }
}
