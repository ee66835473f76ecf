using System.Diagnostics;
using System.Globalization;

namespace Muster.Samples.Demo.Processes;

/// <summary>Kills what the demo started if the demo itself is killed before it could.</summary>
/// <remarks>
/// <para>A small shell reads process ids from a pipe that only the demo holds. Whatever ends the demo, SIGKILL included,
/// closes the pipe, and the shell kills what was not taken off its list. It ignores the signals of the terminal, so it outlives a
/// Ctrl-C.</para>
/// <para>We intentionally do not use PR_SET_PDEATHSIG: it fires when the *thread* that started the child ends, and the runtime's
/// threads come and go.</para>
/// </remarks>
internal sealed class ProcessGuard : IAsyncDisposable
{
    private const string Script =
        """
        trap '' INT TERM HUP QUIT
        ids=' '
        while read -r verb id; do
          case $verb in
            +) ids="$ids$id " ;;
            -) case $ids in *" $id "*) ids="${ids%% "$id" *} ${ids#* "$id" }" ;; esac ;;
          esac
        done
        for id in $ids; do kill -KILL "$id" 2>/dev/null; done
        exit 0
        """;

    private readonly Process _shell;

    // Guards the pipe: two lines written at once would mix.
    private readonly Lock _lock = new();

    private ProcessGuard(Process shell) => _shell = shell;

    /// <summary>Starts the guard.</summary>
    public static ProcessGuard Start()
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        return new ProcessGuard(Process.Start(start) ?? throw new InvalidOperationException("'sh' did not start."));
    }

    /// <summary>Puts a process on the list.</summary>
    public void Watch(int processId) => Write('+', processId);

    /// <summary>Takes a process that has ended off the list, because its id may go to another.</summary>
    public void Forget(int processId) => Write('-', processId);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    private void Write(char verb, int processId)
    {
        lock (_lock)
        {
            _shell.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verb} {processId}"));
            _shell.StandardInput.Flush();
        }
    }
}
