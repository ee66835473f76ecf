using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Muster.Grpc;
using Muster.Samples.Shared.Calls;
using Muster.Samples.Shared.Settings;

namespace Muster.Samples.Shell;

/// <summary>Makes one call.</summary>
internal delegate Task<Answer> SampleCall(
    SampleClient client, SettingReader reader, string policy, CancellationToken cancellationToken);

/// <summary>Runs the calls of a command: results on stdout, one a line; all else on stderr.</summary>
internal sealed class CallRunner(ShellEnvironment environment, ClientSettings settings)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print an object a line: result, served_by, policy, milliseconds" };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Say on stderr who answered, how the calls spread, and how many attempts they took" };

    /// <summary>Gives a command the options that all calls share, and its action.</summary>
    public Command Prepare(Command command, string service, SampleCall call)
    {
        command.Description += $" {CommonSettings.Precedence}";
        command.Add(settings.Policy, settings.Count);
        settings.AddTo(command);
        command.Options.Add(_json);
        command.Options.Add(_verbose);
        command.SetAction((reader, cancellationToken) => RunAsync(service, call, reader, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(string service, SampleCall call, SettingReader reader, CancellationToken cancellationToken)
    {
        var policy = reader.Get(settings.Policy) ?? SamplePolicies.DefaultOf(service);
        var count = reader.Get(settings.Count);
        await using var muster = settings.Connect(reader, environment.TimeProvider);
        var tally = new AttemptTally();
        using var client = settings.Balancing.CreateClient(muster, reader.Get(settings.Timeout), reader, tally);
        var spread = new Spread();
        for (var i = 0; i < count; i++)
        {
            var started = environment.TimeProvider.GetTimestamp();
            try
            {
                var answer = await call(client, reader, policy, cancellationToken);
                var elapsed = environment.TimeProvider.GetElapsedTime(started);
                spread.Add(service, answer.ServedBy);
                await PrintAsync(answer, policy, elapsed, reader);
            }
            catch (RpcException error)
            {
                await environment.Error.WriteLineAsync(StatusText.Of(error));
                if (muster.Directory.SinceLastContact is null)
                {
                    await environment.Error.WriteLineAsync(
                        $"The registry at {muster.Options.Registry} has not answered: ./muster registry starts one, --registry names another.");
                }

                return ExitCodes.Failure;
            }
        }

        if (reader.Has(_verbose) && count > 1)
        {
            foreach (var line in (IEnumerable<string>)[.. spread.Describe(service), .. tally.Describe(count)])
            {
                await environment.Error.WriteLineAsync(line);
            }
        }

        return ExitCodes.Success;
    }

    private async Task PrintAsync(Answer answer, string policy, TimeSpan elapsed, SettingReader reader)
    {
        await environment.Output.WriteLineAsync(reader.Has(_json) ? Json(answer, policy, elapsed) : answer.Text);
        if (reader.Has(_verbose))
        {
            await environment.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"answered by {answer.ServedBy} in {elapsed.TotalMilliseconds:0.0} ms ({policy})"));
        }
    }

    private static string Json(Answer answer, string policy, TimeSpan elapsed) => JsonSerializer.Serialize(
        new Dictionary<string, object>
        {
            ["result"] = answer.Result,
            ["served_by"] = answer.ServedBy,
            ["policy"] = policy,
            ["milliseconds"] = Math.Round(elapsed.TotalMilliseconds, 3),
        });
}
