using System.CommandLine;

namespace Muster.Samples.Shared.Settings;

/// <summary>Runs a command, and turns what goes wrong into a sentence on stderr and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (var error in result.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync("--help lists what is allowed.");
            return ExitCodes.Usage;
        }

        try
        {
            // Signals belong to the program: a provider drains on them, the demo takes its children along.
            return await result.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (SettingException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCodes.Usage;
        }
    }

    /// <summary>Sets what the command does, given its settings.</summary>
    public static void SetAction(this Command command, Func<SettingReader, CancellationToken, Task<int>> action) =>
        command.SetAction((ParseResult result, CancellationToken cancellationToken) =>
            action(new SettingReader(result, Environment.GetEnvironmentVariable), cancellationToken));

    /// <summary>Adds settings to the command.</summary>
    public static void Add(this Command command, params ReadOnlySpan<Setting> settings)
    {
        foreach (var setting in settings)
        {
            command.Options.Add(setting.Option);
        }
    }
}
