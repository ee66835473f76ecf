using System.Globalization;

namespace Muster.Registry.Store;

/// <summary>Keeps a second registry out of a data directory.</summary>
internal static class DirectoryLock
{
    private const string FileName = "lock";

    // A file of its own: nobody can read one that is locked.
    private const string OwnerName = "pid";

    // How .NET passes on that another process has the lock: EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] s_heldCodes = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Takes the directory, and creates it if it is missing. Dispose gives it back; so does the end of the process,
    /// however it ends.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used; the message names it, and who holds it.</exception>
    public static FileStream Take(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            // FileShare.None is an advisory lock on the whole file.
            var file = new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            WriteOwner(directory);
            return file;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreUnavailableException($"{directory} cannot be written: {e.Message} Choose another directory with --data.", e);
        }
        catch (IOException e) when (s_heldCodes.Contains(e.HResult))
        {
            throw new StoreUnavailableException(
                $"{directory} is used by another registry{OwnerOf(directory)}: stop that one, or choose another directory with --data.", e);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException($"{directory} cannot be used: {e.Message.TrimEnd('.')}. Choose another directory with --data.", e);
        }
    }

    private static void WriteOwner(string directory)
    {
        try
        {
            File.WriteAllText(Path.Combine(directory, OwnerName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk: the lock holds, and only its message is poorer.
        }
    }

    private static string OwnerOf(string directory)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path.Combine(directory, OwnerName)), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? string.Create(CultureInfo.InvariantCulture, $", process {id}")
                : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
