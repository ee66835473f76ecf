using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Muster.Cli.Calls;

/// <summary>How one value of a field stands on the wire.</summary>
internal static class WireTypes
{
    public static WireFormat.WireType Of(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String or FieldType.Bytes or FieldType.Message => WireFormat.WireType.LengthDelimited,
        FieldType.Fixed32 or FieldType.SFixed32 or FieldType.Float => WireFormat.WireType.Fixed32,
        FieldType.Fixed64 or FieldType.SFixed64 or FieldType.Double => WireFormat.WireType.Fixed64,
        FieldType.Group => WireFormat.WireType.StartGroup,
        _ => WireFormat.WireType.Varint,
    };
}
