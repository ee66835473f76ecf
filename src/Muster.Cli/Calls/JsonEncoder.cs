using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Muster.Cli.Calls;

/// <summary>Turns JSON into the wire form of a message that is known by its descriptor alone, by the rules of the protobuf JSON
/// mapping.</summary>
/// <param name="types">The types that an <c>Any</c> may hold.</param>
internal sealed class JsonEncoder(MessageTypes types)
{
    /// <summary>Encodes a message.</summary>
    /// <exception cref="UsageException">The JSON does not fit; the message names the field and what it takes.</exception>
    public byte[] Encode(MessageDescriptor type, JsonElement json) => Message(type, json, "");

    private byte[] Message(MessageDescriptor type, JsonElement json, string path)
    {
        if (WellKnownTypes.Find(type) is { } known)
        {
            return WellKnown(known, json, path);
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Misfit(path, json, $"an object with the fields of {type.FullName}");
        }

        return type.FullName == "google.protobuf.Any" ? Any(json, path) : Fields(type, json, path);
    }

    private byte[] Fields(MessageDescriptor type, JsonElement json, string path)
    {
        using var bytes = new MemoryStream();
        using var output = new CodedOutputStream(bytes);
        var oneofs = new Dictionary<OneofDescriptor, string>();
        foreach (var property in json.EnumerateObject())
        {
            var field = Find(type, property.Name) ?? throw Unknown(type, property.Name, path);
            if (property.Value.ValueKind == JsonValueKind.Null && !WellKnownTypes.TakesNull(field))
            {
                continue;
            }

            if (field.RealContainingOneof is { } oneof && !oneofs.TryAdd(oneof, property.Name))
            {
                throw new UsageException(
                    $"{Join(path, property.Name)}: only one of the oneof '{oneof.Name}' can be set, and '{oneofs[oneof]}' is.");
            }

            Field(output, field, property.Value, Join(path, property.Name));
        }

        output.Flush();
        return bytes.ToArray();
    }

    private byte[] Any(JsonElement json, string path)
    {
        if (!json.TryGetProperty("@type", out var urlJson) || urlJson.ValueKind != JsonValueKind.String)
        {
            throw new UsageException($"{Name(path)}: an Any needs \"@type\", a type URL such as type.googleapis.com/some.Type.");
        }

        var url = urlJson.GetString()!;
        var type = types.FindByUrl(url);
        byte[] value;
        if (type is null)
        {
            value = json.TryGetProperty("value", out var raw) && raw.ValueKind == JsonValueKind.String
                ? Base64(raw, Join(path, "value"))
                : throw new UsageException($"{Name(path)}: '{url}' is not described by the server; give its bytes as \"value\", in base64.");
        }
        else if (WellKnownTypes.Find(type) is { } known)
        {
            value = json.TryGetProperty("value", out var inner)
                ? WellKnown(known, inner, Join(path, "value"))
                : throw new UsageException($"{Name(path)}: an Any of {type.FullName} carries it as \"value\".");
        }
        else
        {
            value = Fields(type, Without(json, "@type"), path);
        }

        return new Google.Protobuf.WellKnownTypes.Any { TypeUrl = url, Value = ByteString.CopyFrom(value) }.ToByteArray();
    }

