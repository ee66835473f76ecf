using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Discovery.Cache;

/// <summary>The files of kept instances: one per registry address and service.</summary>
/// <remarks>
/// A file is written under another name, flushed to the disk and renamed, so whoever reads sees the old one or the new one whole,
/// and two processes that write the same file leave one of the two. Files are the user's alone, and so is the folder: whoever
/// writes there decides where calls go. Reads and writes block; not thread-safe within a process.
/// </remarks>
internal sealed class ViewFolder
{
    /// <summary>The folder inside the configured directory. Of its own, so that its permissions can be, whatever the directory's are.</summary>
    public const string Name = "instances";

    private const string Extension = ".view";
    private const string TemporaryExtension = ".tmp";

    /// <summary>A temporary file that is so old has no writer any more.</summary>
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromHours(1);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string _registry;
    private readonly string _prefix;
    private readonly TimeSpan _ageMax;
    private readonly TimeProvider _time;
    private bool _isClean;

    public ViewFolder(string directory, string registry, TimeSpan ageMax, TimeProvider time)
    {
        Path = System.IO.Path.Combine(directory, Name);
        _registry = registry.ToLowerInvariant();
        _prefix = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_registry)).AsSpan(..8));
        _ageMax = ageMax;
        _time = time;
    }

    /// <summary>Where the files are.</summary>
    public string Path { get; }

    /// <summary>The file of a service: a hash of the registry's address and both names.</summary>
    /// <exception cref="ArgumentException">The names are none; otherwise they could lead out of the folder.</exception>
    public string PathOf(ServiceKey service)
    {
        // The names hold neither '~' nor a separator, and begin with a letter or digit, so two services never share a file, and
        // none lies elsewhere. The hash comes first, so that no name is one that a system reserves ("con", "nul").
        if (InstanceValidator.ValidateService(service) is { } violation)
        {
            throw new ArgumentException($"{violation}", nameof(service));
        }

        return System.IO.Path.Combine(Path, $"{_prefix}~{service.Namespace}~{service.Name}{Extension}");
    }

    /// <summary>Reads what is kept of a service. Does not throw.</summary>
    /// <param name="service">The service.</param>
    /// <param name="problem">Why it cannot be used; none if it can, or if there is no file.</param>
    public KeptView? Read(ServiceKey service, out ViewFileProblem problem)
    {
        try
        {
            CheckPermissions();
            problem = TryReadFile(PathOf(service), out var file);
            return file is null ? null : ViewFile.Read(file, service, _registry, _time.GetUtcNow(), _ageMax, out problem);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = default;
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            problem = new ViewFileProblem($"it cannot be read: {e.Message}");
        }

        return null;
    }

    /// <summary>Keeps a view, in place of the one before.</summary>
    /// <returns>False if it is larger than is allowed; then what was kept before stays.</returns>
    /// <exception cref="IOException">The disk does not let it.</exception>
    /// <exception cref="UnauthorizedAccessException">The system does not let it.</exception>
    public bool Write(KeptView view)
    {
        var path = PathOf(view.Service);
        if (ViewFile.Write(view, _registry, _time.GetUtcNow()) is not { } content)
        {
            return false;
        }

        Prepare();
        if (!File.Exists(path))
        {
            MakeRoom();
        }

        // Random, because two processes may have the same id: each container counts its own.
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}{TemporaryExtension}";
        try
        {
            using (var file = new FileStream(temporary, CreateOptions()))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }

        return true;
    }

    /// <summary>Forgets what is kept of a service.</summary>
    /// <exception cref="IOException">The disk does not let it.</exception>
    /// <exception cref="UnauthorizedAccessException">The system does not let it.</exception>
    public void Delete(ServiceKey service)
    {
        try
        {
            File.Delete(PathOf(service));
        }
        catch (DirectoryNotFoundException)
        {
            // Then there is nothing to forget.
        }
    }

    /// <summary>Whether an exception says that disk or system refuse, and not that this code is wrong.</summary>
    public static bool IsOfTheDisk(Exception e) =>
        e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException;

    private static ViewFileProblem TryReadFile(string path, out byte[]? content)
    {
        content = null;

        // Others may replace or delete it meanwhile: this handle goes on with the file that it opened.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & WritableByOthers) != 0)
        {
            return new ViewFileProblem("others than its owner may write to it");
        }

        if (file.Length > ViewFile.BytesMax)
        {
            return new ViewFileProblem(string.Create(
                CultureInfo.InvariantCulture, $"it has {file.Length} bytes, {ViewFile.BytesMax} are allowed"));
        }

        content = new byte[file.Length];
        file.ReadExactly(content);
        return default;
    }

    private static FileStreamOptions CreateOptions()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    private void Prepare()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, OwnerOnly | UnixFileMode.UserExecute);
        }

        CheckPermissions();
        if (!_isClean)
        {
            _isClean = true;
            DeleteAbandoned();
        }
    }

    private void CheckPermissions()
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path) & WritableByOthers) != 0)
        {
            throw new UnauthorizedAccessException($"others than its owner may write to the folder '{Path}', and could send calls anywhere");
        }
    }

    // What processes left that died while they wrote.
    private void DeleteAbandoned()
    {
        var before = _time.GetUtcNow() - s_abandonedAfter;
        foreach (var file in new DirectoryInfo(Path).EnumerateFiles($"*{Extension}.*{TemporaryExtension}"))
        {
            if (file.LastWriteTimeUtc < before.UtcDateTime)
            {
                TryDelete(file.FullName);
            }
        }
    }

    // Files of registries and services that nobody uses any more would otherwise stay for ever.
    private void MakeRoom()
    {
        var files = new DirectoryInfo(Path).GetFiles($"*{Extension}");
        foreach (var file in files.OrderBy(f => f.LastWriteTimeUtc).Take(Math.Max(0, files.Length - Limits.KeptServicesMax + 1)))
        {
            TryDelete(file.FullName);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            // It stays, and the next one tries again.
        }
    }
}
