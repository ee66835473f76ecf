using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Muster.Core;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Orca;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Bounds;

/// <summary>What one request may carry: at its bound it is taken, one over it is refused with the field and the bound.</summary>
public sealed class RequestLimitTests : RegistryHarness
{
    public static TheoryData<string, int> Texts => new()
    {
        { "id", Limits.InstanceIdCharsMax },
        { "zone", Limits.ZoneCharsMax },
        { "host", Limits.HostCharsMax },
        { "selector", Limits.SelectorCharsMax },
        { "operator", Limits.OperatorNameCharsMax },
        { "reason", Limits.OperatorReasonCharsMax },
        { "client", Limits.ClientNameCharsMax },
        { "open.client", Limits.ClientNameCharsMax },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Text_OverItsBound_IsRefusedAndAtItsBoundTaken(string field, int charsMax)
    {
        await RegisterAsync(Instance());

        await SendAsync(field, charsMax);
        var error = await FailsAsync(StatusCode.InvalidArgument, SendAsync(field, charsMax + 1));

        Assert.StartsWith(field, error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains($" {charsMax}", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains((await ListAsync()).Instances, i => i.Instance.Id != "over");
    }

    [Fact]
    public async Task Metadata_OverAllItsBounds_IsRefusedWithTheTotal()
    {
        const int Entries = 9;
        var instance = Instance();
        for (var i = 0; i < Entries; i++)
        {
            instance.Metadata[$"k{i}"] = new string('v', Limits.MetadataBytesMax / Entries - 2);
        }

        await RegisterAsync(instance);
        instance.Metadata["k0"] += new string('v', 8);
        instance.Metadata["k1"] += new string('v', 8);
        var error = await FailsAsync(StatusCode.InvalidArgument, RegisterAsync(instance));

        Assert.Contains($"at most {Limits.MetadataBytesMax} in all", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Limits.LoadFigureMax, true)]
    [InlineData(Limits.LoadFigureMax * 1.01, false)]
    [InlineData(double.NaN, false)]
    public async Task LoadFigure_OverItsBound_IsRefused(double rps, bool isTaken)
    {
        var lease = (await RegisterAsync(Instance())).LeaseId;
        var call = Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest
        {
            LeaseId = lease, Reports = { new LoadReport { Load = new OrcaLoadReport { RpsFractional = rps } } },
        });

        if (isTaken)
        {
            await call;
        }
        else
        {
            var error = await FailsAsync(StatusCode.InvalidArgument, call);
            Assert.StartsWith("reports[0].", error.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reports_MoreThanALeaseHasInstances_AreRefused()
    {
        var request = new KeepAliveRequest { LeaseId = (await RegisterAsync(Instance())).LeaseId };
        request.Reports.Add(Enumerable.Repeat(new LoadReport(), Limits.InstancesPerLeaseMax));
        await Client.UnaryAsync(RegistryMethods.KeepAlive, request);

        request.Reports.Add(new LoadReport());
        var error = await FailsAsync(StatusCode.InvalidArgument, Client.UnaryAsync(RegistryMethods.KeepAlive, request));

        Assert.Contains($"at most {Limits.InstancesPerLeaseMax}", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_PatienceOverItsBound_IsRefused()
    {
        await RegisterAsync(Instance());
        var request = new SetIntentRequest
        {
            Service = "calculator", InstanceId = "a", AwaitWatchersMs = (uint)Limits.DrainPatienceMax.TotalMilliseconds,
        };
        await Client.UnaryAsync(RegistryMethods.SetIntent, request);

        request.AwaitWatchersMs++;
        await FailsAsync(StatusCode.InvalidArgument, Client.UnaryAsync(RegistryMethods.SetIntent, request));
    }

    [Fact]
    public async Task ListRemovals_LimitOverItsBound_IsRefusedAndWithoutOneTheDefaultHolds()
    {
        await using var session = Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { Open = new Open() });
        var lease = (await session.ReadAsync())!.Opened.LeaseId;
        for (var i = 0; i <= Limits.RemovalsPerAnswerDefault; i++)
        {
            // Each takes the address of the one before.
            await RegisterAsync(Instance($"i{i}"), lease);
        }

        await RegisterAsync(Instance("last"), lease);
        Assert.Equal(Limits.RemovalsPerAnswerDefault, (await RemovalsAsync(0)).Removals.Count);
        Assert.Equal(Limits.RemovalsPerAnswerDefault + 1, (await RemovalsAsync(Limits.RemovalsPerAnswerMax)).Removals.Count);
        var error = await FailsAsync(StatusCode.InvalidArgument, RemovalsAsync(Limits.RemovalsPerAnswerMax + 1));
        Assert.StartsWith("limit is 1001", error.Status.Detail, StringComparison.Ordinal);

        Task<ListRemovalsResponse> RemovalsAsync(uint limit) => Client.UnaryAsync(
            RegistryMethods.ListRemovals, new ListRemovalsRequest { Service = "calculator", Limit = limit });
    }

    [Fact]
    public async Task Message_OverItsBound_IsExhaustedAndTheConnectionGoesOn()
    {
        var request = new ListInstancesRequest { Service = "calculator" };
        request.Selector = new string('x', Limits.MessageBytesMax);

        var error = await FailsAsync(StatusCode.ResourceExhausted, Client.UnaryAsync(RegistryMethods.ListInstances, request));

        Assert.Contains($"{Limits.MessageBytesMax}", error.Status.Detail, StringComparison.Ordinal);
        await ListAsync();
        request.Selector = new string('x', Limits.MessageBytesMax - 100);
        await FailsAsync(StatusCode.InvalidArgument, Client.UnaryAsync(RegistryMethods.ListInstances, request));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task JsonBody_OverItsBound_IsTooMany(bool isChunked)
    {
        using var http = new HttpClient { BaseAddress = Registry.HttpAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/instances", UriKind.Relative))
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes("{\"instance\": {\"zone\": \"" + new string('x', Limits.MessageBytesMax) + "\"}}")),
        };
        request.Headers.TransferEncodingChunked = isChunked;
        // Otherwise the server closes while the body is still on its way, and the answer may be lost with it.
        request.Headers.ExpectContinue = !isChunked;
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request);
        }
        catch (HttpRequestException) when (isChunked)
        {
            return;
        }

        using (response)
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            var error = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
            Assert.Contains($"{Limits.MessageBytesMax} bytes", $"{error["message"]}", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Connection_RequestsInFlightAtTheBound_TheNextWaitsForOneToEnd()
    {
        // Watches say that they are there by their headers, which come at once unless the request itself had to wait.
        var watches = new List<StreamingCall<WatchRequest, WatchResponse>>();
        for (var i = 0; i < Limits.RequestsPerConnectionMax; i++)
        {
            var watch = Client.Streaming(RegistryMethods.Watch);
            watches.Add(watch);
            await watch.WriteAsync(new WatchRequest { Subscribe = new Subscribe { Service = "calculator" } });
        }

        foreach (var watch in watches)
        {
            await watch.ReadAsync();
        }

        var next = ListAsync();
        Assert.False(next.IsCompleted);
        await watches[0].DisposeAsync();
        await next;
        foreach (var watch in watches)
        {
            await watch.DisposeAsync();
        }
    }

    [Fact]
    public async Task Fault_OfASubscriptionWithAnEndlessName_IsNoLongerThanAName()
    {
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync(new string('x', 1_000_000));

        var answer = await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Fault);

        Assert.Equal(new string('x', Limits.NameCharsMax), answer.Service);
        Assert.True(answer.CalculateSize() < 500, answer.Fault.Message);
    }

    [Fact]
    public async Task KeepAlive_AfterHundredsWereRemovedForGood_StillSaysSo()
    {
        await using var session = Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { Open = new Open() });
        var lease = (await session.ReadAsync())!.Opened.LeaseId;
        for (var i = 0; i < 300; i++)
        {
            await RegisterAsync(Instance(new string('i', 100) + i, 1 + i), lease);
        }

        for (var i = 0; i < 300; i++)
        {
            await Client.UnaryAsync(RegistryMethods.Remove, new RemoveRequest
            {
                Service = "calculator", InstanceId = new string('i', 100) + i, Reason = new string('r', Limits.OperatorReasonCharsMax),
            });
        }

        // A status travels in a header: with all three hundred in it no client would take it.
        var error = await FailsAsync(StatusCode.FailedPrecondition,
            Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = lease }));
        Assert.Contains("and so on for 297 more; that is final", error.Status.Detail, StringComparison.Ordinal);
    }

    private async Task SendAsync(string field, int length)
    {
        var text = new string('x', length);
        switch (field)
        {
            case "id":
                await RegisterAsync(Instance(text, 81));
                break;
            case "zone":
                var zoned = Instance("zoned", 82);
                zoned.Zone = text;
                await RegisterAsync(zoned);
                break;
            case "host":
                var hosted = Instance("hosted", 83);
                // Labels have a bound of their own.
                hosted.Host = string.Create(length, 0, static (chars, _) =>
                {
                    for (var i = 0; i < chars.Length; i++)
                    {
                        chars[i] = i % 50 == 49 && i < chars.Length - 1 ? '.' : 'x';
                    }
                });
                await RegisterAsync(hosted);
                break;
            case "selector":
                await ListAsync(selector: $"{text[2..]}=x");
                break;
            case "operator":
                await Client.UnaryAsync(
                    RegistryMethods.SetIntent, new SetIntentRequest { Service = "calculator", InstanceId = "a", Operator = text });
                break;
            case "reason":
                await RegisterAsync(Instance("removed", 84));
                await Client.UnaryAsync(
                    RegistryMethods.Remove, new RemoveRequest { Service = "calculator", InstanceId = "removed", Reason = text });
                break;
            case "client":
                await using (var watch = Client.ServerStreaming(
                    RegistryMethods.WatchService, new WatchServiceRequest { Service = "calculator", Client = text }))
                {
                    await watch.ReadAsync();
                }

                break;
            default:
                await using (var session = Client.Streaming(RegistryMethods.Session))
                {
                    await session.WriteAsync(new SessionRequest { Open = new Open { Client = text } });
                    await session.ReadAsync();
                }

                break;
        }
    }
}
