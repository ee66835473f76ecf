using System.Buffers.Binary;

namespace Muster.Registry.Store;

/// <summary>The first bytes of a store file, read before SQLite sees it: SQLite may tidy up a file that it opens, and what is not
/// ours is not to be touched.</summary>
internal static class SqliteHeader
{
    // "MSTR" in ASCII: tells our files from other SQLite files.
    public const int ApplicationId = 0x4D535452;

    // The file format, §1.3: the database header has 100 bytes, its numbers are big-endian.
    private const int HeaderBytes = 100;
    private const int VersionAt = 60;
    private const int ApplicationIdAt = 68;

    private const string NotOurs = "is not a file of Muster's, or its beginning is damaged";

    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Says what is wrong with a file.</summary>
    /// <returns>The rest of a sentence that begins with the path; null if it is a file that may be opened.</returns>
    public static string? Refuse(string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        int length;
        using (var file = File.OpenRead(path))
        {
            length = file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
        }

        if (length < HeaderBytes)
        {
            return Magic.StartsWith(header[..Math.Min(length, Magic.Length)])
                ? $"is damaged: it has {length} bytes, too few for the header of a database"
                : NotOurs;
        }

        if (!header.StartsWith(Magic))
        {
            return NotOurs;
        }

        if (BinaryPrimitives.ReadInt32BigEndian(header[ApplicationIdAt..]) != ApplicationId)
        {
            return "is an SQLite file, but not one of Muster's";
        }

        var version = BinaryPrimitives.ReadInt32BigEndian(header[VersionAt..]);
        return SqliteSchema.Refuse(version);
    }
}
