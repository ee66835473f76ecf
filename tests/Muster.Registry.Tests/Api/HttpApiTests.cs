using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Muster.Registry.Tests.Api;

/// <summary>The HTTP/JSON twin, over a real socket.</summary>
public sealed class HttpApiTests : RegistryHarness, IDisposable
{
    private readonly HttpClient _http = new();

    [Fact]
    public async Task Register_KeepAlive_List_Deregister_AsJson()
    {
        var registered = await PostAsync("/v1/instances", """
            {"instance": {"service": "calculator", "id": "a", "host": "10.0.0.1", "endpoints": [{"port": 80}],
             "metadata": {"version": "2"}}, "ttlMs": 5000}
            """);
        Assert.Equal("a", $"{registered["instanceId"]}");
        var lease = $"{registered["leaseId"]}";

        var renewed = await PostAsync($"/v1/leases/{lease}/keepalive", """{"reports": [{"load": {"cpuUtilization": 0.25}}]}""");
        Assert.Equal(5000, (int)renewed["ttlMs"]!);
        Assert.Equal(5000, (int)(await PostAsync($"/v1/leases/{lease}/keepalive", ""))["ttlMs"]!);

        var list = await GetAsync("/v1/services/calculator/instances?selector=version%3D2");
        var instance = Assert.Single(list["instances"]!.AsArray())!;
        Assert.Equal("10.0.0.1", $"{instance["instance"]!["host"]}");
        Assert.Equal(0.25, (double)instance["soft"]!["load"]!["cpuUtilization"]!);
        Assert.Equal("calculator", $"{(await GetAsync("/v1/services"))["services"]![0]!["service"]}");

        using var gone = await _http.DeleteAsync(Url($"/v1/services/calculator/instances/a?lease_id={lease}"));
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
        Assert.Empty((await GetAsync("/v1/services/calculator/instances"))["instances"]!.AsArray());
        var left = (await GetAsync("/v1/services/calculator/history"))["removals"]![0]!;
        Assert.Equal("REMOVAL_REASON_DEREGISTERED", $"{left["reason"]}");
        Assert.NotEmpty((await GetAsync("/v1/instances/a/why?namespace=*"))["explanations"]!.AsArray());
    }

    [Fact]
    public async Task Operator_OutInDrainRemove_AsJson()
    {
        await RegisterAsync(Instance());

        var outOf = await PostAsync("/v1/services/calculator/instances/a/intent", """{"intent": "INTENT_OUT", "operator": "ann"}""");
        Assert.Equal("INTENT_OUT", $"{outOf["intent"]}");
        Assert.Equal("INTENT_SERVING", $"{(await PostAsync("/v1/services/calculator/instances/a/intent", "{}"))["intent"]}");
        var drain = await PostAsync("/v1/services/calculator/instances/a/drain", "");
        Assert.Equal("INTENT_DRAINING", $"{drain["intent"]}");
        Assert.NotNull(drain["drain"]);
        await PostAsync("/v1/services/calculator/instances/a/remove", """{"reason": "bad build"}""");
        Assert.Empty((await ListAsync()).Instances);
        Assert.Empty((await GetAsync("/v1/guard"))["held"]!.AsArray());
        Assert.Empty((await PostAsync("/v1/guard/release", ""))["held"]!.AsArray());
        Assert.Equal(0, (int)(await GetAsync("/v1/calls?namespace=*&only_tripped=true"))["instancesCount"]!);
    }

