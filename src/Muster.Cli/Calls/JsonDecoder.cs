using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Muster.Cli.Calls;

/// <summary>Turns the wire form of a message that is known by its descriptor alone into JSON, by the rules of the protobuf JSON
/// mapping: names in lower camel case, 64-bit numbers as strings, fields without presence left out at their default.</summary>
/// <param name="types">The types that an <c>Any</c> may hold.</param>
internal sealed class JsonDecoder(MessageTypes types)
{
    /// <summary>As protobuf's own parsers: deeper messages are refused.</summary>
    private const int DepthMax = 100;

    /// <summary>Decodes a message. Fields that its descriptor does not have are left out.</summary>
    /// <param name="type">The type.</param>
    /// <param name="message">The wire form.</param>
    /// <param name="indented">Over several lines, for people.</param>
    /// <exception cref="InvalidDataException">The bytes are not such a message.</exception>
    public string Decode(MessageDescriptor type, byte[] message, bool indented)
    {
        using var bytes = new MemoryStream();
        var options = new JsonWriterOptions { Indented = indented, MaxDepth = 10 * DepthMax, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(bytes, options))
        {
            Message(json, type, message, 0);
        }

        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private void Message(Utf8JsonWriter json, MessageDescriptor type, byte[] message, int depth)
    {
        if (depth > DepthMax)
        {
            throw new InvalidDataException($"The message is nested more than {DepthMax} deep.");
        }

        if (WellKnownTypes.Find(type) is { } known)
        {
            json.WriteRawValue(WellKnownTypes.Decode(known, message));
            return;
        }

        json.WriteStartObject();
        if (type.FullName == "google.protobuf.Any")
        {
            Any(json, message, depth);
        }
        else
        {
            Fields(json, type, message, depth);
        }

        json.WriteEndObject();
    }

    private void Any(Utf8JsonWriter json, byte[] message, int depth)
    {
        var any = Google.Protobuf.WellKnownTypes.Any.Parser.ParseFrom(message);
        json.WriteString("@type", any.TypeUrl);
        if (types.FindByUrl(any.TypeUrl) is not { } type)
        {
            json.WriteString("value", any.Value.ToBase64());
        }
        else if (WellKnownTypes.Find(type) is not null)
        {
            json.WritePropertyName("value");
            Message(json, type, any.Value.ToByteArray(), depth + 1);
        }
        else
        {
            Fields(json, type, any.Value.ToByteArray(), depth + 1);
        }
    }

    private void Fields(Utf8JsonWriter json, MessageDescriptor type, byte[] message, int depth)
    {
        var received = Read(type, message);
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (!received.TryGetValue(field.FieldNumber, out var values) || (!field.IsRepeated && IsDefault(field, values)))
            {
                continue;
            }

            json.WritePropertyName(field.JsonName);
            if (field.IsMap)
            {
                Map(json, field, values, depth);
            }
            else if (field.IsRepeated)
            {
                json.WriteStartArray();
                foreach (var value in values)
                {
                    Value(json, field, value, depth);
                }

                json.WriteEndArray();
            }
            else
            {
                // The last one counts; a message that comes in parts is their sum.
                Value(json, field, field.FieldType == FieldType.Message ? Sum(values) : values[^1], depth);
            }
        }
    }

    private void Map(Utf8JsonWriter json, FieldDescriptor field, List<Received> entries, int depth)
    {
        var (key, value) = (field.MessageType.Fields[1], field.MessageType.Fields[2]);
        json.WriteStartObject();
        foreach (var entry in entries)
        {
            var parts = Read(field.MessageType, entry.Bytes);
            var name = parts.TryGetValue(1, out var keys) ? keys[^1] : default;
            json.WritePropertyName(KeyOf(key, name));
            var received = parts.TryGetValue(2, out var values) ? values[^1] : new Received(0, []);
            Value(json, value, received, depth);
        }

        json.WriteEndObject();
    }

