using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Muster.Bench.LoadDriver.Reports;

/// <summary>A table of figures beside those of something else, for people and as JSON.</summary>
/// <param name="other">What Muster is compared with, in one word.</param>
/// <param name="rounds">How many rounds each row had.</param>
/// <param name="rows">The figures.</param>
internal sealed class Comparison(string other, int rounds, IReadOnlyList<ComparedRow> rows)
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true };

    /// <summary>Whether every row that has an aim meets it.</summary>
    public bool IsMet => rows.All(r => r.IsMet != false);

    public void Print(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Medians of {rounds} alternating rounds (min to max), {Environment.ProcessorCount} cores, commit {Commit.OfSource()}."));
        var width = rows.Max(r => r.Name.Length);
        output.WriteLine($"{"".PadRight(width)}  {"muster",30}  {other,30}  {"ratio",18}  {"driver cores",12}  {"server cores",12}  aim");
        foreach (var row in rows)
        {
            var verdict = row.IsMet switch { true => "met", false => "MISSED", null => "" };
            output.WriteLine(
                $"{row.Name.PadRight(width)}  {Text(row.Muster),30}  {(row.IsAlone ? "-" : Text(row.OtherFigure)),30}  {(row.IsAlone ? "-" : Ratio(row.Ratio)),18}  {Cores(row.DriverCores),12}  {Cores(row.ServerCores),12}  {row.Aim?.ToString() ?? "-"} {verdict}");
        }
    }

    public string ToJson()
    {
        var list = new JsonArray();
        foreach (var row in rows)
        {
            var (side, of) = (row.Side ?? "muster", row.Other ?? other);
            var entry = new JsonObject { ["row"] = row.Name };
            AddSpread(entry, side, row.Muster, 1);
            if (!row.IsAlone)
            {
                AddSpread(entry, of, row.OtherFigure, 1);
                AddSpread(entry, "ratio", row.Ratio, 3);
            }

            entry["aim"] = row.Aim?.ToString();
            entry["met"] = row.IsMet;
            AddCores(entry, "driver", of, row.DriverCores);
            AddCores(entry, "server", of, row.ServerCores);
            list.Add(entry);
        }

        return new JsonObject
        {
            ["rows"] = list,
            ["rounds"] = rounds,
            ["cores"] = Environment.ProcessorCount,
            ["system"] = RuntimeInformation.OSDescription,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["commit"] = Commit.OfSource(),
        }.ToJsonString(s_format);
    }

    private static string Text(Spread spread) =>
        string.Create(CultureInfo.InvariantCulture, $"{spread.Median:#,0.#} ({spread.Min:#,0.#} to {spread.Max:#,0.#})");

    private static string Ratio(Spread spread) =>
        string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0.00} ({spread.Min:0.00}-{spread.Max:0.00})");

    private static void AddSpread(JsonObject entry, string name, Spread spread, int digits)
    {
        entry[name] = Math.Round(spread.Median, digits);
        entry[$"{name}_min"] = Math.Round(spread.Min, digits);
        entry[$"{name}_max"] = Math.Round(spread.Max, digits);
    }

    private static void AddCores(JsonObject entry, string whose, string other, (double Muster, double Other)? cores)
    {
        if (cores is { } busy)
        {
            entry[$"muster_{whose}_cores"] = Math.Round(busy.Muster, 2);
            entry[$"{other}_{whose}_cores"] = Math.Round(busy.Other, 2);
        }
    }

    private static string Cores((double Muster, double Other)? busy) => busy is { } cores
        ? string.Create(CultureInfo.InvariantCulture, $"{cores.Muster:0.00} / {cores.Other:0.00}")
        : "-";
}
