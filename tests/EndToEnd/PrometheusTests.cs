using System.Globalization;
using System.Text.Json.Nodes;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>The real Prometheus finds its targets through the registry.</summary>
public sealed class PrometheusTests
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task HttpServiceDiscovery_FindsWhatIsRegistered_AndRelabelsByTheLabels()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "prometheus")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "prometheus is not installed (Debian: apt-get install prometheus).");
        await using var system = await TestSystem.StartAsync();
        await system.StartAsync("Calculator", "calculator-1");
        await system.StartAsync("Echo", "echo-1");
        using var folder = new TemporaryDirectory();
        var configuration = Path.Combine(folder.Path, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, $$"""
            scrape_configs:
              - job_name: muster
                http_sd_configs:
                  - url: http://{{system.RegistryHttp}}/v1/sd/prometheus
                    refresh_interval: 1s
                relabel_configs:
                  - source_labels: [__meta_muster_service]
                    regex: calculator
                    action: keep
                  - source_labels: [__meta_muster_instance]
                    target_label: instance
            """);
        var port = FreePort.Next();
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        await using var prometheus = ChildProcess.Start(path!,
        [
            $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(folder.Path, "data")}", $"--web.listen-address={address}",
        ]);
        await prometheus.WaitForLineAsync("Server is ready to receive web requests");

        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(ChildProcess.WaitMax);
        JsonArray targets;
        do
        {
            await Task.Delay(s_look, limit.Token);
            var answer = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://{address}/api/v1/targets"), limit.Token))!;
            targets = answer["data"]!["activeTargets"]!.AsArray();
        }
        while (targets.Count == 0);

        var target = Assert.Single(targets)!;
        Assert.Equal("calculator-1", $"{target["labels"]!["instance"]}");
        Assert.Equal("default", $"{target["discoveredLabels"]!["__meta_muster_namespace"]}");
        Assert.StartsWith("http://127.0.0.1:", $"{target["scrapeUrl"]}", StringComparison.Ordinal);
    }
}
