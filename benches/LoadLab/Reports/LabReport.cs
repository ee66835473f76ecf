using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Reports;

/// <summary>All rows of a run, as JSON and for people.</summary>
internal sealed class LabReport(Scale scale, IReadOnlyList<ulong> seeds, IReadOnlyList<LabPart> parts)
{
    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public IReadOnlyList<LabPart> Parts => parts;

    /// <summary>What an interruption kept from being finished: scenario and seed.</summary>
    public IReadOnlyList<string> Unfinished { get; init; } = [];

    /// <summary>Whether every row that has an aim meets it.</summary>
    public bool IsMet => parts.SelectMany(p => p.Rows).All(r => r.IsMet != false);

    /// <summary>What was run where.</summary>
    public string Caption => string.Create(CultureInfo.InvariantCulture,
        $"`./bench balancing`, commit {Commit.OfSource()}. Medians of {seeds.Count} seed{(seeds.Count == 1 ? "" : "s")} (smallest–largest), {scale.Requests:#,0} requests per point after {scale.WarmUp.TotalSeconds:0} s of warm-up, all on virtual time.{(Unfinished.Count == 0 ? "" : $" INTERRUPTED: {Unfinished.Count} runs are missing.")}");

    public string ToJson()
    {
        var list = new JsonArray();
        foreach (var row in parts.SelectMany(p => p.Rows))
        {
            list.Add(new JsonObject
            {
                ["scenario"] = row.Scenario,
                ["figure"] = row.Figure,
                ["policy"] = row.Policy,
                ["value"] = Number(row.Value.Median),
                ["min"] = Number(row.Value.Min),
                ["max"] = Number(row.Value.Max),
                ["aim"] = row.Aim?.ToString(),
                ["met"] = row.IsMet,
            });
        }

        return new JsonObject
        {
            ["rows"] = list,
            ["unfinished"] = new JsonArray([.. Unfinished.Select(u => JsonValue.Create(u))]),
            ["seeds"] = new JsonArray([.. seeds.Select(s => JsonValue.Create(s))]),
            ["requests"] = scale.Requests,
            ["warm_up_s"] = scale.WarmUp.TotalSeconds,
            ["cores"] = Environment.ProcessorCount,
            ["system"] = RuntimeInformation.OSDescription,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["commit"] = Commit.OfSource(),
        }.ToJsonString(s_format);
    }

    // JSON has no word for what could not be measured but null.
    private static JsonValue? Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(double.Parse(Rounded(value), CultureInfo.InvariantCulture)) : null;

    private static string Rounded(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
