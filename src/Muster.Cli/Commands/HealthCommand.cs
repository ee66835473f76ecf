using System.CommandLine;

namespace Muster.Cli.Commands;

/// <summary><c>muster health</c>: for container health checks, where no other HTTP client is at hand.</summary>
internal static class HealthCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url")
        {
            Description = "What to ask. Default: http://localhost:5001/readyz.",
            DefaultValueFactory = _ => "http://localhost:5001/readyz",
        };
        var command = new Command("health", "Exit with 0 if a registry node answers that it is ready, with 1 if not.") { url };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(Read(parsed.GetValue(url)!), cancellationToken)));
        return command;
    }

    private static Uri Read(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new UsageException($"--url is '{text}': an http or https URL is needed, as in http://localhost:5001/readyz.");

    private static async Task<int> RunAsync(Uri url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            Console.WriteLine((await response.Content.ReadAsStringAsync(cancellationToken)).TrimEnd());
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"{url} did not answer within 3 s.");
            return 1;
        }
    }
}
