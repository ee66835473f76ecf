using System.Text;

namespace Muster.Bench.LoadDriver.Http2;

/// <summary>The request headers of a gRPC call in HPACK (RFC 7541): literals with incremental indexing at first, then one byte
/// each, as long-lived clients send them.</summary>
internal sealed class HeaderEncoder(string authority)
{
    private const byte MethodPost = 0x83;
    private const byte SchemeHttp = 0x86;
    private const byte PathName = 0x44;
    private const byte AuthorityName = 0x41;
    private const byte NewName = 0x40;
    private const int FirstDynamicIndex = 62;

    // The dynamic table, oldest first.
    private readonly List<string> _entries = [];

    /// <summary>Appends the header block of a call.</summary>
    public void Append(List<byte> block, string path)
    {
        block.Add(MethodPost);
        block.Add(SchemeHttp);
        Append(block, AuthorityName, null, authority);
        Append(block, PathName, null, path);
        Append(block, NewName, "content-type", "application/grpc");
        Append(block, NewName, "te", "trailers");
    }

    private void Append(List<byte> block, byte kind, string? name, string value)
    {
        var entry = _entries.IndexOf(value);
        if (entry >= 0)
        {
            block.Add((byte)(0x80 | (FirstDynamicIndex + _entries.Count - 1 - entry)));
            return;
        }

        block.Add(kind);
        if (name is not null)
        {
            AppendText(block, name);
        }

        AppendText(block, value);
        _entries.Add(value);
    }

    private static void AppendText(List<byte> block, string text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, 126);
        block.Add((byte)text.Length);
        block.AddRange(Encoding.ASCII.GetBytes(text));
    }
}