    private void Field(CodedOutputStream output, FieldDescriptor field, JsonElement json, string path)
    {
        if (field.IsMap)
        {
            Map(output, field, json, path);
        }
        else if (field.IsRepeated)
        {
            if (json.ValueKind != JsonValueKind.Array)
            {
                throw Misfit(path, json, "an array");
            }

            var index = 0;
            foreach (var item in json.EnumerateArray())
            {
                // Not packed: a parser takes both forms, and this one needs no second pass.
                Single(output, field, item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"));
            }
        }
        else
        {
            Single(output, field, json, path);
        }
    }

    private void Map(CodedOutputStream output, FieldDescriptor field, JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Misfit(path, json, "an object, one property an entry");
        }

        var (key, value) = (field.MessageType.Fields[1], field.MessageType.Fields[2]);
        foreach (var entry in json.EnumerateObject())
        {
            using var bytes = new MemoryStream();
            using var inner = new CodedOutputStream(bytes);
            var at = $"{path}[\"{entry.Name}\"]";
            Single(inner, key, JsonSerializer.SerializeToElement(entry.Name), at);
            Single(inner, value, entry.Value, at);
            inner.Flush();
            output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes.ToArray()));
        }
    }

    private void Single(CodedOutputStream output, FieldDescriptor field, JsonElement json, string path)
    {
        // Before the value is known to fit: what does not fit ends the whole message.
        output.WriteTag(field.FieldNumber, WireTypes.Of(field));
        switch (field.FieldType)
        {
            case FieldType.Message:
                output.WriteBytes(ByteString.CopyFrom(Message(field.MessageType, json, path)));
                break;
            case FieldType.String:
                output.WriteString(json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Misfit(path, json, "a string"));
                break;
            case FieldType.Bytes:
                output.WriteBytes(ByteString.CopyFrom(Base64(json, path)));
                break;
            case FieldType.Bool:
                output.WriteBool(Bool(json, path));
                break;
            case FieldType.Enum:
                output.WriteEnum(Enum(field.EnumType, json, path));
                break;
            case FieldType.Double:
                output.WriteDouble(Real(json, path, double.MaxValue));
                break;
            case FieldType.Float:
                output.WriteFloat((float)Real(json, path, float.MaxValue));
                break;
            case FieldType.Int32:
                output.WriteInt32((int)Integer(json, path, int.MinValue, int.MaxValue));
                break;
            case FieldType.SInt32:
                output.WriteSInt32((int)Integer(json, path, int.MinValue, int.MaxValue));
                break;
            case FieldType.SFixed32:
                output.WriteSFixed32((int)Integer(json, path, int.MinValue, int.MaxValue));
                break;
            case FieldType.Int64:
                output.WriteInt64((long)Integer(json, path, long.MinValue, long.MaxValue));
                break;
            case FieldType.SInt64:
                output.WriteSInt64((long)Integer(json, path, long.MinValue, long.MaxValue));
                break;
            case FieldType.SFixed64:
                output.WriteSFixed64((long)Integer(json, path, long.MinValue, long.MaxValue));
                break;
            case FieldType.UInt32:
                output.WriteUInt32((uint)Integer(json, path, 0, uint.MaxValue));
                break;
            case FieldType.Fixed32:
                output.WriteFixed32((uint)Integer(json, path, 0, uint.MaxValue));
                break;
            case FieldType.UInt64:
                output.WriteUInt64((ulong)Integer(json, path, 0, ulong.MaxValue));
                break;
            case FieldType.Fixed64:
                output.WriteFixed64((ulong)Integer(json, path, 0, ulong.MaxValue));
                break;
            default:
                throw new UsageException($"{path}: fields of type {field.FieldType} are not supported.");
        }
    }

    private static byte[] WellKnown(MessageDescriptor known, JsonElement json, string path)
    {
        try
        {
            return WellKnownTypes.Encode(known, json.GetRawText());
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException)
        {
            throw new UsageException($"{Name(path)}: not a {known.FullName}: {e.Message}");
        }
    }

    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == name || f.Name == name);

    private static decimal Integer(JsonElement json, string path, decimal min, decimal max)
    {
        // 1e3 and 5.0 are whole numbers in JSON too; decimal holds every 64-bit one exactly.
        var text = json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();
        return json.ValueKind is JsonValueKind.Number or JsonValueKind.String
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && decimal.Truncate(value) == value && value >= min && value <= max
            ? value
            : throw Misfit(path, json, string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"));
    }

    private static double Real(JsonElement json, string path, double max)
    {
        if (json.ValueKind == JsonValueKind.String && json.GetString() is "NaN" or "Infinity" or "-Infinity")
        {
            return double.Parse(json.GetString()!, CultureInfo.InvariantCulture);
        }

        var text = json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();
        return json.ValueKind is JsonValueKind.Number or JsonValueKind.String
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) <= max
            ? value
            : throw Misfit(path, json, "a number within the range of the type, \"NaN\", \"Infinity\" or \"-Infinity\"");
    }

    private static bool Bool(JsonElement json, string path) => json.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        // The key of a map is always a string.
        JsonValueKind.String when bool.TryParse(json.GetString(), out var value) => value,
        _ => throw Misfit(path, json, "true or false"),
    };

    private static int Enum(EnumDescriptor type, JsonElement json, string path) => json.ValueKind switch
    {
        JsonValueKind.String when type.FindValueByName(json.GetString()!) is { } value => value.Number,
        JsonValueKind.Number => (int)Integer(json, path, int.MinValue, int.MaxValue),
        JsonValueKind.Null => 0,
        _ => throw Misfit(path, json, $"a value of {type.FullName}: {string.Join(", ", type.Values.Select(v => v.Name))}"),
    };

    private static byte[] Base64(JsonElement json, string path)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            // Both alphabets, padded or not.
            var text = json.GetString()!.TrimEnd('=').Replace('+', '-').Replace('/', '_');
            if (Base64Url.IsValid(text))
            {
                return Base64Url.DecodeFromChars(text);
            }
        }

        throw Misfit(path, json, "a string in base64");
    }

    private static JsonElement Without(JsonElement json, string name) => JsonSerializer.SerializeToElement(
        json.EnumerateObject().Where(p => p.Name != name).ToDictionary(p => p.Name, p => p.Value));

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Name(string path) => path.Length == 0 ? "The message" : path;

    private static UsageException Misfit(string path, JsonElement json, string takes)
    {
        var text = json.GetRawText();
        return new UsageException($"{Name(path)} is {(text.Length <= 64 ? text : string.Concat(text.AsSpan(0, 61), "..."))}: it takes {takes}.");
    }

    private static UsageException Unknown(MessageDescriptor type, string name, string path)
    {
        var known = new StringBuilder().AppendJoin(", ", type.Fields.InDeclarationOrder().Select(f => f.JsonName));
        return new UsageException(known.Length == 0
            ? $"{Join(path, name)}: {type.FullName} has no fields."
            : $"{Join(path, name)}: {type.FullName} has no such field. It has: {known}.");
    }
}
