using System.Text;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>HPACK (RFC 7541) without a dynamic table and without Huffman: all that may be sent, and all that a peer
/// sends whose HEADER_TABLE_SIZE was set to 0.</summary>
internal static class Hpack
{
    /// <summary>The entries of the static table (appendix A) that Kestrel's answers name.</summary>
    private static readonly Dictionary<int, (string Name, string Value)> Static = new()
    {
        [8] = (":status", "200"),
        [9] = (":status", "204"),
        [12] = (":status", "400"),
        [13] = (":status", "404"),
        [14] = (":status", "500"),
        [22] = ("allow", ""),
        [28] = ("content-length", ""),
        [31] = ("content-type", ""),
        [33] = ("date", ""),
        [54] = ("server", ""),
    };

    /// <summary>Literals without indexing (§6.2.2).</summary>
    public static byte[] Encode(params IEnumerable<(string Name, string Value)> headers)
    {
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            block.Add(0);
            AddText(block, name);
            AddText(block, value);
        }

        return [.. block];
    }

    public static List<(string Name, string Value)> Decode(ReadOnlySpan<byte> block)
    {
        var headers = new List<(string, string)>();
        while (!block.IsEmpty)
        {
            if ((block[0] & 0x80) != 0)
            {
                headers.Add(Static[TakeNumber(ref block, 7)]);
            }
            else if ((block[0] & 0xe0) == 0x20)
            {
                Assert.Equal(0, TakeNumber(ref block, 5)); // The new size of the dynamic table.
            }
            else
            {
                var name = TakeNumber(ref block, (block[0] & 0x40) != 0 ? 6 : 4);
                headers.Add((name == 0 ? TakeText(ref block) : Static[name].Name, TakeText(ref block)));
            }
        }

        return headers;
    }

    private static void AddText(List<byte> block, string text)
    {
        var length = text.Length;
        if (length < 127)
        {
            block.Add((byte)length);
        }
        else
        {
            block.Add(127);
            for (length -= 127; length >= 128; length >>= 7)
            {
                block.Add((byte)(0x80 | length));
            }

            block.Add((byte)length);
        }

        block.AddRange(Encoding.Latin1.GetBytes(text));
    }

    /// <summary>A number whose first byte has this many bits for it (§5.1).</summary>
    private static int TakeNumber(ref ReadOnlySpan<byte> block, int bits)
    {
        var mask = (1 << bits) - 1;
        var number = block[0] & mask;
        var used = 1;
        if (number == mask)
        {
            for (var shift = 0; ; shift += 7)
            {
                var next = block[used++];
                number += (next & 0x7f) << shift;
                if (next < 128)
                {
                    break;
                }
            }
        }

        block = block[used..];
        return number;
    }

    private static string TakeText(ref ReadOnlySpan<byte> block)
    {
        Assert.True(block[0] < 128, "The peer uses Huffman, which these tests do not read.");
        var length = TakeNumber(ref block, 7);
        var text = Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }
}