    private void Value(Utf8JsonWriter json, FieldDescriptor field, Received value, int depth)
    {
        var number = value.Number;
        switch (field.FieldType)
        {
            case FieldType.Message:
                Message(json, field.MessageType, value.Bytes, depth + 1);
                break;
            case FieldType.String:
                json.WriteStringValue(value.Bytes);
                break;
            case FieldType.Bytes:
                json.WriteBase64StringValue(value.Bytes);
                break;
            case FieldType.Bool:
                json.WriteBooleanValue(number != 0);
                break;
            case FieldType.Enum when field.EnumType.FullName == "google.protobuf.NullValue":
                json.WriteNullValue();
                break;
            case FieldType.Enum when field.EnumType.FindValueByNumber((int)number) is { } named:
                json.WriteStringValue(named.Name);
                break;
            case FieldType.Double:
                Real(json, BitConverter.UInt64BitsToDouble(number));
                break;
            case FieldType.Float when float.IsFinite(BitConverter.UInt32BitsToSingle((uint)number)):
                json.WriteNumberValue(BitConverter.UInt32BitsToSingle((uint)number));
                break;
            case FieldType.Float:
                Real(json, BitConverter.UInt32BitsToSingle((uint)number));
                break;
            case FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 or FieldType.UInt64 or FieldType.Fixed64:
                json.WriteStringValue(Integer(field, number));
                break;
            default:
                json.WriteRawValue(Integer(field, number));
                break;
        }
    }

    private static void Real(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
    }

    private static string Integer(FieldDescriptor field, ulong number) => field.FieldType switch
    {
        FieldType.UInt32 or FieldType.Fixed32 => ((uint)number).ToString(CultureInfo.InvariantCulture),
        FieldType.UInt64 or FieldType.Fixed64 => number.ToString(CultureInfo.InvariantCulture),
        FieldType.SInt32 or FieldType.SInt64 => ((long)(number >> 1) ^ -(long)(number & 1)).ToString(CultureInfo.InvariantCulture),
        FieldType.Int64 or FieldType.SFixed64 => ((long)number).ToString(CultureInfo.InvariantCulture),
        _ => ((int)number).ToString(CultureInfo.InvariantCulture),
    };

    private static string KeyOf(FieldDescriptor key, Received value) => key.FieldType switch
    {
        FieldType.String => System.Text.Encoding.UTF8.GetString(value.Bytes ?? []),
        FieldType.Bool => value.Number != 0 ? "true" : "false",
        _ => Integer(key, value.Number),
    };

    private static bool IsDefault(FieldDescriptor field, List<Received> values) =>
        !field.HasPresence && values[^1].Number == 0 && values[^1].Bytes.Length == 0;

    private static Received Sum(List<Received> parts) =>
        parts.Count == 1 ? parts[0] : new Received(0, [.. parts.SelectMany(p => p.Bytes)]);

    /// <summary>What arrived, by field number.</summary>
    private static Dictionary<int, List<Received>> Read(MessageDescriptor type, byte[] message)
    {
        var received = new Dictionary<int, List<Received>>();
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            var field = type.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag));
            if (field is null)
            {
                input.SkipLastField();
                continue;
            }

            if (!received.TryGetValue(field.FieldNumber, out var values))
            {
                received[field.FieldNumber] = values = [];
            }

            ReadField(input, tag, field, values);
        }

        return received;
    }

    private static void ReadField(CodedInputStream input, uint tag, FieldDescriptor field, List<Received> values)
    {
        var isText = WireTypes.Of(field) == WireFormat.WireType.LengthDelimited;
        switch (WireFormat.GetTagWireType(tag))
        {
            case WireFormat.WireType.LengthDelimited when isText:
                values.Add(new Received(0, input.ReadBytes().ToByteArray()));
                break;
            case WireFormat.WireType.LengthDelimited when field.IsRepeated && field.FieldType != FieldType.Group:
                using (var packed = new CodedInputStream(input.ReadBytes().ToByteArray()))
                {
                    while (!packed.IsAtEnd)
                    {
                        values.Add(new Received(ReadNumber(packed, WireTypes.Of(field)), []));
                    }
                }

                break;
            case var wire when !isText && wire == WireTypes.Of(field):
                values.Add(new Received(ReadNumber(input, wire), []));
                break;
            default:
                throw new InvalidDataException($"Field '{field.FullName}' is not of its type on the wire.");
        }
    }

    private static ulong ReadNumber(CodedInputStream input, WireFormat.WireType wire) => wire switch
    {
        WireFormat.WireType.Fixed32 => input.ReadFixed32(),
        WireFormat.WireType.Fixed64 => input.ReadFixed64(),
        _ => input.ReadUInt64(),
    };

    /// <summary>One value as it came: a number, or bytes.</summary>
    private readonly record struct Received(ulong Number, byte[] Bytes);
}
