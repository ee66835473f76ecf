using System.Text;

namespace Muster.Grpc.Wire;

/// <summary>The percent-encoding of <c>grpc-message</c>: UTF-8, with everything outside printable ASCII and the percent
/// sign itself written as <c>%XX</c>.</summary>
internal static class PercentCodec
{
    /// <summary>Longest encoded message sent. Peers bound all headers of a response together, commonly at 8 KiB, and a
    /// status that does not arrive helps nobody.</summary>
    public const int EncodedBytesMax = 4096;

    /// <summary>Encodes, and cuts at a character boundary where the result would pass
    /// <see cref="EncodedBytesMax"/>.</summary>
    public static string Encode(string text)
    {
        if (text.Length <= EncodedBytesMax && !NeedsEncoding(text))
        {
            return text;
        }

        var encoded = new StringBuilder(Math.Min(text.Length * 2, EncodedBytesMax));
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsPlain(rune.Value))
            {
                if (encoded.Length + 1 > EncodedBytesMax)
                {
                    break;
                }

                encoded.Append((char)rune.Value);
                continue;
            }

            var bytes = utf8[..rune.EncodeToUtf8(utf8)];
            if (encoded.Length + (bytes.Length * 3) > EncodedBytesMax)
            {
                break;
            }

            foreach (var b in bytes)
            {
                encoded.Append('%').Append(Hex(b >> 4)).Append(Hex(b & 15));
            }
        }

        return encoded.ToString();
    }

    /// <summary>Decodes. A percent sign without two hex digits stands for itself: the specification asks receivers not
    /// to lose a message over its encoding.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var source = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] == '%' && i + 2 < source.Length
                && char.IsAsciiHexDigit((char)source[i + 1]) && char.IsAsciiHexDigit((char)source[i + 2]))
            {
                source[length++] = (byte)((Digit(source[i + 1]) << 4) | Digit(source[i + 2]));
                i += 2;
            }
            else
            {
                source[length++] = source[i];
            }
        }

        return Encoding.UTF8.GetString(source, 0, length);
    }

    private static bool NeedsEncoding(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') || text.Contains('%', StringComparison.Ordinal);

    private static bool IsPlain(int rune) => rune is >= ' ' and <= '~' and not '%';

    private static char Hex(int digit) => (char)(digit < 10 ? '0' + digit : 'A' + digit - 10);

    private static int Digit(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
