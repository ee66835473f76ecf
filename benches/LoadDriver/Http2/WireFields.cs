namespace Muster.Bench.LoadDriver.Http2;

/// <summary>Looks into a protobuf message without parsing it.</summary>
internal static class WireFields
{
    /// <summary>Whether a message has a field of this number.</summary>
    public static bool Has(ReadOnlySpan<byte> message, int field)
    {
        while (!message.IsEmpty)
        {
            var tag = TakeNumber(ref message);
            if ((int)(tag >> 3) == field)
            {
                return true;
            }

            switch (tag & 7)
            {
                case 0: TakeNumber(ref message); break;
                case 1: message = message[8..]; break;
                case 2: message = message[(int)TakeNumber(ref message)..]; break;
                case 5: message = message[4..]; break;
                default: throw new InvalidDataException($"wire type {tag & 7}");
            }
        }

        return false;
    }

    private static ulong TakeNumber(ref ReadOnlySpan<byte> message)
    {
        var number = 0UL;
        var used = 0;
        byte next;
        do
        {
            next = message[used];
            number |= (ulong)(next & 0x7f) << (7 * used);
            used++;
        }
        while (next >= 128);
        message = message[used..];
        return number;
    }
}
