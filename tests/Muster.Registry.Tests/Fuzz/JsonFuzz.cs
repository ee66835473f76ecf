using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>The HTTP/JSON side: every route of the OpenAPI document, with paths, queries and bodies at random.</summary>
internal sealed class JsonFuzz(FuzzedRegistry registry, Coverage coverage)
{
    private static readonly HashSet<HttpStatusCode> s_intended =
    [
        HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.Conflict,
        HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout, HttpStatusCode.RequestUriTooLong,
        HttpStatusCode.RequestHeaderFieldsTooLarge, HttpStatusCode.UnsupportedMediaType, HttpStatusCode.RequestEntityTooLarge,
    ];

    private static readonly Dictionary<string, MessageDescriptor> s_bodies = new(StringComparer.Ordinal)
    {
        ["instances"] = RegisterRequest.Descriptor, ["keepalive"] = KeepAliveRequest.Descriptor, ["intent"] = SetIntentRequest.Descriptor,
        ["drain"] = SetIntentRequest.Descriptor, ["remove"] = RemoveRequest.Descriptor, ["release"] = GuardRequest.Descriptor,
    };

    private static readonly string[] s_hostileBodies =
    [
        "", "{", "[]", "null", "1", "\"x\"", "{}", """{"instance": null}""", """{"instance": {}, "instance": {}}""",
        """{"instance": {"service": "\ud800"}}""", """{"\ud800": 1}""", """{"instance": {"metadata": {"\udfff": "\ud800"}}}""",
        """{"instance": 1}""", """{"ttlMs": 1e999}""", """{"ttlMs": -1}""", """{"ttlMs": "x"}""", """{"instance": {"endpoints": [null]}}""",
        """{"instance": {"metadata": {"a": null}}}""", """{"instance": {"metadata": {"a": "1", "a": "2"}}}""",
        """{"instance": {"weight": 1.5}}""", """{"reports": [{"load": {"cpuUtilization": "NaN"}}]}""", """{"@type": "x"}""",
        """{"unknown": {"deep": [[[[[[1]]]]]]}}""", "\u0000", "{} {}", "\ufeff{}", """{"intent": 99}""", """{"intent": "INTENT_X"}""",
    ];

    private List<(string Verb, string Path)>? _routes;

    public async Task StepAsync(Random random, MessageMaker maker)
    {
        _routes ??= await ReadRoutesAsync();
        var (verb, pattern) = _routes[random.Next(_routes.Count)];
        using var request = new HttpRequestMessage(
            new HttpMethod(maker.IsHostile() && random.Next(10) == 0 ? "PUT" : verb), Address(pattern, random, maker));
        if (verb == "POST" && random.Next(10) > 0)
        {
            request.Content = new ByteArrayContent(Body(pattern, random, maker));
        }

        if (random.Next(10) == 0)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", maker.IsHostile() ? "x:y:z" : "fuzz:3");
        }

        var answered = await registry.RunAsync(SendAsync(request, isEndless: pattern.EndsWith("/watch", StringComparison.Ordinal)), isGrpc: false);
        Assert.True(s_intended.Contains(answered.Status), $"{verb} {request.RequestUri} ended with {answered.Status}: {answered.Body} {string.Join('\n', registry.Errors)}");
        if (answered.Status == HttpStatusCode.OK && answered.Body.Contains("event: error", StringComparison.Ordinal))
        {
            Assert.DoesNotContain("INTERNAL", answered.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("UNKNOWN\"", answered.Body, StringComparison.Ordinal);
        }

        coverage.Add($"{verb} {pattern}", answered.Status == HttpStatusCode.OK ? StatusCode.OK : StatusCode.InvalidArgument);
    }

