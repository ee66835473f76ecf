using System.Buffers.Binary;
using Google.Protobuf;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>What can happen to the bytes of messages on their way.</summary>
internal static class WireMutations
{
    /// <summary>Messages as gRPC frames them, now and then with a fault.</summary>
    public static byte[] Frame(IReadOnlyList<byte[]> messages, Random random, bool isHostile)
    {
        using var all = new MemoryStream();
        var prefix = new byte[5];
        foreach (var message in messages)
        {
            var payload = isHostile && random.Next(3) == 0 ? Mutate(message, random) : message;
            prefix[0] = (byte)(isHostile && random.Next(20) == 0 ? random.Next(256) : 0);
            BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(1), (uint)payload.Length);
            if (isHostile && random.Next(20) == 0)
            {
                random.NextBytes(prefix.AsSpan(1));
            }

            all.Write(prefix);
            all.Write(payload);
        }

        var bytes = all.ToArray();
        return isHostile && random.Next(10) == 0 ? bytes[..random.Next(bytes.Length + 1)] : bytes;
    }

    private static byte[] Mutate(byte[] message, Random random)
    {
        var bytes = message.ToList();
        switch (random.Next(6))
        {
            case 0:
                // A field that nobody knows, which protobuf allows.
                using (var unknown = new MemoryStream())
                {
                    using (var output = new CodedOutputStream(unknown, leaveOpen: true))
                    {
                        output.WriteTag((uint)(random.Next(1000, 100_000) << 3) | 2);
                        output.WriteString("from the future");
                    }

                    bytes.AddRange(unknown.ToArray());
                }

                break;
            case 1:
                // Deeper than any message is.
                for (var i = 0; i < 200 && bytes.Count < 100_000; i++)
                {
                    bytes.InsertRange(0, [0x0a, (byte)((bytes.Count & 0x7f) | 0x80), (byte)(bytes.Count >> 7)]);
                }

                break;
            case 2:
                var noise = new byte[random.Next(1, 50)];
                random.NextBytes(noise);
                return noise;
            case 3:
                return message[..random.Next(message.Length + 1)];
            case 4:
                return [.. message, .. message];
            default:
                for (var i = random.Next(1, 4); i > 0 && bytes.Count > 0; i--)
                {
                    bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
                }

                break;
        }

        return [.. bytes];
    }
}
