using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Muster.Core;
using Muster.Grpc;

namespace Muster.Registry.Api.Http;

/// <summary>Builds a request message from a JSON body, the path and the query, by the names of its .proto file (in lower camel
/// case or as written there).</summary>
internal static class JsonRequests
{
    /// <summary>As large as a gRPC request may be.</summary>
    public const int BodyBytesMax = Limits.MessageBytesMax;

    // A field that is said twice leaves it open which one was meant.
    private static readonly JsonDocumentOptions s_document = new() { AllowDuplicateProperties = false };

    private static readonly JsonParser s_parser = new(new JsonParser.Settings(recursionLimit: 32));

    /// <exception cref="RpcException">InvalidArgument: it is not such a message; the text says what does not fit.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, MessageParser<T> parser)
        where T : class, IMessage<T>, new()
    {
        try
        {
            var json = await ReadBodyAsync(http.Request);
            AddPathAndQuery(http.Request, json, new T().Descriptor.Fields);
            return s_parser.Parse<T>(json.ToJsonString());
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw Invalid($"the request is not a {new T().Descriptor.FullName}: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            // So the parser says it, when names and values are read as text.
            throw Invalid("the body holds one half of a surrogate pair without the other, which is no text.");
        }
    }

    private static void AddPathAndQuery(HttpRequest request, JsonObject json, MessageDescriptor.FieldCollection fields)
    {
        foreach (var (name, value) in request.RouteValues)
        {
            json[name] = $"{value}";
        }

        foreach (var (name, values) in request.Query)
        {
            var field = fields.InDeclarationOrder().FirstOrDefault(f => f.Name == name || f.JsonName == name)
                ?? throw Invalid($"query parameter '{name}' is unknown: {string.Join(", ", fields.InDeclarationOrder().Select(f => f.Name))} are.");
            json[field.Name] = Value(field, values.ToString());
        }
    }

    private static JsonNode? Value(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.Bool => text is "true" or "1" or ""
            ? true
            : text is "false" or "0" ? false : throw Invalid($"{field.Name} is '{text}': true or false are allowed."),
        FieldType.Message when field.MessageType.FullName == "muster.v1.ResumeToken" => ResumeTokens.ToJson(text),
        FieldType.Message => throw Invalid($"{field.Name} is an object, and belongs into the body."),
        _ => text,
    };

    private static async Task<JsonObject> ReadBodyAsync(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method) || request.ContentLength is 0)
        {
            return [];
        }

        try
        {
            // An empty body of unknown length is no JSON; it is an empty request all the same.
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
            return body.Length == 0 ? [] : JsonNode.Parse(body.ToArray(), documentOptions: s_document) as JsonObject ?? throw Invalid("the body is not a JSON object.");
        }
        catch (JsonException e)
        {
            throw Invalid($"the body is not JSON: {e.Message}");
        }
        catch (BadHttpRequestException e)
        {
            throw new RpcException(StatusCode.ResourceExhausted, $"the body is over {BodyBytesMax} bytes: {e.Message}");
        }
    }

    private static RpcException Invalid(string message) => new(StatusCode.InvalidArgument, message);
}