    /// <summary>The routes that the registry says it has.</summary>
    public async Task<List<(string Verb, string Path)>> ReadRoutesAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(registry.HttpAddress, "/openapi.json"));
        using var response = await registry.Invoker.SendAsync(request, CancellationToken.None);
        var paths = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["paths"]!.AsObject();
        return [.. from path in paths from verb in path.Value!.AsObject() select (verb.Key.ToUpperInvariant(), path.Key)];
    }

    private static byte[] Body(string pattern, Random random, MessageMaker maker)
    {
        if (random.Next(3) == 0 && pattern.EndsWith('}') is false && !pattern.EndsWith("/instances", StringComparison.Ordinal))
        {
            // The path says enough.
            return [];
        }

        if (maker.IsHostile() || !s_bodies.TryGetValue(pattern.Split('/')[^1], out var type))
        {
            return random.Next(4) == 0 ? maker.Bytes(random.Next(100)) : Encoding.UTF8.GetBytes(s_hostileBodies[random.Next(s_hostileBodies.Length)]);
        }

        var json = JsonFormatter.Default.Format(maker.Make(type));
        return Encoding.UTF8.GetBytes(maker.IsHostile() ? json[..random.Next(json.Length)] : json);
    }

    private Uri Address(string pattern, Random random, MessageMaker maker)
    {
        var path = string.Join('/', pattern.Split('/').Select(part => part.StartsWith('{') ? Part(part[1..^1], random, maker) : part));
        var query = new StringBuilder();
        string[] names = ["namespace", "selector", "after", "wait_ms", "min_revision", "limit", "with_load", "resume", "service", "lease_id", "client", "only_tripped"];
        if (!maker.IsHostile() && maker.Lease() is { } lease)
        {
            // Whoever deletes has to say by what right.
            query.Append(pattern.EndsWith('}') ? $"?lease_id={lease}" : "");
        }

        for (var i = random.Next(10) == 0 ? random.Next(3) : 0; i > 0; i--)
        {
            var name = maker.IsHostile() ? maker.Text("query") : names[random.Next(names.Length)];
            query.Append(query.Length == 0 ? '?' : '&').Append(Escape(name)).Append('=').Append(Escape(Parameter(name, random, maker)));
        }

        return new Uri(registry.HttpAddress.GetLeftPart(UriPartial.Authority) + path + query, new UriCreationOptions
        {
            DangerousDisablePathAndQueryCanonicalization = true,
        });
    }

    private static string Part(string name, Random random, MessageMaker maker) => maker.IsHostile()
        ? new[] { "%00", "%ff", "%2f", "..", "%ED%A0%80", "%", "*", Escape(maker.Text("part")) + "x", "99999999999999999999" }[random.Next(9)]
        : name == "lease_id" ? (maker.Lease() ?? 1).ToString(CultureInfo.InvariantCulture)
        : Escape(maker.Text(name)) is { Length: > 0 } text ? text : "x";

    private static string Parameter(string name, Random random, MessageMaker maker) => maker.IsHostile() ? maker.Text("value") : name switch
    {
        "after" or "resume" => $"memory-00000002:{random.Next(30)}",
        // Else the driver could not tell a wait from a hang.
        "wait_ms" => new[] { "0", "5000", "55000" }[random.Next(3)],
        "min_revision" or "limit" => random.Next(30).ToString(CultureInfo.InvariantCulture),
        "lease_id" => random.Next(1000, 1030).ToString(CultureInfo.InvariantCulture),
        "with_load" or "only_tripped" => "true",
        _ => maker.Text(name),
    };

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpRequestMessage request, bool isEndless)
    {
        HttpResponseMessage response;
        try
        {
            response = await registry.Invoker.SendAsync(request, CancellationToken.None);
        }
        catch (HttpRequestException)
        {
            // The client itself would not send it, or the server closed on a request that is no HTTP.
            return (HttpStatusCode.BadRequest, "");
        }

        using (response)
        {
            if (!isEndless || response.StatusCode != HttpStatusCode.OK)
            {
                return (response.StatusCode, await response.Content.ReadAsStringAsync());
            }

            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            return (response.StatusCode, $"{await reader.ReadLineAsync()}\n{await reader.ReadLineAsync()}");
        }
    }
}
