using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Muster.Cli.Calls;

/// <summary>Messages of protobuf itself that have a JSON form of their own: a Timestamp is a string, a Struct an object.</summary>
internal static class WellKnownTypes
{
    private static readonly Dictionary<string, MessageDescriptor> s_types = new MessageDescriptor[]
    {
        Timestamp.Descriptor, Duration.Descriptor, Struct.Descriptor, Value.Descriptor, ListValue.Descriptor, FieldMask.Descriptor,
        DoubleValue.Descriptor, FloatValue.Descriptor, Int64Value.Descriptor, UInt64Value.Descriptor, Int32Value.Descriptor,
        UInt32Value.Descriptor, BoolValue.Descriptor, StringValue.Descriptor, BytesValue.Descriptor,
    }.ToDictionary(t => t.FullName, StringComparer.Ordinal);

    /// <summary>The type that the runtime knows, for a descriptor that came over the wire; null if it has no form of its
    /// own.</summary>
    public static MessageDescriptor? Find(MessageDescriptor type) => s_types.GetValueOrDefault(type.FullName);

    /// <summary>Whether JSON <c>null</c> is a value of the type, and not its absence.</summary>
    public static bool TakesNull(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName == Value.Descriptor.FullName,
        FieldType.Enum => field.EnumType.FullName == "google.protobuf.NullValue",
        _ => false,
    };

    /// <exception cref="InvalidDataException">The JSON is not of the type.</exception>
    public static byte[] Encode(MessageDescriptor known, string json)
    {
        try
        {
            return JsonParser.Default.Parse(json, known).ToByteArray();
        }
        catch (InvalidJsonException e)
        {
            throw new InvalidDataException(e.Message);
        }
    }

    public static string Decode(MessageDescriptor known, ReadOnlySpan<byte> message) =>
        JsonFormatter.Default.Format(known.Parser.ParseFrom(message));
}
