using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>Random messages of any type, by its descriptor: mostly what a client would send, and, as hostile as asked for, what none
/// would.</summary>
/// <param name="random">Chance.</param>
/// <param name="hostility">How likely each field holds something that no client would send: 0 to 1.</param>
/// <param name="seen">Figures of earlier answers: leases and revisions.</param>
internal sealed class MessageMaker(Random random, double hostility, IReadOnlyList<ulong> seen)
{
    private const int DepthMax = 6;

    private static readonly Dictionary<string, string[]> s_texts = new(StringComparer.Ordinal)
    {
        ["namespace"] = ["", "", "", "", "default", "other"],
        ["service"] = ["calculator", "calculator", "calculator", "echo"],
        ["instance_id"] = ["a", "b"],
        ["id"] = ["a", "a", "b", "b", ""],
        ["host"] = ["10.0.0.1", "10.0.0.1", "10.0.0.1", "localhost", "::1"],
        ["name"] = ["", "grpc", "admin"],
        ["scheme"] = ["", "http", "https"],
        ["zone"] = ["", "eu-1"],
        ["selector"] = ["", "", "version=2", "a=b,version=2", "a"],
        ["operator"] = ["", "ann"],
        ["reason"] = ["", "bad build"],
        ["client"] = ["", "test/1"],
        ["breaker_reason"] = ["", "5 failures in a row"],
        ["store_id"] = ["fuzz", "fuzz", "another"],
    };

    private static readonly HashSet<string> s_essential =
        [.. s_texts.Keys, "endpoints", "port", "lease_id"];

    // What makes a request be refused, however sound the rest of it is.
    private static readonly HashSet<string> s_rare = ["check"];

    private static readonly string[] s_hostileTexts =
    [
        "", " ", "\0", "\u001b[2J", "a\nb", "é", "\ud83d\ude00", "\u202egnp", "..", "/", "*", "%", "'; drop table instance; --", "{0}",
        "10.0.0.1:80", "-", "_", "=", ",", "a=b=c", "NaN", "null", "\ufeff", "\uffff",
    ];

    private static readonly long[] s_integers =
        [0, 0, 1, 2, 7, 80, 81, 82, 1000, 5000, 10_000, 65_535, 65_536, -1, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    // Milliseconds, mostly: few different ones, because the driver has to know for what the registry may be waiting.
    private static readonly uint[] s_waits = [0, 0, 1000, 5000, 10_000];

    private static readonly uint[] s_hostileWaits = [0, 1000, 5000, 5001, 600_000, 600_001, int.MaxValue, uint.MaxValue];

    private static readonly double[] s_figures =
        [0, 0.5, 1, 100, -1, 1e9, 1e308, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon];

    public IMessage Make(MessageDescriptor type, int depth = 0)
    {
        var message = type.Parser.ParseFrom(ByteString.Empty);
        foreach (var oneof in type.Oneofs.Where(o => !o.IsSynthetic))
        {
            if (!Is(0.05))
            {
                Set(message, oneof.Fields[random.Next(oneof.Fields.Count)], depth);
            }
        }

        foreach (var field in type.Fields.InDeclarationOrder().Where(f => f.RealContainingOneof is null))
        {
            // What a request is about is there, most of the time; the rest is there half of the time.
            if (Is(s_rare.Contains(field.Name) ? 0.1 : s_essential.Contains(field.Name) || field.FieldType == FieldType.Message ? 0.95 : 0.5))
            {
                Set(message, field, depth);
            }
        }

        return message;
    }

    public string Text(string field)
    {
        if (!IsHostile() && s_texts.TryGetValue(field, out var texts))
        {
            return texts[random.Next(texts.Length)];
        }

        return random.Next(10) switch
        {
            0 => new string((char)random.Next('a', 'z'), random.Next(2000)),
            1 => string.Create(random.Next(1, 40), random, static (chars, r) =>
            {
                for (var i = 0; i < chars.Length; i++)
                {
                    // No halves of pairs: the wire has no way to write them.
                    chars[i] = (char)(r.Next(3) == 0 ? r.Next(1, 0xd800) : r.Next(1, 128));
                }
            }),
            2 => random.Next().ToString(CultureInfo.InvariantCulture),
            _ => s_hostileTexts[random.Next(s_hostileTexts.Length)],
        };
    }

    /// <summary>A lease of an earlier answer; null if there is none.</summary>
    public ulong? Lease() => seen.Count > 0 ? seen[random.Next(seen.Count)] : null;

    public bool IsHostile() => Is(hostility);

    private bool Is(double likely) => random.NextDouble() < likely;

    private void Set(IMessage message, FieldDescriptor field, int depth)
    {
        if (field.IsMap)
        {
            var map = (System.Collections.IDictionary)field.Accessor.GetValue(message);
            var valueField = field.MessageType.FindFieldByName("value");
            for (var i = IsHostile() ? random.Next(70) : random.Next(3); i > 0; i--)
            {
                map[IsHostile() ? Text("key") : new[] { "version", "a", "b" }[random.Next(3)] + (i > 3 ? $"{i}" : "")] =
                    IsHostile() || valueField.FieldType != FieldType.String ? Value(valueField, depth) : "2";
            }
        }
        else if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            for (var i = IsHostile() ? random.Next(20) : 1; i > 0; i--)
            {
                if (Value(field, depth) is { } value)
                {
                    list.Add(value);
                }
            }
        }
        else if (Value(field, depth) is { } value)
        {
            field.Accessor.SetValue(message, value);
        }
    }

    private object? Value(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.Message => depth < DepthMax ? Make(field.MessageType, depth + 1) : null,
        FieldType.String => Text(field.Name),
        FieldType.Bytes => ByteString.CopyFrom(Bytes(random.Next(200))),
        FieldType.Bool => Is(0.5),
        FieldType.Enum => Enum.ToObject(
            field.EnumType.ClrType, IsHostile() ? (int)Integer()
                : Is(0.5) ? 0 : field.EnumType.Values[random.Next(field.EnumType.Values.Count)].Number),
        FieldType.Double => IsHostile() ? s_figures[random.Next(s_figures.Length)] : random.NextDouble(),
        FieldType.UInt64 or FieldType.Fixed64 => field.Name == "lease_id" && !IsHostile() && seen.Count > 0
            ? Is(0.8) ? seen[random.Next(seen.Count)] : 0
            : unchecked((ulong)(IsHostile() ? Integer() : random.Next(20))),
        FieldType.UInt32 or FieldType.Fixed32 => IsHostile() ? s_hostileWaits[random.Next(s_hostileWaits.Length)] : Waiting(),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => Integer(),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 =>
            field.Name == "port" && !IsHostile() ? random.Next(80, 90) : field.Name == "weight" && !IsHostile() ? 7 : unchecked((int)Integer()),
        FieldType.Float => (float)s_figures[random.Next(s_figures.Length)],
        _ => throw new NotSupportedException($"{field.FullName} is a {field.FieldType}: say here what to send for one."),
    };

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private long Integer() => s_integers[random.Next(s_integers.Length)];

    private uint Waiting() => s_waits[random.Next(s_waits.Length)];
}
