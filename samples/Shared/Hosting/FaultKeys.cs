using Microsoft.Extensions.Hosting;
using Muster.AspNetCore;
using Muster.Core.Model;

namespace Muster.Samples.Shared.Hosting;

/// <summary>Keys that make a provider misbehave on purpose, or stop: <c>u</c>, <c>r</c>, <c>q</c>.</summary>
internal sealed class FaultKeys(IMusterRegistrations registrations, IHostApplicationLifetime lifetime, TextWriter output)
{
    /// <summary>Reads keys from the terminal until the program stops.</summary>
    public void Start()
    {
        output.WriteLine("Keys: u unregister, r register again, q stop cleanly.");
        // A thread of its own, in the background: reading a key blocks, and must not keep the process alive.
        new Thread(Read) { IsBackground = true, Name = "fault keys" }.Start();
    }

    /// <summary>Does what a key stands for; other keys do nothing.</summary>
    internal async Task PressAsync(char key)
    {
        switch (char.ToLowerInvariant(key))
        {
            case 'u':
                await SetIntentAsync(Intent.Out, "Unregistered: callers no longer choose this instance. r brings it back.");
                break;
            case 'r':
                await SetIntentAsync(Intent.Serving, "Registered again.");
                break;
            case 'q':
                lifetime.StopApplication();
                break;
            default:
                break;
        }
    }

    private async Task SetIntentAsync(Intent intent, string done)
    {
        try
        {
            foreach (var registration in registrations.All)
            {
                await registration.SetIntentAsync(intent, lifetime.ApplicationStopping);
            }

            await output.WriteLineAsync(done);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A key that fails must not end the program that it was meant to test.
            await output.WriteLineAsync($"That did not work: {error.Message}");
        }
    }

    private void Read()
    {
        try
        {
            while (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                _ = PressAsync(Console.ReadKey(intercept: true).KeyChar);
            }
        }
        catch (InvalidOperationException)
        {
            // The terminal went away; the program just runs on.
        }
    }
}
