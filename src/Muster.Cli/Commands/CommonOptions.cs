using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Muster.Cli.Commands;

/// <summary>What several commands share.</summary>
internal static class CommonOptions
{
    public static readonly JsonSerializerOptions JsonFormat = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // For terminals and programs, not for web pages: a quote may stay a quote.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Option<string?> Registry() => new("--registry")
    {
        Description = "The registry, host:port; also written -registry=host:port. Environment: REGISTRY_ADDR. Default: localhost:5000. Flags win over environment, environment over defaults.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON instead of a table." };

    /// <summary>A table without lines, so that it reads well and cuts well.</summary>
    public static Table PlainTable(params string[] columns)
    {
        if (Console.IsOutputRedirected)
        {
            // A pipe has no width: without this, lines would be cut at 80 columns on their way to grep.
            AnsiConsole.Profile.Width = 10_000;
        }

        var table = new Table().NoBorder();
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column).NoWrap().PadRight(2));
        }

        return table;
    }
}
