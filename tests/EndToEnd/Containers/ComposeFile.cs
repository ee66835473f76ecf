using System.Text.Json;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Containers;

/// <summary>deploy/compose.yaml, read by a real YAML reader: anchors and merges are part of what can be wrong.</summary>
internal static class ComposeFile
{
    private const string ToJson = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";

    /// <summary>The services by name; skips the test where no Python with PyYAML is.</summary>
    public static async Task<Dictionary<string, JsonElement>> ReadServicesAsync()
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(python), "There is no Python (Debian: apt-get install python3-yaml).");
        await using var reader = ChildProcess.Start(python, ["-c", ToJson, Path.Combine(Programs.Root, "deploy", "compose.yaml")]);
        var code = await reader.ExitAsync();
        Assert.SkipWhen(reader.Transcript.Contains("No module named 'yaml'", StringComparison.Ordinal), "PyYAML is missing (Debian: apt-get install python3-yaml).");
        Assert.True(code == 0, reader.Transcript);
        using var json = JsonDocument.Parse(reader.Transcript);
        return json.RootElement.GetProperty("services").EnumerateObject().ToDictionary(s => s.Name, s => s.Value.Clone());
    }
}
