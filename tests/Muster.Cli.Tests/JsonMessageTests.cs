using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Muster.Cli.Calls;
using Muster.Cli.Tests.Protos;

namespace Muster.Cli.Tests;

/// <summary>The JSON of <c>muster call</c>, held to what protobuf's own JSON makes of the same messages.</summary>
public sealed class JsonMessageTests
{
    // As reflection brings it: descriptors rebuilt from bytes, without any generated type behind them.
    private static readonly MessageDescriptor s_everything = Rebuild();
    private static readonly MessageTypes s_types = new(s_everything.File);
    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithTypeRegistry(
        TypeRegistry.FromFiles(EverythingReflection.Descriptor)));

    private static readonly JsonFormatter s_formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(
        TypeRegistry.FromFiles(EverythingReflection.Descriptor)));

    public static TheoryData<string> Messages() =>
    [
        "{}",
        """{"real": 1.5, "shortReal": -0.25, "i32": -5, "i64": "-9223372036854775808", "u32": 4294967295, "u64": "18446744073709551615"}""",
        """{"s32": -2147483648, "s64": "-3", "f32": 7, "f64": "8", "sf32": -9, "sf64": "-10"}""",
        """{"real": "NaN", "shortReal": "-Infinity"}""",
        """{"real": 1e300, "i32": 1e3, "i64": 5.0, "u64": 12}""",
        """{"flag": true, "text": "h\u00e9 \"quoted\" \ud83d\ude00", "data": "AAECAw=="}""",
        """{"colour": "COLOUR_RED", "colours": ["COLOUR_BLUE", 1, 77]}""",
        """{"inner": {"inner": {"text": "deep"}}, "parts": [{"i32": 1}, {}, {"i32": 3}]}""",
        """{"numbers": [1, -2, 3], "words": ["", "b"], "zigzags": ["-1", "1"], "reals": [0, "Infinity", 2.5]}""",
        """{"byName": {"a": "1", "": "2"}, "byNumber": {"-7": {"text": "x"}}, "byFlag": {"true": "yes", "false": "no"}}""",
        """{"chosenText": ""}""",
        """{"chosenNumber": 0}""",
        """{"perhaps": 0}""",
        """{"at": "2026-11-22T03:00:00.123Z", "took": "1.500s", "wrapped": "w", "empty": {}}""",
        """{"facts": {"a": [1, null, {"b": true}]}, "value": null, "values": [null, 1, "s", {"x": []}]}""",
        """{"any": {"@type": "type.googleapis.com/muster.cli.test.Small", "number": 3}}""",
        """{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}}""",
        """{"other": 4, "named_otherwise": 5, "short_real": 2}""",
        """{"text": null, "numbers": null, "inner": null, "nothing": null}""",
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Encode_Json_IsTheMessageThatProtobufMakesOfIt(string json)
    {
        var bytes = Encode(json);

        Assert.Equal(s_parser.Parse<Everything>(json), Everything.Parser.ParseFrom(bytes));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Decode_Message_IsTheJsonThatProtobufMakesOfIt(string json)
    {
        var message = s_parser.Parse<Everything>(json);

        var decoded = new JsonDecoder(s_types).Decode(s_everything, message.ToByteArray(), indented: false);

        using var expected = JsonDocument.Parse(s_formatter.Format(message));
        using var actual = JsonDocument.Parse(decoded);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, actual.RootElement), decoded);
    }

    [Fact]
    public void Decode_FieldsInParts_TakesTheLastNumberAndTheSumOfMessages()
    {
        var parts = new[]
        {
            new Everything { I32 = 1, Inner = new Everything { I32 = 1, Words = { "a" } } },
            new Everything { I32 = 2, Inner = new Everything { Text = "t", Words = { "b" } } },
        };
        var bytes = parts.SelectMany(p => p.ToByteArray()).ToArray();

        var decoded = new JsonDecoder(s_types).Decode(s_everything, bytes, indented: false);

        Assert.Equal("""{"i32":2,"inner":{"i32":1,"text":"t","words":["a","b"]}}""", decoded);
    }

    [Fact]
    public void Encode_BytesInTheUrlAlphabetWithoutPadding_AreTaken() =>
        Assert.Equal([0xfb, 0xff], Everything.Parser.ParseFrom(Encode("""{"data": "-_8"}""")).Data.ToByteArray());

    [Fact]
    public void Decode_AnyOfAnUnknownType_KeepsItsBytes()
    {
        const string Json = """{"any":{"@type":"example.com/no.Such","value":"AQI="}}""";

        Assert.Equal(Json, new JsonDecoder(s_types).Decode(s_everything, Encode(Json), indented: false));
    }

    [Theory]
    [InlineData("[]", "The message is []: it takes an object")]
    [InlineData("""{"textt": "a"}""", "textt: muster.cli.test.Everything has no such field. It has: real, shortReal")]
    [InlineData("""{"i32": 2147483648}""", "i32 is 2147483648: it takes a whole number from -2147483648 to 2147483647.")]
    [InlineData("""{"u32": -1}""", "u32 is -1")]
    [InlineData("""{"i64": 1.5}""", "i64 is 1.5")]
    [InlineData("""{"i64": "x"}""", "i64 is \"x\"")]
    [InlineData("""{"shortReal": 1e300}""", "shortReal is 1e300")]
    [InlineData("""{"flag": 1}""", "flag is 1: it takes true or false.")]
    [InlineData("""{"text": 1}""", "text is 1: it takes a string.")]
    [InlineData("""{"data": "*"}""", "data is \"*\": it takes a string in base64.")]
    [InlineData("""{"colour": "GREEN"}""", "it takes a value of muster.cli.test.Colour: COLOUR_UNSPECIFIED, COLOUR_RED, COLOUR_BLUE.")]
    [InlineData("""{"numbers": 1}""", "numbers is 1: it takes an array.")]
    [InlineData("""{"parts": [{}, {"inner": {"i32": "no"}}]}""", "parts[1].inner.i32 is \"no\"")]
    [InlineData("""{"byNumber": {"x": {}}}""", "byNumber[\"x\"] is \"x\"")]
    [InlineData("""{"chosenText": "a", "chosenNumber": 1}""", "only one of the oneof 'choice' can be set, and 'chosenText' is.")]
    [InlineData("""{"at": "yesterday"}""", "at: not a google.protobuf.Timestamp")]
    [InlineData("""{"any": {"number": 1}}""", "any: an Any needs \"@type\"")]
    [InlineData("""{"any": {"@type": "x/no.Such", "number": 1}}""", "'x/no.Such' is not described by the server")]
    public void Encode_WhatDoesNotFit_NamesFieldValueAndBound(string json, string expected)
    {
        var e = Assert.Throws<UsageException>(() => Encode(json));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_AnotherTypeOnTheWire_IsAnError()
    {
        var bytes = new Small { Number = 1 }.ToByteArray();
        Assert.Throws<InvalidDataException>(() => new JsonDecoder(s_types).Decode(s_everything, bytes, indented: false));
    }

    [Fact]
    public void Decode_TooDeep_IsAnError()
    {
        var message = new Everything();
        for (var i = 0; i < 101; i++)
        {
            message = new Everything { Inner = message };
        }

        Assert.Throws<InvalidDataException>(
            () => new JsonDecoder(s_types).Decode(s_everything, message.ToByteArray(), indented: false));
    }

    private static byte[] Encode(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new JsonEncoder(s_types).Encode(s_everything, document.RootElement);
    }

    private static MessageDescriptor Rebuild()
    {
        var files = new List<ByteString>();
        Add(EverythingReflection.Descriptor);
        return FileDescriptor.BuildFromByteStrings(files)[^1].MessageTypes.Single(m => m.Name == nameof(Everything));

        void Add(FileDescriptor file)
        {
            foreach (var import in file.Dependencies)
            {
                Add(import);
            }

            if (!files.Contains(file.SerializedData))
            {
                files.Add(file.SerializedData);
            }
        }
    }
}