    [Theory]
    [InlineData("GET", "/v1/services/Calc/instances", "", 400, "INVALID_ARGUMENT", "service is 'Calc'")]
    [InlineData("GET", "/v1/services?colour=red", "", 400, "INVALID_ARGUMENT", "query parameter 'colour' is unknown: namespace, min_revision are.")]
    [InlineData("GET", "/v1/calls?limit=1001", "", 400, "INVALID_ARGUMENT", "limit is 1001: 0 to 1000 are allowed")]
    [InlineData("GET", "/v1/services?min_revision=x", "", 400, "INVALID_ARGUMENT", "the request is not a muster.v1.ListServicesRequest")]
    [InlineData("GET", "/v1/services/calculator/watch?with_load=maybe", "", 400, "INVALID_ARGUMENT", "with_load is 'maybe'")]
    [InlineData("GET", "/v1/services/calculator/watch?selector=%3D", "", 400, "INVALID_ARGUMENT", "selector")]
    [InlineData("GET", "/v1/services/calculator/watch?resume=x", "", 400, "INVALID_ARGUMENT", "token is 'x': it is written store:revision")]
    [InlineData("GET", "/v1/services/calculator/poll?after=s:1&wait_ms=99999", "", 400, "INVALID_ARGUMENT", "wait_ms is '99999': 0 to 55000")]
    [InlineData("POST", "/v1/instances", "{", 400, "INVALID_ARGUMENT", "the body is not JSON")]
    [InlineData("POST", "/v1/instances", "[]", 400, "INVALID_ARGUMENT", "the body is not a JSON object.")]
    [InlineData("POST", "/v1/instances", "{\"instance\": {\"prot\": 1}}", 400, "INVALID_ARGUMENT", "prot")]
    [InlineData("POST", "/v1/instances", "{}", 400, "INVALID_ARGUMENT", "instance is absent: it is required.")]
    [InlineData("POST", "/v1/instances", "{\"instance\": {}, \"instance\": {}}", 400, "INVALID_ARGUMENT", "instance")]
    [InlineData("POST", "/v1/instances", "{\"instance\": {\"id\": \"a\", \"id\": \"b\"}}", 400, "INVALID_ARGUMENT", "id")]
    [InlineData("POST", "/v1/instances", "{\"ttlMs\": 1000, \"ttl_ms\": 2000}", 400, "INVALID_ARGUMENT", "")]
    [InlineData("POST", "/v1/instances", "{\"instance\": {\"service\": \"\\ud800\"}}", 400, "INVALID_ARGUMENT", "surrogate")]
    [InlineData("POST", "/v1/instances", "{\"\\ud800\": 1}", 400, "INVALID_ARGUMENT", "surrogate")]
    [InlineData("POST", "/v1/instances", "null", 400, "INVALID_ARGUMENT", "the body is not a JSON object.")]
    [InlineData("POST", "/v1/leases/7/keepalive", "", 404, "NOT_FOUND", "lease_id is 7")]
    [InlineData("DELETE", "/v1/services/calculator/instances/nobody?lease_id=7", "", 404, "NOT_FOUND", "no such service is known")]
    public async Task Refusal_HasTheStatusTheCodeAndTheSentence(
        string verb, string path, string body, int status, string code, string message)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), Url(path)) { Content = new StringContent(body) };
        using var response = await _http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(code, $"{error["code"]}");
        Assert.Contains(message, $"{error["message"]}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_AsEvents_ShowsSnapshotChangesAndATokenToResumeFrom()
    {
        await RegisterAsync(Instance("a", 80));
        string id;
        using (var first = await OpenEventsAsync("/v1/services/calculator/watch"))
        {
            Assert.Equal("a", $"{(await first.NextAsync("snapshot")).Data["snapshot"]!["instances"]![0]!["id"]}");
            await first.NextAsync("progress");
            await RegisterAsync(Instance("b", 81));
            Assert.Equal("b", $"{(await first.NextAsync("upserted")).Data["upserted"]!["id"]}");
            id = (await first.NextAsync("progress")).Id!;
        }

        await RegisterAsync(Instance("c", 82));
        using var second = await OpenEventsAsync("/v1/services/calculator/watch", id);
        Assert.Equal("c", $"{(await second.NextAsync("upserted", except: "soft")).Data["upserted"]!["id"]}");
    }

    [Fact]
    public async Task Poll_AnswersOnTheChangeItself_AndWithoutOneWhenTheWaitIsOver()
    {
        await RegisterAsync(Instance("a", 80));
        var first = await GetAsync("/v1/services/calculator/poll");
        var after = $"{first["token"]!["storeId"]}:{first["token"]!["revision"]}";

        var waiting = GetAsync($"/v1/services/calculator/poll?after={after}");
        await RegisterAsync(Instance("other", 90, "echo"));
        Assert.False(waiting.IsCompleted);
        await RegisterAsync(Instance("b", 81));
        Assert.Equal(2, (await waiting)["instances"]!.AsArray().Count);

        var idle = await GetAsync($"/v1/services/echo/poll?after={after.Split(':')[0]}:99&wait_ms=0");
        Assert.Single(idle["instances"]!.AsArray());
        Assert.Single((await GetAsync("/v1/services/echo/poll?after=another:99"))["instances"]!.AsArray());
    }

    [Fact]
    public async Task OpenApi_DescribesEveryRoute_AndEveryReferenceLeadsSomewhere()
    {
        var document = await GetAsync("/openapi.json");
        var schemas = document["components"]!["schemas"]!.AsObject();
        var references = new List<string>();
        Collect(document);

        Assert.Equal("3.1.0", $"{document["openapi"]}");
        Assert.All(references, r => Assert.True(schemas.ContainsKey(r["#/components/schemas/".Length..]), r));
        Assert.Contains("muster.v1.Instance", references.Select(r => r["#/components/schemas/".Length..]));
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            var inPath = path.Split('/').Where(s => s.StartsWith('{')).Select(s => s[1..^1]);
            foreach (var (verb, operation) in operations!.AsObject())
            {
                var described = operation!["parameters"]!.AsArray().Where(p => $"{p!["in"]}" == "path").Select(p => $"{p!["name"]}");
                Assert.Equal(inPath.Order(), described.Order());
                using var request = new HttpRequestMessage(new HttpMethod(verb.ToUpperInvariant()), Url(path.Replace("{service}", "X", StringComparison.Ordinal)));
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                Assert.NotEqual("", response.Content.Headers.ContentType?.MediaType ?? "");
            }
        }

        void Collect(JsonNode? node)
        {
            switch (node)
            {
                case JsonObject o:
                    if (o["$ref"] is JsonValue reference)
                    {
                        references.Add($"{reference}");
                    }

                    foreach (var (_, value) in o)
                    {
                        Collect(value);
                    }

                    break;
                case JsonArray array:
                    foreach (var item in array)
                    {
                        Collect(item);
                    }

                    break;
            }
        }
    }

    [Fact]
    public async Task PrometheusTargets_HaveAddressAndLabels()
    {
        var instance = Instance("a", 80);
        instance.Zone = "eu-1";
        instance.Metadata.Add("app.version", "2");
        await RegisterAsync(instance);

        using var response = await _http.GetAsync(Url("/v1/sd/prometheus"));
        var group = Assert.Single((await response.Content.ReadFromJsonAsync<JsonArray>())!)!;

        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("10.0.0.1:80", $"{group["targets"]![0]}");
        Assert.Equal("calculator", $"{group["labels"]!["__meta_muster_service"]}");
        Assert.Equal("HEALTHY", $"{group["labels"]!["__meta_muster_status"]}");
        Assert.Equal("eu-1", $"{group["labels"]!["__meta_muster_zone"]}");
        Assert.Equal("2", $"{group["labels"]!["__meta_muster_metadata_app_version"]}");
        using var none = await _http.GetAsync(Url("/v1/sd/prometheus?service=other"));
        Assert.Equal("[]", (await none.Content.ReadAsStringAsync()).Trim());
    }

    public void Dispose() => _http.Dispose();

    private Uri Url(string path) => new(Registry.HttpAddress, path);

    private async Task<JsonObject> GetAsync(string path)
    {
        using var response = await _http.GetAsync(Url(path));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> PostAsync(string path, string json)
    {
        using var response = await _http.PostAsync(Url(path), new StringContent(json));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<EventReader> OpenEventsAsync(string path, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Url(path));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    private sealed record Event(string Name, string? Id, JsonObject Data);

    /// <summary>Server-sent events, as their specification has them, as far as the registry uses it.</summary>
    private sealed class EventReader(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        /// <summary>The next event of this name; with <paramref name="except"/>, no other but that one may come before.</summary>
        public async Task<Event> NextAsync(string name, string? except = null)
        {
            while (true)
            {
                var next = await ReadAsync().WaitAsync(TimeSpan.FromSeconds(20));
                if (next.Name == name)
                {
                    return next;
                }

                Assert.True(except is null || next.Name == except, $"Waited for {name}, and {next.Name} came.");
            }
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }

        private async Task<Event> ReadAsync()
        {
            string? name = null, id = null, data = null;
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.Length == 0 && name is not null)
                {
                    return new Event(name, id, JsonSerializer.Deserialize<JsonObject>(data!)!);
                }

                var colon = line.IndexOf(": ", StringComparison.Ordinal);
                (name, id, data) = (colon < 0 ? "" : line[..colon]) switch
                {
                    "event" => (line[7..], id, data),
                    "id" => (name, line[4..], data),
                    "data" => (name, id, line[6..]),
                    _ => (name, id, data),
                };
            }

            throw new EndOfStreamException();
        }
    }
}
