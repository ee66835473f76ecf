using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;

namespace Muster.Registry.Api.Http;

/// <summary>Describes the HTTP API in OpenAPI 3.1, from the routes and the messages themselves, so that it cannot fall behind.</summary>
internal static class OpenApiDocument
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true };

    public static string Build(IEnumerable<JsonRoute> routes)
    {
        var schemas = new JsonObject();
        var paths = new JsonObject();
        foreach (var route in routes)
        {
            Path(paths, route.Pattern)[route.Verb.ToLowerInvariant()] = Operation(route, schemas);
        }

        var list = Ref(Protocol.V1.ListInstancesResponse.Descriptor, schemas);
        Path(paths, "/v1/services/{service}/poll")["get"] = Operation(
            "Lists the instances of a service once they have changed since 'after', or when the wait is over.",
            [Parameter("service", "path", Text()), Query("namespace", Text()), Query("selector", Text()), Query("after", Text()),
                Query("wait_ms", new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = LongPoll.WaitMsMax })],
            Content("application/json", list));
        Path(paths, "/v1/services/{service}/watch")["get"] = Operation(
            "Watches a service: server-sent events whose data is a WatchResponse; resume from the id of the last event.",
            [Parameter("service", "path", Text()), Query("namespace", Text()), Query("selector", Text()), Query("resume", Text()),
                Query("with_load", new JsonObject { ["type"] = "boolean" }), Query("client", Text())],
            Content("text/event-stream", Ref(Protocol.V1.WatchResponse.Descriptor, schemas)));
        Path(paths, "/v1/sd/prometheus")["get"] = Operation(
            "Lists the instances for Prometheus' HTTP service discovery.",
            [Query("namespace", Text()), Query("service", Text())],
            Content("application/json", new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "object" } }));
        schemas["Error"] = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["code"] = Text(), ["message"] = Text() },
        };
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Muster registry",
                ["version"] = "v1",
                ["description"] = "The twin of the gRPC API muster.v1: the same messages as protobuf JSON. 64-bit numbers are strings.",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        }.ToJsonString(s_format);
    }

    private static JsonObject Path(JsonObject paths, string pattern)
    {
        if (paths[pattern] is not JsonObject path)
        {
            paths[pattern] = path = [];
        }

        return path;
    }

    private static JsonObject Operation(JsonRoute route, JsonObject schemas)
    {
        var inPath = route.PathParameters.ToHashSet();
        var parameters = new List<JsonObject>();
        foreach (var field in route.Request.Fields.InDeclarationOrder())
        {
            if (inPath.Contains(field.Name))
            {
                parameters.Add(Parameter(field.Name, "path", Single(field, schemas)));
            }
            else if (!route.HasBody && field.FieldType != FieldType.Message && !field.IsRepeated)
            {
                parameters.Add(Query(field.Name, Single(field, schemas)));
            }
        }

        var operation = Operation(route.Summary, parameters, Content("application/json", Ref(route.Response, schemas)));
        if (route.HasBody)
        {
            operation["requestBody"] = new JsonObject { ["content"] = Content("application/json", Ref(route.Request, schemas)) };
        }

        return operation;
    }

    private static JsonObject Operation(string summary, IEnumerable<JsonObject> parameters, JsonObject content) => new()
    {
        ["summary"] = summary,
        ["parameters"] = new JsonArray([.. parameters]),
        ["responses"] = new JsonObject
        {
            ["200"] = new JsonObject { ["description"] = "Done.", ["content"] = content },
            ["default"] = new JsonObject
            {
                ["description"] = "Refused: the code of the gRPC status, and a sentence that names field, value and bound.",
                ["content"] = Content("application/json", new JsonObject { ["$ref"] = "#/components/schemas/Error" }),
            },
        },
    };

    private static JsonObject Parameter(string name, string place, JsonObject schema) =>
        new() { ["name"] = name, ["in"] = place, ["required"] = true, ["schema"] = schema };

    private static JsonObject Query(string name, JsonObject schema) => new() { ["name"] = name, ["in"] = "query", ["schema"] = schema };

    private static JsonObject Content(string type, JsonObject schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Ref(MessageDescriptor message, JsonObject schemas)
    {
        if (!schemas.ContainsKey(message.FullName))
        {
            // Its place first: a message may hold itself.
            var properties = new JsonObject();
            schemas[message.FullName] = new JsonObject { ["type"] = "object", ["properties"] = properties };
            foreach (var field in message.Fields.InDeclarationOrder())
            {
                properties[field.JsonName] = Schema(field, schemas);
            }
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{message.FullName}" };
    }

    private static JsonObject Schema(FieldDescriptor field, JsonObject schemas)
    {
        if (field.IsMap)
        {
            return new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = Single(field.MessageType.Fields[2], schemas),
            };
        }

        return field.IsRepeated
            ? new JsonObject { ["type"] = "array", ["items"] = Single(field, schemas) }
            : Single(field, schemas);
    }

    private static JsonObject Single(FieldDescriptor field, JsonObject schemas) => field.FieldType switch
    {
        FieldType.Message => Ref(field.MessageType, schemas),
        FieldType.Bool => new JsonObject { ["type"] = "boolean" },
        FieldType.Double or FieldType.Float => new JsonObject { ["type"] = "number" },
        FieldType.Int32 or FieldType.UInt32 or FieldType.SInt32 or FieldType.Fixed32 or FieldType.SFixed32 =>
            new JsonObject { ["type"] = "integer" },
        FieldType.Enum => new JsonObject
        {
            ["type"] = "string",
            ["enum"] = new JsonArray([.. field.EnumType.Values.Select(v => (JsonNode)v.Name)]),
        },
        _ => Text(),
    };

    private static JsonObject Text() => new() { ["type"] = "string" };
}
