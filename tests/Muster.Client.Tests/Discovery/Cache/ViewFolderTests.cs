using Muster.Client.Discovery.Cache;
using Muster.Core;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Client.Tests.Discovery.Cache;

/// <summary>On a real disk.</summary>
public sealed class ViewFolderTests : IDisposable
{
    private readonly Kept.Folder _directory = new();
    private readonly ManualTimeProvider _clock = new(Kept.Now);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Read_NothingThere_IsNoProblem()
    {
        Assert.Null(NewFolder().Read(Kept.Service, out var problem));
        Assert.True(problem.IsNone);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void Write_IsFoundByTheNextProcessAndIsTheUsersAlone()
    {
        NewFolder().Write(Kept.View(Kept.Instance("a")));

        Assert.Equal("a", Assert.Single(NewFolder().Read(Kept.Service, out _)!.Instances).Id);
        var file = Assert.Single(_directory.Files);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory.Instances));
        }
    }

    [Fact]
    public void Write_OtherRegistryNamespaceOrService_IsAnotherFile()
    {
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        NewFolder("other:5000").Write(Kept.View(Kept.Instance("a")));
        NewFolder().Write(Kept.View(Kept.Instance("a")) with { Service = new ServiceKey("prod", "calculator") });
        NewFolder().Write(Kept.View(Kept.Instance("a")) with { Service = ServiceKey.Default("echo") });

        Assert.Equal(4, _directory.Files.Length);
    }

    [Theory]
    [InlineData("default", "../escape")]
    [InlineData("default", "a/b")]
    [InlineData("default", "..")]
    [InlineData("..", "calculator")]
    [InlineData("default", "a\0b")]
    [InlineData("default", "a~b")]
    [InlineData("default", "C:")]
    [InlineData("default", "")]
    public void PathOf_NameThatIsNone_IsRefused(string space, string name) =>
        Assert.Throws<ArgumentException>(() => NewFolder().PathOf(new ServiceKey(space, name)));

    [Fact]
    public void PathOf_EveryNameThatIsOne_LiesInTheFolder()
    {
        foreach (var name in new[] { "con", "nul.a", "a..b", new string('x', Limits.NameCharsMax) })
        {
            var path = NewFolder().PathOf(new ServiceKey(name, name));
            Assert.Equal(_directory.Instances, Path.GetDirectoryName(Path.GetFullPath(path)));
            Assert.InRange(Path.GetFileName(path).Length, 1, 255 - 40);
        }
    }

    [Fact]
    public void Read_FileThatOthersMayWrite_IsIgnored()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "permissions are Unix's");
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        OpenToOthers(_directory.Files[0]);

        AssertIgnored("others than its owner may write to it");
    }

    [Fact]
    public void Folder_ThatOthersMayWrite_IsNotUsed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "permissions are Unix's");
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        OpenToOthers(_directory.Instances);

        AssertIgnored("others than its owner may write to the folder");
        Assert.Throws<UnauthorizedAccessException>(() => NewFolder().Write(Kept.View(Kept.Instance("b"))));
    }

    [Fact]
    public void Read_LargerThanAllowed_IsIgnoredWithoutReadingIt()
    {
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        using (var file = File.OpenWrite(_directory.Files[0]))
        {
            file.SetLength(ViewFile.BytesMax + 1);
        }

        AssertIgnored($"it has {Limits.KeptServiceBytesMax + ViewFile.HeaderBytes + 1} bytes");
    }

    [Fact]
    public void Read_DirectoryInItsPlace_IsIgnored()
    {
        Directory.CreateDirectory(NewFolder().PathOf(Kept.Service));

        AssertIgnored("it cannot be read");
    }

    [Fact]
    public void Write_Refused_LeavesTheOldFileAndNoOther()
    {
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        var path = _directory.Files[0];
        File.Delete(path);
        Directory.CreateDirectory(path);

        Assert.ThrowsAny<Exception>(() => NewFolder().Write(Kept.View(Kept.Instance("b"))));
        Assert.Empty(_directory.Files);
    }

    [Fact]
    public void Delete_OfWhatIsNotThere_IsNoError()
    {
        NewFolder().Delete(Kept.Service);
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        NewFolder().Delete(Kept.Service);
        NewFolder().Delete(Kept.Service);

        Assert.Empty(_directory.Files);
    }

    [Fact]
    public void Write_TemporaryFilesOfTheDead_AreDeletedAndThoseOfTheLivingAreNot()
    {
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        var (dead, living) = ($"{_directory.Files[0]}.1.tmp", $"{_directory.Files[0]}.2.tmp");
        var foreign = Path.Combine(_directory.Instances, "notes.tmp");
        foreach (var file in new[] { dead, living, foreign })
        {
            File.WriteAllText(file, "half");
            File.SetLastWriteTimeUtc(file, Kept.Now.UtcDateTime - (file == living ? TimeSpan.FromMinutes(59) : TimeSpan.FromMinutes(61)));
        }

        NewFolder().Write(Kept.View(Kept.Instance("b")));

        Assert.Equal((false, true, true), (File.Exists(dead), File.Exists(living), File.Exists(foreign)));
    }

    [Fact]
    public void Write_TooManyFiles_TheOldestGo()
    {
        NewFolder().Write(Kept.View(Kept.Instance("a")));
        File.SetLastWriteTimeUtc(_directory.Files[0], Kept.Now.UtcDateTime);
        for (var i = 0; i < Limits.KeptServicesMax; i++)
        {
            var path = Path.Combine(_directory.Instances, $"0000~default~s{i}.view");
            File.WriteAllText(path, "");
            File.SetLastWriteTimeUtc(path, Kept.Now.UtcDateTime - TimeSpan.FromMinutes(i));
        }

        NewFolder().Write(Kept.View(Kept.Instance("a")) with { Service = ServiceKey.Default("echo") });

        Assert.Equal(Limits.KeptServicesMax, _directory.Files.Length);
        Assert.DoesNotContain(_directory.Files, f => f.EndsWith($"~s{Limits.KeptServicesMax - 1}.view", StringComparison.Ordinal));
        Assert.Equal("a", Assert.Single(NewFolder().Read(Kept.Service, out _)!.Instances).Id);
    }

    [Fact]
    public async Task Write_SeveralProcessesAtOnce_NobodyEverReadsHalf()
    {
        var lists = Enumerable.Range(1, 4)
            .Select(n => Kept.View([.. Enumerable.Range(0, 20 * n).Select(i => Kept.Instance($"{n}-{i:000}", weight: n))])).ToArray();
        // In 1970 no temporary file is old, so none is taken for one of the dead.
        ViewFolder NewFolder() => new(_directory.Path, Kept.Registry, TimeSpan.FromHours(24), new ManualTimeProvider(DateTimeOffset.UnixEpoch));
        NewFolder().Write(lists[0]);
        var writers = lists.Select(list => Task.Run(() =>
        {
            var folder = NewFolder();
            for (var i = 0; i < 50; i++)
            {
                folder.Write(list);
            }
        })).ToList();
        var done = Task.WhenAll(writers);
        var (reader, reads) = (NewFolder(), 0);
        do
        {
            var read = reader.Read(Kept.Service, out var problem);
            Assert.True(problem.IsNone, $"{problem}");
            var n = read!.Instances[0].Record.Weight;
            Assert.True(read.Instances.Length == 20 * n && read.Instances.All(i => i.Record.Weight == n));
            reads++;
        }
        while (!done.IsCompleted || reads < 10);

        await done;
        Assert.Single(_directory.Files);
    }

    private static void OpenToOthers(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherWrite);
        }
    }

    private ViewFolder NewFolder(string registry = Kept.Registry) => new(_directory.Path, registry, TimeSpan.FromHours(24), _clock);

    private void AssertIgnored(string reason)
    {
        Assert.Null(NewFolder().Read(Kept.Service, out var problem));
        Assert.Contains(reason, problem.Reason, StringComparison.Ordinal);
        Assert.False(problem.IsExpected);
    }
}
