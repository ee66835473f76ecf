using Muster.Client;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>The programs as a person at a keyboard meets them.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class TerminalTests
{
    [Fact]
    public async Task FaultKeys_UnregisterRegisterQuit_AreSeenByCallers()
    {
        await using var system = await TestSystem.StartAsync();
        await using var muster = system.Connect();
        await using var echo = ChildProcess.StartOnTerminal(
            "dotnet", [Programs.PathOf("Echo", "muster-echo"), "--id", "echo-1", "--registry", system.Registry, "--address", "127.0.0.1"]);
        await echo.WaitForLineAsync("Registered echo as echo-1");
        await SeesAsync(muster, view => view.Instances.Any(i => i.Status == InstanceStatus.Healthy));

        echo.Type("u");
        await SeesAsync(muster, view => view.Instances.Any(i => i.Status == InstanceStatus.Out));
        await echo.WaitForLineAsync("Unregistered");
        echo.Type("r");
        await SeesAsync(muster, view => view.Instances.Any(i => i.Status == InstanceStatus.Healthy));
        await echo.WaitForLineAsync("Registered again");
        echo.Type("q");

        Assert.Equal(0, await echo.ExitAsync());
        await SeesAsync(muster, view => view.Instances.IsEmpty);
    }

    [Fact]
    public async Task Client_MenuEntryChosen_ShowsTheListAndWhoAnswered()
    {
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Worker", "worker-1");
        await using var client = ChildProcess.StartOnTerminal(
            "dotnet", [Programs.PathOf("Shell", "muster-shell"), "--registry", system.Registry]);
        await client.WaitForLineAsync("worker-1-increment");
        await client.WaitForLineAsync("Quit");

        // The first entry is the sum; its two questions are answered ahead.
        client.Type("\r2\r3\r");

        await client.WaitForLineAsync("from worker-1-sum");
    }

    [Fact]
    public async Task Demo_KeysKillAndQuit_EndsWithoutALostCall()
    {
        await using var demo = ChildProcess.StartOnTerminal("dotnet", [Programs.PathOf("Demo", "muster-demo")]);
        await demo.WaitForLineAsync("q quit");

        demo.Type("k");
        await demo.WaitForLineAsync("with SIGKILL.");
        demo.Type("q");

        Assert.True(await demo.ExitAsync() == 0, demo.Transcript);
        Assert.Contains(" 0 failed; ", demo.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_ProcessFrozenAndLetGoOn_LosesNoCall()
    {
        await using var demo = ChildProcess.StartOnTerminal("dotnet", [Programs.PathOf("Demo", "muster-demo")]);
        await demo.WaitForLineAsync("q quit");

        demo.Type("f");
        await demo.WaitForLineAsync("stands still (SIGSTOP)");
        // What it held up was sent elsewhere, and it is kept from calls.
        await demo.WaitForLineAsync("opened: ");
        demo.Type("f");
        await demo.WaitForLineAsync("goes on (SIGCONT)");
        demo.Type("q");

        Assert.True(await demo.ExitAsync() == 0, demo.Transcript);
        Assert.Contains(" 0 failed; ", demo.Transcript, StringComparison.Ordinal);
    }

    private static async Task SeesAsync(MusterClient muster, Func<ServiceView, bool> wanted)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = muster.Directory.Watch(ServiceKey.Default("echo"));
        watch.Changed += Look;
        try
        {
            Look(watch.Current);
            await seen.Task.WaitAsync(ChildProcess.WaitMax);
        }
        finally
        {
            watch.Changed -= Look;
        }

        void Look(ServiceView view)
        {
            if (wanted(view))
            {
                seen.TrySetResult();
            }
        }
    }
}
