using Muster.Core.Model;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Durability;

/// <summary><c>./muster backup</c> and <c>./muster restore</c> against registries that run.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task Restore_IntoTheSameRegistry_BringsTheRestBackAndKeepsWhatRunsListed()
    {
        using var data = new TemporaryDirectory();
        using var files = new TemporaryDirectory();
        var backup = Path.Combine(files.Path, "muster.backup");
        await using var system = await TestSystem.StartAsync(data.Path);
        await system.StartAsync("Calculator", "first");
        var made = await system.CommandAsync("backup", backup);
        Assert.True(made.ExitCode == 0, made.Transcript);
        Assert.Matches($"^{backup}: [0-9]+ bytes, all of store sqlite-[0-9a-f]{{8}} at revision [0-9]+\\.$", made.Output);
        Assert.Equal(["muster.backup"], Directory.EnumerateFiles(files.Path).Select(Path.GetFileName));
        await system.StartAsync("Calculator", "second");
        await using var client = system.Connect();
        await TestSystem.SeesAsync(client, "calculator", 2);
        var emptied = false;
        client.Directory.Watch(ServiceKey.Default("calculator")).Changed += view => emptied |= view.Instances.Length < 2;

        var restored = await system.CommandAsync("restore", backup);

        Assert.True(restored.ExitCode == 0, restored.Transcript);
        Assert.Contains("is restored: 1 services with 1 instances, as store sqlite-", restored.Output, StringComparison.Ordinal);
        // The second is not in the backup, and its process has to notice that by itself.
        await system.ViewAsync("calculator", v => v.Instances.Count(i => i.Status == InstanceStatus.Healthy) == 2);
        Assert.False(emptied, "A watcher saw a list without an instance that ran all the time.");
    }

    [Fact]
    public async Task Restore_IntoANewRegistry_ListsWhatTheBackupHolds()
    {
        using var data = new TemporaryDirectory();
        using var otherData = new TemporaryDirectory();
        using var files = new TemporaryDirectory();
        var backup = Path.Combine(files.Path, "b");
        await using (var system = await TestSystem.StartAsync(data.Path))
        {
            await system.StartAsync("Calculator", "moved");
            Assert.Equal(0, (await system.CommandAsync("out", "moved")).ExitCode);
            Assert.Equal(0, (await system.CommandAsync("backup", backup)).ExitCode);
        }

        await using var other = await TestSystem.StartAsync(otherData.Path);
        Assert.Equal(0, (await other.CommandAsync("restore", backup)).ExitCode);

        var why = await other.CommandAsync("why", "moved");
        Assert.Contains("is listed, and is OUT.", why.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_FileThatExists_IsKeptWithoutForce()
    {
        using var data = new TemporaryDirectory();
        var file = Path.Combine(data.Path, "precious");
        await File.WriteAllTextAsync(file, "mine");
        await using var system = await TestSystem.StartAsync(Path.Combine(data.Path, "registry"));

        var refused = await system.CommandAsync("backup", file);

        Assert.Equal((1, $"{file} exists already; give another name, or --force to replace it."), (refused.ExitCode, refused.Transcript));
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
        Assert.Equal(0, (await system.CommandAsync("backup", file, "--force")).ExitCode);
        Assert.StartsWith("SQLite format 3", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_DirectoryThatIsMissing_IsNamed()
    {
        using var data = new TemporaryDirectory();
        var file = Path.Combine(data.Path, "no", "such", "file");
        await using var system = await TestSystem.StartAsync(Path.Combine(data.Path, "registry"));

        var refused = await system.CommandAsync("backup", file);

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith($"{file} cannot be written: ", refused.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BackupAndRestore_RegistryInMemory_SayWhatIsNeeded()
    {
        using var files = new TemporaryDirectory();
        var file = Path.Combine(files.Path, "b");
        await using var system = await TestSystem.StartAsync();

        var backup = await system.CommandAsync("backup", file);

        Assert.Equal(1, backup.ExitCode);
        Assert.Contains("only one that was started with --data can be backed up", backup.Transcript, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(files.Path));
        await File.WriteAllTextAsync(file, "anything");
        var restore = await system.CommandAsync("restore", file);
        Assert.Equal(1, restore.ExitCode);
        Assert.Contains("only one that was started with --data can be backed up and restored", restore.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", "cannot be read: ")]
    [InlineData("empty", "the backup is damaged: it has 0 bytes")]
    [InlineData("text", "the backup is not a file of Muster's")]
    [InlineData("torn", "the backup is damaged")]
    public async Task Restore_FileThatIsNoBackup_IsRefusedAndNothingChanges(string kind, string expected)
    {
        using var data = new TemporaryDirectory();
        var file = Path.Combine(data.Path, "b");
        await using var system = await TestSystem.StartAsync(Path.Combine(data.Path, "registry"));
        await system.StartAsync("Calculator", "stays");
        if (kind != "missing")
        {
            Assert.Equal(0, (await system.CommandAsync("backup", file)).ExitCode);
            var bytes = await File.ReadAllBytesAsync(file);
            await File.WriteAllBytesAsync(file, kind switch
            {
                "empty" => [],
                "text" => [.. Enumerable.Repeat((byte)'x', 200)],
                _ => bytes[..(bytes.Length / 2)],
            });
        }

        var refused = await system.CommandAsync("restore", file);

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith(file, refused.Transcript, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Transcript, StringComparison.Ordinal);
        Assert.Contains("\"stays\"", (await system.CommandAsync("instances", "calculator", "--json")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("restore")]
    public async Task Help_EachCommand_NamesItsOptions(string command)
    {
        await using var help = Programs.Start("Muster.Cli", "muster-cli", command, "--help");

        Assert.Equal(0, await help.ExitAsync());
        Assert.Contains("--registry", help.Transcript, StringComparison.Ordinal);
    }
}
